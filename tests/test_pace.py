"""How fast it goes, and what the options say."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.pace import Pace, duration
from pipeline.settings import PAGE_MEGABYTES, PAGE_SECONDS

ROOT = Path(__file__).parent.parent


class Clock:
    """Tells the time that it was given."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_pages_that_were_known_before_do_not_count_as_fast_work() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.words(501, 1000, 0) == ""
    clock.now += 10
    assert pace.words(551, 1000, 1) == "5.1 pages/s, 1 min left, 1 page in doubt so far"
    assert pace.words(551, 1000, 2).endswith("2 pages in doubt so far")


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3540, "59 min"),
        (3600, "1 h 0 min"),
        (12000, "3 h 20 min"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, says: str) -> None:
    assert duration(seconds) == says


def test_the_bounds_of_a_page_are_those_that_the_help_text_names() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "grade", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    words = " ".join(done.stdout.split())
    assert f"takes longer. [default: {PAGE_SECONDS:g}]" in words
    assert f"more memory (Linux). [default: {PAGE_MEGABYTES}]" in words
