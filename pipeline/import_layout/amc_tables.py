"""The tables of an Auto Multiple Choice project that an import reads, row by row into records."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.exam.imports import (
    AmcAnswer,
    AmcAssociation,
    AmcBox,
    AmcDigit,
    AmcMark,
    AmcPage,
    AmcQuestion,
)
from pipeline.import_layout.sqlite_rows import Column, Database, Row, Value, open_database

ANSWER_ROLE = 1
"""Role of a box that students tick, in ``layout_box``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcTables:
    """What the databases of a project hold."""

    pages: tuple[AmcPage, ...]
    marks: tuple[AmcMark, ...]
    boxes: tuple[AmcBox, ...]
    digits: tuple[AmcDigit, ...]
    names: Mapping[int, str]
    questions: tuple[AmcQuestion, ...]
    answers: tuple[AmcAnswer, ...]
    defaults: Mapping[int, str]
    mains: Mapping[int, str]
    variables: Mapping[str, str]
    associations: tuple[AmcAssociation, ...]
    key: str
    """Column of the students' list that the associations name."""
    code: str
    """Name of the code that they were made by."""
    manual: int
    """Boxes that a person had corrected by hand."""


def read_tables(data: Path) -> AmcTables:
    """Read the databases of a project; all but ``layout.sqlite`` may be missing.

    Raises
    ------
    UsageFault
        A database is missing, in use, damaged, or not AMC's; with file and table.
    """
    layout = _layout_rows(data / "layout.sqlite")
    scoring = _scoring_rows(data / "scoring.sqlite")
    associations, key, code = _associations(data, layout["association"])
    return AmcTables(
        pages=tuple(map(_page, layout["page"])),
        marks=tuple(map(_mark, layout["mark"])),
        boxes=tuple(map(_box, layout["box"])),
        digits=tuple(map(_digit, layout["digit"])),
        names={_int(number): str(name or "") for number, name in layout["question"]},
        questions=tuple(map(_question, scoring["question"])),
        answers=tuple(map(_answer, scoring["answer"])),
        defaults={_int(kind): str(strategy or "") for kind, strategy in scoring["default"]},
        mains={_int(copy): str(strategy or "") for copy, strategy in scoring["main"]},
        variables={str(name): str(value or "") for name, value in scoring["variables"]},
        associations=associations,
        key=key,
        code=code,
        manual=_manual(data / "capture.sqlite"),
    )


Rows = dict[str, list[Row]]


def _whole(name: str, default: int | None = None) -> Column:
    return Column(name=name, form="integer", default=default)


def _real(name: str) -> Column:
    return Column(name=name, form="number")


def _text(name: str, default: str | None = None) -> Column:
    return Column(name=name, form="text", default=default, empty=True)


_COPY_PAGE = (_whole("student"), _whole("page"))
_FRAME = (_real("xmin"), _real("xmax"), _real("ymin"), _real("ymax"))
_PAGES = (
    *_COPY_PAGE,
    _whole("checksum"),
    _real("dpi"),
    _real("width"),
    _real("height"),
    _real("markdiameter"),
)
_MARKS = (*_COPY_PAGE, _whole("corner"), _real("x"), _real("y"))
_BOXES = (
    *_COPY_PAGE,
    _whole("question"),
    _whole("answer"),
    *_FRAME,
    _whole("flags", 0),
    _text("char", ""),
    _whole("role", ANSWER_ROLE),
)
_DIGITS = (*_COPY_PAGE, _whole("numberid"), _whole("digitid"), *_FRAME)
_NAMED = (_whole("question"), _text("name"))
_ASSOCIATED = (_whole("student"), _text("id"))


def _layout_rows(path: Path) -> Rows:
    with open_database(path) as database:
        rows = {
            "page": database.rows("layout_page", _PAGES),
            "mark": database.rows("layout_mark", _MARKS),
            "box": database.rows("layout_box", _BOXES),
            "digit": database.rows("layout_digit", _DIGITS),
            "question": database.rows("layout_question", _NAMED),
            "association": (
                database.rows("layout_association", _ASSOCIATED) if database.has("layout_association") else []
            ),
        }
        _refuse_pages(database, rows)
    rows["box"] = [row for row in rows["box"] if row[-1] == ANSWER_ROLE]
    return rows


def _refuse_pages(database: Database, rows: Rows) -> None:
    """A page needs a size, its marks, and every row its page."""
    pages = {(row[0], row[1]): row for row in rows["page"]}
    for (copy, page), row in pages.items():
        if min(float(str(value)) for value in row[3:]) <= 0:
            raise database.fault("layout_page", f"copy {copy}, page {page} has no size")
    for table, name in (("mark", "layout_mark"), ("box", "layout_box"), ("digit", "layout_digit")):
        lost = next((row for row in rows[table] if (row[0], row[1]) not in pages), None)
        if lost is not None:
            raise database.fault(name, f"copy {lost[0]}, page {lost[1]} is not in layout_page")
    corners: dict[tuple[Value, Value], set[Value]] = {}
    for row in rows["mark"]:
        corners.setdefault((row[0], row[1]), set()).add(row[2])
    for row in rows["box"]:
        if corners.get((row[0], row[1])) != {1, 2, 3, 4}:
            raise database.fault("layout_mark", f"copy {row[0]}, page {row[1]} has not its four marks")


def _scoring_rows(path: Path) -> Rows:
    empty: Rows = {name: [] for name in ("question", "answer", "default", "main", "variables")}
    if not path.is_file():
        return empty
    strategy = _text("strategy", "")
    question = (_whole("student"), _whole("question"), _whole("type"), _whole("indicative", 0), strategy)
    answer = (_whole("student"), _whole("question"), _whole("answer"), _whole("correct", 0), strategy)
    with open_database(path) as database:
        return {
            "question": database.rows("scoring_question", question),
            "answer": database.rows("scoring_answer", answer),
            "default": database.rows("scoring_default", (_whole("type"), strategy)),
            "main": database.rows("scoring_main", (_whole("student"), strategy)),
            "variables": _variables(database, "scoring_variables"),
        }


def _variables(database: Database, table: str) -> list[Row]:
    return database.rows(table, (_text("name"), _text("value"))) if database.has(table) else []


def _associations(data: Path, before: list[Row]) -> tuple[tuple[AmcAssociation, ...], str, str]:
    """Whose each copy is, the column of the students' list that says so, and the name of the code."""
    found = {(_int(row[0]), 0): str(row[1] or "") for row in before}
    path = data / "association.sqlite"
    variables: dict[str, str] = {}
    if path.is_file():
        columns = (_whole("student"), _whole("copy", 0), _text("manual"), _text("auto"))
        with open_database(path) as database:
            for student, copy, manual, auto in database.rows("association_association", columns):
                whose = str(manual or auto or "")
                found[_int(student), _int(copy)] = "" if whose == "NONE" else whose
            variables = {
                str(name): str(value or "") for name, value in _variables(database, "association_variables")
            }
    rows = tuple(
        AmcAssociation(student=student, copy=copy, student_id=whose)
        for (student, copy), whose in sorted(found.items())
        if whose
    )
    return rows, variables.get("key_in_list", ""), variables.get("code", "")


def _manual(path: Path) -> int:
    """How many boxes a person had corrected by hand."""
    if not path.is_file():
        return 0
    with open_database(path) as database:
        if not database.has("capture_zone"):
            return 0
        return len(database.rows("capture_zone", (_real("manual"),), where="manual >= 0"))


def _int(value: Value) -> int:
    return int(value or 0)


def _number(value: Value) -> float:
    return float(value or 0)


def _page(row: Row) -> AmcPage:
    student, page, check, dpi, width, height, mark = row
    return AmcPage(
        student=_int(student),
        page=_int(page),
        check=_int(check),
        dpi=_number(dpi),
        width=_number(width),
        height=_number(height),
        mark_diameter=_number(mark),
    )


def _mark(row: Row) -> AmcMark:
    student, page, corner, x, y = row
    return AmcMark(student=_int(student), page=_int(page), corner=_int(corner), x=_number(x), y=_number(y))


def _box(row: Row) -> AmcBox:
    student, page, question, answer, xmin, xmax, ymin, ymax, flags, char, _ = row
    return AmcBox(
        student=_int(student),
        page=_int(page),
        question=_int(question),
        answer=_int(answer),
        xmin=_number(xmin),
        xmax=_number(xmax),
        ymin=_number(ymin),
        ymax=_number(ymax),
        flags=_int(flags),
        char=str(char or ""),
    )


def _digit(row: Row) -> AmcDigit:
    student, page, number, digit, xmin, xmax, ymin, ymax = row
    return AmcDigit(
        student=_int(student),
        page=_int(page),
        number=_int(number),
        digit=_int(digit),
        xmin=_number(xmin),
        xmax=_number(xmax),
        ymin=_number(ymin),
        ymax=_number(ymax),
    )


def _question(row: Row) -> AmcQuestion:
    student, question, kind, indicative, strategy = row
    return AmcQuestion(
        student=_int(student),
        question=_int(question),
        type=_int(kind),
        indicative=bool(indicative),
        strategy=str(strategy or ""),
    )


def _answer(row: Row) -> AmcAnswer:
    student, question, answer, correct, strategy = row
    return AmcAnswer(
        student=_int(student),
        question=_int(question),
        answer=_int(answer),
        correct=_int(correct) > 0,
        strategy=str(strategy or ""),
    )
