"""Who was expected and has no booklet."""

from collections.abc import Sequence

from pipeline.model import Booklet, PageResult, PageUnmatched, Student
from pipeline.reading.lists import Lists


def absent_students(booklets: Sequence[Booklet], lists: Lists) -> tuple[tuple[str, Student], ...]:
    """Everyone expected who has no page: students of printed sheets, then the rest of the roster."""
    present = {(booklet.exam, booklet.student_id) for booklet in booklets}
    somewhere = {student for _, student in present}
    exams = {exam for exam, _ in lists.exams}
    roster = lists.roster or {}
    absent: list[tuple[str, Student]] = []
    expected: set[str] = set()
    for (exam, _), student in sorted(lists.sheets.items()):
        if not student or exam not in exams or (roster and student not in roster):
            continue
        expected.add(student)
        if (exam, student) not in present:
            absent.append((exam, roster.get(student) or Student(student_id=student, name="")))
    only = next(iter(exams)) if len(exams) == 1 else ""
    for student_id, record in roster.items():
        if student_id not in expected and student_id not in somewhere:
            absent.append((only, record))
    return tuple(dict.fromkeys(absent))


def unread_students(results: Sequence[PageResult], lists: Lists) -> frozenset[tuple[str, Student]]:
    """Students of whom a page was scanned whose code could be read, and nothing else."""
    seen = set()
    for result in results:
        if isinstance(result, PageUnmatched) and result.code:
            student = lists.sheets.get((result.code.exam, result.code.serial), "")
            if student:
                record = (lists.roster or {}).get(student) or Student(student_id=student, name="")
                seen.add((result.code.exam, record))
    return frozenset(seen)
