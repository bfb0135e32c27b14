"""Our corner marks and page codes on exams that somebody else typeset."""

from pipeline.paper.stamp.overlay import StampPlan, stamp_pdf
from pipeline.paper.stamp.room import (
    CODE_SIZES,
    Room,
    Stamp,
    covered_corners,
    find_stamp,
    measure_room,
    scale_with_room,
)

__all__ = [
    "CODE_SIZES",
    "Room",
    "Stamp",
    "StampPlan",
    "covered_corners",
    "find_stamp",
    "measure_room",
    "scale_with_room",
    "stamp_pdf",
]
