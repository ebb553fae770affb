"""Lines of pages into paragraphs: what goes on, what is furniture, and which words were parted.

A paragraph is told by sizes, gaps, indents and the room left in a line; running headers,
footers and page numbers by their place at the edge and their coming again. Finding the lines
is left to `pdf`.
"""

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa.documents.blocks import tidy
from qa.documents.extract import Piece
from qa.documents.receipt import PARAGRAPH_BREAK

__all__ = ["Line", "paragraphs"]

_EDGE = 0.12
"""Running headers and page numbers stand in this part of a page, at its top or bottom."""
_EDGE_LINES = 3
_NUMBER = re.compile(r"[-\u2013\u2014| ]*(\d{1,4})[-\u2013\u2014| ]*")
_NUMBERED = re.compile(
    r"(?:page|p\.|seite|p\u00e1gina|pagina)\s*\d{1,4}(?:\s*(?:of|/|von|de|di)\s*\d{1,4})?"
    r"|\d{1,4}\s*(?:of|/)\s*\d{1,4}|[ivxl]{1,7}",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_WIDE_GAP = 1.3
_OTHER_SIZE = 1.12
_HEADING_SIZE = 1.15
_HEADING_LENGTH = 200
_BULLET = re.compile(r"(?:[\u2022\u2023\u25aa\u25cf\u25e6\u00b7\u2013*-]|\(?\d{1,2}[.)])\s")
_ENDED = re.compile(r"[.!?:\u2026][\"'\u201d\u2019\u00bb)\]]*\Z")
_CAPTION = re.compile(r"(?:Figure|Fig\.|Table|Photo|Image|Chart|Map)\s*\d+\s*[.:]\s+\S.*")
_HYPHENS = "-\u00ad\u2010"
_WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")
_LAST_PART = re.compile(rf"(\w+)[{_HYPHENS}]\Z")
_WORD_LENGTH = 60
_FIRST_PART = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its text, and its box in points from the page's lower left corner."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    size: float
    height: float
    """The height of the page, not of the line, which is `size`."""


@dataclass(slots=True)
class _Group:
    """Lines that are one piece: a paragraph, or the part of it that stands together."""

    lines: list[Line]
    goes_on: bool = False
    """Whether it continues the group of body text before it."""
    dropped: str | None = None


@dataclass(slots=True)
class _Layout:
    """What is usual in a document: the size of its letters, the pitch of its lines, its words."""

    size: float
    pitch: float
    rights: dict[tuple[int, int], float] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


def paragraphs(lines: Sequence[Line], pages: int) -> list[Piece]:
    """Return the paragraphs that lines make, in order, each with the page it starts on.

    A paragraph that goes on over a page's end is a piece on each page, the second one parted
    from the first by no more than a space.

    Args:
        lines: the lines of all pages, in reading order.
        pages: how many pages there are.
    """
    furniture = _furniture(lines, pages)
    layout = _layout([line for line in lines if line not in furniture])
    groups = _groups(lines, furniture, layout)
    return list(_pieces(groups, layout))


def _furniture(lines: Sequence[Line], pages: int) -> dict[Line, str]:
    """Return the lines that belong to the pages, not to the text, each with the reason."""
    edges: list[Line] = []
    for _, on_page in itertools.groupby(lines, key=lambda line: line.page):
        ordered = sorted(on_page, key=lambda line: line.bottom)
        low, high = ordered[:_EDGE_LINES], ordered[-_EDGE_LINES:]
        edges += [line for line in low if line.bottom < _EDGE * line.height]
        edges += [line for line in high if line.bottom > (1 - _EDGE) * line.height]
    furniture: dict[Line, str] = {}
    places = Counter(place for _, place in {(line.page, _place(line)) for line in edges})
    shifts = Counter(
        int(number[1]) - line.page for line in edges if (number := _NUMBER.fullmatch(line.text))
    )
    for line in edges:
        number = _NUMBER.fullmatch(line.text)
        counted = number and (shifts[int(number[1]) - line.page] > 1 or int(number[1]) == line.page)
        if counted or _NUMBERED.fullmatch(line.text):
            furniture[line] = "page number"
        elif pages > 1 and places[_place(line)] > 1:
            top = line.bottom > line.height / 2
            furniture[line] = "running header" if top else "running footer"
    return furniture


def _place(line: Line) -> tuple[str, int]:
    """Return what is the same in a running line on every page: its words and its height."""
    return _DIGITS.sub("#", line.text), round(line.bottom / 2)


def _layout(lines: Sequence[Line]) -> _Layout:
    sizes = Counter[float]()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 0.0
    pitches = [
        drop
        for above, below in itertools.pairwise(lines)
        if above.page == below.page
        and _alike(above.size, size)
        and _alike(below.size, size)
        and 0 < (drop := above.bottom - below.bottom) < 3 * size
    ]
    # In a list of short paragraphs most drops are the gaps between them.
    pitch = statistics.quantiles(pitches, n=4)[0] if len(pitches) > 1 else 1.2 * size
    layout = _Layout(size, pitch, words=frozenset(_words(lines)))
    for line in lines:
        key = _column(line)
        layout.rights[key] = max(layout.rights.get(key, 0.0), line.right)
    return layout


def _words(lines: Sequence[Line]) -> list[str]:
    """Return all words but those that a line's end may have parted."""
    return [word.lower() for line in lines for word in _WORD.findall(_LAST_PART.sub("", line.text))]


def _column(line: Line) -> tuple[int, int]:
    return line.page, round(line.left / 36)


def _alike(one: float, other: float) -> bool:
    return one <= other * _OTHER_SIZE and other <= one * _OTHER_SIZE


def _groups(lines: Sequence[Line], furniture: dict[Line, str], layout: _Layout) -> list[_Group]:
    groups: list[_Group] = []
    last: Line | None = None
    for line in lines:
        if line in furniture:
            groups.append(_Group([line], dropped=furniture[line]))
            continue
        goes_on = last is not None and _goes_on(last, line, layout)
        if goes_on and not groups[-1].dropped and groups[-1].lines[-1].page == line.page:
            groups[-1].lines.append(line)
        else:
            groups.append(_Group([line], goes_on))
        last = line
    return groups


def _goes_on(above: Line, below: Line, layout: _Layout) -> bool:
    """Tell whether a line continues the paragraph of the one before it."""
    if not _alike(above.size, below.size) or _BULLET.match(below.text):
        return False
    drop = above.bottom - below.bottom
    if above.page != below.page or drop < -above.size / 2:  # the next page, or column
        full = below.text[0].islower() or not _has_room(above, below, layout)
        return below.page <= above.page + 1 and full and not _ENDED.search(above.text)
    pitch = layout.pitch * max(above.size / layout.size, 1)
    if drop > _WIDE_GAP * pitch:
        return False
    if not _alike(above.size, layout.size):
        return True  # lines of a large heading are broken by hand
    indented = below.left - above.left > 0.8 * below.size
    ended = bool(_ENDED.search(above.text))
    return not (ended and (indented or _has_room(above, below, layout)))


def _has_room(above: Line, below: Line, layout: _Layout) -> bool:
    """Tell whether the first word of a line would have fitted into the one before it."""
    page, column = _column(above)
    edge = max(layout.rights.get((page, column + step), 0.0) for step in (-1, 0, 1))
    letter = (below.right - below.left) / max(len(below.text), 1)
    first = len(below.text.split(maxsplit=1)[0]) + 1.5
    return above.right + first * letter < edge


def _pieces(groups: Sequence[_Group], layout: _Layout) -> list[Piece]:
    pieces: list[Piece] = []
    waiting: int | None = None  # the last piece of body text
    for group in groups:
        first = group.lines[0]
        raw = "\n".join(line.text for line in group.lines)
        if group.dropped:
            pieces.append(Piece(tidy(raw), dropped=group.dropped, raw=raw, page=first.page))
            continue
        text = ""
        for line in group.lines:
            text, glue = _joined(text, line.text, layout.words)
            text += glue + line.text
        before = PARAGRAPH_BREAK
        if group.goes_on and waiting is not None:
            earlier = pieces[waiting]
            shortened, before = _joined(earlier.text, text, layout.words)
            pieces[waiting] = replace(earlier, text=shortened)
        text = tidy(text)
        heading = (
            first.size > _HEADING_SIZE * layout.size
            and len(text) <= _HEADING_LENGTH
            and before == PARAGRAPH_BREAK
        )
        caption = bool(_CAPTION.fullmatch(text)) and before == PARAGRAPH_BREAK
        waiting = len(pieces)
        pieces.append(Piece(text, heading, caption, None, raw, first.page, before))
    return pieces


def _joined(left: str, right: str, words: frozenset[str]) -> tuple[str, str]:
    """Return a line without a hyphen that only parted a word, and what stands before the next."""
    if not left:
        return "", ""
    last, first = _LAST_PART.search(left[-_WORD_LENGTH:]), _FIRST_PART.match(right)
    if not last or not first:
        return left, " "
    head, tail = last[1].lower(), first[0].lower()
    compound = (
        not first[0][0].islower()  # Anglo-Saxon, 2024-25
        or f"{head}-{tail}" in words
        or (head in words and tail in words and head + tail not in words)
    )
    return (left, "") if compound else (left[:-1], "")
