"""Whether a question denies what a sentence does not: "What did not burn?" of "The mill burnt".

The reader was seldom shown such a question and answers it as if nothing were denied. How much
that counts is left to `reader`.
"""

import re

__all__ = ["denies_more"]

_DENIED = re.compile(
    r"\b(?:not|never|cannot|neither|no longer|fail(?:s|ed)? to|non)\b|n't\b", re.IGNORECASE
)
_SAID = re.compile(
    r"\b(?:not|no|never|cannot|none|nor|neither|nobody|nothing|without|unable|except|absent|non"
    r"|fail(?:s|ed|ing|ure)?|refus\w+|reject\w*|declin\w+|lack\w*|den(?:y|ied|ies)|prevent\w*)\b"
    r"|n't\b",
    re.IGNORECASE,
)
"""What says so in a sentence, in whatever words."""


def denies_more(question: str, sentence: str) -> bool:
    """Tell whether a question denies something and the sentence denies nothing.

    >>> denies_more("Who did not vote?", "Ada and Bo voted.")
    True
    >>> denies_more("Who did not vote?", "Cy was absent.")
    False
    """
    return bool(_DENIED.search(_plain(question))) and not _SAID.search(_plain(sentence))


def _plain(text: str) -> str:
    return text.replace("\u2019", "'")
