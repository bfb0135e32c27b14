"""What the page knows and does: one results folder, its doubts, and decisions that are stored at once."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from pipeline.errors import Fault, FileFaults, ResultsFault, UsageFault
from pipeline.joined import layout_of
from pipeline.model import WITHDRAWN, Decision, Layout, PageRead, PageResult, PageSource
from pipeline.publish import BatchReport
from pipeline.reading import LOOK_PREFIX, decision_faults, page_name, standing_decisions
from pipeline.regrade import regrade
from pipeline.remembered import stored_layouts
from pipeline.review.decisions import store_decisions
from pipeline.review.page.batch import boxes_of, load_batch
from pipeline.review.page.crops import Pictures, View
from pipeline.review.page.security import Reviewer
from pipeline.review.second_look import EVERY_SAMPLE, SAMPLE, draw_sample, look_faults
from pipeline.settings import RegradeSettings
from pipeline.store import BASIS, DATABASE, Store, is_at_work, now_text

WAIT_SECONDS = 5.0
"""How long a decision waits for another run in the same folder."""
KEPT_READINGS = 64
UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A decision that a browser asks for."""

    doubt: str
    value: str
    note: str = ""
    seen: str = ""
    """The decision that was on the screen, "" for none: who decided meanwhile is not overruled unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of some wishes."""

    stored: tuple[Decision, ...]
    conflicts: tuple[Decision, ...]
    """Decisions of others that were made meanwhile; the wishes on them were not stored."""


class Desk:
    """One results folder on the review page; may be used by several threads.

    Parameters
    ----------
    results
        The results folder.
    pictures
        Makes the pictures.
    """

    def __init__(self, results: Path, pictures: Pictures | None = None) -> None:
        self.results = results
        self.pictures = pictures or Pictures()
        self.loads = 0
        """How often the folder was loaded: the queue is another one each time."""
        self.report: BatchReport | None = None
        """Of the last publication by this page."""
        self._writing, self._changing = Lock(), Lock()
        self._rows: list[Decision] = []
        self._standing: Mapping[str, Decision] = {}
        self._fresh: Mapping[str, Decision] = {}
        self._published = 0
        self._stamp: tuple[int, int] = (0, 0)
        self._readings: dict[PageSource, PageResult] = {}
        self._layouts: Mapping[str, Layout] = {}
        self.batch = load_batch(results)
        self.refresh()

    # --- what is known -----------------------------------------------------------------------

    def refresh(self) -> None:
        """Take notice of decisions that another browser or another process has stored."""
        state = (self.results / DATABASE).stat()
        stamp = (state.st_mtime_ns, state.st_size)
        if stamp == self._stamp:
            return
        with Store.open(self.results, write=False) as store:
            rows = list(store.decisions())
            published = int(store.get(BASIS, {}).get("decisions", 0))
            layouts = stored_layouts(store)
        with self._changing:
            self._layouts = layouts
            self._rows, self._published, self._stamp = rows, published, stamp
            self._standing = standing_decisions(rows)
            self._fresh = standing_decisions(rows[self.batch.decisions :])

    @property
    def rows(self) -> Sequence[Decision]:
        """Every decision of the folder, oldest first."""
        return self._rows

    @property
    def unpublished(self) -> int:
        """Decisions that the published grades take no account of."""
        return max(0, len(self._rows) - self._published)

    def standing(self, doubt: str) -> Decision | None:
        """The decision that counts."""
        return self._standing.get(doubt)

    def fresh(self, doubt: str) -> Decision | None:
        """The decision that counts, if it was made since the queue was loaded."""
        return self._fresh.get(doubt)

    def listed(self, show: str) -> list[str]:
        """Doubts in their order: ``open``, ``decided``, or all."""
        if show not in ("open", "decided"):
            return list(self.batch.order)
        return [name for name in self.batch.order if (name in self._fresh) == (show == "decided")]

    def reading(self, source: PageSource) -> PageResult:
        """How a page was read."""
        found = self._readings.get(source)
        if found is None:
            with Store.open(self.results, write=False) as store:
                found = next(store.readings([source]))
            if found is None:
                raise ResultsFault(f"{source.file} page {source.page} has not been read")
            with self._changing:
                while len(self._readings) >= KEPT_READINGS:
                    self._readings.pop(next(iter(self._readings)))
                self._readings[source] = found
        return found

    # --- pictures ----------------------------------------------------------------------------

    def picture(self, doubt: str, view: View) -> bytes:
        """A JPEG of what a doubt, a mark of the second look or any answer is about.

        Raises
        ------
        UsageFault
            When there is no such thing here.
        UnreadablePage
            When the scan is not there any more, or cannot be read.
        """
        page, boxes, framed = self._target(doubt)
        return self.pictures.picture(page, view, boxes, framed)

    def _target(self, doubt: str) -> tuple[PageResult, tuple[int, ...], tuple[int, ...]]:
        item = self.batch.items.get(doubt)
        if item is not None and item.source is not None:
            return self.reading(item.source), item.boxes, item.unclear
        source, question, option = self.named(doubt)
        page = self.reading(source)
        placed = layout_of(page, self.batch.book) if isinstance(page, PageRead) else None
        if placed is None or not question:
            return page, (), ()
        boxes = boxes_of(placed[1], question)
        framed = tuple(place for place, box in enumerate(boxes) if placed[1].boxes[box].option == option)
        return page, boxes, framed

    def named(self, doubt: str) -> tuple[PageSource, str, str]:
        """Page, question and option that a decision's name speaks of.

        Raises
        ------
        UsageFault
            When no page of the folder has that name.
        """
        kind, _, rest = doubt.partition("-")
        digest, _, more = rest.partition("-")
        number, _, question = more.partition("-")
        source = self.batch.by_name.get(f"{digest}-{number}")
        if source is None:
            raise UsageFault(f"there is no doubt {doubt} in this folder")
        option = ""
        if kind == "look":
            question, _, option = question.partition(":")
        return source, question, option

    # --- decisions ---------------------------------------------------------------------------

    def decide(self, reviewer: Reviewer, wishes: Sequence[Wish]) -> Outcome:
        """Store decisions at once, all of them or none; those that another person overtook are left out.

        Raises
        ------
        UsageFault
            When nobody is named, or a decision fits no doubt.
        ResultsFault
            When another run holds the folder, or it cannot be written.
        """
        if not reviewer.by:
            raise UsageFault("decisions need a name", hint="type your name at the top of the page")
        with self._writing:
            self.refresh()
            free = [wish for wish in wishes if self._said(wish.doubt) == wish.seen]
            conflicts = [self._standing.get(wish.doubt) for wish in wishes if wish not in free]
            self._refuse_wrong(free)
            made = self._store(reviewer, [(wish.doubt, wish.value.strip(), wish.note) for wish in free])
            return Outcome(stored=made, conflicts=tuple(one for one in conflicts if one is not None))

    def undo(self, reviewer: Reviewer) -> tuple[Decision, ...]:
        """Take the last step of this browser back, where nobody has decided otherwise since.

        Raises
        ------
        UsageFault
            When there is nothing to undo.
        """
        with self._writing:
            self.refresh()
            if not reviewer.made:
                raise UsageFault("there is nothing to undo")
            step = reviewer.made.pop()
            own = [(decision, before) for decision, before in step if self._is_last(decision)]
            if not own:
                raise UsageFault("somebody has decided otherwise since: nothing was undone")
            wishes = [(decision.doubt, before or WITHDRAWN, UNDONE) for decision, before in own]
            made = self._store(reviewer, wishes)
            reviewer.made.pop()
            return made

    def _said(self, doubt: str) -> str:
        standing = self._standing.get(doubt)
        return standing.value if standing else ""

    def _is_last(self, decision: Decision) -> bool:
        standing = self._standing.get(decision.doubt)
        return standing is not None and (standing.value, standing.by) == (decision.value, decision.by)

    def _refuse_wrong(self, wishes: Sequence[Wish]) -> None:
        faults: dict[str, str] = {}
        decisions = [Decision(doubt=one.doubt, value=one.value.strip(), by="", at="") for one in wishes]
        looks = [one for one in decisions if one.doubt.startswith(LOOK_PREFIX)]
        others = [one for one in decisions if one not in looks]
        if looks:
            faults |= look_faults(looks, self.sample(every=True))
        pages = {}
        for one in others:
            with suppress(UsageFault):
                source, _, _ = self.named(one.doubt)
                pages[page_name(source)] = self.reading(source)
        faults |= decision_faults(others, list(pages.values()), self.batch.draft.exams.exams, self._layouts)
        for wish in wishes:
            is_known = wish.doubt in self.batch.items or wish.doubt.startswith(LOOK_PREFIX)
            if not is_known and not wish.note.strip():
                faults.setdefault(wish.doubt, "this was read without a doubt: to change it, write the reason")
        if faults:
            raise FileFaults([Fault(file="review", line=0, column=0, what=what) for what in faults.values()])

    def _store(self, reviewer: Reviewer, wishes: Sequence[tuple[str, str, str]]) -> tuple[Decision, ...]:
        """Append decisions by the reviewer, and remember how to undo them."""
        if not wishes:
            return ()
        at = now_text()
        decisions = [
            Decision(doubt=doubt, value=value, by=reviewer.by, at=at, note=note)
            for doubt, value, note in wishes
        ]
        before = {decision.doubt: self._said(decision.doubt) for decision in decisions}
        made = self._patiently(lambda: store_decisions(self.results, decisions))
        reviewer.made.append(tuple((decision, before[decision.doubt]) for decision in made))
        self.refresh()
        return made

    def _patiently(self, act: Callable[[], tuple[Decision, ...]]) -> tuple[Decision, ...]:
        """Try again for some seconds while another run holds the folder."""
        until = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                return act()
            except ResultsFault:
                if time.monotonic() > until or not is_at_work(self.results):
                    raise
                time.sleep(0.2)

    # --- grades and the second look ------------------------------------------------------------

    def publish(self) -> BatchReport:
        """Grade the folder with all decisions, write its tables, and load what is in doubt now.

        Raises
        ------
        ResultsFault
            When another run holds the folder, or it cannot be written.
        UsageFault
            When a key or a list cannot be used any more.
        """
        with self._writing:
            self.report = regrade(RegradeSettings(results=self.results), what="review")
            self._load()
            return self.report

    def draw(self, count: int) -> None:
        """Draw a sample of certain marks for a second look; grades the folder first."""
        with self._writing:
            draw_sample(self.results, count)
            self._load()

    def _load(self) -> None:
        batch = load_batch(self.results)
        with self._changing:
            self.batch, self._stamp = batch, (0, 0)
            self._readings.clear()
            self.loads += 1
        self.refresh()

    def sample(self, *, every: bool = False) -> list[str]:
        """Names of the marks of the last second look, or of all."""
        with Store.open(self.results, write=False) as store:
            names: list[str] = store.get(EVERY_SAMPLE if every else SAMPLE, [])
        return names
