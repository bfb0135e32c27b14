"""Decisions from a filled-in ``review.csv``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.formats import ReviewRow
from pipeline.model import WITHDRAWN, Decision
from pipeline.publish import BatchReport
from pipeline.reading import LOOK_PREFIX
from pipeline.regrade import regrade
from pipeline.remembered import latest
from pipeline.reporting import read_numbered_table
from pipeline.review.second_look import EVERY_SAMPLE, look_faults, seen_state
from pipeline.run import check_decisions
from pipeline.settings import RegradeSettings
from pipeline.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a file of decisions."""

    appended: int
    """Decisions that are new."""
    unchanged: int
    """Decisions that had been made before, with the same value."""
    report: BatchReport


def read_decisions(path: Path, *, by: str, at: str) -> tuple[tuple[int, Decision], ...]:
    """Read the filled-in rows of a ``review.csv`` or ``second-look.csv``, with their lines.

    Parameters
    ----------
    path
        The file.
    by
        Who decided.
    at
        When, ISO 8601 in UTC.

    Raises
    ------
    UsageFault
        When the file cannot be read.
    FileFaults
        When it is not a review table, or decides one doubt in two ways.
    """
    decisions: dict[str, Decision] = {}
    lines: dict[str, int] = {}
    faults = []
    for line, row in read_numbered_table(path, ReviewRow, required=("doubt", "decision")):
        doubt, value = row["doubt"].strip(), row["decision"].strip()
        if not value:
            continue
        if doubt.startswith(LOOK_PREFIX):
            value = seen_state(row)
        if doubt in decisions and decisions[doubt].value != value:
            what = f"{doubt} is decided as {value}, and in line {lines[doubt]} as {decisions[doubt].value}"
            faults.append(
                Fault(file=str(path), line=line, column=0, what=what, instead="keep one of the two")
            )
        lines[doubt] = line
        decisions[doubt] = Decision(doubt=doubt, value=value, by=by, at=at, note=row["note"])
    if faults:
        raise FileFaults(faults)
    return tuple((lines[doubt], decision) for doubt, decision in decisions.items())


def apply_decisions(results: Path, path: Path, *, by: str) -> Applied:
    """Append the decisions of a filled-in ``review.csv`` or ``second-look.csv`` and grade again.

    No image is opened. All of them are taken, or none: a file with a decision that fits no doubt
    changes nothing.

    Raises
    ------
    UsageFault
        When nothing is filled in, nobody is named, or ``results`` is not a results folder.
    FileFaults
        When the file is not a review table, or a decision does not fit: every one that does not.
    ResultsFault
        When ``results`` cannot be written.
    """
    if not by.strip():
        raise UsageFault("decisions need a name", hint="say who decided with --by NAME")
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    numbered = read_decisions(path, by=by.strip(), at=at)
    decisions = tuple(decision for _, decision in numbered)
    if not decisions:
        raise UsageFault(
            f'{path}: no row has anything under "decision"',
            hint='write your decision there; the column "choices" says what may be written',
        )
    looks = [decision for decision in decisions if decision.doubt.startswith(LOOK_PREFIX)]
    with Store.open(results, write=False) as store:
        drawn = store.get(EVERY_SAMPLE, [])
    wrong = look_faults(looks, drawn)
    wrong |= check_decisions(results, [decision for decision in decisions if decision not in looks])
    if wrong:
        raise FileFaults(
            [
                Fault(file=str(path), line=line, column=0, what=wrong[decision.doubt])
                for line, decision in numbered
                if decision.doubt in wrong
            ]
        )
    new = store_decisions(results, decisions)
    report = regrade(RegradeSettings(results=results), what="review")
    return Applied(appended=len(new), unchanged=len(decisions) - len(new), report=report)


def store_decisions(results: Path, decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """Append the decisions that say something new, in one transaction, and give them.

    Raises
    ------
    ResultsFault
        When a run is at work in ``results``, or it cannot be written.
    """
    with Store.open(results) as store:
        new = _new_decisions(decisions, latest(store.decisions()))
        store.append_decisions(new)
    return new


def _new_decisions(decisions: Sequence[Decision], before: Mapping[str, Decision]) -> tuple[Decision, ...]:
    return tuple(decision for decision in decisions if _said(before, decision.doubt) != decision.value)


def _said(before: Mapping[str, Decision], doubt: str) -> str:
    return before[doubt].value if doubt in before else WITHDRAWN
