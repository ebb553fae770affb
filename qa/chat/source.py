"""The brief beside the chat, as HTML: a document's whole text, what a reply rests on tinted.

Passages carry their number and an anchor, so that a citation can go there. All text leaves
through `qa.markup`. Scrolling there is left to `page.js`, the reply itself to `replies`.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from qa.index import Index
from qa.markup import Mark, escape, mark_html
from qa.types import Document, Passage, Span

__all__ = [
    "SHOWN_PASSAGES",
    "anchor",
    "choices",
    "lines",
    "name_of",
    "number",
    "shown_document",
    "shown_hits",
    "source_html",
]

Values = Mapping[str, Any]
"""An answer or a hit as plain values (`Answer.to_dict`)."""

SHOWN_PASSAGES = 3
"""So many passages are shown with a reply."""


def anchor(passage: str) -> str:
    """Return the id of the place on the page where the passage of an id begins."""
    return "qa-" + escape(passage.replace(":", "-")).replace("&#45;", "-")


def number(passage: str) -> str:
    """Return a passage's number in its document, from 1, as it is cited, from its id."""
    return str(int(passage.rpartition(":")[2]))


def name_of(document: Document | Values) -> str:
    """Return what a person knows a document by."""
    if isinstance(document, Document):
        return document.title or document.source or "Untitled"
    return str(document["title"] or document["source"] or "Untitled")


def shown_hits(answer: Values) -> list[Values]:
    """Return the passages shown with an answer, best first; the one quoted is among them."""
    hits = answer["hits"]
    quoted = [
        hit
        for hit in hits[SHOWN_PASSAGES:]
        if answer["start"] is not None
        and hit["document"]["id"] == answer["document"]["id"]
        and hit["start"] <= answer["start"] < hit["end"]
    ]
    return [*hits[:SHOWN_PASSAGES], *quoted[:1]]


def shown_document(index: Index, answer: Values | None) -> Document | None:
    """Return the document that an answer rests on most; None if it is not in the index."""
    if answer is None:
        return None
    first = answer["document"] or (answer["hits"][0]["document"] if answer["hits"] else None)
    return index.document(first["id"]) if first else None


def choices(index: Index) -> list[tuple[str, str]]:
    """Return the names and ids of an index's documents; equal names are told apart."""
    names = [name_of(document) for document in index.documents]
    return [
        (f"{name} ({place})" if names.count(name) > 1 else name, document.id)
        for place, (name, document) in enumerate(zip(names, index.documents, strict=True), 1)
    ]


def lines(text: str, start: int, end: int) -> Iterator[Span]:
    r"""Yield the lines of `text[start:end]` that hold something, as spans of `text`.

    >>> [span.of("one\n\n two") for span in lines("one\n\n two", 0, 9)]
    ['one', ' two']
    """
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if text[start:stop].strip():
            yield Span(start, stop)
        start = stop + 1


def source_html(index: Index, document: Document, answer: Values | None = None) -> str:
    """Return a document's whole text, with the passages and the quote of an answer marked.

    Args:
        index: what is asked.
        document: which of its documents is shown.
        answer: what it is shown for; None before the first question.

    Returns:
        The HTML, all text in it escaped.
    """
    shown = shown_hits(answer) if answer is not None else []
    # Were a passage among them twice, its best rank would count.
    ranks = {hit["passage"]: rank for rank, hit in reversed(list(enumerate(shown, start=1)))}
    quote = None
    if answer is not None and answer["document"] and answer["document"]["id"] == document.id:
        quote = Span(answer["start"], answer["end"])
    passages = [passage for passage in index.passages if passage.document_id == document.id]
    return (
        f'<div class="qa-source">{_facts_html(document)}'
        f"{_document_html(document, passages, ranks, quote)}</div>"
    )


def _facts_html(document: Document) -> str:
    """Return who wrote a document, when, and the file it came from, as far as is known."""
    facts = [document.author, document.date, document.source]
    shown = " · ".join(escape(fact) for fact in facts if fact)
    return f'<p class="qa-facts" dir="auto">{shown}</p>' if shown else ""


def _document_html(
    document: Document, passages: Sequence[Passage], ranks: Mapping[str, int], quote: Span | None
) -> str:
    """Return a document's text, line by line, each cut where passages begin and end."""
    text = document.text
    marks: list[Mark] = [(quote, "qa-answer")] if quote else []
    pieces = deque(_pieces(text, passages))
    html = []
    page: int | None = None
    for line in lines(text, 0, len(text)):
        inside = ""
        while pieces[0][1] <= line.start and len(pieces) > 1:
            pieces.popleft()  # lines come in order too
        for first, last, passage in pieces:
            if first >= line.end:
                break
            start, end = max(first, line.start), min(last, line.end)
            if start >= end:
                continue
            shown = mark_html(text, marks, start=start, end=end)
            if passage is None:
                inside += shown
                continue
            begins = start == first
            place = f' id="{anchor(passage.id)}" tabindex="-1"' if begins else ""
            label = f' data-number="{number(passage.id)}"' if begins else ""
            tint = f" qa-rank-{ranks[passage.id]}" if passage.id in ranks else ""
            inside += f'<span class="qa-passage{tint}"{place}{label}>{shown}</span>'
        before, page = page, document.page_of(line.start)
        turned = f' data-page="{page}"' if page != before else ""
        html.append(f'<p class="{_kind(document, line)}" dir="auto"{turned}>{inside}</p>')
    return "".join(html)


def _pieces(text: str, passages: Sequence[Passage]) -> list[tuple[int, int, Passage | None]]:
    """Return the whole text as stretches, in order: a passage's, or what lies between two."""
    pieces: list[tuple[int, int, Passage | None]] = []
    at = 0
    for passage in passages:
        pieces.append((at, passage.start, None))
        pieces.append((passage.start, passage.end, passage))
        at = passage.end
    pieces.append((at, len(text), None))
    return pieces


def _kind(document: Document, line: Span) -> str:
    if any(c.start < line.end and line.start < c.end for c in document.captions):
        return "qa-line qa-caption"
    if line.of(document.text).strip() == document.title.strip():
        return "qa-line qa-heading"
    return "qa-line"
