"""Make a follow-up question stand alone, showing what was carried over.

A question that leans on what came before ("and who is going?", "when does it end?") gets, in
brackets, what the conversation speaks of most: the names in its questions and answers, or a
question's own words where it names nothing, less the verb that it ends with unless the
follow-up is a bare "why?"; late mentions count more than early ones. No language model
rewrites anything, so a reader can see, and dispute, every word that was added.
"""

import collections
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qa.errors import QuestionError
from qa.types import Span
from qa.words import STOPWORDS, Word, content_words, split_words

__all__ = ["Resolved", "Turn", "resolve"]

Turn = str | tuple[str, str | None]
"""An earlier question, or a question and its answer; None where nothing was answered."""

_TURNS = 20
_CARRIED = 2
"""So many names, or questions' own words, are carried over."""
_OWN_WORDS = 3
"""Of a question that names nothing, so many of its last words; there the subject stands."""
_ANSWER_WORDS = 40
_LATER = 0.9
"""What a mention counts beside one a turn later."""
_ANSWERED = 0.5
"""What a name in an answer counts beside one in a question."""

_LEANING = frozenset("he him his she her hers it its they them their theirs there one ones".split())
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
_ABBREVIATED = re.compile(r"\b\w\.$")
"""The stop of "U.S." and "a.m." ends no question."""
_JOINING = frozenset(" | - |-|. | of | the | of the | and | and the | for | & ".split("|"))
"""What may stand between two capitalised words of one name."""
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday yes".split()
)
_VERB_LAST = re.compile(r"\b[Dd](?:o|oes|id)(?:n['\u2019]t| not)? .*?(\w+) ([a-z]+)\W*$")
"""A question that ends with what is done: "When does the bridge open?"."""
_NO_VERB_AFTER = frozenset(
    "a an the this that these those some any his her its their my your our to of in on at for by "
    "with from about into over as and or no more most very".split()
)
"""What a noun may follow but no such verb: "When did it open the bridge?"."""
_VAGUE = frozenset(
    "kind type sort people person thing things anything else other others interesting aspect "
    "aspects article happen happened say said tell describe explain know important best main "
    "common famous different first last year years time part name reason example examples "
    "way".split()
)
"""What a question asks with, and never about."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question that stands alone, and what it took over for that, phrase by phrase."""

    question: str
    carried: tuple[str, ...] = ()


def resolve(
    question: str, history: Sequence[Turn], *, knows: Callable[[Word], bool] = lambda _: True
) -> Resolved:
    """Return `question` with what it takes from the turns before, in brackets.

    Args:
        question: the question as asked.
        history: the earlier turns, oldest first.
        knows: whether the documents use a word; of others only names are taken over, for who
            asks about somebody unknown means nobody else.

    Raises:
        QuestionError: an earlier turn is neither a question nor a pair.

    >>> resolve("And who is going?", ["When is the visit?"])
    Resolved(question='And who is going (visit)?', carried=('visit',))
    >>> resolve("When was he born?", [("Who leads the fund?", "Ines Okafor"), "Why?"]).question
    'When was he born (leads fund Ines Okafor)?'
    >>> resolve("What does ITAR stand for?", ["When is the visit?"]).carried
    ()
    """
    turns = [_pair(turn) for turn in ([history] if isinstance(history, str) else history)]
    if not turns or not _leans(question):
        return Resolved(question)
    known = _stems(question)
    carried: list[str] = []
    for phrase in _spoken_of(turns[-_TURNS:], knows, verbs=not known):
        stems = _stems(phrase)
        if stems - known and len(carried) < _CARRIED:
            carried.append(phrase)
            known |= stems
    if not carried:
        return Resolved(question)
    stem = question.rstrip(" ?!")
    stem = stem if _ABBREVIATED.search(stem) else stem.rstrip(" ?!.")
    whole = f"{stem} ({' '.join(carried)}){question[len(stem) :].rstrip() or '?'}"
    return Resolved(whole, tuple(carried))


def _pair(turn: Turn) -> tuple[str, str]:
    asked, answer = turn, None
    if isinstance(turn, (tuple, list)) and turn:
        asked, answer = turn[0], turn[1] if len(turn) > 1 else None
    if isinstance(asked, str) and (answer is None or isinstance(answer, str)):
        return asked, answer or ""
    raise QuestionError("An earlier turn is not a question, or a (question, answer) pair.")


def _stems(text: str) -> set[str]:
    return {word.stem for word in content_words(text)}


def _spoken_of(
    turns: Sequence[tuple[str, str]], knows: Callable[[Word], bool], *, verbs: bool
) -> list[str]:
    """Return what a conversation speaks of, most first; with questions' last verbs or without."""
    weights: dict[frozenset[str], float] = collections.defaultdict(float)
    shown: dict[frozenset[str], str] = {}
    for age, (asked, answer) in enumerate(reversed(turns)):
        said = " ".join(answer.split()[:_ANSWER_WORDS])
        mentions = [(name, 1.0) for name in _names(asked)] or [
            (own, 1.0) for own in _own(asked, knows, verbs=verbs)
        ]
        mentions += [
            (name, _ANSWERED * 0.8**place) for place, name in enumerate(_names(said, quoted=True))
        ]
        for phrase, weight in mentions:
            stems = frozenset(_stems(phrase))
            weights[stems] += weight * _LATER**age
            shown.setdefault(stems, phrase)
    return [shown[stems] for stems in sorted(weights, key=lambda stems: -weights[stems]) if stems]


def _own(question: str, knows: Callable[[Word], bool], *, verbs: bool) -> Iterator[str]:
    """Yield the last telling words of a question that does not itself lean on another."""
    last = None if verbs else _last_verb(question)
    words = [w.span.of(question) for w in content_words(question) if knows(w) and w.span != last]
    telling = [word for word in words if word.casefold() not in _VAGUE]
    if telling and not _leans(question):
        yield " ".join(telling[-_OWN_WORDS:])


def _last_verb(question: str) -> Span | None:
    """Return where a question ends with a verb; None where it may be another word."""
    match = _VERB_LAST.search(question)
    if not match or match[1].casefold() in _NO_VERB_AFTER:
        return None
    return Span(*match.span(2))


def _names(text: str, *, quoted: bool = False) -> list[str]:
    """Return the names in a text, in order: capitalised words that do not just open it.

    A quote opens anywhere in a sentence, so its first word may well be a name.
    """
    names: list[tuple[int, int]] = []
    for place, word in enumerate(split_words(text)):
        shown, plain = word.span.of(text), word.span.of(text).casefold()
        opens = place == 0 and not (quoted or (shown.isupper() and len(shown) > 1))
        if opens or not shown[0].isupper() or plain in STOPWORDS or plain in _NO_NAMES:
            continue
        if names and text[names[-1][1] : word.span.start] in _JOINING:
            names[-1] = (names[-1][0], word.span.end)
        else:
            names.append((word.span.start, word.span.end))
    return [text[start:end] for start, end in names]


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
