"""Set up, try, check and measure scangrade: ``python3 dev.py demo``, ``python3 dev.py test``.

Needs Python 3.11 or newer, a network to a package registry the first time, and nothing else: no
root, no poppler, no browser. Everything that it installs goes into ``.venv/`` beside this file,
from ``requirements.lock``, where each file that may be installed is named by its hash.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "made-from"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
LEAST_PYTHON = (3, 11)

SAMPLES = "sample_scans"
DEMO_RESULTS = "demo-results"
DEMO_EXITS: Mapping[int, str] = {
    0: "0: everything was graded, nothing waits for a person",
    3: "3: done, and a person must look at what review.csv lists",
    4: "4: done, and some pages could not be used or are missing; pages.csv says which and why",
}
"""Exit codes of ``scangrade grade`` after which the demo has done its work."""

LINTERS: Mapping[str, Sequence[str]] = {
    "ruff check": ("ruff", "check", "--output-format", "concise", "."),
    "ruff format": ("ruff", "format", "--check", "--output-format", "concise", "."),
    "mypy": ("mypy",),
    "lint-imports": ("lint-imports", "--no-cache"),
    "hadolint": ("hadolint", "Dockerfile"),
}

_TESTED = ("--constraint", "requirements.lock", "pyproject.toml")
LOCKS: Mapping[str, Sequence[str]] = {
    "requirements.lock": ("--extra", "dev", "--extra", "cluster", "pyproject.toml"),
    "requirements-run.lock": _TESTED,
    "requirements-cluster.lock": ("--extra", "cluster", *_TESTED),
    "requirements-train.lock": ("--extra", "train", *_TESTED),
    "requirements-build.lock": ("--constraint", "requirements.lock", "-"),
}
"""What each lock is resolved from; ``-`` stands for the build requirements of pyproject.toml."""

RESOLVE = (
    *("pip", "compile", "--no-config", "--quiet", "--no-header", "--upgrade", "--generate-hashes"),
    *("--universal", "--python-version", "3.11", "--fork-strategy", "fewest"),
    *("--no-emit-index-url", "--no-emit-find-links"),
)
"""Resolve for all systems and all Pythons from 3.11 on, with the same version of a package everywhere."""

UV = "uv>=0.9"
"""The resolver that ``lock`` uses, in an environment of its own that is thrown away."""


class DevError(Exception):
    """Something that the person at the keyboard can mend."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the subcommands and return the exit code."""
    try:
        if sys.version_info < LEAST_PYTHON:
            raise DevError(
                f"this is Python {sys.version_info.major}.{sys.version_info.minor}, scangrade needs 3.11 or "
                "newer: install one and type, for example, python3.12 dev.py demo"
            )
        options, rest = _parser().parse_known_args(arguments)
        return int(options.run(rest))
    except DevError as fault:
        print(f"dev.py: {fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description="Set up, try, check and measure scangrade.",
        epilog="The first run makes .venv/ and takes a few minutes; later runs start at once.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, text in (
        ("demo", demo, f"grade {SAMPLES}/ into {DEMO_RESULTS}/; more options go to scangrade grade"),
        ("test", test, "all checks, then all tests; more options go to pytest"),
        ("check", check, "the checks alone: style, types, imports, Dockerfile"),
        ("bench", bench, "bench NAME ...: run benchmarks/NAME.py, for example: bench real DIR"),
        ("lock", lock, "choose the newest versions anew and write the lock files"),
    ):
        commands.add_parser(name, help=text, add_help=False, prefix_chars="\0").set_defaults(run=run)
    return parser


# --- commands ------------------------------------------------------------------------------------


def demo(more: Sequence[str]) -> int:
    """Grade the sample scans as a user would, and say what the exit code means."""
    roster = ROOT / SAMPLES / "roster.csv"
    if not roster.is_file():
        raise DevError(f"{SAMPLES}/roster.csv is missing: this copy of the project has no sample scans")
    set_up()
    command = [
        "scangrade",
        "grade",
        f"{SAMPLES}/",
        "--roster",
        f"{SAMPLES}/roster.csv",
        "-o",
        f"{DEMO_RESULTS}/",
    ]
    print(f"$ {' '.join([*command, *more])}", flush=True)
    code = subprocess.run([_program("scangrade"), *command[1:], *more], cwd=ROOT, check=False).returncode
    if code not in DEMO_EXITS:
        print(f"\nThe demo failed: scangrade ended with exit code {code}.", file=sys.stderr)
        return code if code > 0 else 1
    print(f"\nThe demo worked. Exit code {DEMO_EXITS[code]}.")
    if code:
        print("The sample scans hold such cases on purpose: sample_scans/README.md says where.")
    return 0


def test(more: Sequence[str]) -> int:
    """Run all checks, then all tests, and name everything that failed."""
    set_up()
    failed = _lint()
    print("-- pytest", flush=True)
    command = [_program("python"), "-m", "pytest", "-n", "auto", *more]
    if subprocess.run(
        command, cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, check=False
    ).returncode:
        failed.append("pytest")
    return _verdict(failed)


def check(more: Sequence[str]) -> int:
    """Run the checks that need no test."""
    _refuse(more)
    set_up()
    return _verdict(_lint())


def bench(more: Sequence[str]) -> int:
    """Run ``benchmarks/NAME.py`` with the arguments after NAME, in the folder of the caller."""
    programs = (ROOT / "benchmarks").glob("*.py")
    names = sorted(path.stem for path in programs if '__name__ == "__main__"' in path.read_text("utf-8"))
    if not more or more[0] not in names:
        asked = f"there is no benchmark {more[0]!r}" if more else "bench needs a name"
        raise DevError(f"{asked}: write one of {', '.join(names) or '(none yet)'}")
    set_up()
    command = [_program("python"), "-m", f"benchmarks.{more[0]}", *more[1:]]
    return subprocess.run(command, check=False).returncode


def lock(more: Sequence[str]) -> int:
    """Resolve every dependency anew, for all supported Pythons and systems, with hashes."""
    _refuse(more)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        bin_folder = Path(folder) / _bin()
        _quiet(
            [bin_folder / "python", "-m", "pip", "install", "--only-binary=:all:", UV],
            "installing the resolver",
        )
        for name, sources in LOCKS.items():
            _resolve(bin_folder / "uv", name, sources)
            print(f"{name}: {_count_pins(ROOT / name)} packages")
    return 0


# --- the environment -----------------------------------------------------------------------------


def set_up() -> None:
    """Make ``.venv/`` when there is none that was made from today's lock and pyproject.toml."""
    wanted = _fingerprint()
    if STAMP.is_file() and STAMP.read_text("utf-8") == wanted:
        return
    started = time.monotonic()
    print("Setting up .venv/ (the first time takes a few minutes) ...", flush=True)
    try:
        venv.create(ENVIRONMENT, clear=True, with_pip=True)
    except subprocess.CalledProcessError as fault:
        raise DevError(
            "this Python cannot make an environment with pip in it: install its venv package "
            "(on Debian and Ubuntu: apt install python3-venv) and try again"
        ) from fault
    pip = [
        _program("python"),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
    ]
    _quiet(
        [*pip, "--require-hashes", "--only-binary=:all:", "-r", str(LOCK)],
        "installing requirements.lock (is there a network, and a package registry?)",
    )
    _quiet([*pip, "--no-build-isolation", "--editable", str(ROOT)], "installing scangrade itself")
    STAMP.write_text(wanted, "utf-8")
    print(f"Set up in {time.monotonic() - started:.0f} s.", flush=True)


def _fingerprint() -> str:
    """Say what the environment is made from: the lock, the project file, the Python, the place."""
    if not LOCK.is_file():
        raise DevError("requirements.lock is missing: type python3 dev.py lock")
    digest = hashlib.sha256()
    for path in (LOCK, PROJECT):
        digest.update(path.read_bytes())
    digest.update(f"{sys.version} {sys.platform} {ROOT}".encode())
    return digest.hexdigest()


def _bin() -> str:
    return "Scripts" if os.name == "nt" else "bin"


def _program(name: str) -> str:
    return str(ENVIRONMENT / _bin() / name)


def _environment() -> dict[str, str]:
    """One thread per library: pytest already runs a process per core."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    path = os.pathsep.join([str(ENVIRONMENT / _bin()), os.environ.get("PATH", "")])
    return {**os.environ, **single, "PATH": path}


# --- steps ---------------------------------------------------------------------------------------


def _lint() -> list[str]:
    """Run every linter; return the names of those that found something."""
    failed = []
    for name, (program, *rest) in LINTERS.items():
        started = time.monotonic()
        done = subprocess.run(
            [_program(program), *rest],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        print(
            f"-- {name}: {'FAILED' if done.returncode else 'ok'}, {time.monotonic() - started:.1f} s",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout, flush=True)
    return failed


def _verdict(failed: Sequence[str]) -> int:
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _refuse(more: Sequence[str]) -> None:
    if more:
        raise DevError(f"this command takes no options: {' '.join(more)}")


def _quiet(command: Sequence[str | Path], doing: str) -> None:
    """Run a command and show what it said only when it failed."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise DevError(f"{doing} failed; what it said stands above")


def _resolve(uv: Path, name: str, sources: Sequence[str]) -> None:
    """Write one lock file: pins and hashes, and nothing of this machine."""
    import tomllib  # here, so that an older Python gets as far as the message that it is too old

    requires = tomllib.loads(PROJECT.read_text("utf-8"))["build-system"]["requires"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("UV_")}
    done = subprocess.run(
        [str(uv), *RESOLVE, *sources],
        cwd=ROOT,
        env={**environment, "UV_SYSTEM_CERTS": "1"},
        input="\n".join(requires),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise DevError(f"{name} could not be resolved; the reason stands above")
    (ROOT / name).write_text(f"# Made by: python3 dev.py lock\n{done.stdout}", "utf-8")


def _count_pins(path: Path) -> int:
    return sum(
        "==" in line and not line.lstrip().startswith("#") for line in path.read_text("utf-8").splitlines()
    )


if __name__ == "__main__":
    sys.exit(main())
