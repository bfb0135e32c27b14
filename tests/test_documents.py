"""The documents say what the program does: commands, columns, rules, solvers, exit codes, examples."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import dev
import pipeline
from pipeline.errors import ExitCode
from pipeline.exam import exam_reference, load_exam, parse_layout
from pipeline.exam.key_words import ROLES, role_of
from pipeline.formats import TABLES, columns
from pipeline.grading import GROUP_RULES, RULES, SOLVERS, build_key
from pipeline.import_key import ImportSettings, import_key
from pipeline.paper.simulate import PROFILES, SCAN_FORMATS
from pipeline.reading.quality_defects import DEFECT_WORDS
from pipeline.vary import vary_exam

ROOT = Path(dev.__file__).resolve().parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]


def read(name: str) -> str:
    """Text of a document."""
    return (ROOT / name).read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Blocks of code in a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_readme_starts_with_two_commands_that_exist() -> None:
    assert re.findall(r"python3 dev\.py (\w+)", blocks(read("README.md"), "")[0]) == ["demo", "test"]
    promised = set(re.findall(r"python3 dev\.py ([a-z]+)", read("README.md") + read("CONTRIBUTING.md")))
    done = subprocess.run(
        [sys.executable, ROOT / "dev.py", "--help"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert promised <= set(re.findall(r"^    ([a-z]+) ", done.stdout, re.MULTILINE))


def test_every_command_and_option_that_the_documents_show_exists() -> None:
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS if path.name != "CHANGELOG.md")
    fenced = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    shown = "\n".join(block for language, block in fenced if not language).replace("\\\n", " ")
    lines = re.findall(r"^ *scangrade ([a-z].+)", shown, re.MULTILINE)
    lines += [" ".join(one.split()) for one in re.findall(r"`scangrade ([a-z][^`]*)`", text)]
    table = re.findall(r"^\| `scangrade ([^`]+)`", read("README.md"), re.MULTILINE)
    known = {name: options(name) for name in {command(line) for line in [*lines, *table]}}
    assert "--keys" in known["grade"]
    wrong = [line for line in lines if set(re.findall(r" (--?[a-z][a-z-]*)", line)) - known[command(line)]]
    assert wrong == []


def command(line: str) -> str:
    """Name of the command that a line calls: "grade", "key check"; of "import amc\\|nops" the first."""
    words = line.replace("\\|", " ").split()
    deeper = words[0] in ("key", "import") or words[:2] == ["template", "show"]
    return " ".join(words[: 2 if deeper and words[1].isalpha() else 1])


def options(name: str) -> set[str]:
    """Options of a command, from its help text."""
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", *name.split(), "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", done.stdout))


def test_every_scanner_and_file_of_the_simulator_is_explained() -> None:
    explained = set(re.findall(r"^\| `([^`]+)` \|", read("docs/rehearsal.md"), re.MULTILINE))
    assert explained >= {*PROFILES, *SCAN_FORMATS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_into_a_page_leads_to_a_heading(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", document.read_text("utf-8"))
    wrong = [(page, place) for page, place in targets if place not in places(document, page)]
    assert wrong == []


def places(document: Path, page: str) -> set[str]:
    """Names of the headings of a page, as GitHub makes them."""
    text = (document.parent / page if page else document).read_text("utf-8")
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", ["README.md", "docs/exit-codes.md"])
def test_every_exit_code_is_explained(name: str) -> None:
    explained = {int(code) for code in re.findall(r"^\| (\d+) \|", read(name), re.MULTILINE)}
    assert explained == {int(code) for code in ExitCode}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_of_a_table_is_explained(table: str) -> None:
    words = set(re.findall(r"`([^`\s]+)`", read("docs/formats.md")))
    assert [column for column in columns(TABLES[table]) if column not in words] == []


def test_every_rule_is_explained_with_its_numbers() -> None:
    lines = re.findall(r"^\| `([a-z-]+)` \|(.*)$", read("docs/exam-file.md"), re.MULTILINE)
    every = {name: rule.parameters for name, rule in RULES.items()}
    every |= {name: rule.parameters for name, rule in GROUP_RULES.items()}
    explained = {name: text for name, text in lines if name in every}
    assert set(explained) == set(every)
    for name, parameters in every.items():
        assert [p for p in parameters if f"`{p}`" not in explained[name]] == []


def test_every_solver_is_listed() -> None:
    words = set(re.findall(r"`([^`\s]+)`", read("docs/exam-file.md")))
    assert set(SOLVERS) - words == set()


def test_the_list_of_fields_is_that_of_the_schema() -> None:
    assert read("docs/exam-file-fields.md") == exam_reference()  # scangrade schema exam --markdown


def test_the_example_of_an_exam_file_is_one(tmp_path: Path) -> None:
    example = tmp_path / "algebra.yaml"
    example.write_text(blocks(read("docs/exam-file.md"), "yaml")[0], "utf-8")
    exam = load_exam(example)
    checked = build_key(exam.versions["A"], exam.key_hash)
    assert checked.faults == ()
    assert checked.key is not None


def test_the_example_of_parts_that_are_judged_together_is_one(tmp_path: Path) -> None:
    (example,) = [block for block in blocks(read("docs/exam-file.md"), "yaml") if "all-parts" in block]
    path = tmp_path / "parts.yaml"
    path.write_text(f"exam: parts\nquestions:\n{example}", "utf-8")
    exam = load_exam(path)
    assert build_key(exam.versions["A"], exam.key_hash).faults == ()
    assert exam.versions["A"].groups[0].points == 3


def test_the_examples_of_shared_solves_products_and_tables_are_questions(tmp_path: Path) -> None:
    shown = blocks(read("docs/exam-file.md"), "yaml")
    examples = [
        block for block in shown if "pick: [states, 1]" in block or "product" in block or "row 1" in block
    ]
    assert len(examples) == 4
    path = tmp_path / "tables.yaml"
    path.write_text("exam: tables\nquestions:\n" + "".join(examples), "utf-8")
    exam = load_exam(path)
    checked = build_key(exam.versions["A"], exam.key_hash)
    assert checked.faults == ()
    assert len(exam.versions["A"].questions) == 2 + 4 + 8 + 4


def test_the_example_of_drawn_versions_can_be_drawn(tmp_path: Path) -> None:
    (example,) = [block for block in blocks(read("docs/exam-file.md"), "yaml") if block.startswith("vary:")]
    path = tmp_path / "drawn.yaml"
    question = """exam: drawn
questions:
  - id: "1"
    kind: choice
    points: 1
    options: {A: 24, B: 30, C: 7, D: 31}
    answer: {solve: mlp.parameters, with: {layers: [3, 4, 3], bias: true}}
"""
    path.write_text(question + example, "utf-8")
    assert len(vary_exam(path, 3, seed=7).versions) == 3


def test_the_examples_of_a_key_in_a_table_are_ones(tmp_path: Path) -> None:
    for place, example in enumerate(blocks(read("docs/key-import.md"), "csv")):
        table = tmp_path / f"{place}.csv"
        table.write_text(example, "utf-8")
        report = import_key(ImportSettings(table=table, output=tmp_path / f"exam-{place}.yaml"))
        assert report.questions == (5, 3)[place]


def test_every_name_of_a_column_that_is_shown_is_known() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (`.+`) \| .+ \|$", read("docs/key-import.md"), re.MULTILINE)
    assert {role for role, _ in rows} == set(ROLES)
    wrong = [name for role, names in rows for name in re.findall("`([^`]+)`", names) if role_of(name) != role]
    assert wrong == []


def test_every_word_for_a_doubt_about_a_box_is_explained() -> None:
    said = {
        *re.findall(r'doubts\.add\("([^"]+)"', read("pipeline/reading/marks.py")),
        *filter(None, DEFECT_WORDS),
    }
    rows = re.findall(r"^\| (`.+`) \| .+ \| .+ \|$", read("docs/marks.md"), re.MULTILINE)
    assert said == {word for row in rows for word in re.findall("`([^`]+)`", row)}
    assert {"circled", "re-marked"} < said


def test_the_example_of_a_layout_is_one(tmp_path: Path) -> None:
    (example,) = blocks(read("docs/formats.md"), "json")
    layout = parse_layout(example, tmp_path / "layout.json")
    assert [box.option for box in layout.pages[0].boxes] == ["A", "B"]


def test_the_changelog_knows_this_version() -> None:
    version = re.escape(pipeline.__version__)
    assert re.search(rf"^## \[(?:{version}|Unreleased)\]", read("CHANGELOG.md"), re.MULTILINE)
