"""How a results folder stands, at any time, also while a run is writing to it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.formats import ChangeRow
from pipeline.publish import hand_in_command, typed_rows, waiting_words
from pipeline.reading import open_rows, standing_decisions
from pipeline.reporting import ExamLine, Summary, Table, read_frame, second_look_of
from pipeline.store import PURGED, SECOND_LOOK_SAMPLE, Publication, ReadingState, Store, holder, is_at_work

TABLES = ("grades.csv", "answers.csv", "pages.csv", "marks.csv", "review.csv", "changes.csv", "items.csv")
LAST = 3
"""Records of publications that are shown."""


def results_status(folder: Path) -> Summary:
    """Summarise a results folder from its tables and its store; changes nothing.

    Raises
    ------
    ResultsFault
        When its database is damaged.
    UsageFault
        When it is not a results folder, or a table was damaged by hand.
    """
    with Store.open(folder, write=False) as store:
        state = store.reading_state()
        unfinished = store.is_unfinished()
        decisions = store.decisions()
        made = [decision.doubt for decision in standing_decisions(decisions).values()]
        sample = store.get(SECOND_LOOK_SAMPLE, [])
        waiting = open_rows(sample, decisions)
        second_look = second_look_of(store.get("second_look"), waiting if sample else None)
        publications = store.publications()
        purged = store.get(PURGED)
    decided = sum(not doubt.startswith("look-") for doubt in made)
    at_work = holder(folder) if is_at_work(folder) else ""
    notices = _progress(state, at_work=at_work, unfinished=unfinished)
    if purged:
        notices.append(f"purged at {purged['at']}: nothing more can be graded here")
    if decided:
        notices.append(f"decisions made by a person: {decided}")
    if waiting:
        notices.append(f"second look: {waiting} of {len(sample)} marks wait for a person")
    notices += waiting_words(folder, typed_rows(folder, decisions))
    files = [name for name in TABLES if (folder / name).is_file()]
    pages: Counter[str] = Counter()
    if "pages.csv" in files:
        ledger = read_frame(folder / "pages.csv")
        pages.update(ledger["outcome"])
        notices += _turned(ledger.get("turned", ()))
        listed = sum(count for outcome, count in pages.items() if outcome)
        if listed != len(state.sources) and not purged:
            notices.append(f"pages.csv lists {listed} of {len(state.sources)} pages: a run is not finished")
    doubts = len(read_frame(folder / "review.csv")) if "review.csv" in files else 0
    return Summary(
        folder=str(folder),
        pages=pages,
        exams=_exam_lines(folder / "grades.csv") if "grades.csv" in files else (),
        doubts=doubts,
        files=files,
        notices=notices,
        history=_history(folder, publications),
        next_steps=[]
        if at_work or purged
        else _next_steps(folder, state, doubts, graded="grades.csv" in files),
        second_look=second_look,
    )


def _progress(state: ReadingState, *, at_work: str, unfinished: bool) -> list[str]:
    """Whether a run is at work, and how far it is or was when it ended."""
    words = [f"{at_work} is at work here"] if at_work else []
    if state.unread:
        kinds = state.kinds
        words.append(f"{len(state.unread)} of {len(state.sources)} pages have not been read yet")
        words.append(
            f"so far {kinds.get('read', 0)} pages are read, {kinds.get('unmatched', 0)} match no layout,"
            f" {kinds.get('failed', 0)} cannot be read"
        )
    if unfinished and not at_work:
        words.append("a run was ended while it replaced the tables: the next run finishes that")
    return words


def _turned(degrees: Iterable[str]) -> list[str]:
    """How many pages did not lie upright in the scanner; they were read all the same."""
    found = Counter(degrees)
    upside_down, sideways = found["180"], found["90"] + found["270"]
    words = [f"{upside_down} upside-down"] if upside_down else []
    words += [f"{sideways} sideways"] if sideways else []
    return [f"pages scanned {' and '.join(words)}: turned in pages.csv"] if words else []


def _history(folder: Path, publications: Sequence[Publication]) -> list[str]:
    """The last records, a line each, and how to see what one of them changed."""
    before = [None, *publications]
    told = [_published(one, last) for last, one in zip(before, publications, strict=False)][-LAST:]
    if len(publications) > 1:
        told.append(f"scangrade status {folder} --changes N shows what publication N changed")
    return told


def _published(publication: Publication, last: Publication | None) -> str:
    """A record in one line, with the keys that are not those of the record before."""
    known = {key.exam: key.hash for key in last.keys} if last is not None else {}
    keys = [
        f", {key.exam} by key {key.hash[:12]}" for key in publication.keys if known.get(key.exam) != key.hash
    ]
    words = f"publication {publication.number}: {publication.what} at {publication.at}{''.join(keys)}:"
    words += f" {publication.students} students"
    if publication.moved:
        words += f", {publication.moved} moved"
    if publication.now_passed or publication.now_failed:
        words += f", {publication.now_passed} pass now, {publication.now_failed} fail now"
    return words + (f" ({publication.why})" if publication.why else "")


def publication_values(folder: Path) -> list[dict[str, Any]]:
    """Every record of a publication, oldest first, as plain JSON values; changes nothing.

    Raises
    ------
    ResultsFault
        When its database is damaged.
    UsageFault
        When it is not a results folder.
    """
    with Store.open(folder, write=False) as store:
        return [asdict(publication) for publication in store.publications()]


def published_changes(folder: Path, number: int) -> Table:
    """``changes.csv`` of an earlier publication, from its record.

    Raises
    ------
    UsageFault
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


def _next_steps(folder: Path, state: ReadingState, doubts: int, *, graded: bool) -> list[str]:
    if state.unread:
        return ["run the interrupted command again: it goes on where it was"]
    if not graded:
        return [f"scangrade grade SCANS --keys answer_keys/ -o {folder}"]
    if doubts:
        by_hand = f"fill in {folder / 'review.csv'}, then {hand_in_command(folder)}"
        return [f"scangrade review {folder}, or {by_hand}"]
    return []
