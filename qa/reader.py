"""The answer in a passage, and how likely it is one; silence is decided here too.

Until a reader is trained to find the exact words, `SentenceReader` answers with the sentence
of the best passage that matches the question best. Finding passages is left to `retrieval`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qa.embedder import Embedder
from qa.sentences import is_heading
from qa.types import Band, Hit, Span
from qa.words import WordIndex, content_words

__all__ = ["Reader", "Reading", "SentenceReader"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: a span of `hit.document`, the sentence around it, and how sure it is."""

    hit: Hit
    span: Span
    sentence: Span
    confidence: float


class Reader(Protocol):
    """Something that finds the answer to a question in passages."""

    def read(self, question: str, hits: Sequence[Hit]) -> Reading | None:
        """Return the likeliest answer in `hits` (best first), or None when there is no hit."""

    def band(self, confidence: float) -> Band:
        """Return what a confidence means in words; "not in the brief" is the reader's silence."""


WORDS_WEIGHT = 0.6
# Confidence is the logistic of BIAS + COSINE * cosine + SHARE * share, fitted so that it is
# the probability that the sentence holds the answer (tests/benchmarks/confidence.py).
_BIAS, _COSINE, _SHARE = -5.03, 5.46, 3.03
POSSIBLE = 0.15
WELL_SUPPORTED = 0.5


class SentenceReader:
    """Answers with a whole sentence of the best passage, by meaning and by words.

    A sentence's score is 0.4 * its cosine to the question + 0.6 * the share of the question's
    word weight (idf) that it holds. The weights and thresholds were chosen on the development
    data.
    """

    def __init__(self, embedder: Embedder, words: WordIndex) -> None:
        """Read with the index's embedder and its words' weights."""
        self._embedder = embedder
        self._words = words

    def read(self, question: str, hits: Sequence[Hit]) -> Reading | None:
        """Return the best sentence of the best hit (see `Reader.read`)."""
        if not hits:
            return None
        sentence, cosine, share = self.evidence(question, hits[0])
        logit = _BIAS + _COSINE * cosine + _SHARE * share
        return Reading(hits[0], sentence, sentence, 1 / (1 + math.exp(-logit)))

    def evidence(self, question: str, hit: Hit) -> tuple[Span, float, float]:
        """Return a passage's best sentence, its cosine and its share of the question's words."""
        spans = _below_heading(hit)
        sentences = [span.of(hit.document.text) for span in spans]
        query = self._embedder.embed([question], role="question")[0]
        cosines = self._embedder.embed(sentences) @ query
        shares = self._shares(question, sentences)
        scores = (1 - WORDS_WEIGHT) * cosines + WORDS_WEIGHT * np.array(shares)
        best = int(scores.argmax())
        return spans[best], float(cosines[best]), shares[best]

    def _shares(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return the share of the question's word weight that each sentence holds, 0 to 1."""
        asked = [(word.stem, self._words.weight(word)) for word in content_words(question)]
        total = sum(weight for _, weight in asked) or 1.0
        held = [{word.stem for word in content_words(sentence)} for sentence in sentences]
        return [sum(w for stem, w in asked if stem in stems) / total for stems in held]

    def band(self, confidence: float) -> Band:
        """Return what a confidence means in words (see `Reader.band`)."""
        if confidence < POSSIBLE:
            return "not in the brief"
        return "well supported" if confidence >= WELL_SUPPORTED else "possible"


def _below_heading(hit: Hit) -> tuple[Span, ...]:
    """Return a passage's sentences without its heading, which only announces them.

    A heading stands above prose; a line without a stop among others like it is an item of a
    list, and may well be the answer.
    """
    first, *rest = hit.passage.sentences
    text = hit.document.text
    if rest and is_heading(first.of(text)) and not is_heading(rest[0].of(text)):
        above = "\n" in text[first.end : rest[0].start]
        return tuple(rest) if above else (first, *rest)
    return (first, *rest)
