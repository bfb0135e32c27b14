"""What a run needs beside the scans: exams with their keys, layouts, printed sheets, roster.

Reads files and checks that they fit together; opens no scan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from pipeline.errors import Fault, FileFaults, UsageFault
from pipeline.exam import (
    NO_LAYOUT,
    ExamDraft,
    compose_sheet,
    draft_exam,
    draft_exams,
    is_bit,
    layout_differences,
    layouts_folder,
    load_credits,
    load_layout,
    load_layouts,
    load_roster,
    load_sheets,
)
from pipeline.formats import CreditRow
from pipeline.grading import Key, build_key, number_text
from pipeline.model import Assembly, Exam, ExamFile, Layout, LayoutBook, Question, Student
from pipeline.store import DATABASE, KeyVersion

VersionKey = tuple[str, str]
"""(exam id, version)"""

SHEETS_FILE = "sheets.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exams:
    """Every exam at hand with its solved key."""

    files: tuple[ExamFile, ...] = ()
    exams: Mapping[VersionKey, Exam] = field(default_factory=dict)
    keys: Mapping[VersionKey, Key] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    sources: tuple[KeyVersion, ...] = ()
    """The files' own bytes, with their paths from the root."""
    notices: tuple[str, ...] = ()
    """Which file each exam is graded by, where that is not plain."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Exam ids, in the order of the files."""
        return tuple(file.id for file in self.files)


def gather_exams(keys: Path) -> Exams:
    """Load and solve every exam file of a folder, or one file.

    Raises
    ------
    FileFaults
        With every fault of every file and every key at once.
    UsageFault
        When there is no exam file.
    """
    return solved_exams(draft_exams(keys))


def stored_exams(earlier: Sequence[KeyVersion]) -> Exams:
    """The exams that a results folder was graded by, as they were then; their layouts may be gone."""
    drafts = [draft_exam(key.text, Path(key.file)) for key in earlier]
    return solved_exams(
        [
            replace(draft, faults=tuple(one for one in draft.faults if not one.what.startswith(NO_LAYOUT)))
            for draft in drafts
        ]
    )


def with_known_exams(exams: Exams, earlier: Sequence[KeyVersion], named: Path | None = None) -> Exams:
    """The exams at hand, and the others that the results folder was graded by before.

    A results folder may hold several exams, while only some of their files are named now. The
    others are read again from the files that they came from; where such a file is gone, the copy
    in the folder counts, and a notice says so.

    Parameters
    ----------
    exams
        Those at hand.
    earlier
        Every exam file that graded the folder last.
    named
        What the user named, for the notice; None: nothing.

    Raises
    ------
    FileFaults
        When one of those files has faults now.
    """
    missing = [key for key in earlier if key.exam not in exams.ids]
    if not missing:
        return exams
    found = [_read_again(key) for key in missing]
    again = solved_exams([draft for draft, _ in found])
    sources = [
        replace(key, text=source.text) if why else source
        for key, source, (_, why) in zip(missing, again.sources, found, strict=True)
    ]
    copies = [
        f"{key.exam} is graded by the copy in {DATABASE} (key {key.hash[:12]}): {why}"
        for key, (_, why) in zip(missing, found, strict=True)
        if why
    ]
    return Exams(
        files=(*exams.files, *again.files),
        exams={**exams.exams, **again.exams},
        keys={**exams.keys, **again.keys},
        warnings=(*exams.warnings, *again.warnings),
        sources=(*exams.sources, *sources),
        notices=(*exams.notices, *_not_named(exams, again, missing, named), *copies),
    )


def _read_again(key: KeyVersion) -> tuple[ExamDraft, str]:
    """An exam from the file that it came from; or from its copy, and why."""
    path = Path(key.file)
    if not path.is_absolute():
        why = f"the folder of its file {path} is not known"
    elif not path.is_file():
        why = f"its file {path} is gone"
    else:
        (draft,) = draft_exams(path)
        if draft.file is None or draft.file.id == key.exam:
            return draft, ""
        why = f"its file {path} holds {draft.file.id} now"
    return draft_exam(key.text, path), why


def _not_named(exams: Exams, again: Exams, missing: Sequence[KeyVersion], named: Path | None) -> list[str]:
    """Which exams of the folder are graded too, though the keys that are named have none of them."""
    if named is None:
        return []
    hashes = {key.exam: key.hash for key in missing}
    same = [file.id for file in again.files if file.key_hash == hashes[file.id]]
    others = [file.id for file in again.files if file.id not in same]
    words = [f"{named} has {', '.join(exams.ids)}"]
    words += [f"by the same key as before: {', '.join(same)}"] if same else []
    words += [f"by its own file, which was changed: {', '.join(others)}"] if others else []
    return ["; ".join(words)]


def solved_exams(drafts: Sequence[ExamDraft]) -> Exams:
    """Exams with their keys, from exam files.

    Raises
    ------
    FileFaults
        With every fault of every file, those of its key too, in the order of the files and their lines.
    """
    exams: dict[VersionKey, Exam] = {}
    solved: dict[VersionKey, Key] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for draft in drafts:
        found = list(draft.faults)
        for version, one in draft.versions.items():
            check = build_key(one.exam, draft.key_hash, one.refused)
            found.extend(check.faults)
            warnings.extend(str(warning) for warning in check.warnings)
            exams[one.exam.id, version] = one.exam
            if check.key is not None:
                solved[one.exam.id, version] = check.key
        faults.extend(sorted(dict.fromkeys(found), key=lambda fault: (fault.line, fault.column)))
    if faults:
        raise FileFaults(faults)
    files = tuple(draft.file for draft in drafts if draft.file is not None)
    return Exams(
        files=files,
        exams=exams,
        keys=solved,
        warnings=tuple(dict.fromkeys(warnings)),
        sources=tuple(_source(draft.file, draft.data) for draft in drafts if draft.file is not None),
    )


def _source(file: ExamFile, data: bytes) -> KeyVersion:
    return KeyVersion(exam=file.id, hash=file.key_hash, file=str(Path(file.path).resolve()), text=data)


def gather_layouts(exams: Exams, stored: Sequence[Layout] = ()) -> LayoutBook:
    """Layouts of every exam at hand, those printed before an edit included.

    Parameters
    ----------
    exams
        Exam files; each brings its layout of today, or names a layout file.
    stored
        Layouts that earlier runs of the same results folder have read with.

    Raises
    ------
    UsageFault
        When two exams name one layout: their pages cannot be told apart.
    FileFaults
        When an exam file and its layout contradict each other.
    """
    coded: list[Layout] = []
    fixed: dict[str, Layout] = {}
    faults: list[Fault] = []
    for file in exams.files:
        for exam in file.versions.values():
            if not exam.layout_file:
                coded.append(compose_sheet(exam).layout)
                continue
            layout = replace(load_layout(Path(exam.layout_file)), exam=exam.id, version=exam.version)
            faults += layout_differences(exam, layout)
            first = fixed.setdefault(layout.hash, layout)
            if first.exam != exam.id:
                raise UsageFault(
                    f"the exams {first.exam} and {exam.id} use the same layout {exam.layout_file}:"
                    " their pages cannot be told apart",
                    hint="grade them one at a time, into different folders: name one exam file with --keys",
                )
            if first.version != exam.version and not _names_itself(layout):
                raise UsageFault(
                    f"the versions {first.version} and {exam.version} of {exam.id} use the same layout"
                    f" {exam.layout_file}: nothing on the paper tells which one a page is",
                    hint="give each version a layout of its own, or an exam file with its own layout",
                )
        coded.extend(load_layouts(Path(file.path)))
    if faults:
        raise FileFaults(list(dict.fromkeys(faults)))
    coded.extend(layout for layout in stored if layout.exam in exams.ids and _names_itself(layout))
    first_one, *others = fixed.values() or [None]
    return LayoutBook(
        coded=_distinct(coded),
        fixed=first_one,
        others=tuple(layout for layout in others if layout is not None),
    )


def _names_itself(layout: Layout) -> bool:
    """Whether the pages of a layout say which they are, by our code or by the squares of their number."""
    return any(page.anchors.kind == "scangrade" or any(map(is_bit, page.codes)) for page in layout.pages)


def _distinct(layouts: Iterable[Layout]) -> tuple[Layout, ...]:
    """Each layout once, in a stable order."""
    by_name = {(layout.exam, layout.version, layout.hash): layout for layout in layouts}
    return tuple(by_name[name] for name in sorted(by_name))


def gather_sheets(
    exams: Exams,
    scans: Sequence[Path],
    named: Sequence[Path],
    known: Mapping[tuple[str, int], str] | None = None,
) -> dict[tuple[str, int], str]:
    """Which serial was printed for whom.

    ``sheets.csv`` files named on the command line count before those that lie in the scan folders,
    and these before those kept beside the exam files: a rehearsal has serials of its own.

    Parameters
    ----------
    exams
        Exam files.
    scans
        Folders of scans.
    named
        Files of the command line.
    known
        What an earlier run found; it counts for an exam of which no file is found any more.

    Returns
    -------
    dict
        Student id by (exam, serial); "" for a spare sheet.

    Raises
    ------
    UsageFault
        When two files of one kind give one serial to different students.
    """
    kept = [layouts_folder(Path(file.path)) / SHEETS_FILE for file in exams.files]
    beside = [folder / SHEETS_FILE for folder in scans if folder.is_dir()]
    printed: dict[tuple[str, int], str] = {}
    for paths in (
        [path for path in kept if path.is_file()],
        [path for path in beside if path.is_file()],
        named,
    ):
        printed.update(_agreeing(paths))
    found = {exam for exam, _ in printed}
    return printed | {serial: who for serial, who in (known or {}).items() if serial[0] not in found}


def _agreeing(paths: Sequence[Path]) -> dict[tuple[str, int], str]:
    """Students by serial of several ``sheets.csv``; two of them must not disagree."""
    printed: dict[tuple[str, int], str] = {}
    told: dict[tuple[str, int], Path] = {}
    for path in paths:
        for row in load_sheets(path):
            serial = (row.exam, int(row.serial))
            if printed.setdefault(serial, row.student_id) != row.student_id:
                raise UsageFault(
                    f"serial {row.serial} of {row.exam} belongs to {printed[serial] or 'nobody'}"
                    f" in {told[serial]} and to {row.student_id or 'nobody'} in {path}",
                    hint="keep the sheets.csv that was written when these sheets were printed",
                )
            told.setdefault(serial, path)
    return printed


def gather_roster(path: Path | None, *, names: bool = True) -> dict[str, Student] | None:
    """Students by id, or None without a roster; ``names`` as of :func:`~pipeline.exam.load_roster`."""
    return None if path is None else {s.student_id: s for s in load_roster(path, names=names)}


def gather_credits(path: Path | None, assembly: Assembly, exams: Exams) -> dict[tuple[str, str], Fraction]:
    """Credits from ``--credits FILE``, by (student id, question).

    Raises
    ------
    FileFaults
        For every row of which the student, the question or the credits do not fit, or that is there
        twice.
    """
    if path is None:
        return {}
    versions: dict[str, list[VersionKey]] = {}
    for booklet in assembly.booklets:
        versions.setdefault(booklet.student_id, []).append((booklet.exam, booklet.version))
    absent = {student.student_id for _, student in (*assembly.absent, *assembly.unread)}

    def asked(row: CreditRow) -> list[Question]:
        return [
            question
            for version in versions.get(row.student_id, [])
            for question in exams.exams[version].questions
            if question.id == row.question
        ]

    def wrong(row: CreditRow) -> tuple[str, str]:
        found = asked(row)
        if len(found) > 1:
            what = f"student {row.student_id} has a question {row.question} in several exams"
            return what, "give the credits of one exam at a time"
        return _credit_fault(row, found, row.student_id in versions, row.student_id in absent)

    rows = [row for _, row in load_credits(path, wrong) if row.points and asked(row)]
    return {(row.student_id, row.question): _number(row.points) for row in rows}


def _credit_fault(
    row: CreditRow, asked: Sequence[Question], has_sheet: bool, absent: bool
) -> tuple[str, str]:
    if not has_sheet:
        if absent:
            return "", ""
        return f"student {row.student_id} has no sheet and is not expected", "correct the id"
    if not asked:
        return f"there is no question {row.question}", "correct it, or remove the row"
    credits = asked[0].credits
    if not row.points:
        return "", ""
    if credits is None:
        return f"question {row.question} is not marked by an examiner", "remove the row"
    scale = f"write 0 to {number_text(credits.max)} in steps of {number_text(credits.step)}"
    try:
        points = _number(row.points)
    except (ValueError, ZeroDivisionError):
        return f"{row.points!r} is not a number of credits", scale
    if not 0 <= points <= credits.max or points % credits.step:
        return f"{row.points} is not a credit of question {row.question}", scale
    return "", ""


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", "."))
