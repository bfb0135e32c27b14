"""An OMRChecker folder becomes a layout and an exam file.

Facts of the format are those of OMRChecker's wiki, schemas and samples: ``CropOnMarkers`` puts the centres
of the four markers on the corners of the page of ``pageDimensions``; ``CropPage`` takes the paper's edge
for it; ``FeatureBasedAlignment`` the picture of a blank page.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pipeline.errors import FileFaults
from pipeline.exam.checking import Faults
from pipeline.exam.imports.names import question_ids
from pipeline.exam.imports.omr_columns import Column, columns_of, id_column
from pipeline.exam.imports.omr_evaluation import Evaluation, read_evaluation
from pipeline.exam.imports.omr_questions import question_of, unanswered
from pipeline.exam.imports.omr_template import Preprocessor, Template, read_template
from pipeline.exam.imports.records import Imported, ImportedExam, ImportedQuestion, Note
from pipeline.exam.json_tree import parse_json
from pipeline.exam.layout_file import with_hash
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import MapNode
from pipeline.model import Anchors, Kind, Layout, LayoutQuestion, Marking, PageLayout

FILTERS = frozenset({"GaussianBlur", "MedianBlur", "Levels", "Contrast", "AutoRotate"})
"""Preprocessors that move nothing: reading does its own."""
BY_PICTURE = frozenset({"FeatureBasedAlignment", "EccAlignment"})
UNSUPPORTED = frozenset({"WarpOnPoints", "TimingMarkAlignment", "ReadBarcode"})
_KNOWN = (*FILTERS, *BY_PICTURE, *UNSUPPORTED, "CropPage", "CropOnMarkers")
_DEFAULT_RATIO = 17.0
"""OMRChecker's ``sheetToMarkerWidthRatio`` where nobody says another."""
_AROUND = 0.09
"""Paper around the markers, as a share of the template's width: the template says nothing of it."""
_ID = "id"
_OUTLINES = Note(
    kind="changed",
    what="bubbleDimensions are taken for the printed outlines of the bubbles",
    todo="when boxes are not found, correct w and h in layout.json, or make a layout of the blank PDF",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OmrSource:
    """The text of an OMRChecker folder's files, and what only a person or a picture can say."""

    template: str
    template_file: str
    """For messages."""
    evaluation: str = ""
    """Empty: there is none."""
    evaluation_file: str = ""
    read_csv: Callable[[str], str] = lambda name: name
    """Gives the text of an answer key's file by its name."""
    marker_shape: Callable[[str], str] = lambda name: name
    """disc, square, ring or cross by the name of the marker's picture; "" when it is none of them."""
    exam: str = "imported"
    """The exam's id."""
    student_id: str = ""
    """Label of the field that says whose sheet it is; empty: the one that looks like it."""


def import_omrchecker(source: OmrSource) -> Imported:
    """Translate an OMRChecker template and, where there is one, its evaluation.

    Raises
    ------
    FileFaults
        Every fault of the files, each with line, column and what to write instead.
    """
    template, faults = _template(source)
    evaluation, wrong = _evaluation(source)
    asked = [answer.label for answer in evaluation.answers] if evaluation else []
    columns, notes = columns_of(template, asked)
    notes += template.notes
    for label in [label for label in asked if label not in columns]:
        place = next(a.place for a in evaluation.answers if a.label == label) if evaluation else (0, 0)
        wrong.add(place, f"{label} is no field of the template", did_you_mean(label, columns))
    if source.student_id and (
        source.student_id not in columns or columns[source.student_id].kind == "letters"
    ):
        grids = [label for label, column in columns.items() if column.kind != "letters"]
        faults.add(
            (0, 0),
            f"{source.student_id} is no grid of digits or letters",
            did_you_mean(source.student_id, grids),
        )
    whose, more = id_column(columns, asked, source.student_id)
    ids = question_ids(label for label in columns if label != whose)
    anchors, others, pictures = _anchors(template, source, faults)
    questions = _questions(evaluation, columns, ids, whose, wrong)
    if faults.found or wrong.found:
        raise FileFaults([*faults.in_order(), *wrong.in_order()])
    notes.append(_OUTLINES)
    notes += [*more, *others, *(evaluation.notes if evaluation else ()), *_renamed(ids)]
    if evaluation:
        left = [label for label in columns if label not in asked and label != whose]
        if left:
            what = (
                f"{', '.join(left)}: read into marks.csv and not graded, as the evaluation does not ask them"
            )
            notes.append(Note(kind="changed", what=what))
    else:
        what = "there is no evaluation.json, so nobody has said what is right"
        notes.append(
            Note(kind="lost", what=what, todo="write the answers into exam.yaml, or read without it")
        )
    exam = ImportedExam(
        id=source.exam,
        source=f"the OMRChecker template {source.template_file}",
        layout="layout.json",
        marking="fill",
        questions=tuple(questions),
        student_id=_student_id(columns.get(whose)),
        complete=evaluation is not None,
    )
    layout = _layout(template, columns, ids, whose, {q.id: q.kind for q in questions}, anchors, source.exam)
    return Imported(layouts=(layout,), exam=exam, notes=tuple(notes), pictures=pictures)


def _template(source: OmrSource) -> tuple[Template, Faults]:
    faults = Faults(file=source.template_file)
    tree = parse_json(source.template, faults)
    if not isinstance(tree, MapNode):
        if not faults.found:
            faults.add((1, 1), "this is no template", 'begin with {"pageDimensions": [width, height], ...')
        raise FileFaults(faults.in_order())
    template = read_template(tree, faults)
    if template is None:
        raise FileFaults(faults.in_order())
    return template, faults


def _evaluation(source: OmrSource) -> tuple[Evaluation | None, Faults]:
    faults = Faults(file=source.evaluation_file)
    if not source.evaluation:
        return None, faults
    tree = parse_json(source.evaluation, faults)
    if not isinstance(tree, MapNode):
        if not faults.found:
            faults.add((1, 1), "this is no evaluation", 'begin with {"source_type": "custom", ...')
        raise FileFaults(faults.in_order())
    return read_evaluation(tree, faults, source.read_csv), faults


def _questions(
    evaluation: Evaluation | None,
    columns: Mapping[str, Column],
    ids: Mapping[str, str],
    whose: str,
    faults: Faults,
) -> list[ImportedQuestion]:
    if evaluation is None:
        return [
            unanswered(column, ids[label])
            for label, column in columns.items()
            if label != whose and column.kind != "characters"
        ]
    found = (
        question_of(columns[answer.label], ids[answer.label], answer, faults)
        for answer in evaluation.answers
        if answer.label in ids
    )
    return [question for question in found if question is not None]


def _student_id(column: Column | None) -> dict[str, object]:
    if column is None:
        return {"kind": "person"}
    kind = "digits" if column.kind == "digits" else "alphanumeric"
    return {"kind": kind, "length": len(column.fields)}


def _renamed(ids: Mapping[str, str]) -> list[Note]:
    changed = [f"{label} is {name}" for label, name in ids.items() if label != name]
    what = f"ids have at most 24 letters, digits and signs, so {'; '.join(changed)}"
    return [Note(kind="changed", what=what)] if changed else []


def _layout(
    template: Template,
    columns: Mapping[str, Column],
    ids: Mapping[str, str],
    whose: str,
    kinds: Mapping[str, str],
    anchors: Anchors,
    exam: str,
) -> Layout:
    boxes, questions = [], {}
    for label, column in columns.items():
        name = _ID if label == whose else ids[label]
        boxes += column.boxes(name)
        if label == whose:
            kind = Kind.ID
        elif column.kind == "digits":
            kind = Kind.NUMBER
        else:
            kind = Kind(kinds.get(name, "choices" if column.kind == "characters" else "choice"))
        questions[name] = LayoutQuestion(kind=kind)
    page = PageLayout(
        sheet=1, width=template.width, height=template.height, anchors=anchors, boxes=tuple(boxes)
    )
    if anchors.kind == "corners":
        page = _with_paper_around(page, round(_AROUND * template.width))
    layout = Layout(
        name=exam,
        unit="px",
        marking=Marking.FILL,
        pages=(page,),
        questions=questions,
        exam=exam,
        version="A",
    )
    return with_hash(layout)


def _with_paper_around(page: PageLayout, around: float) -> PageLayout:
    """A page whose edge is that of the paper, and not the markers' centres."""
    moved = tuple((x + around, y + around) for x, y in page.anchors.points)
    return PageLayout(
        sheet=page.sheet,
        width=page.width + 2 * around,
        height=page.height + 2 * around,
        anchors=replace(page.anchors, points=moved),
        boxes=tuple(replace(box, x=box.x + around, y=box.y + around) for box in page.boxes),
    )


# --- preprocessors -----------------------------------------------------------------------------


def _anchors(
    template: Template, source: OmrSource, faults: Faults
) -> tuple[Anchors, list[Note], tuple[str, ...]]:
    """What the page is registered by, as the preprocessors say it; the last that places a page counts."""
    anchors = Anchors(kind="none")
    notes: list[Note] = []
    pictures: tuple[str, ...] = ()
    for step in template.preprocessors:
        if step.name in FILTERS:
            notes.append(Note(kind="not needed", what=f"{step.name}: reading does its own"))
        elif step.name == "CropPage":
            what = "CropPage: the picture is taken for the page, scale only"
            notes.append(
                Note(kind="changed", what=what, todo="crop photos to the paper's edge before reading them")
            )
        elif step.name == "CropOnMarkers":
            anchors, more = _markers(step, template, source)
            notes += more
        elif step.name in BY_PICTURE:
            reference = str(step.options.get("reference", ""))
            if not reference:
                faults.add(
                    step.place,
                    f"{step.name} names no reference",
                    'write "options": {"reference": "blank.png"}',
                )
                continue
            anchors, pictures = Anchors(kind="image", reference=reference), (reference,)
            what = f"{step.name}: the page is found by the print of {reference}"
            notes.append(
                Note(
                    kind="changed", what=what, todo="it must show the blank page that the template describes"
                )
            )
        elif step.name in UNSUPPORTED:
            what = f"{step.name} of {source.template_file}:{step.place[0]} is not carried over"
            notes.append(
                Note(kind="lost", what=what, todo="the picture is taken for the page: crop the scans first")
            )
        else:
            known = did_you_mean(step.name, _KNOWN)
            instead = f"{known}; take it out of a copy of the template when it moves nothing"
            faults.add(step.place, f"unknown preprocessor {step.name!r}", instead)
    return anchors, notes, pictures if anchors.kind == "image" else ()


def _markers(step: Preprocessor, template: Template, source: OmrSource) -> tuple[Anchors, list[Note]]:
    """Four markers, whose centres are the corners of the template's page."""
    kind = str(step.options.get("type", "FOUR_MARKERS"))
    picture = str(step.options.get("relativePath", step.options.get("referenceImage", "omr_marker.jpg")))
    shape = source.marker_shape(picture) if kind == "FOUR_MARKERS" else ""
    if not shape:
        what = f"CropOnMarkers: the marker {picture} is no disc, ring, square or cross that can be searched"
        if kind != "FOUR_MARKERS":
            what = f"CropOnMarkers with {kind} is not carried over"
        todo = "the picture is taken for the page: crop the scans to the markers' centres first"
        return Anchors(kind="none"), [Note(kind="lost", what=what, todo=todo)]
    width, height = template.width, template.height
    size = width / _ratio(step)
    anchors = Anchors(
        kind="corners",
        points=((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)),
        mark=shape,
        size=size,
    )
    what = (
        f"CropOnMarkers: four marks ({shape}, about {size:.0f} px wide) on the corners of the template's page"
    )
    todo = "when they are not found, correct their size in layout.json"
    around = (
        f"the paper around the marks is taken for {_AROUND:.0%} of the width, as the template does not say"
    )
    return anchors, [Note(kind="changed", what=what, todo=todo), Note(kind="changed", what=around)]


def _ratio(step: Preprocessor) -> float:
    """How many markers wide the sheet is."""
    said = step.options.get("sheetToMarkerWidthRatio", _DEFAULT_RATIO)
    return float(said) if isinstance(said, (int, float)) and 4 <= said <= 200 else _DEFAULT_RATIO
