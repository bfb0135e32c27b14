"""What a results folder published last, with what the roster says of its students."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.errors import UsageFault
from pipeline.exam import load_roster
from pipeline.gather import Exams, stored_exams
from pipeline.model import Decision, Exam, Student
from pipeline.reading import open_rows
from pipeline.reporting import SecondLook, second_look_of
from pipeline.reporting.lms import Outgoing
from pipeline.store import SECOND_LOOK_SAMPLE, SEPARATOR, KeyVersion, Result, Snapshot, Store


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Published:
    """What a results folder published last."""

    snapshot: Snapshot
    exams: Exams
    roster: Mapping[str, Student]
    at: str
    """When: ISO 8601, UTC."""
    keys: tuple[KeyVersion, ...]
    decisions: tuple[Decision, ...]
    second_look: SecondLook | None
    notices: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path, roster: Path | None) -> "Published":
        """Read it from a results folder; changes nothing.

        Raises
        ------
        UsageFault
            It is no results folder, nothing was published there, or it was purged.
        """
        with Store.open(folder, write=False) as store:
            store.refuse_purged()
            snapshot, keys = store.published(), store.keys()
            publications = store.publications()
            known = store.get("roster", "")
            anonymous = bool(store.get("anonymous", False))
            decisions = store.decisions()
            sample = store.get(SECOND_LOOK_SAMPLE, [])
            look = second_look_of(store.get("second_look"), open_rows(sample, decisions) if sample else None)
        if snapshot is None or not snapshot.results:
            raise UsageFault(
                f"{folder} holds no grades that were published",
                hint=f"run scangrade grade first, or scangrade regrade {folder}",
            )
        path = roster or (Path(known) if known else None)
        notices = []
        students: Sequence[Student] = ()
        if path is not None and (roster is not None or path.is_file()):
            students = load_roster(path, names=not anonymous)
        elif path is not None:
            notices.append(f"the roster {path} is gone: no e-mails and groups; name it with --roster")
        return cls(
            snapshot=snapshot,
            exams=stored_exams(keys),
            roster={one.student_id: one for one in students},
            at=publications[-1].at if publications else "",
            keys=tuple(keys),
            decisions=decisions,
            second_look=look,
            notices=tuple(notices),
        )

    @property
    def exam_ids(self) -> tuple[str, ...]:
        """Exams with results."""
        return tuple(sorted({result.exam for result in self.snapshot.results if result.exam}))

    def exam_named(self, exam: str) -> str:
        """The exam of this id, or the only one.

        Raises
        ------
        UsageFault
            There is no such exam, or there are several and none is named.
        """
        named = ", ".join(self.exam_ids)
        if exam and exam not in self.exam_ids:
            raise UsageFault(f"there are no results of an exam {exam!r}", hint=f"name one of {named}")
        if not exam and len(self.exam_ids) != 1:
            raise UsageFault(f"there are results of several exams: {named}", hint="name one with --exam")
        return exam or self.exam_ids[0]

    def students(self, exam: str) -> list[Outgoing]:
        """Everyone with a row for an exam in ``grades.csv``."""
        return [self._outgoing(result) for result in self.snapshot.results if result.exam == exam]

    def _outgoing(self, result: Result) -> Outgoing:
        student = self.roster.get(result.student_id)
        names = self.snapshot.questions.get((result.exam, result.version), ())
        cells = result.points.split(SEPARATOR)
        earned = dict(zip(names, cells, strict=True)) if len(cells) == len(names) else {}
        return Outgoing(
            student_id=result.student_id,
            name=result.name,
            status=result.status,
            points=Fraction(result.total) if result.total and result.status != "absent" else None,
            max_points=Fraction(result.max_points or 0),
            percent=result.percent,
            grade=result.grade,
            passed=result.passed,
            version=result.version,
            paper=result.paper,
            email=student.email if student is not None else "",
            group=student.group if student is not None else "",
            questions={name: Fraction(cell) if cell else None for name, cell in earned.items()},
        )

    def passed(self, exam: str) -> dict[bool, int]:
        """How many have passed, and how many have not."""
        found = [result.passed for result in self.snapshot.results if result.exam == exam]
        return {True: found.count("yes"), False: found.count("no")}

    def exam_file(self, exam: str) -> Exam | None:
        """The exam as it was graded, in its first version."""
        versions = sorted(version for name, version in self.exams.exams if name == exam)
        return self.exams.exams[exam, versions[0]] if versions else None
