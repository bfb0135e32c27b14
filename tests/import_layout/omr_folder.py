"""An OMRChecker folder, written after its wiki and its schemas, and the sheet that it describes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline.model import Anchors, Layout, PageLayout

WIDTH, HEIGHT = 1000, 1400
MARGIN = 110
"""White around the markers of the printed sheet, template pixels."""
MARKER = 70

TEMPLATE: dict[str, Any] = {
    "pageDimensions": [WIDTH, HEIGHT],
    "bubbleDimensions": [26, 26],
    "preProcessors": [
        {"name": "GaussianBlur", "options": {"kSize": [3, 3], "sigmaX": 0}},
        {
            "name": "CropOnMarkers",
            "options": {"relativePath": "omr_marker.png", "sheetToMarkerWidthRatio": 17},
        },
    ],
    "customLabels": {"Roll": ["roll1..4"], "q9": ["q9_1", "q9_2"]},
    "outputColumns": ["Roll", "q1..9"],
    "emptyValue": "",
    "fieldBlocks": {
        "Roll": {
            "fieldType": "QTYPE_INT",
            "origin": [120, 150],
            "fieldLabels": ["roll1..4"],
            "bubblesGap": 40,
            "labelsGap": 50,
        },
        "Left": {
            "fieldType": "QTYPE_MCQ4",
            "origin": [150, 700],
            "fieldLabels": ["q1..4"],
            "bubblesGap": 50,
            "labelsGap": 60,
        },
        "Right": {
            "bubbleValues": ["A", "B", "C"],
            "direction": "horizontal",
            "origin": [560, 700],
            "fieldLabels": ["q5...8"],
            "bubblesGap": 50,
            "labelsGap": 60,
        },
        "Number": {
            "fieldType": "QTYPE_INT",
            "origin": [560, 150],
            "fieldLabels": ["q9_1", "q9_2"],
            "bubblesGap": 40,
            "labelsGap": 50,
        },
    },
}

EVALUATION: dict[str, Any] = {
    "source_type": "custom",
    "options": {
        "questions_in_order": ["q1..9"],
        "answers_in_order": [
            "A",
            "AB",
            ["C", "D"],
            "D",
            [["A", 2], ["B", "1/2"]],
            "C",
            "B",
            "A",
            ["7", "07"],
        ],
    },
    "marking_schemes": {
        "DEFAULT": {"correct": "3", "incorrect": "-1", "unmarked": "0"},
        "SECTION_2": {
            "questions": ["q6..7"],
            "marking": {"correct": "1", "incorrect": "-1/3", "unmarked": "0"},
        },
        "BONUS_FOR_ALL": {
            "questions": ["q8"],
            "marking": {"correct": "2", "incorrect": "2", "unmarked": "2"},
        },
    },
}


def write_folder(
    folder: Path, *, template: Any = None, evaluation: Any = EVALUATION, marker: str = "disc"
) -> Path:
    """A folder with the template, the evaluation (None: without) and a picture of the marker."""
    folder.mkdir(parents=True, exist_ok=True)
    written = TEMPLATE if template is None else template
    (folder / "template.json").write_text(json.dumps(written, indent=2), encoding="utf-8")
    if evaluation is not None:
        (folder / "evaluation.json").write_text(json.dumps(evaluation, indent=2), encoding="utf-8")
    cv2.imwrite(str(folder / "omr_marker.png"), marker_picture(marker))
    return folder


def marker_picture(shape: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A marker as a person cuts it from a scan: with white around it."""
    picture = np.full((120, 124), 255, np.uint8)
    if shape == "disc":
        cv2.circle(picture, (62, 60), 45, 0, -1, cv2.LINE_AA)
    elif shape == "ring":
        cv2.circle(picture, (62, 60), 40, 0, 12, cv2.LINE_AA)
    elif shape == "target":
        for radius, line in ((44, 8), (26, 8), (10, -1)):
            cv2.circle(picture, (62, 60), radius, 0, line, cv2.LINE_AA)
    elif shape == "square":
        cv2.rectangle(picture, (20, 18), (104, 102), 0, -1)
    elif shape == "cross":
        cv2.line(picture, (62, 15), (62, 105), 0, 13)
        cv2.line(picture, (17, 60), (107, 60), 0, 13)
    else:
        cv2.putText(picture, "R", (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 4, 0, 8)
    return picture


def printed_sheet(layout: Layout, *, margin: float = MARGIN, mark: str = "disc") -> Layout:
    """The sheet as it was printed: with its own paper around the markers, which the template does not say.

    Of an imported layout only the boxes are taken, by where they lie from the first marker.
    """
    page = layout.pages[0]
    left, top = page.anchors.points[0] if page.anchors.points else (0.0, 0.0)
    boxes = tuple(replace(box, x=box.x - left + margin, y=box.y - top + margin) for box in page.boxes)
    corners = ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))
    anchors = Anchors(
        kind="corners",
        points=tuple((x + margin, y + margin) for x, y in corners),
        mark=mark,
        size=float(MARKER),
    )
    whole = PageLayout(
        sheet=1, width=WIDTH + 2 * margin, height=HEIGHT + 2 * margin, anchors=anchors, boxes=boxes
    )
    return replace(layout, pages=(whole,))
