"""The oracle: nearest vectors by plain numpy, easy to check by hand.

It compares a question with every vector held, as `faiss` does; speed at size is left to that.
"""

import io
from typing import Self

import numpy as np

from qa.engines import Numbers, Scores, Vectors, check_addition, ranked

__all__ = ["ExactEngine"]


class ExactEngine:
    """Vectors in one numpy array (see `qa.engines.Engine`)."""

    def __init__(self, dimension: int) -> None:
        """Make an empty engine for vectors of `dimension` components."""
        self.dimension = dimension
        self._numbers: Numbers = np.empty(0, dtype=np.int64)
        self._vectors: Vectors = np.empty((0, dimension), dtype=np.float32)

    def __len__(self) -> int:
        """Return how many vectors are held."""
        return len(self._numbers)

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Hold `vectors` under `numbers`."""
        check_addition(self, numbers, vectors)
        if np.isin(numbers, self._numbers).any():
            raise ValueError("a number is in use already")
        self._numbers = np.concatenate([self._numbers, numbers])
        self._vectors = np.concatenate([self._vectors, vectors])

    def search(self, query: Vectors, k: int) -> tuple[Numbers, Scores]:
        """Return the at most `k` nearest to `query`, nearest first."""
        return ranked(self._numbers, self._vectors @ query, k)

    def vectors(self, numbers: Numbers) -> Vectors:
        """Return the vectors held under `numbers`."""
        rows = {int(number): row for row, number in enumerate(self._numbers)}
        return self._vectors[[rows[int(number)] for number in numbers]]

    def to_bytes(self) -> bytes:
        """Return everything held: two numpy arrays, one after the other, without pickle."""
        file = io.BytesIO()
        np.save(file, self._numbers, allow_pickle=False)
        np.save(file, self._vectors, allow_pickle=False)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int) -> Self:
        """Read what `to_bytes` gave."""
        file = io.BytesIO(data)
        engine = cls(dimension)
        try:
            numbers, vectors = (np.load(file, allow_pickle=False) for _ in range(2))
        except (EOFError, OSError) as error:
            raise ValueError("this is not a file of exact vectors") from error
        engine.add(numbers, vectors)
        return engine
