"""How often every passage uses every word: a table that grows and shrinks without recounting.

BM25 scores change everywhere when one passage comes or goes, the counts behind them do not;
so an index keeps the counts and scores them anew in a few array operations. What a word is
is left to `words`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["Scores", "WordCounts"]

Integers = npt.NDArray[np.int32]
NOWHERE = -1
"""The place of a passage that is left out."""


@dataclass(frozen=True, slots=True)
class Scores:
    """A sparse matrix of float32 by columns, as bm25s has it: a column a word, a row a passage."""

    data: npt.NDArray[np.float32]
    indices: Integers
    indptr: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class WordCounts:
    """The counts that are not 0, word by word, and for each word passage by passage.

    Args:
        stems: the words, sorted; `columns` are numbers of them.
        columns: the word of each count.
        rows: its passage.
        counts: how often the passage uses the word.
        size: how many passages there are, those without words too.
    """

    stems: tuple[str, ...]
    columns: Integers
    rows: Integers
    counts: Integers
    size: int

    @classmethod
    def count(cls, texts: Sequence[Sequence[str]]) -> Self:
        """Count the words of texts that are split into stems.

        >>> counts = WordCounts.count([["b", "a", "b"], []])
        >>> counts.stems, counts.columns.tolist(), counts.counts.tolist(), counts.size
        (('a', 'b'), [0, 1], [1, 2], 2)
        """
        stems = tuple(sorted({stem for text in texts for stem in text}))
        number = {stem: n for n, stem in enumerate(stems)}
        entries = [
            (number[stem], row, count)
            for row, text in enumerate(texts)
            for stem, count in Counter(text).items()
        ]
        columns, rows, counts = np.array(entries, dtype=np.int32).reshape(-1, 3).T
        return cls(stems, *_sorted(columns, rows, counts, len(texts)), len(texts))

    @classmethod
    def join(cls, parts: Sequence[tuple[Self, Integers]], size: int) -> Self:
        """Put passages of several tables into one; the same as counting their texts at once.

        Args:
            parts: each a table and the place of each of its passages in the new one, or -1
                for a passage that is left out.
            size: how many passages the new table has.

        >>> old, new = WordCounts.count([["a"], ["b"]]), WordCounts.count([["c", "b"]])
        >>> WordCounts.join([(old, np.array([-1, 0])), (new, np.array([1]))], 2).stems
        ('b', 'c')
        """
        used = [places[table.rows] != NOWHERE for table, places in parts]
        spoken = [
            {table.stems[n] for n in np.unique(table.columns[kept])}
            for (table, _), kept in zip(parts, used, strict=True)
        ]
        stems = tuple(sorted(set().union(*spoken)))
        number = {stem: n for n, stem in enumerate(stems)}
        pieces = []
        for (table, places), kept in zip(parts, used, strict=True):
            renumbered = np.array([number.get(stem, NOWHERE) for stem in table.stems], np.int32)
            columns = renumbered[table.columns[kept]]
            pieces.append((columns, places[table.rows[kept]], table.counts[kept]))
        columns, rows, counts = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
        return cls(stems, *_sorted(columns, rows, counts, size), size)

    def scores(self, *, k1: float, b: float) -> Scores:
        """Return BM25's part of the score for every count, as in Lucene (see `words`).

        The steps and their precisions are those of bm25s, so the bytes are as well.
        """
        passages_with = np.bincount(self.columns, minlength=len(self.stems))
        idf = np.array([self._idf(n) for n in range(self.size + 1)], dtype=np.float32)
        lengths = np.bincount(self.rows, weights=self.counts, minlength=self.size)
        norm = k1 * ((1 - b) + b * lengths / lengths.mean())
        share = self.counts / (norm[self.rows] + self.counts)
        data = (idf[passages_with][self.columns] * share).astype(np.float32)
        indptr = np.concatenate([[0], np.cumsum(passages_with)]).astype(np.int64)
        return Scores(data, self.rows, indptr)

    def _idf(self, passages_with: int) -> float:
        return math.log(1 + (self.size - passages_with + 0.5) / (passages_with + 0.5))


def _sorted(
    columns: Integers, rows: Integers, counts: Integers, size: int
) -> tuple[Integers, Integers, Integers]:
    order = np.argsort(columns.astype(np.int64) * size + rows, kind="stable")  # of sorted runs
    column, row, count = (np.asarray(a[order], np.int32) for a in (columns, rows, counts))
    return column, row, count
