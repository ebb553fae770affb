"""Citations: quotes that can be checked without this program, and their checking.

A citation names its document by the SHA-256 of the whole text, and a place in it. Checking is
done by `verifier`, which can be copied away; here a source file is first cleaned as for
building, so that the file itself can be handed over.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, overload

from qa.documents import read
from qa.errors import CitationError
from qa.types import Answer, Document, Hit, Span
from qa.verifier import (
    FORMAT,
    UNIT,
    Finding,
    Quote,
    VerifierError,
    check,
    quotes,
    read_text,
    sha256,
)
from qa.verifier import read as read_quotes

__all__ = ["cite", "verify", "write_texts"]

Cited = str | os.PathLike[str] | dict[str, Any] | Iterable[dict[str, Any]]
Given = str | os.PathLike[str] | Document


@overload
def cite(quoted: Hit) -> dict[str, Any]: ...


@overload
def cite(quoted: Answer) -> dict[str, Any] | None: ...


def cite(quoted: Answer | Hit) -> dict[str, Any] | None:
    """Return a citation of an answer's quote, or of a hit's passage, as plain values for JSON.

    Args:
        quoted: what `ask` or `retrieve` gave.

    Returns:
        `citation`, the version of these fields; `kind`, "answer" or "passage"; `text`, `start`,
        `end` and the `unit` these count in; `document`, with its `sha256` (of the text in
        UTF-8), `title` and `source`. None when the answer is that nothing is said.

    >>> import qa
    >>> citation = qa.cite(qa.ask("When is the visit?"))
    >>> citation["kind"], citation["end"] - citation["start"] == len(citation["text"])
    ('answer', True)
    """
    if isinstance(quoted, Hit):
        passage = quoted.passage
        return _citation("passage", quoted.document, Span(passage.start, passage.end))
    if quoted.document is None or quoted.span is None:
        return None
    return _citation("answer", quoted.document, quoted.span)


def _citation(kind: str, document: Document, span: Span) -> dict[str, Any]:
    return {
        "citation": FORMAT,
        "kind": kind,
        "text": span.of(document.text),
        "start": span.start,
        "end": span.end,
        "unit": UNIT,
        "document": {
            "sha256": document.sha256,
            "title": document.title,
            "source": document.source,
        },
    }


def verify(citations: Cited, documents: Given | Iterable[Given]) -> list[Finding]:
    """Check that quotes stand, word for word, where their citations say.

    Args:
        citations: what `cite` gave, one or many; answers' and hits' plain values; or the path
            of a file of these in JSON or JSON lines, or of a conversation kept from the page.
        documents: the documents cited: files as they were built from, or their cleaned text,
            or documents in memory.

    Returns:
        A finding for each citation, in order: `holds`, the `verdict` and its `detail`.

    Raises:
        CitationError: what was given is no citation, or its file cannot be read.
        DocumentError: a document cannot be read.

    >>> import qa
    >>> answer = qa.ask("When is the visit?")
    >>> [finding.verdict for finding in qa.verify(qa.cite(answer), answer.document)]
    ['holds']
    """
    if isinstance(documents, (str, os.PathLike, Document)):
        documents = [documents]
    try:
        cited = _read_citations(citations)
        hashes = {quote.sha256 for quote in cited}
        texts = [text for document in documents for text in _texts(document, hashes)]
        return check(cited, texts)
    except VerifierError as error:
        raise CitationError(str(error)) from error


def _read_citations(citations: Cited) -> list[Quote]:
    if isinstance(citations, (str, os.PathLike)):
        return read_quotes(read_text(Path(citations)).removeprefix("\ufeff"))
    many = isinstance(citations, Iterable) and not isinstance(citations, dict)
    return quotes(list(citations) if many else citations)


def _texts(given: Given, hashes: set[str]) -> list[tuple[str, str]]:
    """Return a document's name and text; a file's as it stands if just that is cited."""
    if isinstance(given, Document):
        return [(given.source, given.text)]
    path = Path(given)
    cleaned = read(path)[0].text
    try:
        written = read_text(path)
    except VerifierError:  # of a format that is not plain text
        return [(path.name, cleaned)]
    return [(path.name, written if sha256(written) in hashes else cleaned)]


def write_texts(documents: Iterable[Document], folder: str | os.PathLike[str]) -> list[Path]:
    """Write documents' texts in UTF-8, each named by its id, for checking without this program.

    Args:
        documents: what to write.
        folder: where to; made when it is not there.

    Returns:
        The files, in order.

    Raises:
        CitationError: the folder cannot be written to.
    """
    folder, files = Path(folder), []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for document in documents:
            files.append(folder / f"{document.id}.txt")
            files[-1].write_bytes(document.text.encode())
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise CitationError(
            f"Texts cannot be written to {folder} ({reason}); name a folder that can be written."
        ) from error
    return files
