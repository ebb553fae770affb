"""Blocks into a document: what is kept is joined, with its captions, pages and title.

Where the blocks come from is left to the readers, and the receipt keeps what was dropped.
"""

import re
from collections.abc import Sequence

from qa.documents.blocks import tidy
from qa.documents.furniture import sort_out
from qa.documents.receipt import Block, Receipt
from qa.errors import DocumentError
from qa.sentences import is_heading
from qa.types import Document, Span

__all__ = ["assemble"]

_ABBREVIATION = re.compile(r"[A-Z]\.[A-Z]\.\Z")


def assemble(
    text: str,
    blocks: Sequence[Block],
    *,
    source: str = "",
    title: str = "",
    author: str = "",
    date: str = "",
    pages: int = 0,
) -> tuple[Document, Receipt]:
    """Join the blocks of a source into a document, furniture left out.

    Args:
        text: the source.
        blocks: all of it, in order.
        source: its file name or address.
        title: its title; when empty, the first heading, or a first line that looks like one.
        author: who wrote it.
        date: when it was published.
        pages: how many pages it has; 0 for none.

    Raises:
        DocumentError: nothing is left to ask.
    """
    receipt = Receipt(text, tuple(sort_out(list(blocks))))
    if not receipt.kept:
        raise DocumentError(_nothing_left(tidy(source) or "The text", receipt))
    joined: list[str] = []
    captions: list[Span] = []
    end = 0
    page_starts: dict[int, int] = {}
    for block in receipt.kept:
        before = block.before if joined else ""
        start = end + len(before)
        end = start + len(block.text)
        joined += [before, block.text]
        if block.caption:
            captions.append(Span(start, end))
        if block.page is not None:
            page_starts.setdefault(block.page, start)
    document = Document(
        "".join(joined),
        title=title or _title(receipt),
        source=source,
        captions=tuple(captions),
        date=date,
        author=author,
        pages=_pages(page_starts, pages, end),
    )
    return document, receipt


def _pages(starts: dict[int, int], count: int, end: int) -> tuple[int, ...]:
    """Return where each page starts; an empty one, where the next does."""
    pages = []
    for number in range(count, 0, -1):
        end = starts.get(number, end)
        pages.append(0 if number == 1 else end)
    return tuple(reversed(pages))


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
