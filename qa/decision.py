"""Whether a reading is said: the probability that it answers, and what that means in words.

A logistic model over what the reader and retrieval found (Platt 1999), fitted while training;
its numbers are shipped beside the weights, in `qa/model/reader.json`. The rates that the
thresholds lead to are published in README.
"""

import functools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa.errors import ReaderError
from qa.reader import DAMAGED, MODEL_FOLDER, Reading
from qa.types import Band
from qa.wordindex import WordIndex
from qa.words import content_words

__all__ = ["FEATURES", "Decision", "evidence", "shipped_decision"]

FEATURES = ("odds", "margin", "meaning", "words", "unseen")


def evidence(question: str, readings: Sequence[Reading], words: WordIndex) -> tuple[float, ...]:
    """Return what speaks for the first of some readings, in the order of `FEATURES`.

    `odds` are the span's log-odds against "not here", at most 12 either way; `margin` is how
    far the next passage's score lies below, at most 6; `meaning` and `words` are the passage's
    own scores; `unseen` is the share of the question's word weight that no passage uses.
    """
    best = readings[0]
    margin = best.score - readings[1].score if len(readings) > 1 else 6.0
    asked = [(words.knows(word), words.weight(word)) for word in content_words(question)]
    total = sum(weight for _, weight in asked) or 1.0
    return (
        max(-12.0, min(12.0, best.odds)),
        min(6.0, margin),
        best.hit.meaning,
        best.hit.words,
        sum(weight for known, weight in asked if not known) / total,
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """How sure a reading is, and from where on it is said.

    Args:
        bias: of the logistic model.
        weights: of its `FEATURES`, in their order.
        possible: the confidence from which on an answer is said.
        well_supported: the confidence from which on it is said without reserve.
    """

    bias: float
    weights: tuple[float, ...]
    possible: float
    well_supported: float

    def confidence(self, found: tuple[float, ...]) -> float:
        """Return the probability that a reading answers, from its evidence."""
        logit = self.bias + sum(w * x for w, x in zip(self.weights, found, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))

    def band(self, confidence: float) -> Band:
        """Return what a confidence means in words."""
        if confidence < self.possible:
            return "not in the brief"
        return "well supported" if confidence >= self.well_supported else "possible"


@functools.cache
def shipped_decision() -> Decision:
    """Return the decision that belongs to the shipped reader.

    Raises:
        ReaderError: its file is missing or altered.
    """
    try:
        numbers = json.loads((MODEL_FOLDER / "reader.json").read_text("utf-8"))["decision"]
        return Decision(**numbers | {"weights": tuple(numbers["weights"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(DAMAGED) from error
