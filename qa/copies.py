"""Fold away passages that only repeat, word for word, what a better one of another document says.

What is folded away may be the answer, so the comparison is of all words in order, not of
some likeness: only case, spaces and marks that carry no meaning are overlooked. A number, its
separators, sign and unit, a question mark, an accent, one word more or less: each is a
difference. Which documents are alike as a whole is left to `duplicates`.
"""

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from qa.types import Passage, Span

__all__ = ["covers", "fold", "forget", "plain_words", "untitled"]

_ALIKE = str.maketrans({"\u2019": "'", **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")})
# Brackets, quotation marks and stops; but the marks that are also written into numbers, names
# and words (1,000.5, 10:30, U.S., don't) only where they do not stand between two characters,
# and neither a sign (-3) nor a point (.5) before a digit.
_OVERLOOKED = re.compile(
    r"[;!()\[\]\"\u00ab\u00bb\u2014\u2015\u2018\u201a-\u201f\u2026\u2039\u203a\u3001\u3002]"
    r"|[.,:/'-](?!\w)|(?<!\w)[,:/'](?=\w)|(?<!\w)[.-](?=[^\W\d])"
)
_RUN = re.compile(r"\w+")


def plain_words(text: str) -> tuple[str, ...]:
    """Return a text's words in order, without what is overlooked when they are compared.

    >>> plain_words("“The Bridge” cost $1.5m — not -3%, he said.")
    ('the', 'bridge', 'cost', '$1.5m', 'not', '-3%', 'he', 'said')
    """
    text = unicodedata.normalize("NFC", text).translate(_ALIKE).casefold()
    return tuple(_OVERLOOKED.sub(" ", text).split())


def untitled(passage: Passage, title: str) -> tuple[Span, ...]:
    """Return a passage's sentences but those of its document's title, if it begins with that.

    Copies of a text have titles of their own, which are told with their names.
    """
    end = passage.start + len(title)
    if not title or not passage.text.startswith(title):
        return passage.sentences
    if all(sentence.end != end for sentence in passage.sentences):
        return passage.sentences
    return tuple(sentence for sentence in passage.sentences if sentence.start >= end)


def covers(passage: Passage, other: Passage, title: str = "") -> bool:
    """Tell whether `other`, but its title, says the same, or a run of the same whole sentences.

    Part of a sentence is not enough: "It is not so that the bridge is open" holds the words of
    "the bridge is open".
    """
    all_, some = _said(passage, passage.sentences), _said(other, untitled(other, title))
    size = len(some)
    runs = (all_[start : start + size] for start in range(len(all_) - size + 1))
    return size > 0 and (any(run == some for run in runs) or _joined(all_) == _joined(some))


def _said(passage: Passage, sentences: Sequence[Span]) -> list[tuple[str, ...]]:
    """Return the words of each of the sentences that has any."""
    text, start = passage.text, passage.start
    words = (_words(text[s.start - start : s.end - start]) for s in sentences)
    return [sentence for sentence in words if sentence]


_words = functools.lru_cache(maxsize=4096)(plain_words)  # candidates come again and again


def forget() -> None:
    """Let go of the texts that were compared last; they are kept to compare them faster."""
    _words.cache_clear()


def _joined(sentences: Sequence[tuple[str, ...]]) -> list[str]:
    return list(itertools.chain.from_iterable(sentences))


def fold(passages: Sequence[Passage], titles: Sequence[str], k: int) -> list[tuple[int, list[int]]]:
    """Choose the first `k` passages that are not covered by a better one of another document.

    Args:
        passages: best first.
        titles: the titles of their documents.
        k: how many to choose at most.

    Returns:
        The chosen passages' places, in order, each with the places of those it covers. A longer
        passage that comes after one it covers is chosen too: it says more.
    """
    chosen: list[tuple[int, list[int]]] = []
    openings: dict[tuple[str, ...], list[int]] = {}
    for place, (passage, title) in enumerate(zip(passages, titles, strict=True)):
        first = next(filter(None, _openings(passage, untitled(passage, title))), ())
        for number in openings.get(first, ()):
            better = passages[chosen[number][0]]
            if better.document_id != passage.document_id and covers(better, passage, title):
                chosen[number][1].append(place)
                break
        else:
            if len(chosen) < k:
                for opening in set(_openings(passage, passage.sentences)):
                    openings.setdefault(opening, []).append(len(chosen))
                chosen.append((place, []))
    return chosen


def _openings(passage: Passage, sentences: Iterable[Span]) -> Iterator[tuple[str, ...]]:
    """Yield each sentence's first three words, quickly: what opens otherwise is not covered."""
    for span in sentences:
        runs = _RUN.finditer(passage.text, span.start - passage.start, span.end - passage.start)
        yield tuple(run[0].casefold() for run in itertools.islice(runs, 3))
