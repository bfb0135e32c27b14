"""Taking the names out of a results folder, for good: what is left are answers, points and statistics."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pipeline import __version__
from pipeline.errors import ResultsFault, ScangradeError, UsageFault
from pipeline.evidence import Credits, kept_credits
from pipeline.gather import Exams
from pipeline.grades import Graded, grade_assembly
from pipeline.items import exam_items, item_rows
from pipeline.model import Answer, Assembly, Booklet, LedgerEntry, PageSource, Student
from pipeline.publish import grade_tables
from pipeline.reporting import bytes_content, hashed_contents, replace_files, stage_files, table_content
from pipeline.snapshot import snapshot_of
from pipeline.store import DATABASE, PURGED, Erasure, Store, assembly_data, list_data, now_text
from pipeline.verify import Again, last_grading, work_out

Level = Literal["names", "ids"]
"""names: student ids stay. ids: those go as well, and with them everything that leads to a person."""
TABLES = ("grades.csv", "answers.csv", "pages.csv", "items.csv")
"""Tables that are left, without names."""
REMOVED = (
    "review.csv",
    "decisions.csv",
    "changes.csv",
    "marks.csv",
    "second-look.csv",
    "report.html",
    "grades.xlsx",
    "second-look.pdf",
    f"{DATABASE}-journal",
    f"{DATABASE}-wal",
    f"{DATABASE}-shm",
)
"""Files of a results folder that are removed: pictures, and tables that are about single papers."""
EXPORTS = ("export-*.csv", "export-*.zip")
"""Names of files for other systems, which are removed as well."""
LOCK = ".run.lock"
SOMEBODY = "a person"
"""Who decided, after a purge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgePlan:
    """What a purge would do."""

    folder: Path
    level: Level
    students: int
    named: int
    """Students with a name."""
    readings: int
    decisions: int
    doubts: int
    """Doubts that nobody can decide any more."""
    files: tuple[str, ...]
    """Files that are removed."""
    others: tuple[str, ...]
    """Files that scangrade did not write: they are left alone."""
    before: str
    """The level of an earlier purge; empty when there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What a purge did."""

    plan: PurgePlan
    seal: str
    """Hash of the last entry of the chain now."""


def plan_purge(folder: Path, level: Level) -> PurgePlan:
    """Say what a purge would take away; changes nothing.

    Raises
    ------
    UsageFault
        When it is no results folder, was purged of as much already, or nothing was graded in it.
    ResultsFault
        When the evidence is damaged, so that nothing could be kept.
    """
    with Store.open(folder, write=False) as store:
        again = _as_graded(store)
        before = _level_before(store)
        assembly = _with_corrections(again)
        people = {booklet.student_id or str(booklet.serial): booklet.name for booklet in assembly.booklets}
        people |= {one.student_id: one.name for _, one in (*assembly.absent, *assembly.unread)}
        return PurgePlan(
            folder=folder,
            level=level,
            students=len(people),
            named=sum(bool(name) for name in people.values()),
            readings=store.evidence.readings_state()[0],
            decisions=len(store.decisions()),
            doubts=len(assembly.doubts),
            files=tuple(path.name for path in _ours(folder)),
            others=tuple(_others(folder)),
            before=before,
        )


def purge_folder(folder: Path, level: Level) -> Purged:
    """Take the names out of a results folder, for good.

    Readings, decisions, lists of students and every file about a single paper are removed, the tables
    ``grades.csv``, ``answers.csv`` and ``pages.csv`` are written again without names, and the chain
    of evidence goes on with an entry that says so. The database is written anew, so that its file
    holds no byte of what was deleted.

    Parameters
    ----------
    folder
        The results folder.
    level
        ``names``: student ids stay. ``ids``: each is replaced by a number drawn at random.

    Raises
    ------
    UsageFault, ResultsFault
        As :func:`plan_purge`; the folder is then as it was. Also when a file cannot be removed.
    """
    plan = plan_purge(folder, level)
    with Store.open(folder, purged=True) as store:
        if plan.before not in (level, "ids"):
            _rewrite(store, level)
        _write_again(store)
        for path in _ours(folder):
            _remove(path)
        store.clean()
        seal = store.evidence.chain()[-1].hash
    return Purged(plan=plan, seal=seal)


def _rewrite(store: Store, level: Level) -> None:
    """Replace evidence and tables by what is left of them."""
    again = _as_graded(store)
    written = last_grading(store.evidence.chain())
    credits = kept_credits(store, written)
    students = Pseudonyms(level)
    assembly = without_names(_with_corrections(again), students)
    credits = {(students[who], question): points for (who, question), points in credits.items()}
    data = assembly_data(assembly, ())
    erasure = Erasure(
        content=_content(written, level, data, credits),
        blobs=_blobs(data, credits),
        level=level,
        at=now_text(),
    )
    graded = grade_assembly(assembly, again.exams, credits)
    with store.purging(erasure) as digests:
        store.place(stage_files(hashed_contents(_contents(store.folder, graded, again.exams), digests)))


def _with_corrections(again: Again) -> Assembly:
    """The batch as it was graded, with what the totals on covers changed: they name students, and go."""
    if again.graded is None:
        return again.assembly
    booklets = tuple(booklet for _, booklet in again.graded.grades if booklet is not None)
    return replace(again.graded.assembly, booklets=booklets)


def _write_again(store: Store) -> None:
    """Put tables in their places that somebody has changed: names may stand in them."""
    tables = {store.folder / name: data for name, data in _as_graded(store).tables.items()}
    other = {path: data for path, data in tables.items() if not _holds(path, data)}
    replace_files({path: bytes_content(data) for path, data in other.items()})


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _content(written: Mapping[str, Any], level: Level, data: bytes, credits: Credits) -> dict[str, Any]:
    assembly, listed = _blobs(data, credits)
    return {
        "program": __version__,
        "level": level,
        "keys": [[exam, name, Path(file).name] for exam, name, file in written["keys"]],
        "assembly": assembly,
        "credits": listed,
    }


def _blobs(data: bytes, credits: Credits) -> dict[str, bytes]:
    listed, rows = list_data([[*name, str(points)] for name, points in sorted(credits.items())])
    return {hashlib.sha256(data).hexdigest(): data, listed: rows}


def _contents(folder: Path, graded: Graded, exams: Exams) -> dict[Path, Any]:
    items = item_rows(exam_items(snapshot_of(graded, exams), exams))
    graded = replace(graded, items=tuple(items))
    tables = grade_tables(graded, decisions=(), changes=None, marks=False, typed={})
    return {folder / name: table_content(tables[name]) for name in TABLES}


def _as_graded(store: Store) -> Again:
    """What was published last, worked out again from the evidence.

    Raises
    ------
    UsageFault
        When no chain of evidence was begun, or nothing was graded.
    ResultsFault
        When the evidence is damaged.
    """
    written = last_grading(store.evidence.chain()) if store.evidence.is_kept() else None
    if not written:
        raise UsageFault(
            f"{store.folder} holds no grades with their evidence",
            hint=f"run scangrade regrade {store.folder} first; or delete the folder as a whole",
        )
    try:
        return work_out(store, written)
    except (ScangradeError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise ResultsFault(
            f"{store.folder} cannot be purged: its evidence is damaged ({error})",
            hint=f"scangrade verify {store.folder} says where; or delete the folder as a whole",
        ) from error


def _level_before(store: Store) -> str:
    purged = store.get(PURGED)
    return str(purged["level"]) if purged else ""


# --- files -----------------------------------------------------------------------------------------


def _ours(folder: Path) -> list[Path]:
    """Files to remove, those that are there."""
    named = [folder / name for name in REMOVED if (folder / name).is_file()]
    return named + [path for pattern in EXPORTS for path in sorted(folder.glob(pattern)) if path.is_file()]


def _others(folder: Path) -> Iterable[str]:
    known = {*TABLES, *REMOVED, DATABASE, LOCK, *(path.name for path in _ours(folder))}
    names = (path.name for path in folder.iterdir() if path.name not in known)
    return sorted(name for name in names if not name.endswith(".partial"))


def _remove(path: Path) -> None:
    """Write over a file and remove it; writing over does not help on every disk, and does no harm."""
    try:
        with suppress(OSError), path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ResultsFault(
            f"cannot remove {path}: {error.strerror}",
            hint="give yourself the right to write there and run the same command again",
        ) from error


# --- without names ---------------------------------------------------------------------------------


class Pseudonyms(dict[str, str]):
    """What stands for each student: the id itself, or a number drawn at random."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self.level = level

    def draw(self, students: Iterable[str]) -> None:
        """Give every student a number, in an order that nobody can guess."""
        names = sorted({name for name in students if name})
        secrets.SystemRandom().shuffle(names)
        self.update({name: f"s{number:0{len(str(len(names)))}}" for number, name in enumerate(names, 1)})

    def __missing__(self, student_id: str) -> str:
        return "" if self.level == "ids" else student_id


def without_names(assembly: Assembly, students: Pseudonyms) -> Assembly:
    """The batch without names, codes, file names and words about single papers."""
    if students.level == "ids":
        students.draw(_everybody(assembly))
    files: dict[str, str] = {}
    for entry in assembly.ledger:
        if entry.source is not None:
            kind = Path(entry.source.file).suffix.lower()
            files.setdefault(entry.source.file, f"scan-{len(files) + 1:04}{kind if len(kind) <= 5 else ''}")
    booklets = [_booklet(booklet, students, files) for booklet in assembly.booklets]
    return Assembly(
        booklets=tuple(sorted(booklets, key=lambda one: (one.exam, one.student_id, one.version))),
        ledger=tuple(_entry(entry, students, files) for entry in assembly.ledger),
        doubts=(),
        marks=(),
        absent=_students(assembly.absent, students),
        unread=_students(assembly.unread, students),
    )


def _everybody(assembly: Assembly) -> Iterable[str]:
    yield from (booklet.student_id for booklet in assembly.booklets)
    yield from (student.student_id for _, student in (*assembly.absent, *assembly.unread))
    yield from (entry.student_id for entry in assembly.ledger)


def _booklet(booklet: Booklet, students: Pseudonyms, files: Mapping[str, str]) -> Booklet:
    places = {} if students.level == "ids" else files
    return replace(
        booklet,
        student_id=students[booklet.student_id],
        name="",
        serial=booklet.serial if students.level == "names" else None,
        answers={name: _answer(answer, places) for name, answer in booklet.answers.items()},
        open_questions=tuple("a person did not decide" for _ in booklet.open_questions),
    )


def _answer(answer: Answer, files: Mapping[str, str]) -> Answer:
    file = files.get(answer.file, "")
    return replace(
        answer,
        reason="",
        decided_by=SOMEBODY if answer.decided_by else "",
        file=file,
        page=answer.page if file else 0,
    )


def _entry(entry: LedgerEntry, students: Pseudonyms, files: Mapping[str, str]) -> LedgerEntry:
    source = entry.source
    return replace(
        entry,
        source=None
        if source is None
        else PageSource(file=files[source.file], path="", page=source.page, sha256=""),
        reason="",
        serial=entry.serial if students.level == "names" else None,
        student_id=entry.student_id if students.level == "names" else "",
    )


def _students(found: Sequence[tuple[str, Student]], students: Pseudonyms) -> tuple[tuple[str, Student], ...]:
    kept = [
        (exam, Student(student_id=students[one.student_id], name="", version=one.version))
        for exam, one in found
    ]
    return tuple(sorted(kept, key=lambda pair: (pair[0], pair[1].student_id)))
