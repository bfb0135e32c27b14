"""A page of any exam of a pile is found in the layout that it was read with."""

import numpy as np

from pipeline.joined import layout_of
from pipeline.model import (
    Anchors,
    Box,
    Layout,
    LayoutBook,
    Marking,
    PageLayout,
    PageQuality,
    PageRead,
    PageSource,
)


def layout(name: str) -> Layout:
    box = Box(question=name, option="A", shape="square", x=10, y=10, w=4, h=4)
    page = PageLayout(sheet=1, width=210, height=297, anchors=Anchors(kind="none"), codes=(), boxes=(box,))
    return Layout(
        name=name, unit="mm", marking=Marking.ANY, pages=(page,), questions={}, exam=name, hash=name
    )


def read(name: str, sheet: int = 1) -> PageRead:
    return PageRead(
        source=PageSource(file="scan.pdf", path="scan.pdf", page=1, sha256="ab"),
        code=None,
        other_codes=(),
        sheet=sheet,
        layout_hash=name,
        rms_mm=0.0,
        quality=PageQuality(dpi=200, background=250, print_grey=20, bilevel=False, quarter_turns=0),
        features=np.zeros((1, 1), np.float16),
        places_px=np.zeros((1, 4), np.float32),
    )


BOOK = LayoutBook(fixed=layout("one"), others=(layout("two"), layout("three")))


def test_a_page_without_a_code_is_found_in_every_layout_of_the_pile() -> None:
    for name in ("one", "two", "three"):
        found = layout_of(read(name), BOOK)
        assert found is not None
        assert found[0].name == found[1].boxes[0].question == name


def test_a_page_of_a_layout_that_is_gone_has_none() -> None:
    assert layout_of(read("four"), BOOK) is None
    assert layout_of(read("two", sheet=2), BOOK) is None
