"""Files that are replaced all together, or not at all."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from pipeline.errors import ResultsFault
from pipeline.reporting import bytes_content, replace_files, text_content


def fails(out: BinaryIO) -> None:
    out.write(b"half of it")
    raise OSError(28, "No space left on device")


def test_new_files_are_written_and_old_ones_replaced(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("old", encoding="utf-8")
    assert replace_files({one: text_content("new"), two: bytes_content(b"\x00")}) == (one, two)
    assert one.read_text(encoding="utf-8") == "new"
    assert two.read_bytes() == b"\x00"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.csv", "two.csv"]


def test_when_one_file_fails_none_changes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("old", encoding="utf-8")
    with pytest.raises(ResultsFault, match=r"two\.csv: the disk is full") as caught:
        replace_files({one: text_content("new"), two: fails})
    assert "unchanged" in caught.value.hint
    assert one.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["one.csv"]


def test_a_bug_while_writing_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken(out: BinaryIO) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        replace_files({tmp_path / "one.csv": broken})
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_does_not_disturb(tmp_path: Path) -> None:
    (tmp_path / ".one.csv.partial").write_text("half", encoding="utf-8")
    replace_files({tmp_path / "one.csv": text_content("whole")})
    assert [path.name for path in tmp_path.iterdir()] == ["one.csv"]


def test_the_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch()
    replace_files({tmp_path / "one.csv": text_content("x")})
    assert (tmp_path / "one.csv").stat().st_mode == other.stat().st_mode


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ResultsFault, match="there is no such folder"):
        replace_files({tmp_path / "none" / "one.csv": text_content("x")})


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.csv").mkdir()
    with pytest.raises(ResultsFault, match="it is a folder"):
        replace_files({tmp_path / "one.csv": text_content("x")})


def test_a_folder_in_place_of_the_second_file_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "two.csv").mkdir()
    with pytest.raises(ResultsFault, match="it is a folder"):
        replace_files({tmp_path / "one.csv": text_content("x"), tmp_path / "two.csv": text_content("x")})
    assert not (tmp_path / "one.csv").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_device_is_told_and_stays_a_device() -> None:
    with pytest.raises(ResultsFault, match="the disk is full"):
        replace_files({Path("/dev/full"): text_content("x")})
    assert not Path("/dev/full").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_table_that_leads_to_a_full_device_leaves_the_others_unchanged(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text("old", encoding="utf-8")
    two.symlink_to("/dev/full")
    with pytest.raises(ResultsFault, match="the disk is full"):
        replace_files({one: text_content("new"), two: text_content("new")})
    assert one.read_text(encoding="utf-8") == "old"


def write_too_much(folder: str) -> None:
    """In a child process with a limit on file sizes; the outcome is the exit code."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    try:
        replace_files(
            {
                Path(folder) / "one.csv": text_content("new"),
                Path(folder) / "two.csv": text_content("x" * 5000),
            }
        )
    except ResultsFault as error:
        os._exit(0 if "limit on file sizes" in error.message else 4)
    os._exit(5)


def test_a_limit_on_file_sizes_leaves_the_old_files(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("old", encoding="utf-8")
    here = Path(__file__).parent
    child = subprocess.run(
        [sys.executable, "-c", f"import test_files; test_files.write_too_much({str(tmp_path)!r})"],
        env={**os.environ, "PYTHONPATH": f"{here.parent.parent}{os.pathsep}{here}"},
        check=False,
    )
    assert child.returncode == 0
    assert (tmp_path / "one.csv").read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["one.csv"]
