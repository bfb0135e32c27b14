"""How fast the work goes, and how long it will take."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Counts what is done; what was done before the first look does not count as fast work."""

    clock: Callable[[], float] = time.monotonic
    _first: tuple[float, int] | None = field(default=None, init=False)

    def words(self, done: int, total: int, doubts: int) -> str:
        """Pages a second, time left, pages in doubt: "8.3 pages/s, 2 min left, 1 page in doubt so far".

        A doubt about marks is not among them: marks are judged when all pages are read.
        """
        now = self.clock()
        if self._first is None:
            self._first = (now, max(0, done - 1))
        begin, before = self._first
        parts = []
        if now > begin and done > before:
            rate = (done - before) / (now - begin)
            parts += [f"{rate:.1f} pages/s", f"{duration((total - done) / rate)} left"]
        if doubts:
            parts.append("1 page in doubt so far" if doubts == 1 else f"{doubts} pages in doubt so far")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """A time as people say it: "45 s", "12 min", "3 h 20 min"."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
