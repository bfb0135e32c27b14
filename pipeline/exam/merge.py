"""What a question says in the end: defaults, its kind's defaults, its parent, itself, its version.

All of it on the tree, so that each field keeps the place where it was written.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.exam.checking import Faults
from pipeline.exam.fields import KINDS, QUESTION_ID, TABLE
from pipeline.exam.shorthand import expanded
from pipeline.exam.source import did_you_mean
from pipeline.exam.tree import ListNode, MapNode, Node, Scalar

_REPLACED = frozenset({"tolerance"})
"""Maps whose fields exclude each other: the newer one stands alone."""
_WITH_OPTIONS = frozenset({"choice", "choices", "truefalse"})
GROUP_RULES = frozenset({"all-parts", "share-of-parts"})
"""Rules of a question whose parts are judged together: its parts have no points of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawQuestion:
    """A question whose parts, defaults and version are worked in, still unchecked."""

    id: str
    made_up: bool
    """Whether the id stands for one that is missing."""
    ancestors: tuple[str, ...]
    """Ids of the questions that it is a part of, the outermost first."""
    kind: str
    """"" when nobody says."""
    own: MapNode
    """What the question, its parent and its version say."""
    defaults: MapNode
    """What the exam's defaults say to questions of this kind."""
    group: "RawGroup | None" = None
    """The question whose parts are judged together, when this is one of them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawGroup:
    """A question whose parts are judged together."""

    id: str
    own: MapNode
    """What the question and its version say."""
    points: MapNode
    """Holds ``points`` when the exam's defaults do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Flat:
    """A question that has no parts, before the defaults."""

    id: str
    above: tuple[str, ...]
    own: MapNode
    group: RawGroup | None


def merge(base: MapNode, over: MapNode) -> MapNode:
    """``base`` changed by ``over``: maps are merged, all else is replaced.

    A rule of another name and an answer of another solver replace the old one whole. Options that
    name every option of the base are in the order of ``over``.
    """
    merged = base.copy()
    for key, value in over.items():
        old = base.get(key)
        if isinstance(old, MapNode) and isinstance(value, MapNode) and not _replaces(key, old, value):
            merged.put(key, _merge_field(key, old, value), over.key_places[key], over.value_places[key])
        else:
            merged.take(over, key)
    merged.dropped = (base.dropped | over.dropped) - merged.keys()
    merged.refused = (base.refused - over.keys()) | over.refused
    return merged


def _merge_field(key: str, old: MapNode, new: MapNode) -> MapNode:
    merged = merge(old, new)
    if key != "options" or not set(old) <= set(new):
        return merged
    ordered = MapNode(merged.place)
    ordered.dropped, ordered.refused = merged.dropped, merged.refused
    for option in new:
        ordered.take(merged, option)
    return ordered


def _replaces(key: str, old: MapNode, new: MapNode) -> bool:
    if key in _REPLACED:
        return True
    name = {"rule": "name", "answer": "solve"}.get(key, "")
    return name in new and _scalar_text(new[name]) != _scalar_text(old.get(name))


def _scalar_text(node: object) -> str:
    return node.text if isinstance(node, Scalar) else ""


def named_rule(node: MapNode) -> MapNode:
    """The same map with ``rule: NAME`` written as ``rule: {name: NAME}``."""
    rule = node.get("rule")
    if not isinstance(rule, Scalar):
        return node
    changed, named = node.copy(), MapNode(rule.place)
    named.put("name", rule, rule.place, rule.place)
    changed.put("rule", named, node.key_places["rule"], node.value_places["rule"])
    return changed


def _overridden(node: MapNode, over: MapNode | None) -> MapNode:
    """A question as another version has it; ``with`` is short for ``answer.with``."""
    if over is None:
        return node
    change = named_rule(over).copy()
    if "with" in change:
        answer = MapNode(over.value_places["with"])
        answer.take(over, "with")
        if isinstance(change.get("answer"), MapNode):
            answer = merge(answer, change["answer"])
        change.put("answer", answer, over.key_places["with"], over.value_places["with"])
        del change["with"]
    base = named_rule(node).copy()
    if not _OTHER_NUMBERS.isdisjoint(change):
        base = _without_printed(base)
    return merge(base, change)


_OTHER_NUMBERS = frozenset({"answer", "options", "with"})


def _without_printed(node: MapNode) -> MapNode:
    """What the official solution prints is of version A, whose numbers these are not."""
    left = node.copy()
    for field in ("printed", "printed_is_wrong", "erratum", "also_accept"):
        left.pop(field, None)
    return left


def _solves(node: object) -> bool:
    return isinstance(node, MapNode) and "solve" in node


def _takes_solve(parent: MapNode, part: MapNode) -> bool:
    """Whether a part only says what is different in the solve that its question gives."""
    own = part.get("answer")
    return isinstance(own, MapNode) and "solve" not in own and _solves(parent.get("answer"))


def _inherited(parent: MapNode, part: MapNode) -> MapNode:
    """A part with what it does not say itself: its parent's kind, points, options, rule and formats."""
    kind = _scalar_text(part.get("kind"))
    asked = "number" if kind == TABLE else kind
    same_kind = "kind" not in part or _scalar_text(parent.get("kind")) == asked
    fields = ["kind", "title", "void", "bonus"]
    fields += [] if "max" in empty_map(part.get("credits")) else ["points"]
    if same_kind:
        fields += ["rule", "number", "credits"]
        fields += [] if "options" in part else ["options", "dont_know"]
    if _takes_solve(parent, part):
        fields.append("answer")
    base = MapNode(part.place)
    for key in fields:
        if key in parent:
            base.take(parent, key)
    base.dropped = parent.dropped & frozenset(fields)
    base.refused = parent.refused & frozenset(fields)
    return merge(base, part)


def flatten(questions: ListNode, defaults: MapNode, overrides: MapNode, faults: Faults) -> list[RawQuestion]:
    """All questions of a version, parts in the place of their parents.

    Parameters
    ----------
    questions
        The exam file's list.
    defaults
        The exam file's ``defaults``, an empty map when it has none.
    overrides
        What this version changes, by question id, of questions and of parts.
    faults
        Takes ids that stand twice, overrides of unknown questions, parents with an answer.

    Returns
    -------
    list of RawQuestion
        In the order of the file.
    """
    known: set[str] = set()
    raw: list[RawQuestion] = []
    for node in questions:
        flat = _flat(node, (), None, overrides, known, faults)
        raw.extend(_with_defaults(found, defaults) for found in flat)
    for name in overrides:
        if name not in known:
            guess = "" if faults.many else did_you_mean(name, known)
            faults.add(overrides.key_places[name], f"there is no question {name!r}", guess)
    return raw


def _flat(
    node: MapNode,
    above: tuple[str, ...],
    parent: MapNode | None,
    overrides: MapNode,
    known: set[str],
    faults: Faults,
    group: RawGroup | None = None,
    *,
    changed: bool = False,
) -> Iterator[_Flat]:
    """A question, or its parts; ``changed`` when the version has another answer of a question above."""
    prefix = above[-1] if above else ""
    written = _scalar_text(node["id"])
    name = written if not prefix or written.startswith(f"{prefix}.") else f"{prefix}.{written}"
    _check_id(name, written, node, known, faults)
    over = overrides.get(name)
    if changed and parent is not None and _takes_solve(parent, node):
        node = _without_printed(node)
    whole = _overridden(named_rule(node), over)
    changed = changed or (over is not None and not _OTHER_NUMBERS.isdisjoint(over))
    if parent is not None:
        whole = _inherited(parent, whole)
    whole = expanded(name, whole, faults)
    parts = whole.get("parts")
    if not isinstance(parts, ListNode):
        yield _Flat(id=name, above=above, own=whole, group=group)
        return
    if not parts:
        faults.add(
            parts.place, f"question {name} has an empty list of parts", "write its parts, or remove parts"
        )
    for field in ("answer", "printed", "printed_is_wrong", "erratum"):
        if field in whole and not (field == "answer" and _solves(whole[field])):
            what = f"question {name} has parts, and {field} of its own"
            faults.add(whole.key_places[field], what, "give it to the parts")
    whole, group = _grouped(name, whole, group, faults)
    for part in parts:
        yield from _flat(part, (*above, name), whole, overrides, known, faults, group, changed=changed)


def _grouped(
    name: str, whole: MapNode, group: RawGroup | None, faults: Faults
) -> tuple[MapNode, RawGroup | None]:
    """What parts inherit, and the group that they are of."""
    rule = whole.get("rule")
    if not isinstance(rule, MapNode) or _scalar_text(rule.get("name")) not in GROUP_RULES:
        return whole, group
    if group is not None:
        what = f"question {name} is a part of {group.id}, whose parts are judged together already"
        faults.add(whole.key_places["rule"], what, "remove one of the two rules")
    inherited = whole.copy()
    for field in ("rule", "points", "bonus"):
        inherited.pop(field, None)
    return inherited, RawGroup(id=name, own=whole, points=MapNode(whole.place))


def _check_id(name: str, written: str, node: MapNode, known: set[str], faults: Faults) -> None:
    place = node.value_places["id"]
    if name in known:
        faults.add(place, f"the id {name} is given to two questions", "give each question its own id")
    elif name == "id":
        faults.add(place, "the id 'id' is kept for the student id", "give the question another id")
    elif len(name) > 24 and len(written) <= 24 and QUESTION_ID.fullmatch(written):
        faults.add(place, f"the part's whole id {name} is longer than 24 characters", "use shorter ids")
    if not node["id"].made_up:
        known.add(name)


def _with_defaults(found: _Flat, defaults: MapNode) -> RawQuestion:
    own, group = found.own, found.group
    if group is not None and "points" in defaults:
        group.points.take(defaults, "points")
    kind = _scalar_text(own.get("kind"))
    by_kind = defaults.get("by_kind")
    special = by_kind.get(kind) if isinstance(by_kind, MapNode) else None
    general = named_rule(_fitting(defaults, kind))
    kinds = by_kind.values() if isinstance(by_kind, MapNode) else ()
    if kind not in KINDS and any("points" in one for one in kinds if isinstance(one, MapNode)):
        general.drop("points")
    for_kind = named_rule(special) if isinstance(special, MapNode) else MapNode(defaults.place)
    return RawQuestion(
        id=found.id,
        made_up=own["id"].made_up,
        ancestors=found.above,
        kind=kind,
        own=own,
        defaults=merge(general, for_kind),
        group=group,
    )


def _fitting(defaults: MapNode, kind: str) -> MapNode:
    """The general defaults that suit a kind of question.

    A rule for all is a rule for questions with options (``single`` is one for questions with one
    answer); numbers and credits have rules of their own and take another from ``by_kind`` only.
    """
    fields = ["points"]
    rule = defaults.get("rule")
    name = _scalar_text(rule.get("name")) if isinstance(rule, MapNode) else _scalar_text(rule)
    if kind in _WITH_OPTIONS and not (kind == "choices" and name == "single"):
        fields.append("rule")
    if kind == "number":
        fields.append("number")
    if kind in ("credits", "text"):
        fields.append("credits")
    found = MapNode(defaults.place)
    for key in fields:
        if key in defaults:
            found.take(defaults, key)
    found.dropped = defaults.dropped & frozenset(fields)
    found.refused = defaults.refused & frozenset(fields)
    return found


def empty_map(node: Node | None) -> MapNode:
    """The map, or an empty one where there is none."""
    return node if isinstance(node, MapNode) else MapNode((1, 1))
