"""A question and a passage as the reader's network sees them: token ids, kinds and offsets.

    [CLS] question [SEP] passage [SEP]

A token's kind is QUESTION or PASSAGE; or, whatever the word's ending, SHARED in the passage for
a word that the question uses too, and LACKING in the question for one that tells what is asked
and that the passage never uses. A passage longer than the window is read in overlapping
windows. Training and reading both encode here, so that they cannot drift apart; running the
network is left to `reader` and `training`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.types import Span, well_formed
from qa.words import compare_words

__all__ = ["KINDS", "LACKING", "QUESTION", "PairEncoder", "Window"]

QUESTION, PASSAGE, SHARED, LACKING = range(4)
KINDS = 4

WINDOW = 320
"""Tokens in a window at most, question and special tokens included."""
QUESTION_ROOM = 64
"""Tokens of a question that are read; what a longer one asks stands mostly at its start."""
OVERLAP = 64
"""Tokens that two neighbouring windows of one passage share; no answer is longer."""

_CLS, _SEP = 101, 102  # of the vocabulary that BERT and MiniLM share


@dataclass(frozen=True, slots=True)
class Window:
    """One row for the network.

    `ids` and `kinds` are token ids and kinds; passage token n stands at `first + n` in them,
    at the characters `spans[n]` of the passage's text, and is part of its word `words[n]`.
    """

    ids: list[int]
    kinds: list[int]
    first: int
    spans: list[tuple[int, int]]
    words: list[int]


class PairEncoder:
    """Encodes questions with passages, with the tokenizer of all-MiniLM-L6-v2."""

    def __init__(self, tokenizer_file: Path) -> None:
        """Open a tokenizer.json."""
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def windows(self, question: str, text: str) -> Iterator[Window]:
        """Yield the windows of one passage's text: one, or more if it is long; none if empty."""
        asked = self._tokenizer.encode(well_formed(question), add_special_tokens=False)
        asked_ids = asked.ids[:QUESTION_ROOM]
        passage = self._tokenizer.encode(well_formed(text), add_special_tokens=False)
        shared, lacking = compare_words(question, text)
        asked_kinds = _mark(asked.offsets[:QUESTION_ROOM], lacking, QUESTION, LACKING)
        kinds = _mark(passage.offsets, shared, PASSAGE, SHARED)
        room = WINDOW - len(asked_ids) - 3
        first = len(asked_ids) + 2
        start = 0
        while start < len(passage.ids):
            end = start + room
            ids = passage.ids[start:end]
            yield Window(
                [_CLS, *asked_ids, _SEP, *ids, _SEP],
                [QUESTION, *asked_kinds, QUESTION, *kinds[start:end], PASSAGE],
                first,
                passage.offsets[start:end],
                passage.word_ids[start:end],
            )
            if end >= len(passage.ids):
                return
            start = end - OVERLAP


def _mark(offsets: list[tuple[int, int]], spans: list[Span], kind: int, marked: int) -> list[int]:
    """Return each token's kind: `marked` within the spans; both lists are in the text's order."""
    kinds = []
    here = 0
    for start, end in offsets:
        while here < len(spans) and spans[here].end <= start:
            here += 1
        inside = here < len(spans) and spans[here].start < end
        kinds.append(marked if inside else kind)
    return kinds
