"""The brief beside the chat, as HTML: its whole text, with what a reply rests on tinted.

Passages carry their number and an anchor, so that a citation can go there. All text leaves
through `qa.markup`. Scrolling there is left to `page.js`, the reply itself to `replies`.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from qa.index import Index
from qa.markup import Mark, escape, mark_html
from qa.types import Answer, Document, Hit, Passage, Span

__all__ = ["anchor", "lines", "number", "shown_hits", "source_html"]

SHOWN_PASSAGES = 3
"""So many passages are shown with a reply."""

MAX_CHARACTERS = 300_000
"""Of several documents' text; beyond it, documents that no reply rests on are left out."""


def anchor(passage: Passage) -> str:
    """Return the id of the place where the passage begins on the page."""
    return "qa-" + passage.id.replace(":", "-")


def number(passage: Passage) -> str:
    """Return the passage's number in its document, from 1, as it is cited."""
    return passage.id.rpartition(":")[2]


def shown_hits(answer: Answer) -> list[Hit]:
    """Return the passages shown with an answer, best first; the one quoted is among them."""
    quoted = [
        hit
        for hit in answer.hits[SHOWN_PASSAGES:]
        if answer.span is not None
        and hit.document == answer.document
        and hit.passage.start <= answer.span.start < hit.passage.end
    ]
    return [*answer.hits[:SHOWN_PASSAGES], *quoted[:1]]


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


def source_html(index: Index, answer: Answer | None = None) -> str:
    """Return the brief's whole text, with the passages and the quote of `answer` marked.

    Args:
        index: what is asked.
        answer: what the text is shown for; None before the first question.

    Returns:
        The HTML, all text in it escaped. Of several documents, those that the answer rests on
        come in full; the others as long as there is room, and then only their number.
    """
    shown = shown_hits(answer) if answer is not None else []
    # Were a passage among them twice, its best rank would count.
    ranks = {hit.passage.id: rank for rank, hit in reversed(list(enumerate(shown, start=1)))}
    wanted = {hit.document.id for hit in shown}
    alone = len(index.documents) == 1
    kept = {index.documents[0].id} if alone else _fitting(index.documents, wanted)
    passages: dict[str, list[Passage]] = {document: [] for document in kept}
    for passage in index.passages:
        if passage.document_id in kept:
            passages[passage.document_id].append(passage)
    html = []
    for document in index.documents:
        if document.id not in kept:
            continue
        quote = answer.span if answer is not None and answer.document == document else None
        body = _document_html(document, passages[document.id], ranks, quote)
        is_open = " open" if document.id in wanted or not wanted else ""
        title = escape(document.title or document.source or "Untitled")
        html.append(
            body
            if alone
            else f'<details class="qa-document"{is_open}><summary>{title}</summary>{body}</details>'
        )
    if left_out := len(index.documents) - len(html):
        html.append(f'<p class="qa-left-out">and {left_out} more, shown when cited</p>')
    return f'<div class="qa-source">{"".join(html)}</div>'


def _fitting(documents: Sequence[Document], wanted: set[str]) -> set[str]:
    """Return the ids of the wanted documents, and of others in order while there is room."""
    kept = set(wanted)
    room = MAX_CHARACTERS - sum(len(d.text) for d in documents if d.id in wanted)
    for document in documents:
        room -= 0 if document.id in wanted else len(document.text)
        if room < 0:
            break
        kept.add(document.id)
    return kept


def _document_html(
    document: Document, passages: Sequence[Passage], ranks: dict[str, int], quote: Span | None
) -> str:
    """Return a document's text, line by line, each cut where passages begin and end."""
    text = document.text
    marks: list[Mark] = [(quote, "qa-answer")] if quote else []
    pieces = deque(_pieces(text, passages))
    html = []
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
            place = f' id="{anchor(passage)}" tabindex="-1"' if begins else ""
            label = f' data-number="{number(passage)}"' if begins else ""
            tint = f" qa-rank-{ranks[passage.id]}" if passage.id in ranks else ""
            inside += f'<span class="qa-passage{tint}"{place}{label}>{shown}</span>'
        html.append(f'<p class="{_kind(document, line)}" dir="auto">{inside}</p>')
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
