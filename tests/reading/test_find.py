"""Which files are taken as scans, and what they are called."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageFault
from pipeline.reading import find_scans
from pipeline.reading.find import kind_of_content, natural_key


def put(folder: Path, *names: str, content: bytes = b"x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(*inputs: Path) -> list[str]:
    return [scan.file for scan in find_scans(inputs)]


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
