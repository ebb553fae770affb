"""Make a follow-up question stand alone, showing what was carried over.

A question that leans on what came before ("and who is going?", "when does it end?") gets the
content words of the question before it, in brackets. No language model rewrites anything, so
a reader can see, and dispute, every word that was added.
"""

from collections.abc import Sequence

from qa.errors import QuestionError
from qa.words import content_words, split_words

__all__ = ["Turn", "resolve"]

Turn = str | tuple[str, str]
"""An earlier question, or a question and its answer."""

_LEANING = frozenset("he him his she her hers it its they them their theirs there one ones".split())
_TURNS = 20
_CARRIED = 12
"""A question's subject takes no more words; a pasted page would drown the new question."""
_POINTING = frozenset("this that these those".split())
_OPENINGS = (
    "and ",
    "but ",
    "or ",
    "what about",
    "how about",
    "why?",
    "why not",
    "how so",
    "what else",
)


def resolve(question: str, history: Sequence[Turn]) -> str:
    """Return `question` with what it takes from the turn before, in brackets.

    Args:
        question: the question as asked.
        history: the earlier turns, oldest first.

    Raises:
        QuestionError: an earlier turn is neither a question nor a pair.

    >>> resolve("And who is going?", ["When is the visit?"])
    'And who is going (visit)?'
    >>> resolve("What does ITAR stand for?", ["When is the visit?"])
    'What does ITAR stand for?'
    """
    before = ""
    for turn in [history] if isinstance(history, str) else history[-_TURNS:]:
        asked = turn if isinstance(turn, str) else next(iter(turn or ()), None)
        if not isinstance(asked, str):
            raise QuestionError("An earlier turn is not a question, or a (question, answer) pair.")
        before = _carry(asked, before)
    return _carry(question, before)


def _carry(question: str, before: str) -> str:
    """Return `question` with the content words of the resolved question before it, if it leans."""
    if not before or not _leans(question):
        return question
    known = {word.stem for word in content_words(question)}
    carried = {w.stem: w.span.of(before) for w in content_words(before) if w.stem not in known}
    if not carried:
        return question
    words = list(carried.values())[:_CARRIED]
    stem = question.rstrip(" ?!.")
    return f"{stem} ({' '.join(words)}){question[len(stem) :].rstrip() or '?'}"


def _leans(question: str) -> bool:
    """Tell whether a question cannot be understood alone."""
    plain = question.strip().casefold()
    words = [word.span.of(plain) for word in split_words(plain)]
    if plain.startswith(_OPENINGS) or _LEANING.intersection(words):
        return True
    # "Who said that?" points back; "the plan that failed" and "this week" do not.
    if words and words[-1] in _POINTING:
        return True
    return not content_words(question)
