"""Options of a run: built once by the command, then frozen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.reading import PdfEngine

Progress = Callable[[int, int, str], None]
"""Called with (pages done, pages in all, file) as pages are read."""


def no_progress(done: int, total: int, file: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSettings:
    """Options of ``scangrade read``."""

    scans: tuple[Path, ...]
    output: Path
    keys: Path | None = None
    layout: Path | None = None
    sheets: tuple[Path, ...] = ()
    roster: Path | None = None
    list_folders: tuple[Path, ...] = ()
    """Folders of scans, of this run and of earlier ones, that may hold a sheets.csv."""
    jobs: int = 1
    pdf_engine: PdfEngine = "auto"
    progress: Progress = field(default=no_progress, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeSettings(ReadSettings):
    """Options of ``scangrade grade``."""

    credits: Path | None = None
    no_credits: bool = False
    """Whether the list of credits of the last run counts no more."""
    totals: Path | None = None
    """What the covers' handwritten tables say."""
    no_totals: bool = False
    """Whether the totals of the last run count no more."""
    write_marks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegradeSettings:
    """Options of ``scangrade regrade``; what is not named is what the last run used."""

    results: Path
    keys: Path | None = None
    roster: Path | None = None
    credits: Path | None = None
    no_credits: bool = False
    """Whether the list of credits of the last run counts no more."""
    totals: Path | None = None
    no_totals: bool = False
    """Whether the totals of the last run count no more."""
