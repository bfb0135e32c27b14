"""Exam files: read, check, and make the exam of every version."""

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam.checking import Faults, check
from pipeline.exam.merge import RawQuestion, empty_map, flatten
from pipeline.exam.questions import build_group, build_question
from pipeline.exam.schema import KINDS, VERSION_WORDS, ExamModel, is_version
from pipeline.exam.sections import sections_of
from pipeline.exam.source import decode, did_you_mean, read_bytes
from pipeline.exam.tree import MapNode, Place, Scalar, parse_yaml
from pipeline.exam.vary import Variation, variations_of
from pipeline.model import Exam, ExamFile, Group, Marking, Question, Rounding, StudentId

MAX_BYTES = 1_000_000
"""Most bytes of an exam file."""
BASE_VERSION = "A"
"""The version that the file's own questions are."""


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
    text = decode(data, str(path), what="an exam file", instead="save it as UTF-8 text")
    faults = Faults(file=str(path))
    tree, found = parse_yaml(text, str(path))
    faults.note(found)
    versions = _versions(tree, path, faults) if isinstance(tree, MapNode) else {}
    if not isinstance(tree, MapNode) and not faults.found:
        place = tree.place if tree is not None else (0, 0)
        faults.add(place, "this is no exam file", "begin with exam: ID and questions: [...]")
    if faults.found:
        raise FileFaults(faults.in_order())
    base = versions[BASE_VERSION]
    key_hash = hashlib.sha256(data).hexdigest()
    return ExamFile(id=base.id, path=str(path), key_hash=key_hash, versions=versions)


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
    if not folder_or_file.is_dir():
        return (load_exam(folder_or_file),)
    paths = sorted(path for path in folder_or_file.iterdir() if _is_exam_file(path))
    if not paths:
        hint = "put EXAM.yaml files there, or name one with --keys"
        raise UsageFault(f"there is no exam file (*.yaml) in {folder_or_file}", hint=hint)
    exams: list[ExamFile] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            exams.append(load_exam(path))
        except FileFaults as error:
            faults.extend(error.faults)
    faults.extend(_same_ids(exams))
    if faults:
        raise FileFaults(faults)
    return tuple(exams)


def _is_exam_file(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml") and not path.name.startswith(".") and path.is_file()


def _same_ids(exams: Iterable[ExamFile]) -> list[Fault]:
    first: dict[str, str] = {}
    faults: list[Fault] = []
    for exam in exams:
        if exam.id in first:
            what = f"the exam id {exam.id} is also that of {first[exam.id]}"
            faults.append(
                Fault(file=exam.path, line=0, column=0, what=what, instead="give each exam its own id")
            )
        first.setdefault(exam.id, exam.path)
    return faults


def _versions(tree: MapNode, path: Path, faults: Faults) -> dict[str, Exam]:
    """The exam of each version; incomplete when there are faults."""
    _empty_versions_are_maps(tree)
    model = check(ExamModel, tree, faults, stand_ins=("exam", "id"))
    if model is None:
        return {}
    defaults = empty_map(tree.get("defaults"))
    _check_kinds(empty_map(defaults.get("by_kind")), faults)
    exams: dict[str, Exam] = {}
    overrides = {BASE_VERSION: MapNode(tree.place)}
    for version, change in empty_map(tree.get("versions")).items():
        _check_version(version, tree["versions"], faults)
        overrides.setdefault(version, change)
    for version, change in overrides.items():
        raw = flatten(tree["questions"], defaults, change, faults)
        exams[version] = _exam(model, tree, version, raw, path, faults)
    variations_of(tree.get("vary"), exams[BASE_VERSION], faults)
    return exams


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
) -> Exam:
    sections = sections_of(model, tree, raw, faults)
    section_of = {name: section.id for section in sections for name in section.questions}
    questions = [build_question(one, section_of.get(one.id, ""), faults) for one in raw]
    if not tree["questions"] and not faults.found:
        faults.add(
            tree.value_places["questions"],
            "there are no questions",
            "write questions: [{id: ..., kind: ...}]",
        )
    rounding = model.rounding
    return Exam(
        id=model.exam,
        title=model.title or model.exam,
        version=version,
        marking=Marking(model.marking),
        paper=cast(Literal["a4", "letter"], model.paper),
        student_id=_student_id(model),
        questions=tuple(question for question in questions if isinstance(question, Question)),
        groups=_groups_of(raw, section_of, faults),
        sections=sections,
        allow_empty=model.allow_empty,
        total=model.total,
        pass_points=model.pass_points,
        grades=_grades(model, tree, faults),
        rounding=Rounding(step=rounding.step, mode=_mode(rounding.mode)) if rounding else None,
        layout_file=_layout_file(model, tree, path, faults),
        file=str(path),
        places=_places(tree),
    )


def _groups_of(raw: list[RawQuestion], section_of: dict[str, str], faults: Faults) -> tuple[Group, ...]:
    """Questions whose parts are judged together, each in the one section of all its parts."""
    parts: dict[str, list[RawQuestion]] = {}
    for one in raw:
        if one.group is not None:
            parts.setdefault(one.group.id, []).append(one)
    groups = []
    for members in parts.values():
        group = members[0].group
        if group is None:
            continue
        sections = sorted({section_of.get(one.id, "") for one in members})
        if len(sections) > 1:
            what = f"the parts of question {group.id} are judged together, and not all in one section"
            faults.add(group.own.value_places["id"], what, f"let the section name question {group.id}")
        groups.append(build_group(group, tuple(one.id for one in members), sections[0], faults))
    return tuple(groups)


def _places(tree: MapNode) -> dict[str, Place]:
    """Where each field of the exam is written; ``sections.ID`` is a section."""
    places = {field: tree.value_places[field] for field in tree}
    for section in tree.get("sections", ()):
        places[f"sections.{section['id'].text}"] = section.place
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
            f"there is no layout {found}",
            "name a file, relative to the exam file",
        )
    return str(found)


def _grades(model: ExamModel, tree: MapNode, faults: Faults) -> tuple[tuple[Fraction, str], ...]:
    best_first = sorted(((least, grade) for grade, least in (model.grades or {}).items()), reverse=True)
    for (least, grade), (below, other) in pairwise(best_first):
        if least == below:
            place = tree["grades"].value_places[other]
            faults.add(
                place,
                f"the grades {grade} and {other} begin at the same points",
                "give each its own least points",
            )
    return tuple(best_first)
