"""Files for learning management systems (LMS), with exactly the headers that they read.

Headers and rules come from the systems' import and export source (Canvas, Moodle, OneRoster) or help pages
(Blackboard, D2L, Gradescope).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pipeline.reporting.lms.canvas import canvas
from pipeline.reporting.lms.moodle import moodle, moodle_assignment
from pipeline.reporting.lms.oneroster import oneroster
from pipeline.reporting.lms.others import blackboard, d2l, gradescope, plain
from pipeline.reporting.lms.records import Assignment, Exported, LeftOut, Outgoing, left_out, ready
from pipeline.reporting.lms.sheets import LmsFile, csv_bytes, read_lms_file, text_cells

__all__ = [
    "SYSTEMS",
    "Assignment",
    "Exported",
    "LeftOut",
    "LmsFile",
    "Outgoing",
    "System",
    "csv_bytes",
    "export_name",
    "left_out",
    "read_lms_file",
    "ready",
    "text_cells",
]


class System(Protocol):
    """Makes the files for one LMS."""

    def __call__(
        self, task: Assignment, students: Sequence[Outgoing], into: LmsFile | None, *, pending: bool
    ) -> Exported:
        """Files with the grades of ``students``; ``into`` is the LMS's own file."""


SYSTEMS: Mapping[str, System] = {
    "canvas": canvas,
    "moodle": moodle,
    "moodle-assignment": moodle_assignment,
    "blackboard": blackboard,
    "d2l": d2l,
    "gradescope": gradescope,
    "oneroster": oneroster,
    "csv": plain,
}
"""What makes the files, by the name of the system."""


def export_name(system: str, exam: str = "", *, archive: bool = False) -> str:
    """Name of the file for an LMS; with the exam where there are several."""
    return "-".join(filter(None, ("export", system, exam))) + (".zip" if archive else ".csv")
