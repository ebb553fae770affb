"""What is shown of an example's text: some sentences around the answer, or all but the answer.

How often which part is shown is left to `sampling`, and what is asked to `distortion`.
"""

import random
import re

from qa.training.distortion import sentences_of
from qa.training.examples import Example
from qa.types import Span
from qa.words import content_words

__all__ = ["cropped", "part_of", "unnamed", "without_answer"]

_SUBJECT = re.compile(
    r"(?:It|He|She|They|Its|His|Her|Their)(?= )"
    r"|(?:[\w'’-]+ ){1,4}?(?=(?P<verb>is|was|are|were|has|had|have|will|can|became|[a-z]+ed)\b)"
)


def cropped(text: str, answer: Span, chance: random.Random) -> tuple[str, Span]:
    """Keep the answer's sentences and up to three on either side."""
    spans = sentences_of(text)
    touching = [n for n, s in enumerate(spans) if s.start < answer.end and answer.start < s.end]
    if not touching:
        return text, answer
    first = spans[max(0, touching[0] - chance.randrange(4))].start
    last = spans[min(len(spans) - 1, touching[-1] + chance.randrange(4))].end
    return text[first:last], Span(answer.start - first, answer.end - first)


def unnamed(question: str, text: str, answer: Span) -> tuple[str, Span] | None:
    """Cut the text before the answer's sentence, and call its subject by a pronoun.

    None if the sentence does not begin with its subject as the question names it.
    """
    spans = [span for span in sentences_of(text) if span.end > answer.start]
    subject = _SUBJECT.match(text, spans[0].start) if spans else None
    if not subject or not spans[0].start < subject.end() <= answer.start:
        return None
    pronoun = subject[0]
    if verb := subject["verb"]:
        asked = {word.stem for word in content_words(question)}
        named = {word.stem for word in content_words(subject[0])}
        if not named or not named <= asked:
            return None
        pronoun = f"{_pronoun(text, verb)} "
    first, last = subject.end(), spans[min(3, len(spans) - 1)].end
    moved = len(pronoun) - first
    if answer.end > last:
        return None
    return pronoun + text[first:last], Span(answer.start + moved, answer.end + moved)


def _pronoun(text: str, verb: str) -> str:
    """Return the pronoun that a text would go on with, as far as its other ones tell."""
    if verb in ("are", "were", "have"):
        return "They"
    used = re.search(r"\b(?:(she|her)|he|his|him)\b", text, re.IGNORECASE)
    return "It" if not used else "She" if used[1] else "He"


def part_of(text: str, chance: random.Random) -> str:
    """Keep, half of the time, about half of a text that does not answer."""
    spans = sentences_of(text)
    if len(spans) < 4 or chance.random() < 0.5:
        return text
    count = chance.randrange(2, len(spans))
    first = chance.randrange(len(spans) - count + 1)
    return text[spans[first].start : spans[first + count - 1].end]


def without_answer(example: Example) -> str | None:
    """Return the text without the sentences that hold an answer; None if too little is left."""
    spans = sentences_of(example.text)
    rest = " ".join(
        sentence
        for span in spans
        if not any(
            gold.casefold() in (sentence := span.of(example.text)).casefold()
            for gold in example.golds
        )
    )
    return rest if 60 < len(rest) < len(example.text) else None
