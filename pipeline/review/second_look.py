"""Drawing a second look: a table to fill in, and a contact sheet to look at."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ExitCode, ResultsFault, UsageFault
from pipeline.formats import LookRow
from pipeline.joined import with_measures
from pipeline.model import WITHDRAWN, Assembly, BoxState, Decision
from pipeline.publish import BatchReport
from pipeline.reading import LOOK_WORDS, Look, draw_looks, look_truths
from pipeline.regrade import regrade
from pipeline.remembered import latest
from pipeline.reporting import Table, bytes_content, read_table, replace_files, table_content
from pipeline.settings import Progress, RegradeSettings, no_progress
from pipeline.store import SECOND_LOOK_SAMPLE, Store

TABLE = "second-look.csv"
PICTURES = "second-look.pdf"
SAMPLE = SECOND_LOOK_SAMPLE
EVERY_SAMPLE = "second_look_drawn"
"""Setting of the store: names of the boxes of all samples."""
CHOICES = "ok | marked | empty | cancelled"
SEED_BITS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A sample that waits for a person."""

    folder: Path
    boxes: int
    marked: int
    """How many of them were read as marked."""
    seen: int
    """How many of them a person has looked at before."""
    seed: int
    pages: int
    """Pages of scans that were opened for the pictures."""
    exit_code: ExitCode
    """As the results stand."""

    @property
    def table(self) -> Path:
        """The table to fill in."""
        return self.folder / TABLE

    @property
    def pictures(self) -> Path:
        """The contact sheet."""
        return self.folder / PICTURES


def draw_second_look(
    results: Path, count: int, *, seed: int | None = None, progress: Progress = no_progress
) -> Drawn:
    """Draw a random sample of certain boxes and write ``second-look.csv`` and ``second-look.pdf``.

    The stored readings are graded again first, so that the sample is of what the tables say.

    Parameters
    ----------
    results
        Results folder.
    count
        Boxes to draw.
    seed
        Same batch and seed, same sample; None: another one each time.
    progress
        Called with (boxes drawn, boxes in all, file).

    Raises
    ------
    UsageFault
        When the last sample is filled in and has not been taken in yet.
    ResultsFault
        When ``results`` is not a results folder, was never graded, holds no certain box, or cannot
        be written.
    """
    _refuse_unsaved(results)
    report, assembly = _graded_again(results)
    seed = secrets.randbits(SEED_BITS) if seed is None else seed
    with Store.open(results) as store:
        decisions = latest(store.decisions())
        looks = _drawn(store, assembly, count, seed)
        pages = _write(results, looks, assembly, decisions, seed, progress)
        names = _remember(store, looks)
    return Drawn(
        folder=results,
        boxes=len(looks),
        marked=sum(look.state is BoxState.MARKED for look in looks),
        seen=sum(name in decisions for name in names),
        seed=seed,
        pages=pages,
        exit_code=report.exit_code,
    )


def draw_sample(results: Path, count: int) -> tuple[str, ...]:
    """Draw a random sample of certain boxes for the review page: their names; writes no table.

    Raises
    ------
    UsageFault
        When the last sample is filled in and has not been taken in yet.
    ResultsFault
        As :func:`draw_second_look`.
    """
    _refuse_unsaved(results)
    _, assembly = _graded_again(results)
    with Store.open(results) as store:
        return tuple(_remember(store, _drawn(store, assembly, count, secrets.randbits(SEED_BITS))))


def _graded_again(results: Path) -> tuple[BatchReport, Assembly]:
    report = regrade(RegradeSettings(results=results), marks=True)
    if report.assembly is None:
        raise ResultsFault(f"{results} has not been graded", hint="run scangrade grade first")
    return report, report.assembly


def _drawn(store: Store, assembly: Assembly, count: int, seed: int) -> tuple[Look, ...]:
    truths = look_truths(latest(store.decisions()).values())
    looks = draw_looks(assembly, truths, count, seed)
    if not looks:
        raise ResultsFault(
            f"{store.folder} has no box that was read without a doubt", hint="grade some scans into it first"
        )
    return _with_places(store, looks)


def _remember(store: Store, looks: Sequence[Look]) -> list[str]:
    names = [look.name for look in looks]
    store.put(SAMPLE, names)
    store.put(EVERY_SAMPLE, sorted({*store.get(EVERY_SAMPLE, []), *names}))
    return names


def _with_places(store: Store, looks: Sequence[Look]) -> tuple[Look, ...]:
    """The looks, with where each box is in its picture; those of one page share its marks."""
    pages = {look.marks.read.source: look.marks for look in looks}
    reads = with_measures(store, [marks.read for marks in pages.values()])
    whole = {read.source: replace(pages[read.source], read=read) for read in reads}
    return tuple(replace(look, marks=whole[look.marks.read.source]) for look in looks)


def look_faults(decisions: Sequence[Decision], drawn: Sequence[str]) -> dict[str, str]:
    """What is wrong with decisions on boxes of a second look, by name."""
    known = set(drawn)
    faults = {}
    for decision in decisions:
        if decision.doubt not in known:
            faults[decision.doubt] = (
                f"there is no box {decision.doubt} in a sample of this folder:"
                " leave the column doubt as it was written"
            )
        elif decision.value not in (*LOOK_WORDS, WITHDRAWN):
            faults[decision.doubt] = f"{decision.value!r} is not what a box can say: write {CHOICES}"
    return faults


def seen_state(row: Mapping[str, str]) -> str:
    """What a person saw in a box: ``ok`` stands for what the row says was read."""
    value = row["decision"].strip().lower()
    return row["reading"].strip() if value == "ok" else value


def _refuse_unsaved(results: Path) -> None:
    """A filled-in table is somebody's work: it is not written over before it has been taken in."""
    path = results / TABLE
    if not path.is_file():
        return
    with Store.open(results, write=False) as store:
        made = latest(store.decisions())
    for row in read_table(path, LookRow, required=("doubt", "decision", "reading")):
        said = made.get(row["doubt"])
        if row["decision"].strip() and (said is None or said.value != seen_state(row)):
            raise UsageFault(
                f"{path} has decisions that have not been taken in",
                hint=f"scangrade review {results} --decisions {path} --by YOUR-NAME, or remove the file",
            )


def _write(
    results: Path,
    looks: Sequence[Look],
    assembly: Assembly,
    decisions: Mapping[str, Decision],
    seed: int,
    progress: Progress,
) -> int:
    """Write table and pictures; gives the number of pages that were opened."""
    from pipeline.review.contact_sheet import contact_sheet

    title = f"Second look at {len(looks)} boxes (seed {seed}): it is the framed box that counts"
    pdf, pages = contact_sheet(looks, title, progress)
    owners = {
        (entry.source.file, entry.source.page): entry.student_id for entry in assembly.ledger if entry.source
    }
    rows = [_row(number, look, owners, decisions) for number, look in enumerate(looks, 1)]
    replace_files(
        {
            results / TABLE: table_content(Table.of(LookRow, rows)),
            results / PICTURES: bytes_content(pdf),
        }
    )
    return pages


def _row(
    number: int, look: Look, owners: Mapping[tuple[str, int], str], decisions: Mapping[str, Decision]
) -> dict[str, str]:
    source = look.marks.read.source
    before = decisions.get(look.name)
    return {
        "number": str(number),
        "doubt": look.name,
        "exam": look.marks.layout.exam,
        "student_id": owners.get((source.file, source.page), ""),
        "question": look.box.question,
        "option": look.box.option,
        "reading": look.state.value,
        "choices": CHOICES,
        "file": source.file,
        "page": str(source.page),
        "decision": before.value if before else "",
        "note": f"looked at before by {before.by}" if before else "",
    }
