"""``scangrade import omrchecker``: a folder with ``template.json``."""

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import UsageFault
from pipeline.exam.imports import Note, OmrSource, import_omrchecker
from pipeline.import_layout.files import folder_of, inside, read_file, read_plain
from pipeline.import_layout.marker import marker_shape
from pipeline.import_layout.output import ImportReport, exam_name, write_import

TEMPLATE, EVALUATION = "template.json", "evaluation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OmrSettings:
    """Options of ``scangrade import omrchecker``."""

    folder: Path
    output: Path
    exam: str = ""
    """Id of the exam; empty: made of the folder's name."""
    student_id: str = ""
    """Label of the field that says whose sheet it is; empty: the one that looks like it."""
    force: bool = False


def import_omrchecker_folder(settings: OmrSettings) -> ImportReport:
    """Import an OMRChecker folder.

    Raises
    ------
    UsageFault
        There is no such folder, or a file that its template names is missing or leaves it.
    FileFaults
        Faults of ``template.json`` or ``evaluation.json``, with line and column.
    ResultsFault
        The files cannot be written.
    """
    folder = folder_of(settings.folder, "the folder that holds template.json")
    template = folder / TEMPLATE
    if not template.is_file():
        below = sorted(found.parent for found in folder.glob(f"*/{TEMPLATE}"))[:5]
        hint = (
            f"name one of {', '.join(map(str, below))}" if below else f"name the folder that holds {TEMPLATE}"
        )
        raise UsageFault(f"there is no {template}", hint=hint)
    evaluation = folder / EVALUATION
    imported = import_omrchecker(
        OmrSource(
            template=read_plain(template, "template"),
            template_file=str(template),
            evaluation=read_plain(evaluation, "evaluation") if evaluation.is_file() else "",
            evaluation_file=str(evaluation),
            read_csv=lambda name: read_plain(inside(folder, name), "answer key"),
            marker_shape=lambda name: marker_shape(read_file(inside(folder, name), "picture of the marker")),
            exam=exam_name(settings.exam, folder.resolve().name),
            student_id=settings.student_id,
        )
    )
    imported = replace(imported, notes=(*imported.notes, *_beside(folder)))
    pictures = {name: read_file(inside(folder, name), "reference picture") for name in imported.pictures}
    return write_import(imported, settings.output, pictures=pictures, force=settings.force)


def _beside(folder: Path) -> list[Note]:
    """What lies beside the template and says something that is not carried over."""
    notes = []
    if (folder / "config.json").is_file():
        notes.append(Note(kind="not needed", what="config.json: reading finds its own thresholds"))
    below = sorted(found.parent.name for found in folder.glob(f"*/{TEMPLATE}"))
    if below:
        what = f"the folders {', '.join(below[:5])} have templates of their own"
        notes.append(Note(kind="lost", what=what, todo="import each of them by itself"))
    return notes
