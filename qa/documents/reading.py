"""Files, folders and texts into documents: decode, cut into blocks, drop furniture, name.

Only UTF-8 text and Markdown are read here. What is furniture is decided in `furniture`.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.documents.blocks import split_blocks
from qa.documents.furniture import sort_out
from qa.documents.receipt import Receipt
from qa.errors import DocumentError
from qa.sentences import is_heading
from qa.types import Document, Span, well_formed

__all__ = ["clean", "collect", "read"]

MARKDOWN = (".md", ".markdown")
SUFFIXES = (".txt", ".text", *MARKDOWN)
MAX_BYTES = 64 * 1024 * 1024
PARAGRAPH_BREAK = "\n\n"

_ABBREVIATION = re.compile(r"[A-Z]\.[A-Z]\.\Z")


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
    receipt = Receipt(text, tuple(sort_out(blocks)))
    if not receipt.kept:
        raise DocumentError(_nothing_left(source or "The text", receipt))
    paragraphs, captions, end = [], [], 0
    for block in receipt.kept:
        paragraphs.append(block.text)
        if block.caption:
            captions.append(Span(end, end + len(block.text)))
        end += len(block.text) + len(PARAGRAPH_BREAK)
    document = Document(
        PARAGRAPH_BREAK.join(paragraphs),
        title=title or _title(receipt),
        source=source,
        captions=tuple(captions),
    )
    return document, receipt


def _title(receipt: Receipt) -> str:
    for block in receipt.kept:
        if block.heading:
            return block.text
    first, *rest = receipt.kept
    # "... visit to the U.S." is a headline all the same.
    headline = is_heading(_ABBREVIATION.sub("", first.text))
    return first.text if rest and headline and not first.caption else ""


def _nothing_left(name: str, receipt: Receipt) -> str:
    furniture = [block.text for block in receipt.dropped if block.text]
    if not furniture:
        return f"{name} is empty; give a file that holds text."
    shown = ", ".join(f'"{text[:40]}"' for text in furniture[:3])
    return f"{name} holds no text besides page furniture ({shown}); give a file that holds text."


def read(path: str | os.PathLike[str]) -> tuple[Document, Receipt]:
    """Read one UTF-8 text or Markdown file into a document and its receipt.

    Raises:
        DocumentError: the file is missing, unreadable, too large, of another kind, in
            another encoding, or holds no text.
    """
    path = Path(path)
    if path.suffix.lower() not in (*SUFFIXES, ""):
        known = ", ".join(SUFFIXES)
        raise DocumentError(f"{path} is of a kind not read here; save it as text ({known}).")
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            path.stat()
            raise DocumentError(f"{path} is not a file; give a text file or a folder.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"{path} cannot be read ({reason}); check the path.") from error
    if len(data) > MAX_BYTES:
        limit = MAX_BYTES // 1024**2
        raise DocumentError(f"{path} is larger than {limit} MB; split it into smaller files.")
    markdown = path.suffix.lower() in MARKDOWN
    return clean(_decode(data, path), source=path.name, markdown=markdown)


def _decode(data: bytes, path: Path) -> str:
    """Decode UTF-8, with or without a byte-order mark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DocumentError(f"{path} looks like a binary file; save it as text.") from error
        raise DocumentError(
            f"{path} is not UTF-8 text (byte {error.start} is 0x{data[error.start]:02x}); "
            "save it with the encoding UTF-8."
        ) from error
    if text.count("\0") * 20 > len(text):
        raise DocumentError(f"{path} looks like a binary file; save it as text.")
    return text


def collect(sources: Iterable[str | os.PathLike[str] | Document]) -> list[Document]:
    """Return the documents of files, folders (with all below them) and documents, in order.

    The same text twice is one document. Hidden files, and files of other kinds inside a
    folder, are passed over.

    Raises:
        DocumentError: a source cannot be read, or there is no document at all.
    """
    documents: dict[str, Document] = {}
    for source in sources:
        if isinstance(source, Document):
            if not source.text.strip():
                raise DocumentError("A document is empty; give one that holds text.")
            found: Iterable[Document] = [source]
        else:
            found = (read(path)[0] for path in _files(Path(source)))
        for document in found:
            documents.setdefault(document.id, document)
    if not documents:
        raise DocumentError("There is nothing to build from; name a file or a folder.")
    return list(documents.values())


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    if not files:
        raise DocumentError(f"{path} holds no text files ({', '.join(SUFFIXES)}); add some.")
    yield from files
