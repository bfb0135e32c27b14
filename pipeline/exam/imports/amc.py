"""An Auto Multiple Choice project becomes layouts, an exam file, and the list of whose each copy is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from pipeline.errors import UsageFault
from pipeline.exam.imports.amc_layout import AmcNames, code_digit, layouts_of
from pipeline.exam.imports.amc_rows import (
    MULTIPLE,
    AmcAnswer,
    AmcAssociation,
    AmcBox,
    AmcDigit,
    AmcMark,
    AmcPage,
    AmcQuestion,
)
from pipeline.exam.imports.amc_strategy import Scored, merged, scored
from pipeline.exam.imports.names import letter, question_ids
from pipeline.exam.imports.records import Imported, ImportedExam, ImportedQuestion, Note
from pipeline.exam.layout_file import with_hash, with_own_hashes
from pipeline.exam.numbers import exact
from pipeline.formats import SheetRow
from pipeline.model import Kind

MOST_VERSIONS = 500
MOST_EMPTY = 200
_SCALE = ("mark_max", "mark_floor", "mark_null", "granularity", "rounding")
"""Variables that say how AMC makes a mark of the points."""
NONE_OF_THESE = "none"
"""Id of the option that AMC numbers 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmcProject:
    """The rows of a project's databases."""

    pages: tuple[AmcPage, ...]
    marks: tuple[AmcMark, ...]
    boxes: tuple[AmcBox, ...]
    digits: tuple[AmcDigit, ...]
    names: Mapping[int, str]
    """Name of each question in the source (layout_question)."""
    questions: tuple[AmcQuestion, ...] = ()
    answers: tuple[AmcAnswer, ...] = ()
    defaults: Mapping[int, str] = field(default_factory=dict)
    """Strategy by type (scoring_default)."""
    mains: Mapping[int, str] = field(default_factory=dict)
    """Strategy by copy, -1 for all (scoring_main)."""
    associations: tuple[AmcAssociation, ...] = ()
    id_code: str = ""
    """Name of the code that says whose a sheet is (association_variables, "code")."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """scoring_variables: how marks are made of points."""
    manual: int = 0
    """Boxes that a person ticked or unticked by hand there (capture_zone)."""
    source: str = "the AMC project"
    exam: str = "imported"


def import_amc(project: AmcProject) -> Imported:
    """Translate a project.

    Raises
    ------
    UsageFault
        The layout database has no page with boxes: the subject was never compiled.
    """
    if not project.boxes:
        hint = "prepare the project in AMC once (layout detection), then import it"
        raise UsageFault(f"{project.source}: its layout has no box to tick", hint=hint)
    names, id_length = _names(project)
    notes: list[Note] = []
    questions, versions, changes = _questions(project, names, notes)
    layouts = layouts_of(
        project.pages,
        project.marks,
        project.boxes,
        project.digits,
        names,
        exam=project.exam,
        versions=versions,
    )
    base = None if layouts[0].version == "A" else with_hash(replace(layouts[0], version="A"))
    # The plain copy stands last: a copy that a page names keeps the name that it has in AMC.
    layouts = with_own_hashes((*layouts, base) if base else layouts)
    base, layouts = (layouts[-1], layouts[:-1]) if base else (None, layouts)
    notes += [*_page_notes(project), *_mark_notes(project), *_other_notes(project, id_length)]
    whole = merged(project.mains.get(-1, ""))
    empty = exact(whole.get("allowempty", "0"))
    if empty is None or empty.denominator != 1 or not 0 <= empty <= MOST_EMPTY:
        what, empty = f"allowempty={whole['allowempty']} has no like here", Fraction(0)
        notes.append(Note(kind="lost", what=what, todo="write allow_empty into the exam file"))
    exam = ImportedExam(
        id=project.exam,
        source=project.source,
        layout="layout.json" if base else f"exam.layouts/{layouts[0].hash}.json",
        marking="any",
        questions=questions,
        student_id={"kind": "digits", "length": id_length} if id_length else {"kind": "person"},
        allow_empty=int(empty),
        versions=changes,
        complete=bool(project.questions),
    )
    sheets = _sheets(project, versions)
    return Imported(layouts=layouts, base=base, exam=exam, notes=tuple(notes), sheets=sheets)


# --- names -------------------------------------------------------------------------------------


def _names(project: AmcProject) -> tuple[AmcNames, int]:
    """What questions and options are called, and how many digits the student's id has (0: no grid)."""
    used = dict.fromkeys(sorted(box.question for box in project.boxes))
    called = {number: project.names.get(number) or f"question{number}" for number in used}
    digits = {number: found for number, name in called.items() if (found := code_digit(name))}
    lengths: dict[str, list[int]] = defaultdict(list)
    for found in digits.values():
        lengths[found.code].append(found.digit)
    whose = project.id_code if project.id_code in lengths else ""
    whose = whose or max(lengths, key=lambda code: len(lengths[code]), default="")
    plain = question_ids([name for number, name in called.items() if number not in digits])
    codes = question_ids([*plain, *(code for code in lengths if code != whose)])
    columns = {
        number: (
            "id" if found.code == whose else codes[found.code],
            1 + sum(digit > found.digit for digit in lengths[found.code]),
        )
        for number, found in digits.items()
    }
    questions = {number: plain[name] for number, name in called.items() if number not in digits}
    kinds = {name: Kind.NUMBER for name, _ in columns.values()} | ({"id": Kind.ID} if whose else {})
    types = {row.question: row.type for row in project.questions}
    for number, name in questions.items():
        kinds[name] = Kind.CHOICE if types.get(number, MULTIPLE) != MULTIPLE else Kind.CHOICES
    options: dict[int, dict[int, str]] = defaultdict(dict)
    for box in sorted(project.boxes, key=lambda box: (box.answer == 0, box.answer)):
        options[box.question][box.answer] = letter(box.answer - 1) if box.answer > 0 else NONE_OF_THESE
    names = AmcNames(questions=questions, kinds=kinds, digits=columns, options=options)
    return names, len(lengths[whose]) if whose else 0


# --- questions ---------------------------------------------------------------------------------

Asked = Mapping[int, tuple[AmcQuestion, tuple[AmcAnswer, ...]]]
"""By question: how one copy asks it."""


def _questions(
    project: AmcProject, names: AmcNames, notes: list[Note]
) -> tuple[tuple[ImportedQuestion, ...], dict[int, str], dict[str, dict[str, dict[str, Any]]]]:
    """The questions as the first copy with each asks them; version by copy; what versions change."""
    copies = _by_copy(project, names)
    first: dict[int, tuple[AmcQuestion, tuple[AmcAnswer, ...]]] = {}
    for asked in copies.values():
        for number, rows in asked.items():
            first.setdefault(number, rows)
    questions: dict[int, ImportedQuestion] = {}
    for number in sorted(first):
        question = _question(project, names, number, first[number], notes)
        if question is not None:
            questions[number] = question
    if not project.questions:
        what = "there is no scoring database, so nobody has said what is right"
        notes.append(
            Note(kind="lost", what=what, todo="write the answers into the exam file, or run scoring in AMC")
        )
        questions = {number: _unanswered(names, number) for number in names.questions}
    versions, changes = _versions(copies, names, questions, notes)
    return tuple(questions.values()), versions, changes


def _by_copy(project: AmcProject, names: AmcNames) -> dict[int, Asked]:
    answers: dict[tuple[int, int], list[AmcAnswer]] = defaultdict(list)
    for row in sorted(project.answers, key=lambda row: (row.answer == 0, row.answer)):
        answers[row.student, row.question].append(row)
    copies: dict[int, dict[int, tuple[AmcQuestion, tuple[AmcAnswer, ...]]]] = defaultdict(dict)
    printed = {(box.student, box.question) for box in project.boxes}
    for question in sorted(project.questions, key=lambda row: (row.student, row.question)):
        key = (question.student, question.question)
        if question.question in names.questions and key in printed:
            copies[question.student][question.question] = (question, tuple(answers[key]))
    return dict(copies)


def _question(
    project: AmcProject,
    names: AmcNames,
    number: int,
    rows: tuple[AmcQuestion, tuple[AmcAnswer, ...]],
    notes: list[Note],
) -> ImportedQuestion | None:
    question, answers = rows
    name, options = names.questions[number], names.options[number]
    said = merged(
        project.mains.get(-1, ""),
        project.mains.get(0, ""),
        project.mains.get(question.student, ""),
        project.defaults.get(question.type, ""),
        question.strategy,
    )
    result: Scored = scored(question.type, said, answers, options)
    if result.formula:
        what = (
            f"question {name} has its points from a formula or from variables (numeric boxes, set., formula)"
        )
        todo = "it is read and not graded: write it into the exam file with a rule of ours"
        notes.append(Note(kind="lost", what=what, todo=todo))
        return None
    if result.losses:
        what = f"question {name}: {'; '.join(result.losses)} has no like here"
        notes.append(Note(kind="lost", what=what, todo="see that its rule in the exam file is what you want"))
    right = _right(question, answers, options)
    if right is None:
        what = f"question {name} has no right answer"
        notes.append(
            Note(kind="lost", what=what, todo="it is read and not graded: a survey, or write its answer")
        )
        return None
    return ImportedQuestion(
        id=name,
        kind="choices" if question.type == MULTIPLE else "choice",
        title=_title(project.names.get(number, ""), name),
        points=max(result.points, Fraction(0)),
        options=tuple(options.values()),
        answer=right,
        also_accept=_also(question, answers, options),
        rule=result.rule,
        void="nobody" if question.indicative else "",
    )


def _title(called: str, name: str) -> str:
    return called if called != name else ""


def _right(question: AmcQuestion, answers: Sequence[AmcAnswer], options: Mapping[int, str]) -> Any:
    right = tuple(options[a.answer] for a in answers if a.correct and a.answer in options)
    if question.type == MULTIPLE:
        return right
    return right[0] if right else None


def _also(question: AmcQuestion, answers: Sequence[AmcAnswer], options: Mapping[int, str]) -> tuple[Any, ...]:
    """Further right answers of a question where one is asked."""
    right = [options[a.answer] for a in answers if a.correct and a.answer in options]
    return tuple(right[1:]) if question.type != MULTIPLE else ()


def _unanswered(names: AmcNames, number: int) -> ImportedQuestion:
    options = tuple(names.options[number].values())
    return ImportedQuestion(id=names.questions[number], kind="choices", options=options)


def _versions(
    copies: Mapping[int, Asked],
    names: AmcNames,
    questions: Mapping[int, ImportedQuestion],
    notes: list[Note],
) -> tuple[dict[int, str], dict[str, dict[str, dict[str, Any]]]]:
    """Copies that ask other questions, or with other right answers, are versions of the exam."""
    kinds: dict[tuple[tuple[int, Any], ...], str] = {}
    versions: dict[int, str] = {}
    changes: dict[str, dict[str, dict[str, Any]]] = {}
    for copy, asked in copies.items():
        key = tuple(
            (number, _right(*asked[number], names.options[number])) for number in questions if number in asked
        )
        if key not in kinds:
            kinds[key] = _version_name(len(kinds))
            difference = _difference(dict(key), names, questions)
            if kinds[key] != "A" or difference:
                changes[kinds[key]] = difference
        versions[copy] = kinds[key]
    if "A" in changes:
        # the base of the file is no copy's own: every copy is a version of it
        changes = {_version_name(place + 1): change for place, change in enumerate(changes.values())}
        versions = {
            copy: _version_name(list(kinds.values()).index(name) + 1) for copy, name in versions.items()
        }
    if len(kinds) > MOST_VERSIONS:
        raise UsageFault(
            f"the copies have {len(kinds)} different keys, and at most {MOST_VERSIONS} are imported",
            hint="import projects with fewer copies, or grade this one in AMC",
        )
    if changes:
        what = f"copies differ in their questions or right answers: {len(kinds)} versions in the exam file"
        notes.append(Note(kind="changed", what=what))
    return versions, changes


def _version_name(place: int) -> str:
    """A, B ... Z, then V26, V27 ..."""
    return letter(place) if place < 26 else f"V{place}"


def _difference(
    right: Mapping[int, Any], names: AmcNames, questions: Mapping[int, ImportedQuestion]
) -> dict[str, dict[str, Any]]:
    """What a version changes: other right answers, and questions that its copies do not ask."""
    found: dict[str, dict[str, Any]] = {}
    for number, question in questions.items():
        if number not in right:
            found[names.questions[number]] = {"void": "nobody"}
        elif right[number] != question.answer and right[number] is not None:
            found[names.questions[number]] = {"answer": right[number]}
    return found


# --- lists and notes ---------------------------------------------------------------------------


def _sheets(project: AmcProject, versions: Mapping[int, str]) -> tuple[SheetRow, ...]:
    """Whose each copy is; copies that were photocopied say nothing."""
    photocopied = {row.student for row in project.associations if row.copy}
    found = {row.student: row.student_id for row in project.associations if row.student not in photocopied}
    return tuple(
        SheetRow(serial=str(copy), student_id=student_id, exam=project.exam, version=versions.get(copy, "A"))
        for copy, student_id in sorted(found.items())
        if student_id
    )


def _page_notes(project: AmcProject) -> list[Note]:
    notes = []
    with_boxes = {(box.student, box.page) for box in project.boxes}
    others = [page for page in project.pages if (page.student, page.page) not in with_boxes]
    if others:
        what = f"{len(others)} pages have no box to tick"
        todo = "do not scan them: they end in the ledger as unidentified"
        notes.append(Note(kind="lost", what=what, todo=todo))
    if not project.digits:
        what = "the pages carry no number (layout_digit is empty), so every sheet is read as the first copy"
        notes.append(Note(kind="lost", what=what, todo="this is right when all copies are alike"))
    return notes


def _mark_notes(project: AmcProject) -> list[Note]:
    said = {name: value for name, value in project.variables.items() if value not in ("", "0")}
    scale: list[str] = [name for name in _SCALE if name in said]
    whole = merged(project.mains.get(-1, ""))
    if "SUF" in whole:
        said["SUF"] = whole["SUF"]
        scale.append("SUF")
    if not scale:
        return []
    what = f"the mark that AMC makes of the points ({', '.join(f'{name} {said[name]}' for name in scale)})"
    return [
        Note(
            kind="lost",
            what=what,
            todo="write grades: or rounding: into the exam file; points are not scaled",
        )
    ]


def _other_notes(project: AmcProject, id_length: int) -> list[Note]:
    notes = []
    photocopied = sorted({row.student for row in project.associations if row.copy})
    if photocopied:
        what = f"whose the photocopies of copy {', '.join(map(str, photocopied[:5]))} are"
        todo = "their grid for the student's id says it" if id_length else "it will be asked in review"
        notes.append(Note(kind="lost", what=what, todo=todo))
    elif not id_length and not project.associations:
        what = "nothing says whose each copy is: no AMCcode grid, no association"
        notes.append(Note(kind="lost", what=what, todo="it will be asked in review"))
    if project.manual:
        what = f"{project.manual} boxes that a person had corrected by hand in AMC"
        notes.append(Note(kind="lost", what=what, todo="what is doubtful is asked again in review"))
    if "darkness_threshold" in project.variables:
        value = project.variables["darkness_threshold"]
        notes.append(Note(kind="not needed", what=f"darkness threshold {value}: reading finds its own"))
    return notes
