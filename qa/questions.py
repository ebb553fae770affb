"""What kind of answer a question wants: a sentence that decides it, or the words themselves."""

import re

__all__ = ["wants_yes_or_no"]

_DECIDED = re.compile(
    r"(?:(?:and|but|so|then|ok|okay|well|please)[ ,]+)*"
    r"(?:am|is|isn't|are|aren't|was|wasn't|were|weren't|do|don't|does|doesn't|did|didn't|has|hasn't"
    r"|have|haven't|had|hadn't|can|can't|cannot|could|couldn't|will|won't|would|wouldn't|shall"
    r"|should|shouldn't|must|may|might)\b(?! (?:what|who|when|where|why|how|which)\b)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"\s*(?:you|we|i|anyone|somebody)\b", re.IGNORECASE)
_ASKED = re.compile(r"\b(?:what|who|whom|whose|when|where|why|how|which)\b", re.IGNORECASE)


def wants_yes_or_no(question: str) -> bool:
    """Tell whether a question is decided by yes or no, so that a sentence must answer it.

    >>> wants_yes_or_no("Does the bridge have a lane for cyclists?")
    True
    >>> wants_yes_or_no("Can you tell me when it opens?")
    False
    """
    question = question.strip().replace("\u2019", "'")
    asked = _DECIDED.match(question)
    if asked is None:
        return False
    return not (_ADDRESSED.match(question, asked.end()) and _ASKED.search(question))
