"""The published tables, worked out again from the evidence and compared byte for byte."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.errors import ScangradeError
from pipeline.evidence import MissingEvidenceError, Restored, kept_credits, kept_keys, kept_list, restore
from pipeline.formats import ChangeRow, ReviewRow
from pipeline.gather import Exams, stored_exams
from pipeline.grades import Graded, grade_assembly
from pipeline.items import exam_items, item_rows
from pipeline.joined import assemble_light
from pipeline.model import Assembly, Decision
from pipeline.publish import CHANGES, ITEMS, MARKS, REVIEW, grade_tables, reading_tables
from pipeline.reading import DECIDER_VERSION
from pipeline.reporting import Table, plain_cell, read_table, table_content
from pipeline.snapshot import snapshot_of
from pipeline.store import ChainEntry, Store, read_marks, stored_assembly
from pipeline.verify.contents import GRADES
from pipeline.verify.findings import Findings, many

TYPED = ("decision", "note")
"""Columns of ``review.csv`` that people fill in."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Again:
    """What an entry of the chain published, worked out again."""

    tables: Mapping[str, bytes]
    assembly: Assembly
    graded: Graded | None
    """None when pages were only read."""
    exams: Exams
    restored: Restored | None
    """None after a purge, which leaves no reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry of the chain that wrote tables as they are."""

    entry: ChainEntry
    content: Mapping[str, Any]
    """What the entry says."""
    names: tuple[str, ...]
    """Tables that no later entry wrote again."""
    is_last: bool
    """Whether it is the last that wrote grades."""


def check_tables(store: Store, written: Written, found: Findings) -> None:
    """Work out again what an entry published, and compare it with the files and with the chain."""
    entry, content = written.entry, written.content
    digests = {name: content["tables"][name] for name in written.names}
    try:
        again = work_out(store, content)
    except (ScangradeError, ValueError, TypeError, LookupError, ArithmeticError) as error:
        found.add("result", f"the tables cannot be worked out again: {error}")
        _check_files(written, digests, {}, found)
        return
    differing = [name for name in content["tables"] if not _is_same(again, name, content["tables"][name])]
    if differing:
        _tell_difference(differing, entry, content, found)
    _check_files(written, digests, again.tables, found)
    if again.restored is not None:
        _check_marks(store, content, again, found)
    if written.is_last:
        _check_results(store, again, found)


def work_out(store: Store, content: Mapping[str, Any]) -> Again:
    """The tables of a publication from its readings, decisions, lists and keys; opens no image.

    Raises
    ------
    MissingEvidenceError
        When some of them are gone.
    """
    if "assembly" in content:
        return _purged(store, content)
    restored = restore(store, content)
    assembly, _ = assemble_light(restored.results, restored.lists, restored.load)
    if GRADES not in content["tables"]:
        tables = _bytes(reading_tables(assembly))
        return Again(tables=tables, assembly=assembly, graded=None, exams=restored.exams, restored=restored)
    graded = grade_assembly(assembly, restored.exams, restored.credits, restored.covers)
    decisions = store.decisions()[: content["decisions"]]
    return Again(
        tables=_grade_bytes(graded, restored.exams, content, decisions, _change_rows(store, content)),
        assembly=assembly,
        graded=graded,
        exams=restored.exams,
        restored=restored,
    )


def _purged(store: Store, content: Mapping[str, Any]) -> Again:
    """After a purge: the answers are kept, and no reading."""
    data = store.evidence.blob(content["assembly"])
    kept = stored_assembly(data) if data is not None else None
    if kept is None:
        raise MissingEvidenceError("the answers are gone or damaged")
    exams = stored_exams(kept_keys(store, content))
    graded = grade_assembly(kept[0], exams, kept_credits(store, content))
    tables = _grade_bytes(graded, exams, content, (), None)
    return Again(tables=tables, assembly=kept[0], graded=graded, exams=exams, restored=None)


def _grade_bytes(
    graded: Graded,
    exams: Exams,
    content: Mapping[str, Any],
    decisions: Sequence[Decision],
    changes: Sequence[Mapping[str, str]] | None,
) -> dict[str, bytes]:
    marks = MARKS in content["tables"]
    if ITEMS in content["tables"]:
        items = item_rows(exam_items(snapshot_of(graded, exams), exams))
        graded = replace(graded, items=tuple(items))
    tables = grade_tables(graded, decisions=decisions, changes=changes, marks=marks, typed={})
    return _bytes({name: table for name, table in tables.items() if name in content["tables"]})


def _bytes(tables: Mapping[str, Table]) -> dict[str, bytes]:
    written = {}
    for name, table in tables.items():
        out = io.BytesIO()
        table_content(table)(out)
        written[name] = out.getvalue()
    return written


def _change_rows(store: Store, content: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """Rows of ``changes.csv``: those of the record; a run by which nobody moved wrote the header only."""
    if CHANGES not in content["tables"]:
        return None
    empty = _bytes({CHANGES: Table.of(ChangeRow, ())})[CHANGES]
    if content["record"] is None or hashlib.sha256(empty).hexdigest() == content["tables"][CHANGES]:
        return []
    return store.changes(content["record"][0])


def _is_same(again: Again, name: str, digest: str) -> bool:
    data = again.tables.get(name)
    return data is not None and hashlib.sha256(data).hexdigest() == digest


def _is_by_this_program(content: Mapping[str, Any]) -> bool:
    """Whether what an entry is about was decided and scored by this very version."""
    return (content["program"], content.get("decider", DECIDER_VERSION)) == (__version__, DECIDER_VERSION)


def _tell_difference(
    names: Sequence[str], entry: ChainEntry, content: Mapping[str, Any], found: Findings
) -> None:
    tables = ", ".join(sorted(names))
    if not _is_by_this_program(content):
        found.open.append(
            f"the evidence gives another {tables} than was published by scangrade {content['program']};"
            f" this is {__version__}, which may read or score otherwise: verify with that version"
        )
        return
    found.add("result", f"the evidence gives another {tables} than was published on {entry.made_at}")


# --- the files -------------------------------------------------------------------------------------


def _check_files(
    written: Written, digests: Mapping[str, str], again: Mapping[str, bytes], found: Findings
) -> None:
    """The files of the folder are those that were published."""
    advice = _advice(found.folder, written.content)
    for name, digest in digests.items():
        path = found.folder / name
        try:
            data = path.read_bytes()
        except OSError:
            found.add("table", f"{name} is gone", advice)
            continue
        if name == REVIEW:
            if REVIEW in again and not _is_same_review(path, again[REVIEW]):
                found.add("table", f"{name} has other doubts than were published", advice)
        elif hashlib.sha256(data).hexdigest() != digest:
            where = _first_difference(data, again[name]) if name in again else "it was changed"
            found.add("table", f"{name} is not what was published: {where}", advice)
    found.tell("tables", f"{', '.join(digests)}: byte for byte what was published", "table", "result")


def _advice(folder: Path, content: Mapping[str, Any]) -> str:
    """What writes the tables again."""
    if "assembly" in content:
        return f"scangrade purge {folder} --level {content['level']} writes it again"
    if GRADES in content["tables"]:
        return f"scangrade regrade {folder} writes it again"
    return "run scangrade read again with the same scans: it writes it again"


def _first_difference(now: bytes, then: bytes) -> str:
    """The first line that differs, in words."""
    before, after = then.split(b"\n"), now.split(b"\n")
    for line, (old, new) in enumerate(zip(before, after, strict=False), 1):
        if old != new:
            return f"line {line} says {_shown(new)}, published was {_shown(old)}"
    return f"it has {len(after)} lines, published were {len(before)}"


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", "backslashreplace")
    return repr(text if len(text) <= 100 else text[:100] + "...")


def _is_same_review(path: Path, published: bytes) -> bool:
    """Whether it lists the same doubts; the order, and what is typed beside them, are people's own."""
    try:
        now = read_table(path, ReviewRow, required=("doubt",))
    except ScangradeError:
        return False
    then = _review_rows(published)
    return Counter(map(_doubt, now)) == Counter(map(_doubt, then))


def _review_rows(data: bytes) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
    return [{name: plain_cell(cell) for name, cell in row.items()} for row in rows]


def _doubt(row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, cell) for name, cell in row.items() if name not in TYPED)


# --- what is kept beside them ----------------------------------------------------------------------


def _check_marks(store: Store, content: Mapping[str, Any], again: Again, found: Findings) -> None:
    """The state of each box is what its measures give."""
    data = store.evidence.blob(content["marks"])
    try:
        kept = read_marks(data or b"")
    except ValueError:
        found.add("list", "the states of the boxes are gone or damaged")
        return
    wrong = []
    for page in again.assembly.marks:
        source = page.read.source
        before = kept.get((source.sha256, source.page))
        if before is None or before.states != tuple(state.value for state in page.states.states):
            wrong.append(f"{source.file} page {source.page}")
    if wrong and _is_by_this_program(content):
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        found.add("result", f"the readings give other states of boxes than were kept: {wrong[0]}{more}")
    boxes = sum(len(page.states) for page in kept.values())
    found.tell("states", f"{many(boxes, 'box', 'boxes')}, each as its measures give it", "result")


def _check_results(store: Store, again: Again, found: Findings) -> None:
    """The results that the next publication is compared with are those of this one."""
    if again.graded is None:
        return
    now = snapshot_of(again.graded, again.exams)
    if again.restored is not None and store.published() != now:
        found.add("result", "the results that the next run is compared with are not those of the tables")
    students = len(now.results)
    found.tell("grades", f"{many(students, 'student')}, the same points again from the evidence", "result")


def check_unsealed(store: Store, content: Mapping[str, Any], found: Findings) -> None:
    """What has come since the last publication, and is in no table yet."""
    sources = [[one.file, one.path, one.page, one.sha256] for one in store.sources()]
    try:
        then = [
            [file, path, page, sha256]
            for file, path, sha256, pages in kept_list(store, content["scans"])
            for page in range(1, pages + 1)
        ]
    except (MissingEvidenceError, TypeError, ValueError):
        return
    again = f"scangrade regrade {store.folder} takes them in"
    if sources != then:
        found.open.append(f"the list of scans is not that of the last publication; {again}")
    if store.evidence.readings_state()[0] > content["readings"][0]:
        more = store.evidence.readings_state()[0] - content["readings"][0]
        found.open.append(f"{many(more, 'reading')} came after the last publication; {again}")
    if (more := len(store.decisions()) - content["decisions"]) > 0:
        found.open.append(f"{many(more, 'decision')} came after the last publication; {again}")
