"""A graded quiz, made once; every test reviews a copy of it."""

import shutil
from pathlib import Path

import pytest

from tests.review.quiz import Browser, Review, grade_quiz


@pytest.fixture(scope="session")
def graded_quiz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the quiz."""
    return grade_quiz(tmp_path_factory.mktemp("quiz"))


@pytest.fixture
def results(graded_quiz: Path, tmp_path: Path) -> Path:
    """A copy of the results folder."""
    return Path(shutil.copytree(graded_quiz, tmp_path / "results"))


@pytest.fixture
def review(results: Path) -> Review:
    """Its review page, without a network."""
    return Review(results)


@pytest.fixture
def ada(review: Review) -> Browser:
    """A reviewer's browser."""
    return review.browser("Ada")
