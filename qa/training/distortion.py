"""Questions bent so that their text no longer answers them: the hard kind of "not here".

As people do who write near misses (Rajpurkar et al. 2018, table 1): another name or year, a
word's opposite, a negation. Which examples are bent, and how often, is left to `sampling`.
"""

import functools
import random
import re
from collections.abc import Sequence

from qa.sentences import split_sentences
from qa.training.examples import Example
from qa.types import Span
from qa.words import content_words

__all__ = ["names_of", "negated", "opposed", "renamed", "sentences_of"]

_PAIRS = """
first last, before after, oldest newest, older younger, largest smallest, larger smaller,
big small, high low, higher lower, highest lowest, more less, most least, best worst,
better worse, early late, earlier later, earliest latest, increased decreased,
begin end, started ended, won lost, win lose, north south,
northern southern, east west, eastern western, male female, men women, father mother,
son daughter, brother sister, king queen, husband wife, rise fall, rose fell, above below,
inside outside, allowed forbidden, legal illegal, possible impossible, public private,
strong weak, stronger weaker, longest shortest, rich poor, young old, major minor,
always never, accept reject, accepted rejected, supported opposed, join leave,
joined left, gained lost, import export, bought sold, positive negative, success failure,
advantage disadvantage, succeed fail, open closed, opened closed, friend enemy, common rare,
maximum minimum, majority minority, internal external, included excluded,
raised lowered, appointed dismissed, created destroyed, approved refused, heavier lighter,
faster slower, hot cold, summer winter, popular unpopular, important unimportant
"""
_OPPOSITES: dict[str, list[str]] = {}
for _pair in _PAIRS.split(","):
    _one, _other = _pair.split()
    _OPPOSITES.setdefault(_one, []).append(_other)
    _OPPOSITES.setdefault(_other, []).append(_one)

_AUXILIARY = re.compile(
    r"\b(?:did|does|do|is|was|are|were|has|have|had|could|would|should)\b(?!n't)"
)


@functools.lru_cache(maxsize=30_000)
def sentences_of(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text that may be asked for again."""
    return tuple(split_sentences(text))


def names_of(text: str) -> list[str]:
    """Return the capitalised words of a text that do not start a sentence, and its years."""
    starts = {span.start for span in sentences_of(text)}
    return [
        shown
        for word in content_words(text)
        if (shown := word.span.of(text))
        and word.span.start not in starts
        and ((shown[0].isupper() and len(shown) > 2) or (shown.isdigit() and len(shown) == 4))
    ]


def renamed(example: Example, names: Sequence[str], chance: random.Random) -> str | None:
    """Return the question with one of its names or years replaced; None if it names nothing.

    Half of the time by one that the text itself names, for that is the harder case.
    """
    asked = [
        name for name in names_of(example.question) if name.casefold() in example.text.casefold()
    ]
    if not asked:
        return None
    old = chance.choice(asked)
    held = names_of(example.text) if chance.random() < 0.5 else list(names)
    golds = " ".join(example.golds).casefold()
    fitting = [
        name
        for name in dict.fromkeys(held)
        if name.isdigit() == old.isdigit()
        and name.casefold() not in golds
        and name.casefold() not in example.question.casefold()
    ]
    return example.question.replace(old, chance.choice(fitting)) if fitting else None


def opposed(example: Example, chance: random.Random) -> str | None:
    """Return the question with a word turned into its opposite, which the text does not use."""
    text = example.text.casefold()
    fitting = [
        (match.span(), other)
        for match in re.finditer(r"\b[a-z]+\b", example.question)
        for other in _OPPOSITES.get(match[0], [])
        if other not in text
    ]
    if not fitting:
        return None
    (start, end), other = chance.choice(fitting)
    return example.question[:start] + other + example.question[end:]


def negated(example: Example) -> str | None:
    """Return the question with its first verb negated; None if it, or the text, says "not"."""
    if re.search(r"\b(?:not|never|no)\b|n't", f"{example.question} {example.text}", re.IGNORECASE):
        return None
    match = _AUXILIARY.search(example.question)
    if not match:
        return None
    return f"{example.question[: match.end()]}n't{example.question[match.end() :]}"
