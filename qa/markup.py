"""Mark spans in a text for a page or a terminal, everything else shown as it is.

Document text is hostile: it leaves here escaped, so that no page can take it for HTML,
Markdown or mathematics. Which spans are marked is left to the callers.
"""

import re
from collections.abc import Iterable, Sequence

from qa.types import Span

__all__ = ["Mark", "escape", "mark_html", "mark_terminal"]

Mark = tuple[Span, str]
"""A span, and the name of the mark it gets: a CSS class on a page."""

_PLAIN = re.compile(r"[^\w\s]|_", re.ASCII)


def escape(text: str) -> str:
    """Return text as HTML that shows exactly it, wherever it is put.

    Every ASCII punctuation mark becomes a character reference, so that Markdown and TeX find
    nothing of theirs either; line ends become spaces, for a line end can end an HTML block.

    >>> escape('<b>*$5*')
    '&#60;b&#62;&#42;&#36;5&#42;'
    """
    one_line = " ".join(text.split("\n")) if "\n" in text else text
    return _PLAIN.sub(lambda m: f"&#{ord(m[0])};" if m[0].isascii() else m[0], one_line)


def mark_html(text: str, marks: Iterable[Mark], *, start: int = 0, end: int | None = None) -> str:
    """Return `text[start:end]` as HTML with the marked spans in <mark> elements.

    Marks may lie inside each other; a mark that only overlaps another is cut at its border.
    Spans count from the beginning of `text`, whatever is shown of it.

    >>> mark_html("The visit begins.", [(Span(4, 9), "word")])
    'The <mark class="word">visit</mark> begins&#46;'
    """
    end = len(text) if end is None else end
    clipped = [(max(s.start, start), min(s.end, end), name) for s, name in marks]
    inside = sorted({m for m in clipped if m[0] < m[1]}, key=lambda m: (m[0], -m[1], m[2]))
    html: list[str] = []
    open_ends: list[int] = []
    at = start

    def show_to(offset: int) -> None:
        nonlocal at
        while open_ends and open_ends[-1] <= offset:
            html.append(escape(text[at : open_ends[-1]]) + "</mark>")
            at = open_ends.pop()
        html.append(escape(text[at:offset]))
        at = offset

    for first, last, name in inside:
        show_to(first)
        html.append(f'<mark class="{name}">')
        open_ends.append(min(last, open_ends[-1]) if open_ends else last)
    show_to(end)
    return "".join(html)


def mark_terminal(text: str, spans: Sequence[Span], *, colour: bool) -> str:
    """Return text for a terminal with the spans, in order and apart, in bold when `colour`.

    Control characters, which could move the cursor or recolour the screen, become spaces.
    """
    shown, at = "", 0
    for span in spans:
        bold = ("\x1b[1m", "\x1b[0m") if colour else ("", "")
        shown += _printable(text[at : span.start])
        shown += bold[0] + _printable(span.of(text)) + bold[1]
        at = span.end
    return shown + _printable(text[at:])


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
