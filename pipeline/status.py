"""How a results folder stands, at any time, also while a run is writing to it."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.errors import ResultsFault
from pipeline.formats import ChangeRow
from pipeline.reporting import ExamLine, Summary, Table, read_frame
from pipeline.store import Publication, Store

TABLES = ("grades.csv", "answers.csv", "pages.csv", "marks.csv", "review.csv", "changes.csv")
LAST = 3
"""Records of publications that are shown."""


def results_status(folder: Path) -> Summary:
    """Summarise a results folder from its tables and its store; changes nothing.

    Raises
    ------
    ResultsFault
        When it is not a results folder, or its database is damaged.
    UsageFault
        When a table was damaged by hand.
    """
    if not folder.is_dir():
        raise ResultsFault(f"there is no folder {folder}", hint="name the folder that was given to -o")
    with Store.open(folder, write=False) as store:
        sources = store.sources()
        unread = sum(result is None for result in store.readings(sources))
        decided = len(store.decisions())
        publications = store.publications()
    notices = []
    if unread:
        notices.append(f"{unread} of {len(sources)} pages have not been read yet")
    if decided:
        notices.append(f"decisions made by a person: {decided}")
    files = [name for name in TABLES if (folder / name).is_file()]
    pages: Counter[str] = Counter()
    if "pages.csv" in files:
        pages.update(read_frame(folder / "pages.csv")["outcome"])
        listed = sum(count for outcome, count in pages.items() if outcome)
        if listed != len(sources):
            notices.append(f"pages.csv lists {listed} of {len(sources)} pages: a run is not finished")
    doubts = len(read_frame(folder / "review.csv")) if "review.csv" in files else 0
    return Summary(
        folder=str(folder),
        pages=pages,
        exams=_exam_lines(folder / "grades.csv") if "grades.csv" in files else (),
        doubts=doubts,
        files=files,
        notices=notices,
        history=[_published(publication) for publication in publications[-LAST:]],
        next_steps=_next_steps(folder, unread, doubts, graded="grades.csv" in files),
    )


def _published(publication: Publication) -> str:
    """A record in one line."""
    keys = ", ".join(f"{key.exam} by key {key.hash[:12]}" for key in publication.keys)
    words = f"publication {publication.number}: {publication.what} at {publication.at}, {keys}:"
    words += f" {publication.students} students"
    if publication.moved:
        words += f", {publication.moved} moved"
    if publication.now_passed or publication.now_failed:
        words += f", {publication.now_passed} pass now, {publication.now_failed} fail now"
    return words


def publication_values(folder: Path) -> list[dict[str, Any]]:
    """Every record of a publication, oldest first, as plain JSON values; changes nothing.

    Raises
    ------
    ResultsFault
        When it is not a results folder, or its database is damaged.
    """
    with Store.open(folder, write=False) as store:
        return [asdict(publication) for publication in store.publications()]


def published_changes(folder: Path, number: int) -> Table:
    """``changes.csv`` of an earlier publication, from its record.

    Raises
    ------
    ResultsFault
        When it is not a results folder, or has no publication of that number.
    """
    with Store.open(folder, write=False) as store:
        return Table.of(ChangeRow, store.changes(number))


def _exam_lines(path: Path) -> list[ExamLine]:
    counts = read_frame(path).groupby(["exam", "status"]).size()
    exams: dict[str, dict[str, int]] = {}
    for exam, status in counts.index:
        exams.setdefault(str(exam), {})[str(status)] = int(counts[exam, status])
    return [ExamLine(exam=exam, students=students) for exam, students in exams.items()]


def _next_steps(folder: Path, unread: int, doubts: int, *, graded: bool) -> list[str]:
    if unread:
        return ["run the interrupted command again: it goes on where it was"]
    if not graded:
        return [f"scangrade grade SCANS --keys answer_keys/ -o {folder}"]
    if doubts:
        return [f"fill in {folder / 'review.csv'}, then scangrade review {folder} --decisions ..."]
    return []
