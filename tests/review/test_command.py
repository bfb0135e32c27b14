"""``scangrade review RESULTS`` as a command: a link, a page, an exit code."""

import http.client
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev
from tests.review.quiz import table

ROOT = Path(dev.__file__).resolve().parent


class Served:
    """The command in a process of its own, and a browser that came by its link."""

    def __init__(self, results: Path) -> None:
        command = [sys.executable, "-m", "pipeline", "review", str(results), "--no-browser", "--by", "Ada"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert self.process.stderr is not None
        told = ""
        while "The link works once" not in told:
            line = self.process.stderr.readline()
            assert line, told
            told += line
        found = re.search(r"http://(127\.0\.0\.1:\d+)(/enter\?token=\S+)", told)
        assert found is not None
        self.host = found[1]
        _, cookie = self.ask("GET", found[2])
        self.cookie = cookie.partition(";")[0]

    def ask(self, method: str, path: str, body: object = None) -> tuple[bytes, str]:
        """Answer and cookie."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        headers = {"Cookie": getattr(self, "cookie", "")}
        if method == "POST":
            headers |= {"Origin": f"http://{self.host}", "Content-Type": "application/json"}
        connection.request(method, path, json.dumps(body or {}), headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        assert answer.status in (200, 303), data
        return data, answer.getheader("Set-Cookie") or ""

    def decide_one(self) -> str:
        """Decide the first doubt that has a likely reading."""
        lines = json.loads(self.ask("GET", "/api/queue?limit=200")[0])["lines"]
        for line in lines:
            item = json.loads(self.ask("GET", f"/api/doubt?id={line['id']}")[0])
            if item["proposal"] and item["kind"] == "answer":
                wish = {"doubt": item["id"], "value": item["proposal"]}
                self.ask("POST", "/api/decide", {"decisions": [wish]})
                return str(line["id"])
        raise AssertionError("no doubt has a likely reading")


@pytest.fixture
def served(results: Path) -> Iterator[Served]:
    """The command, and its end."""
    page = Served(results)
    yield page
    if page.process.poll() is None:
        page.process.kill()
    page.process.communicate()


def test_finish_ends_the_command_with_the_exit_code_of_the_grades(served: Served, results: Path) -> None:
    doubt = served.decide_one()
    served.ask("POST", "/api/finish")
    shown, told = served.process.communicate(timeout=60)
    assert served.process.returncode in (3, 4)
    assert "doubts" in shown
    assert "not in the grades yet" not in told
    assert [(row["doubt"], row["by"]) for row in table(results, "decisions.csv")] == [(doubt, "Ada")]


def test_ctrl_c_keeps_what_was_decided_and_says_how_to_publish_it(served: Served, results: Path) -> None:
    served.decide_one()
    served.process.send_signal(signal.SIGINT)
    _, told = served.process.communicate(timeout=60)
    assert served.process.returncode in (3, 4)
    assert "Traceback" not in told
    assert f"1 decision is stored and not in the grades yet: scangrade regrade {results}" in told
    assert not (results / "decisions.csv").exists()
