"""Every exception that may reach a user, and every exit code.

An exception here carries what happened, where, and what to type next; the one error boundary, in
``pipeline.cli``, prints it and exits with its code. Failures of single pages are not exceptions:
they are the value :class:`pipeline.model.PageFailed`.
"""

import errno
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """What the command tells the shell (FORMATS: exit codes)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REVIEW = 3
    UNREAD = 4
    INTERRUPTED = 130


class ScangradeError(Exception):
    """A failure with one clear line.

    Parameters
    ----------
    message
        What happened and where (file, page, line), one sentence without a final full stop.
    hint
        What to do or type next; empty when there is nothing to add.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageFault(ScangradeError):
    """The command was given something it cannot work with: a folder, a roster, an option."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a file that a person wrote."""

    file: str
    """Path as the user gave it."""
    line: int
    """1-based; 0 when the fault is of the file as a whole."""
    column: int
    """1-based; 0 when the fault is of a whole line."""
    what: str
    """What is wrong."""
    instead: str = ""
    """What to write instead."""

    def __str__(self) -> str:
        place = ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])
        return f"{place}: {self.what}" + (f": {self.instead}" if self.instead else "")


class FileFaults(UsageFault):
    """A file that a person wrote has faults; all of them are reported at once."""

    def __init__(self, faults: Sequence[Fault], warnings: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.warnings = tuple(warnings)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UnreadablePage(ScangradeError):
    """A page of a scan cannot become an image.

    Raised inside a worker and turned there into :class:`pipeline.model.PageFailed`; it never
    crosses a process.
    """

    def __init__(self, message: str, *, code: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class ResultsFault(ScangradeError):
    """The results folder cannot be used or written: wrong exam, full disk, no permission."""


class LedgerUnbalanced(ScangradeError):
    """A page or a student is missing from the ledger: a bug, and never to be published."""


SYSTEM_REASONS: Mapping[int, str] = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EFBIG: "a file would be larger than the limit on file sizes",
    errno.EACCES: "you may not do that there",
    errno.EPERM: "you may not do that there",
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk or the network folder does not answer",
    errno.ESTALE: "the network folder is gone",
    errno.EMFILE: "too many files are open",
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "its folder is a file",
    errno.EISDIR: "it is a folder",
}
"""System errors that are no bug of ours, in words."""


def system_reason(error: OSError) -> str:
    """Why the system refused: in our words where there are any, else in its own."""
    return SYSTEM_REASONS.get(error.errno or 0) or error.strerror or str(error)


_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, line and paragraph separators, what turns the direction of a text against its
letters (UAX #9: embeddings, overrides, isolates), and bytes that are no text. Left-to-right and
right-to-left marks are not among them: they belong to names."""


def visible(text: str) -> str:
    r"""Text for a terminal or a list of files, in which nothing hides: ``a\x0ab``, ``\u202e``, ``\xff``.

    A file may be called anything, and a line break, an escape sequence or a turned direction in its
    name would make a message say what it does not.
    """
    return _INVISIBLE.sub(lambda found: _escaped(ord(found.group())), text)


def _escaped(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # a byte of a name that is no UTF-8 (PEP 383)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
