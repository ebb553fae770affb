"""Nearest vectors by FAISS: exact inner product (IndexFlatIP) under our own numbers.

FAISS calls the rows of a flat index its ids and moves them when one is removed; an IndexIDMap2
keeps ours. Its padding (id -1) never leaves this file.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from qa.engines import Numbers, Scores, Vectors, check_addition, ranked

__all__ = ["FaissEngine"]


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Search in the calling thread alone (the setting is a thread's own).

    FAISS shares out questions, not vectors, so a team of threads gains nothing for one
    question; and it would wait for cores on which ONNX Runtime's threads are still spinning.
    That doubled the time of a retrieval.
    """
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


class FaissEngine:
    """Vectors in a FAISS index (see `qa.engines.Engine`)."""

    def __init__(self, dimension: int) -> None:
        """Make an empty engine for vectors of `dimension` components."""
        import faiss

        self.dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        """Return how many vectors are held."""
        return int(self._index.ntotal)

    def add(self, numbers: Numbers, vectors: Vectors) -> None:
        """Hold `vectors` under `numbers`."""
        import faiss

        check_addition(self, numbers, vectors)
        if np.isin(numbers, faiss.vector_to_array(self._index.id_map)).any():
            raise ValueError("a number is in use already")
        self._index.add_with_ids(np.ascontiguousarray(vectors), numbers)

    def search(self, query: Vectors, k: int) -> tuple[Numbers, Scores]:
        """Return the at most `k` nearest to `query`, nearest first."""
        k = min(k, len(self))
        if not k:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        with _one_thread():
            scores, numbers = self._index.search(query[np.newaxis], k)
        found = numbers[0] >= 0
        return ranked(numbers[0][found], scores[0][found], k)

    def vectors(self, numbers: Numbers) -> Vectors:
        """Return the vectors held under `numbers`."""
        held = np.empty((len(numbers), self.dimension), dtype=np.float32)
        for row, number in enumerate(numbers):
            try:
                held[row] = self._index.reconstruct(int(number))
            except RuntimeError as error:
                raise KeyError(int(number)) from error
        return held

    def to_bytes(self) -> bytes:
        """Return everything held, in FAISS's own format."""
        import faiss

        data: bytes = faiss.serialize_index(self._index).tobytes()
        return data

    @classmethod
    def from_bytes(cls, data: bytes, dimension: int) -> Self:
        """Read what `to_bytes` gave."""
        import faiss

        # A crafted length field cannot make FAISS allocate more than the file itself holds.
        faiss.set_deserialization_vector_byte_limit(len(data))
        try:
            index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        except RuntimeError as error:
            raise ValueError("this is not a FAISS index") from error
        if not isinstance(index, faiss.IndexIDMap2) or index.d != dimension:
            raise ValueError(f"this FAISS index does not hold vectors of {dimension} components")
        engine = cls(dimension)
        engine._index = index
        return engine
