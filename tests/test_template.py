"""From somebody else's PDF to a layout, and from simulated scans to answers."""

import json
import re
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from pipeline.cli import run_command
from pipeline.errors import FileFaults
from pipeline.exam import load_exam, load_layout
from pipeline.model import Kind
from pipeline.prepare import check_keys
from tests.foreign_paper import BY_NAME, MAKERS, STUDENTS, answer_all, rows, template
from tests.paper.typeset import with_reportlab
from tests.paper.typeset.content import IST, TUM, UW, PaperExam
from tests.paper.typeset.free import MM, FreePage

Output = pytest.CaptureFixture[str]


def silent_errors(truth: Path, marks: Path) -> tuple[int, int, float]:
    """Silent errors, doubts, and the share of boxes that were read; the others' pages were refused."""
    names = ("file", "page", "question", "option")
    true = {tuple(row[name] for name in names): row["state"] for row in rows(truth)}
    read = {tuple(row[name] for name in names): row["state"] for row in rows(marks)}
    assert set(read) <= set(true)
    doubts = sum(state == "doubtful" for state in read.values())
    wrong = [
        name
        for name, state in read.items()
        if state != "doubtful" and true[name] != "unknown" and (state == "marked") != (true[name] == "marked")
    ]
    return len(wrong), doubts, len(read) / len(true)


@pytest.mark.parametrize("exam", BY_NAME)
def test_the_exam_file_lacks_nothing_but_its_answers(exam: PaperExam, tmp_path: Path) -> None:
    layout = template(tmp_path, exam)
    with pytest.raises(FileFaults) as caught:
        check_keys([layout.with_suffix(".yaml")])
    assert {fault.what.split(": ")[1] for fault in caught.value.faults} == {"there is no answer"}
    (checked,) = check_keys([answer_all(layout.with_suffix(".yaml"))]).files
    boxed = [asked.id for asked in exam.questions if asked.option_ids]
    assert [question.id for question in checked.versions["A"].questions] == boxed


def test_the_exam_file_has_texts_points_and_credits_of_the_paper(tmp_path: Path) -> None:
    layout = template(tmp_path, IST)
    exam = load_exam(answer_all(layout.with_suffix(".yaml"))).versions["A"]
    first = exam.questions[0]
    assert (first.points, first.title) == (Fraction(4), "Which is the surface of a round pond?")
    assert [option.text for option in first.options][2] == "1 if r > 0, 0 otherwise."


def test_questions_without_boxes_are_offered_to_be_graded_by_a_person(tmp_path: Path) -> None:
    exam_file = answer_all(template(tmp_path, IST).with_suffix(".yaml"))
    text = exam_file.read_text("utf-8")
    assert '# - id: "8"' in text
    head, _, rest = text.partition("  # These have points and no boxes.")
    exam_file.write_text(
        head + "\n".join(re.sub("^  # ", "  ", line) for line in rest.split("\n")[1:]), "utf-8"
    )
    (checked,) = check_keys([exam_file]).files
    by_id = {question.id: question for question in checked.versions["A"].questions}
    assert [name for name, question in by_id.items() if question.kind is Kind.TEXT] == [
        "8",
        "9",
        "1.1",
        "1.2",
    ]
    assert by_id["1.2"].points == 15


def test_the_command_says_what_it_is_sure_of(tmp_path: Path, capsys: Output) -> None:
    with_reportlab.typeset(TUM, tmp_path / "exam.pdf")
    assert run_command(["template", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "t.json")]) == 0
    out = capsys.readouterr().out
    assert "look: its list from (a) to (e) is taken for text" in out
    assert "look: 8 points are printed over 1.1 to 1.4 together: write those of each, such as 2" in out
    assert "37 boxes of 10 questions on 3 pages, 2 to look at" in out
    assert "    # look: 8 points are printed over 1.1 to 1.4" in (tmp_path / "t.yaml").read_text("utf-8")


def test_json_lists_what_is_sure_and_what_was_set_aside(tmp_path: Path, capsys: Output) -> None:
    with_reportlab.typeset(TUM, tmp_path / "exam.pdf")
    arguments = ["template", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "t.json"), "--json"]
    assert run_command(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["boxes"] == 37
    assert "1.2" in told["sure"]
    assert "1.3" not in told["sure"]
    assert {one["why"] for one in told["set_aside"]} == {"it is a cell of a table"}


def test_pictures_show_each_box_where_it_is(tmp_path: Path) -> None:
    layout = load_layout(template(tmp_path, UW))
    picture = cv2.imread(str(tmp_path / "ponds.pages" / "boxes-1.png"))
    assert picture is not None
    scale = picture.shape[1] / layout.pages[0].width
    colored = np.ptp(picture.astype(int), axis=2) > 60
    for box in layout.pages[0].boxes:
        x, y = round(box.x * scale), round((box.y + box.h / 2) * scale)
        assert colored[y, x - 2 : x + 3].any()


def test_a_corrected_layout_is_shown_again(tmp_path: Path) -> None:
    path = template(tmp_path, UW)
    before = (tmp_path / "ponds.pages" / "boxes-2.png").read_bytes()
    path.write_text(path.read_text("utf-8").replace('"question": "2.1"', '"question": "9.9"'), "utf-8")
    path.write_text(path.read_text("utf-8").replace('"2.1": {', '"9.9": {'), "utf-8")
    assert run_command(["template", "show", str(path), "-q"]) == 0
    by_reference = (tmp_path / "ponds.pages" / "boxes-2.png").read_bytes()
    assert by_reference != before
    assert run_command(["template", "show", str(path), str(tmp_path / "exam.pdf"), "-q"]) == 0
    assert (tmp_path / "ponds.pages" / "boxes-2.png").read_bytes() == by_reference


def correct(path: Path, old: str, new: str) -> int:
    """Replace a text that stands in a layout; gives the line of its first place."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def test_a_layout_has_a_line_for_each_box_so_that_a_person_can_correct_it(tmp_path: Path) -> None:
    path = template(tmp_path, UW)
    layout = load_layout(path)
    lines = [line for line in path.read_text("utf-8").splitlines() if '"shape"' in line]
    boxes = [box for page in layout.pages for box in page.boxes]
    assert [(json.loads(line.strip(" ,"))["question"]) for line in lines] == [box.question for box in boxes]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"question": "1.2", "option": "F"', '"question": "1.2", "option": "T"', "has two boxes for T"),
        ('"question": "1.2", "option": "F", "sh', '"question": "1.2" "option": "F", "sh', "not JSON"),
        ('"1.2", "option": "F", "shape": "circle"', '"1.2", "option": "F", "shape": "ring"',
         "'ring' is not one of square, circle"),
        ('"question": "1.2", "option": "F"', '"qestion": "1.2", "option": "F"', "did you mean question?"),
    ],
)  # fmt: skip
def test_a_fault_of_a_corrected_layout_is_named_with_its_line(
    old: str, new: str, said: str, tmp_path: Path, capsys: Output
) -> None:
    path = template(tmp_path, UW)
    line = correct(path, old, new)
    for command in (["template", "show", str(path)], ["key", "check", str(path.with_suffix(".yaml"))]):
        answer_all(path.with_suffix(".yaml"))
        capsys.readouterr()
        assert run_command(command) == 2
        told = capsys.readouterr().err
        assert f"ponds.json:{line}:" in told
        assert said in told


def test_a_box_that_was_renamed_by_mistake_is_told_before_anything_is_graded(
    tmp_path: Path, capsys: Output
) -> None:
    path = template(tmp_path, UW)
    exam_file = answer_all(path.with_suffix(".yaml"))
    correct(path, '"question": "2.1", "option": "B"', '"question": "2.11", "option": "B"')
    capsys.readouterr()
    assert run_command(["template", "show", str(path)]) == 0
    shown = capsys.readouterr()
    assert re.search(r"^ +2  2\.1 +choice +A C$", shown.out, re.MULTILINE)
    assert re.search(r"^ +2  2\.11 +choices +B$", shown.out, re.MULTILINE)
    assert run_command(["key", "check", str(exam_file)]) == 2
    checked = capsys.readouterr()
    (tmp_path / "scan.png").write_bytes((tmp_path / "ponds.pages" / "blank-2.png").read_bytes())
    grade = ["grade", str(tmp_path / "scan.png"), "--keys", str(exam_file), "-o", str(tmp_path / "results")]
    assert run_command(grade) == 2
    for told in (shown.err, checked.err, capsys.readouterr().err):
        assert "question 2.1 has no box for B in" in told


def test_codes_that_the_paper_prints_are_told_with_their_place(tmp_path: Path, capsys: Output) -> None:
    page = FreePage(tmp_path / "exam.pdf")
    page.text(20, 43, "3. Which of these?").square(30, 50).square(40, 50).text(35, 53, "a").text(45, 53, "b")
    page.text(20, 63, "4. Which of these?").square(30, 70).square(40, 70).text(35, 73, "a").text(45, 73, "b")
    barcode = zxingcpp.create_barcode("cit-pond-1-E0743-1", zxingcpp.BarcodeFormat.QRCode)
    symbol = np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=8, add_quiet_zones=False))
    cv2.imwrite(str(tmp_path / "code.png"), symbol)
    side = 15 * MM
    page.canvas.drawImage(str(tmp_path / "code.png"), 170 * MM, 20 * MM, side, side)
    page.canvas.save()
    assert run_command(["template", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "t.json"), "-q"]) == 0
    told = capsys.readouterr().err
    assert "page 1 has a code of its own, such as 'cit-pond-1-E0743-1'" in told
    place = json.loads("{" + told.partition("at {")[2].partition("}")[0] + "}")
    assert place.pop("type") == "qr"
    wanted = {"x": 170.0, "y": 297.0 - 35.0, "w": 15.0, "h": 15.0}
    assert place == pytest.approx(wanted, abs=0.6)


def test_what_a_person_corrected_is_not_replaced(tmp_path: Path, capsys: Output) -> None:
    path = template(tmp_path, UW)
    path.unlink()
    arguments = ["template", str(tmp_path / "exam.pdf"), "-o", str(path)]
    assert run_command(arguments) == 2
    assert "ponds.yaml is there already" in capsys.readouterr().err
    assert run_command([*arguments, "--force", "-q"]) == 0


@pytest.mark.parametrize("exam", BY_NAME)
@pytest.mark.parametrize("maker", MAKERS)
def test_simulated_scans_are_read_rightly_through_the_layout(
    maker: object, exam: PaperExam, tmp_path: Path
) -> None:
    layout = template(tmp_path, exam, maker)
    exam_file = answer_all(layout.with_suffix(".yaml"))
    sim = tmp_path / "sim"
    arguments = ["simulate", str(exam_file), "-o", str(sim), "--students", str(STUDENTS), "--seed", "3", "-q"]
    assert run_command(arguments) == 0
    results = tmp_path / "results"
    done = run_command(
        ["read", str(sim / "scans"), "--layout", str(layout), "-o", str(results), "-j", "1", "-q"]
    )
    assert done in (0, 3, 4)
    ledger = rows(results / "pages.csv")
    assert {row["outcome"] for row in ledger if row["sheet"] != "1"} <= {"read", "unreadable"}
    wrong, doubts, share = silent_errors(sim / "truth" / "marks.csv", results / "marks.csv")
    assert wrong == 0
    assert share > 0.95
    assert doubts <= 0.05 * len(rows(results / "marks.csv"))
