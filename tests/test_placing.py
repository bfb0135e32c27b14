"""Tables and database change together, whatever ends the run, and wherever."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ResultsFault
from pipeline.reporting import stage_files, text_content
from pipeline.store import Publication, Snapshot, Store

NAMES = ("answers.csv", "changes.csv", "grades.csv")


class EndedError(BaseException):
    """Stands for a kill: nothing behind it is done any more."""


def publication(students: int) -> Publication:
    return Publication(
        at="2026-01-01T00:00:00Z",
        what="grade",
        keys=(),
        students=students,
        moved=0,
        now_passed=0,
        now_failed=0,
    )


def publish(folder: Path, text: str, then: Callable[[Store], None] | None = None) -> None:
    """Publish tables that all say the same, and a record of as many students as the text has letters."""
    with Store.open(folder) as store, store.publishing(Snapshot(), {}, publication(len(text))):
        store.place(stage_files({folder / name: text_content(text) for name in NAMES}))
        if then is not None:
            then(store)


def tables(folder: Path) -> set[str]:
    return {(folder / name).read_text("utf-8") for name in NAMES}


def students(folder: Path) -> list[int]:
    with Store.open(folder, write=False) as store:
        return [one.students for one in store.publications()]


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {*NAMES, "run.sqlite"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A results folder that was published once."""
    publish(tmp_path, "old")
    return tmp_path


def nth(monkeypatch: pytest.MonkeyPatch, place: int, error: BaseException) -> None:
    """Let the n-th move of a file fail."""
    moves = iter(range(100))
    move = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if next(moves) == place:
            raise error
        return move(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_tables_and_record_are_new_together(folder: Path) -> None:
    publish(folder, "newer")
    assert (tables(folder), students(folder), leftovers(folder)) == ({"newer"}, [3, 5], set())


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_a_run_that_ends_between_two_tables_is_finished_by_the_next(
    folder: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    with monkeypatch.context() as patch:
        nth(patch, place, EndedError())
        with pytest.raises(EndedError):
            publish(folder, "newer")
    assert students(folder) == [3, 5]
    with Store.open(folder) as store:
        assert store.untold_publication == 2
    assert (tables(folder), leftovers(folder)) == ({"newer"}, set())


def test_a_run_that_ends_before_its_record_is_kept_changes_nothing(folder: Path) -> None:
    def end(store: Store) -> None:
        raise EndedError

    with pytest.raises(EndedError):
        publish(folder, "newer", end)
    assert (tables(folder), students(folder)) == ({"old"}, [3])
    assert leftovers(folder) == {f".{name}.partial" for name in NAMES}
    with Store.open(folder) as store:
        assert store.untold_publication is None
    assert (tables(folder), leftovers(folder)) == ({"old"}, set())


def test_a_record_that_cannot_be_kept_leaves_the_tables_as_they_were(folder: Path) -> None:
    def fill(store: Store) -> None:
        store._connection.execute("PRAGMA max_page_count = 1")
        store.place({folder / f"{number}{'x' * 3000}": folder for number in range(9)})

    with pytest.raises(ResultsFault, match="the disk is full"):
        publish(folder, "newer", fill)
    assert (tables(folder), students(folder), leftovers(folder)) == ({"old"}, [3], set())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (errno.EROFS, "the disk is read-only"),
        (errno.ESTALE, "the network folder is gone"),
        (errno.ENOSPC, "the disk is full"),
        (errno.EIO, "does not answer"),
    ],
)
def test_a_table_that_cannot_be_moved_is_told_and_moved_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    with monkeypatch.context() as patch:
        nth(patch, 1, OSError(code, os.strerror(code)))
        with pytest.raises(ResultsFault, match=says) as caught:
            publish(folder, "newer")
    assert str(folder / NAMES[1]) in caught.value.message
    assert "run the same command again" in caught.value.hint
    Store.open(folder).close()
    assert (tables(folder), students(folder), leftovers(folder)) == ({"newer"}, [3, 5], set())


def test_what_a_person_typed_after_a_kill_is_not_written_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        nth(patch, 0, EndedError())
        with pytest.raises(EndedError):
            publish(folder, "newer")
    (folder / NAMES[2]).write_text("typed by a person", encoding="utf-8")
    Store.open(folder).close()
    assert (folder / NAMES[0]).read_text("utf-8") == "newer"
    assert (folder / NAMES[2]).read_text("utf-8") == "typed by a person"
    assert leftovers(folder) == set()


def test_a_table_that_is_typed_into_at_that_moment_stops_the_run(folder: Path) -> None:
    def type_in(store: Store) -> None:
        store._connection.create_function(
            "typed", 0, lambda: (folder / NAMES[1]).write_text("typed", "utf-8")
        )
        store._connection.execute(
            "CREATE TEMP TRIGGER typing AFTER INSERT ON settings WHEN NEW.name = 'unfinished'"
            " BEGIN SELECT typed(); END"
        )

    with pytest.raises(ResultsFault, match="changed by somebody"):
        publish(folder, "newer", type_in)
    assert (folder / NAMES[1]).read_text("utf-8") == "typed"


def test_a_staged_table_that_was_damaged_since_is_not_moved(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        nth(patch, 1, EndedError())
        with pytest.raises(EndedError):
            publish(folder, "newer")
    (folder / f".{NAMES[1]}.partial").write_bytes(b"\0\0\0")
    Store.open(folder).close()
    assert (folder / NAMES[1]).read_text("utf-8") == "old"
