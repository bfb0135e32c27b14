"""Whether an exam file and the layout of its paper speak of the same questions and options."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from pipeline.errors import Fault, FileFaults
from pipeline.exam.layout_file import load_layout
from pipeline.exam.numbers import exact
from pipeline.exam.page_bits import is_bit
from pipeline.exam.source import did_you_mean
from pipeline.model import EXAM_EMPTY, Box, CreditFormat, Exam, Kind, Layout, Question

_CHOICES = frozenset({Kind.CHOICE, Kind.CHOICES, Kind.TRUEFALSE})
_BY_EXAMINER = frozenset({Kind.CREDITS, Kind.TEXT})


def check_layouts(exams: Iterable[Exam]) -> tuple[list[Fault], list[Fault]]:
    """Faults and warnings of exams against the layout files that they name, the files' own faults too."""
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for exam in exams:
        if not exam.layout_file or not Path(exam.layout_file).is_file():
            continue
        try:
            layout = load_layout(Path(exam.layout_file))
        except FileFaults as error:
            faults.extend(error.faults)
            continue
        faults.extend(layout_differences(exam, layout))
        warnings.extend(layout_warnings(exam, layout))
    return list(dict.fromkeys(faults)), list(dict.fromkeys(warnings))


def layout_differences(exam: Exam, layout: Layout) -> list[Fault]:
    """Where an exam file contradicts the layout of its paper.

    Parameters
    ----------
    exam
        One version of it.
    layout
        Of paper that scangrade did not print.

    Returns
    -------
    list of Fault
        Empty where the pages say in squares which copy they are: each copy has a layout of its own. Else
        placed in the exam file: questions without boxes, of another kind, with options that have no
        box, or boxes that are no option. What an examiner marks needs no boxes, nor what is void.
    """
    if any(is_bit(place) for page in layout.pages for place in page.codes):
        return []
    boxes = _by_question(layout)
    asked = {question.id for question in exam.questions}
    named = [name for name in boxes if name not in asked and not _is_no_question(name, layout)]
    faults = []
    for question in exam.questions:
        found = boxes.get(question.id, [])
        if not found and (question.kind in _BY_EXAMINER or question.void):
            continue
        what = _difference(question, found, layout) if found else "has no box"
        instead = "correct the option, or the layout's boxes"
        if not found:
            instead = did_you_mean(question.id, named) or "correct its id, or those of the layout's boxes"
        if what:
            faults.append(_fault(exam, question, f"{what} in {exam.layout_file}", instead))
    return faults


def layout_warnings(exam: Exam, layout: Layout) -> list[Fault]:
    """Questions of a layout that its exam file does not ask, and credits that have no box."""
    asked = {question.id: question for question in exam.questions}
    boxes = _by_question(layout)
    unasked = [name for name in boxes if name not in asked and not _is_no_question(name, layout)]
    warnings = []
    if unasked:
        line, column = exam.places.get("layout", (0, 0))
        names = f"question{'s' * (len(unasked) > 1)} {', '.join(unasked)}"
        what = f"{exam.layout_file} has boxes of {names}, which the exam file does not ask"
        instead = "ask it, correct the layout, or leave it: its marks then do not count"
        warnings.append(Fault(file=exam.file, line=line, column=column, what=what, instead=instead))
    for name, found in boxes.items():
        question = asked.get(name)
        if question is None or question.kind not in _BY_EXAMINER or question.credits is None:
            continue
        missing = _scale(question.credits) - {exact(box.option) for box in found}
        if missing:
            what = f"has no box for {_listed(map(str, sorted(missing)))} credits in {exam.layout_file}"
            warnings.append(_fault(exam, question, what, "correct max and step, or the layout's boxes"))
    return warnings


def _is_no_question(name: str, layout: Layout) -> bool:
    said = layout.questions.get(name)
    return name == EXAM_EMPTY or (said is not None and said.kind is Kind.ID)


def _difference(question: Question, boxes: Sequence[Box], layout: Layout) -> str:
    said = layout.questions.get(question.id)
    if said is not None and not _alike(said.kind, question.kind):
        return f"is of kind {question.kind.value} here, and {said.kind.value}"
    options = [box.option for box in boxes]
    if question.kind is Kind.NUMBER:
        return _grid_difference(question, options)
    if question.kind in _BY_EXAMINER:
        scale = _scale(question.credits)
        extra = [option for option in options if exact(option) not in scale]
        return f"has a box for {_listed(extra)} credits, which it cannot give," if extra else ""
    asked = [option.id for option in question.options]
    missing = [option for option in asked if option not in options]
    extra = [option for option in options if option not in asked]
    words = [f"has no box for {_listed(missing)}"] if missing else []
    words += [f"has a box {_listed(extra)}, which is none of its options,"] if extra else []
    return " and ".join(words)


def _alike(one: Kind, other: Kind) -> bool:
    return one is other or {one, other} <= _CHOICES or {one, other} <= _BY_EXAMINER


def _grid_difference(question: Question, options: Sequence[str]) -> str:
    columns = {option.partition("=")[0] for option in options if option.startswith("d")}
    digits = question.number.digits if question.number else 0
    if digits != len(columns):
        return f"has {digits} digits here, and {len(columns)} columns of boxes"
    if question.number and question.number.sign and "sign=-" not in options:
        return "has a sign here, and no box sign=-"
    return ""


def _scale(credits: CreditFormat | None) -> set[Fraction]:
    if credits is None:
        return set()
    return {credits.step * place for place in range(int(credits.max / credits.step) + 1)}


def _by_question(layout: Layout) -> Mapping[str, list[Box]]:
    found: dict[str, list[Box]] = {}
    for page in layout.pages:
        for box in page.boxes:
            found.setdefault(box.question, []).append(box)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _fault(exam: Exam, question: Question, what: str, instead: str) -> Fault:
    line, column = next(_places(question), (0, 0))
    return Fault(
        file=exam.file, line=line, column=column, what=f"question {question.id} {what}", instead=instead
    )


def _places(question: Question) -> Iterator[tuple[int, int]]:
    return (question.places[name] for name in ("id", "") if name in question.places)
