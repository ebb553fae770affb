"""Saved web pages: the article, with what stands around it left out, each part with a reason.

What is article and what is not, trafilatura decides, and whose it is and when it came out;
here its choice is told of every chunk of the page, and put right where the page itself says
what a part is for: a caption, a standfirst, a sign-up box. Cutting the page into chunks is
left to `tree`.
"""

import copy
import logging
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from qa.documents.blocks import tidy
from qa.documents.encoding import decode
from qa.documents.extract import Extract, Piece
from qa.documents.tree import BLOCKS, HIDDEN, Chunk, chunks, is_hidden, parse

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["extract"]

_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_DECLARED_WITHIN = 2048

_PURPOSES = {
    "nav": "navigation",
    "aside": "beside the article",
    "footer": "foot of the page",
    "form": "form",
    "button": "button",
    "dialog": "pop-up",
    "amp-sidebar": "navigation",
    "amp-consent": "cookie notice",
    "amp-ad": "advertisement",
    "navigation": "navigation",
    "menu": "navigation",
    "complementary": "beside the article",
    "contentinfo": "foot of the page",
    "search": "form",
    "alertdialog": "pop-up",
}
"""What an element, or its role, says it is for."""
_NAMES = {
    "comments": "comment comments commenting disqus respond replies",
    "cookie notice": "cookie cookies consent gdpr onetrust",
    "advertisement": "ad ads adv advert adverts advertisement advertorial sponsor sponsored "
    "sponsorship promo promotion dfp taboola outbrain mpu leaderboard adslot adunit",
    "links to other stories": "related recommended recommendation recommendations recirc "
    "readmore trending popular mostread teaser teasers alsoread readnext morestories carousel",
    "sharing buttons": "share sharing social sharebar socials follow",
    "sign-up": "newsletter subscribe subscription signup paywall register donate",
    "navigation": "nav navbar navigation menu breadcrumb breadcrumbs skip pagination pager tabs",
    "beside the article": "sidebar rail widget",
    "foot of the page": "footer colophon copyright disclaimer imprint",
    "topics": "tags tag topics keywords",
    "pop-up": "popup modal overlay lightbox toast",
}
_REASONS = {name: reason for reason, names in _NAMES.items() for name in names.split()}
"""What the words in an element's class or id say it is for."""
_SMALL = re.compile(
    r"\b(byline|dateline|timestamp|author|credits?|published|updated)\b", re.IGNORECASE
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_LONG = 25
"""A chunk with so many characters is found in the article wherever it stands."""
_MOST = 0.3
"""What holds more of the article than this is no furniture, whatever it is called."""
_ALMOST_ALL, _A_LITTLE = 0.7, 0.15
"""A cell with so much of the article is its place; one with so little is beside it."""
_SENTENCE = re.compile(r".{40,}[.!?\u2026:][\"'\u201d\u2019\u00bb)\]]*", re.DOTALL)


def extract(data: bytes) -> Extract:
    """Return the article of a page, and the rest of the page with why it was left out.

    Raises:
        RefusalError: the page is empty, binary, or nested too deep.
    """
    found = _DECLARED.search(data[:_DECLARED_WITHIN])
    page = decode(data, "the page", declared=found[1].decode("ascii") if found else None)
    root = parse(page)
    found_article = _article(root)
    parts = chunks(root)
    article = _squeezed(tidy(" ".join(found_article.body.itertext()))) if found_article else ""
    title, author, date = (
        tidy(getattr(found_article, name, None) or "") for name in ("title", "author", "date")
    )
    purposes = _purposes(parts, article)
    kept = _kept(parts, purposes, article, title)
    return Extract(tuple(_pieces(parts, purposes, kept)), title, author, date)


def _article(root: "HtmlElement") -> Any:
    """Return what trafilatura takes for the article, with its metadata; None when nothing."""
    from trafilatura import bare_extraction

    for library in ("trafilatura", "htmldate"):  # their notes are for their own developers
        logging.getLogger(library).addHandler(logging.NullHandler())
    page = copy.deepcopy(root)
    lines = [one for one in page.iter() if one.tag in ("td", "th") or one.tag not in BLOCKS]
    for one in lines:  # else what is shown would not be found in its article
        if is_hidden(one):
            one.drop_tree()
    return bare_extraction(
        page,
        include_comments=False,
        favor_recall=True,
        with_metadata=True,
        # Only what the page says of itself is a date; a day in the text is not the page's.
        date_extraction_params={
            "extensive_search": False,
            "original_date": True,
            "max_date": "2999-12-31",
        },
    )


def _squeezed(text: str) -> str:
    return "".join(text.replace("|", " ").split())  # bars part the cells of a row


def _purposes(parts: Sequence[Chunk], article: str) -> list[str | None]:
    """Return, for each chunk, what the page says that it is for, if that is not the article."""
    held: dict[HtmlElement, int] = {}
    for part in parts:
        squeezed = _squeezed(part.text)
        if len(squeezed) >= _LONG and squeezed in article:
            for element in _around(part.element):
                held[element] = held.get(element, 0) + len(squeezed)
    whole = max(held.values(), default=0)
    most = max(_MOST * whole, 1)
    tables = _layout(held, whole)
    purposes: list[str | None] = []
    for part in parts:
        small = [one for one in _around(part.element) if held.get(one, 0) < most]
        named = (purpose for element in small if (purpose := _purpose(element)))
        purpose = HIDDEN if part.hidden else next(named, None)
        if not purpose and not part.heading and _is_beside(part, held, tables):
            purpose = "beside the article"
        purposes.append(purpose)
    return purposes


def _layout(held: dict["HtmlElement", int], whole: int) -> set["HtmlElement"]:
    """Return the tables that lay the page out: one of their cells holds the article."""
    cells = [one for one, size in held.items() if one.tag == "td" and size >= _ALMOST_ALL * whole]
    return {one for cell in cells for one in cell.iterancestors("table")}


def _is_beside(part: Chunk, held: dict["HtmlElement", int], tables: set["HtmlElement"]) -> bool:
    """Tell whether a chunk stands in a cell beside the one with the article."""
    cell = next((one for one in _around(part.element) if one.tag == "td"), None)
    if cell is None or next(cell.iterancestors("table"), None) not in tables:
        return False
    return held.get(cell, 0) < _A_LITTLE * max(held.values())


def _around(element: "HtmlElement") -> Iterable["HtmlElement"]:
    yield element
    yield from element.iterancestors()


def _purpose(element: "HtmlElement") -> str | None:
    for says in (str(element.tag), element.get("role") or ""):
        if says in _PURPOSES:
            return _PURPOSES[says]
    if element.tag in ("html", "body", "main", "article"):
        return None
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    words = (word.lower() for word in _WORDS.findall(names))
    return next((_REASONS[word] for word in words if word in _REASONS), None)


def _kept(
    parts: Sequence[Chunk], purposes: Sequence[str | None], article: str, title: str
) -> set[int]:
    """Return the numbers of the chunks that are the article."""
    open_ = [number for number, purpose in enumerate(purposes) if purpose is None]
    squeezed = {number: _squeezed(parts[number].text) for number in open_}
    places = _places(open_, squeezed, article)
    kept = {number for number in places if not _is_pointer(parts[number])}
    for number in open_:  # the headline, wherever trafilatura left it
        if parts[number].heading and title and squeezed[number] == _squeezed(title):
            kept.add(number)
            break
    if not kept:  # a page too small, or too odd, to tell: nothing is lost
        return set(open_)
    first, last = min(kept), max(kept)
    homes = {parts[number].element.getparent() for number in places}
    for number in open_:
        part = parts[number]
        if number in kept or not first < number <= last:
            continue
        told = bool(_SENTENCE.fullmatch(part.text)) and part.linked * 2 <= len(part.text)
        if part.caption or told or (part.element.getparent() in homes and part.heading):
            kept.add(number)
    return kept


def _is_pointer(part: Chunk) -> bool:
    """Tell whether a chunk only leads elsewhere; an item of a list may name things by links."""
    return (
        part.linked > _ALMOST_ALL * len(part.text)
        and not part.heading
        and part.element.tag != "li"
        and not _SENTENCE.fullmatch(part.text)
    )


def _places(open_: Sequence[int], squeezed: dict[int, str], article: str) -> dict[int, int]:
    """Return where in the article the chunks stand that are found in it, in order."""
    places: dict[int, int] = {}
    at = 0
    waiting: list[int] = []
    for number in open_:
        text = squeezed[number]
        found = article.find(text, at) if len(text) >= _LONG else -1
        if found < 0:
            waiting.append(number)
            continue
        places.update(_between(waiting, squeezed, article, at, found))
        waiting = []
        places[number] = found
        at = found + len(text)
    places.update(_between(waiting, squeezed, article, at, len(article)))
    return places


def _between(
    numbers: Sequence[int], squeezed: dict[int, str], article: str, at: int, end: int
) -> dict[int, int]:
    """Return where short chunks stand in what the long ones around them leave."""
    places = {}
    for number in numbers:
        found = article.find(squeezed[number], at, end)
        if found >= 0:
            places[number] = found
            at = found + len(squeezed[number])
    return places


def _pieces(
    parts: Sequence[Chunk], purposes: Sequence[str | None], kept: set[int]
) -> Iterable[Piece]:
    for number, (part, purpose) in enumerate(zip(parts, purposes, strict=True)):
        dropped = None if number in kept else purpose or _reason(part)
        yield Piece(part.text, part.heading, part.caption, dropped)


def _reason(part: Chunk) -> str:
    """Return why a chunk is dropped that is no article, and does not say what it is."""
    if part.linked * 2 > len(part.text):
        return "links to other pages"
    names = " ".join(element.get("class") or "" for element in _around(part.element))
    return "byline or date" if _SMALL.search(names) else "not part of the article"
