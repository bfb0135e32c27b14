"""A joined batch as compressed JSON, and back: what every page and every answer says, without measures.

Answers of one exam are much alike, so each different one is written once and named by its place.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from pipeline.model import Answer, Assembly, Booklet, Doubt, LedgerEntry, PageSource, Student

FORMAT = 2
"""Raised with every change of the form; another form is worked out again."""
_DOUBT = (
    *("id", "kind", "reason", "reading", "choices", "exam", "version"),
    *("student_id", "name", "question", "file", "page"),
)
_ENTRY = (
    *("outcome", "reason", "exam", "version", "sheet", "serial"),
    *("student_id", "rms_mm", "turned", "settled"),
)
_STUDENT = ("student_id", "name", "version", "group", "email", "code")


def assembly_data(assembly: Assembly, notices: Sequence[str]) -> bytes:
    """An assembly without its marks, and the notices of its making."""
    answers, places, files = _Numbered(), _Numbered(), _Numbered()
    booklets = [_booklet(booklet, answers, places) for booklet in assembly.booklets]
    ledger = [_entry(entry, files) for entry in assembly.ledger]
    document = {
        "format": FORMAT,
        "answers": list(answers.items),
        "places": list(places.items),
        "files": list(files.items),
        "booklets": booklets,
        "ledger": ledger,
        "doubts": [[getattr(doubt, name) for name in _DOUBT] for doubt in assembly.doubts],
        "absent": _students(assembly.absent),
        "unread": _students(assembly.unread),
        "notices": list(notices),
    }
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode("ascii"), 1)


def stored_assembly(data: bytes) -> tuple[Assembly, tuple[str, ...]] | None:
    """What :func:`assembly_data` made bytes of; None when they are damaged or of another form."""
    try:
        document = json.loads(zlib.decompress(data))
        if document["format"] != FORMAT:
            return None
        return _assembly(document), tuple(document["notices"])
    except (zlib.error, ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
        return None


class _Numbered:
    """Different values, each with the place at which it was first seen."""

    def __init__(self) -> None:
        self.items: dict[Any, int] = {}

    def place(self, value: Any) -> int:
        return self.items.setdefault(value, len(self.items))


def _booklet(booklet: Booklet, answers: _Numbered, places: _Numbered) -> list[Any]:
    found = booklet.answers.values()
    return [
        booklet.exam,
        booklet.version,
        booklet.student_id,
        booklet.name,
        booklet.serial,
        list(booklet.missing_sheets),
        list(booklet.open_questions),
        booklet.on_roster,
        [answers.place(_content(answer)) for answer in found],
        [answer.confidence for answer in found],
        [places.place((answer.file, answer.page)) for answer in found],
    ]


def _content(answer: Answer) -> tuple[Any, ...]:
    """An answer without its place and its confidence; no Fraction, whose hash takes its time."""
    value, given = answer.value, answer.given
    return (
        answer.question,
        answer.chosen,
        None if value is None else (value.numerator, value.denominator),
        answer.doubtful,
        answer.alternatives,
        answer.flags,
        answer.reason,
        answer.decided_by,
        *([] if given is None else [(given.numerator, given.denominator)]),
    )


def _entry(entry: LedgerEntry, files: _Numbered) -> list[Any]:
    source = entry.source
    file = None if source is None else files.place((source.file, source.path, source.sha256))
    page = None if source is None else source.page
    return [file, page, *(getattr(entry, name) for name in _ENTRY)]


def _students(students: Iterable[tuple[str, Student]]) -> list[list[str]]:
    return [[exam, *(getattr(student, name) for name in _STUDENT)] for exam, student in students]


# --- and back --------------------------------------------------------------------------------------


def _assembly(document: Mapping[str, Any]) -> Assembly:
    contents = [_read_content(*one) for one in document["answers"]]
    places = [tuple(place) for place in document["places"]]
    return Assembly(
        booklets=tuple(_read_booklet(row, contents, places) for row in document["booklets"]),
        ledger=tuple(_read_entry(row, document["files"]) for row in document["ledger"]),
        doubts=tuple(Doubt(**dict(zip(_DOUBT, row, strict=True))) for row in document["doubts"]),
        marks=(),
        absent=_read_students(document["absent"]),
        unread=_read_students(document["unread"]),
    )


def _read_content(
    question: str, chosen: list[str], value: list[int] | None, doubtful: bool, *more: Any
) -> dict[str, Any]:
    alternatives, flags, reason, decided_by, *given = more
    return {
        "question": question,
        "chosen": tuple(chosen),
        "value": None if value is None else Fraction(*value),
        "doubtful": doubtful,
        "alternatives": tuple(tuple(reading) for reading in alternatives),
        "flags": tuple(flags),
        "reason": reason,
        "decided_by": decided_by,
        "given": Fraction(*given[0]) if given else None,
    }


def _read_booklet(row: Sequence[Any], contents: Sequence[dict[str, Any]], places: Sequence[Any]) -> Booklet:
    exam, version, student_id, name, serial, missing, open_questions, on_roster, *answers = row
    found = {}
    for content, confidence, place in zip(*answers, strict=True):
        known = contents[content]
        file, page = places[place]
        found[known["question"]] = Answer(**known, confidence=confidence, file=file, page=page)
    return Booklet(
        exam=exam,
        version=version,
        student_id=student_id,
        name=name,
        serial=serial,
        answers=found,
        missing_sheets=tuple(missing),
        open_questions=tuple(open_questions),
        on_roster=on_roster,
    )


def _read_entry(row: Sequence[Any], files: Sequence[Sequence[str]]) -> LedgerEntry:
    at, page, *values = row
    source = None
    if at is not None:
        file, path, sha256 = files[at]
        source = PageSource(file=file, path=path, page=page, sha256=sha256)
    return LedgerEntry(source=source, **dict(zip(_ENTRY, values, strict=True)))


def _read_students(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, Student], ...]:
    return tuple((exam, Student(**dict(zip(_STUDENT, values, strict=True)))) for exam, *values in rows)
