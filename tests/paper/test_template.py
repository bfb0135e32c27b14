"""Every box of a blank exam is found, whoever typeset it, and nothing else is taken for one."""

from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from pipeline.errors import UsageFault
from pipeline.model import Kind, Marking
from pipeline.paper.template import (
    BlankPage,
    Grouping,
    check_any,
    find_boxes,
    group_boxes,
    template_layout,
)
from tests.paper.typeset import changed, with_latex, with_libreoffice, with_reportlab
from tests.paper.typeset.content import EXAMS, IST, TUM, UW, PaperExam
from tests.paper.typeset.free import FreePage

needs_latex = pytest.mark.skipif(not with_latex.AVAILABLE, reason="pdflatex is not installed")
needs_office = pytest.mark.skipif(not with_libreoffice.AVAILABLE, reason="LibreOffice is not installed")
MAKERS = [
    pytest.param(with_reportlab.typeset, id="reportlab"),
    pytest.param(with_latex.typeset, id="latex", marks=needs_latex),
    pytest.param(with_libreoffice.typeset, id="libreoffice", marks=[needs_office, pytest.mark.slow]),
]
BY_NAME = [pytest.param(exam, id=exam.name) for exam in EXAMS]


def read(path: Path) -> tuple[tuple[BlankPage, ...], Grouping]:
    pages = find_boxes(path)
    return pages, group_boxes(pages)


def places(grouping: Grouping) -> dict[tuple[str, str], tuple[int, float, float, float, float]]:
    return {
        (question.id, named.option): (named.page, named.box.x, named.box.y, named.box.w, named.box.h)
        for question in grouping.questions
        for named in question.boxes
    }


@pytest.mark.parametrize("exam", BY_NAME)
@pytest.mark.parametrize("maker", MAKERS)
def test_every_box_is_found_and_no_false_one_and_all_are_named_rightly(
    maker: Callable[[PaperExam, Path], object], exam: PaperExam, tmp_path: Path
) -> None:
    path = tmp_path / "exam.pdf"
    maker(exam, path)
    _, grouping = read(path)
    assert sorted(places(grouping)) == sorted(exam.boxes())
    kinds = {question.id: question.kind for question in grouping.questions}
    asked = {asked.id: asked.kind for asked in exam.questions if asked.kind is not Kind.TEXT}
    assert {name: kinds[name] for name in asked} == asked


@pytest.mark.parametrize("exam", BY_NAME)
def test_boxes_lie_where_they_are_drawn(exam: PaperExam, tmp_path: Path) -> None:
    truth = with_reportlab.typeset(exam, tmp_path / "exam.pdf")
    _, grouping = read(tmp_path / "exam.pdf")
    found = places(grouping)
    assert {name: place[0] for name, place in found.items()} == {n: place[0] for n, place in truth.items()}
    off = [abs(a - b) for name, place in truth.items() for a, b in zip(place, found[name], strict=True)]
    assert max(off) < 0.15


@needs_latex
@pytest.mark.parametrize("exam", BY_NAME)
def test_glyphs_of_latex_lie_where_latex_says(exam: PaperExam, tmp_path: Path) -> None:
    truth = with_latex.typeset(exam, tmp_path / "exam.pdf")
    _, grouping = read(tmp_path / "exam.pdf")
    for name, (page, x, _, w, _) in places(grouping).items():
        true_page, left, right = truth[name]
        assert page == true_page
        assert left - 0.2 < x < x + w < right + 0.2


@pytest.mark.parametrize("quarter_turns", range(4))
def test_turned_and_cropped_pages_are_measured_as_they_are_seen(quarter_turns: int, tmp_path: Path) -> None:
    truth = with_reportlab.typeset(UW, tmp_path / "plain.pdf")
    path = changed.turned(tmp_path / "plain.pdf", tmp_path / "turned.pdf", quarter_turns)
    pages, grouping = read(path)
    assert (round(pages[0].width, 1), round(pages[0].height, 1)) == (215.9, 279.4)
    found = places(grouping)
    assert sorted(found) == sorted(truth)
    off = [abs(a - b) for name, place in truth.items() for a, b in zip(place, found[name], strict=True)]
    assert max(off) < 0.15


@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("exam", BY_NAME)
def test_boxes_of_a_scanned_blank_are_counted_by_their_place_and_not_sure(
    exam: PaperExam, dpi: int, tmp_path: Path
) -> None:
    with_reportlab.typeset(exam, tmp_path / "plain.pdf")
    pages, grouping = read(changed.scanned(tmp_path / "plain.pdf", tmp_path / "scan.pdf", dpi=dpi))
    assert all(page.scanned for page in pages)
    boxed = [asked for asked in exam.questions if asked.option_ids]
    true = [len(asked.option_ids) for asked in boxed]
    found = [len(question.boxes) for question in grouping.questions]
    assert found[len(found) - len(true) :] == true
    assert sum(found) == len(list(exam.boxes()))
    assert all(question.doubts for question in grouping.questions)


def test_form_fields_name_their_boxes(tmp_path: Path) -> None:
    truth = with_reportlab.typeset(TUM, tmp_path / "form.pdf", "fields")
    _, grouping = read(tmp_path / "form.pdf")
    names = sorted((question.replace(".", "-"), option) for question, option in truth)
    assert sorted(places(grouping)) == names
    kinds = {question.id: question.kind for question in grouping.questions}
    assert (kinds["1-1"], kinds["2-3"]) == (Kind.CHOICES, Kind.CREDITS)
    assert not any(question.doubts for question in grouping.questions)


def test_square_annotations_name_the_boxes_that_they_lie_on(tmp_path: Path) -> None:
    path = tmp_path / "exam.pdf"
    FreePage(path).square(30, 50).square(40, 50).square(90, 50).text(20, 100, "1. ?").canvas.save()
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        page = document.pages[0]
        page.obj["/Annots"] = pikepdf.Array(
            pikepdf.Dictionary(
                Type=pikepdf.Name("/Annot"), Subtype=pikepdf.Name("/Square"), Contents=f"q1.{option}",
                Rect=pikepdf.Array([(x - 0.4) * 72 / 25.4, (297 - 54.5) * 72 / 25.4,
                                    (x + 4.4) * 72 / 25.4, (297 - 49.5) * 72 / 25.4]),
            )
            for option, x in (("A", 30), ("B", 40))
        )  # fmt: skip
        document.save(path)
    _, grouping = read(path)
    found = places(grouping)
    assert sorted(found) == [("q1", "A"), ("q1", "B")]
    assert found["q1", "A"] == pytest.approx((1, 30.0, 50.0, 4.0, 4.0), abs=0.1)


def test_radio_buttons_are_named_by_their_group_and_value(tmp_path: Path) -> None:
    path = tmp_path / "exam.pdf"
    page = FreePage(path)
    form = page.canvas.acroForm
    for place, value in enumerate(("True", "False")):
        form.radio(
            name="q7", value=value, x=100 + 50 * place, y=500, size=14, buttonStyle="circle",
            selected=place == 0, annotationFlags="print",
        )  # fmt: skip
    page.canvas.showPage()
    page.canvas.save()
    _, grouping = read(path)
    (question,) = grouping.questions
    assert (question.id, question.kind, [box.option for box in question.boxes]) == (
        "q7", Kind.TRUEFALSE, ["T", "F"],
    )  # fmt: skip


def test_a_dashed_square_is_found_and_said_to_be_faint(tmp_path: Path) -> None:
    page = FreePage(tmp_path / "exam.pdf").text(20, 43, "1. which?").text(36, 51, "one").text(36, 59, "two")
    page.canvas.setDash(1, 2)
    _, grouping = page.square(30, 48).square(30, 56).found()
    (question,) = grouping.questions
    assert len(question.boxes) == 2
    assert "the outline of its boxes is very faint" in question.doubts


def test_crossed_filled_and_connected_frames_are_no_boxes(tmp_path: Path) -> None:
    page = FreePage(tmp_path / "exam.pdf").text(20, 43, "1. which?").square(30, 48).text(36, 51, "one")
    page.square(30, 56).text(36, 59, "two")
    page.square(30, 80).text(36, 83, "crossed")
    for x in (30.0, 34.0):
        page.canvas.line(x * 72 / 25.4, (297 - 80) * 72 / 25.4, (64 - x) * 72 / 25.4, (297 - 84) * 72 / 25.4)
    page.canvas.rect(85, 550, 11, 11, fill=1)
    page.circle(60, 80, 6).text(70, 84, "of a figure")
    page.canvas.line(66 * 72 / 25.4, (297 - 83) * 72 / 25.4, 90 * 72 / 25.4, (297 - 99) * 72 / 25.4)
    _, grouping = page.found()
    assert [len(question.boxes) for question in grouping.questions] == [2]


def test_how_to_mark_is_taken_from_the_exams_own_words(tmp_path: Path) -> None:
    ways = {}
    for exam in EXAMS:
        with_reportlab.typeset(exam, tmp_path / "exam.pdf")
        pages, grouping = read(tmp_path / "exam.pdf")
        layout = template_layout("ponds", pages, grouping, ["x.png"] * len(pages))
        ways[exam.name] = layout.marking
    assert ways == {TUM.name: Marking.CROSS_UNDO, UW.name: Marking.FILL, IST.name: Marking.ANY}


# --- what cannot be used ---------------------------------------------------------------------------


def test_a_file_that_is_no_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "exam.docx").write_bytes(b"PK\x03\x04 a text")
    with pytest.raises(UsageFault, match=r"exam\.docx is no PDF \(print or export the exam as a PDF"):
        find_boxes(tmp_path / "exam.docx")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="there is no file"):
        find_boxes(tmp_path / "exam.pdf")


def test_an_encrypted_pdf_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with_reportlab.typeset(IST, tmp_path / "plain.pdf")
    path = changed.encrypted(tmp_path / "plain.pdf", tmp_path / "locked.pdf")
    with pytest.raises(UsageFault, match=r"asks for a password \(save it without a password first\)"):
        find_boxes(path)


def test_a_damaged_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "exam.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 20)
    with pytest.raises(UsageFault, match="damaged"):
        find_boxes(tmp_path / "exam.pdf")


def test_a_page_larger_than_paper_is_refused(tmp_path: Path) -> None:
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(14000, 14000))
        document.save(tmp_path / "exam.pdf")
    with pytest.raises(UsageFault, match=r"page 1 is 4939 x 4939 mm \(export it for A4 or Letter"):
        find_boxes(tmp_path / "exam.pdf")


def test_an_exam_without_boxes_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "exam.pdf"
    FreePage(path).text(20, 43, "1. Explain the pond.").canvas.save()
    with pytest.raises(UsageFault, match=r"no box was found in .*put boxes into the exam"):
        check_any(find_boxes(path), path)


def test_a_coarse_scan_is_refused_with_how_to_scan(tmp_path: Path) -> None:
    with_reportlab.typeset(IST, tmp_path / "plain.pdf")
    path = changed.scanned(tmp_path / "plain.pdf", tmp_path / "scan.pdf", dpi=50)
    with pytest.raises(UsageFault, match=r"page 1 of .* is a scan at 50 dpi.*again at 300 dpi"):
        check_any(find_boxes(path), path)


def test_scripts_links_and_attachments_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "exam.pdf"
    with_reportlab.typeset(IST, path)
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        action = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert('x')")
        document.Root["/OpenAction"] = action
        document.pages[0].obj["/AA"] = pikepdf.Dictionary(O=action)
        document.attachments["a.txt"] = b"text"
        document.save(path)
    _, grouping = read(path)
    assert sorted(places(grouping)) == sorted(IST.boxes())
