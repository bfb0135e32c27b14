"""The layout of a grouped exam, in mm, registered by pictures of its blank pages."""

from collections.abc import Sequence

from pipeline.exam import with_hash
from pipeline.model import Anchors, Box, Kind, Layout, LayoutQuestion, Marking, PageLayout
from pipeline.paper.template.records import BlankPage, FoundBox, Grouping
from pipeline.paper.template.wording import marking_said, text_of


def template_layout(
    exam: str, pages: Sequence[BlankPage], grouping: Grouping, references: Sequence[str]
) -> Layout:
    """Make the layout of an exam whose boxes are named.

    Parameters
    ----------
    exam
        Id of the exam.
    pages
        All pages of the blank exam; those on which nothing is printed are left out.
    grouping
        Its questions.
    references
        The picture of each page, relative to where the layout will be.
    """
    boxes: dict[int, list[Box]] = {}
    for question in grouping.questions:
        for named in question.boxes:
            boxes.setdefault(named.page, []).append(_box(named.box, question.id, named.option, named.label))
    return with_hash(
        Layout(
            name=exam,
            unit="mm",
            marking=marking_of(pages, grouping),
            pages=tuple(
                PageLayout(
                    sheet=page.number,
                    width=round(page.width, 3),
                    height=round(page.height, 3),
                    anchors=_anchors(page, reference),
                    boxes=tuple(boxes.get(page.number, ())),
                )
                for page, reference in zip(pages, references, strict=True)
                if not page.empty
            ),
            questions={
                question.id: LayoutQuestion(
                    kind=question.kind, writer="examiner" if question.kind is Kind.CREDITS else "student"
                )
                for question in grouping.questions
            },
            exam=exam,
            version="A",
        )
    )


def marking_of(pages: Sequence[BlankPage], grouping: Grouping) -> Marking:
    """How students mark, by the exam's own words."""
    answers = [box.box for question in grouping.questions if not question.examiner for box in question.boxes]
    circles = bool(answers) and all(box.shape == "circle" for box in answers)
    return marking_said(" ".join(text_of(page.words) for page in pages), circles=circles)


def _anchors(page: BlankPage, reference: str) -> Anchors:
    return Anchors(kind="scangrade") if page.stamped else Anchors(kind="image", reference=reference)


def _box(box: FoundBox, question: str, option: str, label: str) -> Box:
    return Box(
        question=question,
        option=option,
        shape=box.shape,
        x=round(box.x, 3),
        y=round(box.y, 3),
        w=round(box.w, 3),
        h=round(box.h, 3),
        label=label,
    )
