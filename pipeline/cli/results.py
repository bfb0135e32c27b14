"""A summary on standard output, for a person or for a program."""

import sys
from typing import Any

from pipeline.reporting import Summary, print_summary, second_look_values


def print_results(summary: Summary) -> None:
    """Print the end-of-run table."""
    print_summary(summary, sys.stdout)


def summary_values(summary: Summary) -> dict[str, Any]:
    """A summary as plain JSON values."""
    return {
        "folder": summary.folder,
        "pages": {outcome or "missing": count for outcome, count in summary.pages.items()},
        "exams": [{"exam": line.exam, "students": dict(line.students)} for line in summary.exams],
        "doubts": summary.doubts,
        "second_look": second_look_values(summary.second_look),
        "files": list(summary.files),
        "notices": list(summary.notices),
        "next_steps": list(summary.next_steps),
    }
