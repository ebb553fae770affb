"""The receipt of cleaning: every block of a source, kept or dropped, with the reason.

The blocks of a receipt, joined in order, are the whole source: nothing can vanish unseen.
Deciding what is dropped is left to `furniture`.
"""

from dataclasses import dataclass

from qa.types import Span

__all__ = ["PARAGRAPH_BREAK", "Block", "Receipt"]

PARAGRAPH_BREAK = "\n\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item or other stretch of a source.

    Args:
        span: where it stands in the source, with the blank lines that follow it.
        text: what it says, once tidied; empty when nothing is left.
        heading: whether it is a heading.
        caption: whether it is a picture's caption.
        dropped: why it was dropped, in words; None when it was kept.
        page: the number of the page it starts on, from 1; None when there are no pages.
        before: what parts it, in the document, from the block kept before it: a blank line,
            or less where one paragraph goes on over the end of a page.
    """

    span: Span
    text: str
    heading: bool = False
    caption: bool = False
    dropped: str | None = None
    page: int | None = None
    before: str = PARAGRAPH_BREAK

    @property
    def restorable(self) -> bool:
        """Whether it was dropped and holds words, so that it can be kept after all."""
        return self.dropped is not None and any(c.isalnum() for c in self.text)


@dataclass(frozen=True, slots=True)
class Receipt:
    r"""All blocks of one source, in order, without a gap.

    >>> from qa.documents import clean
    >>> document, receipt = clean("ADVERTISEMENT\n\nThe visit begins on Monday.")
    >>> [(block.text, block.dropped) for block in receipt.dropped]
    [('ADVERTISEMENT', 'advertisement label')]
    """

    source: str
    blocks: tuple[Block, ...]

    @property
    def kept(self) -> list[Block]:
        """The blocks whose text went into the document."""
        return [block for block in self.blocks if block.dropped is None]

    @property
    def dropped(self) -> list[Block]:
        """The blocks whose text did not, each with its reason."""
        return [block for block in self.blocks if block.dropped is not None]
