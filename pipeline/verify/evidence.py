"""The chain, and everything that it holds together: decisions, readings, keys, layouts, lists, records."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.store import ChainEntry, Store, commitment, link
from pipeline.verify.contents import GRADES, Contents
from pipeline.verify.findings import Findings, many


def check_chain(entries: Sequence[ChainEntry], decisions: Mapping[int, str], found: Findings) -> None:
    """Each entry follows from the one before it, and says what it was made of.

    Parameters
    ----------
    entries
        The chain, oldest first.
    decisions
        Canonical text of each decision, by its row.
    found
        Takes what does not.
    """
    previous, purged = "", max((one.number for one in entries if one.kind == "purge"), default=0)
    for place, entry in enumerate(entries, 1):
        if entry.number != place:
            found.add(
                "chain", f"entry {place} of the chain is gone: entry {entry.number} stands in its place"
            )
            break
        if link(entry.number, entry.kind, entry.digest, previous) != entry.hash:
            found.add("chain", f"entry {place} of the chain does not follow from the one before it")
        previous = entry.hash
        _check_content(entry, decisions, found, is_purged=place < purged)
    found.tell(
        "chain", f"{many(len(entries), 'entry', 'entries')}, each follows from the one before it", "chain"
    )


def _check_content(
    entry: ChainEntry, decisions: Mapping[int, str], found: Findings, *, is_purged: bool
) -> None:
    if entry.salt is None:
        if not is_purged or entry.entry or entry.decision is not None:
            found.add("chain", f"what entry {entry.number} of the chain is about was taken away")
        return
    if entry.kind != "decision":
        if commitment(entry.salt, entry.kind, entry.entry, entry.made_at) != entry.digest:
            found.add("chain", f"what entry {entry.number} of the chain says of a {entry.kind} was changed")
        elif entry.decision is not None:
            found.add("chain", f"entry {entry.number} of the chain names a decision and is about none")
        return
    text = decisions.get(entry.decision or 0)
    if text is None:
        found.add("decision", f"the decision of entry {entry.number} of the chain is gone")
    elif entry.entry or commitment(entry.salt, entry.kind, text, entry.made_at) != entry.digest:
        found.add("decision", f"decision {entry.decision} is not what was decided: it says {text}")


def check_decisions(entries: Sequence[ChainEntry], decisions: Mapping[int, str], found: Findings) -> None:
    """Each decision has its entry in the chain, in the order in which people decided."""
    chained = [entry.decision for entry in entries if entry.kind == "decision" and entry.decision]
    for row, text in decisions.items():
        if row not in chained:
            found.add("decision", f"decision {row} was put in past the chain: it says {text}")
    if chained != sorted(set(chained)):
        found.add("decision", "the decisions do not stand in the order in which they were made")
    found.tell("decisions", f"{len(decisions)}, as they were made", "decision")


def check_readings(store: Store, publications: Contents, found: Findings) -> None:
    """Each reading is what its digest says, and the digests are those that were published."""
    files = {source.sha256: source.file for source in store.sources()}
    changed, disordered, count = [], [], 0
    for reading in store.evidence.readings():
        count += 1
        name = f"{files.get(reading.sha256, 'a file that is gone')} page {reading.page}"
        changed += [] if reading.is_whole else [name]
        disordered += [] if reading.is_in_order else [name]
    for name in changed:
        found.add("reading", f"the reading of {name} is not what was read")
    for name in disordered:
        found.add("reading", f"{name}: another reading is marked as the one that counts")
    seen: set[str] = set()
    for entry, content in publications:
        last, digest = content["readings"]
        if digest not in seen and store.evidence.readings_state(last) != [last, digest] and not changed:
            found.add(
                "reading",
                f"the readings are not those of the publication of {entry.made_at}: one was put in,"
                " taken out, or changed together with its digest",
            )
            break
        seen.add(digest)
    found.tell("readings", f"{count}, as they were read", "reading")


def check_keys(store: Store, publications: Contents, found: Findings, *, adopted: bool) -> None:
    """Each exam file has its hash, and those that graded are those of the publications."""
    used: dict[str, tuple[str, str]] = {}
    graded: dict[str, str] = {}
    for _, content in publications:
        if GRADES in content["tables"]:
            used |= {name: (exam, file) for exam, name, file in content["keys"]}
            graded = {exam: name for exam, name, _ in content["keys"]} or graded
    keys = store.key_versions()
    for key in keys:
        if hashlib.sha256(key.text).hexdigest() != key.hash:
            found.add("key", f"the exam file of {key.exam} (key {key.hash[:12]}) is not what it was")
        elif key.hash not in used and not adopted:
            found.add("key", f"the exam file of {key.exam} (key {key.hash[:12]}) never graded here")
        elif key.hash in used and used[key.hash] != (key.exam, key.file):
            found.add("key", f"key {key.hash[:12]} has another exam or file name than when it graded")
    for name in set(used) - {key.hash for key in keys}:
        found.add("key", f"the exam file of {used[name][0]} (key {name[:12]}) is gone")
    if publications and store.evidence.used_keys() != graded:
        found.add("key", "the list of keys in use is not that of the last publication")
    words = ", ".join(f"{exam} by key {name[:12]}" for exam, name in graded.items())
    found.tell("keys", words or f"{len(keys)}", "key")


def check_layouts(store: Store, publications: Contents, found: Findings) -> None:
    """Each layout is the one that pages were read with."""
    now = store.evidence.layouts()
    then: Mapping[str, str] = publications[-1][1]["layouts"] if publications else {}
    for name, digest in then.items():
        if name not in now:
            found.add("layout", f"the layout {name} is gone")
        elif now[name] != digest:
            found.add("layout", f"the layout {name} is not what pages were read with")
    if more := [name for name in now if name not in then]:
        found.open.append(f"the layout {named_layouts(more)} came after the last publication")
    found.tell("layouts", f"{len(then)}, as pages were read with", "layout")


def named_layouts(names: Sequence[str]) -> str:
    """Hashes of layouts in a row."""
    return ", ".join(sorted(names))


def check_lists(store: Store, contents: Contents, found: Findings) -> None:
    """Each list that grading looked at is kept, and is what it was."""
    names: dict[str, str] = {}
    for _, content in contents:
        kept = {content[word]: word for word in KEPT if content.get(word)}
        names |= kept | {name: f"exam file of {exam}" for exam, name, _ in content["keys"]}
    blobs = store.evidence.blobs()
    for name, data in blobs:
        if hashlib.sha256(data).hexdigest() != name:
            found.add("list", f"the {names.get(name, 'list')} kept under {name[:12]} is not what it was")
        elif name not in names:
            found.add("list", f"a list was put in past the chain: {name[:12]}")
    there, keys = {name for name, _ in blobs}, {key.hash for key in store.key_versions()}
    for name, word in names.items():
        if name not in there and name not in keys:
            found.add("list", f"the {word} kept under {name[:12]} is gone")
    words = ", ".join(sorted({names.get(name, "") for name, _ in blobs}))
    found.tell("lists", f"{many(len(blobs), 'list')} ({words}), as they were", "list")


KEPT = ("scans", "roster", "sheets", "credits", "totals", "marks", "assembly")
"""What an entry names by its hash."""


def check_records(store: Store, publications: Contents, found: Findings, *, adopted: bool) -> None:
    """The record of each publication says what it said."""
    records = {one.number: one.at for one in store.publications()}
    told: dict[int, list[Any]] = {}
    for place, (entry, content) in enumerate(publications):
        record = content["record"]
        if record is None:
            continue
        if record[0] not in told and not (adopted and place == 0) and records.get(record[0]) != entry.made_at:
            found.add("record", f"the record of publication {record[0]} has another time, or is gone")
        told[record[0]] = record
    for number, record in told.items():
        if number in records and store.evidence.record(number) != record:
            found.add("record", f"the record of publication {number} is not what it was")
    last = max(told, default=0)
    for number in records:
        if number > last and publications:
            found.add("record", f"the record of publication {number} was put in past the chain")
    found.tell("records", f"{many(len(records), 'publication')}, as they were written", "record")
