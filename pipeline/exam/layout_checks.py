"""What the fields of a layout must be to each other."""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.exam.checking import TreePath
from pipeline.exam.layout_schema import BoxModel, CodePlaceModel, LayoutModel, PageModel
from pipeline.exam.numbers import exact
from pipeline.exam.source import did_you_mean

Problem = tuple[TreePath, str, str]
"""(path in the file, what is wrong, what to write instead)."""

SLACK = 1e-6
"""How far a box may leave the page by the rounding of its numbers."""

_DIGIT = re.compile(r"sign=-|d[1-9][0-9]?=[0-9]|point=[1-9][0-9]?")
_CHARACTER = re.compile(r"d[1-9][0-9]?=[0-9A-Z]")


def layout_faults(model: LayoutModel, folder: Path) -> list[Problem]:
    """Every fault between the fields of a layout.

    Parameters
    ----------
    model
        The layout, each field of it being as it ought to be.
    folder
        Where the file is: references are relative to it.

    Returns
    -------
    list of (path, what, instead)
        Boxes outside the page, boxes named twice, sheets named twice, questions without boxes,
        options that are none of a digit grid, missing reference pictures.
    """
    return [
        *_sheets(model),
        *(problem for at, page in enumerate(model.pages) for problem in _page(model, at, page, folder)),
        *_names(model),
        *_questions(model),
    ]


def _sheets(model: LayoutModel) -> Iterator[Problem]:
    seen: dict[int, int] = {}
    for at, page in enumerate(model.pages):
        if page.sheet in seen:
            what = f"sheet {page.sheet} is described twice, also as page {seen[page.sheet] + 1} of the list"
            yield ("pages", at, "sheet"), what, "number the sheets 1, 2, ..."
        seen.setdefault(page.sheet, at)


def _page(model: LayoutModel, at: int, page: PageModel, folder: Path) -> Iterator[Problem]:
    anchors = page.anchors
    if anchors.kind == "scangrade" and model.unit != "mm":
        yield (
            ("pages", at, "anchors", "kind"),
            "our own corner marks are in mm",
            'write "unit": "mm", or another kind',
        )
    if anchors.kind == "image" and not (folder / anchors.reference).is_file():
        where = ("pages", at, "anchors", "reference")
        yield (
            where,
            f"there is no picture {folder / anchors.reference}",
            "name a file, relative to the layout",
        )
    if anchors.kind == "corners":
        for number, (x, y) in enumerate(anchors.points):
            if not (0 <= x <= page.width and 0 <= y <= page.height):
                where_mark = ("pages", at, "anchors", "points", number)
                yield where_mark, f"the mark ({x:g}, {y:g}) is outside the page", _inside(page)
    for number, box in enumerate(page.boxes):
        if _leaves(box, page):
            what = f"the box of question {box.question}, option {box.option}, leaves the page"
            yield ("pages", at, "boxes", number), what, _inside(page)
    for number, code in enumerate(page.codes):
        if _leaves(code, page):
            yield (
                ("pages", at, "codes", number),
                f"the place of a {code.type} code leaves the page",
                _inside(page),
            )


def _inside(page: PageModel) -> str:
    return f"the page is {page.width:g} wide and {page.height:g} high; x, y is the top-left corner"


def _leaves(place: BoxModel | CodePlaceModel, page: PageModel) -> bool:
    right, bottom = place.x + place.w, place.y + place.h
    return min(place.x, place.y) < -SLACK or right > page.width + SLACK or bottom > page.height + SLACK


def _names(model: LayoutModel) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for at, page in enumerate(model.pages):
        for number, box in enumerate(page.boxes):
            name = (box.question, box.option)
            if name in seen:
                what = f"question {box.question} has two boxes for {box.option} (first: sheet {seen[name]})"
                yield (
                    ("pages", at, "boxes", number, "option"),
                    what,
                    "give each box its own question and option",
                )
            seen.setdefault(name, page.sheet)


def _questions(model: LayoutModel) -> Iterator[Problem]:
    boxed = dict.fromkeys(box.question for page in model.pages for box in page.boxes)
    for name in model.questions:
        if name not in boxed:
            yield (
                ("questions", name),
                f"question {name!r} has no box",
                did_you_mean(name, boxed) or "remove it",
            )
    for at, page in enumerate(model.pages):
        for number, box in enumerate(page.boxes):
            question = model.questions.get(box.question)
            instead = _wrong_option(question.kind, box.option) if question else ""
            if instead:
                kind = question.kind if question else ""
                what = f"{box.option!r} is no option of question {box.question}, whose kind is {kind}"
                yield ("pages", at, "boxes", number, "option"), what, instead


def _wrong_option(kind: str, option: str) -> str:
    """What to write instead of an option that a kind of question cannot have; "" when it can."""
    if kind == "number" and not _DIGIT.fullmatch(option):
        return "write sign=-, d1=0 to d1=9 (d1 leftmost), or point=2"
    if kind == "id" and not (_DIGIT.fullmatch(option) or _CHARACTER.fullmatch(option)):
        return "write d1=0 to d1=9, or d1=A to d1=Z"
    if kind in ("credits", "text") and exact(option) is None:
        return "write the credits as a number, like 1/2"
    return ""
