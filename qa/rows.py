"""Documents and passages as rows of an index's files, and back, checked on the way.

A row is plain values. Lines and files are left to `lines`, the folder to `storage`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa.types import Document, Passage, Span

__all__ = ["document_row", "passage_row", "row_document", "row_passage"]

_OPTIONAL = ("date", "author", "pages")
"""What a document's row tells only where it is known; older indexes never do."""


def document_row(document: Document) -> dict[str, Any]:
    """Return a document as a row."""
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "captions": _pairs(document.captions),
        **{name: value for name in _OPTIONAL if (value := getattr(document, name))},
        "text": document.text,
    }


def row_document(row: Mapping[str, Any]) -> Document:
    """Return a row's document, checked against its id.

    Raises:
        DocumentError, KeyError, TypeError, ValueError: the row is damaged.
    """
    document = Document(
        row["text"],
        title=row["title"],
        source=row["source"],
        captions=_spans(row["captions"]),
        **{name: row[name] for name in _OPTIONAL if name in row},
    )
    if document.id != row["id"]:
        raise ValueError(f"document {row['id']} has another text")
    return document


def passage_row(passage: Passage) -> dict[str, Any]:
    """Return a passage as a row."""
    return {
        "id": passage.id,
        "document": passage.document_id,
        "start": passage.start,
        "end": passage.end,
        "sentences": _pairs(passage.sentences),
        "text": passage.text,
    }


def row_passage(row: Mapping[str, Any], documents: Mapping[str, Document]) -> Passage:
    """Return a row's passage, checked against its document, which is found by its id.

    Raises:
        KeyError, TypeError, ValueError: the row is damaged.
    """
    (whole,) = _spans([(row["start"], row["end"])])
    passage = Passage(
        id=row["id"],
        document_id=row["document"],
        text=row["text"],
        start=whole.start,
        end=whole.end,
        sentences=_spans(row["sentences"]),
    )
    if documents[passage.document_id].text[passage.start : passage.end] != passage.text:
        raise ValueError(f"passage {passage.id} is not what its document says there")
    return passage


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _spans(pairs: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    spans = tuple(Span(start, end) for start, end in pairs)
    if not all(type(edge) is int for span in spans for edge in (span.start, span.end)):
        raise TypeError("a place in a text is no whole number")
    return spans
