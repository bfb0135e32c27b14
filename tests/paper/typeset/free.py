"""A page to draw on freely, in mm from the top-left corner, for tests of single arrangements."""

from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pipeline.paper.template import BlankPage, Grouping, find_boxes, group_boxes

MM = 72 / 25.4
HEIGHT = 297.0


class FreePage:
    """Texts, squares and circles where one puts them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.canvas = Canvas(str(path), pagesize=A4, invariant=1)

    def text(self, x: float, y: float, text: str, size: float = 10.0) -> "FreePage":
        """Text whose baseline is at ``y``."""
        self.canvas.setFont("Helvetica", size)
        self.canvas.drawString(x * MM, (HEIGHT - y) * MM, text)
        return self

    def square(self, x: float, y: float, side: float = 4.0, line: float = 0.8) -> "FreePage":
        """A square whose top-left corner is at (x, y)."""
        self.canvas.setLineWidth(line)
        self.canvas.rect(x * MM, (HEIGHT - y - side) * MM, side * MM, side * MM)
        return self

    def circle(self, x: float, y: float, side: float = 4.0) -> "FreePage":
        """A circle in the square whose top-left corner is at (x, y)."""
        half = side / 2
        self.canvas.setLineWidth(0.8)
        self.canvas.circle((x + half) * MM, (HEIGHT - y - half) * MM, half * MM)
        return self

    def next(self) -> "FreePage":
        """Begin another page."""
        self.canvas.showPage()
        return self

    def found(self) -> tuple[tuple[BlankPage, ...], Grouping]:
        """The pages with their boxes, and the boxes with their names."""
        self.canvas.save()
        pages = find_boxes(self.path)
        return pages, group_boxes(pages)

    def names(self) -> dict[str, str]:
        """Options of each question, joined by a space."""
        _, grouping = self.found()
        return {
            question.id: " ".join(box.option for box in question.boxes) for question in grouping.questions
        }
