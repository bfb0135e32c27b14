"""Input files as they come in: their pages, and whether each stays the file that it was."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.execute import Loss, Workers, run_tasks
from pipeline.model import PageFailed, PageResult, PageSource
from pipeline.reading import ScanFile, count_pages, has_index, list_pages

Stamp = tuple[int, int, int, int]
"""Device, number, size and time of the last change of a file."""


def stamp_of(path: Path) -> Stamp | None:
    """What tells a file from itself after a change; None when it cannot be seen."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def stamp_and_count(scan: ScanFile) -> tuple[Stamp | None, int | PageFailed]:
    """A file as it is now, and how many pages it has; in a worker."""
    return stamp_of(scan.path), count_pages(scan)


@dataclass(slots=True)
class Intake:
    """The input files of one run, stamped when they were counted.

    A reading is kept under the hash of its file, so a page is only what it says when the file is
    still the one that was hashed: a scanner may still write it, a synchronised folder replace it.
    """

    _stamps: dict[str, Stamp | None] = field(default_factory=dict)

    def pages(
        self,
        scans: Sequence[ScanFile],
        tell: Callable[[str], None],
        workers: Workers,
        on_loss: Callable[[PageSource, Loss], PageFailed],
    ) -> Iterator[PageSource | PageFailed]:
        """The pages of each file, or why a file cannot even be counted; no pixel is decoded.

        A file is hashed here. Where its pages must be counted by an index that may be hostile, a
        worker does it, so that a file that crashes it, or keeps it busy, costs that file.

        Parameters
        ----------
        scans
            In the order of the ledger.
        tell
            Called with the name of each file before it is hashed.
        workers
            What counts the pages.
        on_loss
            The record of a file whose counting was lost, called with its first page.
        """

        def lost(scan: ScanFile, loss: Loss) -> tuple[Stamp | None, int | PageFailed]:
            source = PageSource(file=scan.file, path=str(scan.path), page=1, sha256="")
            return stamp_of(scan.path), on_loss(source, loss)

        indexed = [scan for scan in scans if has_index(scan)]
        limits = replace(workers, jobs=min(workers.jobs, len(indexed)))
        by_worker = set(indexed)
        counted = run_tasks(stamp_and_count, indexed, limits, on_loss=lost)
        for scan in scans:
            tell(scan.file)
            stamp, count = next(counted) if scan in by_worker else (stamp_of(scan.path), None)
            pages = list_pages(scan, count)
            self._stamps[str(scan.path)] = stamp
            if isinstance(pages, PageFailed):
                yield pages
            elif stamp_of(scan.path) != stamp:
                yield changed(PageSource(file=scan.file, path=str(scan.path), page=1, sha256=""))
            else:
                yield from pages
        next(counted, None)  # it has no more; its workers end

    def checked(self, result: PageResult) -> PageResult:
        """A page's result, or that its file is no longer the one that was hashed."""
        source = result.source
        path = source.path
        if isinstance(result, PageFailed) and result.code == "no-access":
            return result  # it is gone: that is what the result says
        if path in self._stamps and stamp_of(Path(path)) != self._stamps[path]:
            return changed(source)
        return result


def changed(source: PageSource) -> PageFailed:
    """The record of a page whose file was changed under our hands; the next run reads it again."""
    return PageFailed(
        source=source,
        code="changed",
        message=f"{source.file} was changed while it was being read",
        hint="when the scanner or the copying is done, run the same command again",
    )
