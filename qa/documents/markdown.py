"""Markdown source into blocks: what a reader of the rendered page would see, as plain text.

Parsing is markdown-it-py's. Marks of emphasis and links go, their words stay; an image
becomes its caption; HTML and front matter are dropped with that reason.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from qa.documents.blocks import same_length_lines, tidy
from qa.documents.receipt import Block
from qa.types import Span

__all__ = ["split_markdown"]

_FRONT_MATTER = re.compile(
    r"---[^\S\n]*\n[\w-]+[^\S\n]*:.*?\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL
)


class _Piece(NamedTuple):
    """What one block of Markdown shows, and the line it starts on."""

    line: int
    text: str
    heading: bool = False
    caption: bool = False
    dropped: str | None = None


_NESTING = 100
"""So deep lists and quotations are read; the text below would be lost."""
_CELLS = 20_000
"""So many cells tables may have besides four for each bar: a short row is filled up."""


def split_markdown(source: str) -> list[Block]:
    r"""Cut Markdown into blocks, which joined in order are `source`.

    >>> [block.text for block in split_markdown("# A *title*\n\n- [one](x)\n- two\n")]
    ['A title', 'one', 'two']
    """
    lines = same_length_lines(source)
    front = _FRONT_MATTER.match(lines)
    skipped = front.end() if front else 0
    blocks = [Block(Span(0, skipped), "", dropped="front matter")] if front else []
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING})
    if _cells(lines) <= _CELLS + 4 * lines.count("|"):  # else rows stay lines of text
        parser.enable("table")
    pieces = list(_pieces(parser.parse(lines[skipped:])))
    if not pieces and skipped < len(source):
        pieces = [_Piece(0, "")]  # white space, or definitions of links that nothing uses
    starts = [skipped]
    for line in lines[skipped:].splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    borders = [skipped, *(starts[piece.line] for piece in pieces[1:]), len(source)]
    for piece, border in zip(pieces, itertools.pairwise(borders), strict=False):
        text = tidy(piece.text)
        blocks.append(Block(Span(*border), text, piece.heading, piece.caption, piece.dropped))
    return blocks


def _cells(lines: str) -> int:
    """Return how many cells the tables have at most, their short rows filled up."""
    groups = (group.split("\n") for group in re.split(r"\n[ \t>]*\n", lines))
    return sum(max(line.count("|") for line in group) * len(group) for group in groups)


def _pieces(tokens: list[Token]) -> Iterator[_Piece]:
    """Yield what each block of the parsed source shows, in order of its lines."""
    heading = False
    row: list[str] | None = None
    row_line = 0
    for token in tokens:
        line = token.map[0] if token.map else 0
        if token.type == "heading_open":
            heading = True
        elif token.type == "heading_close":
            heading = False
        elif token.type == "tr_open":
            row, row_line = [], line
        elif token.type == "tr_close" and row is not None:
            yield _Piece(row_line, " | ".join(row))
            row = None
        elif token.type == "inline" and row is not None:
            row.append(_shown(token.children or []))
        elif token.type == "inline":
            children = token.children or []
            pictures = bool(children) and all(_is_picture(child) for child in children)
            yield _Piece(line, _shown(children), heading, caption=pictures)
        elif token.type in ("fence", "code_block"):
            yield _Piece(line, token.content)
        elif token.type == "html_block":
            yield _Piece(line, token.content, dropped="HTML")
        elif token.type == "hr":
            yield _Piece(line, "", dropped="no words")


def _is_picture(token: Token) -> bool:
    return token.type in ("image", "softbreak") or not token.content.strip()


def _shown(tokens: list[Token]) -> str:
    """Return the words that the inside of a block shows."""
    shown = ""
    for token in tokens:
        if token.type == "image":
            shown += _shown(token.children or [])
        elif token.type in ("softbreak", "hardbreak"):
            shown += " "
        elif token.type != "html_inline":
            shown += token.content
    return shown
