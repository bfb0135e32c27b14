"""The house rules that a program can check: who imports whom, sizes, locks, what files may hold."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).resolve().parent
MODULES = sorted(ROOT.glob("pipeline/**/*.py"))
PROGRAMS = [*MODULES, *sorted(ROOT.glob("benchmarks/**/*.py")), ROOT / "dev.py"]
LOCKS = [ROOT / name for name in dev.LOCKS]

MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_FUNCTION = 60
"""Its docstring not counted."""

HEAVY = {"pandas", "cv2", "flask", "jinja2", "pikepdf", "pypdfium2", "reportlab", "xlsxwriter"}
"""Libraries that take longer to import than a person waits for a help text."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def relative(path: Path) -> str:
    """Path as it is shown in a failure."""
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, the nested ones included."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


# --- architecture --------------------------------------------------------------------------------


def test_imports_go_one_way_down_and_never_in_a_circle() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_help_text_waits_for_no_heavy_library() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Usage" in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "pipeline" in imported
    assert not imported & HEAVY


# --- sizes and words -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", PROGRAMS, ids=relative)
def test_a_module_fits_in_the_head(path: Path) -> None:
    text = path.read_text("utf-8")
    only_records = not any(isinstance(node, Function) for node in ast.parse(text).body)
    if not only_records:
        assert len(text.splitlines()) <= MOST_LINES_OF_A_MODULE


@pytest.mark.parametrize("path", PROGRAMS, ids=relative)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    def lines(function: Function) -> int:
        first = function.body[0]
        docstring = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(function) else 0
        return (function.end_lineno or 0) - function.lineno + 1 - docstring

    tree = ast.parse(path.read_text("utf-8"))
    long = {function.name: lines(function) for function in functions(tree)}
    assert {name: size for name, size in long.items() if size > MOST_LINES_OF_A_FUNCTION} == {}


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_public_function_says_what_it_does(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    public = [node for node in tree.body if isinstance(node, Function) and not node.name.startswith("_")]
    assert [node.name for node in public if not ast.get_docstring(node)] == []


# --- locks ---------------------------------------------------------------------------------------


def lock_entries(path: Path) -> dict[str, list[str]]:
    """Requirement by requirement, ``name==version``, the hashes that may be installed."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    entries: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            requirement = line.split()[0]
            entries[requirement] = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line)
    return entries


@pytest.mark.parametrize("path", LOCKS, ids=relative)
def test_a_lock_pins_and_hashes_every_package(path: Path) -> None:
    entries = lock_entries(path)
    assert entries
    assert [name for name in entries if not re.fullmatch(r"[\w.-]+==[\w.!+-]+", name)] == []
    assert [name for name, hashes in entries.items() if not hashes] == []


@pytest.mark.parametrize("path", LOCKS, ids=relative)
def test_a_lock_names_no_place_to_download_from(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "://" not in text
    assert (
        re.findall(r"^\s*(?:-i|-f|--index-url|--extra-index-url|--find-links|\S+ @).*", text, re.MULTILINE)
        == []
    )


def test_what_runs_and_what_builds_is_locked_to_what_was_tested() -> None:
    everything = lock_entries(ROOT / "requirements.lock")
    for name in ("requirements-run.lock", "requirements-build.lock", "requirements-cluster.lock"):
        assert lock_entries(ROOT / name).items() <= everything.items()


def test_what_trains_is_locked_to_what_was_tested() -> None:
    tested, trains = (lock_entries(ROOT / f"requirements{name}.lock") for name in ("", "-train"))
    versions = dict(entry.split("==") for entry in tested)
    assert [e for e in trains if versions.get(e.split("==")[0], e.split("==")[1]) != e.split("==")[1]] == []


@pytest.mark.parametrize(
    ("extra", "lock"),
    [
        ("dev", "requirements.lock"),
        ("train", "requirements-train.lock"),
        ("cluster", "requirements-cluster.lock"),
        ("cluster", "requirements.lock"),
    ],
)
def test_every_dependency_of_the_project_is_in_the_lock(extra: str, lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"][extra]]
    names = {re.split(r"[^\w.-]", line, maxsplit=1)[0].replace(".", "-").lower() for line in wanted}
    locked = {entry.partition("==")[0] for entry in lock_entries(ROOT / lock)}
    assert names - locked == set()


# --- what is installed ---------------------------------------------------------------------------


def test_an_installed_copy_holds_every_file_that_the_program_opens(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if name.startswith("pipeline/")}
    sources = [
        path for path in ROOT.glob("pipeline/**/*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert packed == {relative(path): path.read_bytes() for path in sources}
    assert "pipeline/reading/data/marks.npz" in packed


def test_only_the_programs_that_train_need_what_only_training_needs() -> None:
    found = {
        relative(path)
        for path in [*PROGRAMS, *ROOT.glob("tests/**/*.py")]
        if re.search(
            r"^\s*(?:import|from) (?:sklearn|threadpoolctl)\b", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert found == {"benchmarks/_fit_trees.py"}


# --- what files may hold -------------------------------------------------------------------------


def project_files() -> list[Path]:
    """Text files of the project: what git would keep, or everything where there is no git."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        paths = [ROOT / name for name in names if name]
    else:
        paths = [*PROGRAMS, *ROOT.glob("*.*"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("docs/*.md")]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


def test_no_file_holds_a_path_of_the_machine_it_was_written_on() -> None:
    here = {str(ROOT), str(Path.home()) + os.sep, sys.base_prefix} - {"/", "/usr", "/usr/local", "//"}
    written = re.compile(
        "|".join([r"/home/[a-z]\w*/", r"/Users/\w+/", r"[A-Z]:\\Users", *map(re.escape, here)])
    )
    found = {
        relative(path): match.group()
        for path in project_files()
        if path != Path(__file__) and (match := written.search(path.read_text("utf-8", errors="replace")))
    }
    assert found == {}


def test_no_file_names_a_registry() -> None:
    hosts = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|anaconda\.org|crates\.io)\b")
    found = [
        relative(path)
        for path in project_files()
        if path != Path(__file__) and hosts.search(path.read_text("utf-8", errors="replace"))
    ]
    assert found == []
