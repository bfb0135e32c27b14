"""Exam files with faults: what can be said of them all the same, to find all their faults at once."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import Fault
from pipeline.exam.questions import DraftQuestion
from pipeline.exam.tree import ListNode, MapNode
from pipeline.model import Exam, ExamFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DraftExam:
    """One version of an exam, as far as its file can be read."""

    exam: Exam
    """Totals whose sum cannot be told are left out."""
    refused: tuple[frozenset[str], ...]
    """Of each question of the exam, in their order: the fields with faults."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExamDraft:
    """An exam file, with its faults."""

    path: str
    key_hash: str
    """SHA-256 of its bytes; "" when it could not be read."""
    faults: tuple[Fault, ...]
    """In the order of the file; no faults of the key among them."""
    versions: Mapping[str, DraftExam]
    """Empty when nothing can be said of the questions."""
    data: bytes = b""
    """The file itself; empty when it could not be read."""

    @property
    def file(self) -> ExamFile | None:
        """The exam file; None when it has faults."""
        if self.faults:
            return None
        exams = {version: draft.exam for version, draft in self.versions.items()}
        return ExamFile(
            id=next(iter(exams.values())).id, path=self.path, key_hash=self.key_hash, versions=exams
        )


def settled(
    exam: Exam,
    drafts: Sequence[DraftQuestion],
    *,
    faulty_groups: Collection[str],
    faulty_sections: Collection[str],
    is_whole: bool,
) -> DraftExam:
    """The exam without sums that would be wrong only because a question has a fault.

    Parameters
    ----------
    exam
        The exam, of the same questions.
    drafts
        Its questions, with their faults.
    faulty_groups, faulty_sections
        Ids of those that have faults.
    is_whole
        Whether every question of the file is there.
    """
    times = Counter(question.id for question in exam.questions)
    unsure = {draft.question.id for draft in drafts if draft.refused & {"points", "parts"}}
    unsure |= {part for group in exam.groups if group.id in faulty_groups for part in group.parts}
    twice = {name for name, count in times.items() if count > 1}
    sections = tuple(
        replace(section, points=None)
        if section.id in faulty_sections or not (unsure | twice).isdisjoint(section.questions)
        else section
        for section in exam.sections
    )
    caps_are_sure = not faulty_sections or all(section.cap is None for section in exam.sections)
    is_sure = is_whole and not unsure and caps_are_sure
    known = replace(
        exam,
        sections=sections,
        groups=tuple(group for group in exam.groups if group.id not in faulty_groups),
        total=exam.total if is_sure else None,
        pass_points=exam.pass_points if is_sure else None,
        grades=exam.grades if is_sure else (),
    )
    return DraftExam(exam=known, refused=tuple(draft.refused for draft in drafts))


def lists_are_whole(questions: ListNode) -> bool:
    """Whether no question, and no part of one, was taken out because of a fault."""
    if questions.refused:
        return False
    parts = [node.get("parts") for node in questions if isinstance(node, MapNode)]
    return all(lists_are_whole(some) for some in parts if isinstance(some, ListNode))
