"""Files and texts into documents: which reader, and in which process.

Text and Markdown are cut into blocks here; the other kinds are left to their readers, and
what is furniture to `furniture`.
"""

import os
import re
from pathlib import Path

from qa.documents import readers, sandbox
from qa.documents.assembly import assemble
from qa.documents.blocks import split_blocks, tidy
from qa.documents.encoding import decode
from qa.documents.extract import Extract, RefusalError
from qa.documents.kinds import SUFFIXES, Kind, kind_of
from qa.documents.receipt import Receipt
from qa.errors import DocumentError
from qa.types import Document, well_formed

__all__ = ["SUFFIXES", "clean", "read"]

MAX_BYTES = 64 * 1024 * 1024
_APART = (Kind.PDF, Kind.DOCX, Kind.EPUB)
"""These are parsed in a child process, whatever their size."""
_LARGE = 1024 * 1024
_LONG_LINE = 16 * 1024
_NESTED = 100
"""So is a web page or message that is larger, or odd; a usual one is read much faster here."""
_FOLD = re.compile(rb"\r?\n[ \t]+")


def clean(
    text: str, *, title: str = "", source: str = "", markdown: bool = False
) -> tuple[Document, Receipt]:
    r"""Clean a text into a document and say what was kept and dropped.

    Args:
        text: the text as saved: plain, or Markdown when `markdown`.
        title: its title; when empty, the first heading, or a first line that looks like one.
        source: its file name or address.
        markdown: whether it is Markdown.

    Returns:
        The document, whose paragraphs are parted by a blank line, and the receipt, whose
        blocks are the whole of `text` (unpaired surrogates replaced).

    Raises:
        DocumentError: nothing is left to ask.

    >>> clean("The visit\n\nIt begins on Monday.\n\nComments")[0].text
    'The visit\n\nIt begins on Monday.'
    """
    text = well_formed(text)
    if markdown:
        from qa.documents.markdown import split_markdown

        blocks = split_markdown(text)
    else:
        blocks = split_blocks(text)
    return assemble(text, blocks, source=source, title=title)


def read(path: str | os.PathLike[str]) -> tuple[Document, Receipt]:
    """Read one file of any kind that is known into a document and its receipt.

    Raises:
        DocumentError: the file is missing, unreadable, too large, damaged, protected, of
            another kind, in an encoding that cannot be told, or holds no text.
    """
    path = Path(path)
    name = tidy(str(path))  # a line end in a name would break the sentence it stands in
    try:
        data = _bytes(path, name)
        kind = kind_of(path.suffix, data)
        if kind in (Kind.TEXT, Kind.MARKDOWN):
            text = decode(data, name)
            return clean(text, source=path.name, markdown=kind == Kind.MARKDOWN)
        extract = _extract(kind, data)
    except RefusalError as refusal:
        raise DocumentError(f"{name} {refusal}") from refusal
    text, blocks = extract.source()
    return assemble(
        text,
        blocks,
        source=path.name,
        title=extract.title,
        author=extract.author,
        date=extract.date,
        pages=extract.pages,
    )


def _bytes(path: Path, name: str) -> bytes:
    """Return the bytes of a file that is one, and not too large."""
    kind_of(path.suffix, b"")  # a kind that is not read need not be opened
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            path.stat()
            raise RefusalError("is not a file; give a text file or a folder.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"{name} cannot be read ({reason}); check the path.") from error
    if len(data) > MAX_BYTES:
        raise RefusalError(
            f"is larger than {MAX_BYTES // 1024**2} MB; split it into smaller files."
        )
    return data


def _is_demanding(kind: Kind, data: bytes) -> bool:
    """Tell whether a text of a kind may keep its parser busy for long."""
    if len(data) > _LARGE:
        return True
    if kind != Kind.MAIL:
        return False
    # Python's own parser takes quadratic time over a long header, or over nested parts.
    longest = max(map(len, _FOLD.sub(b" ", data).split(b"\n")))
    return longest > _LONG_LINE or data.count(b"multipart/") > _NESTED


def _extract(kind: Kind, data: bytes) -> Extract:
    if not data.strip():
        raise RefusalError("is empty; give a file that holds text.")
    if kind in _APART or _is_demanding(kind, data):
        return sandbox.extract(kind, data)
    try:
        return readers.extract(kind, data)
    except RefusalError:
        raise
    except Exception as error:  # parsers fail in any way on a damaged file
        raise RefusalError("is damaged; save it again, or as text.") from error
