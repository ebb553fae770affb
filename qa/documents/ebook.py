"""EPUB books: the chapters in the order of the book's own spine.

A chapter is cut as any tree of HTML is, by `tree`; opening the archive is left to `archive`.
Runs in a child process.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from qa.documents.archive import Archive, beside
from qa.documents.blocks import tidy
from qa.documents.encoding import decode
from qa.documents.extract import Extract, Piece, RefusalError
from qa.documents.tree import parse, pieces

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["extract"]

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_DAMAGED = "is damaged; save it again, or as text."
_CHAPTERS = ("application/xhtml+xml", "text/html")


def extract(data: bytes) -> Extract:
    """Return the chapters of a book.

    Raises:
        RefusalError: it is damaged, protected, or unfolds too far.
    """
    archive = Archive(data)
    if _CONTAINER not in archive:
        raise RefusalError("is no EPUB book, though its name says so; save it again.")
    rootfile = next(archive.xml(_CONTAINER).iter("{*}rootfile"), None)
    package = rootfile.get("full-path") if rootfile is not None else None
    if not package:
        raise RefusalError(_DAMAGED)
    book = archive.xml(package)
    locked = _locked(archive)
    parts: list[Piece] = []
    for name, is_contents in _chapters(book, package):
        if name in locked:
            raise RefusalError("is protected against copying; get a copy without protection.")
        if name not in archive:
            raise RefusalError(_DAMAGED)
        root = parse(decode(archive.read(name), name))
        reason = "table of contents" if is_contents else None
        parts += (replace(piece, dropped=piece.dropped or reason) for piece in pieces(root))
    day = _DAY.match(_first(book, "date"))
    return Extract(
        tuple(parts),
        title=_first(book, "title"),
        author=", ".join(filter(None, (tidy(e.text or "") for e in book.iter(f"{_DC}creator")))),
        date=day[0] if day else "",
    )


def _first(book: "_Element", name: str) -> str:
    element = next(book.iter(f"{_DC}{name}"), None)
    return tidy(element.text or "") if element is not None else ""


def _chapters(book: "_Element", package: str) -> Iterator[tuple[str, bool]]:
    """Yield the part of each chapter in reading order, and whether it lists the others."""
    items = {item.get("id"): item for item in book.iter(f"{_OPF}item")}
    for reference in book.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is not None and item.get("media-type") in _CHAPTERS:
            is_contents = "nav" in (item.get("properties") or "").split()
            yield beside(package, item.get("href") or ""), is_contents


def _locked(archive: Archive) -> set[str]:
    """Return the parts that are encrypted; in most books that have any, only fonts are."""
    if _ENCRYPTION not in archive:
        return set()
    references = archive.xml(_ENCRYPTION).iter("{*}CipherReference")
    return {beside("", reference.get("URI") or "") for reference in references}
