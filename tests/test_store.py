"""What a results folder remembers."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ResultsFault, UsageFault
from pipeline.model import (
    Anchors,
    Decision,
    Layout,
    LayoutBook,
    Marking,
    PageCode,
    PageFailed,
    PageLayout,
    PageQuality,
    PageRead,
    PageResult,
    PageSource,
    PageUnmatched,
)
from pipeline.store import DATABASE, Fingerprint, KeyVersion, Store
from pipeline.store.connect import explain
from pipeline.store.lock import LOCK_NAME
from pipeline.store.records import pack, unpack

CODE = PageCode(exam="maths", version="A", sheet=1, serial=7, layout="0A1B2C")


def layout(hash_: str) -> Layout:
    anchors = Anchors(kind="scangrade")
    page = PageLayout(sheet=1, width=210, height=297, anchors=anchors, boxes=())
    return Layout(name="maths", unit="mm", marking=Marking.ANY, pages=(page,), exam="maths", hash=hash_)


PRINT = Fingerprint.of("1", LayoutBook(coded=(layout("0A1B2C"),)))
LATER_READER = Fingerprint.of("2", LayoutBook(coded=(layout("0A1B2C"),)))
MORE_LAYOUTS = Fingerprint.of("1", LayoutBook(coded=(layout("0A1B2C"), layout("FFFFFF"))))
OTHER_LAYOUT = Fingerprint.of("1", LayoutBook(coded=(layout("FFFFFF"),)))
FIXED = Fingerprint.of("1", LayoutBook(fixed=layout("0A1B2C")))


def source(page: int = 1, *, sha256: str = "a" * 64, path: str = "/scans/monday.pdf") -> PageSource:
    return PageSource(file=Path(path).name, path=path, page=page, sha256=sha256)


def read(at: PageSource, *, boxes: int = 5, code: PageCode | None = CODE, seed: int = 1) -> PageRead:
    random = np.random.default_rng(seed)
    return PageRead(
        source=at,
        code=code,
        other_codes=("sticker 12",),
        sheet=1,
        layout_hash="0A1B2C",
        rms_mm=0.1 + 0.2,
        quality=PageQuality(
            dpi=299.7, background=250.0, print_grey=20.5, bilevel=False, quarter_turns=2, notes=("streak",)
        ),
        features=random.random((boxes, 9)).astype(np.float16),
        places_px=random.random((boxes, 4)).astype(np.float32),
    )


def unmatched(at: PageSource) -> PageUnmatched:
    return PageUnmatched(
        source=at, finding="no-code", message="no code", ink=0.01, marks_found=3, other_codes=("x",)
    )


def failed(at: PageSource, code: str = "truncated") -> PageFailed:
    return PageFailed(source=at, code=code, message="it ends early", hint="scan it again")


def same(one: PageResult | None, two: PageResult | None) -> bool:
    if isinstance(one, PageRead) and isinstance(two, PageRead):
        arrays = np.array_equal(one.features, two.features) and np.array_equal(one.places_px, two.places_px)
        types = (one.features.dtype, one.places_px.dtype) == (two.features.dtype, two.places_px.dtype)
        names = ("source", "code", "other_codes", "sheet", "layout_hash", "rms_mm", "quality")
        return arrays and types and all(getattr(one, name) == getattr(two, name) for name in names)
    return one == two


@pytest.mark.parametrize("make", [read, unmatched, failed])
def test_a_reading_comes_back_as_it_was(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    result = make(source())
    with Store.open(tmp_path) as store:
        store.save(result, PRINT)
    with Store.open(tmp_path) as store:
        assert same(store.known(source(), PRINT), result)


def test_a_reading_without_a_code_or_boxes_comes_back_as_it_was() -> None:
    result = read(source(), boxes=0, code=None)
    assert same(unpack(pack(result), source()), result)


@settings(max_examples=40, deadline=None)
@given(
    st.text(),
    st.floats(allow_nan=False),
    st.integers(0, 30),
    st.lists(st.floats(width=16), min_size=0, max_size=30),
)
def test_any_reading_comes_back_bit_by_bit(text: str, number: float, sheet: int, values: list[float]) -> None:
    result = PageRead(
        source=source(),
        code=None,
        other_codes=(text,),
        sheet=sheet,
        layout_hash=text,
        rms_mm=number,
        quality=PageQuality(dpi=number, background=0, print_grey=0, bilevel=True, quarter_turns=0),
        features=np.array(values, dtype=np.float16).reshape(-1, 1),
        places_px=np.zeros((len(values), 4), dtype=np.float32),
    )
    back = unpack(pack(result), source())
    assert isinstance(back, PageRead)
    assert back.features.tobytes() == result.features.tobytes()
    assert (back.rms_mm, back.other_codes, back.quality) == (number, (text,), result.quality)


def test_a_page_never_read_is_not_known(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.save(read(source(1)), PRINT)
        assert store.known(source(2), PRINT) is None
        assert store.known(source(1, sha256="b" * 64), PRINT) is None
        assert list(store.readings([source(2)])) == [None]


def test_a_renamed_file_is_known_under_its_new_name(tmp_path: Path) -> None:
    renamed = source(path="/scans/tuesday.pdf")
    with Store.open(tmp_path) as store:
        store.save(read(source()), PRINT)
        known = store.known(renamed, PRINT)
    assert known is not None
    assert known.source == renamed


@pytest.mark.parametrize(
    ("make", "fingerprint", "holds"),
    [
        (read, PRINT, True),
        (read, LATER_READER, False),
        (read, MORE_LAYOUTS, True),
        (read, OTHER_LAYOUT, False),
        (read, FIXED, False),
        (unmatched, PRINT, True),
        (unmatched, MORE_LAYOUTS, False),
        (failed, PRINT, True),
        (failed, MORE_LAYOUTS, True),
        (failed, LATER_READER, False),
    ],
)
def test_a_reading_holds_while_its_reader_and_its_layouts_do(  # type: ignore[no-untyped-def]
    tmp_path: Path, make, fingerprint: Fingerprint, holds: bool
) -> None:
    with Store.open(tmp_path) as store:
        store.save(make(source()), PRINT)
        assert (store.known(source(), fingerprint) is not None) == holds


def test_a_page_without_a_code_holds_for_its_fixed_layout_only(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.save(read(source(), code=None), FIXED)
        assert store.known(source(), FIXED) is not None
        assert store.known(source(), PRINT) is None


def test_a_page_that_crashed_the_reader_is_tried_again(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.save(failed(source(), "crashed"), PRINT)
        assert store.known(source(), PRINT) is None
        assert list(store.readings([source()])) == [failed(source(), "crashed")]


def test_a_new_reading_supersedes_and_deletes_nothing(tmp_path: Path) -> None:
    first, second = read(source(), seed=1), read(source(), seed=2)
    with Store.open(tmp_path) as store:
        store.save(first, PRINT)
        store.save(second, LATER_READER)
        (current,) = store.readings([source()])
        (earlier,) = store.superseded(source())
    assert same(current, second)
    assert same(earlier, first)


def test_readings_come_in_the_order_asked_for(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for page in (3, 1, 2):
            store.save(failed(source(page)), PRINT)
        pages = [result.source.page for result in store.readings(map(source, (1, 2, 3))) if result]
    assert pages == [1, 2, 3]


def test_a_file_that_cannot_be_opened_is_accounted_for_and_tried_again(tmp_path: Path) -> None:
    one, two = source(sha256="", path="/scans/one.pdf"), source(sha256="", path="/scans/two.pdf")
    with Store.open(tmp_path) as store:
        store.add_pages([one, two])
        store.save(failed(one, "no-access"), PRINT)
        store.save(failed(two, "empty"), PRINT)
        assert [r.code for r in store.readings(store.sources()) if isinstance(r, PageFailed)] == [
            "no-access",
            "empty",
        ]
        assert store.known(one, PRINT) is None


def test_files_are_listed_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    monday = [source(page) for page in (1, 2)]
    tuesday = [source(1, sha256="b" * 64, path="/scans/a-tuesday.tif")]
    with Store.open(tmp_path) as store:
        store.add_pages(monday)
        store.add_pages([*tuesday, *monday])
        assert store.sources() == (*monday, *tuesday)


def test_a_file_that_was_scanned_in_twice_is_listed_twice(tmp_path: Path) -> None:
    copy = source(path="/scans/copy.pdf")
    with Store.open(tmp_path) as store:
        store.add_pages([source(), copy])
        assert store.sources() == (source(), copy)


def test_a_renamed_file_is_listed_once(tmp_path: Path) -> None:
    renamed = source(path="/scans/renamed.pdf")
    with Store.open(tmp_path) as store:
        store.add_pages([source()])
        store.add_pages([renamed], is_gone=lambda path: path == source().path)
        assert store.sources() == (renamed,)


def test_a_copy_of_a_file_that_is_still_there_is_listed_beside_it(tmp_path: Path) -> None:
    copy = source(path="/scans/copy.pdf")
    with Store.open(tmp_path) as store:
        store.add_pages([source()])
        store.add_pages([copy], is_gone=lambda path: False)  # noqa: ARG005
        assert store.sources() == (source(), copy)


def test_a_file_whose_content_changed_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    changed = source(sha256="c" * 64)
    with Store.open(tmp_path) as store:
        store.add_pages([source(1), source(2)])
        store.add_pages([changed])
        assert store.sources() == (changed,)


def test_a_file_name_that_is_not_utf8_is_kept(tmp_path: Path) -> None:
    odd = source(path=os.fsdecode(b"/scans/pr\xfcfung.pdf"))
    with Store.open(tmp_path) as store:
        store.add_pages([odd])
        store.save(failed(odd), PRINT)
    with Store.open(tmp_path) as store:
        assert store.sources() == (odd,)
        assert same(store.known(odd, PRINT), failed(odd))


def test_decisions_are_appended_in_order(tmp_path: Path) -> None:
    one = Decision(doubt="answer-1", value="A", by="Eva", at="2026-01-02T03:04:05Z")
    two = Decision(doubt="answer-1", value="B", by="Jan", at="2026-01-02T03:04:06Z", note="saw the sheet")
    with Store.open(tmp_path) as store:
        store.append_decisions([one])
        store.append_decisions([two])
    with Store.open(tmp_path) as store:
        assert store.decisions() == (one, two)


def test_every_key_that_graded_is_kept_and_the_last_one_counts(tmp_path: Path) -> None:
    old = KeyVersion(exam="maths", hash="1" * 64, file="keys/maths.yaml", text=b"exam: maths\n")
    new = KeyVersion(exam="maths", hash="2" * 64, file="keys/maths.yaml", text=b"exam: maths # new\n")
    with Store.open(tmp_path) as store:
        store.use_key(old)
        store.use_key(new)
        assert store.keys() == (new,)
        store.use_key(old)
        assert store.keys() == (old,)
        assert store.key_versions() == (old, new)


def test_layouts_are_kept_by_their_hash(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.add_layout("BBBBBB", '{"b":1}')
        store.add_layout("AAAAAA", '{"a":1}')
        store.add_layout("BBBBBB", '{"b":1}')
        assert list(store.layouts().items()) == [("BBBBBB", '{"b":1}'), ("AAAAAA", '{"a":1}')]
        with pytest.raises(ResultsFault, match="hash AAAAAA"):
            store.add_layout("AAAAAA", '{"a":2}')


def test_settings_are_kept(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.put("roster", [{"student_id": "007", "name": "王小明"}])
        store.put("roster", [{"student_id": "008", "name": "Łucja"}])
    with Store.open(tmp_path) as store:
        assert store.get("roster") == [{"student_id": "008", "name": "Łucja"}]
        assert store.get("sheets", "none") == "none"


def test_the_same_work_leaves_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with Store.open(tmp_path / name) as store:
            store.add_pages([source(page) for page in range(1, 50)])
            for page in range(1, 50):
                store.save(read(source(page), seed=page), PRINT)
    dumps = []
    for name in ("one", "two"):
        connection = sqlite3.connect(tmp_path / name / DATABASE)
        dumps.append(list(connection.iterdump()))
        connection.close()
    assert dumps[0] == dumps[1]


def test_readings_of_a_run_that_failed_are_kept(tmp_path: Path) -> None:
    def run() -> None:
        with Store.open(tmp_path) as store:
            store.save(read(source()), PRINT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    with Store.open(tmp_path) as store:
        assert store.known(source(), PRINT) is not None


def test_a_failed_write_changes_nothing(tmp_path: Path) -> None:
    good = Decision(doubt="a", value="A", by="Eva", at="2026-01-02T03:04:05Z")
    with Store.open(tmp_path) as store:
        with pytest.raises(ResultsFault):
            store.append_decisions([good, Decision(doubt="b", value=None, by="Eva", at="")])  # type: ignore[arg-type]
        assert store.decisions() == ()


# --- one run at a time -----------------------------------------------------------------------------


def test_a_second_run_is_refused_and_told_who_holds_the_folder(tmp_path: Path) -> None:
    with Store.open(tmp_path), pytest.raises(ResultsFault, match=f"process {os.getpid()} on "):
        Store.open(tmp_path)


def test_the_folder_is_free_again_after_a_run(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    assert not (tmp_path / LOCK_NAME).exists()
    Store.open(tmp_path).close()


HOLD = """
import sys
from pathlib import Path
from pipeline.store import Store
from tests_helper import fill
store = Store.open(Path(sys.argv[1]))
fill(store)
print("held", flush=True)
sys.stdin.read()
"""


def hold(folder: Path, tmp_path: Path) -> subprocess.Popen[str]:
    """Another process that holds the folder in the middle of a transaction."""
    helper = tmp_path / "tests_helper.py"
    helper.write_text(
        "def fill(store):\n"
        "    store.put('half', 1)\n"
        "    store._connection.execute('PRAGMA cache_size = 1')\n"
        "    store._connection.execute('BEGIN IMMEDIATE')\n"
        "    for n in range(3000):\n"
        "        store._connection.execute(\n"
        "            'INSERT INTO settings VALUES (?, ?)', (f'x{n}', 'y' * 200))\n",
        encoding="utf-8",
    )
    root = Path(__file__).parent.parent
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{tmp_path}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def test_a_killed_run_blocks_nobody_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    child = hold(folder, tmp_path)
    with pytest.raises(ResultsFault, match=f"process {child.pid} on "):
        Store.open(folder)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with Store.open(folder, write=False) as store:
        assert store.get("half") == 1
    with Store.open(folder) as store:
        assert store.get("x0") is None


# --- looking without writing -----------------------------------------------------------------------


def test_looking_works_while_a_run_holds_the_folder(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.put("name", "value")
        with Store.open(tmp_path, write=False) as looking:
            assert looking.get("name") == "value"


def test_looking_changes_nothing(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with Store.open(tmp_path, write=False) as looking, pytest.raises(ResultsFault):
        looking.put("name", "value")


def test_looking_at_another_folder_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="not a results folder"):
        Store.open(tmp_path, write=False)
    assert list(tmp_path.iterdir()) == []


# --- what can go wrong -----------------------------------------------------------------------------


def test_a_damaged_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(ResultsFault, match="is damaged"):
        Store.open(tmp_path)
    assert path.read_bytes() == b"this is no database" * 100
    assert not (tmp_path / LOCK_NAME).exists()


def test_a_damaged_page_of_the_database_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        for page in range(1, 40):
            store.save(read(source(page), boxes=200), PRINT)
    path = tmp_path / DATABASE
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = os.urandom(len(data) - 4096 * 3)
    path.write_bytes(data)
    with pytest.raises(ResultsFault, match="damaged"), Store.open(tmp_path) as store:
        list(store.readings(source(page) for page in range(1, 40)))


def test_a_record_that_does_not_fit_together_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.save(read(source()), PRINT)
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("UPDATE readings SET features = x'00'")
    connection.commit()
    connection.close()
    with Store.open(tmp_path) as store, pytest.raises(ResultsFault, match=r"damaged: monday\.pdf, page 1"):
        store.known(source(), PRINT)


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    with pytest.raises(ResultsFault, match="not written by scangrade"):
        Store.open(tmp_path)


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ResultsFault, match="version 99"):
        Store.open(tmp_path)


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("x", encoding="utf-8")
    with pytest.raises(ResultsFault, match="is a file"):
        Store.open(file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ResultsFault, match="cannot use the results folder"):
        Store.open(tmp_path)


def fill_until_full(folder: str) -> None:
    """In a child process: what a full disk says, as the exit code."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
    try:
        with Store.open(Path(folder)) as store:
            for page in range(1, 500):
                store.save(read(source(page), boxes=300), PRINT)
    except ResultsFault as error:
        os._exit(0 if "disk is full" in error.message else 4)
    os._exit(5)


def test_a_full_disk_is_told_and_what_was_read_is_kept(tmp_path: Path) -> None:
    root = Path(__file__).parent
    child = subprocess.run(
        [sys.executable, "-c", f"import test_store; test_store.fill_until_full({str(tmp_path)!r})"],
        env={**os.environ, "PYTHONPATH": f"{root.parent}{os.pathsep}{root}"},
        check=False,
    )
    assert child.returncode == 0
    with Store.open(tmp_path) as store:
        assert same(store.known(source(1), PRINT), read(source(1), boxes=300))


def test_a_page_that_was_read_stays_read_when_its_file_is_gone(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.add_pages([source()])
        store.save(read(source()), PRINT)
        store.save(failed(source(), "no-access"), LATER_READER)
        assert isinstance(next(store.readings([source()])), PageRead)


@pytest.mark.parametrize("code", ["crashed", "broken", "no-access", "no-engine"])
def test_a_failure_that_may_have_been_the_machines_is_tried_again(tmp_path: Path, code: str) -> None:
    with Store.open(tmp_path) as store:
        store.add_pages([source()])
        store.save(failed(source(), code), PRINT)
        assert store.known(source(), PRINT) is None


def test_a_file_over_a_file_that_was_read_takes_nothing_away(tmp_path: Path) -> None:
    first, second = source(), source(sha256="b" * 64)
    with Store.open(tmp_path) as store:
        store.add_pages([first])
        store.save(read(first), PRINT)
        store.add_pages([second])
        kept, new = store.sources()
        assert (kept.sha256, new.sha256) == (first.sha256, second.sha256)
        assert "overwritten" in kept.file
        assert kept.file != new.file


def test_the_same_failure_again_is_not_kept_twice(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.save(failed(source(), "timeout"), PRINT)
        store.save(failed(source(), "timeout"), PRINT)
        assert store.superseded(source()) == ()
        store.save(failed(source(), "crashed"), PRINT)
        assert store.superseded(source()) == (failed(source(), "timeout"),)


@pytest.mark.parametrize("code", ["timeout", "memory", "changed"])
def test_a_page_that_was_given_up_is_tried_again(tmp_path: Path, code: str) -> None:
    with Store.open(tmp_path) as store:
        store.save(failed(source(), code), PRINT)
        assert store.known(source(), PRINT) is None


@pytest.mark.parametrize(
    ("code", "says", "hint"),
    [
        (
            sqlite3.SQLITE_IOERR_READ,
            "the disk or the network folder does not answer",
            "what was read is kept",
        ),
        (sqlite3.SQLITE_IOERR_WRITE, "the disk is full", "make room"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "is gone: it was moved or deleted", "put it back"),
        (sqlite3.SQLITE_CANTOPEN, "cannot write", "name another folder with -o"),
    ],
)
def test_a_disk_that_fails_is_told_with_what_to_do(tmp_path: Path, code: int, says: str, hint: str) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    fault = explain(tmp_path / DATABASE, error)
    assert says in fault.message
    assert str(tmp_path) in fault.message
    assert hint in fault.hint
