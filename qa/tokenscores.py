"""How likely each token of a text starts and ends the answer, and the span that is likeliest.

Running the network that says so is left to `reader`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from qa.types import Span

__all__ = ["TokenScores"]

LONGEST = 30
"""Tokens of an answer at most."""
_LIST_MARK = re.compile(r"[-*\u2013\u2014\u2022\u00b7\u2023\u25aa]\s")
"""What stands before an item of a list and is no part of what it says."""

_BRACKETS = {"(": 1, "[": 1, ")": -1, "]": -1}
"""What goes into an aside and out of it; always a token by itself."""


@dataclass(frozen=True, slots=True)
class TokenScores:
    """The scores of a stretch's tokens, in the order of the text.

    `spans` are their offsets in the document, integers of shape (tokens, 2); `words` are equal
    for tokens of one word, integers of shape (tokens,); `logits` are start and end against "not
    here", float32 of shape (tokens, 2).
    """

    spans: npt.NDArray[np.int64]
    words: npt.NDArray[np.int64]
    logits: npt.NDArray[np.float32]

    def mean_with(self, closer: Self, share: float) -> Self | None:
        """Return the scores of a stretch of this one, as averaged with what it got by itself.

        Args:
            closer: the stretch's own scores.
            share: how much of the mean they make.

        Returns:
            The means; None where this one does not hold every token of the stretch.
        """
        first = int(np.searchsorted(self.spans[:, 0], closer.spans[0, 0]))
        own = slice(first, first + len(closer.spans))
        if not np.array_equal(self.spans[own], closer.spans):
            return None
        mean = (1 - share) * self.logits[own] + share * closer.logits
        return type(self)(closer.spans, closer.words, mean.astype(np.float32))

    def best(self, text: str, sentences: Sequence[Span]) -> tuple[Span, float] | None:
        """Return the likeliest span of whole words within one sentence, and its log-odds.

        A span closes the brackets that it opens, and no others.

        Args:
            text: the document's text.
            sentences: the sentences that the tokens stand in, in order.

        Returns:
            None when there is no such span.
        """
        starts, ends = self.spans.T
        sentence = np.searchsorted([s.start for s in sentences], starts, side="right")
        opens = np.diff(self.words, prepend=-1) != 0
        opens &= [not _LIST_MARK.match(text, start) for start in starts]
        closes = np.diff(self.words, append=-1) != 0
        length = np.arange(len(starts))[None, :] - np.arange(len(starts))[:, None]
        fits = (length >= 0) & (length < LONGEST) & (sentence[:, None] == sentence[None, :])
        fits &= opens[:, None] & closes[None, :]
        turns = np.array([_BRACKETS.get(text[start], 0) for start in starts])
        depth = turns.cumsum()
        before = (depth - turns)[:, None]
        lowest = np.minimum.accumulate(np.where(length >= 0, depth[None, :], len(turns)), axis=1)
        fits &= (before == depth[None, :]) & (lowest >= before)
        odds = np.where(fits, self.logits[:, 0, None] + self.logits[None, :, 1], -np.inf)
        first, last = divmod(int(odds.argmax()), len(starts))
        if not fits[first, last]:
            return None
        return Span(int(starts[first]), int(ends[last])), float(odds[first, last])
