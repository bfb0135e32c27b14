"""What the way to a cluster has to be able to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.execute.remote import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A lot of tasks has no reply: every worker that was given it was lost."""

    workers: int
    """How many were lost with it."""


class Link(Protocol):
    """The way to a cluster."""

    def slots(self) -> int:
        """Threads of all workers that are there now."""

    def share(self, data: bytes) -> Any:
        """Something that stands for data in :meth:`send`, on whatever worker."""

    def send(self, number: int, name: str, order: Any, errands: bytes, contents: Mapping[str, Any]) -> None:
        """Have :func:`pipeline.execute.remote.do_errands` called on some worker."""

    def replies(self, seconds: float) -> Sequence[tuple[int, Reply | Gone]]:
        """What has come back, by the number of the lot; waits for the first so long."""

    def close(self) -> None:
        """Give up what is under way; does not wait for it."""
