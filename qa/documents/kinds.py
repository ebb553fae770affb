"""Which kind of file it is: by the suffix of its name, and by the first of its bytes.

The two must agree, or the file is refused with the suffix it should have. Reading the kinds
is left to the readers.
"""

from enum import StrEnum

from qa.documents.extract import RefusalError

__all__ = ["SUFFIXES", "Kind", "kind_of"]


class Kind(StrEnum):
    """The kinds of files that are read."""

    TEXT = "text"
    MARKDOWN = "Markdown"
    WEB_PAGE = "web page"
    PDF = "PDF"
    DOCX = "Word document"
    EPUB = "EPUB book"
    MAIL = "mail message"


_KINDS = {
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".html": Kind.WEB_PAGE,
    ".htm": Kind.WEB_PAGE,
    ".xhtml": Kind.WEB_PAGE,
    ".pdf": Kind.PDF,
    ".docx": Kind.DOCX,
    ".epub": Kind.EPUB,
    ".eml": Kind.MAIL,
}
SUFFIXES = tuple(_KINDS)
"""The suffixes of the files that are read."""

_ARCHIVES = (Kind.DOCX, Kind.EPUB)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 1024


def kind_of(suffix: str, data: bytes) -> Kind:
    """Return which kind a file is; one without a suffix is what its bytes say, else text.

    Raises:
        RefusalError: the kind is not read here, or the bytes are of another one.

    >>> kind_of(".PDF", b"%PDF-1.7 ...")
    <Kind.PDF: 'PDF'>
    """
    kind = _KINDS.get(suffix.lower())
    if suffix and kind is None:
        raise RefusalError(f"is of a kind not read here; save it as text ({', '.join(SUFFIXES)}).")
    seen = _sniff(data)
    if kind is None:
        return seen or Kind.TEXT
    if data.startswith(_OLE):
        raise RefusalError(_office(data, kind))
    if seen and seen != kind and (kind, seen) != (Kind.MARKDOWN, Kind.WEB_PAGE):
        right = next(suffix for suffix, other in _KINDS.items() if other == seen)
        article = "an" if seen == Kind.EPUB else "a"
        raise RefusalError(f"is {article} {seen} by its content; give its name the suffix {right}.")
    binary = kind in (*_ARCHIVES, Kind.PDF)
    if binary and seen != kind and data.strip():
        raise RefusalError(f"is damaged, or no {kind} at all; save it again, or as text.")
    return kind


def _sniff(data: bytes) -> Kind | None:
    """Return the kind that the first bytes give away, if they do."""
    head = data[:_HEAD]
    if b"%PDF-" in head:
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        if b"mimetypeapplication/epub+zip" in head or b"META-INF/container.xml" in data:
            return Kind.EPUB
        return Kind.DOCX if b"word/document" in data else None
    opening = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    if opening.startswith((b"<!doctype html", b"<html")):
        return Kind.WEB_PAGE
    return None


def _office(data: bytes, kind: Kind) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "is protected by a password; save a copy without one."
    if kind == Kind.DOCX:
        return "is of an old Word format; save it as .docx in today's."
    return "is an Office file by its content; save it as .docx, or as text."
