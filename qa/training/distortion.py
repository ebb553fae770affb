"""Questions bent so that their text no longer answers them: the hard kind of "not here".

As people do who write near misses (Rajpurkar et al. 2018, table 1): another name or year, a
word's opposite, another word in a word's place, a negation. Which examples are bent, and how
often, is left to `sampling`.
"""

import functools
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qa.contradiction import opposites
from qa.sentences import split_sentences
from qa.training.examples import Example
from qa.types import Span
from qa.words import content_words, split_words

__all__ = [
    "Slots",
    "names_of",
    "negated",
    "opposed",
    "renamed",
    "reworded",
    "sentences_of",
    "slots_of",
]

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
        for other in opposites().get(match[0], ())
        if other not in text
    ]
    if not fitting:
        return None
    (start, end), other = chance.choice(fitting)
    return example.question[:start] + other + example.question[end:]


Slots = Mapping[tuple[str, str], Sequence[str]]
"""Words by the two words between which questions use them."""
_FILLINGS = 4
"""So many different words at least make a slot one that can be filled."""


def slots_of(questions: Iterable[str]) -> Slots:
    """Return what stands between the same two words in some questions, if it varies."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for question in questions:
        for key, word in _slots(question):
            found.setdefault(key, {})[word.of(question)] = None
    return {key: tuple(words) for key, words in found.items() if len(words) >= _FILLINGS}


def _slots(question: str) -> Iterator[tuple[tuple[str, str], Span]]:
    """Yield a question's words that tell what is asked, no names, with both neighbours."""
    words = split_words(question)
    telling = {word.span for word in content_words(question)}
    for before, word, after in zip(words, words[1:], words[2:], strict=False):
        shown = word.span.of(question)
        if word.span in telling and shown.isalpha() and shown.islower():
            yield (before.stem, after.stem), word.span


def reworded(example: Example, slots: Slots, chance: random.Random) -> str | None:
    """Return the question with a word replaced by another that questions use in such a place.

    As in "Who founded the city?" for "Who besieged the city?"; None if no word can be. The text
    does not use the new word, but it may mean the same as the old one: seldom enough to learn from.
    """
    used = {word.stem for word in split_words(f"{example.question} {example.text}")}
    fitting = [
        (span, word)
        for key, span in _slots(example.question)
        for word in slots.get(key, ())
        if _ending(word) == _ending(span.of(example.question))
        and split_words(word)[0].stem not in used
    ]
    if not fitting:
        return None
    place = chance.choice(sorted({span for span, _ in fitting}, key=lambda span: span.start))
    word = chance.choice([word for span, word in fitting if span == place])
    return example.question[: place.start] + word + example.question[place.end :]


def _ending(word: str) -> str:
    """Return what tells a word's form apart, so that one noun or verb stands for another."""
    return next((e for e in ("s", "ed", "ing", "ly", "er", "est", "al") if word.endswith(e)), "")


def negated(example: Example) -> str | None:
    """Return the question with its first verb negated; None if it, or the text, says "not"."""
    if re.search(r"\b(?:not|never|no)\b|n't", f"{example.question} {example.text}", re.IGNORECASE):
        return None
    match = _AUXILIARY.search(example.question)
    if not match:
        return None
    return f"{example.question[: match.end()]}n't{example.question[match.end() :]}"
