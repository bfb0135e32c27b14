"""Grade a results folder, compare with what was published last, publish, and keep a record of it."""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from pipeline.changes import Changes, change_rows, compare, short_words, why_words
from pipeline.evidence import Credits, Material, evidence_of
from pipeline.gather import Exams, gather_credits
from pipeline.grades import Graded, grade_assembly
from pipeline.items import exam_items, item_rows
from pipeline.joined import Joined, assemble_stored, joined
from pipeline.key_changes import earlier_exams, key_changes
from pipeline.model import Student
from pipeline.printed import check_printed
from pipeline.publish import BatchReport, Place, check_ledger, publish_grades, publish_reading
from pipeline.reading import Lists, look_truths, open_rows
from pipeline.reasons import Grounds
from pipeline.remembered import to_remember
from pipeline.reporting import Content, second_look_values, stage_files
from pipeline.settings import GradeSettings, ReadSettings
from pipeline.snapshot import snapshot_of
from pipeline.store import (
    BASIS,
    SECOND_LOOK_SAMPLE,
    KeyUse,
    KeyVersion,
    Publication,
    PublishedBy,
    Rows,
    Snapshot,
    Store,
    now_text,
)
from pipeline.totals import Covers, gather_totals


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """A publication that has not been made yet."""

    graded: Graded
    exams: Exams
    snapshot: Snapshot
    basis: Mapping[str, Any]
    """What it is made from, as JSON values."""
    changes: Changes
    remembered: Mapping[str, Any]
    """Settings that later runs need, by name."""
    material: Material
    """What it is made from, for the chain of evidence."""
    notices: tuple[str, ...]


def draft(
    store: Store,
    exams: Exams,
    lists: Lists,
    settings: GradeSettings,
    *,
    keep: bool = True,
    marks: bool = False,
) -> Draft:
    """Grade the readings of a folder and compare with what was published last; opens no image.

    Parameters
    ----------
    store
        The folder's store.
    exams, lists
        Keys, layouts and lists as they are now.
    settings
        Where the list of credits is, and whether ``marks.csv`` is wanted.
    keep
        Whether anything may be written to the store.
    marks
        Whether the marks of all boxes are wanted, beside ``marks.csv``.

    Raises
    ------
    ResultsFault
        When a page has never been read.
    UsageFault
        When an exam file or a list does not fit what was scanned.
    LedgerUnbalanced
        When a page or a student would be lost.
    """
    marks = marks or settings.write_marks or bool(look_truths(lists.decisions.values()))
    pages = joined(store, lists, keep=keep, marks=marks and keep)
    printed = check_printed(pages.state.coded, exams, lists.book)
    check_ledger(pages.state.sources, pages.assembly, lists.roster)
    credits = gather_credits(settings.credits, pages.assembly, exams)
    covers = Covers(totals=gather_totals(settings.totals, pages.assembly, exams), decisions=lists.decisions)
    graded = grade_assembly(pages.assembly, exams, credits, covers)
    snapshot = snapshot_of(graded, exams)
    basis = _basis(store, exams, lists, credits, pages) | {"totals_by_student": _totals_digest(covers)}
    return Draft(
        graded=graded,
        exams=exams,
        snapshot=snapshot,
        basis=basis,
        changes=_changes(store, Now(graded, snapshot, basis, exams, lists, credits, covers)),
        remembered=to_remember(settings, lists, store),
        material=_material(exams, lists, pages, credits, covers),
        notices=(
            *exams.notices,
            *_told(exams),
            *printed,
            *pages.notices,
            *graded.notices,
            *_anonymity(settings),
        ),
    )


def publish(
    store: Store, made: Draft, settings: GradeSettings, *, what: PublishedBy, decoded: int
) -> BatchReport:
    """Write every table of the results folder, and the record of it, all of them or none.

    What the folder remembers, its keys and where its lists are, is replaced with them: a run that
    publishes nothing leaves no trace.

    Raises
    ------
    UsageFault
        When ``review.csv`` holds a decision that would be lost.
    ResultsFault
        When one of them cannot be written; everything is then as it was.
    """
    changes = made.changes
    rows: Rows = list(change_rows(changes))
    record = _record(made, what) if changes.differs or not store.publications() else None
    if record is None and store.untold_publication is not None:
        # The last run was ended before it could say what it changed: that is still to be said.
        rows = store.changes(store.untold_publication)
    moved = short_words(changes) if what != "regrade" else ""  # a regrade tells all of it
    with store.publishing(
        made.snapshot,
        made.basis,
        record,
        rows,
        keys=made.exams.sources,
        settings=made.remembered,
        evidence=evidence_of(made.material),
    ) as digests:
        report = publish_grades(
            settings.output,
            replace(made.graded, items=tuple(item_rows(exam_items(made.snapshot, made.exams)))),
            write_marks=settings.write_marks,
            decisions=store.decisions(),
            changes=rows,
            notices=(*filter(None, [moved]), *made.notices),
            refuse_lost=what != "review",
            place=_placed_by(store),
        )
        digests.update(report.digests)
    report = _with_open_rows(report, store)
    store.put("second_look", second_look_values(report.summary.second_look))
    return replace(report, changes=changes, decoded=decoded, known=report.known - decoded)


def _with_open_rows(report: BatchReport, store: Store) -> BatchReport:
    """A report whose second look knows how many rows of the last sample are open."""
    look = report.summary.second_look
    if look is None:
        return report
    look = replace(look, open=open_rows(store.get(SECOND_LOOK_SAMPLE, []), store.decisions()))
    return replace(report, summary=replace(report.summary, second_look=look))


def _placed_by(store: Store) -> Place:
    """Write new files beside their places; the store moves them when it has kept the record."""

    def place(contents: Mapping[Path, Content]) -> tuple[Path, ...]:
        store.place(stage_files(contents))
        return tuple(contents)

    return place


def publish_marks(
    store: Store, exams: Exams, lists: Lists, settings: ReadSettings, *, decoded: int
) -> BatchReport:
    """Write ``marks.csv`` and ``pages.csv`` of a folder that is read and not graded.

    Raises
    ------
    ResultsFault
        When a page has never been read, or a file cannot be written.
    LedgerUnbalanced
        When a page would be lost.
    """
    pages = joined(store, lists, marks=True)
    check_ledger(pages.state.sources, pages.assembly, None)
    evidence = evidence_of(_material(exams, lists, pages))
    # Nothing is graded by these exam files yet, so they stand beside the keys.
    texts = {key.hash: key.text for key in exams.sources}
    with store.sealing(replace(evidence, blobs={**evidence.blobs, **texts})) as digests:
        notices = (*exams.warnings, *pages.notices)
        report = publish_reading(
            settings.output, pages.assembly, notices=notices, decoded=decoded, place=_placed_by(store)
        )
        digests.update(report.digests)
    return report


def _material(
    exams: Exams, lists: Lists, pages: Joined, credits: Credits | None = None, covers: Covers | None = None
) -> Material:
    return Material(
        exams=exams,
        lists=lists,
        credits=credits or {},
        totals=covers.totals if covers is not None else {},
        sources=pages.state.sources,
        marks_hash=pages.marks_hash,
        marks_data=pages.marks_data,
    )


def _record(made: Draft, what: PublishedBy) -> Publication:
    crossed = [move.crossed for move in made.changes.movements]
    return Publication(
        at=now_text(),
        what=what,
        keys=tuple(
            KeyUse(exam=source.exam, hash=source.hash, file=source.file) for source in made.exams.sources
        ),
        students=made.changes.students,
        moved=len(made.changes.movements),
        now_passed=crossed.count("passes now"),
        now_failed=crossed.count("fails now"),
        why=why_words(made.changes),
    )


def _anonymity(settings: GradeSettings) -> list[str]:
    return ["anonymous: no name and no e-mail is kept or shown"] if settings.anonymous else []


def _told(exams: Exams) -> list[str]:
    """Warnings of the keys; errors of printed solutions that are on record are only counted."""
    recorded = sum("recorded: " in warning for warning in exams.warnings)
    told = [warning for warning in exams.warnings if "recorded: " not in warning]
    if recorded:
        found = {Path(source.file) for source in exams.sources}
        files = sorted({str(path.parent) for path in found if path.is_file()})
        errors = "1 recorded printed error" if recorded == 1 else f"{recorded} recorded printed errors"
        told.append(f"{errors} in the keys: scangrade key check {' '.join(map(shlex.quote, files))}")
    return told


# --- against what ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Now:
    """A batch as it is graded now, with everything that it is graded from."""

    graded: Graded
    snapshot: Snapshot
    basis: Mapping[str, Any]
    exams: Exams
    lists: Lists
    credits: Credits
    covers: Covers


def _changes(store: Store, now: Now) -> Changes:
    """The changes against what was published last, or against the last keys where that is not known."""
    last, before = store.published(), store.keys()
    if last is not None:
        basis = store.get(BASIS, {})
        hashes = basis.get("keys", {})
        used = [key for key in store.key_versions() if hashes.get(key.exam) == key.hash]
        grounds = Grounds(
            keys=key_changes(used, now.exams),
            exams=now.exams,
            causes=tuple(_causes(basis, now.basis)),
            credits_changed=_differs(basis, now.basis, "credits_by_student"),
        )
        return compare(last, now.snapshot, now.graded, grounds)
    if not before:
        return Changes(students=len(now.snapshot.results), against="nothing")
    grounds = Grounds(keys=key_changes(before, now.exams), exams=now.exams)
    old = _by_earlier_keys(store, before, now) if grounds.keys else now.snapshot
    return replace(compare(old, now.snapshot, now.graded, grounds), against="keys")


def _by_earlier_keys(store: Store, before: Sequence[KeyVersion], now: Now) -> Snapshot:
    """Today's readings, lists and decisions graded by earlier exam files.

    A folder that was graded before publications were recorded holds the keys, and no points.
    """
    exams = now.exams
    for key in before:
        then = earlier_exams(key)
        if then is not None:
            exams = replace(exams, exams={**exams.exams, **then.exams}, keys={**exams.keys, **then.keys})
    assembly, _ = assemble_stored(store, replace(now.lists, exams=exams.exams))
    return snapshot_of(grade_assembly(assembly, exams, now.credits, now.covers), exams)


def _basis(store: Store, exams: Exams, lists: Lists, credits: Credits, pages: Joined) -> dict[str, Any]:
    students = None if lists.roster is None else sorted(map(_STUDENT, lists.roster.values()))
    return {
        "keys": {file.id: file.key_hash for file in exams.files},
        "decisions": len(store.decisions()),
        "roster": _digest(None if students is None else sorted(lists.roster or ())),
        "roster_rows": _digest(students),
        "sheets_by_serial": _digest([[*serial, who] for serial, who in sorted(lists.sheets.items())]),
        "credits_by_student": _digest([[*name, str(points)] for name, points in sorted(credits.items())]),
        "scans": pages.state.digest,
    }


def _totals_digest(covers: Covers) -> str:
    fields = [
        [*student, name, str(points)]
        for student, totals in covers.totals.items()
        for name, points in totals.items()
    ]
    return _digest(sorted(fields))


_STUDENT = attrgetter(*(one.name for one in fields(Student)))
_WORDS = {
    "roster": "the roster names other students",
    "roster_rows": "the roster says something else of its students",
    "sheets_by_serial": "the list of printed sheets is another one",
    "credits_by_student": "the list of credits is another one",
    "totals_by_student": "the list of the covers' totals is another one",
    "scans": "pages were scanned or read since then",
}


def _causes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What a publication is made from beside the keys, and is not what it was."""
    words = []
    if more := now["decisions"] - then.get("decisions", 0):
        words.append(f"{more} decision{'s' * (more > 1)} made since then")
    found = [name for name in _WORDS if _differs(then, now, name)]
    return words + [_WORDS[name] for name in found if name != "roster_rows" or "roster" not in found]


def _differs(then: Mapping[str, Any], now: Mapping[str, Any], name: str) -> bool:
    """Whether one of them is not what it was; where an earlier version did not keep it, nobody can say."""
    return name in then and then[name] != now[name]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode("ascii")).hexdigest()
