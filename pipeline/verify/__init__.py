"""Whether a results folder is what was published: its tables, and the evidence that they come from.

Every grade is worked out again from readings, decisions, lists and keys; no image is opened and
nothing is written. What one file cannot prove is that nobody rewrote all of it: for that there is the
seal, the hash of the chain's last entry, which an office writes down.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline.errors import ScangradeError, UsageFault
from pipeline.store import ChainEntry, Store, holder, is_at_work
from pipeline.verify.contents import GRADES, Contents, last_grading, readable_contents
from pipeline.verify.evidence import (
    check_chain,
    check_decisions,
    check_keys,
    check_layouts,
    check_lists,
    check_readings,
    check_records,
)
from pipeline.verify.findings import Finding, Findings, Part, Verification
from pipeline.verify.marks import AnswerEvidence, MarkEvidence, student_evidence
from pipeline.verify.tables import Again, Written, check_tables, check_unsealed, work_out

__all__ = [
    "Again",
    "AnswerEvidence",
    "Finding",
    "MarkEvidence",
    "Verification",
    "last_grading",
    "student_evidence",
    "verify_folder",
    "work_out",
]

LEAST_SEAL = 12
"""Digits of a seal that must be given."""


def verify_folder(folder: Path, *, seal: str = "") -> Verification:
    """Check a results folder against its evidence; writes nothing.

    Parameters
    ----------
    folder
        The results folder.
    seal
        Hash of an entry of the chain, as it was written down earlier, or its first 12 digits or
        more; empty: none was.

    Raises
    ------
    UsageFault
        When it is no results folder, or ``seal`` is none.
    ResultsFault
        When the database cannot be read at all.
    """
    if seal and (len(seal) < LEAST_SEAL or set(seal.lower()) - set("0123456789abcdef")):
        raise UsageFault(f"{seal!r} is not a seal", hint="give the hexadecimal digits that verify printed")
    found = Findings(folder)
    with Store.open(folder, write=False) as store:
        if is_at_work(folder):
            found.open.append(f"{holder(folder)} is at work here: verify when it has ended")
            return _verification(found, (), "")
        for fault in store.evidence.faults():
            found.add("chain", f"run.sqlite is damaged: {fault}")
        if not store.evidence.is_kept():
            found.open.append(
                "this folder was graded before there was a chain of evidence;"
                f" scangrade regrade {folder} begins one"
            )
            return _verification(found, (), "")
        entries = store.evidence.chain()
        _check(store, entries, found)
    _check_seal(entries, seal, found)
    return _verification(found, entries, _purged(entries))


def _check(store: Store, entries: Sequence[ChainEntry], found: Findings) -> None:
    decisions = dict(store.evidence.decisions())
    _guarded(partial(check_chain, entries, decisions, found), "chain", found)
    _guarded(partial(check_decisions, entries, decisions, found), "decision", found)
    contents = readable_contents(entries, found)
    publications = [(entry, content) for entry, content in contents if entry.kind == "publication"]
    adopted = any(entry.kind == "adopted" for entry in entries)
    unfinished, purged = store.is_unfinished(), bool(_purged(entries))
    checks: list[tuple[Part, Callable[[], None]]] = [
        ("key", lambda: check_keys(store, contents, found, adopted=adopted)),
        ("layout", lambda: check_layouts(store, contents, found)),
        ("list", lambda: check_lists(store, contents, found)),
    ]
    if not purged:
        checks.append(("reading", lambda: check_readings(store, publications, found)))
        checks.append(("record", lambda: check_records(store, publications, found, adopted=adopted)))
    for written in _latest(contents):
        compared = replace(written, names=()) if unfinished else written
        checks.append(("result", partial(check_tables, store, compared, found)))
    if publications and not purged:
        checks.append(("list", lambda: check_unsealed(store, publications[-1][1], found)))
    for part, check in checks:
        _guarded(check, part, found)
    if unfinished:
        found.open.append("a run was ended while it replaced the tables: the next run finishes that")
    if not contents:
        found.open.append(f"nothing was published yet; scangrade regrade {store.folder} does")
    if adopted:
        found.tell("before", "an earlier version began this folder: what it held was taken over as it was")


def _guarded(check: Callable[[], None], part: Part, found: Findings) -> None:
    """Do a check; what cannot even be read was changed."""
    try:
        check()
    except (ScangradeError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        found.add(part, f"a {part} of run.sqlite cannot be read: {error}")


def _latest(contents: Contents) -> list[Written]:
    """The entries that wrote the tables as they are."""
    wrote = {name: place for place, (_, content) in enumerate(contents) for name in content["tables"]}
    return [
        Written(
            entry=contents[place][0],
            content=contents[place][1],
            names=tuple(name for name, at in wrote.items() if at == place),
            is_last=wrote.get(GRADES) == place,
        )
        for place in sorted(set(wrote.values()))
    ]


def _purged(entries: Sequence[ChainEntry]) -> str:
    """When the folder was purged; "" when it was not."""
    return next((entry.made_at for entry in reversed(entries) if entry.kind == "purge"), "")


def _check_seal(entries: Sequence[ChainEntry], seal: str, found: Findings) -> None:
    """The chain has the entry whose hash was written down."""
    if not seal:
        return
    at = next((entry.number for entry in entries if entry.hash.startswith(seal.lower())), 0)
    if not at:
        found.add(
            "seal",
            f"no entry of the chain has the seal {seal}: the folder was rewritten, or it is another one",
            "compare with the folder that was sealed, or with a backup of it",
        )
    more = len(entries) - at
    words = f"{more} came after it" if more else "the last"
    found.tell("sealed", f"that is entry {at} of the chain, {words}", "seal")


def _verification(found: Findings, entries: Sequence[ChainEntry], purged: str) -> Verification:
    return Verification(
        folder=found.folder,
        verdict="changed" if found.changed else "incomplete" if found.open else "intact",
        findings=tuple(found.changed),
        open=tuple(found.open),
        checked=tuple(found.checked),
        purged=purged,
        seal=entries[-1].hash if entries else "",
        entries=len(entries),
    )
