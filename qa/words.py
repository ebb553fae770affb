"""The words of a text: where they stand, and the stem by which two are the same.

Splitting, folding and stemming live here, because ranking by words, marking shared words
and naming the words a brief never uses must agree on what a word is. Ranking passages by
them is left to `wordindex`.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from qa.types import Span

__all__ = ["Word", "compare_words", "content_words", "lacking_share", "shared_spans", "split_words"]

_UNSPACED = r"\u3005\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""Han and kana, which are written without spaces."""
_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    r"\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
"""What goes on a letter and does not end a word: accents and vowel signs, common scripts'."""

# A dotted abbreviation (U.S., a.m.), a number with its separators (1,000.5), one character
# of a script written without spaces, or a run of letters and digits.
_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}"
    r"|\d+(?:[.,:]\d+)+"
    rf"|[{_UNSPACED}]"
    rf"|(?:(?![{_UNSPACED}])[^\W_][{_MARKS}]*)+(?:['\u2019](?:[^\W_][{_MARKS}]*)+)*"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")

# English words that carry a question's grammar, not its subject: the closed classes, and what
# "how many", "what does X stand for" and "what does X mean" ask with.
STOPWORDS = frozenset(
    "a an the this that these those some any each every all both and or but nor if then than "
    "as of at by for from in into on onto out over to toward towards up with about under "
    "between during through after before since until within without against "
    "i me my mine we us our ours you your yours he him his she her hers it its they them their "
    "theirs who whom whose which what when where why how whether there here "
    "am is are was were be been being do does did doing done have has had having "
    "can could may might must shall should will would ought "
    "not no so too very just only also many much stand stands mean means "
    "i'm i've i'll i'd you're it's isn't aren't wasn't weren't don't doesn't didn't hasn't haven't "
    "hadn't can't couldn't won't wouldn't shouldn't".split()
)


_NAMES = frozenset({"May", "Will"})
_DAY = re.compile(r"\s+\d")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: the stem it is matched by, and where it stands."""

    stem: str
    span: Span


@functools.cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _fold(word: str) -> str:
    """Fold case, accents, width and the apostrophe's possessive: `Misri’s` becomes `misri`."""
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word.replace("\u2019", "'"))
        word = "".join(c for c in decomposed if not unicodedata.combining(c))
    if word[:1].isdigit():
        return word.replace(",", "") if _THOUSANDS.fullmatch(word) else word.casefold()
    return word.casefold().replace(".", "").removesuffix("'s")


def split_words(text: str) -> list[Word]:
    """Split a text into words, each with its stem and its span in `text`.

    >>> [word.stem for word in split_words("The U.S. talks’ dates")]
    ['the', 'us', 'talk', 'date']
    """
    found = [(_fold(match[0]), match.span()) for match in _WORD.finditer(text)]
    stems = _stemmer().stemWords([folded for folded, _ in found])
    return [Word(stem, Span(*span)) for stem, (_, span) in zip(stems, found, strict=True) if stem]


def content_words(text: str) -> list[Word]:
    """Split a text into its words, leaving out grammar words such as "the" and "when".

    What is capitalised as names are is kept: "US" or "WHO", unless all the text is in capitals,
    and "May" or "Will" within a text or beside a number.
    """
    capitals_name = not text.isupper()

    def bears_meaning(word: Word) -> bool:
        shown = word.span.of(text)
        if shown.casefold().replace("\u2019", "'").removesuffix("'s") not in STOPWORDS:
            return True
        if shown in _NAMES:
            return word.span.start > 0 or _DAY.match(text, word.span.end) is not None
        return capitals_name and len(shown) > 1 and shown.isupper()

    return [word for word in split_words(text) if bears_meaning(word)]


def shared_spans(question: str, text: str) -> list[Span]:
    """Return where `text` uses the question's content words, in order, for marking.

    >>> shared_spans("When does the visit begin?", "Visits began; the visit begins.")
    [Span(start=0, end=6), Span(start=18, end=23), Span(start=24, end=30)]
    """
    return compare_words(question, text)[0]


def compare_words(question: str, text: str) -> tuple[list[Span], list[Span]]:
    """Return where `text` uses the question's content words, and which of these it lacks.

    Spans of the first list are of `text`, those of the second of `question`; both in order.

    >>> compare_words("When does the visit begin?", "Visits are long.")
    ([Span(start=0, end=6)], [Span(start=20, end=25)])
    """
    asked, read = content_words(question), split_words(text)
    wanted, used = {word.stem for word in asked}, {word.stem for word in read}
    return (
        [word.span for word in read if word.stem in wanted],
        [word.span for word in asked if word.stem not in used],
    )


def lacking_share(question: str, text: str) -> float:
    """Return the share of the question's content words that `text` lacks; 0 if it has none.

    >>> lacking_share("When does the visit begin?", "Visits are long.")
    0.5
    """
    asked = content_words(question)
    return len(compare_words(question, text)[1]) / len(asked) if asked else 0.0
