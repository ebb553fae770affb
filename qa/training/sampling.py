"""The order and the guise in which examples are learnt: repeats, crops, typing errors, negatives.

Everything follows from one seed. A `Lesson` is one question with one passage, or with two of
which only the first may answer; `network` turns lessons into losses.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.training.cropping import cropped, part_of, unnamed, without_answer
from qa.training.distortion import (
    Slots,
    names_of,
    negated,
    opposed,
    renamed,
    reworded,
    slots_of,
)
from qa.training.examples import Example
from qa.types import Span

__all__ = ["Lesson", "lessons"]

CROPPED = 0.55
"""The share of answered examples that show only some sentences around the answer."""
UNNAMED = 0.25
"""Of the answered examples whose sentence could call its subject "it" (a seventh), the share
that does, with all before it cut off: what the question names is then not named in the text."""
REMOVED = 0.09
"""The share whose answering sentences are taken out, so that nothing answers."""
SWAPPED = 0.05
"""The share whose question names something else, so that nothing answers."""
REWORDED = 0.02
"""The share whose question has another word in a word's place, so that nothing answers."""
OPPOSED = 0.1
"""Of the examples whose question can be turned into its opposite (a fifth), the share."""
NEGATED = 0.01
"""The share whose question is negated, so that nothing answers."""
ELSEWHERE = 0.05
"""The share that sees only a passage that matches well but does not answer."""
PAIRED = 0.25
"""The share that sees its own passage and one that does not answer, together."""
MISTYPED = 0.04
UNMARKED = 0.1
"""The share of questions without their question mark."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question, a text, where it answers (None: it does not), and a text that does not."""

    question: str
    text: str
    answer: Span | None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class _Others:
    """What takes the place of a question's names and of its other words."""

    names: Sequence[str]
    slots: Slots


def lessons(
    sources: Mapping[str, Sequence[Example]], passes: Mapping[str, float], seed: int
) -> Iterator[Lesson]:
    """Yield lessons without end, round after round.

    Args:
        sources: examples by the name of their source.
        passes: how often a source's examples are seen in one round; 0.5 is every other one,
            and the others in the next round.
        seed: decides everything.
    """
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    slots = slots_of(e.question for name in sorted(sources) for e in sources[name])
    streams = {name: _shuffled(list(sources[name]), chance) for name in sorted(sources)}
    while True:
        turn = [
            next(streams[name])
            for name in sorted(sources)
            for _ in range(round(len(sources[name]) * passes[name]))
        ]
        chance.shuffle(turn)
        names = [name for example in turn[:2000] for name in names_of(example.text)]
        others = _Others(names, slots)
        for example in turn:
            yield _varied(example, others, chance)


def _shuffled(examples: list[Example], chance: random.Random) -> Iterator[Example]:
    while True:
        chance.shuffle(examples)
        yield from examples


def _varied(example: Example, others: _Others, chance: random.Random) -> Lesson:
    """Show an example in one of its guises."""
    question = _typed(example.question, chance)
    draw = chance.random()
    if example.answer is None:
        return Lesson(question, part_of(example.text, chance), None)
    if unanswered := _unanswered(example, question, draw, others, chance):
        return Lesson(*unanswered, None)
    text, answer = example.text, example.answer
    if chance.random() < UNNAMED and (cut := unnamed(example.question, text, answer)):
        text, answer = cut
    elif chance.random() < CROPPED:
        text, answer = cropped(text, answer, chance)
    if not example.negatives or chance.random() >= PAIRED:
        return Lesson(question, text, answer)
    return Lesson(question, text, answer, part_of(chance.choice(example.negatives), chance))


def _unanswered(
    example: Example, question: str, draw: float, others: _Others, chance: random.Random
) -> tuple[str, str] | None:
    """Return a question and a text that does not answer it; None if it is to be answered."""
    if draw < REMOVED and (rest := without_answer(example)):
        return question, rest
    draw -= REMOVED
    bent = None
    if 0 <= draw < SWAPPED:
        bent = renamed(example, others.names, chance)
    draw -= SWAPPED
    if 0 <= draw < REWORDED:
        bent = reworded(example, others.slots, chance)
    draw -= REWORDED
    if 0 <= draw < NEGATED:
        bent = negated(example)
    draw -= NEGATED
    if bent is None and 0 <= draw < ELSEWHERE and example.negatives:
        return question, part_of(chance.choice(example.negatives), chance)
    if bent is None and chance.random() < OPPOSED:
        bent = opposed(example, chance)
    return (bent, part_of(example.text, chance)) if bent else None


def _typed(question: str, chance: random.Random) -> str:
    if chance.random() < UNMARKED:
        question = question.rstrip("?")
    if chance.random() < MISTYPED and len(question) > 12:
        place = chance.randrange(1, len(question) - 2)
        a, b = question[place], question[place + 1]
        wrong = chance.choice((b + a, a, a + a + b))  # swapped, one left out, one doubled
        question = question[:place] + wrong + question[place + 2 :]
    return question
