"""The first key: boosted trees with calibrated probabilities, as ``data/marks.npz`` holds them.

The file is made by ``benchmarks/train_marks.py``, which also says how; the probabilities are calibrated
on simulated sheets that the trees had not seen. What is accepted is said in ``marks.py``.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from pipeline.model import BoxState, Marking
from pipeline.reading.evidence import INPUTS
from pipeline.reading.trees import Forest

DATA = "marks.npz"
REMARKED = "re-marked"
OUTCOMES: dict[Marking, tuple[str, ...]] = {
    Marking.FILL: (BoxState.EMPTY.value, BoxState.MARKED.value),
    Marking.ANY: (BoxState.EMPTY.value, BoxState.MARKED.value),
    Marking.CROSS_UNDO: (
        BoxState.EMPTY.value,
        BoxState.MARKED.value,
        BoxState.CANCELLED.value,
        REMARKED,
    ),
}
"""What a box may turn out to be, by its convention; a re-marked box is never decided by itself."""
LEAST = 1e-5
"""No probability is nearer to 0 or 1: no sample was large enough to say so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judge:
    """What judges the boxes of one convention."""

    forest: Forest
    scale: NDArray[np.float32]
    """(classes,) and ``shift`` (classes,): scores become log odds by ``scale * score + shift``."""
    shift: NDArray[np.float32]

    def chances(self, table: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, outcomes) calibrated probabilities of boxes with inputs (n, ``INPUTS``)."""
        odds = self.scale * self.forest.scores(table) + self.shift
        if odds.shape[1] == 1:
            odds = np.concatenate([np.zeros_like(odds), odds], axis=1)
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        chances = odds / odds.sum(axis=1, keepdims=True)
        return np.asarray(np.clip(chances, LEAST, 1.0 - LEAST), np.float32)


@lru_cache(maxsize=1)
def judges() -> dict[str, Judge]:
    """The judges that ship with the package, by the value of their convention."""
    path = resources.files("pipeline.reading").joinpath("data", DATA)
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    if tuple(arrays["inputs"].tolist()) != INPUTS:
        raise ValueError(f"{DATA} was made for other inputs: type python -m benchmarks.train_marks")
    return {marking.value: _judge(arrays, marking.value) for marking in Marking}


def _judge(arrays: dict[str, NDArray[np.generic]], name: str) -> Judge:
    part = {
        key.removeprefix(f"{name}."): value for key, value in arrays.items() if key.startswith(f"{name}.")
    }
    return Judge(
        forest=Forest(
            columns=part["columns"].astype(np.intp),
            cuts=part["cuts"].astype(np.float32),
            leaves=part["leaves"].astype(np.float32),
            base=part["base"].astype(np.float32),
        ),
        scale=part["scale"].astype(np.float32),
        shift=part["shift"].astype(np.float32),
    )
