"""The layout file, ``scangrade-layout/1``, as pydantic models (FORMATS: layout)."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictInt, StrictStr

from pipeline.exam.checking import Strict, wrong
from pipeline.exam.other_code import pattern_fault
from pipeline.exam.page_code import EXAM_ID, VERSION

FORMAT = "scangrade-layout/1"
"""What a layout file names as its format."""


Length = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Size = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Name = Annotated[StrictStr, Field(min_length=1, max_length=500)]
MarkingName = Literal["fill", "any", "cross-undo"]


def _exam_id(text: str) -> str:
    if text and not EXAM_ID.fullmatch(text):
        raise wrong(f"{text!r} is not an exam id", "use 1 to 24 of a-z, 0-9 and -")
    return text


def _version(text: str) -> str:
    if text and not VERSION.fullmatch(text):
        raise wrong(f"{text!r} is not a version", "use 1 to 4 of A-Z and 0-9")
    return text


def _visible(text: str) -> str:
    if not text.strip() or re.search(r"[\x00-\x1f\x7f|;]", text):
        raise wrong(f"{text!r} cannot stand in a table", "use letters, digits and signs, without | and ;")
    return text


BoxName = Annotated[StrictStr, Field(max_length=500), AfterValidator(_visible)]


class QuestionPlaceModel(Strict):
    """What a layout says of a question."""

    kind: Literal["choice", "choices", "truefalse", "number", "credits", "text", "id"] = "choices"
    marking: MarkingName | None = Field(default=None, description="the layout's own unless given")
    writer: Literal["student", "examiner"] = "student"


class BoxModel(Strict):
    """A printed box; x, y is its top-left corner."""

    question: BoxName
    option: BoxName
    shape: Literal["square", "circle"]
    x: Length
    y: Length
    w: Size
    h: Size
    label: StrictStr = Field(default="", description="text printed inside the box")


class CodePlaceModel(Strict):
    """Where a machine-readable code is printed."""

    x: Length
    y: Length
    w: Size
    h: Size
    type: Name


class ScangradeAnchors(Strict):
    """Our own corner marks; their places follow from the page's size."""

    kind: Literal["scangrade"]


class CornersAnchors(Strict):
    """Printed marks, whose centres are given."""

    kind: Literal["corners"]
    points: list[tuple[Length, Length]] = Field(min_length=3)
    mark: Literal["disc", "square", "cross", "ring"]
    size: Size


class ImageAnchors(Strict):
    """A picture of the blank page."""

    kind: Literal["image"]
    reference: Name = Field(description="a file, relative to the layout")


class NoAnchors(Strict):
    """The picture is the page: scale only."""

    kind: Literal["none"]


AnchorsModel = Annotated[
    ScangradeAnchors | CornersAnchors | ImageAnchors | NoAnchors, Field(discriminator="kind")
]


class PageModel(Strict):
    """One printed sheet side."""

    sheet: Annotated[StrictInt, Field(ge=1, le=999)]
    width: Size
    height: Size
    anchors: AnchorsModel
    codes: list[CodePlaceModel] = Field(default_factory=list)
    boxes: list[BoxModel]


def _pattern(text: str) -> str:
    fault = pattern_fault(text)
    if fault:
        raise wrong(f"the pattern {text!r}: {fault[0]}", fault[1])
    return text


class PageCodeModel(Strict):
    """The machine-readable code that others print on every sheet."""

    pattern: Annotated[StrictStr, AfterValidator(_pattern)] = Field(
        description="its text, with {booklet}, {sheet} and {any} for what differs: exam-1-{booklet}-{sheet}"
    )


class LayoutModel(Strict):
    """The whole layout file."""

    format: Literal["scangrade-layout/1"]
    name: Name
    unit: Literal["mm", "px"]
    marking: MarkingName
    exam: Annotated[StrictStr, AfterValidator(_exam_id)] = ""
    version: Annotated[StrictStr, AfterValidator(_version)] = ""
    page_code: PageCodeModel | None = Field(
        default=None, description="how the page codes of others say which booklet and sheet a page is"
    )
    questions: dict[str, QuestionPlaceModel] = Field(default_factory=dict)
    pages: list[PageModel] = Field(min_length=1)


def layout_schema() -> dict[str, Any]:
    """The JSON Schema of a layout file (draft 2020-12)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **LayoutModel.model_json_schema()}
