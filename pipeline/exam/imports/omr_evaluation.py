"""OMRChecker's ``evaluation.json``: answers and marking schemes (its wiki and schema).

An answer is a text that the reading must equal (``"A"``, ``"AB"`` for both, ``"19"`` of a grid), a list
of such texts of which one must be met, or a list of texts with points of their own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from pipeline.exam.checking import Faults, place_of
from pipeline.exam.imports.omr_template import expand
from pipeline.exam.imports.records import Note
from pipeline.exam.numbers import exact
from pipeline.exam.tree import MapNode, Place

MOST_QUESTIONS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """Points of a question by how it was answered."""

    correct: Fraction
    incorrect: Fraction
    unmarked: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class OmrAnswer:
    """What one column of the output must say."""

    label: str
    texts: tuple[str, ...]
    """Any of these is right."""
    weights: tuple[Fraction, ...]
    """Points of each text; empty: the scheme's."""
    scheme: Scheme
    place: Place
    """Of the answer in evaluation.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """An ``evaluation.json``."""

    answers: tuple[OmrAnswer, ...]
    notes: tuple[Note, ...]


def read_evaluation(tree: MapNode, faults: Faults, read_csv: Callable[[str], str]) -> Evaluation:
    """What an evaluation says.

    Parameters
    ----------
    tree
        The JSON file.
    faults
        Takes every fault with its line and column.
    read_csv
        Gives the text of the answer key's file, by the name that the evaluation has for it.
    """
    reader = _Reader(tree, faults)
    options = tree.get("options")
    if not isinstance(options, MapNode):
        faults.add(tree.place, "options is missing", 'write "options": {"questions_in_order": [...], ...}')
        return Evaluation(answers=(), notes=())
    lines = reader.lines(options, read_csv)
    schemes, default = reader.schemes()
    answers = []
    for label, value, place in lines:
        texts, weights = reader.answer(label, value, place)
        if texts and default is not None:
            scheme = schemes.get(label, default)
            answers.append(OmrAnswer(label=label, texts=texts, weights=weights, scheme=scheme, place=place))
    for key, what in _LOST.items():
        if tree.get(key) or options.get(key):
            reader.notes.append(Note(kind="lost", what=f"{key} of evaluation.json: {what}", todo=_TODO[key]))
    reader.note_others()
    return Evaluation(answers=tuple(answers), notes=tuple(reader.notes))


_USED = frozenset({"source_type", "options", "marking_schemes", "marking_scheme"})
_OPTIONS_USED = frozenset(
    {"questions_in_order", "answers_in_order", "answer_key_csv_path", "answer_key_path"}
)
_SCHEME_USED = frozenset({"marking", "questions", "correct", "incorrect", "unmarked"})
_OUTPUT_ONLY = frozenset(
    {"outputs_configuration", "should_explain_scoring", "enable_evaluation_table_to_csv"}
)
"""Keys that say how OMRChecker shows its scores."""
_LOST = {
    "conditional_sets": "other answers for some sheets",
    "conditionalSets": "other answers for some sheets",
    "answer_key_image_path": "a key that is read from a filled sheet",
}
_TODO = dict.fromkeys(_LOST, "write them as versions of the exam file") | {
    "answer_key_image_path": "write the answers into the CSV file, or into the exam file"
}


@dataclass(slots=True)
class _Reader:
    """Reads an evaluation's parts and notes their faults."""

    tree: MapNode
    faults: Faults
    notes: list[Note] = field(default_factory=list)

    def lines(self, options: MapNode, read_csv: Callable[[str], str]) -> list[tuple[str, Any, Place]]:
        """(label, answer, place) of every question."""
        for key in ("answer_key_csv_path", "answer_key_path"):
            if str(self.tree.get("source_type", "")).endswith("csv") and isinstance(options.get(key), str):
                return self._csv(options[key], options.value_places[key], read_csv)
        questions, answers = options.get("questions_in_order"), options.get("answers_in_order")
        if not isinstance(questions, list) or not isinstance(answers, list):
            what = "questions_in_order or answers_in_order is missing"
            self.faults.add(
                options.place,
                what,
                'write "questions_in_order": ["q1..3"], "answers_in_order": ["A", "B", "C"]',
            )
            return []
        labels = [one for text in questions for one in expand(str(text))][:MOST_QUESTIONS]
        if len(labels) != len(answers):
            what = f"{len(labels)} questions and {len(answers)} answers"
            self.faults.add(
                place_of(self.tree, ("options", "answers_in_order")),
                what,
                "give one answer for each question",
            )
            return []
        places = [place_of(self.tree, ("options", "answers_in_order", at)) for at in range(len(answers))]
        return list(zip(labels, answers, places, strict=True))

    def _csv(self, name: str, place: Place, read_csv: Callable[[str], str]) -> list[tuple[str, Any, Place]]:
        found = []
        for number, line in enumerate(read_csv(name).splitlines()[: MOST_QUESTIONS + 1], 1):
            label, comma, text = line.partition(",")
            if not line.strip():
                continue
            if not comma:
                self.faults.add(place, f"{name}:{number} has no answer", "write question,answer")
                continue
            found.append((label.strip().strip('"'), _csv_answer(text), place))
        return found

    def note_others(self) -> None:
        """Note what the evaluation says that nothing here makes use of."""
        options = self.tree.get("options")
        parts = [(self.tree, _USED, "evaluation.json")]
        parts += (
            [(options, _OPTIONS_USED, "options in evaluation.json")] if isinstance(options, MapNode) else []
        )
        listed = self.tree.get("marking_schemes", self.tree.get("marking_scheme"))
        for name, said in listed.items() if isinstance(listed, MapNode) else ():
            if isinstance(said, MapNode):
                plain = {"marking_type"} if said.get("marking_type") == "default" else set()
                parts.append((said, _SCHEME_USED | plain, f"the scheme {name}"))
        for node, known, where in parts:
            for key in node:
                if key in _OUTPUT_ONLY:
                    what = f"{key} of {where}: reports are of their own kind"
                    self.notes.append(Note(kind="not needed", what=what))
                elif key not in known and key not in _LOST:
                    todo = "see that the rules in exam.yaml are what you want"
                    self.notes.append(Note(kind="lost", what=f"{key} of {where}: not known here", todo=todo))

    def schemes(self) -> tuple[dict[str, Scheme], Scheme | None]:
        """Schemes by question, and that of all others."""
        key = "marking_schemes" if "marking_schemes" in self.tree else "marking_scheme"
        listed = self.tree.get(key)
        if not isinstance(listed, MapNode) or "DEFAULT" not in listed:
            what = "marking_schemes has no DEFAULT"
            self.faults.add(
                self.tree.place, what, 'write "DEFAULT": {"correct": "1", "incorrect": "0", "unmarked": "0"}'
            )
            return {}, None
        found: dict[str, Scheme] = {}
        default: Scheme | None = None
        for name, said in listed.items():
            marking = said.get("marking", said) if isinstance(said, MapNode) else None
            scheme = self._scheme(name, marking, key)
            if scheme is None:
                continue
            if name == "DEFAULT":
                default = scheme
                continue
            questions = said.get("questions", [])
            for text in questions if isinstance(questions, list) else []:
                found.update(dict.fromkeys(expand(str(text)), scheme))
        return found, default

    def _scheme(self, name: str, marking: Any, key: str) -> Scheme | None:
        place = place_of(self.tree, (key, name))
        words = ("correct", "incorrect", "unmarked")
        if not isinstance(marking, MapNode):
            self.faults.add(place, f"the scheme {name} is no map", "write correct, incorrect and unmarked")
            return None
        if any(isinstance(marking.get(word), list) for word in words):
            self.faults.add(
                place,
                f"the scheme {name} gives points by streaks",
                "no rule here does: write one number for each",
            )
            return None
        points = [exact(str(marking.get(word, "0"))) for word in words]
        if points[0] is None or points[1] is None or points[2] is None or points[0] < 0:
            self.faults.add(
                place,
                f"the scheme {name} has points that are no number",
                "write 3, 0.5 or -2/3, correct from 0 on",
            )
            return None
        return Scheme(correct=points[0], incorrect=points[1], unmarked=points[2])

    def answer(self, label: str, value: Any, place: Place) -> tuple[tuple[str, ...], tuple[Fraction, ...]]:
        """Texts and their weights."""
        items = value if isinstance(value, list) else [value]
        texts: list[str] = []
        weights: list[Fraction] = []
        for item in items:
            if isinstance(item, list) and len(item) == 2 and isinstance(item[0], str):
                weight = exact(str(item[1]))
                if weight is not None:
                    texts.append(item[0])
                    weights.append(weight)
                    continue
            elif isinstance(item, str) and item:
                texts.append(item)
                continue
            instead = 'write "A", ["A", "B"] or [["A", 2], ["B", "1/2"]]'
            self.faults.add(place, f"the answer of {label} cannot be understood", instead)
            return (), ()
        if weights and len(weights) != len(texts):
            self.faults.add(
                place, f"some answers of {label} have points and some have none", "give each its points"
            )
            return (), ()
        return tuple(texts), tuple(weights)


def _csv_answer(text: str) -> Any:
    """An answer as the key's CSV file writes it: ``A``, ``A,B``, ``"['A', 'B']"``, ``"[['A', 2]]"``."""
    plain = text.strip().strip('"').strip()
    if plain.startswith("["):
        try:
            return json.loads(plain.replace("'", '"')[:1000])
        except (ValueError, RecursionError):
            return None
    parts = [part.strip() for part in plain.split(",") if part.strip()]
    return parts if len(parts) > 1 else plain
