"""Options of a run: built once by the command, then frozen."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pipeline.reading import PdfEngine

PAGE_SECONDS = 60.0
"""Longest that one page may take: a thousand times what a page takes."""
PAGE_MEGABYTES = 2048
"""Memory that a worker may take for a page: twice what the largest page takes that is let in."""


class Progress(Protocol):
    """Told how far the work is."""

    def __call__(self, done: int, total: int, file: str, doubts: int = 0, /) -> None:
        """Say that ``done`` of ``total`` are done, and what is at hand.

        ``total`` is 0 while files are counted; ``doubts`` is the number of pages so far that a
        person must look at.
        """


def no_progress(done: int, total: int, file: str, doubts: int = 0, /) -> None:
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
    anonymous: bool = False
    """Whether names and e-mails of the roster are neither kept nor shown."""
    list_folders: tuple[Path, ...] = ()
    """Folders of scans, of this run and of earlier ones, that may hold a sheets.csv."""
    jobs: int = 1
    """Processes that read pages; 0: this one, where no page can be timed or bounded."""
    cluster: str = ""
    """Address of a Dask scheduler whose workers read the pages, or ``local:N``; empty: this machine."""
    pdf_engine: PdfEngine = "auto"
    page_timeout: float | None = PAGE_SECONDS
    """Seconds that one page may take."""
    page_memory: int | None = PAGE_MEGABYTES
    """Megabytes that a process may take for a page, beyond what it has at its start."""
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
