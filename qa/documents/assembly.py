"""Blocks into a document: what is kept is joined, with its captions, pages and title.

Where the blocks come from is left to the readers, and the receipt keeps what was dropped. A
block that was dropped wrongly is put back from there.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.documents.blocks import tidy
from qa.documents.furniture import sort_out
from qa.documents.receipt import PARAGRAPH_BREAK, Block, Receipt
from qa.errors import DocumentError
from qa.sentences import is_heading
from qa.types import Document, Span

__all__ = ["assemble", "restore"]

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
    about = Document("", title=title or _title(receipt), source=source, author=author, date=date)
    return _joined(receipt, about, pages), receipt


def restore(document: Document, receipt: Receipt, block: int) -> tuple[Document, Receipt]:
    r"""Keep a dropped block after all: the document made anew, with the block in its place.

    A paragraph that went on over the block, from page to page, becomes two; the title stays.

    Args:
        document: the document as it is.
        receipt: its receipt.
        block: the number of the block in the receipt, from 0.

    Returns:
        The document, which has another text and so another id, and its receipt.

    Raises:
        DocumentError: there is no such block, it is kept already, or it holds no words.

    >>> from qa.documents import clean
    >>> document, receipt = clean("A visit\n\nHome\n\nIt begins on Monday.")
    >>> restore(document, receipt, 1)[0].text
    'A visit\n\nHome\n\nIt begins on Monday.'
    """
    if not 0 <= block < len(receipt.blocks) or not receipt.blocks[block].restorable:
        raise DocumentError(f"Block {block} cannot be kept; choose a dropped one that holds words.")
    blocks = list(receipt.blocks)
    back = replace(blocks[block], dropped=None)
    blocks[block] = replace(back, caption=sort_out([back])[0].caption)
    kept = [number for number, each in enumerate(blocks) if each.dropped is None]
    place = kept.index(block)
    if 0 < place < len(kept) - 1:
        last, first = kept[place - 1], kept[place + 1]
        if not blocks[first].before and blocks[last].text[-1].isalnum():  # a word went on too
            blocks[last] = replace(blocks[last], text=blocks[last].text + "-")
        blocks[first] = replace(blocks[first], before=PARAGRAPH_BREAK)
    restored = replace(receipt, blocks=tuple(blocks))
    return _joined(restored, document, len(document.pages)), restored


def _joined(receipt: Receipt, about: Document, pages: int) -> Document:
    """Return what a receipt keeps as a document with the title and such of another."""
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
    return replace(
        about,
        text="".join(joined),
        captions=tuple(captions),
        pages=_pages(page_starts, pages, end),
    )


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
