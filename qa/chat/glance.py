"""At a glance: who, what, when, where, why and how of one document, each a quote or nothing.

What a news brief tells stands in its opening: its first sentence is what happened, and the
reader looks for the rest in the first few passages. It is asked about the title in more than
one way, and what it finds counts only where words of the right shape stand (`shapes`), which
are then quoted whole. In doubt an aspect is not stated. Showing the card is left to `page`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qa.chat.opening import Opening, open_document, part
from qa.chat.shapes import DECIDED, HOW, LONG_AGO, NAME, WHEN, WHERE, WHY
from qa.chat.source import anchor, name_of, number
from qa.index import Index
from qa.markup import escape
from qa.reader import Reading, open_reader
from qa.types import Document, Hit, Passage, Span

__all__ = ["Aspect", "Glimpse", "at_a_glance", "glance_html"]

Aspect = Literal["who", "what", "when", "where", "why", "how"]
_ASPECTS: tuple[Aspect, ...] = ("who", "what", "when", "where", "why", "how")
_REPORTED: tuple[Aspect, ...] = ("who", "when", "where")
_EXPLAINED: tuple[Aspect, ...] = ("why", "how")
"""A text that tells none of the first is no report, and one of no date explains no event."""

NAMING = 2
"""So many of these tell who acts; later ones name whoever speaks of it."""

_QUESTIONS: Mapping[Aspect, tuple[str, ...]] = {
    "who": ("Who {did}?", "Who {title}?"),
    "when": ("When will it be: {title}?", "What is the date of {title}?"),
    "where": ("Where does it take place: {title}?", "In what place {title}?"),
    "why": ("Why {title}?", "What is the reason for {title}?"),
    "how": ("How was it done: {title}?",),
}
_SHAPES = {"when": WHEN, "where": WHERE, "why": WHY, "how": HOW}

_ENOUGH: Mapping[Aspect, float] = {
    "who": 2.0,
    "when": -4.0,
    "where": 2.0,
    "why": 1.0,
    "how": 1.0,
}
"""The mean log-odds over an aspect's questions from which on it is stated."""
_DEED = 0.6
"""What the question after the deed counts of the two that ask who; the other has only the title."""
_LATER = 1.0
"""Log-odds that a quote loses for every passage before its own."""
_UNFOUND = -6.0
"""The log-odds of a quote for a question that did not find it, and the least for any."""

_OBLIQUE = "(?:of|in|at|to|from|for|before|after|during|under|on)"
_AFTER_PREPOSITION = re.compile(rf"\b{_OBLIQUE}(?: the)? $")
_NO_ACTOR = re.compile(rf"{_OBLIQUE}\b", re.IGNORECASE)
_SHORT_REASON = 4  # words; with fewer there is too little to go by
_NEAR = 12  # characters that may stand before what the reader took of a purpose


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a document tells of one aspect.

    `span` is the quote in `document`, and `passage` what it stands in; both are None when the
    aspect is not stated.
    """

    aspect: Aspect
    document: Document
    passage: Passage | None = None
    span: Span | None = None

    @property
    def text(self) -> str | None:
        """The quote itself; None when the aspect is not stated."""
        return self.span.of(self.document.text) if self.span else None


def at_a_glance(index: Index, *, document: Document | None = None) -> tuple[Glimpse, ...]:
    """Return who, what, when, where, why and how of one document, in this order.

    Args:
        index: what holds the document.
        document: which of its documents; None for the first.

    Returns:
        The six aspects, each with a quote of that document, or without when it is not stated.

    Raises:
        ReaderError: the reader's weights are missing or altered.
    """
    document = document or index.documents[0]
    opening = open_document(index, document)
    found: dict[Aspect, Span | None] = {}
    if opening:
        found = {aspect: _best(aspect, opening) for aspect in _REPORTED}
        if any(found.values()):
            found["what"] = opening.lead
        if found["when"]:
            found |= {aspect: _best(aspect, opening) for aspect in _EXPLAINED}
    return tuple(
        Glimpse(aspect, document, opening.around(span), span)
        if opening and (span := found.get(aspect))
        else Glimpse(aspect, document)
        for aspect in _ASPECTS
    )


def _hits(aspect: Aspect, opening: Opening) -> list[Hit]:
    """Return what is worth reading for an aspect."""
    # With its title a passage is read more surely, but then the title too may be found.
    read = [*opening.passages[:1], *opening.parts]
    if aspect == "who":
        read = read[: 1 + NAMING]
    elif aspect == "how":  # the way it was done seldom stands out in a whole passage
        read = [part(p, (sentence,)) for p in opening.parts for sentence in p.sentences]
    if aspect != "who":
        read = [p for p in read if _SHAPES[aspect].search(p.text)]
    return [Hit(passage, opening.document, 0, 0, 0) for passage in dict.fromkeys(read)]


def _best(aspect: Aspect, opening: Opening) -> Span | None:
    """Return the quote that the reader, asked in each way, finds best; None if none is enough."""
    ways = (q.format(title=opening.title, did=opening.did) for q in _QUESTIONS[aspect])
    asked = tuple(dict.fromkeys(ways))  # without a clear actor two ways are one
    places = [passage.id for passage in opening.passages]
    odds: dict[Span, dict[str, float]] = defaultdict(lambda: dict.fromkeys(asked, _UNFOUND))
    hits = _hits(aspect, opening)
    for question in asked:
        for reading in open_reader().read(question, hits):
            if reading.span.start < opening.lead.start:
                continue
            for quote in _quotes(aspect, reading, opening):
                value = reading.odds - _LATER * places.index(reading.hit.passage.id)
                odds[quote][question] = max(value, odds[quote][question])
    mean = {quote: _mean(aspect, list(values.values())) for quote, values in odds.items()}
    best = max(mean, key=lambda quote: (mean[quote], -quote.start), default=None)
    return best if best and mean[best] >= _ENOUGH[aspect] else None


def _mean(aspect: Aspect, odds: Sequence[float]) -> float:
    if aspect == "who" and len(odds) > 1:
        return _DEED * odds[0] + (1 - _DEED) * odds[1]
    return sum(odds) / len(odds)


def _quotes(aspect: Aspect, reading: Reading, opening: Opening) -> Iterator[Span]:
    """Yield what a reading may be quoted as: words of the aspect's shape around its span."""
    text, span, sentence = opening.document.text, reading.span, reading.sentence
    if aspect == "who":
        actor = opening.actor
        if actor and _overlap(actor, span):
            yield actor
            return
        oblique = _NO_ACTOR.match(text, span.start) or _AFTER_PREPOSITION.search(
            text, sentence.start, span.start
        )
        misses_actor = actor and sentence.end == opening.lead.end
        if re.search(NAME, span.of(text)) and not oblique and not misses_actor:
            yield span
        return
    shapes = [
        Span(sentence.start + match.start(), sentence.start + match.start() + len(match[0].strip()))
        for match in _SHAPES[aspect].finditer(sentence.of(text))
    ]
    for shape in (shape for shape in shapes if _overlap(shape, span)):
        if aspect == "when" and LONG_AGO.search(shape.of(text)):
            yield next((s for s in shapes if not LONG_AGO.search(s.of(text))), shape)
        elif aspect == "why":
            # No mark ends a purpose: "to measure rain reached orbit".
            infinitive = shape.of(text).startswith("to ")
            if infinitive and DECIDED.search(text[sentence.start : shape.start]):
                continue
            purpose = infinitive and span.start <= shape.start + _NEAR
            quote = Span(shape.start, min(shape.end, span.end) if purpose else shape.end)
            if len(quote.of(text).split()) >= _SHORT_REASON:
                yield quote
        else:
            yield shape


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def glance_html(glimpses: Sequence[Glimpse], *, several: bool = False) -> str:
    """Return the card of a document: its six aspects, each quoted and cited or not stated.

    Args:
        glimpses: what `at_a_glance` found.
        several: whether the index holds several documents, so that the card must name its own.

    Returns:
        The HTML, all text in it escaped.
    """
    document = glimpses[0].document
    name = f': <span dir="auto">{escape(name_of(document))}</span>' if several else ""
    rows = "".join(
        f"<div><dt>{glimpse.aspect}</dt>{_said_html(glimpse)}</div>" for glimpse in glimpses
    )
    return f'<section class="qa-glance"><h2>At a glance{name}</h2><dl>{rows}</dl></section>'


def _said_html(glimpse: Glimpse) -> str:
    if glimpse.text is None or glimpse.passage is None:
        return '<dd class="qa-unstated">not stated</dd>'
    place = number(glimpse.passage.id)
    return (
        f'<dd dir="auto"><q>{escape(glimpse.text)}</q> '
        f'<a class="qa-cite" href="#{anchor(glimpse.passage.id)}" '
        f'aria-label="passage {place}, show it in the text">[{place}]</a></dd>'
    )
