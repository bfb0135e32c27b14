"""Corner marks and page codes on an existing exam: one copy per student, read like our own sheets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import FileFaults, ResultsFault, UsageFault, system_reason
from pipeline.exam import (
    BASE_VERSION,
    exam_id_of,
    layout_differences,
    layout_json,
    layout_text,
    layouts_folder,
    load_exam,
    load_layout,
    load_roster,
    load_sheets,
    with_hash,
)
from pipeline.formats import SheetRow
from pipeline.model import Anchors, Layout, PageLayout, Student
from pipeline.reporting import Content, Table, is_special, replace_files, table_content, text_content
from pipeline.store import FolderLock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.paper import SheetPrint
    from pipeline.paper.stamp import Stamp

SHEETS_FILE = "sheets.csv"
_OFF = 0.6
"""How far a layout's page and the PDF's may differ in size, mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampSettings:
    """Options of ``scangrade stamp``."""

    pdf: Path
    output: Path
    layout: Path | None = None
    """Of the exam, from ``scangrade template``; None: the boxes are found now."""
    roster: Path | None = None
    copies: int | None = None
    """Copies for nobody in particular; None: one when there is no roster, none when there is."""
    exam: str = ""
    """Id of the exam; empty: the layout's, or made of the PDF's name."""
    version: str = ""
    """Empty: the layout's, or "A"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampReport:
    """What was stamped."""

    copies: int
    pages: int
    """In all."""
    layout: str
    """Hash of the layout that the codes name."""
    exam_file: Path
    """The exam file that belongs to it."""
    files: tuple[Path, ...]
    notices: tuple[str, ...]


def stamp_exam(settings: StampSettings) -> StampReport:
    """Stamp an exam and keep its layout and serials where ``scangrade grade`` looks for them.

    Beside the PDF go its layout (``NAME.layout.json``) and ``sheets.csv``. The folder ``.layouts`` of
    the exam file, which is NAME.yaml beside the layout, keeps every layout and every serial ever
    stamped. Without a layout the boxes are found now, and an exam file without answers is written
    beside the PDF.

    Raises
    ------
    UsageFault
        The PDF, layout or roster cannot be used, or a page has no room: every such page is named,
        with what would make room.
    ResultsFault
        A file cannot be written; then nothing has changed.
    """
    from pipeline.paper import SheetPrint
    from pipeline.paper.stamp import StampPlan, stamp_pdf

    if settings.output.resolve() == settings.pdf.resolve():
        raise UsageFault(f"{settings.pdf} would be replaced", hint="name another file with -o")
    base, skeleton, notices = _base_layout(settings)
    exam_file = (settings.layout or settings.output).with_suffix(".yaml")
    _check_exam_file(exam_file, base, settings)
    layout, stamps = _stamped(settings.pdf, base, notices)
    kept, beside = layouts_folder(exam_file), settings.output.parent / SHEETS_FILE
    for folder in (settings.output.parent, kept):
        _make_folder(folder)
    with FolderLock(kept):
        before = _sheet_rows(kept / SHEETS_FILE)
        serial = 1 + _last_serial(layout.exam, before, _sheet_rows(beside))
        prints = [
            SheetPrint(serial=serial + place, student_id=student.student_id, name=student.name)
            for place, student in enumerate(_people(settings, layout, notices))
        ]
        rows = [_row(one, layout) for one in prints]
        plan = StampPlan(layout=layout, stamps=stamps)
        # The serials first: should the power fail between two files, none is given again.
        contents: dict[Path, Content] = {kept / SHEETS_FILE: _sheets_table([*before, *rows])}
        contents[kept / f"{layout.hash}.json"] = text_content(layout_json(layout))
        contents[settings.output] = lambda out: notices.extend(stamp_pdf(settings.pdf, plan, prints, out))
        if not is_special(settings.output):
            contents[_layout_beside(settings.output)] = text_content(layout_text(layout))
            contents[beside] = _sheets_table([*_sheet_rows(beside), *rows])
            if skeleton and not exam_file.exists():
                contents[exam_file] = text_content(skeleton)
        files = replace_files(contents)
    return StampReport(
        copies=len(prints),
        pages=len(prints) * len(layout.pages),
        layout=layout.hash,
        exam_file=exam_file,
        files=tuple(path for path in files if path.parent != kept),
        notices=tuple(dict.fromkeys(notices)),
    )


# --- the layout ------------------------------------------------------------------------------------


def _base_layout(settings: StampSettings) -> tuple[Layout, str, list[str]]:
    """The exam's layout before it is stamped, and the exam file that is to be written, if any."""
    if settings.layout is not None:
        layout = load_layout(settings.layout)
        if layout.unit != "mm":
            raise UsageFault(f"{settings.layout} is in px", hint="make a layout with scangrade template")
        exam = settings.exam or layout.exam or exam_id_of(settings.pdf.stem)
        version = settings.version or layout.version or BASE_VERSION
        return replace(layout, exam=_checked(exam, settings), version=version), "", []
    from pipeline.paper.template import check_any, exam_skeleton, find_boxes, group_boxes, template_layout

    exam = _checked(settings.exam or exam_id_of(settings.pdf.stem), settings)
    pages = find_boxes(settings.pdf)
    check_any(pages, settings.pdf)
    grouping = group_boxes(pages)
    layout = template_layout(exam, pages, grouping, [""] * len(pages))
    layout = replace(layout, version=settings.version or BASE_VERSION)
    name = _layout_beside(settings.output).name
    skeleton = exam_skeleton(layout, grouping, source=settings.pdf.name, layout_file=name, title="")
    doubtful = [question.id for question in grouping.questions if question.doubts]
    notices = [f"look at question {', '.join(doubtful)}: scangrade template says why"] if doubtful else []
    return layout, skeleton, notices


def _layout_beside(output: Path) -> Path:
    return output.with_suffix(".layout.json")


def _checked(exam: str, settings: StampSettings) -> str:
    if not exam or exam != exam_id_of(exam):
        raise UsageFault(
            f"{exam or settings.pdf.stem!r} is not an exam id",
            hint="name it with --exam: 1 to 24 of a-z, 0-9 and -",
        )
    return exam


def _check_exam_file(exam_file: Path, layout: Layout, settings: StampSettings) -> None:
    """An exam file that is there already must be of this exam, and have this version."""
    if not exam_file.is_file():
        return
    file = load_exam(exam_file)
    if file.id != layout.exam or layout.version not in file.versions:
        raise UsageFault(
            f"{exam_file} is exam {file.id}, version {', '.join(file.versions)}, and the pages would say"
            f" {layout.exam}, version {layout.version}",
            hint="name them with --exam and --version" if settings.layout else "name another -o",
        )
    # What is printed stays printed: a layout that contradicts the key must never reach paper.
    if faults := layout_differences(file.versions[layout.version], layout):
        raise FileFaults(list(faults))


def _stamped(pdf: Path, base: Layout, notices: list[str]) -> tuple[Layout, "tuple[Stamp, ...]"]:
    """The layout with our marks and codes on each page, and where each page has room for them."""
    from pipeline.paper.stamp import CODE_SIZES, covered_corners, find_stamp, measure_room
    from pipeline.paper.template import open_blank, page_frame, page_pictures

    with open_blank(pdf) as document:
        frames = [page_frame(page, pdf, number) for number, page in enumerate(document.pages, 1)]
    pages, stamps, faults = [], [], []
    for number, frame in enumerate(frames, 1):
        old = base.page(number)
        width, height = round(frame.width, 3), round(frame.height, 3)
        if old is not None and max(abs(old.width - width), abs(old.height - height)) > _OFF:
            raise UsageFault(
                f"page {number} of {pdf} is {width:g} x {height:g} mm, and in the layout"
                f" {old.width:g} x {old.height:g}",
                hint="make the layout of this PDF again: scangrade template",
            )
        boxes = old.boxes if old else ()
        picture = page_pictures(pdf, [number])[number]
        room = measure_room(picture, width, height, boxes)
        covered, stamp = covered_corners(room), find_stamp(room)
        if covered or stamp is None:
            faults.append(_no_room(number, covered, picture, width, height))
            continue
        if stamp.codes[0].w < CODE_SIZES[0]:
            notices.append(f"page {number} has room for small codes of {stamp.codes[0].w:g} mm only")
        if len(stamp.codes) < 2:
            notices.append(f"page {number} has room for one code only: a torn corner may cost it")
        if stamp.name is None:
            notices.append(f"page {number} has no room for the name: its code alone says whose copy it is")
        stamps.append(stamp)
        anchors = Anchors(kind="scangrade")
        pages.append(
            PageLayout(
                sheet=number, width=width, height=height, anchors=anchors, boxes=boxes, codes=stamp.codes
            )
        )
    if faults:
        raise UsageFault(f"{pdf} has no room for our marks:\n" + "\n".join(faults), hint=_ROOM_HINT)
    if missing := [page.sheet for page in base.pages if page.sheet > len(frames)]:
        raise UsageFault(
            f"{pdf} has {len(frames)} pages, and the layout has a sheet {missing[0]}",
            hint="name the PDF that the layout was made from",
        )
    return with_hash(replace(base, pages=tuple(pages))), tuple(stamps)


_ROOM_HINT = (
    "each corner needs 21 x 21 mm free of print, and one edge 23 x 23 mm for a code: margins of 25 mm have"
    " that; export the exam with wider margins or smaller, or grade it without marks (scangrade template)"
)


def _no_room(
    number: int, covered: Sequence[str], picture: "NDArray[np.uint8]", width: float, height: float
) -> str:
    from pipeline.paper.stamp import scale_with_room

    what = []
    if covered:
        marks = "the corner mark" if len(covered) == 1 else "the corner marks"
        what.append(f"{marks} {', '.join(covered)} would cover print")
    if len(covered) == 0:
        what.append("no edge has room for a code")
    scale = scale_with_room(picture, width, height)
    room = f"at {scale} % of its size, centred, there is room" if scale else "also smaller it has no room"
    return f"  page {number}: {'; '.join(what)}; {room}"


# --- copies ----------------------------------------------------------------------------------------


def _people(settings: StampSettings, layout: Layout, notices: list[str]) -> list[Student]:
    """Who gets a copy; spare copies are students without id and name."""
    students = load_roster(settings.roster) if settings.roster else ()
    theirs = [student for student in students if (student.version or layout.version) == layout.version]
    if len(theirs) < len(students):
        others = len(students) - len(theirs)
        notices.append(f"{others} students of the roster have another version than {layout.version}")
    copies = settings.copies if settings.copies is not None else int(not students)
    people = theirs + [Student(student_id="", name="")] * copies
    if not people:
        raise UsageFault("there is no copy to stamp", hint="name a --roster, or say --copies 1")
    return people


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsFault(f"cannot make the folder {folder}: {system_reason(error)}") from error


def _sheet_rows(path: Path) -> list[SheetRow]:
    return list(load_sheets(path)) if path.is_file() else []


def _row(one: "SheetPrint", layout: Layout) -> SheetRow:
    return SheetRow(
        serial=str(one.serial), student_id=one.student_id, exam=layout.exam, version=layout.version
    )


def _sheets_table(rows: Sequence[SheetRow]) -> Content:
    return table_content(Table.of(SheetRow, [row.model_dump() for row in rows]))


def _last_serial(exam: str, *lists: Sequence[SheetRow]) -> int:
    return max((int(row.serial) for rows in lists for row in rows if row.exam == exam), default=0)
