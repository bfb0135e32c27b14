"""What all tests share: the same examples every time, and pictures of what failed."""

import re
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray

FAILURES = Path(__file__).parent / "failures"
"""Pictures of failed tests; git does not keep them."""

FailurePicture = Callable[[str, NDArray[np.uint8]], None]
"""Called with a short name and a grey or BGR picture."""

_failed = pytest.StashKey[bool]()

# The same examples on every machine; `pytest --hypothesis-profile explore` looks for new ones.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "explore", deadline=None, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

# A job in the background of a shell ignores Ctrl-C, and so would every command that a test starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember which tests failed, for fixtures that clean up after them."""
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


@pytest.fixture
def failure_picture(request: pytest.FixtureRequest) -> Iterator[FailurePicture]:
    """Keep pictures of a test in ``tests/failures/``, only if it fails.

    ``failure_picture("page", image)`` may be called as often as there are pictures; the same name
    again replaces the picture.
    """
    pictures: dict[str, NDArray[np.uint8]] = {}
    yield pictures.__setitem__
    if not request.node.stash.get(_failed, False):
        return
    FAILURES.mkdir(exist_ok=True)
    for name, picture in pictures.items():
        file = re.sub(r"[^\w.-]+", "-", f"{request.node.name}-{name}").strip("-")
        _, png = cv2.imencode(".png", picture)
        (FAILURES / f"{file}.png").write_bytes(png.tobytes())
