"""Where people write beside the boxes: their digits above the columns, their name and id."""

from pipeline.exam.plan import PagePlan
from pipeline.model import PageLayout
from pipeline.paper.simulate.records import BookletPlan, SimulatedStudent, WriteIn


def write_ins(
    plan: PagePlan, page: PageLayout, booklet: BookletPlan, student: SimulatedStudent
) -> list[WriteIn]:
    """What a student writes beside the boxes: digits above their columns, and who they are."""
    places = _digits(plan, page, booklet)
    if student.printed:
        return places
    for slot in plan.slots:
        if slot.fill == "name":
            places.append(WriteIn(x=slot.x + 1, y=slot.y, w=slot.w - 2, h=slot.h, text=student.name))
        elif slot.fill == "character" and slot.place < len(student.student_id):
            text = student.student_id[slot.place]
            places.append(WriteIn(x=slot.x, y=slot.y, w=slot.w, h=slot.h, text=text))
    return places


def _digits(plan: PagePlan, page: PageLayout, booklet: BookletPlan) -> list[WriteIn]:
    """The digit of each column in the square that is printed above the column."""
    tops: dict[tuple[str, str], tuple[float, float, str]] = {}
    for box in page.boxes:
        column, _, character = box.option.partition("=")
        if not column.startswith("d") or _is_id_grid(booklet, box.question):
            continue
        key = (box.question, column)
        x, y, text = tops.get(key, (box.x + box.w / 2, box.y, ""))
        done = booklet.plans.get((box.question, box.option))
        if done is not None and done.state == "marked":
            text = character
        tops[key] = (x, min(y, box.y), text)
    squares = [r for r in plan.rectangles if 4.0 <= r.w <= 8.0 and 4.0 <= r.h <= 8.0]
    places = []
    for x, y, text in tops.values():
        above = [r for r in squares if abs(r.x + r.w / 2 - x) < 1.0 and 0 <= y - (r.y + r.h) + 0.5 < 4.0]
        if text and above:
            r = above[0]
            places.append(WriteIn(x=r.x + 0.6, y=r.y, w=r.w - 1.2, h=r.h, text=text))
    return places


def _is_id_grid(booklet: BookletPlan, question: str) -> bool:
    """Whether a question is the id grid: it has no answer."""
    return all(answer.question != question for answer in booklet.answers)
