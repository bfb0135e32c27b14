"""Whose each booklet is, over the whole batch: evidence, decisions, and what a person is asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.model import Doubt, Kind
from pipeline.reading.booklets import Group, Sheet, id_boxes
from pipeline.reading.id_grid import read_id_grid
from pipeline.reading.id_match import reach
from pipeline.reading.identity import Evidence, Identity, Roster, identify
from pipeline.reading.lists import Lists
from pipeline.reading.names import page_name
from pipeline.reading.other_codes import stickers_of
from pipeline.reading.proposals import propose
from pipeline.reading.second_look import Truths, look_truths
from pipeline.reading.students import ReadBooklet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Owners:
    """What is known of owners beside the booklet at hand."""

    lists: Lists
    roster: Roster | None
    truths: Truths
    """What a person saw who looked at boxes again."""
    printed_codes: frozenset[str]
    """Texts of codes that stand on several booklets and belong to nobody: no stickers."""

    @classmethod
    def of(cls, groups: Iterable[Group], lists: Lists) -> "Owners":
        """Look through the codes of all booklets."""
        roster = None if lists.roster is None else Roster(lists.roster)
        seen = Counter(
            text.strip()
            for group in groups
            for text in {code for copy in group.copies for code in stickers_of(copy.read, copy.layout)}
        )
        # Without a roster, two alike may be one student's two booklets.
        least = 3 if roster is None else 2
        printed = {
            text for text, count in seen.items() if count >= least and not (roster and roster.of_code(text))
        }
        truths = look_truths(lists.decisions.values())
        return cls(lists=lists, roster=roster, truths=truths, printed_codes=frozenset(printed))

    def name(self, student_id: str) -> str:
        """The student's name; "" when the roster has none."""
        student = self.roster.students.get(student_id) if self.roster else None
        return student.name if student else ""


def find_owner(group: Group, sheets: Sequence[Sheet], owners: Owners) -> tuple[Evidence, Identity]:
    """What a booklet says of its owner, and who that is; a person's decision counts before it."""
    if not sheets:
        return Evidence(), Identity(student_id="", reason="every page of it was set aside")
    lists, roster = owners.lists, owners.roster
    exam = lists.exams.get((group.exam, group.version))
    evidence = Evidence(
        printed="" if group.serial is None else lists.sheets.get((group.exam, group.serial), ""),
        grid=read_id_grid(id_boxes(sheets, owners.truths)),
        stickers=[
            *([group.name] if group.name else []),
            *(
                code
                for sheet in sheets
                for code in stickers_of(sheet.marks.read, sheet.marks.layout)
                if code.strip() not in owners.printed_codes
            ),
        ],
        by_code=(exam is not None and exam.student_id.kind == "code") or _is_named(group, sheets),
        has_grid=group.serial is not None or _has_grid(sheets),
    )
    decision = lists.decisions.get(student_doubt_name(sheets))
    if decision is None:
        return evidence, identify(evidence, roster)
    student_id = roster.named(decision.value) if roster else decision.value.strip()
    listed = roster is None or student_id in roster.students
    return evidence, Identity(student_id=student_id, on_roster=listed, reading=student_id, source="person")


def _is_named(group: Group, sheets: Sequence[Sheet]) -> bool:
    """Whether a page code of others, and no grid, says whose a booklet is."""
    return bool(group.name) and not _has_grid(sheets)


def _has_grid(sheets: Sequence[Sheet]) -> bool:
    """Whether the paper has a grid for an id, on whatever sheet."""
    layouts = (sheet.marks.layout for sheet in sheets)
    return any(question.kind is Kind.ID for layout in layouts for question in layout.questions.values())


def student_doubt_name(sheets: Sequence[Sheet]) -> str:
    """Name of the doubt whose a booklet is."""
    return f"student-{page_name(sheets[0].marks.read.source)}"


def ask_owners(booklets: Sequence[ReadBooklet], owners: Owners) -> list[ReadBooklet]:
    """Add to each unclear booklet the doubt whose it is, with the likeliest students.

    Of two booklets of one student, each that is known by its grid alone may be another student's.
    """
    result = list(booklets)
    exams = dict.fromkeys(booklet.booklet.exam for booklet in booklets)
    for exam in exams:
        here = {
            place: booklet
            for place, booklet in enumerate(booklets)
            if booklet.booklet.exam == exam and booklet.sheets and booklet.aside != "duplicate"
        }
        rivals = Counter(booklet.booklet.student_id for booklet in here.values())
        unclear = {}
        for place, booklet in here.items():
            if booklet.identity.reason:
                unclear[place] = booklet.identity
            elif rivals[booklet.booklet.student_id] > 1 and (again := _again(booklet, here, owners)):
                unclear[place] = again
        taken = [
            booklet.booklet.student_id
            for place, booklet in here.items()
            if place not in unclear or not booklet.identity.reason
        ]
        for place, proposals in propose(unclear, taken, owners.roster).items():
            booklet, identity = here[place], unclear[place]
            own = booklet.booklet.student_id
            if booklet.identity.reason or any(student != own for student in proposals):
                doubt = _doubt(booklet, identity, proposals, owners)
                result[place] = replace(booklet, doubts=(doubt, *booklet.doubts))
    return result


def _again(booklet: ReadBooklet, here: dict[int, ReadBooklet], owners: Owners) -> Identity | None:
    """The identity of one of several booklets of a student, as a question; None: it is sure."""
    identity, grid = booklet.identity, booklet.evidence.grid
    if identity.source != "grid" or owners.roster is None:
        return None
    own = identity.student_id
    others = [other.where for other in here.values() if other is not booklet and _claims(other, own)]
    return replace(
        identity,
        reason=f"{', '.join(others)} says {own} as well",
        named=(own,),
        distances=owners.roster.index.distances(grid),
        reach=reach(grid),
    )


def _claims(booklet: ReadBooklet, student_id: str) -> bool:
    return booklet.booklet.student_id == student_id


def _doubt(booklet: ReadBooklet, identity: Identity, proposals: Sequence[str], owners: Owners) -> Doubt:
    source = booklet.sheets[0].marks.read.source
    labels = [owners.roster.label(student) if owners.roster else student for student in proposals]
    return Doubt(
        id=student_doubt_name(booklet.sheets),
        kind="student",
        reason=identity.reason,
        reading=identity.reading,
        choices=" | ".join(labels) or "a student id",
        exam=booklet.booklet.exam,
        version=booklet.booklet.version,
        student_id=booklet.booklet.student_id,
        name=booklet.booklet.name,
        file=source.file,
        page=source.page,
    )
