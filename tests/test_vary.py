"""Versions that are drawn: other numbers, options that follow, a key that is solved."""

from pathlib import Path

import pytest

from pipeline.cli.boundary import run_command
from pipeline.errors import FileFaults, UsageFault
from pipeline.exam import load_exam
from pipeline.grading import build_key
from pipeline.model import Solve
from pipeline.vary import vary_exam, yaml_text

EXAM = """# Networks, spring
exam: networks
defaults: {points: 2}   # each
total: 4
questions:
  - id: "1"
    kind: choice
    options: {A: 9, B: 26, C: 27, D: "Don't know"}  # A forgets a bias
    dont_know: D
    printed: C
    answer: {solve: mlp.parameters, with: {layers: [2, 4, 3], bias: true}}
  - id: "2"
    kind: number
    number: {digits: 2}
    answer: {solve: convolution.output_shape, with: {input: [1, 8, 8], kernel: [3, 3], filters: 2}, pick: [1]}

vary:
  "1":
    layers.0: {from: 2, to: 6}
    layers.1: [3, 4, 5]
    options: {A: {with: {bias: false}}, B: {plus: -1}, C: solved}
  "2":
    input.1: {from: 5, to: 14}
# the end
"""


@pytest.fixture
def exam_file(tmp_path: Path) -> Path:
    path = tmp_path / "networks.yaml"
    path.write_text(EXAM, "utf-8")
    return path


def test_versions_have_other_numbers_and_solved_keys(exam_file: Path) -> None:
    report = vary_exam(exam_file, 5, seed=7)
    file = load_exam(exam_file)
    assert tuple(report.versions) == ("B", "C", "D", "E", "F")
    assert tuple(file.versions) == ("A", "B", "C", "D", "E", "F")
    numbers = set()
    for exam in file.versions.values():
        check = build_key(exam, file.key_hash)
        assert check.key is not None, check.faults
        assert check.key.entries["1"].right == frozenset({"C"})
        answers = [question.answer for question in exam.questions]
        numbers.add(tuple(repr(one.arguments) for one in answers if isinstance(one, Solve)))
    assert len(numbers) == 6


def test_options_follow_the_numbers(exam_file: Path) -> None:
    vary_exam(exam_file, 3, seed=7)
    file = load_exam(exam_file)
    for exam in file.versions.values():
        key = build_key(exam, file.key_hash).key
        assert key is not None
        entry = key.entries["1"]
        values = {option.id: option.value for option in entry.question.options}
        assert values["C"] == entry.solved
        if exam.version != "A":
            assert values["B"] == entry.solved - 1
            assert values["A"] < values["C"]


def test_everything_else_in_the_file_stays_as_it_was(exam_file: Path) -> None:
    vary_exam(exam_file, 2, seed=1)
    text = exam_file.read_text("utf-8")
    added = [line for line in text.split("\n") if line not in EXAM.split("\n")]
    assert added[0] == "versions:"
    assert added[1] == "  B:  # drawn by scangrade key vary --seed 1"
    assert added[2].startswith('    "1": {with: {layers: [')
    assert text.replace("\n".join(["", *added, ""]), "") == EXAM


def test_the_same_seed_gives_the_same_versions_and_another_one_others(
    exam_file: Path, tmp_path: Path
) -> None:
    first, second, third = (tmp_path / f"{name}.yaml" for name in "abc")
    vary_exam(exam_file, 3, seed=4, output=first)
    vary_exam(exam_file, 3, seed=4, output=second)
    vary_exam(exam_file, 3, seed=5, output=third)
    assert first.read_bytes() == second.read_bytes() != third.read_bytes()
    assert exam_file.read_text("utf-8") == EXAM


def test_new_versions_go_behind_those_there_are(exam_file: Path) -> None:
    vary_exam(exam_file, 2, seed=1)
    with exam_file.open("a", encoding="utf-8") as out:
        out.write("\n# of the whole exam\npass: 2\n")
    before = exam_file.read_text("utf-8").split("\n")
    report = vary_exam(exam_file, 1, seed=1)
    after = exam_file.read_text("utf-8").split("\n")
    assert tuple(report.versions) == ("D",)
    assert [line for line in after if line in before] == before
    drawn = [repr(exam.questions[0].answer) for exam in load_exam(exam_file).versions.values()]
    assert len(set(drawn)) == 4


def test_line_ends_of_windows_stay(exam_file: Path) -> None:
    exam_file.write_bytes(EXAM.replace("\n", "\r\n").encode())
    vary_exam(exam_file, 1, seed=1)
    assert exam_file.read_bytes().replace(b"\r\n", b"").count(b"\n") == 0


def test_a_draw_that_overflows_the_digit_grid_or_repeats_an_option_is_refused(exam_file: Path) -> None:
    text = EXAM.replace("digits: 2", "digits: 1").replace("B: {plus: -1}", "B: {plus: 0}")
    exam_file.write_text(text.replace("{from: 5, to: 14}", "{from: 11, to: 14}"), "utf-8")
    with pytest.raises(FileFaults) as caught:
        vary_exam(exam_file, 2, seed=1)
    one, two = caught.value.faults
    assert (one.line, two.line) == (18, 22)
    assert "question 1 allows 0 of 2 versions" in one.what
    assert "the options B and C are equal" in one.what
    assert "question 2 allows 1 of 2 versions" in two.what
    assert "the digit grid has 1 digits for" in two.what
    assert exam_file.read_text("utf-8") != EXAM
    assert "versions:" not in exam_file.read_text("utf-8")


@pytest.mark.parametrize(
    ("written", "misspelt", "words"),
    [
        ("layers.1:", "layrs.1:", "there is no argument layrs.1: did you mean layers?"),
        ("{bias: false}", "{bais: false}", "mlp.parameters has no argument bais: did you mean bias?"),
    ],
)
def test_a_misspelt_name_is_told_and_not_that_ranges_are_narrow(
    exam_file: Path, written: str, misspelt: str, words: str
) -> None:
    text = exam_file.read_text("utf-8")
    assert written in text
    exam_file.write_text(text.replace(written, misspelt), "utf-8")
    with pytest.raises(FileFaults) as caught:
        vary_exam(exam_file, 2, 1)
    assert f"question 1 allows no version: {words}" in str(caught.value)


def test_too_few_combinations_are_told(exam_file: Path) -> None:
    with pytest.raises(FileFaults) as caught:
        vary_exam(exam_file, 30, seed=1)
    assert "question 1 allows" in caught.value.faults[0].what
    assert caught.value.faults[0].instead.startswith("widen the ranges")


def test_an_exam_that_says_nothing_of_varying_is_refused(exam_file: Path) -> None:
    exam_file.write_text(EXAM.partition("vary:")[0], "utf-8")
    with pytest.raises(UsageFault, match="does not say what may vary"):
        vary_exam(exam_file, 1, seed=1)


def test_versions_in_one_line_are_refused(exam_file: Path) -> None:
    exam_file.write_text(EXAM + 'versions: {B: {"2": {points: 2}}}\n', "utf-8")
    with pytest.raises(UsageFault, match="the versions stand in one line"):
        vary_exam(exam_file, 1, seed=1)


def test_the_command_draws_and_says_what(exam_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["key", "vary", str(exam_file), "--versions", "2", "--seed", "3"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("B: 1 {layers: [")
    assert shown.endswith(f"2 versions in {exam_file}\n")
    assert run_command(["key", "check", str(exam_file)]) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "null"),
        (0.80731, "0.807"),
        ((1, (2, "a: b")), '[1, [2, "a: b"]]'),
        ({"a-b": 1}, '{"a-b": 1}'),
    ],
)
def test_values_are_written_as_yaml(value: object, text: str) -> None:
    assert yaml_text(value) == text


def test_versions_of_an_exam_that_ships_can_be_drawn(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[1] / "answer_keys" / "dtu-02456-2025-12.yaml"
    path = tmp_path / shipped.name
    path.write_bytes(shipped.read_bytes())
    report = vary_exam(path, 3, seed=1)
    assert tuple(report.versions) == ("B", "C", "D")
    file = load_exam(path)
    for exam in file.versions.values():
        key = build_key(exam, file.key_hash).key
        assert key is not None
        right = [set(key.entries[name].right or ()) for name in ("1", "3", "6")]
        assert right == [{"D"}, {"C"}, {"B"}]
