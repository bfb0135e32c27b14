"""Which files are taken as scans, and what they are called."""

import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnreadablePage, UsageFault
from pipeline.model import PageFailed, PageSource
from pipeline.reading import find_scans, list_pages, load_page
from pipeline.reading.find import LEADS_NOWHERE, LEADS_OUT, NO_FILE, kind_of_content, natural_key


def put(folder: Path, *names: str, content: bytes = b"x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(*inputs: Path) -> list[str]:
    return [scan.file for scan in find_scans(inputs) if not scan.passed_over]


def test_page2_comes_before_page10(tmp_path: Path) -> None:
    put(tmp_path, "page10.png", "page2.png", "Page1.png", "b/1.tif")
    assert names(tmp_path) == ["b/1.tif", "Page1.png", "page2.png", "page10.png"]


def test_what_is_no_scan_is_passed_over_in_a_folder(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf", "roster.csv", "README.md", ".hidden.pdf", ".cache/b.pdf", "notes")
    assert names(tmp_path) == ["a.pdf"]


def test_a_scan_without_a_suffix_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    put(tmp_path, "page.1", content=b"II*\0" + bytes(20))
    assert names(tmp_path) == ["page.1"]


def test_a_picture_that_cannot_be_read_is_listed_and_not_lost(tmp_path: Path) -> None:
    put(tmp_path, "IMG_1.HEIC", "a.jpg")
    assert names(tmp_path) == ["a.jpg", "IMG_1.HEIC"]


def test_a_named_file_is_always_taken(tmp_path: Path) -> None:
    put(tmp_path, "notes.txt", ".hidden.pdf")
    assert names(tmp_path / "notes.txt", tmp_path / ".hidden.pdf") == ["notes.txt", ".hidden.pdf"]


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "out/secret.pdf", "in/a.pdf", "in/.store/blob.pdf")
    (tmp_path / "in/link.pdf").symlink_to(tmp_path / "out/secret.pdf")
    (tmp_path / "in/sub").symlink_to(tmp_path / "out")
    (tmp_path / "in/again.pdf").symlink_to("a.pdf")
    (tmp_path / "in/stored.pdf").symlink_to(".store/blob.pdf")
    assert names(tmp_path / "in") == ["a.pdf", "stored.pdf"]
    assert passed_over(tmp_path / "in") == {"link.pdf": LEADS_OUT, "sub": LEADS_OUT}


def test_a_file_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    put(tmp_path, "s/a.pdf")
    assert names(tmp_path / "s", tmp_path / "s" / "a.pdf", tmp_path / "s") == ["s/a.pdf"]


def test_two_files_never_share_a_name(tmp_path: Path) -> None:
    put(tmp_path, "x/s/a.pdf", "y/s/a.pdf", "z/a.pdf")
    shown = names(tmp_path / "x/s", tmp_path / "y/s", tmp_path / "z/a.pdf")
    assert len(set(shown)) == 3
    assert shown[0].endswith("x/s/a.pdf")
    assert shown[1].endswith("y/s/a.pdf")
    assert shown[2] == "a.pdf"


def test_one_folder_gives_paths_below_it_and_several_their_names_as_well(tmp_path: Path) -> None:
    put(tmp_path, "x/a.pdf", "y/b/c.pdf")
    assert names(tmp_path / "y") == ["b/c.pdf"]
    assert names(tmp_path / "x", tmp_path / "y") == ["x/a.pdf", "y/b/c.pdf"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("nowhere", "no such file or folder"), ("empty", "holds no PDF"), ("pipe", "neither a file")],
)
def test_wrong_paths_say_what_is_wrong_and_what_to_do(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageFault, match=says) as fault:
        find_scans([tmp_path / name])
    assert fault.value.hint


def test_naming_nothing_is_refused() -> None:
    with pytest.raises(UsageFault, match="no scans"):
        find_scans([])


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=6))
def test_numbers_in_names_sort_as_numbers(numbers: list[int]) -> None:
    listed = sorted((f"scan-{number}.pdf" for number in numbers), key=natural_key)
    assert [int(name[5:-4]) for name in listed] == sorted(numbers)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.4", "pdf"),
        (b"\x00\x00junk %PDF-1.4", "pdf"),
        (b"MM\0*....", "tiff"),
        (b"II+\0....", "tiff"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"GIF89a", ""),
        (b"", ""),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of_content(head) == kind


def passed_over(*inputs: Path) -> dict[str, str]:
    return {scan.file: scan.passed_over for scan in find_scans(inputs) if scan.passed_over}


def test_what_is_named_like_a_scan_and_cannot_be_opened_is_listed_with_its_reason(tmp_path: Path) -> None:
    put(tmp_path, "in/a.pdf")
    os.mkfifo(tmp_path / "in/pipe.pdf")
    (tmp_path / "in/null.tif").symlink_to("/dev/null")
    (tmp_path / "in/gone.pdf").symlink_to("nowhere.pdf")
    (tmp_path / "in/round.pdf").symlink_to("round.pdf")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "in/socket.png"))
        listed = passed_over(tmp_path / "in")
    assert listed == {
        "gone.pdf": LEADS_NOWHERE,
        "null.tif": LEADS_OUT,
        "pipe.pdf": NO_FILE,
        "round.pdf": LEADS_NOWHERE,
        "socket.png": NO_FILE,
    }
    for scan in find_scans([tmp_path / "in"]):
        failed = list_pages(scan)
        if scan.passed_over:
            assert isinstance(failed, PageFailed)
            assert (failed.code, failed.source.sha256) == ("passed-over", "")
            assert scan.file in failed.message
            assert scan.passed_over in failed.message
            assert failed.hint


def test_a_pipe_that_takes_the_place_of_a_scan_is_never_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "a.pdf", content=b"%PDF-1.4")
    (scan,) = find_scans([tmp_path])
    (tmp_path / "a.pdf").unlink()
    os.mkfifo(tmp_path / "a.pdf")
    failed = list_pages(scan)
    assert isinstance(failed, PageFailed)
    assert NO_FILE in failed.message
    with pytest.raises(UnreadablePage, match=NO_FILE):
        load_page(PageSource(file="a.pdf", path=str(tmp_path / "a.pdf"), page=1, sha256="0" * 64))


def test_a_link_into_another_folder_that_was_named_as_well_is_that_file(tmp_path: Path) -> None:
    put(tmp_path, "x/a.pdf", "y/b.pdf")
    (tmp_path / "x/b.pdf").symlink_to("../y/b.pdf")
    (tmp_path / "x/y").symlink_to("../y")
    assert passed_over(tmp_path / "x") == {"b.pdf": LEADS_OUT, "y": LEADS_OUT}
    assert passed_over(tmp_path / "x", tmp_path / "y") == {}
    assert len(find_scans([tmp_path / "x", tmp_path / "y"])) == 2


def test_a_folder_as_deep_as_the_system_allows_is_gone_through(tmp_path: Path) -> None:
    levels = 1200
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(os.open("a.pdf", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    try:
        assert names(tmp_path) == ["d/" * levels + "a.pdf"]
    finally:
        # what clears up behind the tests goes one call deeper at each level
        (tmp_path / ("d/" * levels) / "a.pdf").unlink()
        for level in range(levels, 0, -1):
            (tmp_path / ("d/" * level)).rmdir()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_listed(tmp_path: Path) -> None:
    put(tmp_path, "in/a.pdf", "in/locked/b.pdf")
    (tmp_path / "in/locked").chmod(0)
    try:
        assert "cannot be read" in passed_over(tmp_path / "in")["locked"]
    finally:
        (tmp_path / "in/locked").chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may hold any bytes")
def test_whatever_a_file_is_called_its_name_hides_nothing_and_is_its_own(tmp_path: Path) -> None:
    put(tmp_path, "a\nb.pdf", "a\\x0ab.pdf", "\x1b[2Jc.pdf", "gpj\u202e.pdf", "x" * 251 + ".pdf", "=1+1.pdf")
    put(tmp_path, os.fsdecode(b"caf\xe9.pdf"), "שלום\u200f.pdf")
    scans = find_scans([tmp_path])
    shown = {scan.path.name: scan.file for scan in scans}
    assert len(set(shown.values())) == len(scans) == 8
    assert shown[os.fsdecode(b"caf\xe9.pdf")] == "caf\\xe9.pdf"
    assert shown["gpj\u202e.pdf"] == "gpj\\u202e.pdf"
    assert shown["\x1b[2Jc.pdf"] == "\\x1b[2Jc.pdf"
    assert shown["שלום\u200f.pdf"] == "שלום\u200f.pdf"
    for scan in scans:
        assert scan.file.encode("utf-8").decode().isprintable() or "\u200f" in scan.file
        assert scan.path.is_file()
