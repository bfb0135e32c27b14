"""What a publication is made from, for the chain of evidence; and back, to grade just that again."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from pipeline import __version__
from pipeline.errors import ScangradeError
from pipeline.exam import parse_layout
from pipeline.gather import Exams, stored_exams
from pipeline.model import Layout, LayoutBook, PageResult, PageSource, Student
from pipeline.reading import DECIDER_VERSION, Lists, standing_decisions
from pipeline.store import (
    DamagedRecordError,
    Evidence,
    KeyVersion,
    Store,
    list_data,
    read_list,
    without_measures,
)
from pipeline.totals import Covers

Credits = Mapping[tuple[str, str], Fraction]
"""Points by (student id, question)."""
Totals = Mapping[tuple[str, str], Mapping[str, Fraction]]
"""Points by the name of a cover's field, for each (exam, student id)."""


class MissingEvidenceError(ValueError):
    """Something that a publication was made from is gone or damaged."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Restored:
    """Everything that a publication was made from, as it was then."""

    exams: Exams
    lists: Lists
    credits: Credits
    covers: Covers
    results: tuple[PageResult, ...]
    """Without the measures of their boxes."""
    load: Callable[[Iterable[PageSource]], Iterable[PageResult | None]]
    """Gives the readings of pages with their measures, as they were then."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """What is about to be published is made from this."""

    exams: Exams
    lists: Lists
    credits: Credits
    totals: Totals
    sources: Sequence[PageSource]
    marks_hash: str
    marks_data: bytes | None
    """None when the store keeps it already."""


def evidence_of(material: Material) -> Evidence:
    """What a publication is made from, beside readings, decisions and layouts.

    The lists are kept whole under their hashes, so that grading can be repeated when the files that
    they came from are gone; of the roster only what grading looks at: id, name, version, code.
    """
    lists, fixed = material.lists, material.lists.book.fixed
    roster = None if lists.roster is None else [_student(one) for one in lists.roster.values()]
    kept = {
        "scans": list_data(_scans(material.sources)),
        "roster": list_data(roster),
        "sheets": list_data([[*serial, who] for serial, who in lists.sheets.items()]),
        "credits": list_data([[*name, str(points)] for name, points in material.credits.items()]),
        "totals": list_data(
            [
                [*who, field, str(points)]
                for who, told in material.totals.items()
                for field, points in told.items()
            ]
        ),
    }
    blobs = dict(kept.values())
    if material.marks_data is not None:
        blobs[material.marks_hash] = material.marks_data
    content = {
        "program": __version__,
        "decider": DECIDER_VERSION,
        "keys": [[key.exam, key.hash, key.file] for key in material.exams.sources],
        "fixed_layout": fixed.hash if fixed is not None else "",
        "other_layouts": [layout.hash for layout in lists.book.others],
        "marks": material.marks_hash,
        **{name: blob for name, (blob, _) in kept.items()},
    }
    return Evidence(content=content, blobs=blobs)


def _student(student: Student) -> list[str]:
    return [student.student_id, student.name, student.version, student.code]


def _scans(sources: Sequence[PageSource]) -> list[list[Any]]:
    """Shown name, path, SHA-256 and pages of each input file."""
    pages: dict[tuple[str, str, str], int] = {}
    for source in sources:
        pages[source.file, source.path, source.sha256] = source.page
    return [[*file, count] for file, count in pages.items()]


# --- and back --------------------------------------------------------------------------------------


def restore(store: Store, content: Mapping[str, Any]) -> Restored:
    """Everything that a publication was made from; opens no file but the store.

    Parameters
    ----------
    store
        The folder's store.
    content
        Of the publication's entry in the chain.

    Raises
    ------
    MissingEvidenceError
        When a key, a layout, a list or a reading of it is gone or cannot be read.
    """
    try:
        exams = stored_exams(kept_keys(store, content))
        roster = kept_list(store, content["roster"])
        lists = Lists(
            book=_book(store, content["fixed_layout"], content["other_layouts"]),
            exams=exams.exams,
            sheets={(exam, serial): who for exam, serial, who in kept_list(store, content["sheets"])},
            roster=None if roster is None else {row[0]: _listed(*row) for row in roster},
            decisions=standing_decisions(store.decisions()[: content["decisions"]]),
        )
        sources = [
            PageSource(file=file, path=path, page=page, sha256=sha256)
            for file, path, sha256, pages in kept_list(store, content["scans"])
            for page in range(1, pages + 1)
        ]
        return Restored(
            exams=exams,
            lists=lists,
            credits=kept_credits(store, content),
            covers=Covers(totals=kept_totals(store, content), decisions=lists.decisions),
            results=_results(store, sources, content["readings"][0]),
            load=partial(store.evidence.results, last=content["readings"][0]),
        )
    except (ScangradeError, DamagedRecordError, KeyError, TypeError) as error:
        raise MissingEvidenceError(str(error)) from error


def kept_keys(store: Store, content: Mapping[str, Any]) -> list[KeyVersion]:
    """The exam files that a publication was graded by, from their copies.

    Raises
    ------
    MissingEvidenceError
        When one of them is not kept.
    """
    texts = {key.hash: key.text for key in store.key_versions()}
    keys = []
    for exam, name, file in content["keys"]:
        text = texts.get(name) or store.evidence.blob(name)
        if text is None:
            raise MissingEvidenceError(f"the exam file of {exam} with the hash {name} is gone")
        keys.append(KeyVersion(exam=exam, hash=name, file=file, text=text))
    return keys


def kept_list(store: Store, name: str) -> Any:
    """A list by its hash.

    Raises
    ------
    MissingEvidenceError
        When it is not kept, or its bytes are damaged.
    """
    data = store.evidence.blob(name)
    if data is None:
        raise MissingEvidenceError(f"a list with the hash {name} is gone")
    try:
        return read_list(data)
    except ValueError as error:
        raise MissingEvidenceError(f"the list with the hash {name} is damaged: {error}") from error


def kept_credits(store: Store, content: Mapping[str, Any]) -> Credits:
    """The list of credits of a publication; errors as :func:`kept_list`."""
    rows = kept_list(store, content["credits"])
    return {(student, question): Fraction(points) for student, question, points in rows}


def kept_totals(store: Store, content: Mapping[str, Any]) -> Totals:
    """The totals of covers of a publication; errors as :func:`kept_list`."""
    totals: dict[tuple[str, str], dict[str, Fraction]] = {}
    for exam, student, field, points in kept_list(store, content["totals"]):
        totals.setdefault((exam, student), {})[field] = Fraction(points)
    return totals


def _listed(student_id: str, name: str, version: str, code: str) -> Student:
    return Student(student_id=student_id, name=name, version=version, code=code)


def _book(store: Store, fixed: str, others: Sequence[str]) -> LayoutBook:
    layouts = {name: _layout(store, name, text) for name, text in store.layouts().items()}
    uncoded = {fixed, *others}
    return LayoutBook(
        coded=tuple(layout for name, layout in layouts.items() if name not in uncoded),
        fixed=layouts.get(fixed),
        others=tuple(layouts[name] for name in others),
    )


def _layout(store: Store, name: str, text: str) -> Layout:
    """A layout that pages were read with; what they were aligned by is not looked at any more."""
    try:
        document = json.loads(text)
        for page in document["pages"]:
            if page["anchors"]["kind"] == "image":
                page["anchors"] = {"kind": "none"}
    except (ValueError, KeyError, TypeError) as error:
        raise MissingEvidenceError(f"the layout {name} is damaged: {error}") from error
    return replace(parse_layout(json.dumps(document), store.path), hash=name)


def _results(store: Store, sources: Sequence[PageSource], last: int) -> tuple[PageResult, ...]:
    results = []
    for source, result in zip(sources, store.evidence.results(sources, last), strict=True):
        if result is None:
            raise MissingEvidenceError(f"the reading of {source.file} page {source.page} is gone")
        results.append(without_measures(result))
    return tuple(results)
