"""The words of a text, and which passages share them with a question (BM25).

Splitting, folding and stemming live here, because ranking by words, marking shared words
and naming the words a brief never uses must agree on what a word is. Scores come from
bm25s; joining them with meaning is left to `retrieval`.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.counts import NOWHERE, WordCounts
from qa.types import Span

__all__ = ["Word", "WordIndex", "content_words", "shared_spans", "split_words"]

_UNSPACED = r"\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Han and kana, which are written without spaces."""
_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
"""What goes on a letter and does not end a word: accents and vowel signs, common scripts'."""

# A dotted abbreviation (U.S., a.m.), a number with its separators (1,000.5), one character
# of a script written without spaces, or a run of letters and digits.
_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}"
    r"|\d+(?:[.,:]\d+)+"
    rf"|[{_UNSPACED}]"
    rf"|(?:(?![{_UNSPACED}])[^\W_][{_MARKS}]*)+(?:['\u2019](?:[^\W_][{_MARKS}]*)+)*"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

# English words that carry a question's grammar, not its subject: the closed classes, and what
# "how many", "what does X stand for" and "what does X mean" ask with.
STOPWORDS = frozenset(
    "a an the this that these those some any each every all both and or but nor if then than "
    "as of at by for from in into on onto out over to toward towards up with about under "
    "between during through after before since until within without against "
    "i me my mine we us our ours you your yours he him his she her hers it its they them their "
    "theirs who whom whose which what when where why how whether there here "
    "am is are was were be been being do does did doing done have has had having "
    "can could may might must shall should will would ought "
    "not no so too very just only also many much stand stands mean means "
    "i'm i've i'll i'd you're it's isn't aren't wasn't weren't don't doesn't didn't hasn't haven't "
    "hadn't can't couldn't won't wouldn't shouldn't".split()
)


_NAMES = frozenset({"May", "Will"})
_DAY = re.compile(r"\s+\d")

K1, B = 0.9, 0.4
COUNTS = "counts.npy"
NO_WORD = ""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: the stem it is matched by, and where it stands."""

    stem: str
    span: Span


@functools.cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _fold(word: str) -> str:
    """Fold case, accents, width and the apostrophe's possessive: `Misri’s` becomes `misri`."""
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word.replace("\u2019", "'"))
        word = "".join(c for c in decomposed if not unicodedata.combining(c))
    if word[:1].isdigit():
        return word.replace(",", "") if _THOUSANDS.fullmatch(word) else word.casefold()
    return word.casefold().replace(".", "").removesuffix("'s")


def split_words(text: str) -> list[Word]:
    """Split a text into words, each with its stem and its span in `text`.

    >>> [word.stem for word in split_words("The U.S. talks’ dates")]
    ['the', 'us', 'talk', 'date']
    """
    found = [(_fold(match[0]), match.span()) for match in _WORD.finditer(text)]
    stems = _stemmer().stemWords([folded for folded, _ in found])
    return [Word(stem, Span(*span)) for stem, (_, span) in zip(stems, found, strict=True) if stem]


def content_words(text: str) -> list[Word]:
    """Split a text into its words, leaving out grammar words such as "the" and "when".

    What is capitalised as names are is kept: "US" or "WHO", unless all the text is in capitals,
    and "May" or "Will" within a text or beside a number.
    """
    capitals_name = not text.isupper()

    def bears_meaning(word: Word) -> bool:
        shown = word.span.of(text)
        if shown.casefold().replace("\u2019", "'").removesuffix("'s") not in STOPWORDS:
            return True
        if shown in _NAMES:
            return word.span.start > 0 or _DAY.match(text, word.span.end) is not None
        return capitals_name and len(shown) > 1 and shown.isupper()

    return [word for word in split_words(text) if bears_meaning(word)]


def shared_spans(question: str, text: str) -> list[Span]:
    """Return where `text` uses the question's content words, in order, for marking.

    >>> shared_spans("When does the visit begin?", "Visits began; the visit begins.")
    [Span(start=0, end=6), Span(start=18, end=23), Span(start=24, end=30)]
    """
    wanted = {word.stem for word in content_words(question)}
    return [word.span for word in split_words(text) if word.stem in wanted]


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
