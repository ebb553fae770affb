"""A tree of HTML into chunks: every stretch of text a page shows, in order, with its element.

Parsing is lxml's. Which chunks belong to an article is left to `webpage`; books and messages
take them as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.documents.blocks import tidy
from qa.documents.extract import Piece, RefusalError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["BLOCKS", "HIDDEN", "Chunk", "chunks", "is_hidden", "parse", "pieces"]

HIDDEN = "not shown on the page"
"""Why what a page hides is dropped."""

_SILENT = frozenset(
    "script style template head noscript svg math iframe object embed canvas audio video "
    "select datalist textarea input".split()
)
"""Elements whose text no page shows as its own."""
BLOCKS = frozenset(
    "html body main article section div p h1 h2 h3 h4 h5 h6 header footer nav aside ul ol li dl "
    "dt dd table thead tbody tfoot tr td th caption figure figcaption blockquote pre address "
    "form fieldset legend button details summary dialog hr center menu label option "
    "amp-sidebar amp-consent amp-ad".split()
)
"""Elements that stand apart from what is around them."""
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_CAPTIONS = frozenset(("figcaption", "caption"))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CELL_LENGTH = 200
_DEPTH = 250
"""Deeper nesting than this shows on no page that a person wrote."""


@dataclass(slots=True)
class Chunk:
    """A stretch of text that a page shows as one block.

    Args:
        element: the block that holds it.
        text: what it says, tidied.
        linked: how many of its characters are links.
        hidden: whether the page has it but does not show it.
    """

    element: "HtmlElement"
    text: str
    linked: int = 0
    hidden: bool = False
    _within: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def heading(self) -> bool:
        """Whether it stands in a heading."""
        return bool(self._within & _HEADINGS)

    @property
    def caption(self) -> bool:
        """Whether it is a picture's or a table's caption."""
        return bool(self._within & _CAPTIONS)


def parse(page: str) -> "HtmlElement":
    """Return the tree of a page.

    Raises:
        RefusalError: it holds no element, or nests them too deep.
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError as error:
        raise RefusalError("is empty; give a file that holds text.") from error
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEPTH:
            raise RefusalError("nests its elements too deep to be read; save it as text.")
    return root


def pieces(root: "HtmlElement") -> Iterator[Piece]:
    """Yield all that a tree shows as pieces, nothing dropped but what is hidden."""
    for chunk in chunks(root):
        dropped = HIDDEN if chunk.hidden else None
        yield Piece(chunk.text, chunk.heading, chunk.caption, dropped)


def chunks(root: "HtmlElement") -> list[Chunk]:
    """Return every stretch of text of a tree, in order; a small table's row is one."""
    return list(_Walk(root))


class _Walk:
    """One way through a tree, gathering text until a block begins or ends."""

    def __init__(self, root: "HtmlElement") -> None:
        self.root = root
        self.parts: list[str] = []
        self.linked = 0
        self.links = 0
        self.breaks = 0
        self.hidden: list[str] = []

    def __iter__(self) -> Iterator[Chunk]:
        from lxml.etree import iterwalk

        walk = iterwalk(self.root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "end":
                self.links -= tag == "a"
                if tag in BLOCKS:
                    yield from self._flush(element)
                self._add(element.tail if element is not self.root else None)
                continue
            self.links += tag == "a"
            if tag in BLOCKS:
                yield from self._flush(_block(element.getparent()))
            cells = _cells(element) if tag == "tr" else []
            if tag not in BLOCKS and tag not in _SILENT and is_hidden(element):
                walk.skip_subtree()
                self.hidden.append(_texts(element)[1])
            elif cells or tag in _SILENT:
                walk.skip_subtree()
                self._add(" | ".join(cells))
                self.hidden += [_texts(cell)[1] for cell in element] if cells else []
            else:
                if tag == "br":
                    self.breaks += 1
                    if self.breaks == 2:
                        yield from self._flush(_block(element))
                self._add("\n" if tag == "br" else element.text)

    def _add(self, text: str | None) -> None:
        if text:
            self.parts.append(text)
            self.linked += len(text.strip()) if self.links else 0
            if text.strip():
                self.breaks = 0

    def _flush(self, element: "HtmlElement | None") -> Iterator[Chunk]:
        text, linked, hidden = tidy("".join(self.parts)), self.linked, tidy(" ".join(self.hidden))
        self.parts, self.linked, self.breaks, self.hidden = [], 0, 0, []
        if element is None:
            return
        around = [element, *element.iterancestors()]
        within = frozenset(str(one.tag) for one in around)
        if text:
            yield Chunk(element, text, linked, any(map(is_hidden, around)), within)
        if hidden:
            yield Chunk(element, hidden, 0, True, within)


def _block(element: "HtmlElement | None") -> "HtmlElement | None":
    """Return the nearest block that an element is or stands in."""
    while element is not None and element.tag not in BLOCKS:
        element = element.getparent()
    return element


def _cells(row: "HtmlElement") -> list[str]:
    """Return the cells of a row of data; nothing for a row that only lays a page out."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    texts = [tidy(_texts(cell)[0]) for cell in cells]
    inner = {element.tag for cell in cells for element in cell.iter() if element is not cell}
    if (
        sum(map(bool, texts)) < 2
        or inner & (BLOCKS | _SILENT | {"br", "img"})
        or max(map(len, texts)) > _CELL_LENGTH
    ):
        return []
    return [text for text in texts if text]


def _texts(element: "HtmlElement") -> tuple[str, str]:
    """Return the text of an element that is shown, and that which is not."""
    from lxml.etree import iterwalk

    parts: tuple[list[str], list[str]] = ([], [])
    depth = 0
    for event, one in iterwalk(element, events=("start", "end")):
        hidden = is_hidden(one)
        if event == "start":
            depth += hidden
            parts[depth > 0].append(one.text or "")
        else:
            depth -= hidden
            if one is not element:
                parts[depth > 0].append(one.tail or "")
    return "".join(parts[0]), "".join(parts[1])


def is_hidden(element: "HtmlElement") -> bool:
    """Tell whether a page does not show an element."""
    style = element.get("style") or ""
    return element.get("hidden") is not None or bool(_HIDDEN.search(style))
