"""The exam file of a template: everything that the paper says, for a person to write the answers in."""

import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from pipeline.model import EXAM_EMPTY, Kind, Layout
from pipeline.paper.template.labels import credit_text
from pipeline.paper.template.records import FoundQuestion, Grouping

_EXAMPLES = {
    Kind.CHOICE: "# answer: A",
    Kind.CHOICES: "# answer: [A, B]",
    Kind.TRUEFALSE: "# answer: true",
    Kind.NUMBER: "# answer: 12",
}


def exam_skeleton(layout: Layout, grouping: Grouping, *, source: str, layout_file: str, title: str) -> str:
    """Write an exam file that lacks only the answers.

    Parameters
    ----------
    layout, grouping
        Of the template.
    source
        Name of the PDF.
    layout_file
        The layout, relative to where the exam file will be.
    title
        Of the exam; may be empty.
    """
    asked = [question for question in grouping.questions if _is_asked(question)]
    lines = [*_head(layout, asked, grouping, source, layout_file, title), "questions:"]
    for question in asked:
        lines += _question(question)
    if grouping.unboxed:
        lines += ["  # These have points and no boxes. A person may grade them: take the # away."]
    for one in grouping.unboxed:
        lines += [
            f"  # - id: {_quoted(one.id)}  # page {one.page}",
            "  #   kind: text",
            f"  #   title: {_quoted(one.title)}",
            f"  #   credits: {{max: {credit_text(one.points)}, step: 1/2}}",
        ]
    return "\n".join(lines) + "\n"


def _is_asked(question: FoundQuestion) -> bool:
    return question.kind is not Kind.ID and question.id != EXAM_EMPTY


def _head(
    layout: Layout,
    asked: list[FoundQuestion],
    grouping: Grouping,
    source: str,
    layout_file: str,
    title: str,
) -> Iterator[str]:
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(q.kind.value for q in asked).items())
    yield f"# Made from {_plain(source)} by scangrade template: {len(asked)} questions ({kinds})."
    yield "# Compare it with the pictures of its pages, write an answer: to each question that has none,"
    yield "# then: scangrade key check."
    yield f"exam: {_quoted(layout.exam)}"
    yield f"title: {_quoted(title)}" if title else "# title: What the exam is called"
    yield f"marking: {layout.marking.value}  # any, fill or cross-undo: how students mark"
    yield f"layout: {_quoted(layout_file)}"
    grid = next((question for question in grouping.questions if question.kind is Kind.ID), None)
    if grid is not None:
        length = len({box.option.partition("=")[0] for box in grid.boxes})
        yield f"student_id: {{kind: digits, length: {length}}}"
    else:
        yield "student_id: {kind: code}  # stamped pages and stickers; {kind: person}: typed by a person"
    yield "defaults:"
    yield "  points: 1  # of questions that print none"
    if asked and not grouping.unboxed and all(question.points is not None for question in asked):
        yield f"total: {_points(sum((q.points or Fraction(0) for q in asked), Fraction(0)))}"
    yield ""


def _question(question: FoundQuestion) -> Iterator[str]:
    yield f"  - id: {_quoted(question.id)}  # page {question.page}"
    for doubt in question.doubts:
        yield f"    # look: {_plain(doubt)}"
    yield f"    kind: {question.kind.value}"
    if question.title:
        yield f"    title: {_quoted(question.title)}"
    if question.kind is Kind.CREDITS:
        yield f"    credits: {_credits(question)}"
        return
    if question.points is not None:
        yield f"    points: {_points(question.points)}"
    if question.kind in (Kind.CHOICE, Kind.CHOICES):
        yield "    options:"
        for box in question.boxes:
            yield f"      {_quoted(box.option)}: {_quoted(box.text)}"
    if question.kind is Kind.NUMBER:
        digits = len({box.option.partition("=")[0] for box in question.boxes})
        yield f"    number: {{digits: {digits}, decimals: 0}}"
    yield f"    {_EXAMPLES[question.kind]}"


def _credits(question: FoundQuestion) -> str:
    scale = [Fraction(box.option) for box in question.boxes]
    return f"{{max: {credit_text(scale[-1])}, step: {credit_text(scale[1] - scale[0])}}}"


def _points(points: Fraction) -> str:
    decimal = f"{float(points):g}"
    return decimal if Fraction(decimal) == points else credit_text(points)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    """A text that cannot end a comment's line."""
    return " ".join(text.split())
