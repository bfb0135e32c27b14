"""Which pages are one booklet: by the code on each page, by a page code of others, or by their order.

Pages without any code are joined by the order of the scans: a booklet is a run of sheets whose
numbers rise, in one file or in pictures of one folder. A run that begins with a page code of others
goes on with the pages behind it. Where a sheet is missing, a page that could not be read must lie in
its place: when there are fewer or more of them, the run ends, as what follows may be another student's.

A page whose code is printed and cannot be read is joined only where it lies between its neighbours in
the booklet. Elsewhere it is nobody's, until a person says whose: then it goes to that booklet.
"""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from pipeline.exam import BASE_VERSION, OtherCode
from pipeline.model import (
    Decision,
    Layout,
    LayoutBook,
    PageRead,
    PageResult,
    PageSource,
    PageUnmatched,
)
from pipeline.reading.booklets import Copy, Group
from pipeline.reading.lists import Lists
from pipeline.reading.names import page_name
from pipeline.reading.other_codes import code_of

Key = tuple[str, str, str, str]
"""Exam, version, our serial, and the number of a run or the name by a page code of others."""


def group_pages(results: Sequence[PageResult], lists: Lists) -> list[Group]:
    """Pages of one booklet together, in the order in which the first of them was scanned.

    Parameters
    ----------
    results
        One result per page, in the order of the scans; those that were not read only part runs.
    lists
        Layouts, roster and decisions.
    """
    names = _names(results, lists.book)
    grouped: dict[Key, list[Copy]] = {}
    for result in results:
        if not isinstance(result, PageRead):
            continue
        layout = _layout_of(result, lists.book)
        page = layout.page(result.sheet)
        if page is None:
            raise ValueError(f"{result.source.file} page {result.source.page}: no sheet {result.sheet}")
        if result.code:
            key: Key = (result.code.exam, result.code.version, str(result.code.serial), "")
        else:
            key = (layout.exam, layout.version, "", names[id(result)])
        grouped.setdefault(key, []).append(Copy(read=result, layout=layout, page=page))
    return [_group(key, copies, lists.decisions) for key, copies in grouped.items()]


def stacks_of(results: Sequence[PageResult]) -> list[list[PageResult]]:
    """Pages as they lay on each other: those of one file, or the pictures of one folder, in their order."""
    several = {result.source.sha256 for result in results if result.source.page > 1}
    stacks: dict[tuple[str, str], list[PageResult]] = {}
    for result in results:
        stacks.setdefault(_stack(result.source, several), []).append(result)
    return list(stacks.values())


def _stack(source: PageSource, several: set[str]) -> tuple[str, str]:
    if source.sha256 in several or not source.sha256:
        return source.file, source.sha256
    path = PurePosixPath(source.file)
    return str(path.parent), path.suffix.lower()


def _names(results: Sequence[PageResult], book: LayoutBook) -> dict[int, str]:
    """What names the booklet of each page without a code of ours, by the identity of its reading."""
    codes = {
        id(read): code
        for read in results
        if isinstance(read, PageRead) and not read.code and (code := code_of(read, _layout_of(read, book)))
    }
    coded_sheets = {
        (read.layout_hash, read.sheet) for read in results if isinstance(read, PageRead) and id(read) in codes
    }
    names: dict[int, str] = {}
    for stack in stacks_of(results):
        pages = _without_backs(stack)
        last, unread = None, 0
        for place, page in enumerate(pages):
            if not isinstance(page, PageRead):
                unread += 1
                continue
            if id(page) in codes:
                name = f"code {codes[id(page)].booklet}"
            elif (page.layout_hash, page.sheet) in coded_sheets:
                name = _between(pages, place, codes) or f"run {len(names)}"
            elif last is not None and _goes_on(last, page, unread, book):
                name = names[id(last)]
            else:
                name = f"run {len(names)}"
            names[id(page)] = name
            last, unread = page, 0
    return names


def _without_backs(stack: Sequence[PageResult]) -> list[PageResult]:
    """Pages that are not blank, nor of ours; where most sheets were scanned with their backs, fronts only."""
    pages = [page for page in stack if not isinstance(page, PageRead) or page.code is None]
    reads = [place for place, page in enumerate(pages) if isinstance(page, PageRead)]
    backs = {place + 1 for place in reads if place + 1 < len(pages)} - set(reads)
    if 2 * len(backs) <= len(reads):
        backs = set()
    return [page for place, page in enumerate(pages) if place not in backs and not _is_blank(page)]


def _is_blank(page: PageResult) -> bool:
    return isinstance(page, PageUnmatched) and page.finding == "blank"


def _goes_on(last: PageRead, read: PageRead, unread: int, book: LayoutBook) -> bool:
    """Whether a page may be the next of a run, with so many unread pages between.

    Each missing sheet must be one of them; a sheet that the layout leaves out may be one.
    """
    if read.layout_hash != last.layout_hash or read.sheet <= last.sheet:
        return False
    between = read.sheet - last.sheet - 1
    described = sum(last.sheet < page.sheet < read.sheet for page in _layout_of(read, book).pages)
    return described <= unread <= between


def _between(pages: Sequence[PageResult], place: int, codes: Mapping[int, OtherCode]) -> str:
    """Name of the booklet of which a page lies between the sheet before and the sheet behind; else ""."""
    page = pages[place]
    if not (isinstance(page, PageRead) and 0 < place < len(pages) - 1):
        return ""
    before, behind = pages[place - 1], pages[place + 1]
    one, two = codes.get(id(before)), codes.get(id(behind))
    if one is None or two is None or one.booklet != two.booklet:
        return ""
    if not (isinstance(before, PageRead) and isinstance(behind, PageRead)):
        return ""
    return f"code {one.booklet}" if (before.sheet, behind.sheet) == (page.sheet - 1, page.sheet + 1) else ""


def _group(key: Key, copies: Sequence[Copy], decisions: Mapping[str, Decision]) -> Group:
    exam, version, serial, name = key
    ignored = [
        copy
        for copy in copies
        if (decision := decisions.get(f"page-{page_name(copy.read.source)}"))
        and decision.value.strip().lower() == "ignore"
    ]
    counted = [copy for copy in copies if copy not in ignored]
    return Group(
        exam=exam,
        version=version or BASE_VERSION,
        serial=int(serial) if serial else None,
        copies=tuple(counted),
        set_aside=tuple(ignored),
        name=name.removeprefix("code ") if name.startswith("code ") else "",
    )


def _layout_of(read: PageRead, book: LayoutBook) -> Layout:
    if read.code and (layout := book.find(read.code)):
        return layout
    for layout in book.uncoded:
        if layout.hash == read.layout_hash:
            return layout
    raise ValueError(f"{read.source.file} page {read.source.page}: its layout is not in the book")


def order_notes(results: Sequence[PageResult], groups: Sequence[Group]) -> dict[int, str]:
    """What is odd in the order of pages whose booklet a page code of others names.

    Returns
    -------
    dict
        By the identity of the reading: a sentence. A page is in order right behind a page of its
        booklet with a lower sheet, or, as the lowest of its booklet's sheets, behind another booklet.
    """
    owners = {id(copy.read): group for group in groups if group.name for copy in _all(group)}
    lowest = {group.name: min(copy.read.sheet for copy in _all(group)) for group in owners.values()}
    notes: dict[int, str] = {}
    for stack in stacks_of(results):
        before: PageRead | None = None
        for page in stack:
            if not isinstance(page, PageRead) or id(page) not in owners:
                continue
            group = owners[id(page)]
            theirs = None if before is None else owners[id(before)]
            if theirs is group and before is not None and before.sheet > page.sheet:
                notes[id(page)] = f"out of order: behind sheet {before.sheet} of its booklet {group.name}"
            elif theirs is not group and page.sheet != lowest[group.name]:
                where = f"among the pages of booklet {theirs.name}" if theirs else "before its first sheet"
                notes[id(page)] = f"out of order: sheet {page.sheet} of booklet {group.name} {where}"
            before = page
    return notes


def _all(group: Group) -> tuple[Copy, ...]:
    return (*group.copies, *group.set_aside)
