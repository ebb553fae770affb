"""Engines find the nearest vectors; all of them keep the same promises, behind one protocol.

`exact` is the oracle in numpy, `faiss` the default. Which passage a number stands for, and
what a vector means, is left to `qa.index`. An engine that thinks in distances, or in row
numbers, converts at its own door.
"""

from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from qa.errors import QAError

__all__ = ["ENGINES", "Engine", "Numbers", "Scores", "Vectors", "open_engine"]

Vectors = npt.NDArray[np.float32]
"""Shape (n, dimension), float32, rows of length 1."""
Numbers = npt.NDArray[np.int64]
"""Shape (n,), int64: the passages' own numbers, never an engine's row numbers."""
Scores = npt.NDArray[np.float32]
"""Shape (n,), float32: inner products, from -1 to 1, higher is nearer."""

ENGINES = ("faiss", "exact")
"""The engines' names; the first is the default."""


class Engine(Protocol):
    """Vectors under numbers of the caller's choosing, searched by inner product."""

    dimension: int

    def __init__(self, dimension: int) -> None:
        """Make an empty engine for vectors of `dimension` components."""

    def __len__(self) -> int:
        """Return how many vectors are held."""

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Hold `vectors` under `numbers`; ValueError on a wrong shape or a number in use."""

    def search(self, query: Vectors, k: int) -> tuple[Numbers, Scores]:
        """Return the at most `k` nearest to `query`, shape (dimension,), nearest first.

        Equal scores come in the order of their numbers; which of several equal ones share
        the last place is the engine's choice. Nothing is padded: an engine that holds fewer
        than `k` vectors returns them all.
        """

    def vectors(self, numbers: Numbers) -> Vectors:
        """Return the vectors held under `numbers`, in that order; KeyError on an unknown one."""

    def to_bytes(self) -> bytes:
        """Return everything held, for a file."""

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int) -> Self:
        """Read what `to_bytes` gave; ValueError when it is not that.

        The caller has checked the data's hash: an engine's own reader is no guard.
        """


def open_engine(name: str) -> type[Engine]:
    """Return the engine class of that name.

    >>> open_engine("exact").__name__
    'ExactEngine'
    """
    if name == "faiss":
        from qa.engines.faiss import FaissEngine

        return FaissEngine
    if name == "exact":
        from qa.engines.exact import ExactEngine

        return ExactEngine
    raise QAError(f'There is no engine "{name}"; choose one of: {", ".join(ENGINES)}.')


def check_addition(engine: Engine, numbers: Numbers, vectors: Vectors) -> None:
    """Raise ValueError unless `vectors` can be held under `numbers` (shapes, dtypes, doubles)."""
    if vectors.ndim != 2 or vectors.shape[1] != engine.dimension or vectors.dtype != np.float32:
        raise ValueError(
            f"vectors must be float32 of shape (n, {engine.dimension}), "
            f"not {vectors.dtype} of shape {vectors.shape}"
        )
    if numbers.shape != vectors.shape[:1] or numbers.dtype != np.int64:
        raise ValueError("numbers must be int64, one for each vector")
    if len(np.unique(numbers)) != len(numbers) or (len(numbers) and numbers.min() < 0):
        raise ValueError("numbers must differ and must not be negative")


def ranked(numbers: Numbers, scores: Scores, k: int) -> tuple[Numbers, Scores]:
    """Return the best `k`, highest score first, equal scores in the order of their numbers."""
    order = np.lexsort((numbers, -scores))[:k]
    return numbers[order], scores[order]
