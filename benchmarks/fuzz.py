"""``python3 dev.py bench fuzz``: thousands of spoilt files, through the doors that they come in by.

Good files of every format (PDF, TIFF, JPEG, PNG, exam, roster, lists, decisions, keys in tables and
workbooks, layouts, page codes) are cut off, flipped, spliced, given each other's headers, and spoilt
where their format keeps what counts. Scans are listed and read page by page; other files are loaded
as the commands load them. Everything happens in a worker process with a bound on time and memory.

What must not happen: a process that dies, hangs or takes too much memory; an exception that is no
message for a person; a page that was counted and has no outcome. At the end a folder of spoilt scans
is read by ``scangrade read``, and every file in it must be in ``pages.csv``. Inputs that fail are kept
in the output folder. The same seed makes the same files. Exit code 1 when anything failed.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from random import Random

import numpy as np
import zxingcpp
from PIL import Image

from benchmarks._fuzz_mutations import spoil
from benchmarks._fuzz_seeds import EXAM, KINDS, SCANS, read_seeds, write_seeds
from pipeline.cli import run_command
from pipeline.errors import ScangradeError
from pipeline.exam import (
    decode_page_code,
    encode_page_code,
    load_credits,
    load_exam,
    load_layout,
    load_roster,
    load_sheets,
)
from pipeline.execute import Loss, Workers, run_tasks
from pipeline.formats import PageRow
from pipeline.grading import build_key
from pipeline.import_key import ImportSettings, import_key
from pipeline.model import LayoutBook, PageFailed, PageUnmatched
from pipeline.reading import ScanFile, find_scans, list_pages, prepare_worker
from pipeline.reporting import read_table
from pipeline.review.decisions import read_decisions
from pipeline.run import read_page

SHARES: Mapping[str, int] = {
    "pdf": 10, "tiff": 9, "jpeg": 8, "png": 8, "exam": 15, "roster": 10, "sheets": 4, "credits": 4,
    "decisions": 6, "key-csv": 7, "key-xlsx": 6, "layout": 9, "code": 4,
}  # fmt: skip
"""Of a hundred spoilt files, how many of each kind."""
SECONDS = 60.0
"""Longest that one file may take: as long as a page may."""
MEGABYTES = 2048
"""Memory that one file may take: as much as a page may."""
MOST_PAGES = 3
"""Pages of a file that are read: the first ones and the last."""
LINE_EVERY = 500
"""Files after which a line says how far the run is."""
BAD = ("crashed", "timeout", "memory", "broken", "raised", "lost")
"""Outcomes that must not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """Which file is to be spoilt, and how: it is made where it is needed."""

    kind: str
    number: int
    seed: int

    def data(self, seeds: Mapping[str, Sequence[bytes]]) -> bytes:
        """The file's bytes."""
        chance = Random(f"{self.seed} {self.kind} {self.number}")  # noqa: S311 (no secret)
        own = seeds[self.kind]
        others = [*own, *(one for kind in KINDS for one in seeds[kind])]
        return spoil(self.kind, own[self.number % len(own)], others, chance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a spoilt file."""

    spoilt: Spoilt
    words: tuple[str, ...]
    """Of a scan one word for each page that was read; of other files one word."""
    detail: str = ""

    @property
    def failed(self) -> bool:
        """Whether it must not happen."""
        return not self.words or any(word in BAD for word in self.words)


@dataclass(frozen=True, slots=True)
class Door:
    """Puts a spoilt file through its door; sent to each worker once."""

    seeds: Path
    book: LayoutBook

    def __call__(self, spoilt: Spoilt) -> Outcome:
        """Make the file, and see what becomes of it."""
        with tempfile.TemporaryDirectory(prefix="scangrade-fuzz-") as folder:
            path = Path(folder) / f"spoilt.{KINDS[spoilt.kind]}"
            path.write_bytes(spoilt.data(_seeds(self.seeds)))
            try:
                if spoilt.kind in SCANS:
                    return Outcome(spoilt=spoilt, words=read_scan(path, self.book))
                return Outcome(spoilt=spoilt, words=(load_file(spoilt.kind, path, self.book),))
            except ScangradeError as error:
                explained = bool(error.message.strip())
                return Outcome(spoilt=spoilt, words=("refused" if explained else "raised",))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 (that it got here is what is looked for)
                what = f"{type(error).__name__}: {error}"[:300]
                return Outcome(spoilt=spoilt, words=("raised",), detail=what)


@cache
def _seeds(folder: Path) -> dict[str, list[bytes]]:
    return read_seeds(folder)


def read_scan(path: Path, book: LayoutBook) -> tuple[str, ...]:
    """Count and read a scan as a run does; a word for each page."""
    listed = list_pages(ScanFile(file=path.name, path=path))
    if isinstance(listed, PageFailed):
        return (listed.code if listed.message and listed.hint else "raised",)
    chosen = [*listed[: MOST_PAGES - 1], *listed[MOST_PAGES - 1 :][-1:]]
    words = []
    for source in chosen:
        result = read_page(source, book)
        if result.source != source:
            words.append("lost")
        elif isinstance(result, PageFailed):
            words.append(result.code if result.hint else "raised")
        else:
            words.append(result.finding if isinstance(result, PageUnmatched) else "read")
    return tuple(words)


def load_file(kind: str, path: Path, book: LayoutBook) -> str:
    """Load any other file as the commands do."""
    if kind == "exam":
        file = load_exam(path)
        for exam in list(file.versions.values())[:3]:
            build_key(exam, file.key_hash)
    elif kind == "roster":
        load_roster(path)
    elif kind == "sheets":
        load_sheets(path)
    elif kind == "credits":
        load_credits(path)
    elif kind == "decisions":
        read_decisions(path, by="nobody", at="2026-01-01T00:00:00Z")
    elif kind == "layout":
        load_layout(path)
    elif kind == "code":
        return _code(path, book)
    else:
        import_key(ImportSettings(table=path, output=path.with_name("made.yaml"), force=True))
    return "accepted"


def _code(path: Path, book: LayoutBook) -> str:
    """Print a spoilt text as the QR of a page, and read the page."""
    text = path.read_bytes().decode("utf-8", "replace")[:1500]
    found = decode_page_code(text)
    if found is not None and encode_page_code(found) != text:
        return "raised"
    if not text.strip():
        return "empty"
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    symbol = np.asarray(barcode.to_image(scale=2), np.uint8)
    page = np.full((1169, 827), 255, np.uint8)
    height, width = (min(size, 560) for size in symbol.shape)
    page[:height, -width:] = symbol[:height, :width]
    page[-height:, :width] = symbol[:height, :width]
    picture = path.with_suffix(".png")
    Image.fromarray(page).save(picture)
    return read_scan(picture, book)[0]


# --- the parent ----------------------------------------------------------------------------------


def spoilt_files(count: int, seed: int, kinds: Sequence[str]) -> Iterator[Spoilt]:
    """Which files are to be made: each kind has its share, spread over the whole run."""
    whole = sum(SHARES[kind] for kind in kinds)
    totals = {kind: -(-count * SHARES[kind] // whole) for kind in kinds}
    files = [(number / total, kind, number) for kind, total in totals.items() for number in range(total)]
    for _, kind, number in sorted(files):
        yield Spoilt(kind=kind, number=number, seed=seed)


def _lost(spoilt: Spoilt, loss: Loss) -> Outcome:
    return Outcome(spoilt=spoilt, words=(loss.code,), detail=loss.what)


def run_fuzz(count: int, seed: int, output: Path, kinds: Sequence[str] = tuple(KINDS)) -> list[Outcome]:
    """Spoil files, put each through its door, keep those that fail in ``output``."""
    output.mkdir(parents=True, exist_ok=True)
    seeds = output / "seeds"
    door = Door(seeds, write_seeds(seeds))
    workers = Workers(jobs=1, initializer=prepare_worker, seconds=SECONDS, megabytes=MEGABYTES)
    outcomes = []
    for outcome in run_tasks(door, spoilt_files(count, seed, kinds), workers, on_loss=_lost):
        outcomes.append(outcome)
        if len(outcomes) % LINE_EVERY == 0:
            print(f"{len(outcomes)} files, {sum(one.failed for one in outcomes)} failed", flush=True)
        if outcome.failed:
            spoilt = outcome.spoilt
            name = f"{spoilt.kind}-{spoilt.seed}-{spoilt.number}.{KINDS[spoilt.kind]}"
            (output / name).write_bytes(spoilt.data(_seeds(seeds)))
            print(f"{name}: {', '.join(outcome.words)} {outcome.detail}", flush=True)
    return outcomes


def unaccounted(count: int, seed: int, output: Path) -> list[str]:
    """Read a folder of spoilt scans in one run; files that ``pages.csv`` does not name."""
    folder, results = output / "batch", output / "batch-results"
    folder.mkdir(parents=True, exist_ok=True)
    exam = output / "fuzz.yaml"
    exam.write_text(EXAM, encoding="utf-8")
    for spoilt in spoilt_files(count, seed + 1, SCANS):
        name = f"{spoilt.kind}-{spoilt.number}.{KINDS[spoilt.kind]}"
        (folder / name).write_bytes(spoilt.data(_seeds(output / "seeds")))
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = run_command(["read", str(folder), "--keys", str(exam), "-o", str(results), "-q", "-j", "1"])
    if code not in (0, 3, 4):
        return [f"scangrade read ended with {code}: {said.getvalue()[-500:]}"]
    rows = read_table(results / "pages.csv", PageRow)
    named = Counter(row["file"] for row in rows if row["outcome"])
    return [scan.file for scan in find_scans([folder]) if not named[scan.file]]


def table(outcomes: Sequence[Outcome]) -> str:
    """One line for each kind: how many files, and what became of them."""
    lines = []
    for kind in KINDS:
        own = [outcome for outcome in outcomes if outcome.spoilt.kind == kind]
        if own:
            words = Counter(word for outcome in own for word in outcome.words)
            told = ", ".join(f"{number} {word}" for word, number in words.most_common())
            lines.append(f"{kind:10} {len(own):6}  {told}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 1 when a file failed or is nowhere in the ledger."""
    parser = argparse.ArgumentParser(prog="dev.py bench fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000, metavar="N", help="spoilt files (10000)")
    parser.add_argument("--batch", type=int, default=300, metavar="N", help="scans of the last run (300)")
    parser.add_argument("--seed", type=int, default=6, metavar="N")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    parser.add_argument("-o", "--output", type=Path, default=Path("fuzz-failures"), metavar="DIR")
    chosen = parser.parse_args(arguments)
    begin = time.monotonic()
    outcomes = run_fuzz(chosen.files, chosen.seed, chosen.output, chosen.kinds)
    missing = unaccounted(chosen.batch, chosen.seed, chosen.output)
    failed = [outcome for outcome in outcomes if outcome.failed]
    print(table(outcomes))
    pages = sum(len(outcome.words) for outcome in outcomes if outcome.spoilt.kind in SCANS)
    print(f"\n{len(outcomes)} files, {pages} pages read, {time.monotonic() - begin:.0f} seconds")
    print(f"failed: {len(failed)}; files of the batch that are nowhere in pages.csv: {len(missing)}")
    for line in missing:
        print(line)
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
