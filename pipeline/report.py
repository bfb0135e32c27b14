"""``report.html`` and ``grades.xlsx`` of a results folder, from what was published last."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from pipeline import __version__
from pipeline.errors import UsageFault
from pipeline.formats import PageRow, ReviewRow
from pipeline.grading import ItemStatistics
from pipeline.items import DECIDED, ExamItems, VersionItems, exam_items
from pipeline.model import WITHDRAWN, Decision, Exam
from pipeline.published import Published
from pipeline.reading import black_and_white_notice, is_black_and_white
from pipeline.reporting import (
    PAGE_WORDS,
    STUDENT_WORDS,
    Bar,
    bars_picture,
    bytes_content,
    histogram,
    points_text,
    read_sheet,
    read_table,
    replace_files,
    report_page,
    text_content,
    workbook,
)
from pipeline.reporting.lms import Outgoing

REPORT = "report.html"
WORKBOOK = "grades.xlsx"
MOST_PAGES = 200
"""Pages that were not used that are listed."""
NOTHING = "\N{EN DASH}"
"""Stands for a figure that is not defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Options of ``scangrade report``."""

    results: Path
    by_group: bool = False
    roster: Path | None = None
    """None: that of the last run."""
    output: Path | None = None
    """Folder for both files; None: the results folder."""


def write_report(settings: ReportSettings) -> tuple[Path, ...]:
    """Write the report and the workbook; opens no image and grades nothing.

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    UsageFault
        It is no results folder, nothing was published there, a table is gone, or no student has a group.
    ResultsFault
        A file cannot be written.
    """
    published = Published.load(settings.results, settings.roster)
    values = report_values(published, settings.results, by_group=settings.by_group)
    sheets = {
        "grades": read_sheet(settings.results / "grades.csv"),
        "answers": read_sheet(settings.results / "answers.csv"),
        "items": read_sheet(settings.results / "items.csv"),
        "ledger": read_sheet(settings.results / "pages.csv"),
    }
    folder = settings.output or settings.results
    if not folder.is_dir():
        raise UsageFault(f"there is no folder {folder}", hint="make it, or name another one with -o")
    return replace_files(
        {
            folder / REPORT: text_content(report_page(values)),
            folder / WORKBOOK: bytes_content(workbook(sheets, published.at)),
        }
    )


def report_values(published: Published, folder: Path, *, by_group: bool) -> dict[str, Any]:
    """Everything that the report shows."""
    exams = {one.exam: one for one in exam_items(published.snapshot, published.exams)}
    names = published.exam_ids
    if by_group and not any(one.group for name in names for one in published.students(name)):
        raise UsageFault(
            "no student has a group", hint="name a roster with a column group (or section) with --roster"
        )
    shown = [_exam_values(published, name, exams.get(name), by_group=by_group) for name in names]
    return {
        "title": shown[0]["title"] if len(shown) == 1 else "Results of " + ", ".join(names),
        "at": published.at.replace("T", " ").replace("Z", " UTC"),
        "program": __version__,
        "keys": [{"exam": key.exam, "hash": key.hash[:12]} for key in published.keys],
        "notices": published.notices,
        "exams": shown,
        **_ledger_values(folder / "pages.csv"),
        "scans": _scan_words(folder),
        **_doubt_values(folder / "review.csv", published.decisions),
        **_misread_values(published),
    }


# --- an exam ---------------------------------------------------------------------------------------


def _exam_values(
    published: Published, name: str, items: ExamItems | None, *, by_group: bool
) -> dict[str, Any]:
    exam = published.exam_file(name)
    students = published.students(name)
    counted = [one for one in students if one.status in DECIDED and one.points is not None]
    passed = published.passed(name)
    most = max((one.max_points for one in students), default=Fraction(0))
    whole = items.whole if items is not None else None
    return {
        "title": exam.title if exam is not None else name,
        "counted": len(counted),
        "tiles": _tiles(students, counted, passed, whole),
        "open": _open_words(students),
        "points_picture": _markup(_points_picture(counted, most, exam)),
        "grades_picture": _markup(_grades_picture(counted, exam)),
        "groups": _groups(students) if by_group else (),
        "versions": _versions(items) if items is not None else (),
        "again": _again(items) if items is not None else (),
        "table": _table(whole) if whole is not None else (),
        "alpha": _figure(whole.statistics.alpha) if whole is not None else NOTHING,
        "distractors": [_answers_given(one, items) for one in items.versions] if items is not None else (),
    }


def _markup(picture: str) -> Any:
    from markupsafe import Markup

    return Markup(picture)  # noqa: S704 (made by bars_picture, which escapes every text)


def _tiles(
    students: Sequence[Outgoing],
    counted: Sequence[Outgoing],
    passed: Mapping[bool, int],
    whole: VersionItems | None,
) -> list[dict[str, str]]:
    points = [float(one.earned) for one in counted]
    most = max((one.max_points for one in students), default=Fraction(0))
    tiles = [("students", str(len(students))), ("graded", str(len(counted)))]
    if passed[True] + passed[False]:
        tiles.append((f"passed ({passed[True]} of {sum(passed.values())})", _percent(_pass_share(passed))))
    tiles += [
        (f"mean of {points_text(most)} points", _figure(fmean(points) if points else None)),
        ("median", _figure(median(points) if points else None)),
        ("standard deviation", _figure(stdev(points) if len(points) > 1 else None)),
    ]
    if whole is not None:
        found = whole.statistics
        kind = "KR\N{NON-BREAKING HYPHEN}20" if found.is_kr20 else "alpha"
        tiles.append((f"reliability, {kind}", _figure(found.alpha)))
        tiles.append(("standard error, points", _figure(found.standard_error)))
    return [{"label": label, "value": value} for label, value in tiles]


def _pass_share(passed: Mapping[bool, int]) -> float | None:
    total = passed[True] + passed[False]
    return passed[True] / total if total else None


def _open_words(students: Sequence[Outgoing]) -> str:
    """Who is not counted, in words."""
    counts = Counter(one.status for one in students)
    words = [f"{counts[status]} {STUDENT_WORDS[status]}" for status in ("review", "incomplete", "absent")]
    named = [
        text for text, status in zip(words, ("review", "incomplete", "absent"), strict=True) if counts[status]
    ]
    return f"Not counted: {', '.join(named)}." if named else ""


def _points_picture(counted: Sequence[Outgoing], most: Fraction, exam: Exam | None) -> str:
    line = exam.pass_points if exam is not None else None
    bars, between = histogram([one.earned for one in counted], most, line)
    axis = "points" if line is None else f"points; passed from {points_text(line)}"
    title = f"How many students have how many points, {len(counted)} in all"
    return bars_picture(title, bars, between=between, axis=axis)


def _grades_picture(counted: Sequence[Outgoing], exam: Exam | None) -> str:
    counts = Counter(one.grade for one in counted if one.grade)
    if not counts:
        return ""
    table = exam.grades if exam is not None else ()
    line = exam.pass_points if exam is not None else None
    low = {grade for least, grade in table if line is not None and least < line} | {"failed"}
    names = [grade for _, grade in table] or ["passed", "failed"]
    names += [grade for grade in sorted(counts) if grade not in names]
    bars = [Bar(label=name, count=counts[name], is_low=name in low) for name in names]
    return bars_picture("How many students have which grade", bars, axis="grade")


def _groups(students: Sequence[Outgoing]) -> list[dict[str, Any]]:
    groups: dict[str, list[Outgoing]] = {}
    for one in students:
        groups.setdefault(one.group, []).append(one)
    return [_group_values(name or "(no group)", groups[name]) for name in sorted(groups)]


def _group_values(name: str, students: Sequence[Outgoing]) -> dict[str, Any]:
    counted = [one for one in students if one.status in DECIDED and one.points is not None]
    points = [float(one.earned) for one in counted]
    shares = [float(one.earned / one.max_points) for one in counted if one.max_points]
    share = fmean(shares) if shares else None
    known = [one.passed for one in counted if one.passed]
    passes = known.count("yes") / len(known) if known else None
    return {
        "name": name,
        "students": len(students),
        "counted": len(counted),
        "mean": _figure(fmean(points) if points else None),
        "median": _figure(median(points) if points else None),
        "deviation": _figure(stdev(points) if len(points) > 1 else None),
        "share": _percent(share),
        "share_width": _width(share),
        "passed": _percent(passes),
    }


# --- its questions ---------------------------------------------------------------------------------


def _versions(items: ExamItems) -> list[dict[str, Any]]:
    alphas = {one.version: one.statistics.alpha for one in items.versions}
    return [
        {
            "name": one.version,
            "students": one.students,
            "mean": _percent(one.mean),
            "others": _percent(one.others),
            "difference": f"{100 * one.difference:+.1f} %".replace("-", "\N{MINUS SIGN}"),
            "error": _percent(one.standard_error),
            "alpha": _figure(alphas.get(one.version)),
            "is_large": one.is_large,
        }
        for one in items.differences
        if not one.question
    ]


def _again(items: ExamItems) -> list[dict[str, Any]]:
    """Questions to look at again: those of all versions, then what one version alone shows."""
    found: dict[str, list[str]] = {name: list(words) for name, words in items.whole.reasons.items()}
    for version in items.versions:
        if version is items.whole:
            continue
        for name, words in version.reasons.items():
            found.setdefault(name, []).extend(f"version {version.version}: {word}" for word in words)
    return [{"question": name, "reasons": words} for name, words in found.items() if words]


def _table(part: VersionItems) -> list[dict[str, Any]]:
    """All questions with points of their own; parts of others are among the answers given."""
    items = part.statistics.items
    return [_item_values(part, item) for item in items if item.question.points or item.question.is_void]


def _item_values(part: VersionItems, item: ItemStatistics) -> dict[str, Any]:
    question = item.question
    return {
        "question": question.id,
        "points": points_text(question.points),
        "students": item.students,
        "mean": _figure(item.mean),
        "facility": _percent(item.facility),
        "facility_width": _width(item.facility),
        "discrimination": _figure(item.discrimination),
        "alpha_without": _figure(item.alpha_without),
        "blank": _percent(item.blank),
        "correct": question.correct,
        "flag": question.id in part.reasons,
    }


def _answers_given(part: VersionItems, items: ExamItems) -> dict[str, Any]:
    questions = [
        {
            "question": item.question.id,
            "blank": _percent(item.blank),
            "blank_width": _width(item.blank),
            "options": [
                {
                    "option": one.option,
                    "is_right": one.is_right,
                    "share": _percent(one.share),
                    "width": _width(one.share),
                    "top": _percent(one.top),
                    "bottom": _percent(one.bottom),
                }
                for one in item.options
            ],
        }
        for item in part.statistics.items
        if item.options
    ]
    return {"name": part.version if len(items.versions) > 1 else "", "questions": questions}


# --- pages and people ------------------------------------------------------------------------------


def _ledger_values(path: Path) -> dict[str, Any]:
    rows = read_table(path, PageRow)
    counts = Counter(row["outcome"] for row in rows)
    unused = [row for row in rows if row["outcome"] not in ("read", "blank", "scratch", "duplicate")]
    return {
        "ledger": [
            {"name": PAGE_WORDS[outcome], "count": counts[outcome]}
            for outcome in PAGE_WORDS
            if counts[outcome]
        ],
        "pages": sum(count for outcome, count in counts.items() if outcome),
        "not_read": [{**row, "outcome": PAGE_WORDS[row["outcome"]]} for row in unused[:MOST_PAGES]],
        "not_read_more": max(0, len(unused) - MOST_PAGES),
    }


def _scan_words(folder: Path) -> str:
    """How many pages are black and white, and how many of the open doubts are about them."""
    pages = read_table(folder / "pages.csv", PageRow)
    found = {(row["file"], row["page"]) for row in pages if is_black_and_white(row["reason"])}
    if not found:
        return ""
    doubts = [(row["file"], row["page"]) in found for row in read_table(folder / "review.csv", ReviewRow)]
    share = f" {sum(doubts)} of {len(doubts)} open doubts are about such pages." if doubts else ""
    return f"{black_and_white_notice(len(found))}.{share}"


def _doubt_values(path: Path, decisions: Sequence[Decision]) -> dict[str, Any]:
    counts = Counter(row["kind"] for row in read_table(path, ReviewRow))
    kinds = ", ".join(f"{count} of kind {kind}" for kind, count in sorted(counts.items()))
    waiting = (
        f"{sum(counts.values())} wait for a person ({kinds})." if counts else "Nothing waits for a person."
    )
    return {"doubts": waiting, "deciders": _deciders(decisions)}


def _deciders(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """Who decided how much, and how much of it stands; looks at certain marks are told elsewhere."""
    kept = [one for one in decisions if not one.doubt.startswith("look-")]
    last = {one.doubt: one for one in kept}
    people: dict[str, list[Decision]] = {}
    for one in kept:
        people.setdefault(one.by, []).append(one)
    return [
        {
            "name": name,
            "count": len(made),
            "standing": sum(last[one.doubt] is one and one.value != WITHDRAWN for one in made),
            "first": made[0].at.replace("T", " ").replace("Z", ""),
            "last": made[-1].at.replace("T", " ").replace("Z", ""),
        }
        for name, made in sorted(people.items())
    ]


def _misread_values(published: Published) -> dict[str, str]:
    if published.second_look is None:
        words = "Nobody has compared certain marks with the paper, so that no bound can be given."
        return {"misreads": words, "look_again": "scangrade review RESULTS --second-look 300 draws a sample."}
    sentence = published.second_look.sentence()
    return {"misreads": f"{sentence[0].upper()}{sentence[1:]}.", "look_again": ""}


# --- figures as text -------------------------------------------------------------------------------


def _figure(value: float | None) -> str:
    return NOTHING if value is None else f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:.0f} %".replace("-", "\N{MINUS SIGN}")


def _width(share: float | None) -> float | None:
    """Length of a meter in per cent."""
    return None if share is None else round(100 * min(1.0, max(0.0, share)), 1)
