"""What a reader takes out of a file: pieces of text in order, and what the file says of itself.

Extracts cross from the child process that parses a file as plain JSON values. Which pieces
are furniture by their words is left to `furniture`, making the document to `assembly`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from qa.documents.receipt import PARAGRAPH_BREAK, Block
from qa.types import Span, well_formed

__all__ = ["Extract", "Piece", "RefusalError", "shown_title"]


class RefusalError(Exception):
    """Why a file cannot be read: the rest of a sentence that opens with the file's name."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, heading, row or other stretch of what was extracted.

    Args:
        text: what it says, tidied.
        heading: whether it is a heading.
        caption: whether it is a picture's caption.
        dropped: why the reader leaves it out, in words; None when it keeps it.
        raw: the stretch as it stood before tidying; None when it was the same.
        page: the number of its page, from 1; None when the file has no pages.
        before: what parts it from the piece kept before it; see `Block`.
    """

    text: str
    heading: bool = False
    caption: bool = False
    dropped: str | None = None
    raw: str | None = None
    page: int | None = None
    before: str = PARAGRAPH_BREAK


@dataclass(frozen=True, slots=True)
class Extract:
    """Everything a reader took out of one file.

    Args:
        pieces: all text of the file in order, also what is dropped.
        title: its title; empty when it names none.
        author: its author; empty when it names none.
        date: the day it was published, as YYYY-MM-DD; empty when it names none.
        pages: how many pages it has; 0 when its kind has none.
    """

    pieces: tuple[Piece, ...]
    title: str = ""
    author: str = ""
    date: str = ""
    pages: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Extract":
        """Return the extract that `to_dict` gave the values of.

        >>> extract = Extract((Piece("The visit begins."),), title="A visit")
        >>> Extract.from_dict(extract.to_dict()) == extract
        True
        """
        pieces = tuple(Piece(**piece) for piece in values["pieces"])
        return cls(**{**values, "pieces": pieces})

    def source(self) -> tuple[str, list[Block]]:
        """Return the whole extracted text, and the blocks that, joined in order, are it."""
        source: list[str] = []
        blocks: list[Block] = []
        start = 0
        for piece, raw in self._stretches():
            span = Span(start, start + len(raw))
            source.append(raw)
            start = span.end
            blocks.append(
                Block(
                    span,
                    well_formed(piece.text),
                    piece.heading,
                    piece.caption,
                    piece.dropped,
                    piece.page,
                    piece.before,
                )
            )
        return "".join(source), blocks

    def _stretches(self) -> Iterator[tuple[Piece, str]]:
        for piece in self.pieces:
            raw = well_formed(piece.text if piece.raw is None else piece.raw)
            yield piece, raw + PARAGRAPH_BREAK


def shown_title(title: str, pieces: Iterable[Piece]) -> str:
    """Return the title that a file names, if its text, or its first page, shows it; else "".

    Programs fill titles with file names and templates: what is not shown is not believed.

    >>> shown_title("Microsoft Word - x.doc", [Piece("A visit")]), shown_title("a VISIT", [])
    ('', '')
    """
    shown = " ".join(piece.text for piece in pieces if piece.page in (None, 1))
    return title.strip() if title.strip().casefold() in shown.casefold() else ""
