"""A project of Auto Multiple Choice, written after the comments of its database modules."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

DPI = 300.0
MM = DPI / 25.4
SIDE = 3.8
SIMPLE, MULTIPLE = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcQuestionText:
    """One question of the source."""

    name: str
    type: int
    right: tuple[int, ...]
    answers: int = 4
    none: bool = False
    """Whether there is a box "none of these", which AMC numbers 0."""
    strategy: str = ""
    own: tuple[tuple[int, str], ...] = ()
    """Strategies of single answers."""
    indicative: bool = False


QUESTIONS = (
    AmcQuestionText(name="capital", type=SIMPLE, right=(2,)),
    AmcQuestionText(name="river", type=SIMPLE, right=(1,), strategy="b=2,m=-1"),
    AmcQuestionText(name="sum_of_two", type=SIMPLE, right=(4,), own=((3, "0.5"),)),
    AmcQuestionText(name="primes", type=MULTIPLE, right=(1, 3), strategy="mz=3"),
    AmcQuestionText(name="birds", type=MULTIPLE, right=(2, 3, 4), none=True, strategy="b=1,m=-0.5,p=0"),
    AmcQuestionText(name="opinion", type=SIMPLE, right=(1,), indicative=True),
)
ID_DIGITS = 4
STUDENTS = {1: "4711", 2: "0815", 3: "1234"}
NAMES = {"4711": "Ada Byron", "0815": "Kurt Gödel", "1234": "Emmy Noether"}

_LAYOUT = """
CREATE TABLE layout_page (student INTEGER, page INTEGER, checksum INTEGER, sourceid INTEGER,
  subjectpage INTEGER, dpi REAL, width REAL, height REAL, markdiameter REAL, PRIMARY KEY (student,page));
CREATE TABLE layout_mark (student INTEGER, page INTEGER, corner INTEGER, x REAL, y REAL);
CREATE TABLE layout_box (student INTEGER, page INTEGER, role INTEGER DEFAULT 1, question INTEGER,
  answer INTEGER, xmin REAL, xmax REAL, ymin REAL, ymax REAL, flags INTEGER DEFAULT 0, char TEXT);
CREATE TABLE layout_digit (student INTEGER, page INTEGER, numberid INTEGER, digitid INTEGER,
  xmin REAL, xmax REAL, ymin REAL, ymax REAL);
CREATE TABLE layout_question (question INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE layout_association (student INTEGER PRIMARY KEY, id TEXT, filename TEXT);
CREATE TABLE layout_variables (name TEXT UNIQUE, value TEXT);
"""
_SCORING = """
CREATE TABLE scoring_title (question INTEGER, title TEXT);
CREATE TABLE scoring_default (type INTEGER, strategy TEXT);
CREATE TABLE scoring_main (student INTEGER, strategy TEXT);
CREATE TABLE scoring_question (student INTEGER, question INTEGER, type INTEGER,
  indicative INTEGER DEFAULT 0, strategy TEXT, PRIMARY KEY (student,question));
CREATE TABLE scoring_answer (student INTEGER, question INTEGER, answer INTEGER, correct INTEGER,
  strategy INTEGER, PRIMARY KEY (student,question,answer));
CREATE TABLE scoring_variables (name TEXT UNIQUE, value TEXT);
"""
_ASSOCIATION = """
CREATE TABLE association_association (student INTEGER, copy INTEGER, manual TEXT, auto TEXT,
  PRIMARY KEY (student,copy));
CREATE TABLE association_variables (name TEXT UNIQUE, value TEXT);
"""


def write_project(
    folder: Path,
    *,
    copies: int = 3,
    questions: tuple[AmcQuestionText, ...] = QUESTIONS,
    code: bool = True,
    photocopied: bool = False,
) -> Path:
    """A project of two pages: questions on both, the id grid on the first."""
    data = folder / "data"
    data.mkdir(parents=True)
    _write_layout(data / "layout.sqlite", copies, questions, code=code)
    _write_scoring(data / "scoring.sqlite", copies, questions, code=code)
    with _open(data / "association.sqlite", _ASSOCIATION) as out:
        for copy in range(1, copies + 1):
            row = (copy, int(photocopied), None, STUDENTS.get(copy, ""))
            out.execute("INSERT INTO association_association VALUES (?,?,?,?)", row)
        out.execute("INSERT INTO association_variables VALUES ('key_in_list','id'), ('code','etu')")
        out.commit()
    listed = "# our students\nid:name:group\n" + "".join(f"{i}:{n}:a\n" for i, n in NAMES.items())
    (folder / "students.csv").write_text(listed, encoding="utf-8")
    options = "<opt><listeetudiants>%PROJET/students.csv</listeetudiants></opt>"
    (folder / "options.xml").write_text(options, encoding="utf-8")
    return folder


def _open(path: Path, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.executescript(schema)
    return connection


def _write_layout(path: Path, copies: int, questions: tuple[AmcQuestionText, ...], *, code: bool) -> None:
    out = _open(path, _LAYOUT)
    for number, question in enumerate(questions, 1):
        out.execute("INSERT INTO layout_question VALUES (?,?)", (number, question.name))
    for digit in range(1, ID_DIGITS + 1):
        out.execute("INSERT INTO layout_question VALUES (?,?)", (100 + digit, f"etu[{digit}]"))
    out.execute("INSERT INTO layout_variables VALUES ('build:codedigit','squarebrackets')")
    for copy in range(1, copies + 1):
        for page in (1, 2):
            _write_page(out, copy, page)
        if code:
            _write_code(out, copy)
        # every copy has its questions in another order, and its answers too
        turned = [(number + copy) % len(questions) for number in range(len(questions))]
        for row, place in enumerate(turned):
            _write_boxes(out, copy, 1 + row % 2, 110 + 24 * (row // 2), place + 1, questions[place])
    out.commit()
    out.close()


def _write_page(out: sqlite3.Connection, copy: int, page: int) -> None:
    check = (copy * 7 + page * 11) % 60
    size = (210 * MM, 297 * MM)
    out.execute(
        "INSERT INTO layout_page VALUES (?,?,?,1,?,?,?,?,?)", (copy, page, check, page, DPI, *size, 3.6 * MM)
    )
    for corner, (x, y) in enumerate(((16.8, 24.7), (193.2, 24.7), (193.2, 280.2), (16.8, 280.2)), 1):
        out.execute("INSERT INTO layout_mark VALUES (?,?,?,?,?)", (copy, page, corner, x * MM, y * MM))
    # twelve squares of the copy; under them six of the page and six of the check, all touching
    for number, length, first, y in ((1, 12, 0, 11.0), (2, 6, 0, 15.4), (3, 6, 6, 15.4)):
        for digit in range(1, length + 1):
            x = 58.0 + 3.3 * (first + digit - 1)
            frame = (x * MM, (x + 3.3) * MM, y * MM, (y + 3.3) * MM)
            out.execute(
                "INSERT INTO layout_digit VALUES (?,?,?,?,?,?,?,?)", (copy, page, number, digit, *frame)
            )


def _write_code(out: sqlite3.Connection, copy: int) -> None:
    """The grid: the leftmost digit has the highest number."""
    for row in range(ID_DIGITS):
        for digit in range(10):
            _write_box(out, copy, 1, (100 + ID_DIGITS - row, digit + 1), 40 + 8 * digit, 50 + 8 * row, "")


def _write_boxes(
    out: sqlite3.Connection, copy: int, page: int, y: float, number: int, question: AmcQuestionText
) -> None:
    answers = list(range(1, question.answers + 1))
    turned = answers[copy % len(answers) :] + answers[: copy % len(answers)] + [0] * question.none
    for place, answer in enumerate(turned):
        _write_box(out, copy, page, (number, answer), 40 + 22 * place, y, "")


def _write_box(
    out: sqlite3.Connection, copy: int, page: int, what: tuple[int, int], x: float, y: float, char: str
) -> None:
    frame = (x * MM, (x + SIDE) * MM, y * MM, (y + SIDE) * MM)
    row = (copy, page, 1, *what, *frame, 0, char or None)
    out.execute("INSERT INTO layout_box VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)


def _write_scoring(path: Path, copies: int, questions: tuple[AmcQuestionText, ...], *, code: bool) -> None:
    out = _open(path, _SCORING)
    out.execute("INSERT INTO scoring_default VALUES (1,'e=-1'), (2,'e=-1')")
    out.execute("INSERT INTO scoring_main VALUES (-1,'')")
    out.execute("INSERT INTO scoring_variables VALUES ('mark_max','20'), ('darkness_threshold','0.3')")
    for copy in range(1, copies + 1):
        for number, question in enumerate(questions, 1):
            asked = (copy, number, question.type, int(question.indicative), question.strategy)
            out.execute("INSERT INTO scoring_question VALUES (?,?,?,?,?)", asked)
            own = dict(question.own)
            for answer in [*range(1, question.answers + 1), *([0] if question.none else [])]:
                row = (copy, number, answer, int(answer in question.right), own.get(answer, ""))
                out.execute("INSERT INTO scoring_answer VALUES (?,?,?,?,?)", row)
        for digit in range(1, ID_DIGITS + 1) if code else ():
            out.execute("INSERT INTO scoring_question VALUES (?,?,1,1,'auto=0')", (copy, 100 + digit))
    out.commit()
    out.close()
