"""Whether a question says the contrary of a sentence: that denies it, or has a word's opposite.

"What did not burn?" of "The mill burnt", "Who closed it?" of "Ada opened it". The reader, though
trained on many, answers too many such questions as if nothing were turned. How much that counts
is left to `reader`; the opposites are listed in `opposites.txt`.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from qa.questions import wants_yes_or_no
from qa.words import split_words

__all__ = ["contradicts", "opposites"]

_DENIED = re.compile(
    r"\b(?:not|never|cannot|neither|no longer|fail(?:s|ed)? to|non)\b|n't\b", re.IGNORECASE
)
_ASIDE = re.compile(
    r"\bwhether or not\b|\bnot (?:only|just)\b|, \w+n't (?:it|he|she|they|there)\?*$"
    r"|\b(?:i|we|you) (?:(?:do|did|can|could) ?n[o']t|cannot|can't)\b",
    re.IGNORECASE,
)
"""What denies nothing that is asked: "I do not know when it opens"."""
_WHY = re.compile(r"\W*(?:(?:and|but|so|then) )?(?:why|how come)\b", re.IGNORECASE)
"""What denies only what is known: of "Why is she not coming?" a text says "she had to cancel"."""
_SAID = re.compile(
    r"\b(?:not|no|never|cannot|none|nor|neither|nobody|nothing|without|unable|except|absent|non"
    r"|fail(?:s|ed|ing|ure)?|refus\w+|reject\w*|declin\w+|lack\w*|den(?:y|ied|ies)|prevent\w*)\b"
    r"|n't\b",
    re.IGNORECASE,
)
"""What says so in a sentence, in whatever words."""


def contradicts(question: str, sentence: str) -> bool:
    """Tell whether a question denies what a sentence does not, or has the opposite of its word.

    A question of yes or no asks the same either way: "Didn't it open in May?"

    >>> contradicts("Who did not vote?", "Ada and Bo voted.")
    True
    >>> contradicts("Who did not vote?", "Cy was absent.")
    False
    >>> contradicts("Which is the oldest mill?", "The newest mill is Bo's.")
    True
    """
    if wants_yes_or_no(question):
        return False
    return _denies_more(_ASIDE.sub("", _plain(question)), sentence) or _opposes(question, sentence)


def _denies_more(question: str, sentence: str) -> bool:
    return (
        _DENIED.search(question) is not None
        and _WHY.match(question) is None
        and _SAID.search(_plain(sentence)) is None
    )


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")


def _opposes(question: str, sentence: str) -> bool:
    """Tell whether a question has a word's opposite where the sentence has the word alone."""
    asked = {word.stem for word in split_words(question)}
    told = {word.stem for word in split_words(sentence)}
    opposed = _opposite_stems()
    return any((told - asked) & opposed[stem] for stem in (asked - told) & opposed.keys())


@functools.cache
def opposites() -> Mapping[str, tuple[str, ...]]:
    """Return words with their opposites, either way, as `opposites.txt` lists them."""
    found: dict[str, list[str]] = {}
    for one, other in _pairs():
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return {word: tuple(others) for word, others in found.items()}


@functools.cache
def _opposite_stems() -> Mapping[str, frozenset[str]]:
    return {_stem(word): frozenset(map(_stem, others)) for word, others in opposites().items()}


def _stem(word: str) -> str:
    return split_words(word)[0].stem


def _pairs() -> Iterator[tuple[str, str]]:
    text = (Path(__file__).parent / "opposites.txt").read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            for pair in line.split(","):
                one, other = pair.split()
                yield one, other
