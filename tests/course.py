"""A small course as the documents speak of it: exam files, a roster, scans, graded; and a reviewer."""

import csv
import http.client
import json
import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from pipeline.cli import run_command
from tests.test_documents import ROOT, read

EXAM = "algebra-2026"
FIRST = "123456"
"""Id of the student whom the documents name."""
PEOPLE = ("Ada Lovelace", "Bo Chen", "Chidi Okafor", "Dana Levi", "Eva Novak", "Filip Ek", "Grace Oyelaran")
DONE = (0, 3, 4)
"""Exit codes of a command that has done its work."""


def documented(name: str) -> list[list[str]]:
    """Words of every command that stands in a block of a document, in their order."""
    shown = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", read(name), re.MULTILINE | re.DOTALL)
    text = "\n".join(block for language, block in shown if not language).replace("\\\n", " ")
    return [shlex.split(line) for line in re.findall(r"^ *scangrade (.+)", text, re.MULTILINE)]


def is_called(words: Sequence[str], *name: str) -> bool:
    """Whether a command line calls a command."""
    return tuple(words[: len(name)]) == name


def open_course(folder: Path) -> None:
    """Exam files, a roster and scans, in a folder that is the working directory."""
    (folder / "answer_keys").mkdir(parents=True)
    shutil.copy(ROOT / "answer_keys" / "dtu-02456-2025-12.yaml", folder / "answer_keys")
    exam = folder / "answer_keys" / f"{EXAM}.yaml"
    assert run_command(["init", str(exam), "--title", "Algebra", "-q"]) == 0
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["student_id", "name", "group", "email", "code"])
        for place, name in enumerate(PEOPLE):
            number = int(FIRST) + place
            writer.writerow([number, name, "AB"[place % 2], f"s{number}@example.org", f"C{place:03}"])
    class_folder = folder / "class"
    roster = ["--roster", str(folder / "roster.csv")]
    simulate = ["simulate", str(exam), "-o", str(class_folder), *roster, "--seed", "7", "--awkward", "0.1"]
    assert run_command([*simulate, "--profile", "clean-300", "-q"]) == 0
    (class_folder / "scans").rename(folder / "scans")
    shutil.rmtree(class_folder)


def grade_course(folder: Path) -> None:
    """Grade the scans of the course into ``results``."""
    lists = ["--keys", str(folder / "answer_keys"), "--roster", str(folder / "roster.csv")]
    command = ["grade", str(folder / "scans"), *lists, "-o", str(folder / "results"), "-j", "1", "-q"]
    assert run_command(command) in DONE


def rows(path: Path) -> list[dict[str, str]]:
    """Rows of a table."""
    with path.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def fill_in(path: Path, decision: Callable[[dict[str, str]], str]) -> None:
    """Write a decision into every row of a table that asks for some."""
    table = rows(path)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(table[0]))
        writer.writeheader()
        writer.writerows([{**row, "decision": decision(row)} for row in table])


def set_aside(row: dict[str, str]) -> str:
    """A decision that fits any doubt of the course."""
    if row["kind"] == "student":
        return row["choices"].split(" | ")[0]
    return "0" if row["kind"] == "credits" else "blank"


def review_in_browser(link: str, decide: Callable[[dict[str, str]], str]) -> Thread:
    """Do what a person does on the review page, in the background: decide every doubt, and finish.

    It takes the place of ``webbrowser.open``.
    """
    host = urlsplit(link).netloc
    cookie = ""

    def ask(method: str, path: str, body: object = None) -> bytes:
        nonlocal cookie
        connection = http.client.HTTPConnection(host, timeout=60)
        headers = {"Cookie": cookie}
        if method == "POST":
            headers |= {"Origin": f"http://{host}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body or {}), headers)
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status in (200, 303), data
        cookie = (answer.getheader("Set-Cookie") or cookie).partition(";")[0]
        connection.close()
        return data

    def review() -> None:
        ask("GET", link.partition(host)[2])
        ask("POST", "/api/name", {"by": "Ada Lovelace"})
        for line in json.loads(ask("GET", "/api/queue?limit=200"))["lines"]:
            wish = {"doubt": line["id"], "value": decide(line)}
            ask("POST", "/api/decide", {"decisions": [wish]})
        ask("POST", "/api/finish")

    thread = Thread(target=review, daemon=True)
    thread.start()
    return thread
