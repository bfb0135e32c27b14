"""What an import writes: layouts, the exam file, lists, all together or not at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FileFaults, ResultsFault, UsageFault, system_reason
from pipeline.exam import exam_id_of, layout_json, layout_text, parse_exam
from pipeline.exam.imports import Imported, Note, exam_text
from pipeline.formats import RosterRow, SheetRow
from pipeline.grading import build_key
from pipeline.reporting import Content, Table, bytes_content, replace_files, table_content, text_content

EXAM_FILE, LAYOUT_FILE, NOTES_FILE, ROSTER_FILE, SHEETS_FILE = (
    "exam.yaml",
    "layout.json",
    "notes.txt",
    "roster.csv",
    "sheets.csv",
)
_KINDS = ("lost", "changed", "not needed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What was imported, and what could not be."""

    folder: Path
    files: tuple[Path, ...]
    """The first layouts are shown; of many copies there is one each."""
    exam: str
    questions: Mapping[str, int]
    """How many of each kind."""
    copies: int
    """Layouts written."""
    pages: int
    """Pages of the first copy."""
    boxes: int
    complete: bool
    """Whether the exam file has every answer, and can grade."""
    notes: tuple[Note, ...]


def exam_name(said: str, stem: str) -> str:
    """The exam's id: what was said, or made of a folder's name.

    Raises
    ------
    UsageFault
        What was said cannot be an id.
    """
    name = exam_id_of(said or stem)
    if said and name != said:
        raise UsageFault(f"{said!r} cannot be an exam id", hint="say --exam with 1 to 24 of a-z, 0-9 and -")
    return name or "imported"


def write_import(
    imported: Imported, folder: Path, *, pictures: Mapping[str, bytes], force: bool
) -> ImportReport:
    """Write an import into a folder.

    Parameters
    ----------
    imported
        What was translated.
    folder
        Gets ``exam.yaml``, the layouts, the lists and ``notes.txt``.
    pictures
        Reference pictures by the name that the layout has for them.
    force
        Whether files that are there may be replaced.

    Raises
    ------
    UsageFault
        The folder holds an import already.
    FileFaults
        The exam file has faults, as what was imported contradicts itself; it is written, to be mended.
    ResultsFault
        Nothing could be written.
    """
    if not force and (folder / EXAM_FILE).exists():
        hint = "name another folder with -o, or say --force to replace it"
        raise UsageFault(f"{folder / EXAM_FILE} is there already, and it is not overwritten", hint=hint)
    contents = _contents(imported, folder, pictures)
    for parent in {path.parent for path in contents}:
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ResultsFault(f"cannot make the folder {parent}: {system_reason(error)}") from error
    files = replace_files(contents)
    if imported.exam.complete:
        _check(folder / EXAM_FILE)
    first = imported.layouts[0]
    return ImportReport(
        folder=folder,
        files=files,
        exam=imported.exam.id,
        questions=Counter(question.kind for question in imported.exam.questions),
        copies=len(imported.layouts),
        pages=len(first.pages),
        boxes=sum(len(page.boxes) for page in first.pages),
        complete=imported.exam.complete,
        notes=in_order(imported.notes),
    )


def in_order(notes: Sequence[Note]) -> tuple[Note, ...]:
    """Notes with what is lost first, then what is changed, then what is not needed."""
    return tuple(sorted(notes, key=lambda note: _KINDS.index(note.kind)))


def _contents(imported: Imported, folder: Path, pictures: Mapping[str, bytes]) -> dict[Path, Content]:
    contents: dict[Path, Content] = {}
    copies = folder / f"{Path(EXAM_FILE).stem}.layouts"
    if imported.base is not None or imported.exam.layout == LAYOUT_FILE:
        contents[folder / LAYOUT_FILE] = text_content(layout_text(imported.base or imported.layouts[0]))
    if imported.base is not None or imported.exam.layout != LAYOUT_FILE:
        for layout in imported.layouts:
            contents[copies / f"{layout.hash}.json"] = text_content(layout_json(layout))
    if imported.sheets:
        rows = [row.model_dump() for row in imported.sheets]
        contents[copies / SHEETS_FILE] = table_content(Table.of(SheetRow, rows))
    for name, data in pictures.items():
        contents[folder / name] = bytes_content(data)
    if imported.roster:
        rows = [row.model_dump() for row in imported.roster]
        contents[folder / ROSTER_FILE] = table_content(Table.of(RosterRow, rows))
    notes = "".join(f"{note}\n" for note in in_order(imported.notes)) or "everything was carried over\n"
    contents[folder / NOTES_FILE] = text_content(notes)
    contents[folder / EXAM_FILE] = text_content(exam_text(imported.exam))
    return contents


def _check(path: Path) -> None:
    """The exam file must load, and its key must be built."""
    file = parse_exam(path.read_bytes(), path)
    faults = [fault for exam in file.versions.values() for fault in build_key(exam, file.key_hash).faults]
    if faults:
        raise FileFaults(tuple(dict.fromkeys(faults)))
