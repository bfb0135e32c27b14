"""The exam file as pydantic models: its fields, their types, its JSON Schema.

The models take the tree of :mod:`pipeline.exam.tree`, so that numbers are exact and ids are the
text that was written. What one field cannot tell (an answer that is no option, a section of
unknown questions) is checked in :mod:`pipeline.exam.questions` and :mod:`pipeline.exam.load`.
"""

from typing import Annotated, Any

from pydantic import Field, PlainValidator

from pipeline.exam.checking import Strict
from pipeline.exam.fields import (
    AnyKindName,
    AnyNode,
    DemandName,
    ExamId,
    FormName,
    IdKind,
    KindName,
    Literals,
    MarkingName,
    Number,
    NumberOrShare,
    Options,
    PaperName,
    Points,
    PointsOrShare,
    Positive,
    QuestionId,
    RoundingMode,
    RuleNode,
    ScaleName,
    Text,
    Titled,
    Truth,
    VoidName,
    integer,
    whole,
)

POINTS = "what it is worth"
RULE = "how it is scored: a rule's name, or {name, and its numbers}"
TITLE = "short text for the sheet and the reports"
DIGITS = "its digit grid"
CREDITS = "its credit boxes"
KIND = "what the student does: ticks one or several options, fills digits, writes"


class ToleranceModel(Strict):
    """When a number counts as equal: exactly one of the three."""

    abs: Points | None = Field(default=None, description="largest absolute difference")
    rel: Points | None = Field(default=None, description="largest difference relative to the right value")
    significant: Annotated[int, PlainValidator(integer(1, 12)), whole(1, 12)] | None = Field(
        default=None, description="significant digits that must agree"
    )


class NumberChange(Strict):
    """What is said of a digit grid; defaults and the question together say it all."""

    digits: Annotated[int, PlainValidator(integer(1, 12)), whole(1, 12)] | None = Field(
        default=None, description="digit columns in all, those behind the point included"
    )
    decimals: Annotated[int, PlainValidator(integer(0, 12)), whole(0, 12)] = Field(
        default=0, description="how many of them stand behind the printed point"
    )
    sign: Truth = Field(default=False, description="whether there is a box for minus")
    tolerance: ToleranceModel | None = Field(
        default=None, description="how far from the right number still counts; equal unless given"
    )


class NumberModel(NumberChange):
    """A digit grid, complete."""

    digits: Annotated[int, PlainValidator(integer(1, 12)), whole(1, 12)] = Field(
        description="digit columns in all, those behind the point included"
    )


class CreditsModel(Strict):
    """Credit boxes: 0, step, 2 step ... max."""

    max: Positive | None = Field(default=None, description="most credits; the question's points unless given")
    step: Positive | None = Field(default=None, description="1 unless given; 1/2 for half points")


class SolveModel(Strict):
    """An answer that a solver recomputes."""

    solve: Text = Field(description="name of a solver")
    arguments: Literals | None = Field(default=None, alias="with", description="its arguments: literals")
    pick: AnyNode = Field(
        default=None, description="name, place, or list of them: what to take of its result"
    )


class ScoringModel(Strict):
    """Fields of a question that are about its points, not about what is asked."""

    points: Points | None = Field(default=None, description=POINTS)
    rule: RuleNode | None = Field(default=None, description=RULE)
    also_accept: list[AnyNode] | None = Field(
        default=None, description="other answers that count as right: options, sets of options, numbers"
    )
    tolerance: ToleranceModel | None = Field(
        default=None, description="how far the right option of a choice may be from the solved value"
    )
    void: VoidName | None = Field(
        default=None, description="everyone gets the points, or the question counts for nobody"
    )
    bonus: Truth = Field(default=False, description="whether its points count beside the maximum")


class OverrideModel(ScoringModel):
    """What another version of the exam changes in a question."""

    title: Text | None = Field(default=None, description=TITLE)
    options: Options | None = Field(default=None, description="by id: a number, text, list, or {text, value}")
    dont_know: Text | None = Field(default=None, description="id of the option that is no answer")
    answer: AnyNode = Field(
        default=None, description="option id, list of them, true or false, number, or {solve, with, pick}"
    )
    arguments: Literals | None = Field(default=None, alias="with", description="short for answer.with")
    printed: AnyNode = Field(default=None, description="what the official solution prints")
    printed_is_wrong: AnyNode = Field(default=None, description="why the printed solution is wrong")
    erratum: Text | None = Field(
        default=None, description="what is wrong in the official solution beside the answer that it prints"
    )
    number: NumberChange | None = Field(default=None, description=DIGITS)
    credits: CreditsModel | None = Field(default=None, description=CREDITS)


class AskedModel(ScoringModel):
    """What is asked, wherever it stands: a question, a part, a column or cell of a table."""

    title: Text | None = Field(default=None, description=TITLE)
    options: Options | None = Field(default=None, description="by id: a number, text, list, or {text, value}")
    dont_know: Text | None = Field(default=None, description="id of the option that is no answer")
    answer: AnyNode = Field(
        default=None, description="option id, list of them, true or false, number, or {solve, with, pick}"
    )
    printed: AnyNode = Field(default=None, description="what the official solution prints")
    printed_is_wrong: AnyNode = Field(default=None, description="why the printed solution is wrong")
    erratum: Text | None = Field(
        default=None, description="what is wrong in the official solution beside the answer that it prints"
    )
    number: NumberChange | None = Field(default=None, description=DIGITS)
    credits: CreditsModel | None = Field(default=None, description=CREDITS)
    form: FormName | None = Field(default=None, description="product: one digit grid for each factor")
    factors: AnyNode = Field(default=None, description="of a product: how many, or a title for each")
    demand: DemandName | None = Field(
        default=None,
        description="of a product: its factors in order, in any order, or only what they make",
    )


class ColumnModel(AskedModel):
    """What the cells of a table's column say, or one of its cells."""

    kind: KindName | None = Field(default=None, description=KIND)


class QuestionModel(AskedModel):
    """A question, or a part of one."""

    id: QuestionId = Field(description="1 to 24 letters, digits, - and ., in quotes")
    kind: AnyKindName | None = Field(default=None, description=KIND)
    parts: list["QuestionModel"] | None = Field(
        default=None,
        description="questions of their own, named <id>.<part>; they inherit what they do not say",
    )
    rows: Titled | None = Field(default=None, description="of a table: {id: title}, or a list of titles")
    columns: Titled | None = Field(
        default=None, description="of a table: {id: title or {title, and what its cells say}}, or titles"
    )
    cells: Literals | None = Field(
        default=None, description="of a table: by row.column, a question without id, or N/A"
    )


class DefaultsModel(Strict):
    """What questions have that do not say otherwise."""

    points: Points | None = Field(default=None, description=POINTS)
    rule: RuleNode | None = Field(default=None, description=RULE)
    number: NumberChange | None = Field(default=None, description=DIGITS)
    credits: CreditsModel | None = Field(default=None, description=CREDITS)


class AllDefaultsModel(DefaultsModel):
    """Defaults of all questions, and of those of a kind."""

    by_kind: dict[str, DefaultsModel] | None = Field(
        default=None, description="by kind of question: what these have instead"
    )


class SectionModel(Strict):
    """A group of questions with its own total."""

    id: QuestionId = Field(description="name of the section's column in grades.csv")
    title: Text = Field(default="", description="printed above its questions")
    questions: list[Text] = Field(description="ids of its questions")
    points: Points | None = Field(default=None, description="printed total, checked against the sum")
    floor: Number | None = Field(default=None, description="least points of the section")
    cap: Number | None = Field(default=None, description="most points of the section")


class StudentIdModel(Strict):
    """How a sheet says whose it is."""

    kind: IdKind = Field(
        default="digits",
        description="boxes for digits, or for letters too; a code or sticker; a name that a person reads",
    )
    length: Annotated[int, PlainValidator(integer(1, 16)), whole(1, 16)] = Field(
        default=8, description="characters of an id"
    )


class RoundingModel(Strict):
    """The exam's own rounding."""

    step: Positive = Field(description="to a multiple of this: 1/2")
    mode: RoundingMode = Field(default="half-up", description="which way")


class ExamModel(Strict):
    """The whole exam file."""

    exam: ExamId = Field(description="id of the exam, in the code on each sheet: a-z, 0-9 and -")
    title: Text | None = Field(default=None, description="printed on the sheet; the id unless given")
    marking: MarkingName = Field(default="any", description="how students mark and undo")
    paper: PaperName = Field(default="a4", description="size of the printed sheet")
    student_id: StudentIdModel | None = Field(default=None, description="how a sheet says whose it is")
    layout: Text | None = Field(
        default=None, description="layout of paper printed by others, relative to this file"
    )
    total: Points | None = Field(default=None, description="printed total, checked against the sum")
    pass_points: PointsOrShare | None = Field(
        default=None, alias="pass", description="least points to pass: 12, or 50% of the most"
    )
    grades: dict[str, NumberOrShare] | None = Field(
        default=None, description="least points of each grade, or shares of the most: 50%"
    )
    grade_scale: ScaleName | None = Field(default=None, description="a usual grade table")
    rounding: RoundingModel | None = Field(
        default=None, description="applied once, to the exam's points; none unless given"
    )
    allow_empty: Annotated[int, PlainValidator(integer(0, 200)), whole(0, 200)] = Field(
        default=0, description="how many questions a student may leave empty: those do not count"
    )
    defaults: AllDefaultsModel | None = Field(
        default=None, description="what holds for every question that does not say otherwise"
    )
    sections: list[SectionModel] = Field(
        default_factory=list, description="groups of questions with totals of their own"
    )
    questions: list[QuestionModel] = Field(description="what is asked, in the order of the sheet")
    versions: dict[str, dict[str, OverrideModel] | None] = Field(
        default_factory=dict, description="by version, by question: what differs from version A"
    )
    vary: dict[str, dict[str, AnyNode]] | None = Field(
        default=None,
        description="by question, by the path of a solver's argument: {from, to, step} or a list of values",
    )


def exam_schema() -> dict[str, Any]:
    """The JSON Schema of an exam file (draft 2020-12)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **ExamModel.model_json_schema()}
