"""Tables on a terminal: columns that begin where they should, whatever stands in them."""

from pipeline.reporting import aligned_rows


def test_wide_characters_take_two_columns_and_accents_none() -> None:
    lines = list(aligned_rows([["name", "points"], ["王小明", "3"], ["Ame\u0301lie", "12"]], left=1))
    assert lines == ["name    points", "王小明       3", "Ame\u0301lie      12"]


def test_a_line_break_in_a_cell_breaks_no_table() -> None:
    assert list(aligned_rows([["a", "b"], ["x\ny\r\nz", "1"]], left=2)) == ["a      b", "x y z  1"]
