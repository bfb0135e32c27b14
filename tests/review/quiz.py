"""A small exam with many marks that are hard to read, graded, and a browser to review it with."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pipeline.cli import run_command
from pipeline.review.page.app import create_app
from pipeline.review.page.desk import Desk
from pipeline.review.page.security import Gate

EXAM = """\
exam: quiz-2026
title: A quiz
marking: any
student_id: {kind: digits, length: 4}
pass: 5
grades: {A: 9, B: 7, C: 5}
questions:
  - {id: "1", kind: choice, points: 1, options: {A: red, B: green, C: blue, D: grey}, answer: B}
  - {id: "2", kind: choices, points: 2, options: {A: one, B: two, C: three}, answer: [A, C]}
  - {id: "3", kind: truefalse, points: 1, answer: true}
  - {id: "4", kind: choice, points: 2, options: {A: left, B: right, C: up, D: down}, answer: A}
  - {id: "5", kind: number, points: 2, number: {digits: 3}, answer: 120}
  - {id: "6", kind: text, points: 2, credits: {max: 2, step: 1}}
"""
NAMES = ("<b>Bo</b>", '"><img src=x onerror=alert(1)>', "Ada & Co", '=HYPERLINK("http://x")')
"""Names that a careless page would take for code."""
STUDENTS = 23
SLIPPED, SLIP = "1185", "1187"
"""A student's id, and what that student has marked: an id that is nobody's."""
PORT = 5000
PAGE = f"http://127.0.0.1:{PORT}"


def grade_quiz(folder: Path, awkward: float = 0.6) -> Path:
    """Simulated scans of the quiz, graded; gives the results folder.

    ``awkward`` is the share of marks that are hard to read.
    """
    exam = folder / "source" / "quiz.yaml"
    exam.parent.mkdir(parents=True)
    exam.write_text(EXAM, encoding="utf-8")
    ids = [f"{1000 + 37 * place}" for place in range(STUDENTS)]
    marked = _roster(folder / "marked.csv", [SLIP if one == SLIPPED else one for one in ids])
    roster = _roster(folder / "roster.csv", ids)
    scans, results = folder / "rehearsal", folder / "results"
    simulate = ["simulate", str(exam), "-o", str(scans), "--roster", str(marked), "--seed", "5"]
    paper = ["--awkward", str(awkward), "--spare", "1", "--profile", "clean-300"]
    assert run_command([*simulate, *paper, "-q"]) == 0
    lists = ["--keys", str(scans / "quiz.yaml"), "--roster", str(roster)]
    grade = ["grade", str(scans / "scans"), *lists, "-o", str(results), "-j", "1", "-q"]
    assert run_command(grade) in (3, 4)
    return results


def _roster(path: Path, ids: Sequence[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["student_id", "name"])
        writer.writerows([one, NAMES[place % len(NAMES)]] for place, one in enumerate(ids))
    return path


def table(results: Path, name: str) -> list[dict[str, str]]:
    """Rows of a table of the results folder."""
    with (results / name).open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


class Browser:
    """A browser that was let in, as far as requests go."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **values: str | int) -> TestResponse:
        """Ask for an address."""
        return self.client.get(path, base_url=PAGE, query_string=values or None, buffered=True)

    def post(self, path: str, body: object = None, origin: str = PAGE) -> TestResponse:
        """Ask for a change."""
        headers = {"Origin": origin} if origin else {}
        body = {} if body is None else body
        return self.client.post(path, base_url=PAGE, json=body, headers=headers, buffered=True)

    def decide(self, doubt: str, value: str, seen: str = "", note: str = "") -> TestResponse:
        """Decide one doubt."""
        wish = {"doubt": doubt, "value": value, "seen": seen, "note": note}
        return self.post("/api/decide", {"decisions": [wish]})

    def lines(self, **values: str | int) -> list[dict[str, str]]:
        """The queue."""
        found: list[dict[str, str]] = self.get("/api/queue", **{"limit": 200, **values}).get_json()["lines"]
        return found


class Review:
    """The page of a results folder without a network."""

    def __init__(self, results: Path) -> None:
        self.gate = Gate(PORT)
        self.desk = Desk(results)
        self.finished: list[bool] = []
        self.app = create_app(self.desk, self.gate, lambda: self.finished.append(True))

    def stranger(self) -> Browser:
        """A browser that was not let in."""
        return Browser(self.app.test_client())

    def browser(self, by: str = "Ada") -> Browser:
        """A browser that came by its own link."""
        browser = self.stranger()
        address = self.gate.link(by).removeprefix(PAGE)
        assert browser.client.get(address, base_url=PAGE).status_code == 303
        return browser


def doubt_of(browser: Browser, kind: str, question: str = "", proposal: str | None = None) -> Any:
    """The first open doubt of a kind, with everything that the page shows of it."""
    for line in browser.lines():
        if line["kind"] == kind and line["question"] == (question or line["question"]):
            found = browser.get("/api/doubt", id=line["id"]).get_json()
            if proposal is None or found["proposal"] == proposal:
                return found
    raise LookupError(kind)
