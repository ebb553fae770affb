"""A text into sentences, as spans: nupunkt, told what a news brief needs to know.

nupunkt was chosen over syntok on our own hard cases (`tests/cases/sentences.jsonl`; the
table is printed by `tests/benchmarks/sentences.py`). As shipped it is made for law and
medicine; the settings below keep "Maj. David Cole" and "Yahoo! said" whole, and split at
the full stops of scripts it does not know. In doubt a sentence is left whole: two shown
together are a smaller fault than one cut in half.
"""

import functools
import re
from collections.abc import Iterator
from typing import Any

from qa.types import Span

__all__ = ["is_heading", "split_paragraphs", "split_sentences"]

# English words of the closed classes: with a capital after an abbreviation they start a
# sentence. "May" and "will" are left out, for they are also a month and a name.
_STARTERS = frozenset(
    "a i he she it we you they his her its our your their this that these those the "
    "who what when where why how there here each both neither either some many most few "
    "all no none nobody nothing everyone only not another other such "
    "and but or so yet if because although though while since until after before during "
    "in on at by for from with without of to as under over between among about "
    "is are was were has had do does did would can could should must "
    "then now also still however meanwhile instead".split()
)
_INITIALS = frozenset({"a", "i"})  # these start sentences, but are also initials
# These point forward: no sentence ends with them.
_NEVER_LAST = (
    "vs v e.g i.e cf a.k.a viz feat lt col maj adm cmdr reps sens supt rs smt shri sq addl jt secy"
).split()
_MAY_BE_LAST = "km kg cm mm publ".split()

_BLOCK_BORDER = re.compile(
    r"\n(?:[ \t\r\f\v]*\n)+|\n(?=[ \t]*(?:[-*\u2022\u00b7\u2023\u25aa]|\d{1,3}[.)])[ \t])"
)
# Full stops of other scripts (Sentence_Terminal in Unicode), and what may close after them.
_STOPS = "\u3002\uff61\u0964\u0965\u061f\u1362\uff01\uff1f\u06d4\u0589\u1803"
_CLOSERS = ")\\]}\"'\u201d\u00bb\u300d\u300f\u3011\u300b\u3009\u2019\uff09"
_OTHER_STOP = re.compile(rf"[{_STOPS}][{_STOPS}!?]*(?P<closer>[{_CLOSERS}]*)\s*")
_CLOSED = re.compile(rf"[.!?\u2026:;{_STOPS}][\"'{_CLOSERS}]*\Z")
_HEADING_LENGTH = 120
# nupunkt takes quadratic time over a long run of marks, so it sees such a run masked.
_LONG_RUN = re.compile(r"\S{200,}")
_RUN_END = 8
# "India-U.S." is one word to nupunkt, and no abbreviation it knows; "India U.S." is two.
_JOINED = re.compile(r"(?<=\w)[-\u2013/](?=(?:[A-Z]\.){2})")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")


@functools.cache
def _splitter() -> Any:
    """Return nupunkt with our settings, on a copy of its model that nobody else changes."""
    from nupunkt.core.constants import ORTHO_MID_LC
    from nupunkt.models import load_default_model

    splitter = load_default_model()
    splitter.EXCL_QUEST_LOWERCASE_CONTINUES = True  # "Yahoo! said"
    splitter.BREAK_RATE_LOW = 0.0
    splitter.BREAK_RATE_MIN_COUNT = seen = 10
    parameters = splitter.parameters
    parameters.sent_starters = set(_STARTERS)  # its own hold names such as "David"
    for word in _STARTERS - _INITIALS:
        parameters.ortho_context[word] = ORTHO_MID_LC
    for abbreviation in _NEVER_LAST:
        parameters.abbrev_types.add(abbreviation)
        parameters.abbrev_break_rates[abbreviation] = (seen, 0)
    parameters.abbrev_types.update(_MAY_BE_LAST)
    splitter.clear_decision_cache()
    return splitter


def is_heading(text: str) -> bool:
    """Tell whether one paragraph or sentence looks like a heading: short, and without a stop.

    >>> is_heading("Harbour bridge opens in May"), is_heading("It opens in May.")
    (True, False)
    """
    return len(text) <= _HEADING_LENGTH and not _CLOSED.search(text)


def split_paragraphs(text: str) -> list[Span]:
    r"""Return the stretches of a text that blank lines part, without white space at either end.

    >>> split_paragraphs("One\ntwo.\n\nThree.")
    [Span(start=0, end=8), Span(start=10, end=16)]
    """
    start = len(text) - len(text.lstrip())
    spans = []
    for blank in _BLANK_LINES.finditer(text, start):
        spans.append(Span(start, start + len(text[start : blank.start()].rstrip())))
        start = blank.end()
    spans.append(Span(start, start + len(text[start:].rstrip())))
    return [span for span in spans if span.start < span.end]


def split_sentences(text: str) -> list[Span]:
    """Return the sentences of a text, in order, without white space at either end.

    All of the text but white space lies in exactly one of them.

    >>> text = "He is in Washington, D.C. this week. Talks follow."
    >>> [span.of(text) for span in split_sentences(text)]
    ['He is in Washington, D.C. this week.', 'Talks follow.']
    """
    masked = _JOINED.sub(" ", _LONG_RUN.sub(_mask, text))
    return [
        Span(*sentence)
        for start, end in _blocks(text)
        for first, last in _splitter().spans(masked[start:end], paragraph_breaks=False)
        for sentence in _split_other_scripts(text, start + first, start + last)
    ]


def _mask(run: re.Match[str]) -> str:
    return "_" * (len(run[0]) - _RUN_END) + run[0][-_RUN_END:]


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches between blank lines and before list items."""
    start = 0
    for border in _BLOCK_BORDER.finditer(text):
        yield start, border.start()
        start = border.end()
    yield start, len(text)


def _split_other_scripts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a stretch cut at the full stops of scripts written without a space after them."""
    for stop in _OTHER_STOP.finditer(text, start, end):
        spaced = stop.end() > stop.end("closer")
        if stop.end() < end and (spaced or not stop["closer"]):
            yield start, stop.end("closer")
            start = stop.end()
    yield start, end
