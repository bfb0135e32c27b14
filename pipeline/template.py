"""An exam that scangrade did not print: its boxes found, its layout shown."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Fault, ResultsFault, UsageFault, system_reason
from pipeline.exam import (
    draft_exams,
    exam_id_of,
    layout_differences,
    layout_text,
    layout_warnings,
    load_layout,
)
from pipeline.model import Kind, Layout
from pipeline.reporting import Content, bytes_content, replace_files, text_content

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.paper.template import BlankPage, FoundQuestion, Grouping, SetAside

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSettings:
    """Options of ``scangrade template``."""

    pdf: Path
    """The blank exam."""
    output: Path
    """The layout; beside it go the exam file (``.yaml``) and the pictures (``.pages/``)."""
    exam: str = ""
    """Id of the exam; empty: made of the PDF's name."""
    force: bool = False
    """Whether a layout and an exam file that are there are replaced."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateReport:
    """What was found."""

    exam: str
    layout: Path
    exam_file: Path
    pictures: tuple[Path, ...]
    """Each page with its boxes named."""
    pages: int
    questions: "tuple[FoundQuestion, ...]"
    set_aside: "tuple[SetAside, ...]"
    notices: tuple[str, ...]


def make_template(settings: TemplateSettings, progress: Progress | None = None) -> TemplateReport:
    """Find the boxes of a blank exam and write its layout, its exam file without answers, and pictures.

    Raises
    ------
    UsageFault
        The PDF cannot be used, no box is found in it, or files would be replaced without ``force``.
    ResultsFault
        A file cannot be written; then nothing has changed.
    """
    from pipeline.paper.template import check_any, exam_skeleton, find_boxes, group_boxes, template_layout

    output, exam = settings.output, _exam_id(settings)
    exam_file, folder = output.with_suffix(".yaml"), pictures_folder(output)
    _refuse_to_replace(settings, exam_file)
    pages = find_boxes(settings.pdf, progress)
    check_any(pages, settings.pdf)
    grouping = group_boxes(pages)
    references = [f"{folder.name}/blank-{page.number}.png" for page in pages]
    layout = template_layout(exam, pages, grouping, references)
    skeleton = exam_skeleton(layout, grouping, source=settings.pdf.name, layout_file=output.name, title="")
    contents: dict[Path, Content] = {}
    pictures = []
    for page in pages:
        if not page.empty and not page.stamped:
            contents[folder / f"blank-{page.number}.png"] = bytes_content(page.png)
        place = layout.page(page.number)
        if place is not None:
            pictures.append(folder / f"boxes-{page.number}.png")
            contents[pictures[-1]] = bytes_content(_boxes_picture(page, place, grouping))
    contents[output] = text_content(layout_text(layout))
    contents[exam_file] = text_content(skeleton)
    for path in (output.parent, folder):
        _make_folder(path)
    replace_files(contents)
    return TemplateReport(
        exam=exam,
        layout=output,
        exam_file=exam_file,
        pictures=tuple(pictures),
        pages=len(pages),
        questions=grouping.questions,
        set_aside=grouping.set_aside,
        notices=(*_notices(pages, grouping), *_codes_notice(pages, output)),
    )


def _exam_id(settings: TemplateSettings) -> str:
    exam = settings.exam or exam_id_of(settings.pdf.stem)
    if not exam or exam != exam_id_of(exam):
        raise UsageFault(
            f"{settings.exam or settings.pdf.stem!r} is not an exam id",
            hint="name it with --exam: 1 to 24 of a-z, 0-9 and -",
        )
    return exam


def _refuse_to_replace(settings: TemplateSettings, exam_file: Path) -> None:
    if settings.output.suffix != ".json":
        raise UsageFault(f"{settings.output} is no name for a layout", hint="write -o NAME.json")
    there = [path for path in (settings.output, exam_file) if path.exists()]
    if there and not settings.force:
        raise UsageFault(
            f"{there[0]} is there already", hint="name another layout with -o, or replace it with --force"
        )


def pictures_folder(layout: Path) -> Path:
    """The folder for pictures of a layout's pages: ``NAME.pages`` beside it."""
    return layout.with_name(f"{layout.stem}.pages")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsFault(f"cannot make the folder {folder}: {system_reason(error)}") from error


def _boxes_picture(page: "BlankPage", place: Any, grouping: "Grouping") -> bytes:
    from pipeline.paper.template import draw_boxes, picture_of, png_of

    doubtful = [question.id for question in grouping.questions if question.doubts]
    aside = [
        (one.box.x, one.box.y, one.box.w, one.box.h) for one in grouping.set_aside if one.page == page.number
    ]
    return png_of(draw_boxes(place, picture_of(page.png), doubtful=doubtful, aside=aside))


def _notices(pages: "tuple[BlankPage, ...]", grouping: "Grouping") -> tuple[str, ...]:
    notices = []
    empty = [str(page.number) for page in pages if page.empty]
    if empty:
        notices.append(
            f"nothing is printed on page {', '.join(empty)}: a scan of it counts as blank, and the layout"
            " leaves it out"
        )
    scanned = [page for page in pages if page.scanned]
    if scanned and not any(page.words for page in scanned):
        notices.append(
            "the exam is a scan without text: questions are counted by place, compare each of them"
        )
    plain = [str(page.number) for page in pages if not page.empty and len(page.words) + len(page.boxes) < 12]
    if plain:
        notices.append(
            f"page {', '.join(plain)} has hardly any print: a scan of it may not be recognised;"
            " stamp the exam instead (scangrade stamp)"
        )
    if grouping.set_aside:
        notices.append(f"{len(grouping.set_aside)} frames were taken for no boxes: red in the pictures")
    return tuple(notices)


def _codes_notice(pages: "tuple[BlankPage, ...]", layout: Path) -> tuple[str, ...]:
    """That the paper carries codes of its own, and what to write so that its pages are told by them."""
    import numpy as np

    from pipeline.paper.template import picture_of
    from pipeline.reading import STICKERS, find_other_codes

    found = []
    for page in pages:
        if page.empty or page.stamped:
            continue
        picture = picture_of(page.png)
        if picture is None:
            continue
        gray = picture if picture.ndim == 2 else np.ascontiguousarray(picture[..., 1])
        codes = [code for code in find_other_codes(gray, STICKERS) if code.page_code is None]
        found += [(page, code, page.width / gray.shape[1]) for code in codes[:1]]
    if not found:
        return ()
    page, code, mm = found[0]
    left, top = (float(edge) * mm for edge in code.corners.min(axis=0))
    right, bottom = (float(edge) * mm for edge in code.corners.max(axis=0))
    place = {"x": left, "y": top, "w": right - left, "h": bottom - top}
    shown = ", ".join(f'"{name}": {round(value, 1)}' for name, value in place.items())
    kind = {"qrcode": "qr"}.get(code.kind, code.kind)
    numbers = ", ".join(str(one.number) for one, _, _ in found)
    return (
        f'page {numbers} has a code of its own, such as {code.text[:60]!r} at {{{shown}, "type": "{kind}"}}:'
        f' write "page_code" and "codes" into {layout}, if it says whose a page is (docs/template.md)',
    )


# --- a layout over its pages -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownQuestion:
    """One question as a layout has it."""

    id: str
    sheets: tuple[int, ...]
    kind: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLayout:
    """Pictures of a layout, and what it says in them."""

    pictures: tuple[Path, ...]
    boxes: int
    questions: tuple[ShownQuestion, ...]
    """In the order of their first boxes."""
    differences: tuple[Fault, ...]
    """Where the exam file beside the layout says something else."""


def show_layout(layout_file: Path, pdf: Path | None, folder: Path | None) -> ShownLayout:
    """Draw a layout's boxes over its pages.

    Parameters
    ----------
    layout_file
        Any layout.
    pdf
        The blank exam, whose page N is sheet N; None: the layout's own reference pictures, or white.
    folder
        Where the pictures go; None: ``NAME.pages`` beside the layout.

    Raises
    ------
    UsageFault, FileFaults
        The layout or the PDF cannot be used, or the PDF has fewer pages than the layout.
    ResultsFault
        A picture cannot be written.
    """
    from pipeline.paper.template import draw_boxes, png_of

    layout = load_layout(layout_file)
    folder = folder or pictures_folder(layout_file)
    contents: dict[Path, Content] = {}
    blanks = _blanks(pdf, [page.sheet for page in layout.pages])
    for page in layout.pages:
        blank = blanks[page.sheet] if pdf else _reference(page.anchors.reference)
        contents[folder / f"boxes-{page.sheet}.png"] = bytes_content(png_of(draw_boxes(page, blank)))
    _make_folder(folder)
    return ShownLayout(
        pictures=replace_files(contents),
        boxes=sum(len(page.boxes) for page in layout.pages),
        questions=_shown_questions(layout),
        differences=_differences(layout_file, layout),
    )


def _shown_questions(layout: Layout) -> tuple[ShownQuestion, ...]:
    boxes: dict[str, list[tuple[int, str]]] = {}
    for page in layout.pages:
        for box in page.boxes:
            boxes.setdefault(box.question, []).append((page.sheet, box.option))
    return tuple(
        ShownQuestion(
            id=name,
            sheets=tuple(dict.fromkeys(sheet for sheet, _ in found)),
            kind=(layout.questions[name].kind if name in layout.questions else Kind.CHOICES).value,
            options=tuple(option for _, option in found),
        )
        for name, found in boxes.items()
    )


def _differences(layout_file: Path, layout: Layout) -> tuple[Fault, ...]:
    """Where the exam file of the layout's name says something else; of its other faults key check tells."""
    exam_file = layout_file.with_suffix(".yaml")
    if not exam_file.is_file():
        return ()
    exams = [version.exam for draft in draft_exams(exam_file) for version in draft.versions.values()]
    own = [exam for exam in exams if exam.layout_file and Path(exam.layout_file).name == layout_file.name]
    found = [
        fault for exam in own for fault in (*layout_differences(exam, layout), *layout_warnings(exam, layout))
    ]
    return tuple(dict.fromkeys(found))


def _blanks(pdf: Path | None, sheets: list[int]) -> "dict[int, NDArray[np.uint8]]":
    if pdf is None:
        return {}
    from pipeline.paper.template import page_pictures

    return page_pictures(pdf, sheets)


def _reference(path: str) -> "NDArray[np.uint8] | None":
    from pipeline.paper.template import picture_of

    if not path or Path(path).suffix.lower() == ".pdf":
        return None
    return picture_of(Path(path).read_bytes())
