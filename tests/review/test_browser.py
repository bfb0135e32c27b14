"""The review page in a real browser: Debian's Chromium, where playwright and it are installed."""

import http.client
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import pytest

from pipeline.model import WITHDRAWN
from pipeline.review.page import PageServer
from tests.review.quiz import NAMES, SLIP, SLIPPED, table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NOTHING_LEFT = "Nothing is left to decide"
KEYS = {"1": "2", "3": "t", "4": "1"}
"""The key that decides a question; the others accept the likeliest reading."""
MEANT = {"1": "B", "3": "T", "4": "A", "5": "120", "6": "1"}


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A browser without a window."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="no playwright: pip install playwright to try the page in a browser"
    )
    if CHROMIUM is None:
        pytest.skip("no chromium: apt install chromium to try the page in a browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def server(results: Path) -> Iterator[PageServer]:
    """The page of a copy of the quiz, served."""
    server = PageServer(results)
    serving = Thread(target=server.serve)
    serving.start()
    yield server
    server.stop()
    serving.join(20)
    assert not serving.is_alive()


def let_in(browser: "Browser", server: PageServer, by: str, size: dict[str, int]) -> "tuple[Page, list[str]]":
    """A window of a reviewer, and what went wrong in it."""
    page = browser.new_context(viewport=cast("Any", size)).new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(server.link(by))
    page.wait_for_selector("article[data-doubt]:not([data-doubt=''])")
    return page, wrong


def shown(page: "Page") -> tuple[str, str]:
    """The doubt on the screen, and how it is decided."""
    card = page.locator("article.card")
    return card.get_attribute("data-doubt") or "", card.get_attribute("data-input") or ""


def wait_for_another(page: "Page", doubt: str) -> None:
    page.wait_for_selector(f'article.card:not([data-doubt="{doubt}"])')


def decide_by_keyboard(page: "Page", server: PageServer) -> tuple[str, str]:
    """Decide the doubt on the screen with keys alone; gives it and what it was decided as."""
    doubt, kind = shown(page)
    item = server.desk.batch.items[doubt]
    question = item.doubt.question
    value = MEANT.get(question) or item.proposal
    if kind == "number":
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    elif kind == "student":
        page.keyboard.press("1")
    else:
        page.keyboard.press(KEYS.get(question, "Enter"))
    wait_for_another(page, doubt)
    return doubt, value


def focus_by_tab(page: "Page", name: str) -> None:
    """Press Tab until the element with an id has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


@pytest.mark.slow
def test_a_whole_batch_is_reviewed_by_keyboard_and_the_grades_change_accordingly(
    chromium: "Browser", server: PageServer
) -> None:
    page, wrong = let_in(chromium, server, "Ada", WIDE)
    folder = server.desk.results
    before = {row["student_id"]: row["points"] for row in table(folder, "grades.csv")}
    doubts = {name: item.doubt for name, item in server.desk.batch.items.items()}
    assert len(doubts) >= 30
    first, _ = shown(page)
    page.keyboard.press("ArrowRight")
    wait_for_another(page, first)
    second, _ = shown(page)
    page.keyboard.press("ArrowLeft")
    wait_for_another(page, second)
    assert shown(page)[0] == first
    decided = dict([decide_by_keyboard(page, server)])
    if page.evaluate("document.activeElement.tagName") == "INPUT":
        page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.wait_for_selector(f'article.card[data-doubt="{first}"]')
    while shown(page)[0]:
        decided.update([decide_by_keyboard(page, server)])
    assert page.locator("article.card h2").inner_text() == NOTHING_LEFT
    assert set(decided) == set(doubts)
    focus_by_tab(page, "finish")
    page.keyboard.press("Enter")
    page.locator("#says", has_text="published").wait_for()
    page.context.close()
    assert wrong == []
    made = table(folder, "decisions.csv")
    assert {row["by"] for row in made} == {"Ada"}
    assert [row["decision"] for row in made if row["doubt"] == first][:2] == [decided[first], WITHDRAWN]
    assert {row["doubt"]: row["decision"] for row in made if row["counts"] == "yes"} == decided
    answers = {(row["file"], row["page"], row["question"]): row for row in table(folder, "answers.csv")}
    for name, value in decided.items():
        doubt = doubts[name]
        if doubt.kind == "answer":
            row = answers[doubt.file, str(doubt.page), doubt.question]
            assert value == (row["value"] or row["chosen"] or "blank")
            assert row["status"] == "decided"
    after = {row["student_id"]: row["points"] for row in table(folder, "grades.csv")}
    moved = {student for student in before.keys() & after.keys() if before[student] != after[student]}
    assert len(moved) > 5
    assert (before[SLIPPED], after[SLIPPED] != "") == ("", True)
    assert SLIP not in after
    assert table(folder, "review.csv") == []


@pytest.mark.slow
def test_a_second_browser_sees_what_the_first_one_decides(chromium: "Browser", server: PageServer) -> None:
    ada, _ = let_in(chromium, server, "Ada", WIDE)
    ben, wrong = let_in(chromium, server, "Ben", NARROW)
    doubt, _ = shown(ada)
    assert shown(ben)[0] == doubt
    ben.locator(".beside", has_text="Ada").wait_for()
    decide_by_keyboard(ada, server)
    ben.locator(".banner", has_text="by Ada").wait_for()
    assert ben.locator("#count").inner_text().startswith("1 of ")
    assert wrong == []
    for page in (ada, ben):
        page.context.close()


@pytest.mark.slow
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_every_part_fits_the_window_and_every_field_has_a_label(
    chromium: "Browser", server: PageServer, size: dict[str, int]
) -> None:
    page, wrong = let_in(chromium, server, "Ada", size)
    for part in ("walls", "students", "looks", "doubts"):
        page.click(f"[data-part={part}]")
        page.wait_for_selector(f"#{part}:not([hidden])")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], part
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll('input, select, button, img')].filter(one =>
                one.checkVisibility() && !one.labels?.length && !one.textContent.trim()
                && !one.getAttribute('aria-label') && !one.hasAttribute('alt')).length"""
        )
        assert unnamed == 0, part
    page.context.close()
    assert wrong == []


@pytest.mark.slow
def test_a_name_of_markup_is_shown_as_it_is_written(chromium: "Browser", server: PageServer) -> None:
    page, wrong = let_in(chromium, server, "<b>Ada</b>", WIDE)
    page.click("[data-part=students]")
    page.fill("#student", "onerror")
    page.wait_for_selector("#students .found button")
    assert NAMES[1] in page.locator("#students .found button").first.inner_text()
    page.locator("#students .found button").first.click()
    page.wait_for_selector("#students table")
    assert NAMES[1] in page.locator("#students h3").inner_text()
    assert page.locator("#students img").count() == 0
    page.context.close()
    assert wrong == []


@pytest.mark.slow
def test_points_are_given_to_a_student_by_keyboard(chromium: "Browser", server: PageServer) -> None:
    page, wrong = let_in(chromium, server, "Ada", NARROW)
    page.click("[data-part=students]")
    page.fill("#student", "1000")
    page.locator("#students .found button").first.click()
    button = page.get_by_role("button", name="Give points for question 4")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("1.5")
    page.keyboard.press("Tab")
    page.keyboard.type("appeal of 3 May")
    page.keyboard.press("Enter")
    page.locator("#students td", has_text="1.5 points by Ada: appeal of 3 May").wait_for()
    page.get_by_role("button", name="Give points for question 4").click()
    page.fill("#reason", "a mistake")
    page.get_by_role("button", name="Take these points back").click()
    page.locator("#says", has_text="Question 4: withdrawn").wait_for()
    assert page.locator("#students td", has_text="1.5 points by").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.context.close()
    assert wrong == []
    (standing,) = [row for row in server.desk.rows if row.value == "1.5"]
    assert (standing.by, standing.note) == ("Ada", "appeal of 3 May")


def test_the_server_refuses_other_names_and_used_links(server: PageServer) -> None:
    def ask(path: str, host: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.gate.port, timeout=20)
        connection.request("GET", path, headers={"Host": host})
        status = connection.getresponse().status
        connection.close()
        return status

    own = f"127.0.0.1:{server.gate.port}"
    path = server.link().partition(own)[2]
    assert ask(path, "evil.example") == 400
    assert ask(path, own) == 303
    assert ask(path, own) == 403
    assert ask("/", own) == 403
