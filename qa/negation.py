"""Whether a question denies what a sentence does not: "What did not burn?" of "The mill burnt".

The reader was seldom shown such a question and answers it as if nothing were denied. How much
that counts is left to `reader`.
"""

import re

from qa.questions import wants_yes_or_no

__all__ = ["denies_more"]

_DENIED = re.compile(
    r"\b(?:not|never|cannot|neither|no longer|fail(?:s|ed)? to|non)\b|n't\b", re.IGNORECASE
)
_ASIDE = re.compile(
    r"\bwhether or not\b|\bnot (?:only|just)\b|, \w+n't (?:it|he|she|they|there)\?*$"
    r"|\b(?:i|we|you) (?:(?:do|did|can|could) ?n[o']t|cannot|can't)\b",
    re.IGNORECASE,
)
"""What denies nothing that is asked: "I do not know when it opens"."""
_SAID = re.compile(
    r"\b(?:not|no|never|cannot|none|nor|neither|nobody|nothing|without|unable|except|absent|non"
    r"|fail(?:s|ed|ing|ure)?|refus\w+|reject\w*|declin\w+|lack\w*|den(?:y|ied|ies)|prevent\w*)\b"
    r"|n't\b",
    re.IGNORECASE,
)
"""What says so in a sentence, in whatever words."""


def denies_more(question: str, sentence: str) -> bool:
    """Tell whether a question denies something and the sentence denies nothing.

    A question of yes or no asks the same either way: "Didn't it open in May?"

    >>> denies_more("Who did not vote?", "Ada and Bo voted.")
    True
    >>> denies_more("Who did not vote?", "Cy was absent.")
    False
    """
    question = _ASIDE.sub("", _plain(question))
    return (
        _DENIED.search(question) is not None
        and _SAID.search(_plain(sentence)) is None
        and not wants_yes_or_no(question)
    )


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")
