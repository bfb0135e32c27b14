"""How a results folder stands, at any time, also while a run is writing to it."""

from collections import Counter
from pathlib import Path

from pipeline.errors import ResultsFault
from pipeline.reporting import ExamLine, Summary, read_frame
from pipeline.store import Store

TABLES = ("grades.csv", "answers.csv", "pages.csv", "marks.csv", "review.csv")


def results_status(folder: Path) -> Summary:
    """Summarise a results folder from its tables and its store; changes nothing.

    Raises
    ------
    ResultsFault
        When it is not a results folder, or its database is damaged.
    UsageFault
        When a table was damaged by hand.
    """
    if not folder.is_dir():
        raise ResultsFault(f"there is no folder {folder}", hint="name the folder that was given to -o")
    with Store.open(folder, write=False) as store:
        sources = store.sources()
        unread = sum(result is None for result in store.readings(sources))
        decided = len(store.decisions())
    notices = []
    if unread:
        notices.append(f"{unread} of {len(sources)} pages have not been read yet")
    if decided:
        notices.append(f"decisions made by a person: {decided}")
    files = [name for name in TABLES if (folder / name).is_file()]
    pages: Counter[str] = Counter()
    if "pages.csv" in files:
        pages.update(read_frame(folder / "pages.csv")["outcome"])
        listed = sum(count for outcome, count in pages.items() if outcome)
        if listed != len(sources):
            notices.append(f"pages.csv lists {listed} of {len(sources)} pages: a run is not finished")
    doubts = len(read_frame(folder / "review.csv")) if "review.csv" in files else 0
    return Summary(
        folder=str(folder),
        pages=pages,
        exams=_exam_lines(folder / "grades.csv") if "grades.csv" in files else (),
        doubts=doubts,
        files=files,
        notices=notices,
        next_steps=_next_steps(folder, unread, doubts, graded="grades.csv" in files),
    )


def _exam_lines(path: Path) -> list[ExamLine]:
    counts = read_frame(path).groupby(["exam", "status"]).size()
    exams: dict[str, dict[str, int]] = {}
    for exam, status in counts.index:
        exams.setdefault(str(exam), {})[str(status)] = int(counts[exam, status])
    return [ExamLine(exam=exam, students=students) for exam, students in exams.items()]


def _next_steps(folder: Path, unread: int, doubts: int, *, graded: bool) -> list[str]:
    if unread:
        return ["run the interrupted command again: it goes on where it was"]
    if not graded:
        return [f"scangrade grade SCANS --keys answer_keys/ -o {folder}"]
    if doubts:
        return [f"fill in {folder / 'review.csv'}, then scangrade review {folder} --decisions ..."]
    return []
