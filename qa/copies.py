"""Fold away passages that only repeat, word for word, what a better one of another document says.

What is folded away may be the answer, so the comparison is of all words in order, not of
some likeness: only case, spaces and marks that carry no meaning are overlooked. A number, its
separators, sign and unit, a question mark, an accent, one word more or less: each is a
difference. Which documents are alike as a whole is left to `duplicates`.
"""

import itertools
import re
import unicodedata
from collections.abc import Sequence

from qa.types import Passage

__all__ = ["covers", "fold", "plain_words"]

_ALIKE = str.maketrans({"\u2019": "'", **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")})
# Brackets, quotation marks and stops; but the marks that are also written into numbers, names
# and words (1,000.5, 10:30, U.S., don't) only where they do not stand between two characters,
# and neither a sign (-3) nor a point (.5) before a digit.
_OVERLOOKED = re.compile(
    r"[;!()\[\]\"\u00ab\u00bb\u2014\u2015\u2018\u201a-\u201f\u2026\u2039\u203a\u3001\u3002]"
    r"|[.,:/'-](?!\w)|(?<!\w)[,:/'](?=\w)|(?<!\w)[.-](?=[^\W\d])"
)
_RUN = re.compile(r"\w+")

Sentences = tuple[tuple[str, ...], ...]


def plain_words(text: str) -> tuple[str, ...]:
    """Return a text's words in order, without what is overlooked when they are compared.

    >>> plain_words("“The Bridge” cost $1.5m — not -3%, he said.")
    ('the', 'bridge', 'cost', '$1.5m', 'not', '-3%', 'he', 'said')
    """
    text = unicodedata.normalize("NFC", text).translate(_ALIKE).casefold()
    return tuple(_OVERLOOKED.sub(" ", text).split())


def covers(passage: Passage, other: Passage) -> bool:
    """Tell whether `other` says the same words as `passage`, or a run of its whole sentences.

    Part of a sentence is not enough: "It is not so that the bridge is open" holds the words of
    "the bridge is open".
    """
    all_, some = _sentences(passage), _sentences(other)
    size = len(some)
    runs = (all_[start : start + size] for start in range(len(all_) - size + 1))
    return size > 0 and (any(run == some for run in runs) or _joined(all_) == _joined(some))


def _sentences(passage: Passage) -> Sentences:
    """Return the words of each of a passage's sentences that has any."""
    text, start = passage.text, passage.start
    words = (plain_words(text[s.start - start : s.end - start]) for s in passage.sentences)
    return tuple(sentence for sentence in words if sentence)


def _joined(sentences: Sentences) -> list[str]:
    return list(itertools.chain.from_iterable(sentences))


def fold(passages: Sequence[Passage], k: int) -> list[tuple[int, list[int]]]:
    """Choose the first `k` passages that are not covered by a better one of another document.

    Args:
        passages: best first.
        k: how many to choose at most.

    Returns:
        The chosen passages' places, in order, each with the places of those it covers. A longer
        passage that comes after one it covers is chosen too: it says more.
    """
    chosen: list[tuple[int, list[int]]] = []
    openings: dict[str, list[tuple[list[str], int]]] = {}
    for place, passage in enumerate(passages):
        opening = _opening(passage.text)
        better = next(
            (
                number
                for like, number in openings.get(opening[0] if opening else "", ())
                if like[: len(opening)] == opening
                and passages[chosen[number][0]].document_id != passage.document_id
                and covers(passages[chosen[number][0]], passage)
            ),
            None,
        )
        if better is not None:
            chosen[better][1].append(place)
        elif len(chosen) < k:
            for sentence in passage.sentences:
                if like := _opening(passage.text, sentence.start - passage.start):
                    openings.setdefault(like[0], []).append((like, len(chosen)))
            chosen.append((place, []))
    return chosen


def _opening(text: str, start: int = 0) -> list[str]:
    """Return the first few words, quickly: what opens otherwise cannot be covered."""
    return [run[0].casefold() for run in itertools.islice(_RUN.finditer(text, start), 4)]
