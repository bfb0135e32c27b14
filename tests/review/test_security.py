"""Who is let into the review page, and who is not."""

import re
from collections.abc import Callable

import pytest

from pipeline.review.page.security import HEADERS, SESSION_SECONDS, TOKEN_SECONDS, Gate
from tests.review.quiz import PAGE, PORT, Browser, Review

ADDRESSES = ("/", "/api/state", "/api/queue", "/api/looks", "/picture?id=x&view=sheet")


def token(link: str) -> str:
    return link.partition("?token=")[2]


def test_a_link_lets_one_browser_in_once() -> None:
    gate = Gate(PORT)
    link = gate.link("Ada")
    assert link.startswith(f"{PAGE}/enter?token=")
    name = gate.enter(token(link))
    assert name is not None
    reviewer = gate.reviewer(name)
    assert reviewer is not None
    assert reviewer.by == "Ada"
    assert gate.enter(token(link)) is None


@pytest.mark.parametrize(("seconds", "is_let_in"), [(TOKEN_SECONDS - 1, True), (TOKEN_SECONDS, False)])
def test_a_link_works_for_ten_minutes(seconds: float, is_let_in: bool) -> None:
    now = [1000.0]
    gate = Gate(PORT, clock=lambda: now[0])
    link = gate.link()
    now[0] += seconds
    assert (gate.enter(token(link)) is not None) == is_let_in


def test_a_session_ends_when_nobody_was_there_for_half_a_day() -> None:
    now = [1000.0]
    gate = Gate(PORT, clock=lambda: now[0])
    name = gate.enter(token(gate.link()))
    assert name is not None
    now[0] += SESSION_SECONDS - 1
    assert gate.reviewer(name) is not None
    now[0] += SESSION_SECONDS + 1
    assert gate.reviewer(name) is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_browser_without_a_session_sees_nothing(review: Review, address: str) -> None:
    refused = review.stranger().get(address)
    assert refused.status_code == 403
    assert "quiz" not in refused.text
    assert "1037" not in refused.text


def test_a_used_link_and_a_made_up_one_are_refused(review: Review) -> None:
    address = review.gate.link().removeprefix(PAGE)
    assert review.stranger().get(address).status_code == 303
    for wrong in (address, "/enter?token=made-up", "/enter"):
        refused = review.stranger().get(wrong)
        assert refused.status_code == 403
        assert "Start scangrade review again" in refused.text
        assert "Set-Cookie" not in refused.headers


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", ""]
)
def test_a_request_to_another_name_is_refused_even_with_the_cookie(ada: Browser, host: str) -> None:
    for address in (*ADDRESSES, "/enter?token=x", "/static/review.css"):
        refused = ada.client.get(address, base_url=PAGE, headers={"Host": host})
        assert refused.status_code == 400, address


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", f"https://127.0.0.1:{PORT}", "http://127.0.0.1:1"]
)
def test_a_change_that_another_site_asks_for_is_refused(review: Review, ada: Browser, origin: str) -> None:
    line = ada.lines()[0]
    wish = {"doubt": line["id"], "value": "blank", "note": "", "seen": ""}
    for address in ("/api/decide", "/api/publish", "/api/finish", "/api/undo", "/api/invite", "/api/name"):
        assert ada.post(address, {"decisions": [wish], "by": "Eve"}, origin=origin).status_code == 403
    assert review.desk.rows == []
    assert review.finished == []


def test_a_form_of_another_site_cannot_decide(review: Review, ada: Browser) -> None:
    sent = ada.client.post("/api/publish", base_url=PAGE, data={"a": "b"}, headers={"Origin": PAGE})
    assert sent.status_code == 415
    assert review.desk.report is None


def test_every_answer_forbids_scripts_from_elsewhere_and_copies_on_the_disk(
    review: Review, ada: Browser
) -> None:
    name = review.desk.batch.order[0]
    pages = [
        ada.get("/"),
        ada.get("/api/state"),
        ada.get("/picture", id=name, view="sheet"),
        ada.get("/static/main.js"),
    ]
    for answer in [*pages, review.stranger().get("/"), ada.get("/nowhere")]:
        for header, value in HEADERS.items():
            assert answer.headers[header] == value
    policy = pages[0].headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_page_holds_no_script_and_no_style_of_its_own_and_names_no_other_server(ada: Browser) -> None:
    text = ada.get("/").text
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=", text) == []
    sources = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert sources
    assert all(source.startswith(("/static/", "#")) for source in sources)


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(review: Review) -> None:
    entered = review.stranger().get(review.gate.link().removeprefix(PAGE))
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith(f"scangrade-{PORT}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_failure_is_told_without_its_inner_workings(
    review: Review, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Callable[[], None]:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(review.desk, "listed", fail)
    failed = ada.get("/api/queue")
    assert failed.status_code == 500
    assert "secret detail" not in failed.text
    assert "What was decided is stored" in failed.get_json()["error"]
