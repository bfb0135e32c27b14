"""Three short exams as data: in the manner of TUM (crosses, credits), UW (circles) and IST (squares).

Each maker of PDFs typesets them in its own way; the truth is what they say here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.model import Kind, Shape

CREDIT_SCALE = {"½": "1/2", "1½": "3/2", "2½": "5/2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it is printed."""

    id: str
    """As the exam file would name it."""
    printed: str
    """Its number as the page prints it."""
    text: str
    kind: Kind
    options: tuple[str, ...] = ()
    """Texts of the options; of true and false "True", "False"."""
    credits: tuple[str, ...] = ()
    """Labels of the examiner's boxes."""
    listed: tuple[str, ...] = ()
    """Lines of a list (a), (b) ... in the question's own text."""
    lettered: bool = False
    """Whether A., B. ... stand behind the boxes."""
    figure: bool = False
    """Whether a drawing of circles and lines stands in it, which are no boxes."""

    @property
    def option_ids(self) -> tuple[str, ...]:
        """Ids of its options."""
        if self.kind is Kind.CREDITS:
            return tuple(CREDIT_SCALE.get(label, label) for label in self.credits)
        return ("T", "F") if self.kind is Kind.TRUEFALSE else tuple("ABCDEFGH"[: len(self.options)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A heading, or a line of instructions."""

    text: str
    style: Literal["title", "heading", "text", "examples", "score", "empty"] = "heading"
    """Examples are boxes with marks in them, score is the table of points, empty the box of an empty exam."""


Item = Asked | Head | None
"""None begins a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperExam:
    """An exam to be typeset."""

    name: str
    shape: Shape
    side: float
    """Of its boxes, mm."""
    letter: bool
    """US Letter, else A4."""
    items: tuple[Item, ...]
    page_code: str = ""
    """Printed at the foot of each page, with the page's number."""

    @property
    def questions(self) -> tuple[Asked, ...]:
        """All that is asked."""
        return tuple(item for item in self.items if isinstance(item, Asked))

    def boxes(self) -> Iterator[tuple[str, str]]:
        """(question, option) of each box that is to be found."""
        for item in self.items:
            if isinstance(item, Head) and item.style == "empty":
                yield "exam-empty", "X"
            elif isinstance(item, Asked):
                for option in item.option_ids:
                    yield item.id, option


def _choices(
    number: str, text: str, *options: str, listed: tuple[str, ...] = (), figure: bool = False
) -> Asked:
    return Asked(
        id=number, printed=number, text=text, kind=Kind.CHOICES, options=options, listed=listed, figure=figure
    )


def _credits(number: str, text: str, *scale: str) -> Asked:
    return Asked(id=number, printed=number, text=text, kind=Kind.CREDITS, credits=scale)


TUM = PaperExam(
    name="ponds-tum",
    shape="square",
    side=3.6,
    letter=False,
    page_code="cit-pond-1-20230210-E0743",
    items=(
        Head(text="Introduction to Ponds", style="title"),
        Head(text="Exam: PO2346 / Endterm    Date: Friday 10 February, 2023", style="text"),
        Head(text="1. This exam consists of 3 pages with a total of 3 problems.", style="text"),
        Head(text="2. The total amount of achievable credits in this exam is 90 credits.", style="text"),
        Head(text="3. Detaching pages from the exam is prohibited.", style="text"),
        Head(text="Answers are only accepted if the solution approach is documented.", style="text"),
        Head(text="Give a reason for each answer unless explicitly stated otherwise.", style="text"),
        Head(text="Do not write with red or green colors nor use pencils.", style="text"),
        Head(text="Physically turn off all electronic devices and put them into your bag.", style="text"),
        Head(text="", style="score"),
        Head(text="Left room from ______ to ______ / Early submission at ______", style="text"),
        Head(text="Exam empty", style="empty"),
        None,
        Head(text="Problem 1 Multiple Choice (8 credits)"),
        Head(text="Mark correct answers with a cross. To undo a cross, completely fill out the answer"
                  " option.",
             style="text"),
        Head(text="", style="examples"),
        Head(text="For all questions any number of answers, i.e. zero, one or multiple answers can be"
                  " correct.",
             style="text"),
        _choices("1.1", "Your pond gets green in the sun. What may help?",
                 "Use a bigger pond", "Get more plants in 0.5 m of water", "Feed the fish more",
                 "Give it shade"),
        _choices("1.2", "Which of these live in 20 litres of water? O or none:",
                 "A frog", "2. order predators", "One newt", "The heron"),
        _choices("1.3", "What is the right order of work in spring?",
                 "bcdea", "ebadc", "eacdb", "cbdea",
                 listed=("Clean the pump", "Cut the reeds", "Count the fish", "Fill up the water", "Rest")),
        _choices("1.4", "The small food web below has how many arrows?", "4", "7", "9", "12", figure=True),
        None,
        Head(text="Problem 2 Short questions (5.5 credits)"),
        _credits("2.1", "You feed 100 fish and 20 die. Explain why.", "0", "½", "1"),
        _credits("2.2", "Name two plants that give oxygen. (2 credits)", "0", "1", "2"),
        _credits("2.3", "Write down the balance of oxygen over one day.", "0", "½", "1", "1½", "2", "2½"),
        Head(text="Problem 3 Frogs (6 credits)"),
        _credits("3.1", "Draw the life of a frog, in 4 steps.", "0", "1", "2", "3"),
        _credits("3.2", "When does a frog sing? Give 3 reasons.", "0", "1", "2", "3"),
    ),
)  # fmt: skip


def _truth(number: str, text: str) -> Asked:
    return Asked(id=number, printed=number, text=text, kind=Kind.TRUEFALSE, options=("True", "False"))


def _choice(number: str, text: str, *options: str) -> Asked:
    return Asked(id=number, printed=number, text=text, kind=Kind.CHOICE, options=options, lettered=True)


UW = PaperExam(
    name="ponds-uw",
    shape="circle",
    side=3.8,
    letter=True,
    items=(
        Head(text="PND 493 Deep Ponds, Practice Exam", style="title"),
        Head(text="Welcome. The exam is 80 min and is double-sided.", style="text"),
        Head(text="1 True / False (12 points)"),
        Head(text="Fill in the circle next to True or False, or fill in neither.", style="text"),
        Head(text="Fill it in completely like this:", style="examples"),
        _truth("1.1", "Deeper ponds are always colder at their ground than at their top."),
        _truth("1.2", "A pond without fish has no life."),
        _truth("1.3", "Over 4 degrees, water gets lighter when it is warmed by 1 degree or more."),
        _truth("1.4", "Ice swims."),
        _truth("1.5", "A newt is a frog."),
        _truth("1.6", "Reeds grow best in the dark."),
        None,
        Head(text="2 Multiple Choice (20 points)"),
        Head(text="Fill in the circle next to the best answer: exactly one is right.", style="text"),
        _choice("2.1", "Which animal is a predator?", "Snail", "Heron", "Water flea"),
        _choice("2.2", "How many legs has a water strider?", "4", "6", "8", "10"),
        _choice("2.3", "What is a good pH for most fish?", "About 2", "About 5", "About 7", "About 12"),
        _choice("2.4", "Where do newts winter?", "On land", "In the air"),
        _choice("2.5", "Which gas do plants give in the sun?", "Oxygen O", "Nitrogen", "Helium"),
    ),
)


def _points(number: str, text: str, *options: str) -> Asked:
    return Asked(
        id=number, printed=f"{number}.", text=f"(4 points) {text}", kind=Kind.CHOICE, options=options
    )


def _open(number: str, printed: str, text: str) -> Asked:
    return Asked(id=number, printed=printed, text=text, kind=Kind.TEXT)


IST = PaperExam(
    name="ponds-ist",
    shape="square",
    side=2.6,
    letter=False,
    items=(
        Head(text="Deep Ponds", style="title"),
        Head(text="Final exam, February 26, 2022, Version A", style="text"),
        Head(text="You have 120 minutes to complete the exam. It is open book and open notes.", style="text"),
        Head(text="Make sure that your test has 3 pages, then write your name on this page.", style="text"),
        Head(text="The test has 11 questions. Their points are printed beside their numbers.", style="text"),
        Head(text="Please answer in the space below each question. You may use a calculator.", style="text"),
        Head(text="If you make a mess, clearly indicate your answer. Good luck.", style="text"),
        Head(text="", style="score"),
        None,
        Head(text="Part 1: Multiple Choice Questions (28 points)"),
        Head(text="In each of the following questions, indicate your answer by checking a single option.",
             style="text"),
        _points("1", "Which is the surface of a round pond?", "pi r 2", "2 pi r", "1 if r > 0, 0 otherwise.",
                "None of the above."),
        _points("2", "Your pond is too warm. What could mitigate it?", "Shade.", "Fewer plants.",
                "More fish.",
                "All of the above."),
        _points("3", "A pump moves M litres in N hours. How much in one?", "M + N", "MN", "M / N", "N / M"),
        _points("4", "Which of these sentences is true?", "Fish breathe air only.", "Newts are amphibians.",
                "Frogs lay shelled eggs.", "Herons eat reeds."),
        _points("5", "Which of these sentences is false?", "Ice is lighter than water.", "Salt melts ice.",
                "Water is densest at 4 degrees.", "Water freezes from below."),
        None,
        _points("6", "What do water fleas eat?", "Algae.", "Herons.", "Stones.", "Ice."),
        _points("7", "How deep must a pond be for fish to winter?", "10 cm", "80 cm", "20 m", "It need not."),
        Head(text="Part 2: Short Answer Questions (18 points)"),
        _open("8", "8.", "(6 points) Explain the pump."),
        _open("9", "9.", "(6 points) Explain the filter."),
        Head(text="Part 3: Problems (50 points)"),
        Head(text="Problem 1: Flow (25 points)"),
        _open("1.1", "1.", "(10 points) Compute the flow over a day."),
        _open("1.2", "2.", "(15 points) And over a year."),
    ),
)  # fmt: skip

EXAMS = (TUM, UW, IST)
