"""Pictures of pages, made from the scan files when they are asked for and kept in memory alone."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.model import PageRead, PageResult
from pipeline.reading import boxes_picture, jpeg_bytes, open_page, page_name, row_picture, sheet_picture

View = Literal["boxes", "row", "sheet"]
VIEWS: tuple[View, ...] = ("boxes", "row", "sheet")
MOST_PAGES = 6
"""Open pages that are kept: 9 MB each at 300 dpi."""
MOST_BYTES = 64 << 20
"""Finished pictures that are kept."""


class Pictures:
    """Makes pictures of pages, and keeps the last ones in memory; nothing is written to the disk.

    Parameters
    ----------
    open_one
        Opens a page as a grey picture, upright.
    """

    def __init__(self, open_one: Callable[[PageResult], NDArray[np.uint8]] = open_page) -> None:
        self._open = open_one
        self._lock = Lock()
        self._pages: OrderedDict[str, NDArray[np.uint8]] = OrderedDict()
        self._made: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._bytes = 0

    def picture(
        self, page: PageResult, view: View, boxes: tuple[int, ...] = (), framed: tuple[int, ...] = ()
    ) -> bytes:
        """A JPEG of the boxes of a question, of its row, or of the whole sheet.

        Parameters
        ----------
        page
            As it was read.
        view
            What of it; a page without boxes is always shown whole.
        boxes
            Indices into the page layout's boxes.
        framed
            Places among ``boxes`` of those in doubt.

        Raises
        ------
        UnreadablePage
            When the scan is not there any more, or cannot be read.
        """
        name = (page_name(page.source), view, boxes, framed)
        with self._lock:
            if name in self._made:
                self._made.move_to_end(name)
                return self._made[name]
            data = jpeg_bytes(self._draw(page, view, boxes, framed))
            self._keep(name, data)
            return data

    def _draw(
        self, page: PageResult, view: View, boxes: tuple[int, ...], framed: tuple[int, ...]
    ) -> NDArray[np.uint8]:
        gray = self._page(page)
        if not isinstance(page, PageRead) or not boxes:
            return sheet_picture(gray)
        places = page.places_px[list(boxes)]
        if view == "boxes":
            return boxes_picture(gray, places, framed)
        return row_picture(gray, places) if view == "row" else sheet_picture(gray, places)

    def _page(self, page: PageResult) -> NDArray[np.uint8]:
        name = page_name(page.source)
        if name not in self._pages:
            self._pages[name] = self._open(page)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(name)
        return self._pages[name]

    def _keep(self, name: tuple[object, ...], data: bytes) -> None:
        self._made[name] = data
        self._bytes += len(data)
        while self._bytes > MOST_BYTES and len(self._made) > 1:
            _, dropped = self._made.popitem(last=False)
            self._bytes -= len(dropped)
