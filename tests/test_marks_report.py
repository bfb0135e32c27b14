"""The page of figures on marks: its bounds, and what it counts."""

from benchmarks._marks_pages import AS_PRINTED, Tally
from benchmarks._marks_report import Cell, report
from benchmarks._rates import bound_by_writer


def tally(*, silent: int = 0, doubtful: int = 0, refused: str = "", marks: str = "legible") -> Tally:
    """A page of 200 boxes, 40 of them marked."""
    counts = {"scangrade": silent, "threshold": 3, "gap": 5}
    return Tally(
        cell=("any", marks, "office-200", AS_PRINTED), boxes=200, marked=40, missed=counts,
        false=dict.fromkeys(counts, 0), doubtful=doubtful, questions=40, asked=doubtful, refused=refused,
    )  # fmt: skip


def test_no_error_in_few_boxes_promises_little_and_in_many_more() -> None:
    few = bound_by_writer(["1", "2"], [0, 0], [200, 200], [40, 40])
    many = bound_by_writer([str(writer) for writer in range(200)], [0] * 200, [200] * 200, [40] * 200)
    assert few > 3 / 400
    assert 3 / 40_000 < many < few / 50


def test_sheets_of_one_writer_promise_less_than_those_of_many() -> None:
    sheets = [0] * 40, [200] * 40, [40] * 40
    assert bound_by_writer(["one"] * 40, *sheets) > 2 * bound_by_writer([str(n) for n in range(40)], *sheets)


def test_errors_of_one_writer_widen_the_bound_more_than_as_many_of_ten() -> None:
    writers = [str(writer) for writer in range(100)]
    together = bound_by_writer(writers, [10, *[0] * 99], [200] * 100, [1] * 100)
    apart = bound_by_writer(writers, [1] * 10 + [0] * 90, [200] * 100, [1] * 100)
    assert together > apart > 10 / 20_000


def test_the_page_counts_what_was_silent_doubtful_and_not_read_and_says_which_aims_are_met() -> None:
    cells = {("any", marks, "office-200", AS_PRINTED): Cell() for marks in ("legible", "awkward")}
    for writer in range(50):
        cells["any", "legible", "office-200", AS_PRINTED].add(str(writer), tally(doubtful=writer == 7))
    cells["any", "legible", "office-200", AS_PRINTED].add("50", tally(refused="upside-down: turn it"))
    cells["any", "awkward", "office-200", AS_PRINTED].add("1", tally(silent=2, marks="awkward"))
    page = report(cells, date="2026-01-01", command="bench", seed=1, code="abc")
    assert "| office-200 | 50 | 1 | 10,000 | 2,000 | 0 |" in page
    assert "| legible, office-200 | 0 | 0.00 | 0.2 % | 0.010 % | met |" in page
    assert "| awkward, office-200 | 1 | 100.00 |  | 0.000 % | not met |" in page
    assert "office-200: 1, for example: upside-down: turn it" in page
