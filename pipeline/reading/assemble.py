"""Join a batch: every page gets one outcome, every student their answers.

Pure: page results, decisions and lists go in, an :class:`~pipeline.model.Assembly` comes out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.model import (
    Answer,
    Assembly,
    Booklet,
    Doubt,
    Exam,
    LedgerEntry,
    PageMarks,
    PageRead,
    PageResult,
)
from pipeline.reading.answers import decision_choices
from pipeline.reading.attendance import absent_students, unread_students
from pipeline.reading.booklets import (
    BadDecision,
    Decide,
    Group,
    Sheet,
    read_answers,
    resolve_sheets,
)
from pipeline.reading.handed_in_empty import EmptyClaim, empty_claim, empty_doubt
from pipeline.reading.joining import group_pages, order_notes
from pipeline.reading.ledger import other_entry, unprinted_backs
from pipeline.reading.lists import Lists
from pipeline.reading.marks import decide_many
from pipeline.reading.missing import missing_entries
from pipeline.reading.names import page_name
from pipeline.reading.photocopies import needs_splitting, split_photocopies
from pipeline.reading.pieces import one_group, pieces_of_one
from pipeline.reading.quality_words import scan_notices, sentence
from pipeline.reading.students import ReadBooklet, one_per_student
from pipeline.reading.whose import Owners, ask_owners, find_owner


def assemble(
    results: Sequence[PageResult], lists: Lists, decide: Decide = decide_many
) -> tuple[Assembly, tuple[str, ...]]:
    """Join the pages of a batch.

    Parameters
    ----------
    results
        One result per page of every input file, in the order of the scans.
    lists
        Layouts, exams, roster, printed sheets and decisions.
    decide
        Decides the states of many students' pages.

    Returns
    -------
    assembly
        Booklets, ledger (one entry per result, then the missing pages), doubts and marks.
    notices
        Sentences for the operator, such as a decision that fits no doubt.
    """
    groups = group_pages(results, lists)
    parts = [part for group in groups for part in _per_student(group, lists, decide)]
    owners = Owners.of(parts, lists)
    read = _in_one_piece(_read_booklets(parts, owners, decide), owners, decide)
    booklets = ask_owners(one_per_student(read, lists.decisions, owners.roster), owners)
    odd = order_notes(results, [booklet.group for booklet in read])
    entries: dict[int, LedgerEntry] = {}
    for booklet in booklets:
        entries.update(_entries(booklet, odd))
    doubts = [doubt for booklet in booklets for doubt in booklet.doubts]
    backs = unprinted_backs(results, _complete_pages(booklets))
    ledger: list[LedgerEntry] = []
    for result in results:
        if isinstance(result, PageRead):
            ledger.append(entries[id(result)])
            continue
        entry, doubt = other_entry(result, backs, lists.decisions)
        ledger.append(entry)
        doubts.extend([doubt] if doubt else [])
    ledger.extend(missing_entries(booklets, tuple(ledger)))
    kept = [booklet for booklet in booklets if booklet.sheets and not booklet.aside]
    absent, unread = absent_students([read.booklet for read in kept], lists), unread_students(results, lists)
    assembly = Assembly(
        booklets=tuple(booklet.booklet for booklet in kept),
        ledger=tuple(ledger),
        doubts=tuple(doubts),
        marks=tuple(sheet.marks for booklet in booklets for sheet in booklet.sheets),
        absent=tuple(item for item in absent if item not in unread),
        unread=tuple(item for item in absent if item in unread),
    )
    about_decisions = (notice for booklet in booklets for notice in booklet.notices)
    return assembly, (*about_decisions, *scan_notices(results))


def _per_student(group: Group, lists: Lists, decide: Decide) -> list[Group]:
    printed_for = lists.sheets.get((group.exam, group.serial), "") if group.serial is not None else ""
    if printed_for or group.name or not needs_splitting(group.copies):
        return [group]
    return split_photocopies(group, decide)


def _read_booklets(groups: Sequence[Group], owners: Owners, decide: Decide) -> list[ReadBooklet]:
    sheets = resolve_sheets(groups, owners.lists.decisions, decide)
    return [_read_booklet(group, found, owners) for group, found in zip(groups, sheets, strict=True)]


def _in_one_piece(booklets: list[ReadBooklet], owners: Owners, decide: Decide) -> list[ReadBooklet]:
    """Join pages that lay apart that are one student's, and read such booklets as a whole."""
    joins = pieces_of_one(booklets)
    groups = [one_group([booklets[place].group for place in places]) for places in joins]
    whole = _read_booklets(groups, owners, decide)
    first = {min(places): booklet for places, booklet in zip(joins, whole, strict=True)}
    apart = {place for places in joins for place in places} - first.keys()
    return [first.get(place, one) for place, one in enumerate(booklets) if place not in apart]


def _read_booklet(group: Group, sheets: tuple[Sheet, ...], owners: Owners) -> ReadBooklet:
    lists = owners.lists
    exam = lists.exams.get((group.exam, group.version))
    answers: dict[str, Answer] = {}
    names: dict[str, str] = {}
    bad: list[BadDecision] = []
    claim = EmptyClaim()
    if exam is not None:
        answers, names, bad = read_answers(exam, sheets, lists.decisions, owners.truths)
        claim = empty_claim(exam, sheets, answers, lists.decisions, owners.truths)
    evidence, identity = find_owner(group, sheets, owners)
    open_questions = [identity.reason] if sheets and identity.reason else []
    booklet = Booklet(
        exam=group.exam,
        version=group.version,
        student_id=identity.student_id,
        name=owners.name(identity.student_id),
        serial=group.serial,
        answers=claim.answers,
        missing_sheets=_missing_sheets(sheets),
        on_roster=identity.on_roster,
    )
    conflicts = [_copies_doubt(booklet, sheet) for sheet in sheets if sheet.differing]
    conflicts += empty_doubt(booklet, claim)
    open_questions += [doubt.reason for doubt in conflicts]
    return ReadBooklet(
        group=group,
        sheets=sheets,
        booklet=replace(booklet, open_questions=tuple(open_questions)),
        evidence=evidence,
        identity=identity,
        doubts=(*conflicts, *_answer_doubts(exam, booklet, names)),
        notices=tuple(f"decision on {fault.doubt} not applied: {fault.message}" for fault in bad),
    )


def _copies_doubt(booklet: Booklet, sheet: Sheet) -> Doubt:
    where = ", ".join(f"{c.read.source.file} page {c.read.source.page}" for c in sheet.differing)
    read = sheet.differing[-1].read
    return Doubt(
        id=f"page-{page_name(read.source)}",
        kind="page",
        reason=f"{where} are the same sheet with different answers"
        f" ({', '.join(sheet.differences)}); neither counts",
        reading="",
        choices="count | ignore",
        exam=booklet.exam,
        version=booklet.version,
        student_id=booklet.student_id,
        name=booklet.name,
        file=read.source.file,
        page=read.source.page,
    )


def _answer_doubts(exam: Exam | None, booklet: Booklet, names: Mapping[str, str]) -> list[Doubt]:
    if exam is None:
        return []
    doubts = []
    for question in exam.questions:
        answer = booklet.answers.get(question.id)
        if answer is None or "copies-differ" in answer.flags:
            continue
        ungraded = question.credits is not None and answer.value is None
        if not answer.doubtful and not ungraded:
            continue
        number = "" if answer.value is None else str(answer.value)
        doubts.append(
            Doubt(
                id=names[question.id],
                kind="credits" if question.credits else "answer",
                reason=answer.reason or "no credits are marked",
                reading="|".join(answer.chosen) or number,
                choices=decision_choices(question),
                exam=booklet.exam,
                version=booklet.version,
                student_id=booklet.student_id,
                name=booklet.name,
                question=question.id,
                file=answer.file,
                page=answer.page,
            )
        )
    return doubts


def _missing_sheets(sheets: Sequence[Sheet]) -> tuple[int, ...]:
    if not sheets:
        return ()
    read = {sheet.marks.read.sheet for sheet in sheets}
    return tuple(p.sheet for p in sheets[0].marks.layout.pages if p.sheet not in read)


def _entries(booklet: ReadBooklet, odd: Mapping[int, str]) -> dict[int, LedgerEntry]:
    """Ledger entries of a booklet's pages, by the identity of the reading; ``odd`` is added to its reason."""
    entries = {}
    for sheet in booklet.sheets:
        marks: PageMarks = sheet.marks
        differing = {id(copy.read) for copy in sheet.differing}
        reason = "copies differ: a person decides which counts" if differing else ""
        if booklet.aside == "duplicate":
            entries[id(marks.read)] = _entry(booklet, marks.read, "duplicate", "same student again")
        elif booklet.aside == "conflict":
            entries[id(marks.read)] = _entry(
                booklet, marks.read, "read", "second booklet of the student: a person decides"
            )
        else:
            entries[id(marks.read)] = _entry(booklet, marks.read, "read", reason)
        for copy in sheet.differing[1:]:
            entries[id(copy.read)] = _entry(booklet, copy.read, "read", reason)
        original = marks.read.source
        for copy in sheet.duplicates:
            differs = sheet.differences and not sheet.differing
            same = (
                f"set aside by a person for {original.file} page {original.page}"
                if differs
                else f"same answers as {original.file} page {original.page}"
            )
            entries[id(copy.read)] = _entry(booklet, copy.read, "duplicate", same)
    for copy in booklet.group.set_aside:
        entries[id(copy.read)] = _entry(booklet, copy.read, "duplicate", "set aside by a person")
    return {
        name: replace(entry, reason="; ".join(filter(None, (entry.reason, odd.get(name, "")))))
        for name, entry in entries.items()
    }


def _entry(booklet: ReadBooklet, read: PageRead, outcome: str, reason: str) -> LedgerEntry:
    return LedgerEntry(
        source=read.source,
        outcome="duplicate" if outcome == "duplicate" else "read",
        reason="; ".join(part for part in (reason, *map(sentence, read.quality.notes)) if part),
        exam=booklet.group.exam,
        version=booklet.group.version,
        sheet=read.sheet,
        serial=booklet.group.serial,
        student_id=booklet.booklet.student_id,
        rms_mm=read.rms_mm,
        turned=read.quality.quarter_turns % 4,
    )


def _complete_pages(booklets: Sequence[ReadBooklet]) -> frozenset[tuple[str, int]]:
    """Pages (file hash, page) of booklets of which no sheet is missing."""
    return frozenset(
        (copy.read.source.sha256, copy.read.source.page)
        for booklet in booklets
        if not booklet.booklet.missing_sheets
        for copy in booklet.group.copies
    )
