"""Cut a document into passages: a paragraph each, or part of a long one.

A passage never cuts a sentence and never holds more tokens than the embedder reads. Offsets
are computed while cutting, never found again by searching. What the passages mean is left
to `embedder`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.sentences import is_heading, split_paragraphs, split_sentences
from qa.types import Document, Passage, Span

__all__ = ["Cut", "cut"]

TokenSpans = Callable[[str], list[Span]]
"""A text to the spans of its tokens, special ones left out."""

MAX_CHARACTERS = 4000
"""No passage is longer, whatever its tokens: one token can stand for any length of text."""

_USUAL_TOKEN = 6
"""Characters that one token and the space after it take in running text, at most."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of a document, and how many sentences were too long to be kept whole."""

    passages: tuple[Passage, ...]
    broken_sentences: int


def cut(document: Document, *, token_spans: TokenSpans, room: int) -> Cut:
    r"""Cut a document into passages of at most `room` tokens.

    A paragraph is a passage; one that is too long is cut between sentences, and a sentence
    that is too long at a word's border. A heading goes with the paragraph below it. A
    caption is a passage of its own.

    >>> words = lambda text: [Span(m.start(), m.end()) for m in re.finditer(r"\S+", text)]
    >>> text = "One two. Three four five.\n\nSix."
    >>> [p.text for p in cut(Document(text), token_spans=words, room=3).passages]
    ['One two.', 'Three four five.', 'Six.']
    """
    text = document.text
    broken = 0
    spans: list[tuple[Span, ...]] = []
    for paragraph in _paragraphs(document):
        pieces: list[Span] = []
        for sentence in paragraph:
            parts = list(_fitting(text, sentence, token_spans, room))
            broken += len(parts) > 1
            pieces += parts
        spans += _packed(text, pieces, token_spans, room)
    passages = tuple(
        Passage(
            id=f"{document.id}:{number}",
            document_id=document.id,
            text=text[sentences[0].start : sentences[-1].end],
            start=sentences[0].start,
            end=sentences[-1].end,
            sentences=sentences,
        )
        for number, sentences in enumerate(spans, start=1)
    )
    return Cut(passages, broken)


def _paragraphs(document: Document) -> Iterator[list[Span]]:
    """Yield the sentences of each paragraph, a heading's with those of the one below it."""
    captions = set(document.captions)
    waiting: list[Span] = []
    for span in split_paragraphs(document.text):
        if span in captions:
            if waiting:
                yield waiting
            waiting = []
            yield [span]
            continue
        paragraph = span.of(document.text)
        within = split_sentences(paragraph)
        sentences = [Span(span.start + s.start, span.start + s.end) for s in within]
        if len(sentences) == 1 and is_heading(paragraph):
            waiting += sentences
        else:
            yield waiting + sentences
            waiting = []
    if waiting:
        yield waiting


def _fits(text: str, start: int, end: int, token_spans: TokenSpans, room: int) -> bool:
    return end - start <= MAX_CHARACTERS and len(token_spans(text[start:end])) <= room


def _fitting(text: str, span: Span, token_spans: TokenSpans, room: int) -> Iterator[Span]:
    """Yield `span`, or, when it is too long, parts of it cut at the borders of words."""
    start = span.start
    while not _fits(text, start, span.end, token_spans, room):
        end = start + _word_border(
            text[start : min(span.end, start + MAX_CHARACTERS)], token_spans, room
        )
        yield Span(start, end)
        while end < span.end and text[end].isspace():
            end += 1
        start = end
    if start < span.end:
        yield Span(start, span.end)


def _word_border(window: str, token_spans: TokenSpans, room: int) -> int:
    """Return where to end a part of at most `room` tokens, after a word if there is one."""
    end = len(window)
    for size in (room * _USUAL_TOKEN, len(window)):  # a small window is enough as a rule
        tokens = token_spans(window[:size])
        if len(tokens) > room:
            end = tokens[room].start
            break
    words = re.match(r".*\S(?=\s)", window[: end + 1], re.DOTALL)
    return words.end() if words else max(end, 1)


def _packed(
    text: str, pieces: list[Span], token_spans: TokenSpans, room: int
) -> Iterator[tuple[Span, ...]]:
    """Yield the pieces of a paragraph in as few passages as they fill, in order."""
    passage: list[Span] = []
    for piece in pieces:
        if passage and not _fits(text, passage[0].start, piece.end, token_spans, room):
            yield tuple(passage)
            passage = []
        passage.append(piece)
    if passage:
        yield tuple(passage)
