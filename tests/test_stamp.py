"""Copies of somebody else's exam with our marks and codes, from the printer to the grades."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray

from pipeline.cli import run_command
from pipeline.exam import load_exam, load_layout
from pipeline.model import Exam
from pipeline.paper.simulate import (
    PdfPages,
    RightAnswer,
    SimulatedPage,
    SimulatedStudent,
    SimulationSettings,
    simulate_booklets,
    write_pdf_jpeg,
)
from tests.foreign_paper import BY_NAME, MAKERS, STUDENTS, answer_all, rows, template
from tests.paper.typeset import changed, with_reportlab
from tests.paper.typeset.content import TUM, UW, PaperExam
from tests.paper.typeset.free import FreePage

Output = pytest.CaptureFixture[str]


def roster(folder: Path) -> Path:
    path = folder / "roster.csv"
    path.write_text("student_id,name\n0007,王小明\n0008,Łucja\n0009,Anna Lee\n", "utf-8")
    return path


def scan_stamped(pdf: Path, layout_file: Path, exam: Exam, folder: Path) -> list[SimulatedPage]:
    """Fill in and scan the copies of a stamped PDF; writes ``scans.pdf``."""
    layout = load_layout(layout_file)
    students = [
        SimulatedStudent(student_id=f"000{6 + serial}", name="", serial=serial)
        for serial in range(1, STUDENTS + 1)
    ]
    keys = [(student.serial, page.sheet) for student in students for page in layout.pages]
    images = PdfPages(pdf, {key: place for place, key in enumerate(keys)})
    right = {question.id: RightAnswer(chosen=("A",)) for question in exam.questions if question.options}
    settings = SimulationSettings(seed=11, changes=0.0, handwriting=False)
    pages = list(simulate_booklets(exam, layout, images, students, right, settings))
    images.close()
    folder.mkdir()
    write_pdf_jpeg(iter(pages), folder / "scans.pdf")
    return pages


@pytest.mark.parametrize("exam", BY_NAME)
@pytest.mark.parametrize("maker", MAKERS)
def test_stamped_copies_are_graded_by_their_codes_like_our_own_sheets(
    maker: object, exam: PaperExam, tmp_path: Path
) -> None:
    layout = template(tmp_path, exam, maker)
    exam_file = answer_all(layout.with_suffix(".yaml"))
    pdf = tmp_path / "print" / "stamped.pdf"
    arguments = ["stamp", str(tmp_path / "exam.pdf"), "--layout", str(layout), "-o", str(pdf)]
    assert run_command([*arguments, "--roster", str(roster(tmp_path)), "-q"]) == 0
    version = load_exam(exam_file).versions["A"]
    pages = scan_stamped(pdf, pdf.with_suffix(".layout.json"), version, tmp_path / "scans")
    results = tmp_path / "results"
    graded = ["grade", str(tmp_path / "scans"), "--keys", str(exam_file), "-o", str(results), "-j", "1", "-q"]
    assert run_command([*graded, "--roster", str(tmp_path / "roster.csv"), "--marks"]) in (0, 3)
    ledger = rows(results / "pages.csv")
    assert {row["outcome"] for row in ledger} == {"read"}
    assert [(row["serial"], row["sheet"]) for row in ledger] == [(str(p.serial), str(p.sheet)) for p in pages]
    assert {row["serial"]: row["student_id"] for row in ledger} == {"1": "0007", "2": "0008", "3": "0009"}
    true = {
        (str(number), *name): plan.state
        for number, page in enumerate(pages, 1)
        for name, plan in zip(page.boxes, page.plans, strict=True)
    }
    read = {
        (row["page"], row["question"], row["option"]): row["state"] for row in rows(results / "marks.csv")
    }
    assert set(read) == set(true)
    silent = [n for n in read if read[n] != "doubtful" and (read[n] == "marked") != (true[n] == "marked")]
    assert silent == []


def test_the_content_of_the_original_stays_byte_for_byte(tmp_path: Path) -> None:
    with_reportlab.typeset(TUM, tmp_path / "exam.pdf")
    arguments = ["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "out.pdf"), "--copies", "2", "-q"]
    assert run_command(arguments) == 0
    with pikepdf.open(tmp_path / "exam.pdf") as before, pikepdf.open(tmp_path / "out.pdf") as after:
        assert len(after.pages) == 2 * len(before.pages)
        for number, page in enumerate(after.pages):
            original = before.pages[number % len(before.pages)].obj["/Contents"]
            streams = list(page.obj["/Contents"])
            assert len(streams) == 3
            assert streams[1].read_raw_bytes() == original.read_raw_bytes()
        first, again = after.pages[0], after.pages[len(before.pages)]
        assert first.obj["/Contents"][1].objgen == again.obj["/Contents"][1].objgen


def pictures(path: Path, count: int) -> Iterator[NDArray[np.uint8]]:
    pages = PdfPages(path, {(1, sheet): sheet - 1 for sheet in range(1, count + 1)})
    for sheet in range(1, count + 1):
        yield pages(serial=1, sheet=sheet)
    pages.close()


@pytest.mark.parametrize("exam", BY_NAME)
def test_no_ink_of_the_original_is_covered(exam: PaperExam, tmp_path: Path) -> None:
    with_reportlab.typeset(exam, tmp_path / "exam.pdf")
    assert run_command(["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "out.pdf"), "-q"]) == 0
    layout = load_layout(tmp_path / "out.layout.json")
    for page, before, after in zip(
        layout.pages,
        pictures(tmp_path / "exam.pdf", len(layout.pages)),
        pictures(tmp_path / "out.pdf", len(layout.pages)),
        strict=True,
    ):
        changed_places = before != after
        assert changed_places.any()
        assert (before[changed_places] == 255).all()
        for box in page.boxes:
            top, left = round(box.y * 300 / 25.4), round(box.x * 300 / 25.4)
            assert not changed_places[top - 20 : top + 60, left - 20 : left + 60].any()


@pytest.mark.parametrize("quarter_turns", range(4))
def test_turned_and_cropped_pages_are_stamped_as_they_are_seen(quarter_turns: int, tmp_path: Path) -> None:
    with_reportlab.typeset(UW, tmp_path / "plain.pdf")
    changed.turned(tmp_path / "plain.pdf", tmp_path / "exam.pdf", quarter_turns)
    assert (
        run_command(
            ["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "out.pdf"), "--copies", "3", "-q"]
        )
        == 0
    )
    exam_file = answer_all(tmp_path / "out.yaml")
    version = load_exam(exam_file).versions["A"]
    scan_stamped(tmp_path / "out.pdf", tmp_path / "out.layout.json", version, tmp_path / "scans")
    results = tmp_path / "results"
    graded = ["grade", str(tmp_path / "scans"), "--keys", str(exam_file), "-o", str(results), "-j", "1", "-q"]
    run_command(graded)
    assert [row["outcome"] for row in rows(results / "pages.csv")] == ["read"] * 6
    assert max(float(row["rms_mm"]) for row in rows(results / "pages.csv")) < 0.15


def landscape(path: Path) -> Path:
    """A landscape exam on two pages with margins of 25 mm."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.pagesizes import landscape as across
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=across(A4), invariant=1)
    for sheet in range(2):
        for row in range(6):
            y = 500 - 60 * row
            canvas.drawString(75, y, f"{6 * sheet + row + 1}. How deep is it? Exactly one answer is right.")
            for place in range(4):
                canvas.rect(90 + 120 * place, y - 22, 11, 11)
                canvas.drawString(106 + 120 * place, y - 20, f"{'ABCD'[place]}. {place + 1} m")
        canvas.showPage()
    canvas.save()
    return path


def test_landscape_pages_are_stamped_and_read(tmp_path: Path) -> None:
    landscape(tmp_path / "exam.pdf")
    assert (
        run_command(
            ["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "out.pdf"), "--copies", "3", "-q"]
        )
        == 0
    )
    exam_file = answer_all(tmp_path / "out.yaml")
    version = load_exam(exam_file).versions["A"]
    assert len(version.questions) == 12
    pages = scan_stamped(tmp_path / "out.pdf", tmp_path / "out.layout.json", version, tmp_path / "scans")
    results = tmp_path / "results"
    run_command(
        ["grade", str(tmp_path / "scans"), "--keys", str(exam_file), "-o", str(results), "-j", "1", "-q"]
    )
    assert [row["outcome"] for row in rows(results / "pages.csv")] == ["read"] * len(pages)


def test_a_page_whose_print_a_mark_would_cover_is_refused_with_what_would_help(
    tmp_path: Path, capsys: Output
) -> None:
    page = (
        FreePage(tmp_path / "exam.pdf")
        .text(20, 43, "1. which?")
        .square(30, 48)
        .text(36, 51, "a")
        .square(30, 56)
    )
    page.text(36, 59, "b").next().text(14, 17, "a heading in the corner").text(20, 60, "2. x").canvas.save()
    assert run_command(["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "out.pdf")]) == 2
    said = capsys.readouterr().err
    assert "page 2: the corner mark top left would cover print; at 9" in said
    assert "page 1:" not in said
    assert not (tmp_path / "out.pdf").exists()


def test_codes_go_elsewhere_along_the_edges_when_their_place_is_taken(tmp_path: Path) -> None:
    page = (
        FreePage(tmp_path / "exam.pdf")
        .text(22, 30, "1. which?")
        .square(30, 48)
        .text(36, 51, "a")
        .square(30, 56)
    )
    page.text(36, 59, "b").text(150, 25, "a long heading at the right").text(24, 275, "a footer at the left")
    page.canvas.save()
    assert run_command(["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "out.pdf"), "-q"]) == 0
    (sheet,) = load_layout(tmp_path / "out.layout.json").pages
    own = {(170.0, 13.5), (22.0, 265.5)}
    assert len(sheet.codes) == 2
    assert not {(code.x, code.y) for code in sheet.codes} & own
    for code in sheet.codes:
        edges = (code.x, code.y, 210 - code.x - code.w, 297 - code.y - code.h)
        assert 4.5 <= min(edges) <= 12.0


def test_no_serial_is_stamped_twice_and_names_are_kept(tmp_path: Path) -> None:
    layout = template(tmp_path, UW)
    answer_all(layout.with_suffix(".yaml"))
    arguments = ["stamp", str(tmp_path / "exam.pdf"), "--layout", str(layout), "-q"]
    for name in ("one", "two"):
        out = tmp_path / name / "out.pdf"
        assert (
            run_command([*arguments, "-o", str(out), "--roster", str(roster(tmp_path)), "--copies", "1"]) == 0
        )
    kept = rows(tmp_path / "ponds.layouts" / "sheets.csv")
    assert [row["serial"] for row in kept] == [str(serial) for serial in range(1, 9)]
    assert [row["student_id"] for row in rows(tmp_path / "two" / "sheets.csv")] == [
        "0007",
        "0008",
        "0009",
        "",
    ]
    assert len(list((tmp_path / "ponds.layouts").glob("*.json"))) == 1


def test_a_layout_of_another_pdf_is_refused(tmp_path: Path, capsys: Output) -> None:
    layout = template(tmp_path, UW)
    with_reportlab.typeset(TUM, tmp_path / "other.pdf")
    arguments = ["stamp", str(tmp_path / "other.pdf"), "--layout", str(layout), "-o", str(tmp_path / "o.pdf")]
    assert run_command(arguments) == 2
    assert "page 1 of" in capsys.readouterr().err


def test_an_exam_file_of_another_exam_is_refused(tmp_path: Path, capsys: Output) -> None:
    layout = template(tmp_path, UW)
    answer_all(layout.with_suffix(".yaml"))
    arguments = ["stamp", str(tmp_path / "exam.pdf"), "--layout", str(layout), "-o", str(tmp_path / "o.pdf")]
    assert run_command([*arguments, "--exam", "lakes"]) == 2
    assert "is exam exam, version A, and the pages would say lakes" in capsys.readouterr().err


def test_a_layout_that_contradicts_its_exam_file_never_reaches_paper(tmp_path: Path, capsys: Output) -> None:
    layout = template(tmp_path, UW)
    answer_all(layout.with_suffix(".yaml"))
    text = layout.read_text("utf-8")
    layout.write_text(text.replace('"option": "B"', '"option": "BB"', 1), "utf-8")
    arguments = ["stamp", str(tmp_path / "exam.pdf"), "--layout", str(layout), "--copies", "1"]
    assert run_command([*arguments, "-o", str(tmp_path / "x" / "out.pdf"), "-q"]) == 2
    assert "BB" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_the_same_copies_give_the_same_bytes(tmp_path: Path) -> None:
    with_reportlab.typeset(UW, tmp_path / "exam.pdf")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert (
            run_command(["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / name / "o.pdf"), "-q"])
            == 0
        )
    assert (tmp_path / "a" / "o.pdf").read_bytes() == (tmp_path / "b" / "o.pdf").read_bytes()


def test_a_stamped_exam_gives_a_template_by_its_marks(tmp_path: Path) -> None:
    with_reportlab.typeset(UW, tmp_path / "exam.pdf")
    assert run_command(["stamp", str(tmp_path / "exam.pdf"), "-o", str(tmp_path / "o.pdf"), "-q"]) == 0
    assert run_command(["template", str(tmp_path / "o.pdf"), "-o", str(tmp_path / "t.json"), "-q"]) == 0
    layout = load_layout(tmp_path / "t.json")
    assert {page.anchors.kind for page in layout.pages} == {"scangrade"}
    assert sorted((box.question, box.option) for page in layout.pages for box in page.boxes) == sorted(
        UW.boxes()
    )
