"""``scangrade import nops``: the fixed layout of R/exams' NOPS sheets."""

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsageFault
from pipeline.exam.imports import NopsSheet, import_nops
from pipeline.import_layout.output import ImportReport, exam_name, write_import

_PART = re.compile(r"(?:([1-9][0-9]?)x)?([0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class NopsSettings:
    """Options of ``scangrade import nops``."""

    choices: str
    """Boxes of each question: ``20x5``, or ``10x5,4,4,0``."""
    output: Path
    digits: int = 7
    single: bool = False
    exam: str = ""
    force: bool = False


def import_nops_sheets(settings: NopsSettings) -> ImportReport:
    """Write the layout of NOPS sheets, and an exam file to fill in.

    Raises
    ------
    UsageFault
        There are no such sheets.
    ResultsFault
        The files cannot be written.
    """
    sheet = NopsSheet(
        choices=read_choices(settings.choices),
        digits=settings.digits,
        single=settings.single,
        exam=exam_name(settings.exam, settings.output.resolve().name),
    )
    return write_import(import_nops(sheet), settings.output, pictures={}, force=settings.force)


def read_choices(text: str) -> tuple[int, ...]:
    """Boxes of each question, from ``20x5`` or ``10x5,4,4,0``.

    Raises
    ------
    UsageFault
        It is none.
    """
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise UsageFault(f"{part!r} says no boxes", hint="say --choices like 20x5, or 10x5,4,4,0")
        found += [int(match[2])] * int(match[1] or 1)
    return tuple(found)
