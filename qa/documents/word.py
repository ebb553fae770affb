"""Word documents (.docx): paragraphs, rows of tables, headings and captions, as written.

The archive's XML is read directly, for text stands in content controls, text boxes and
accepted changes as well. Opening the archive is left to `archive`. Runs in a child process.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa.documents.archive import Archive
from qa.documents.blocks import tidy
from qa.documents.extract import Extract, Piece, RefusalError, shown_title

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["extract"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MAIN = "word/document.xml"
_UNSEEN = frozenset(
    (f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_MC}Fallback")
)
"""What was struck out, codes of fields, and the same text box again for older programs."""
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING = re.compile(r"heading ?\d|title", re.IGNORECASE)
_CAPTION = re.compile(r"caption", re.IGNORECASE)
_CONTENTS = re.compile(r"toc ?\d|table of contents?|toc heading", re.IGNORECASE)
_NOTES = (("word/footnotes.xml", f"{_W}footnote"), ("word/endnotes.xml", f"{_W}endnote"))


def extract(data: bytes) -> Extract:
    """Return the text of a Word document, with its headers and footers as dropped.

    Its date is left empty: the file tells when it was made, not when it was published.

    Raises:
        RefusalError: it is damaged, protected, or unfolds too far.
    """
    archive = Archive(data)
    if _MAIN not in archive:
        raise RefusalError("is no Word document, though its name says so; save it as .docx.")
    names = _style_names(archive)
    pieces: list[Piece] = []
    for part, reason in _running(archive):
        pieces += _pieces(archive.xml(part), names, dropped=reason)
    pieces += _pieces(archive.xml(_MAIN), names)
    for part, tag in _NOTES:
        if part in archive:
            for note in archive.xml(part).iter(tag):
                if note.get(f"{_W}type") is None:  # the others are but lines drawn
                    pieces += _pieces(note, names)
    core = archive.xml("docProps/core.xml") if "docProps/core.xml" in archive else None
    return Extract(
        tuple(pieces),
        title=shown_title(_property(core, "title"), pieces),
        author=_property(core, "creator"),
    )


def _property(core: "_Element | None", name: str) -> str:
    return tidy((core.findtext(f"{_DC}{name}") if core is not None else None) or "")


def _style_names(archive: Archive) -> dict[str, str]:
    """Return the name of each style by its id, which differs from language to language."""
    if "word/styles.xml" not in archive:
        return {}
    names = {}
    for style in archive.xml("word/styles.xml").iter(f"{_W}style"):
        name = style.find(f"{_W}name")
        names[style.get(f"{_W}styleId") or ""] = (
            (name.get(f"{_W}val") or "") if name is not None else ""
        )
    return names


def _running(archive: Archive) -> Iterator[tuple[str, str]]:
    """Yield the parts that stand at the top and bottom of every page, with the reason."""
    for kind, reason in (("header", "running header"), ("footer", "running footer")):
        for number in range(1, 100):
            if (name := f"word/{kind}{number}.xml") in archive:
                yield name, reason


def _pieces(
    root: "_Element", names: dict[str, str], *, dropped: str | None = None
) -> Iterator[Piece]:
    """Yield the paragraphs under an element, and the rows of its tables, in order."""
    rows: set[_Element] = set()
    for element in root.iter(f"{_W}p", f"{_W}tr"):
        if _is_told(element, rows):
            continue
        if element.tag == f"{_W}tr":
            # Not only its children: a cell may stand in a content control.
            cells = [tidy(_text(cell)) for cell in element.iter(f"{_W}tc")]
            if sum(map(bool, cells)) > 1 and element.find(f".//{_W}tbl") is None:
                rows.add(element)
                yield Piece(" | ".join(filter(None, cells)), dropped=dropped)
            continue
        raw = _text(element)
        if not (text := tidy(raw)):
            continue
        style = names.get(_style(element), "")
        reason = dropped or ("table of contents" if _CONTENTS.fullmatch(style) else None)
        heading, caption = (bool(p.fullmatch(style)) for p in (_HEADING, _CAPTION))
        yield Piece(text, heading, caption, reason, raw)


def _is_told(element: "_Element", rows: set["_Element"]) -> bool:
    """Tell whether an element is unseen, or part of a row; a text box in a row stands alone."""
    boxed = False
    for above in element.iterancestors():
        boxed = boxed or above.tag == f"{_W}txbxContent"
        if above.tag in _UNSEEN or (above in rows and not boxed):
            return True
    return False


def _style(paragraph: "_Element") -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return (style.get(f"{_W}val") or "") if style is not None else ""


def _text(element: "_Element") -> str:
    """Return the text of a paragraph or cell; that of a text box inside is a piece of its own."""
    parts: list[str] = []
    own = element
    waiting = [element]
    while waiting:
        at = waiting.pop()
        if at.tag == f"{_W}t":
            parts.append(at.text or "")
        elif at.tag in _BREAKS:
            parts.append(_BREAKS[at.tag])
        elif at.tag == f"{_W}p" and at is not own and own.tag != f"{_W}p":
            parts.append("\n")
        if at.tag not in _UNSEEN and (at is own or at.tag != f"{_W}txbxContent"):
            waiting += reversed(at)
    return "".join(parts)
