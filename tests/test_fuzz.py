"""A short run of ``dev.py bench fuzz``: what it spoils, and that nothing of it does harm."""

from pathlib import Path

import pytest

from benchmarks import fuzz
from benchmarks._fuzz_seeds import KINDS, SCANS, read_seeds, write_seeds
from benchmarks.fuzz import Outcome, Spoilt, load_file, read_scan, run_fuzz, spoilt_files, unaccounted


def test_the_files_that_are_spoilt_are_good_ones(tmp_path: Path) -> None:
    book = write_seeds(tmp_path)
    for kind in KINDS:
        for path in sorted((tmp_path / kind).iterdir()):
            if kind in SCANS:
                assert set(read_scan(path, book)) == {"read"}, path
            elif kind != "code":
                assert load_file(kind, path, book) == "accepted", path


def test_the_same_seed_makes_the_same_files_and_another_one_others(tmp_path: Path) -> None:
    write_seeds(tmp_path)
    seeds = read_seeds(tmp_path)
    for kind in KINDS:
        files = [Spoilt(kind=kind, number=number, seed=1) for number in range(20)]
        made = [file.data(seeds) for file in files]
        assert made == [file.data(seeds) for file in files]
        assert len(set(made)) > 15
        assert made != [Spoilt(kind=kind, number=number, seed=2).data(seeds) for number in range(20)]


def test_no_spoilt_file_of_a_short_run_does_harm(tmp_path: Path) -> None:
    outcomes = run_fuzz(70, 3, tmp_path)
    assert {outcome.spoilt.kind for outcome in outcomes} == set(KINDS)
    assert len(outcomes) == len(list(spoilt_files(70, 3, tuple(KINDS)))) >= 70
    assert [outcome for outcome in outcomes if outcome.failed] == []
    words = {word for outcome in outcomes for word in outcome.words}
    assert {"refused", "accepted", "read", "truncated"} <= words
    assert unaccounted(8, 3, tmp_path) == []


def test_a_file_that_fails_is_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_layouts(folder: Path) -> str:
        write_seeds(folder)
        return "no layouts: reading breaks down"

    monkeypatch.setattr(fuzz, "write_seeds", without_layouts)
    outcomes = run_fuzz(8, 3, tmp_path, ["png"])
    failed = [outcome for outcome in outcomes if outcome.failed]
    assert failed
    told, seeds = capsys.readouterr().out, read_seeds(tmp_path / "seeds")
    for outcome in failed:
        assert outcome.words == ("broken",)
        name = f"png-3-{outcome.spoilt.number}.png"
        assert f"{name}: broken" in told
        assert (tmp_path / name).read_bytes() == outcome.spoilt.data(seeds)


def test_a_page_without_an_outcome_and_an_exception_are_failures() -> None:
    spoilt = Spoilt(kind="pdf", number=0, seed=1)
    assert Outcome(spoilt=spoilt, words=()).failed
    assert Outcome(spoilt=spoilt, words=("read", "broken")).failed
    assert not Outcome(spoilt=spoilt, words=("read", "too-large")).failed
