"""Outcomes of pages that no layout could be read from."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from pipeline.model import (
    Decision,
    Doubt,
    LedgerEntry,
    Outcome,
    PageFailed,
    PageRead,
    PageResult,
    PageUnmatched,
)
from pipeline.reading.names import page_name

OUTCOME_OF_FINDING: Mapping[str, Outcome] = {
    "blank": "blank",
    "no-code": "unidentified",
    "foreign-code": "foreign",
    "unknown-layout": "unidentified",
    "not-registered": "unreadable",
}

MOST_CHANCE_MARKS = 1
"""As many black squares of any document may look like corner marks."""

DECIDED_OUTCOME: Mapping[str, Outcome] = {
    "blank": "blank",
    "scratch": "scratch",
    "foreign": "foreign",
}

DECIDABLE = (*DECIDED_OUTCOME, "ignore")
"""What a person may say of a page that could not be read."""


def other_entry(
    result: PageUnmatched | PageFailed,
    backs: frozenset[tuple[str, int]],
    decisions: Mapping[str, Decision],
) -> tuple[LedgerEntry, Doubt | None]:
    """Ledger entry of a page that was not read, and the doubt it raises, if any.

    A page without any print of ours in a file scanned on both sides, right behind a page whose
    booklet is complete, is that sheet's unprinted back: blank, or scratch paper. Elsewhere it is
    foreign; a person may say otherwise.

    Parameters
    ----------
    result
        The page.
    backs
        Pages (file hash, page) that would be unprinted backs, from :func:`unprinted_backs`.
    decisions
        By the doubt's name.
    """
    name = f"page-{page_name(result.source)}"
    outcome: Outcome
    if isinstance(result, PageFailed):
        outcome, reason = "unreadable", "; ".join(filter(None, (result.message, result.hint)))
    elif result.finding == "no-code" and result.marks_found <= MOST_CHANCE_MARKS:
        page = (result.source.sha256, result.source.page)
        if page in backs:
            outcome, reason = "scratch", "unprinted back of the sheet before it, written on"
        else:
            outcome, reason = "foreign", "it has no code and no corner marks of ours"
    else:
        outcome, reason = OUTCOME_OF_FINDING[result.finding], result.message
    code = result.code if isinstance(result, PageUnmatched) else None
    settled = False
    if decision := decisions.get(name):
        value = decision.value.strip().lower()
        settled = value in DECIDABLE
        outcome = DECIDED_OUTCOME.get(value, outcome)
        if settled:
            reason = f"{reason}; set aside by {decision.by}"
    entry = LedgerEntry(
        source=result.source,
        outcome=outcome,
        reason=reason,
        exam=code.exam if code else "",
        version=code.version if code else "",
        sheet=code.sheet if code else None,
        serial=code.serial if code else None,
        settled=settled,
    )
    if settled or outcome not in ("foreign", "unidentified", "unreadable"):
        return entry, None
    return entry, Doubt(
        id=name,
        kind="page",
        reason=reason,
        choices=" | ".join(DECIDABLE) + "; or scan it again",
        exam=entry.exam,
        version=entry.version,
        file=result.source.file,
        page=result.source.page,
    )


def unprinted_backs(
    results: Sequence[PageResult], complete: Collection[tuple[str, int]]
) -> frozenset[tuple[str, int]]:
    """Pages that can only be the unprinted back of the sheet before them.

    They lie right behind a page of a complete booklet, in a file of which most sheets are
    followed by a page that is not read: one that was scanned on both sides.

    Parameters
    ----------
    results
        Every page, in the order of the scans.
    complete
        Pages (file hash, page) of booklets of which no sheet is missing.
    """
    behind: dict[str, list[tuple[str, int]]] = {}
    reads: Counter[str] = Counter()
    for one, two in pairwise((*results, None)):
        if not isinstance(one, PageRead):
            continue
        reads[one.source.sha256] += 1
        if isinstance(two, PageUnmatched) and two.source.sha256 == one.source.sha256:
            place = (two.source.sha256, two.source.page)
            after = behind.setdefault(one.source.sha256, [])
            after.append(place if (one.source.sha256, one.source.page) in complete else ("", 0))
    return frozenset(
        place
        for file, places in behind.items()
        if 2 * len(places) > reads[file]
        for place in places
        if place[0]
    )
