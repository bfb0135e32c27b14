"""Sections of an exam, and the faults between them and the questions."""

from pipeline.exam.checking import Faults
from pipeline.exam.merge import RawQuestion
from pipeline.exam.schema import ExamModel, SectionModel
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import MapNode
from pipeline.model import Section


def sections_of(
    model: ExamModel, tree: MapNode, raw: list[RawQuestion], faults: Faults
) -> tuple[tuple[Section, ...], frozenset[str]]:
    """Sections of an exam; a question with parts stands for its parts.

    Parameters
    ----------
    model, tree
        The exam file.
    raw
        All questions, parts flattened.
    faults
        Takes unknown questions, questions in two sections, ids that stand twice, floors above caps.

    Returns
    -------
    tuple of tuple of Section, and frozenset of str
        In the order of the file; ids of those that have faults.
    """
    under: dict[str, list[str]] = {}
    for one in raw:
        for name in (one.id, *one.ancestors):
            if not one.made_up and one.id not in under.setdefault(name, []):
                under[name].append(one.id)
    taken: dict[str, str] = {}
    ids: set[str] = set()
    faulty: set[str] = set()
    sections: list[Section] = []
    for section, node in zip(model.sections, tree.get("sections", ()), strict=True):
        before = faults.noted
        if section.id in ids:
            what = f"the id {section.id} is given to two sections"
            faults.add(node.value_places["id"], what, "give each section its own id")
        ids.add(section.id)
        if section.floor is not None and section.cap is not None and section.floor > section.cap:
            what = f"the floor of section {section.id} is above its cap"
            faults.add(node.value_places["floor"], what, "write a floor below the cap")
        names = _questions(section, node, under, taken, faults)
        sections.append(
            Section(
                id=section.id,
                title=section.title or section.id,
                questions=names,
                floor=section.floor,
                cap=section.cap,
                points=section.points,
            )
        )
        if faults.noted > before or node.refused:
            faulty.add(section.id)
    return tuple(sections), frozenset(faulty)


def _questions(
    section: SectionModel, node: MapNode, under: dict[str, list[str]], taken: dict[str, str], faults: Faults
) -> tuple[str, ...]:
    names: list[str] = []
    for name, place in zip(section.questions, node["questions"].value_places, strict=True):
        if name not in under:
            what = f"section {section.id} names question {name!r}, and there is none"
            faults.add(place, what, did_you_mean(name, under))
        for flat in under.get(name, ()):
            if flat in taken:
                what = f"question {flat} is in section {taken[flat]} already"
                faults.add(place, what, "name each question once")
            else:
                taken[flat] = section.id
                names.append(flat)
    return tuple(names)
