"""Outcomes of pages that no layout could be read from."""

from collections.abc import Mapping

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

OUTCOME_OF_FINDING: Mapping[str, Outcome] = {
    "blank": "blank",
    "no-code": "unidentified",
    "foreign-code": "foreign",
    "unknown-layout": "unidentified",
    "not-registered": "unreadable",
}

DECIDED_OUTCOME: Mapping[str, Outcome] = {
    "blank": "blank",
    "scratch": "scratch",
    "foreign": "foreign",
}

DECIDABLE = (*DECIDED_OUTCOME, "ignore")
"""What a person may say of a page that could not be read."""


def other_entry(
    result: PageUnmatched | PageFailed,
    before: PageResult | None,
    complete: frozenset[tuple[str, int]],
    decisions: Mapping[str, Decision],
) -> tuple[LedgerEntry, Doubt | None]:
    """Ledger entry of a page that was not read, and the doubt it raises, if any.

    A page without any print of ours right behind a page whose booklet is complete is that
    sheet's unprinted back: blank, or scratch paper. Behind an incomplete booklet it may be the
    missing sheet, damaged, and goes to a person.

    Parameters
    ----------
    result
        The page.
    before
        The result just before it in the scans.
    complete
        Pages (file hash, page) of booklets of which no sheet is missing.
    decisions
        By the doubt's name.
    """
    name = f"page-{result.source.sha256[:12]}-{result.source.page}"
    outcome: Outcome
    if isinstance(result, PageFailed):
        outcome, reason = "unreadable", "; ".join(filter(None, (result.message, result.hint)))
    elif _is_back(result, before, complete):
        outcome, reason = "scratch", "unprinted back of the sheet before it, written on"
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
    if settled or outcome not in ("unidentified", "unreadable"):
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


def _is_back(result: PageUnmatched, before: PageResult | None, complete: frozenset[tuple[str, int]]) -> bool:
    return (
        result.finding == "no-code"
        and result.marks_found == 0
        and isinstance(before, PageRead)
        and before.source.sha256 == result.source.sha256
        and before.source.page == result.source.page - 1
        and (before.source.sha256, before.source.page) in complete
    )
