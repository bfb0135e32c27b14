"""The cluster in containers: what docker-compose.yml names is there, and does what it says."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

import dev

ROOT = Path(dev.__file__).resolve().parent
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(TEXT)["services"]
needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None, reason='Dask is not installed: "scangrade[cluster]"'
)


def options_of(program: str) -> set[str]:
    """Options of a program of Dask, from its help text."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", done.stdout))


def test_there_are_a_scheduler_workers_and_the_command() -> None:
    assert set(SERVICES) == {"scheduler", "worker", "grade"}


def test_all_of_them_are_one_image_built_from_this_folder() -> None:
    assert {service["image"] for service in SERVICES.values()} == {"scangrade-cluster"}
    for service in SERVICES.values():
        assert service["build"]["context"] == "."
        lock = service["build"]["args"]["LOCK"]
        assert lock in dev.LOCKS
        assert f"!{lock}\n" in (ROOT / ".dockerignore").read_text("utf-8")
    assert re.search(r"^ARG LOCK=(\S+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)


@needs_dask
@pytest.mark.parametrize("name", ["scheduler", "worker"])
def test_the_programs_of_dask_and_their_options_exist(name: str) -> None:
    service = SERVICES[name]
    program, command = service["entrypoint"]
    assert program in {entry.name for entry in entry_points(group="console_scripts")}
    assert command in {entry.name for entry in entry_points(group="dask_cli")}
    assert {word for word in service["command"] if word.startswith("--")} <= options_of(name)


def test_the_command_is_that_of_the_image_and_its_example_is_one() -> None:
    assert "entrypoint" not in SERVICES["grade"]
    assert re.search(r'^ENTRYPOINT \["scangrade"\]$', (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    (shown,) = re.findall(r"^# +docker compose run --rm grade ((?:.*\\\n# +)*.*)", TEXT, re.MULTILINE)
    words = shown.replace("\\\n#", " ").split()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", words[0], "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert {word for word in words if word.startswith("-")} <= set(
        re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", done.stdout)
    )
    host, port = words[words.index("--cluster") + 1].removeprefix("tcp://").split(":")
    assert host in SERVICES
    assert port in SERVICES[host]["command"]
    assert SERVICES["worker"]["command"][0] == f"tcp://{host}:{port}"


def test_the_folder_has_the_same_path_everywhere_and_only_the_command_writes_there() -> None:
    (worker,), (command,) = SERVICES["worker"]["volumes"], SERVICES["grade"]["volumes"]
    assert (worker["source"], worker["target"]) == (command["source"], command["target"])
    assert worker["read_only"]
    assert "read_only" not in command
    assert "volumes" not in SERVICES["scheduler"]
    named = re.findall(r"\$\{(\w+)", TEXT)
    assert set(named) == {"SCANGRADE_FOLDER", "SCANGRADE_USER"}


def test_nobody_else_reaches_the_scheduler_and_nothing_runs_as_root() -> None:
    networks = yaml.safe_load(TEXT)["networks"]
    for service in SERVICES.values():
        assert service["networks"] == ["cluster"]
        assert "ports" not in service
        assert service["read_only"]
        assert not service["user"].startswith(("0", "root"))
    assert networks["cluster"]["internal"]
