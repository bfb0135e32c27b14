"""Names of other programs' fields become ids that an exam file and its tables can hold."""

import re
from collections.abc import Iterable, Mapping
from string import ascii_uppercase

from pipeline.exam.fields import OPTION_ID, QUESTION_ID

LONGEST = 24
"""Most characters of a question's id."""


def question_ids(names: Iterable[str]) -> Mapping[str, str]:
    """A question id for each name, in their order, no two alike.

    A name that is an id already keeps it; of others, what is no letter or digit becomes ``-``.
    """
    given = list(dict.fromkeys(names))
    ids = {name: name for name in given if _is_plain(name)}
    taken = set(ids.values())
    for number, name in enumerate(given, 1):
        if name in ids:
            continue
        spelt = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:LONGEST].strip("-") or f"q{number}"
        ids[name] = _free(spelt, taken)
        taken.add(ids[name])
    return {name: ids[name] for name in given}


def option_id(value: str, place: int) -> str:
    """The id of an option: what it is called when that can be an id, else a letter by its 0-based place."""
    return value if OPTION_ID.fullmatch(value) else letter(place)


def letter(place: int) -> str:
    """A, B ... Z, A2, B2 ... by 0-based place."""
    turn, place = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(turn + 1) if turn else "")


def _is_plain(name: str) -> bool:
    return QUESTION_ID.fullmatch(name) is not None and "." not in name and name != "id"


def _free(spelt: str, taken: set[str]) -> str:
    if spelt not in taken and spelt != "id":
        return spelt
    number = 2
    while (name := f"{spelt[: LONGEST - 1 - len(str(number))]}-{number}") in taken:
        number += 1
    return name
