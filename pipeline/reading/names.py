"""Names of doubts: made of the page's own bytes, so that a decision follows the paper."""

import hashlib

from pipeline.model import PageSource


def page_name(source: PageSource) -> str:
    """Stable name of a page: its file's hash (its path's, if it cannot be opened) and its number."""
    digest = source.sha256 or hashlib.sha256(source.path.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{digest[:12]}-{source.page}"
