"""Exam files: read, check, and make the exam of every version."""

import hashlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam.checking import Faults, check
from pipeline.exam.draft import DraftExam, ExamDraft, lists_are_whole, settled
from pipeline.exam.fields import KINDS, VERSION_WORDS, is_version
from pipeline.exam.grade_tables import with_grades
from pipeline.exam.merge import RawQuestion, empty_map, flatten
from pipeline.exam.questions import build_group, build_question
from pipeline.exam.schema import ExamModel
from pipeline.exam.sections import sections_of
from pipeline.exam.source import decode, did_you_mean, read_bytes
from pipeline.exam.tree import MapNode, Place, Scalar, is_refused, parse_yaml
from pipeline.exam.vary import Variation, variations_of
from pipeline.model import Exam, ExamFile, Group, Marking, Rounding, StudentId

MAX_BYTES = 1_000_000
"""Most bytes of an exam file."""
MAX_QUESTIONS = 50_000
"""Most questions of all versions together: 500 versions of 100 questions."""
BASE_VERSION = "A"
"""The version that the file's own questions are."""

NO_LAYOUT = "there is no layout"
"""How the fault begins that the layout of an exam file is not where the file says."""


def load_exam(path: Path) -> ExamFile:
    """An exam file, in all its versions.

    Parameters
    ----------
    path
        A YAML 1.2 file (FORMATS: exam file).

    Returns
    -------
    ExamFile
        Numbers are exact; parts are flattened; defaults and versions are worked in.

    Raises
    ------
    UsageFault
        There is no such file.
    FileFaults
        Every fault of the file at once, each with line, column and what to write instead.
    """
    return parse_exam(read_exam(path), path)


def read_exam(path: Path) -> bytes:
    """Bytes of an exam file; UsageFault when there is none, FileFaults when it is too large."""
    return read_bytes(path, what="an exam file", limit=MAX_BYTES)


def parse_exam(data: bytes, path: Path) -> ExamFile:
    """An exam file from its bytes; ``path`` says where they come from.

    Raises
    ------
    FileFaults
        Every fault of the file at once, each with line, column and what to write instead.
    """
    return _sound(draft_exam(data, path))


def _sound(draft: ExamDraft) -> ExamFile:
    if draft.file is None:
        raise FileFaults(draft.faults)
    return draft.file


def draft_exam(data: bytes, path: Path) -> ExamDraft:
    """What can be said of an exam file with or without faults, from its bytes.

    Raises
    ------
    FileFaults
        It is no UTF-8 text.
    """
    text = decode(data, str(path), what="an exam file", instead="save it as UTF-8 text")
    faults = Faults(file=str(path))
    tree, found = parse_yaml(text, str(path))
    faults.note(found)
    versions = _versions(tree, path, faults) if isinstance(tree, MapNode) else {}
    if not isinstance(tree, MapNode) and not faults.found:
        place = tree.place if tree is not None else (0, 0)
        faults.add(place, "this is no exam file", "begin with exam: ID and questions: [...]")
    return ExamDraft(
        path=str(path),
        key_hash=hashlib.sha256(data).hexdigest(),
        faults=tuple(faults.in_order()),
        versions=versions,
        data=data,
    )


def parse_variations(data: bytes, path: Path) -> tuple[Variation, ...]:
    """What may be drawn in an exam file's questions, from its bytes; ``path`` says where they come from.

    Raises
    ------
    FileFaults
        Every fault of the file at once, each with line, column and what to write instead.
    """
    exam = parse_exam(data, path).versions[BASE_VERSION]
    text = decode(data, str(path), what="an exam file", instead="save it as UTF-8 text")
    tree, _ = parse_yaml(text, str(path))
    return variations_of(empty_map(tree).get("vary"), exam, Faults(file=str(path)))


def load_exams(folder_or_file: Path) -> tuple[ExamFile, ...]:
    """All exam files of a folder (``*.yaml``, ``*.yml``; not of its folders), by name; or one file.

    Parameters
    ----------
    folder_or_file
        Where the exam files are.

    Returns
    -------
    tuple of ExamFile
        At least one.

    Raises
    ------
    UsageFault
        There is no such folder, or no exam file in it.
    FileFaults
        Every fault of every file, and two files with one exam id.
    """
    drafts = draft_exams(folder_or_file)
    faults = [fault for draft in drafts for fault in draft.faults]
    if faults:
        raise FileFaults(faults)
    return tuple(_sound(draft) for draft in drafts)


def draft_exams(folder_or_file: Path) -> tuple[ExamDraft, ...]:
    """As :func:`load_exams`, with the faults in the drafts; also a second file with an exam's id."""
    paths = [folder_or_file]
    if folder_or_file.is_dir():
        paths = sorted(path for path in folder_or_file.iterdir() if _is_exam_file(path))
    if not paths:
        hint = "put EXAM.yaml files there, or name one with --keys"
        raise UsageFault(f"there is no exam file (*.yaml) in {folder_or_file}", hint=hint)
    drafts = []
    first: dict[str, str] = {}
    for path in paths:
        try:
            draft = draft_exam(read_exam(path), path)
        except FileFaults as error:
            draft = ExamDraft(path=str(path), key_hash="", faults=error.faults, versions={})
        drafts.append(_with_own_id(draft, first))
    return tuple(drafts)


def _is_exam_file(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml") and not path.name.startswith(".") and path.is_file()


def _with_own_id(draft: ExamDraft, first: dict[str, str]) -> ExamDraft:
    """The draft with a fault when another file has its exam's id already."""
    if draft.file is None:
        return draft
    other = first.setdefault(draft.file.id, draft.path)
    if other == draft.path:
        return draft
    what = f"the exam id {draft.file.id} is also that of {other}"
    fault = Fault(file=draft.path, line=0, column=0, what=what, instead="give each exam its own id")
    return replace(draft, faults=(fault,))


def _versions(tree: MapNode, path: Path, faults: Faults) -> dict[str, DraftExam]:
    """The exam of each version, as far as it can be read."""
    _empty_versions_are_maps(tree)
    model = check(ExamModel, tree, faults, stand_ins=("exam", "id"))
    if model is None:
        return {}
    defaults = empty_map(tree.get("defaults"))
    _check_kinds(empty_map(defaults.get("by_kind")), faults)
    exams: dict[str, DraftExam] = {}
    overrides = {BASE_VERSION: MapNode(tree.place)}
    for version, change in empty_map(tree.get("versions")).items():
        _check_version(version, tree["versions"], faults)
        overrides.setdefault(version, change)
    if len(overrides) * len(tree["questions"]) > MAX_QUESTIONS:
        what = f"{len(overrides)} versions of {len(tree['questions'])} questions are too many"
        place = tree.value_places.get("versions", tree.place)
        faults.add(place, what, "write fewer versions, or several exams")
        overrides = {BASE_VERSION: overrides[BASE_VERSION]}
    for version, change in overrides.items():
        raw = flatten(tree["questions"], defaults, change, faults)
        exams[version] = _exam(model, tree, version, raw, path, faults)
    base = exams[BASE_VERSION]
    variations_of(_sure_variations(tree, base), base.exam, faults)
    return exams


def _sure_variations(tree: MapNode, base: DraftExam) -> MapNode:
    """What may vary, without the questions whose answers have faults."""
    vary = empty_map(tree.get("vary")).copy()
    for question, refused in zip(base.exam.questions, base.refused, strict=True):
        if question.id in vary and refused & {"kind", "answer", "options"}:
            del vary[question.id]
    return vary


def _empty_versions_are_maps(tree: MapNode) -> None:
    """``versions: {B: }`` is a version that changes nothing."""
    versions = tree.get("versions")
    if isinstance(versions, MapNode):
        for version, change in versions.items():
            if isinstance(change, Scalar) and change.kind == "null":
                dict.__setitem__(versions, version, MapNode(change.place))


def _check_kinds(by_kind: MapNode, faults: Faults) -> None:
    for kind in by_kind:
        if kind not in KINDS:
            faults.add(
                by_kind.key_places[kind], f"{kind!r} is not a kind of question", did_you_mean(kind, KINDS)
            )


def _check_version(version: str, versions: MapNode, faults: Faults) -> None:
    place = versions.key_places[version]
    if version == BASE_VERSION:
        faults.add(place, "A is the version that the questions themselves are", "name the others B, C, ...")
    elif not is_version(version):
        faults.add(place, f"{version!r} is not a version", VERSION_WORDS)


def _exam(
    model: ExamModel, tree: MapNode, version: str, raw: list[RawQuestion], path: Path, faults: Faults
) -> DraftExam:
    sections, faulty_sections = sections_of(model, tree, raw, faults)
    section_of = {name: section.id for section in sections for name in section.questions}
    drafts = [build_question(one, section_of.get(one.id, ""), faults) for one in raw]
    if not tree["questions"] and not faults.found:
        faults.add(
            tree.value_places["questions"],
            "there are no questions",
            "write questions: [{id: ..., kind: ...}]",
        )
    rounding = model.rounding
    groups, faulty_groups = _groups_of(raw, section_of, faults)
    exam = Exam(
        id=model.exam,
        title=model.title or model.exam,
        version=version,
        marking=Marking(model.marking),
        paper=cast(Literal["a4", "letter"], model.paper),
        student_id=_student_id(model),
        questions=tuple(draft.question for draft in drafts),
        groups=groups,
        sections=sections,
        allow_empty=model.allow_empty,
        total=model.total,
        rounding=Rounding(step=rounding.step, mode=_mode(rounding.mode)) if rounding else None,
        layout_file=_layout_file(model, tree, path, faults),
        file=str(path),
        places=_places(tree),
    )
    return settled(
        _with_grades(exam, model, tree, faults),
        drafts,
        faulty_groups=faulty_groups,
        faulty_sections=faulty_sections,
        is_whole=lists_are_whole(tree["questions"]),
    )


def _groups_of(
    raw: list[RawQuestion], section_of: dict[str, str], faults: Faults
) -> tuple[tuple[Group, ...], frozenset[str]]:
    """Questions whose parts are judged together, each in one section; ids of those with faults."""
    parts: dict[str, list[RawQuestion]] = {}
    for one in raw:
        if one.group is not None:
            parts.setdefault(one.group.id, []).append(one)
    groups: list[Group] = []
    faulty: set[str] = set()
    for members in parts.values():
        group = members[0].group
        if group is None:
            continue
        before = faults.noted
        sections = sorted({section_of.get(one.id, "") for one in members})
        if len(sections) > 1:
            what = f"the parts of question {group.id} are judged together, and not all in one section"
            faults.add(group.own.value_places["id"], what, f"let the section name question {group.id}")
        groups.append(build_group(group, tuple(one.id for one in members), sections[0], faults))
        if faults.noted > before or is_refused(group.own):
            faulty.add(group.id)
    return tuple(groups), frozenset(faulty)


def _places(tree: MapNode) -> dict[str, Place]:
    """Where each field of the exam is written: also ``sections.ID.FIELD`` and ``grades.NAME``."""
    places = {field: tree.value_places[field] for field in tree}
    for section in tree.get("sections", ()):
        name = f"sections.{section['id'].text}"
        places[name] = section.place
        places |= {f"{name}.{field}": section.value_places[field] for field in section}
    places |= {f"grades.{name}": place for name, place in empty_map(tree.get("grades")).value_places.items()}
    return places


def _student_id(model: ExamModel) -> StudentId:
    if model.student_id is None:
        return StudentId()
    kind = cast(Literal["digits", "alphanumeric", "code", "person"], model.student_id.kind)
    return StudentId(kind=kind, length=model.student_id.length)


def _mode(text: str) -> Literal["half-up", "half-even", "up", "down"]:
    return cast(Literal["half-up", "half-even", "up", "down"], text)


def _layout_file(model: ExamModel, tree: MapNode, path: Path, faults: Faults) -> str:
    """The layout's path, beside the exam file; "" when scangrade prints the sheet."""
    if model.layout is None:
        return ""
    found = path.parent / model.layout
    if not found.is_file():
        faults.add(
            tree.value_places["layout"],
            f"{NO_LAYOUT} {found}",
            "name a file, relative to the exam file",
        )
    return str(found)


def _with_grades(exam: Exam, model: ExamModel, tree: MapNode, faults: Faults) -> Exam:
    written, scale = model.grades or {}, model.grade_scale or ""
    graded = with_grades(exam, passed=model.pass_points, grades=written, scale=scale)
    if written and scale:
        what = "there are grades and a grade_scale"
        faults.add(tree.value_places["grade_scale"], what, "leave out one of them")
        return graded
    for (least, grade), (below, other) in pairwise(graded.grades):
        if least == below and written:
            faults.add(
                tree["grades"].value_places[other],
                f"the grades {grade} and {other} begin at the same points",
                "give each its own least points",
            )
    return graded
