"""Long forms of abbreviations, where a text spells them out.

Either way round: "Coastal Transport Fund (CTF)", or "CTF (Coastal Transport Fund)". A pair
counts only when the words' initials spell the letters, small words aside. Training
makes questions of such pairs, and asking looks the long form up.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa.types import Span

__all__ = ["Asked", "asked_abbreviation", "pairs"]

_PAIR = re.compile(
    # A hyphen belongs to the word before it: were it a border too, a chain of hyphens would take
    # time that doubles with each.
    r"((?:[A-Z][\w'&-]*|of|the|for|and|in|on|to|de)(?:,? (?:[A-Z][\w'&-]*|&|[a-z]+(?:-[\w'&]+)*))*)"
    r" \(([A-Z][A-Za-z&]{1,8}[A-Z0-9])\)"
)
_TURNED = re.compile(r"\b([A-Z][A-Za-z&]{1,8}[A-Z0-9]) \(([A-Z][^()\n]{4,119})\)")
_SMALL = frozenset("of the for and in on to de a an &".split())
_ASKED = re.compile(
    r"\bwhat (?:does|do|did|is) (?:the )?(?P<called>abbreviation |acronym |initials |letters )?"
    r"[\"'\u201c\u2018]?(?P<letters>[\w&]{2,10})[\"'\u201d\u2019]? "
    r"(?:(?P<stands>(?:stand|short) for)|mean)\b",
    re.IGNORECASE,
)

_WHAT_IS = re.compile(
    r"\s*(?:[Aa]nd )?[Ww]hat(?:['\u2019]s| is| was) (?:the |an? )?([A-Z][A-Z\d&]{1,9})\s*\??\s*"
)
"""Of what is written in capitals people ask so for its long form: "What is the GDP?"."""


def pairs(text: str) -> Iterator[tuple[Span, Span]]:
    """Yield where a text spells out an abbreviation: the long form, and the short one.

    >>> text = "The Coastal Transport Fund (CTF) paid."
    >>> [(long.of(text), short.of(text)) for long, short in pairs(text)]
    [('Coastal Transport Fund', 'CTF')]
    >>> text = "PORTS (Pilots, Owners & Riggers of the Tidal Shore) met."
    >>> [(long.of(text), short.of(text)) for long, short in pairs(text)]
    [('Pilots, Owners & Riggers of the Tidal Shore', 'PORTS')]
    """
    for match in _TURNED.finditer(text):
        if _spelling(match[2], match[1]) == 0:
            yield Span(*match.span(2)), Span(*match.span(1))
    for match in _PAIR.finditer(text):
        start = _spelling(match[1], match[2])
        if start is not None:
            yield Span(match.start(1) + start, match.end(1)), Span(*match.span(2))


def _spelling(words: str, letters: str) -> int | None:
    """Return where in `words` the long form starts whose initials are `letters`, or None."""
    starts = [match.start() for match in re.finditer(r"[^\s-]+", words)]
    wanted = letters.casefold()
    for start in reversed(starts):
        parts = re.findall(r"[^\s-]+", words[start:])
        initials = "".join(part[0] for part in parts).casefold()
        telling = "".join(part[0] for part in parts if part not in _SMALL).casefold()
        if wanted in (initials, telling) and parts[0] not in _SMALL:
            return start
    return None


class Asked(NamedTuple):
    """The letters that a question asks the long form of, and whether they surely are some."""

    letters: str
    surely: bool


def asked_abbreviation(question: str) -> Asked | None:
    """Return the abbreviation whose long form a question asks for; None if it asks for none.

    What someone, or a word, means may be asked in the same form.

    >>> asked_abbreviation("what does ctf stand for?")
    Asked(letters='ctf', surely=True)
    >>> asked_abbreviation("What did officials mean by that?")
    Asked(letters='officials', surely=False)
    >>> asked_abbreviation("What is the CTF?")
    Asked(letters='CTF', surely=True)
    """
    if match := _WHAT_IS.fullmatch(question):
        return Asked(match[1], surely=True)
    match = _ASKED.search(question)
    if not match:
        return None
    letters = match["letters"]
    return Asked(letters, bool(match["called"] or match["stands"] or letters.isupper()))
