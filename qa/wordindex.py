"""Which passages share a question's words, and how tellingly: BM25 over content words.

What a word is, `words` says. Scores come from bm25s; joining them with meaning is left to
`retrieval`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.counts import NOWHERE, WordCounts
from qa.words import Word, content_words

__all__ = ["WordIndex"]

K1, B = 0.9, 0.4
COUNTS = "counts.npy"
NO_WORD = ""


class WordIndex:
    """Which passages use a question's words, and how tellingly: BM25 over content words.

    Scores are divided by the highest BM25 score the question could reach, so that they lie
    in 0 to 1 and mean the same for every question: 1 would be a very long run of nothing
    but the question's words, 0 is no word shared. The bound counts words that no passage
    uses at the weight of the rarest possible word.

    BM25 as in Lucene (Kamphuis et al. 2020, table 2): idf = ln(1 + (N - df + 0.5)/(df + 0.5)),
    a word's part of the score less than its idf. `K1` and `B` are those of Anserini for short
    passages, which did best on the development data (tests/benchmarks/fusion.py).
    """

    def __init__(self, ranker: Any, counts: WordCounts | None) -> None:
        """Wrap a bm25s index; use `build`, `load` or `revised` to make one."""
        self._ranker = ranker
        self._counts = counts
        indptr = np.asarray(ranker.scores["indptr"])
        self._size = int(ranker.scores["num_docs"])
        passages_with = np.diff(indptr).astype(np.float64)
        self._idf = self._weigh(passages_with)
        self._unseen_idf = float(self._weigh(np.zeros(1))[0])

    def _weigh(self, passages_with: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        weights: npt.NDArray[np.float64] = np.log1p(
            (self._size - passages_with + 0.5) / (passages_with + 0.5)
        )
        return weights

    @classmethod
    def build(cls, texts: Sequence[str]) -> "WordIndex":
        """Index `texts`, in order; equal texts in give equal bytes out."""
        return cls._of(_count(texts))

    @classmethod
    def _of(cls, counts: WordCounts) -> "WordIndex":
        import bm25s

        if not counts.stems:  # bm25s cannot hold nothing; no word splits to the empty string
            counts = WordCounts.count([[NO_WORD]] * counts.size)
        scores = counts.scores(k1=K1, b=B)
        ranker = bm25s.BM25(k1=K1, b=B)
        ranker.scores = {
            "data": scores.data,
            "indices": scores.indices,
            "indptr": scores.indptr,
            "num_docs": counts.size,
        }
        ranker.vocab_dict = {stem: number for number, stem in enumerate(counts.stems)}
        ranker.nonoccurrence_array = None
        return cls(ranker, counts)

    def revised(self, rows: Sequence[int | None], texts: Sequence[str]) -> "WordIndex | None":
        """Return the index of some of these passages and of new ones, in any order.

        It is the same, to the byte, as building from all their texts, and takes a small part
        of the time: only the new texts are split.

        Args:
            rows: for each passage of the new index its number in this one; None for a new one.
            texts: the texts of the new ones, in order.

        Returns:
            The new index; None when this one was saved without its counts.

        >>> old = WordIndex.build(["the visit", "a plan"])
        >>> old.revised([1, None], ["a trade plan"]).scores("plan") == WordIndex.build(
        ...     ["a plan", "a trade plan"]).scores("plan")
        array([ True,  True])
        """
        if self._counts is None:
            return None
        held = np.full(self._size, NOWHERE, dtype=np.int32)
        fresh = []
        for place, row in enumerate(rows):
            if row is None:
                fresh.append(place)
            else:
                held[row] = place
        counts = self._counts
        if counts.stems == (NO_WORD,):
            counts = WordCounts.count([[]] * self._size)
        added = (_count(texts), np.array(fresh, dtype=np.int32))
        return self._of(WordCounts.join([(counts, held), added], len(rows)))

    def __len__(self) -> int:
        """Return the number of passages."""
        return self._size

    def knows(self, word: Word) -> bool:
        """Tell whether any passage uses the word."""
        return word.stem in self._ranker.vocab_dict

    def weight(self, word: Word) -> float:
        """Return how telling a word is: its idf, the highest for one that no passage uses."""
        number = self._ranker.vocab_dict.get(word.stem)
        return self._unseen_idf if number is None else float(self._idf[number])

    def scores(self, question: str) -> npt.NDArray[np.float32]:
        """Score every passage for a question: shape (passages,), float32, each 0 to 1."""
        stems = [word.stem for word in content_words(question)]
        known = [n for s in stems if (n := self._ranker.vocab_dict.get(s)) is not None]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        bound = self._idf[known].sum() + (len(stems) - len(known)) * self._unseen_idf
        raw = self._ranker.get_scores_from_ids(known)
        return np.asarray(raw / bound, dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the index into `folder` (arrays without pickle, and JSON)."""
        self._ranker.save(folder, show_progress=False)
        if self._counts is not None:
            np.save(folder / COUNTS, self._counts.counts, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "WordIndex":
        """Read what `save` wrote; the caller has checked the files' hashes.

        Raises:
            ValueError: a file is not what `save` writes, or does not fit the others.
        """
        import bm25s

        try:
            ranker = bm25s.BM25.load(folder, show_progress=False, verbosity=0)
            held = (folder / COUNTS).is_file()  # not in an index of version 0.1.0
            counts = np.load(folder / COUNTS, allow_pickle=False) if held else None
            if not _agree(**ranker.scores, vocabulary=ranker.vocab_dict, counts=counts):
                raise ValueError
            ranker.get_scores_from_ids([0])
        except Exception as error:  # libraries fail in any way on a damaged file
            raise ValueError("the files of its words are damaged or disagree") from error
        if counts is None:
            return cls(ranker, None)
        indptr, indices = ranker.scores["indptr"], ranker.scores["indices"]
        columns = np.repeat(np.arange(len(indptr) - 1, dtype=np.int32), np.diff(indptr))
        size = ranker.scores["num_docs"]
        return cls(ranker, WordCounts(tuple(ranker.vocab_dict), columns, indices, counts, size))


def _agree(
    *,
    data: npt.NDArray[np.float32],
    indices: npt.NDArray[np.int32],
    indptr: npt.NDArray[np.int64],
    num_docs: int,
    vocabulary: dict[str, int],
    counts: npt.NDArray[np.int32] | None,
) -> bool:
    """Tell whether all that is read of an index's words fits together."""
    others: list[npt.NDArray[Any]] = [indices, indptr, *([] if counts is None else [counts])]
    return (
        type(num_docs) is int
        and data.dtype == np.float32
        and all(other.dtype.kind == "i" for other in others)
        and data.shape == indices.shape
        and (counts is None or counts.shape == indices.shape)
        and list(vocabulary.values()) == list(range(len(indptr) - 1))
        and (indptr[0], indptr[-1]) == (0, len(indices))
        and bool((np.diff(indptr) >= 0).all())
        and bool(((indices >= 0) & (indices < num_docs)).all())
    )


def _count(texts: Sequence[str]) -> WordCounts:
    return WordCounts.count([[word.stem for word in content_words(text)] for text in texts])
