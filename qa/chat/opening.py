"""The opening of a document: its first passages, and what its first sentence says of whom.

A news brief tells the most there. What is asked about it is left to `glance`.
"""

import itertools
import re
from dataclasses import dataclass, replace

from qa.chat.shapes import subject
from qa.index import Index
from qa.types import Document, Passage, Span

__all__ = ["Opening", "open_document", "part"]

PASSAGES = 4
"""So many are read, the first that hold sentences and are no captions."""

_SHORT_TITLE, _SHORT = 3, 6
"""Words of a title, and of a passage; with fewer there is too little to go by."""

_CLOSED = re.compile(r"[.!?…][\"”’')\]]*$")
_DATELINE = re.compile(r"[A-Z][A-Z .,'’-]+ [—–-]+ (?=\w)")


@dataclass(frozen=True, slots=True)
class Opening:
    """The first passages of a document, and what is asked about them.

    `passages` are whole, `parts` without title, headings and dateline. `lead` is the first
    sentence, `actor` its subject where that is clear, `did` the rest of it.
    """

    document: Document
    passages: tuple[Passage, ...]
    parts: tuple[Passage, ...]
    lead: Span
    actor: Span | None
    title: str
    did: str

    def around(self, span: Span) -> Passage:
        """Return the passage that a quote stands in."""
        return next(p for p in self.passages if p.start <= span.start < p.end)


def open_document(index: Index, document: Document) -> Opening | None:
    """Return the first passages with sentences of their own, None if there are none."""
    own = (p for p in index.passages if p.document_id == document.id)
    told = ((p, sentences) for p in own if (sentences := _sentences(document, p)))
    chosen = list(itertools.islice(told, PASSAGES))
    if not chosen:
        return None
    parts = [part(passage, sentences) for passage, sentences in chosen]
    lead = parts[0].sentences[0]
    if dateline := _DATELINE.match(lead.of(document.text)):
        lead = Span(lead.start + dateline.end(), lead.end)
        parts[0] = part(parts[0], (lead, *parts[0].sentences[1:]))
    said = lead.of(document.text).rstrip(" .")
    title = document.title.strip() if len(document.title.split()) >= _SHORT_TITLE else said
    acting = subject(said)
    return Opening(
        document,
        passages=tuple(passage for passage, _ in chosen),
        parts=tuple(parts),
        lead=lead,
        actor=Span(lead.start + acting.start, lead.start + acting.end) if acting else None,
        title=title,
        did=said[acting.end :].strip() if acting else title,
    )


def _sentences(document: Document, passage: Passage) -> tuple[Span, ...]:
    """Return the sentences of a passage that are neither headings nor captions."""
    if any(c.start < passage.end and passage.start < c.end for c in document.captions):
        return ()
    closed = tuple(s for s in passage.sentences if _CLOSED.search(s.of(document.text)))
    own = tuple(s for s in closed if s.of(document.text).strip() != document.title.strip())
    return own if sum(len(s.of(document.text).split()) for s in own) >= _SHORT else ()


def part(passage: Passage, sentences: tuple[Span, ...]) -> Passage:
    """Return a passage from the first of some of its sentences to the last."""
    start, end = sentences[0].start, sentences[-1].end
    text = passage.text[start - passage.start : end - passage.start]
    return replace(passage, text=text, start=start, end=end, sentences=sentences)
