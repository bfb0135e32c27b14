"""Students who do not exist, with names from many places."""

from collections.abc import Sequence

from pipeline.model import Student, StudentId
from pipeline.paper.simulate.pens import Random

_GIVEN = (
    "Ada", "Amina", "Anna", "Bartosz", "Chidi", "Clara", "Diego", "Elif", "Emil", "Freja", "Grace",
    "Hassan", "Hugo", "Ines", "Ivan", "Jonas", "Karen", "Lars", "Leila", "Luca", "Maria", "Mei",
    "Mikkel", "Nadia", "Noah", "Olga", "Priya", "Rosa", "Samuel", "Sofie", "Tomasz", "Yuki",
)  # fmt: skip
_FAMILY = (
    "Andersen", "Bauer", "Chen", "Costa", "Dahl", "Eriksen", "Fischer", "García", "Haddad", "Ito",
    "Jensen", "Kowalska", "Larsen", "Moreau", "Nguyen", "Nowak", "Okafor", "O'Brien", "Patel",
    "Petrov", "Quist", "Rossi", "Sørensen", "Şahin", "Tanaka", "Usman", "van den Berg", "Wójcik",
    "Yilmaz", "Zhang",
)  # fmt: skip
_WHOLE = ("王小明", "محمد الأمين", "Łukasz Żółć", "李 娜")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def invent_students(
    count: int, student_id: StudentId, versions: Sequence[str], rng: Random
) -> tuple[Student, ...]:
    """Invent students with names and ids of the exam's kind, all different.

    Parameters
    ----------
    count
        How many.
    student_id
        Kind and length of an id; ids that are not marked on paper have eight digits.
    versions
        Of the exam; given out in turn.
    rng
        Source of chance.
    """
    ids: dict[str, None] = {}
    while len(ids) < count:
        ids.setdefault(_invent_id(student_id, rng))
    names = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    order = rng.permutation(len(names))
    students = []
    for number, one in enumerate(ids):
        name = names[order[number % len(names)]]
        if number % 9 == 4:
            name = _WHOLE[(number // 9) % len(_WHOLE)]
        version = versions[number % len(versions)]
        students.append(Student(student_id=one, name=name, version=version))
    return tuple(students)


def _invent_id(student_id: StudentId, rng: Random) -> str:
    length = student_id.length if student_id.kind in ("digits", "alphanumeric") else 8
    digits = "".join(str(digit) for digit in rng.integers(0, 10, length))
    if student_id.kind == "alphanumeric":
        return _LETTERS[int(rng.integers(len(_LETTERS)))] + digits[1:]
    return digits
