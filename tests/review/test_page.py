"""What a reviewer gets from the page: doubts in order, decisions that are stored, grades that change."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.cli import run_command
from pipeline.model import WITHDRAWN
from pipeline.store import Store
from tests.review.quiz import Browser, Review, doubt_of, table

ORDER = ["pass", "grade", "points", "nothing"]


def test_doubts_come_in_the_order_of_what_they_can_change(review: Review, ada: Browser) -> None:
    lines = ada.lines()
    stakes = [ORDER.index(line["stakes"]) for line in lines]
    assert len(lines) == len(table(review.desk.results, "review.csv"))
    assert stakes == sorted(stakes)
    assert len(set(stakes)) >= 3
    points = [review.desk.batch.items[line["id"]].ranked.impact for line in lines]
    for stake in set(stakes):
        of_this = [impact for impact, one in zip(points, stakes, strict=True) if one == stake]
        assert of_this == sorted(of_this, reverse=True)


def test_the_queue_comes_in_pages(ada: Browser) -> None:
    everything = [line["id"] for line in ada.lines()]
    first = ada.get("/api/queue", limit=10).get_json()
    assert first["total"] == len(everything)
    second = ada.get("/api/queue", limit=10, after=first["lines"][-1]["id"]).get_json()
    assert [line["id"] for line in (*first["lines"], *second["lines"])] == everything[:20]


def test_fifty_thousand_doubts_come_in_pages_like_thirty(review: Review, ada: Browser) -> None:
    batch = review.desk.batch
    some = list(batch.items.values())
    many = {}
    for place in range(50_000):
        item = some[place * len(some) // 50_000]
        doubt = replace(item.doubt, id=f"{item.doubt.id}-{place}")
        many[doubt.id] = replace(item, ranked=replace(item.ranked, doubt=doubt))
    review.desk.batch = replace(batch, items=many)
    state = ada.get("/api/state").get_json()
    assert (state["total"], state["decided"]) == (50_000, 0)
    names = list(many)
    deep = ada.get("/api/queue", limit=50_000, after=names[40_000]).get_json()
    assert [line["id"] for line in deep["lines"]] == names[40_001:40_201]
    wall = state["walls"][0]
    assert wall["open"] > 100
    assert len(ada.get("/api/wall", key=wall["key"]).get_json()["items"]) == 24


def test_a_doubt_is_shown_with_its_likeliest_reading_and_without_the_right_answer(ada: Browser) -> None:
    shown = doubt_of(ada, "answer", "4", "A")
    assert [option["value"] for option in shown["options"]] == ["A", "B", "C", "D"]
    assert [option["key"] for option in shown["options"]] == ["1", "2", "3", "4"]
    assert shown["views"] == ["boxes", "row", "sheet"]
    assert not {"answer", "correct", "right"} & set(shown)


@pytest.mark.parametrize("view", ["boxes", "row", "sheet"])
def test_a_doubt_is_shown_as_it_is_on_the_paper(ada: Browser, view: str) -> None:
    shown = doubt_of(ada, "answer", "4")
    answer = ada.get("/picture", id=shown["id"], view=view)
    assert answer.mimetype == "image/jpeg"
    picture = cv2.imdecode(np.frombuffer(answer.data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    height, width = picture.shape[:2]
    assert (height > width) == (view == "sheet")
    assert picture.min() < 100
    assert picture.max() > 200
    blue = (picture[..., 0].astype(int) - picture[..., 2]).max()
    assert blue > 80  # the frame around what it is about


def test_pictures_leave_nothing_in_the_folder(review: Review, ada: Browser) -> None:
    before = {path: path.stat().st_size for path in review.desk.results.rglob("*")}
    for line in ada.lines()[:4]:
        for view in ("boxes", "row", "sheet"):
            assert ada.get("/picture", id=line["id"], view=view).status_code == 200
    assert {path: path.stat().st_size for path in review.desk.results.rglob("*")} == before


def test_a_scan_that_is_gone_is_told_in_words(review: Review, ada: Browser) -> None:
    name = ada.lines()[0]["id"]
    source = review.desk.batch.items[name].source
    assert source is not None
    scan = Path(source.path)
    away = scan.rename(scan.with_suffix(".away"))
    try:
        answer = ada.get("/picture", id=name, view="sheet")
    finally:
        away.rename(scan)
    assert answer.status_code == 404
    assert "cannot be read" in answer.get_json()["error"]


def test_a_decision_is_stored_at_once_with_who_and_when(review: Review, ada: Browser) -> None:
    shown = doubt_of(ada, "answer", "4", "A")
    assert ada.decide(shown["id"], "A", note="clear to me").get_json()["conflicts"] == []
    with Store.open(review.desk.results, write=False) as store:
        (decision,) = store.decisions()
    assert (decision.doubt, decision.value, decision.by) == (shown["id"], "A", "Ada")
    assert decision.note == "clear to me"
    assert decision.at.endswith("Z")
    assert shown["id"] not in {line["id"] for line in ada.lines()}
    assert [line["id"] for line in ada.lines(show="decided")] == [shown["id"]]
    state = ada.get("/api/state").get_json()
    assert (state["decided"], state["unpublished"]) == (1, 1)


def test_grades_change_when_they_are_published(review: Review, ada: Browser) -> None:
    folder = review.desk.results
    shown = doubt_of(ada, "answer", "4", "A")
    student = shown["student"]
    before = {row["student_id"]: row for row in table(folder, "grades.csv")}
    ada.decide(shown["id"], "A")
    assert {row["student_id"]: row for row in table(folder, "grades.csv")} == before
    published = ada.post("/api/publish").get_json()
    assert published["doubts"] == len(table(folder, "review.csv"))
    after = {row["student_id"]: row for row in table(folder, "grades.csv")}
    assert float(after[student]["points"]) == float(before[student]["points"]) + 2
    (answer,) = [
        row for row in table(folder, "answers.csv") if (row["student_id"], row["question"]) == (student, "4")
    ]
    assert (answer["chosen"], answer["status"]) == ("A", "decided")
    state = ada.get("/api/state").get_json()
    assert (state["decided"], state["unpublished"], state["load"]) == (0, 0, 1)


def test_the_page_and_a_table_of_decisions_come_to_the_same(
    review: Review, ada: Browser, tmp_path: Path
) -> None:
    """What is decided by keys is what ``--decisions`` would have stored."""
    shown = doubt_of(ada, "answer", "4", "A")
    ada.decide(shown["id"], "A")
    filled = tmp_path / "filled.csv"
    filled.write_text(f"doubt,decision\n{shown['id']},A\n", "utf-8")
    arguments = ["review", str(review.desk.results), "--decisions", str(filled), "--by", "Ada", "-q"]
    assert run_command(arguments) in (3, 4)
    with Store.open(review.desk.results, write=False) as store:
        assert len(store.decisions()) == 1
    assert ada.get("/api/state").get_json()["unpublished"] == 0


def test_undo_opens_a_doubt_again_and_stays_on_record(review: Review, ada: Browser) -> None:
    queue = ada.lines()
    shown = doubt_of(ada, "answer", "4", "A")
    ada.decide(shown["id"], "B")
    undone = ada.post("/api/undo").get_json()["stored"]
    assert [(one["doubt"], one["value"]) for one in undone] == [(shown["id"], WITHDRAWN)]
    assert ada.lines() == queue
    ada.post("/api/publish")
    assert ada.lines() == queue
    counts = [(row["decision"], row["counts"]) for row in table(review.desk.results, "decisions.csv")]
    assert counts == [("B", "no"), (WITHDRAWN, "no")]
    nothing = ada.post("/api/undo")
    assert nothing.status_code == 409
    assert "nothing to undo" in nothing.get_json()["error"]


def test_undo_goes_back_to_the_decision_before(review: Review, ada: Browser) -> None:
    name = doubt_of(ada, "answer", "4", "A")["id"]
    ada.decide(name, "A")
    ada.decide(name, "C", seen="A")
    ada.post("/api/undo")
    standing = review.desk.standing(name)
    assert standing is not None
    assert standing.value == "A"
    ada.post("/api/undo")
    assert review.desk.standing(name) is None


def test_a_withdrawn_decision_passes_every_check_of_the_folder(review: Review, ada: Browser) -> None:
    ada.decide(doubt_of(ada, "answer", "4", "A")["id"], "A")
    ada.post("/api/undo")
    ada.post("/api/publish")
    assert run_command(["verify", str(review.desk.results), "-q"]) == 0


def test_two_reviewers_see_each_others_decisions(review: Review, ada: Browser) -> None:
    ben = review.browser("Ben")
    since = ben.get("/api/state").get_json()["rows"]
    shown = doubt_of(ada, "answer", "4", "A")
    ada.get("/api/state", at=shown["id"])
    ada.decide(shown["id"], "A")
    state = ben.get("/api/state", since=since).get_json()
    assert [(one["doubt"], one["value"], one["by"]) for one in state["news"]] == [(shown["id"], "A", "Ada")]
    assert {"by": "Ada", "at": shown["id"]} in state["others"]
    assert shown["id"] not in {line["id"] for line in ben.lines()}


def test_nobody_is_overruled_unseen(review: Review, ada: Browser) -> None:
    ben = review.browser("Ben")
    name = doubt_of(ada, "answer", "4", "A")["id"]
    ada.decide(name, "A")
    overtaken = ben.decide(name, "B").get_json()
    assert overtaken["stored"] == []
    assert [(one["value"], one["by"]) for one in overtaken["conflicts"]] == [("A", "Ada")]
    assert len(ben.decide(name, "B", seen="A").get_json()["stored"]) == 1
    assert ada.post("/api/undo").status_code == 409
    standing = review.desk.standing(name)
    assert standing is not None
    assert (standing.value, standing.by) == ("B", "Ben")


def test_a_decision_of_another_process_is_seen(review: Review, ada: Browser) -> None:
    name = doubt_of(ada, "answer", "4", "A")["id"]
    elsewhere = Review(review.desk.results).browser("Cleo")
    elsewhere.decide(name, "D")
    assert (
        name not in {line["id"] for line in ada.lines()} or ada.get("/api/state").get_json()["decided"] == 1
    )
    overtaken = ada.decide(name, "A").get_json()
    assert [one["by"] for one in overtaken["conflicts"]] == ["Cleo"]


def test_an_invitation_lets_a_second_browser_in_and_asks_its_name(review: Review, ada: Browser) -> None:
    link = ada.post("/api/invite").get_json()["link"]
    second = review.stranger()
    assert second.get(link.partition(":5000")[2]).status_code == 303
    name = doubt_of(ada, "answer", "4", "A")["id"]
    nameless = second.decide(name, "A")
    assert nameless.status_code == 409
    assert "need a name" in nameless.get_json()["error"]
    assert second.post("/api/name", {"by": "  Dora \n D. "}).get_json() == {"by": "Dora D."}
    assert second.decide(name, "A").get_json()["stored"][0]["by"] == "Dora D."


@pytest.mark.parametrize("value", ["E", "", "12", "A|E"])
def test_a_decision_that_does_not_fit_stores_nothing(review: Review, ada: Browser, value: str) -> None:
    refused = ada.decide(doubt_of(ada, "answer", "4", "A")["id"], value)
    assert refused.status_code == 409
    assert refused.get_json()["error"]
    assert review.desk.rows == []


@pytest.mark.parametrize("name", ["answer-000000000000-1-4", "nonsense", "", "look-000000000000-1-4:A"])
def test_a_decision_on_nothing_is_refused(review: Review, ada: Browser, name: str) -> None:
    assert ada.decide(name, "A", note="why not").status_code == 409
    assert review.desk.rows == []


@pytest.mark.parametrize(
    "body", [{}, {"decisions": []}, {"decisions": "A"}, {"decisions": [{"doubt": 1}]}, [1]]
)
def test_what_the_page_never_sends_is_refused(review: Review, ada: Browser, body: object) -> None:
    assert ada.post("/api/decide", body).status_code == 409
    assert review.desk.rows == []


def test_names_are_sent_as_text_and_never_as_markup(ada: Browser) -> None:
    page = ada.get("/").text
    for answer in (
        ada.get("/api/queue"),
        ada.get("/api/students", q="10"),
        ada.get("/api/student", id="1037"),
    ):
        assert answer.mimetype == "application/json"
    assert "onerror" not in page
    script = "".join(
        ada.get(f"/static/{name}.js").text
        for name in ("api", "main", "doubts", "inputs", "walls", "students", "looks")
    )
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script


def test_a_folder_with_a_name_of_markup_is_shown_as_it_is_called(results: Path, tmp_path: Path) -> None:
    odd = results.rename(tmp_path / "<i>results&")
    assert "&lt;i&gt;results&amp;" in Review(odd).browser().get("/").text


def test_a_run_in_the_same_folder_is_told_and_nothing_is_lost(
    review: Review, ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.review.page.desk.WAIT_SECONDS", 0.0)
    name = doubt_of(ada, "answer", "4", "A")["id"]
    with Store.open(review.desk.results):
        refused = ada.decide(name, "A")
    assert refused.status_code == 503
    assert "in use by" in refused.get_json()["error"]
    assert ada.decide(name, "A").status_code == 200


def test_finish_publishes_and_ends_the_page(review: Review, ada: Browser) -> None:
    ada.decide(doubt_of(ada, "answer", "4", "A")["id"], "A")
    assert ada.post("/api/finish").get_json() == {"finished": True}
    assert review.finished == [True]
    assert review.desk.unpublished == 0


def test_a_folder_that_was_never_graded_is_told_before_a_page_is_served(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["review", str(tmp_path / "none"), "--no-browser"]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_damaged_database_is_no_traceback(review: Review, ada: Browser) -> None:
    path = review.desk.results / "run.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE decisions")
    connection.commit()
    connection.close()
    failed = ada.get("/api/state")
    assert failed.status_code == 503
    assert "run.sqlite" in failed.get_json()["error"]


def test_a_decision_is_taken_back_in_a_table_as_well(review: Review, ada: Browser, tmp_path: Path) -> None:
    queue = ada.lines()
    shown = doubt_of(ada, "answer", "4", "A")
    ada.decide(shown["id"], "A")
    taken_back = tmp_path / "back.csv"
    taken_back.write_text(f"doubt,decision\n{shown['id']},{WITHDRAWN}\n", "utf-8")
    arguments = ["review", str(review.desk.results), "--decisions", str(taken_back), "--by", "Ben", "-q"]
    assert run_command(arguments) in (3, 4)
    assert Review(review.desk.results).browser().lines() == queue
