"""Numbers, students, walls and the second look on the review page."""

import pytest

from pipeline.cli import run_command
from tests.review.quiz import SLIPPED, Browser, Review, doubt_of, table


def test_credits_and_numbers_are_typed(review: Review, ada: Browser) -> None:
    credits = doubt_of(ada, "credits")
    number = doubt_of(ada, "answer", "5")
    assert (credits["input"], number["input"]) == ("number", "number")
    assert ada.decide(credits["id"], "3").status_code == 409
    assert ada.decide(credits["id"], "2").status_code == 200
    assert ada.decide(number["id"], "120").status_code == 200
    ada.post("/api/publish")
    answers = {(row["student_id"], row["question"]): row for row in table(review.desk.results, "answers.csv")}
    assert answers[number["student"], "5"]["points"] == "2"


def test_a_sheet_of_nobody_is_given_to_the_student_whom_the_roster_proposes(
    review: Review, ada: Browser
) -> None:
    absent = {row["student_id"]: row["status"] for row in table(review.desk.results, "grades.csv")}
    assert absent[SLIPPED] == "absent"
    shown = doubt_of(ada, "student")
    label = shown["options"][0]["value"]
    assert shown["proposal"] == label
    student_id = label.partition(" (")[0]
    assert student_id == SLIPPED
    assert ada.decide(shown["id"], label).status_code == 200
    ada.post("/api/publish")
    (row,) = [one for one in table(review.desk.results, "grades.csv") if one["student_id"] == student_id]
    assert row["status"] != "absent"
    assert row["points"]


def test_a_student_is_found_by_id_and_by_name(ada: Browser) -> None:
    assert ada.get("/api/students", q="1037").get_json() == [
        {"id": "1037", "name": '"><img src=x onerror=alert(1)>'}
    ]
    assert {one["name"] for one in ada.get("/api/students", q="ada &").get_json()} == {"Ada & Co"}
    assert ada.get("/api/students", q=" ").get_json() == []


def test_a_wall_is_confirmed_together_and_undone_together(review: Review, ada: Browser) -> None:
    wall = ada.get("/api/state").get_json()["walls"][0]
    items = ada.get("/api/wall", key=wall["key"]).get_json()["items"]
    assert len(items) == wall["open"] >= 3
    assert {one["proposal"] for one in items} == {wall["proposal"]}
    left_out, *confirmed = [one["id"] for one in items]
    rest = ada.get("/api/wall", key=wall["key"], without=left_out).get_json()["items"]
    assert [one["id"] for one in rest] == confirmed
    wishes = [{"doubt": name, "value": wall["proposal"], "note": "", "seen": ""} for name in confirmed]
    assert len(ada.post("/api/decide", {"decisions": wishes}).get_json()["stored"]) == len(confirmed)
    still = ada.get("/api/wall", key=wall["key"]).get_json()["items"]
    assert [one["id"] for one in still] == [left_out]
    assert len(ada.post("/api/undo").get_json()["stored"]) == len(confirmed)
    assert review.desk.listed("decided") == []


def test_an_answer_that_was_clear_is_changed_with_a_reason_only(review: Review, ada: Browser) -> None:
    folder = review.desk.results
    clear = next(
        row
        for row in table(folder, "answers.csv")
        if (row["question"], row["status"], row["chosen"]) == ("1", "final", "B")
    )
    (paper,) = ada.get("/api/student", id=clear["student_id"]).get_json()
    answer = next(one for one in paper["answers"] if one["question"] == "1")
    assert (answer["chosen"], answer["points"]) == ("B", "1")
    assert ada.get("/picture", id=answer["doubt"], view="boxes").mimetype == "image/jpeg"
    refused = ada.decide(answer["doubt"], "C")
    assert refused.status_code == 409
    assert "write the reason" in refused.get_json()["error"]
    assert ada.decide(answer["doubt"], "C", note="appeal of 3 May: the cross is at C").status_code == 200
    ada.post("/api/publish")
    (row,) = [
        one
        for one in table(folder, "answers.csv")
        if (one["student_id"], one["question"]) == (clear["student_id"], "1")
    ]
    assert (row["chosen"], row["points"], row["status"]) == ("C", "0", "decided")
    (decision,) = table(folder, "decisions.csv")
    assert decision["note"] == "appeal of 3 May: the cross is at C"


def test_a_student_is_given_points_with_a_reason_and_they_can_be_taken_back(
    review: Review, ada: Browser
) -> None:
    folder = review.desk.results
    wrong = next(
        row
        for row in table(folder, "answers.csv")
        if (row["question"], row["status"], row["points"]) == ("4", "final", "0")
    )
    student = wrong["student_id"]

    def shown() -> dict[str, str]:
        (paper,) = ada.get("/api/student", id=student).get_json()
        return next(one for one in paper["answers"] if one["question"] == "4")

    def earned() -> tuple[str, str, str]:
        ada.post("/api/publish")
        row = next(
            one
            for one in table(folder, "answers.csv")
            if (one["student_id"], one["question"]) == (student, "4")
        )
        return row["points"], row["status"], row["reason"]

    name = shown()["points_doubt"]
    for value, note, said in (
        ("1.5", "", "write the reason"),
        ("2.5", "appeal", "no more"),
        ("many", "appeal", "no number"),
    ):
        refused = ada.decide(name, value, note=note)
        assert refused.status_code == 409
        assert said in refused.get_json()["error"]
    assert ada.decide(name, "1.5", note="appeal of 3 May: half of it is right").status_code == 200
    assert earned() == ("1.5", "decided", "points given by a person")
    assert "points given by a person" in {row["reason"] for row in table(folder, "changes.csv")}
    (decision,) = table(folder, "decisions.csv")
    assert decision["note"] == "appeal of 3 May: half of it is right"
    assert run_command(["verify", str(folder), "-q"]) == 0
    assert ada.decide(name, "withdrawn", seen="1.5", note="a mistake").status_code == 200
    assert earned() == ("0", "final", wrong["reason"])


def test_points_that_were_given_outlive_a_purge(review: Review, ada: Browser) -> None:
    folder = review.desk.results
    student = table(folder, "answers.csv")[0]["student_id"]
    (paper,) = ada.get("/api/student", id=student).get_json()
    answer = next(one for one in paper["answers"] if one["question"] == "1")
    assert ada.decide(answer["points_doubt"], "1/3", note="appeal").status_code == 200
    ada.post("/api/publish")
    assert run_command(["purge", str(folder), "--level", "names", "--yes", "-q"]) == 0
    (row,) = [
        one for one in table(folder, "answers.csv") if (one["student_id"], one["question"]) == (student, "1")
    ]
    assert (row["points"], row["status"]) == ("1/3", "decided")
    assert run_command(["verify", str(folder), "-q"]) == 0


def test_a_second_look_is_drawn_decided_and_counted(
    review: Review, ada: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ada.get("/api/looks").get_json() == []
    looks = ada.post("/api/draw", {"count": 12}).get_json()
    assert len(looks) == 12
    assert {one["reading"] for one in looks} == {"marked", "empty"}
    assert ada.get("/picture", id=looks[0]["id"], view="boxes").mimetype == "image/jpeg"
    for one in looks:
        assert ada.decide(one["id"], one["reading"]).status_code == 200
    assert all(one["seen"] == one["reading"] for one in ada.get("/api/looks").get_json())
    ada.post("/api/publish")
    capsys.readouterr()
    run_command(["status", str(review.desk.results)])
    assert "12 marks confirmed, 0 misread" in capsys.readouterr().out


def test_a_look_that_is_undone_counts_no_more(
    review: Review, ada: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = ada.post("/api/draw", {"count": 4}).get_json()
    for one in looks:
        ada.decide(one["id"], one["reading"])
    ada.post("/api/undo")
    ada.post("/api/publish")
    capsys.readouterr()
    run_command(["status", str(review.desk.results)])
    shown = capsys.readouterr().out
    assert "3 marks confirmed, 0 misread" in shown
    assert "1 of 4 marks wait" in shown
