"""Copies of an Auto Multiple Choice subject become layouts in mm, with their page numbers as squares."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.exam.imports.amc_rows import DONT_SCAN, OVAL, AmcBox, AmcDigit, AmcMark, AmcPage
from pipeline.exam.layout_file import with_hash
from pipeline.exam.page_bits import bit_type
from pipeline.model import Anchors, Box, CodePlace, Kind, Layout, LayoutQuestion, Marking, PageLayout

_MM = 25.4
_CODE_DIGIT = re.compile(r"(.+)(?:\[([0-9]+)\]|\.([0-9]+))")
PageKey = tuple[int, int]
"""(copy, page)"""
Row = TypeVar("Row", AmcMark, AmcBox, AmcDigit)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeDigit:
    """A question that is one digit of an AMCcode grid."""

    code: str
    digit: int
    """The rightmost is 1."""


def code_digit(name: str) -> CodeDigit | None:
    """Which digit of which code a question is, by its name ``code[3]`` (older: ``code.3``)."""
    match = _CODE_DIGIT.fullmatch(name)
    return CodeDigit(code=match[1], digit=int(match[2] or match[3])) if match else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcNames:
    """What the questions of a project are called here."""

    questions: Mapping[int, str]
    """Our question's id by AMC's number; digits of a code are not among them."""
    kinds: Mapping[str, Kind]
    digits: Mapping[int, tuple[str, int]]
    """(our question, column from the left) of each question that is a digit of a code."""
    options: Mapping[int, Mapping[int, str]]
    """Ids of options by question and answer."""


def layouts_of(
    pages: Sequence[AmcPage],
    marks: Iterable[AmcMark],
    boxes: Iterable[AmcBox],
    digits: Iterable[AmcDigit],
    names: AmcNames,
    *,
    exam: str,
    versions: Mapping[int, str],
) -> tuple[Layout, ...]:
    """A layout for each copy that has boxes, in the order of their numbers.

    Parameters
    ----------
    pages, marks, boxes, digits
        Rows of the layout database.
    names
        What the questions are called.
    exam
        The exam's id.
    versions
        Version of the exam by copy.
    """
    marks_of, boxes_of, digits_of = _by_page(marks), _by_page(boxes), _by_page(digits)
    copies: dict[int, list[PageLayout]] = defaultdict(list)
    for page in sorted(pages, key=lambda page: (page.student, page.page)):
        key = (page.student, page.page)
        if boxes_of[key]:
            copies[page.student].append(_page(page, marks_of[key], boxes_of[key], digits_of[key], names))
    return tuple(
        _layout(copy, tuple(found), names, exam, versions.get(copy, "A")) for copy, found in copies.items()
    )


def _by_page(rows: Iterable[Row]) -> dict[PageKey, list[Row]]:
    found: dict[PageKey, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.student, row.page].append(row)
    return found


def _layout(copy: int, pages: tuple[PageLayout, ...], names: AmcNames, exam: str, version: str) -> Layout:
    asked = dict.fromkeys(box.question for page in pages for box in page.boxes)
    return with_hash(
        Layout(
            name=f"{exam}, copy {copy}",
            unit="mm",
            marking=Marking.ANY,
            pages=pages,
            questions={name: LayoutQuestion(kind=names.kinds[name]) for name in asked},
            exam=exam,
            version=version,
        )
    )


def _page(
    page: AmcPage,
    marks: Sequence[AmcMark],
    boxes: Sequence[AmcBox],
    digits: Sequence[AmcDigit],
    names: AmcNames,
) -> PageLayout:
    mm = _MM / page.dpi
    corners = sorted(marks, key=lambda mark: mark.corner)
    points = tuple((_round(mark.x * mm), _round(mark.y * mm)) for mark in corners)
    return PageLayout(
        sheet=page.page,
        width=_round(page.width * mm),
        height=_round(page.height * mm),
        anchors=Anchors(kind="corners", points=points, mark="disc", size=_round(page.mark_diameter * mm)),
        boxes=tuple(_box(box, mm, names) for box in boxes if not box.flags & DONT_SCAN),
        codes=_bits(page, digits, mm),
    )


def _round(value: float) -> float:
    """Thousandths of a mm: less than any printer shows."""
    return round(value, 3)


def _box(box: AmcBox, mm: float, names: AmcNames) -> Box:
    if box.question in names.digits:
        question, column = names.digits[box.question]
        option = f"d{column}={digit_of(box)}"
    else:
        question, option = names.questions[box.question], names.options[box.question][box.answer]
    return Box(
        question=question,
        option=option,
        shape="circle" if box.flags & OVAL else "square",
        x=_round(box.xmin * mm),
        y=_round(box.ymin * mm),
        w=_round((box.xmax - box.xmin) * mm),
        h=_round((box.ymax - box.ymin) * mm),
        label=box.char if len(box.char) == 1 and box.char.isprintable() else "",
    )


def digit_of(box: AmcBox) -> int:
    """The digit that a box of a code stands for: its character, else its number less one."""
    if len(box.char) == 1 and box.char in "0123456789":
        return int(box.char)
    return box.answer - 1


def _bits(page: AmcPage, digits: Sequence[AmcDigit], mm: float) -> tuple[CodePlace, ...]:
    """The squares that say copy, page and check, as they are printed."""
    values = {1: page.student, 2: page.page, 3: page.check}
    length = {number: max((d.digit for d in digits if d.number == number), default=0) for number in values}
    return tuple(
        CodePlace(
            x=_round(one.xmin * mm),
            y=_round(one.ymin * mm),
            w=_round((one.xmax - one.xmin) * mm),
            h=_round((one.ymax - one.ymin) * mm),
            type=bit_type(
                one.number, one.digit, black=bool(values[one.number] >> (length[one.number] - one.digit) & 1)
            ),
        )
        for one in sorted(digits, key=lambda d: (d.number, d.digit))
    )
