"""The nouns everything else speaks in: Document, Span, Passage, Hit, Answer.

All are frozen: an index can be read by many threads, and a quote cannot drift from its
source. How they are made is left to the floors above. Offsets count characters and are
half-open; `document.text[start:end]` is exactly what is shown.
"""

import bisect
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from qa.errors import DocumentError

__all__ = [
    "Answer",
    "Band",
    "Copy",
    "Document",
    "Hit",
    "Passage",
    "Progress",
    "Span",
    "hit_to_dict",
    "well_formed",
]

Band = Literal["well supported", "possible", "not in the brief"]
"""How far an answer is supported, in words whose precision was measured (see README)."""


Progress = Callable[[str, int, int], None]
"""What is told how far a long work has come: the step's name, how much is done, of how much."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def well_formed(text: str) -> str:
    """Return `text` with each unpaired surrogate replaced by U+FFFD, so that it can be encoded.

    One character stands for one character, so offsets keep their meaning.
    """
    return _SURROGATE.sub("\ufffd", text)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a document's text: characters `start` up to, not including, `end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the stretch itself.

        >>> Span(4, 9).of("The visit begins.")
        'visit'
        """
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Document:
    """A text that can be asked, with where it came from.

    Args:
        text: the cleaned text; every offset in this package points into it. Unpaired
            surrogates become U+FFFD; nothing else is changed.
        title: what a person calls it; empty when unknown.
        source: the file name or address it came from; empty when unknown.
        captions: the stretches of `text` that are picture captions, which are kept but
            are not the article's own sentences.
        date: when it was published, as YYYY-MM-DD where that is known; empty when unknown.
        author: who wrote it; empty when unknown.
        pages: where in `text` each page starts, the first page first; empty when the
            source has no pages.

    Raises:
        DocumentError: a text is no text, or a caption or a page lies outside it.

    >>> Document("The visit begins on Monday.", title="A visit").title
    'A visit'
    """

    text: str
    title: str = ""
    source: str = ""
    captions: tuple[Span, ...] = ()
    date: str = ""
    author: str = ""
    pages: tuple[int, ...] = ()
    id: str = field(init=False)
    """The first 16 hexadecimal digits of the text's SHA-256 in UTF-8."""

    def __post_init__(self) -> None:
        for name in ("text", "title", "source", "date", "author"):
            if not isinstance(value := getattr(self, name), str):
                raise DocumentError(f"A document's {name} is a text, not {type(value).__name__}.")
            object.__setattr__(self, name, well_formed(value))
        captions = tuple(
            Span(*caption) if not isinstance(caption, Span) else caption
            for caption in self.captions
        )
        if any(not 0 <= caption.start <= caption.end <= len(self.text) for caption in captions):
            raise DocumentError("A document's caption lies outside its text; check its offsets.")
        object.__setattr__(self, "captions", captions)
        pages = tuple(self.pages)
        if any(a > b for a, b in itertools.pairwise((0, *pages, len(self.text)))):
            raise DocumentError("A document's pages lie outside its text or out of their order.")
        object.__setattr__(self, "pages", pages)
        object.__setattr__(self, "id", self.sha256[:16])

    @property
    def sha256(self) -> str:
        """The SHA-256 of the text in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def page_of(self, offset: int) -> int | None:
        """Return the number of the page, from 1, that the character at `offset` stands on.

        Returns:
            The page's number; None when the document has no pages.

        >>> Document("One. Two.", pages=(0, 5)).page_of(5)
        2
        """
        return max(1, bisect.bisect_right(self.pages, offset)) if self.pages else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that is retrieved as one: a paragraph, or part of a long one.

    `text == document.text[start:end]`, and `sentences` are spans of the document's text.
    The id is the document's id, a colon and the passage's number in it from 1.
    """

    id: str
    document_id: str
    text: str
    start: int
    end: int
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """Where another document says, word for word, what a hit's passage says (see `qa.copies`)."""

    document: Document
    span: Span


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question.

    `score` ranks the hits, higher is better; how likely an answer is, an `Answer` tells.
    `meaning` is the cosine of question and passage, from -1 to 1; `words` is the passage's
    BM25 score over the highest that the question could reach, from 0 to 1. `copies` are the
    places in other documents that were found too and say nothing but the same words.
    """

    passage: Passage
    document: Document
    score: float
    meaning: float
    words: float
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question: a quote, or nothing.

    Args:
        question: the question as asked.
        resolved: the question as it was read, with what earlier turns supplied.
        carried: the words that they supplied, phrase by phrase.
        text: the quote, `document.text[span.start:span.end]`; None when it is not said.
        span: where the quote stands in `document`; None when it is not said.
        sentence: the sentence the quote stands in; None when it is not said.
        document: the document quoted; None when it is not said.
        confidence: the estimated probability that the quote answers, from 0 to 1.
        band: the same in words whose precision was measured.
        hits: the best passages, best first, also when the answer is None.
        missing: the question's words that occur in no passage, as the person wrote them.
    """

    question: str
    resolved: str
    text: str | None
    span: Span | None
    sentence: Span | None
    document: Document | None
    confidence: float
    band: Band
    hits: tuple[Hit, ...]
    missing: tuple[str, ...]
    carried: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values for JSON: every quote with its place and page.

        `page` is None where the document has no pages.
        """
        return {
            "question": self.question,
            "resolved": self.resolved,
            "carried": list(self.carried),
            "answer": self.text,
            "start": self.span.start if self.span else None,
            "end": self.span.end if self.span else None,
            "sentence": self.sentence.of(self.document.text)
            if self.sentence and self.document
            else None,
            "sentence_start": self.sentence.start if self.sentence else None,
            "document": _source(self.document) if self.document else None,
            "page": self.document.page_of(self.span.start) if self.document and self.span else None,
            "confidence": round(self.confidence, 4),
            "band": self.band,
            "missing": list(self.missing),
            "hits": [hit_to_dict(hit) for hit in self.hits],
        }

    def __bool__(self) -> bool:
        """Tell whether there is an answer: `if answer: ...`."""
        return self.text is not None


def _source(document: Document) -> dict[str, str]:
    return {
        "id": document.id,
        "sha256": document.sha256,
        "title": document.title,
        "source": document.source,
    }


def hit_to_dict(hit: Hit) -> dict[str, Any]:
    """Return a hit as plain values for JSON: passage, offsets, page, document, scores, copies."""
    return {
        "passage": hit.passage.id,
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "document": _source(hit.document),
        "page": hit.document.page_of(hit.passage.start),
        "score": round(hit.score, 6),
        "meaning": round(hit.meaning, 6),
        "words": round(hit.words, 6),
        "copies": [
            {"start": c.span.start, "end": c.span.end, "document": _source(c.document)}
            for c in hit.copies
        ],
    }
