"""Who may use the review page: one-time tokens, sessions, and what a request must look like.

The page listens on this computer alone, and that is not enough: every website that is open in the
same browser can send requests to 127.0.0.1. So a request must name this server as its host (against
names that were made to point here, "DNS rebinding"), carry the cookie of a session, and, when it
changes anything, come from the page itself.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from pipeline.model import Decision

TOKEN_SECONDS = 600.0
"""How long a link to enter works."""
SESSION_SECONDS = 12 * 3600.0
"""How long a session lasts without a request."""
LOCAL = "127.0.0.1"

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Headers of every response: nothing from elsewhere is loaded, nothing is kept on the disk."""

Made = tuple[Decision, str]
"""A decision, and what stood before it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Reviewer:
    """One browser that was let in."""

    by: str
    """Name of the person; "" until it is typed."""
    seen_at: float
    made: list[tuple[Made, ...]] = field(default_factory=list)
    """What was decided here, step by step, so that it can be undone."""
    looks_at: str = ""
    """The doubt that is on the screen."""


class Gate:
    """Tokens and sessions of one server.

    Parameters
    ----------
    port
        Of the server; the cookie's name has it, because cookies do not tell ports apart.
    clock
        Seconds that never go back.
    """

    def __init__(self, port: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.port = port
        self.cookie = f"scangrade-{port}"
        self._clock = clock
        self._lock = Lock()
        self._tokens: dict[str, tuple[float, str]] = {}
        self._reviewers: dict[str, Reviewer] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a request may name as its host."""
        return (f"{LOCAL}:{self.port}", f"localhost:{self.port}")

    def is_own_host(self, host: str) -> bool:
        """Whether a request was sent to this server by its own name."""
        return host.lower() in self.hosts

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Whether a request comes from a page of this very server."""
        return self.is_own_host(host) and origin.lower() == f"http://{host.lower()}"

    def link(self, by: str = "") -> str:
        """A link that lets one browser in, once, within ten minutes."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens[token] = (self._clock() + TOKEN_SECONDS, by)
        return f"http://{LOCAL}:{self.port}/enter?token={token}"

    def enter(self, token: str) -> str | None:
        """Exchange a token for a session's name; None: it is unknown, used or too old."""
        with self._lock:
            until, by = self._tokens.pop(token, (0.0, ""))
            now = self._clock()
            if until <= now:
                return None
            name = secrets.token_urlsafe(32)
            self._reviewers[name] = Reviewer(by=by, seen_at=now)
            return name

    def reviewer(self, name: str) -> Reviewer | None:
        """Whose session it is; None: of nobody, or nobody was there for twelve hours."""
        with self._lock:
            found = self._reviewers.get(name)
            if found is None:
                return None
            if self._clock() - found.seen_at > SESSION_SECONDS:
                del self._reviewers[name]
                return None
            found.seen_at = self._clock()
            return found

    def others(self, reviewer: Reviewer, seconds: float = 15.0) -> list[Reviewer]:
        """The other browsers that have been heard of lately."""
        with self._lock:
            now = self._clock()
            return [
                one for one in self._reviewers.values() if one is not reviewer and now - one.seen_at < seconds
            ]
