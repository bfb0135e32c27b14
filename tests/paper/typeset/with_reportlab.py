"""Typesets exams with reportlab: boxes are drawn as paths, and their places are known exactly."""

from dataclasses import dataclass, field
from pathlib import Path

from reportlab.lib.pagesizes import A4, letter
from reportlab.pdfgen.canvas import Canvas

from pipeline.model import Kind
from tests.paper.typeset.content import Asked, Head, PaperExam

MM = 72 / 25.4
TrueBox = tuple[int, float, float, float, float]
"""page, x, y, w, h; mm from the top-left corner."""


@dataclass
class Typesetter:
    """Sets one exam; ``boxes`` is the truth."""

    exam: PaperExam
    canvas: Canvas
    height: float
    named: str = ""
    """"fields" or "squares": boxes are form fields, or have annotations with their names."""
    page: int = 1
    y: float = 30.0
    boxes: dict[tuple[str, str], TrueBox] = field(default_factory=dict)

    def text(self, x: float, y: float, text: str, size: float = 10.5, font: str = "Helvetica") -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x * MM, (self.height - y) * MM, text.replace("½", "\u00bd"))

    def box(self, name: tuple[str, str], x: float, baseline: float) -> None:
        side = self.exam.side
        y = baseline - side + 0.4
        if self.named == "fields":
            self.canvas.acroForm.checkbox(
                name=f"{name[0].replace('.', '-')}.{name[1]}", x=x * MM, y=(self.height - y - side) * MM,
                size=side * MM, borderWidth=0.8, fillColor=None, buttonStyle="check",
            )  # fmt: skip
        else:
            self.frame(x, y, side)
        self.boxes[name] = (self.page, x, y, side, side)

    def frame(self, x: float, y: float, side: float) -> None:
        self.canvas.setLineWidth(0.8)
        if self.exam.shape == "circle":
            self.canvas.circle((x + side / 2) * MM, (self.height - y - side / 2) * MM, side / 2 * MM)
        else:
            self.canvas.rect(x * MM, (self.height - y - side) * MM, side * MM, side * MM)

    def next_page(self) -> None:
        if self.exam.page_code:
            self.text(80, self.height - 12, f"{self.exam.page_code}-{self.page:02d}", 8)
        self.canvas.showPage()
        self.page, self.y = self.page + 1, 30.0

    def head(self, head: Head) -> None:
        if head.style == "score":
            self.score()
        elif head.style == "empty":
            self.box(("exam-empty", "X"), 150.0, self.y)
            self.text(156.0, self.y, head.text)
        elif head.style == "examples":
            self.text(30.0, self.y, head.text)
            self.examples(30.0 + (60.0 if head.text else 0.0))
        else:
            big = head.style != "text"
            self.text(25.0, self.y, head.text, 13 if big else 10.5, "Helvetica-Bold" if big else "Helvetica")
        self.y += 9.0

    def score(self) -> None:
        """The table of points: square cells, which are no boxes."""
        for place in range(8):
            self.text(61 + 8.0 * place, self.y - 1, f"P {place + 1}", 7)
            self.canvas.setLineWidth(0.6)
            self.canvas.rect((60 + 8.0 * place) * MM, (self.height - self.y - 8) * MM, 8 * MM, 8 * MM)
        self.y += 8.0

    def examples(self, x: float) -> None:
        """Boxes with marks in them: crossed, filled, filled with a cross beside it."""
        side, y = self.exam.side, self.y - self.exam.side
        if self.exam.shape == "circle":
            self.canvas.circle((x + side / 2) * MM, (self.height - y - side / 2) * MM, side / 2 * MM, fill=1)
            return
        for place in range(3):
            left = x + 40 * place
            self.canvas.rect(
                left * MM, (self.height - y - side) * MM, side * MM, side * MM, fill=int(place > 0)
            )
            if place != 1:
                across = left if place == 0 else left + 5
                self.canvas.line(
                    across * MM, (self.height - y) * MM, (across + side) * MM, (self.height - y - side) * MM
                )
                self.canvas.line(
                    across * MM, (self.height - y - side) * MM, (across + side) * MM, (self.height - y) * MM
                )

    def question(self, asked: Asked) -> None:
        left = 31.0 if asked.kind is Kind.CREDITS else 25.0
        self.text(left, self.y, f"{asked.printed} {asked.text}")
        if asked.kind is Kind.CREDITS:
            for place, (label, option) in enumerate(zip(asked.credits, asked.option_ids, strict=True)):
                self.text(14.0, self.y + 5.4 * place, label, 8)
                self.box((asked.id, option), 20.0, self.y + 5.4 * place)
            self.y += 5.4 * max(4, len(asked.credits)) + 6.0
            return
        self.y += 6.0
        for place, line in enumerate(asked.listed):
            self.text(34.0, self.y, f"({'abcdefg'[place]}) {line}")
            self.y += 5.2
        if asked.figure:
            self.figure()
        for place, (text, option) in enumerate(zip(asked.options, asked.option_ids, strict=True)):
            self.box((asked.id, option), 31.0, self.y)
            self.text(37.0, self.y, f"{'ABCDEFGH'[place]}. {text}" if asked.lettered else text)
            self.y += 5.8
        self.y += 3.0 if asked.options else 14.0

    def figure(self) -> None:
        """A web of circles with lines between them and letters in them."""
        self.canvas.setLineWidth(0.7)
        centres = [(60 + 30 * (n % 3), self.y + 6 + 14 * (n // 3)) for n in range(6)]
        for a, (x, y) in enumerate(centres):
            for other_x, other_y in centres[a + 1 :]:
                if abs(other_x - x) == 30 or other_x == x:
                    away = 3.0 if other_x == x else 0.0
                    side = 0.0 if other_x == x else 3.0
                    self.canvas.line(
                        (x + side) * MM,
                        (self.height - y - away) * MM,
                        (other_x - side) * MM,
                        (self.height - other_y + away) * MM,
                    )
            self.canvas.circle(x * MM, (self.height - y) * MM, 3.0 * MM)
            self.text(x - 1.0, y + 1.0, f"x{a}", 7)
        self.y += 32.0


def typeset(exam: PaperExam, path: Path, named: str = "") -> dict[tuple[str, str], TrueBox]:
    """Write an exam's PDF; gives each box's true place."""
    size = letter if exam.letter else A4
    canvas = Canvas(str(path), pagesize=size, invariant=1)
    setter = Typesetter(exam, canvas, size[1] / MM, named)
    for item in exam.items:
        if item is None:
            setter.next_page()
        elif isinstance(item, Head):
            setter.head(item)
        else:
            setter.question(item)
    setter.next_page()
    canvas.save()
    return setter.boxes
