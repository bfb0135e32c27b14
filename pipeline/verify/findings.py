"""What a check found, in words."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.errors import ExitCode

Part = Literal["chain", "decision", "reading", "key", "layout", "list", "record", "result", "table", "seal"]
"""What is not as it was."""
Verdict = Literal["intact", "changed", "incomplete"]
"""incomplete: nothing contradicts, and not everything could be checked."""

RESTORE = "put a backup of run.sqlite in its place; without one, grade the scans into a new folder with -o"
"""What to do when the evidence itself was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not what was published."""

    part: Part
    what: str
    advice: str


@dataclass(slots=True, eq=False)
class Findings:
    """Takes what the checks find, while they go on."""

    folder: Path
    changed: list[Finding] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    """What could not be checked, and why."""
    checked: list[tuple[str, str]] = field(default_factory=list)
    """What was checked, and how it is."""

    def add(self, part: Part, what: str, advice: str = RESTORE) -> None:
        """Note something that was changed."""
        self.changed.append(Finding(part=part, what=what, advice=advice))

    def tell(self, name: str, words: str, *parts: Part) -> None:
        """Say how what was checked is; words count only where nothing of these parts was changed."""
        found = sum(one.part in parts for one in self.changed)
        self.checked.append((name, f"{found} changed" if found else words))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How a results folder stands against its evidence."""

    folder: Path
    verdict: Verdict
    findings: tuple[Finding, ...]
    open: tuple[str, ...]
    """What could not be checked, and why."""
    checked: tuple[tuple[str, str], ...]
    """What was checked, and how it is."""
    purged: str
    """When the folder was purged and of what; else empty."""
    seal: str
    """Hash of the last entry of the chain; empty when there is none."""
    entries: int
    """Entries of the chain."""

    @property
    def exit_code(self) -> ExitCode:
        """0 when all is as it was published, 1 when something was changed, 3 when nobody can say."""
        codes = {"intact": ExitCode.DONE, "changed": ExitCode.FAILED, "incomplete": ExitCode.REVIEW}
        return codes[self.verdict]


def many(count: int, one: str, more: str = "") -> str:
    """A number of things: "1 page", "2 pages"."""
    return f"{count} {one if count == 1 else more or one + 's'}"
