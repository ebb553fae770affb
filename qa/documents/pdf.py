"""PDF files: lines of text with their places on the page, as pieces with page numbers.

Parsing is PDFium's. Making paragraphs of the lines is left to `lines`. Runs in a child
process, so that neither a crafted file nor a huge one can do harm.
"""

from collections.abc import Iterator
from typing import Any

from qa.documents.extract import Extract, Piece, RefusalError, shown_title
from qa.documents.lines import Line, paragraphs

__all__ = ["extract"]

MAX_PAGES = 2000
_PASSWORD = 4
"""PDFium's FPDF_ERR_PASSWORD."""
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_UNREADABLE = 0.2
"""With so great a part of letters that stand for nothing, a text cannot be asked."""
_NEEDS_OCR = "it needs OCR: run it through a program such as ocrmypdf first"
_NO_NAMES = frozenset(("", "untitled", "anonymous", "(anonymous)", "unknown", "(unspecified)"))


def extract(data: bytes) -> Extract:
    """Return the paragraphs of a PDF, each with its page.

    Its date is left empty: a PDF tells when the file was made, not when it was published.

    Raises:
        RefusalError: it is damaged, protected, too long, or holds no text but pictures of it.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise RefusalError("is protected by a password; save a copy without one.") from error
        raise RefusalError("is damaged; save it again, or as text.") from error
    count = len(document)
    if count > MAX_PAGES:
        raise RefusalError(
            f"has {count} pages, more than {MAX_PAGES}; split it into smaller files."
        )
    lines: list[Line] = []
    pictures: list[int] = []
    for number in range(count):
        page = document[number]
        found = list(_lines(page, number + 1))
        if not found and _shows_picture(page):
            pictures.append(number + 1)
        lines += found
        page.close()
    _refuse_unreadable(lines, pictures)
    about = document.get_metadata_dict()
    pieces = _with_pictures(paragraphs(lines, count), pictures)
    return Extract(
        tuple(pieces),
        title=shown_title(about.get("Title", ""), pieces),
        author=_named(about.get("Author", "")),
        pages=count,
    )


def _lines(page: Any, number: int) -> Iterator[Line]:
    """Yield the lines of a page in the order they are written in."""
    from pypdfium2 import raw

    text = page.get_textpage()
    height = page.get_height()
    letters: list[str] = []
    places: list[int] = []
    count = text.count_chars()
    for place in range(count + 1):
        letter = chr(raw.FPDFText_GetUnicode(text, place)) if place < count else "\n"
        if letter in "\x02\ufffe":  # PDFium's mark of a hyphen at the end of a line
            letters.append("-")
            places.append(place)
            letter = "\n"
        if letter in "\r\n":
            if "".join(letters).strip():
                yield _line(text, letters, places, number, height)
            letters, places = [], []
            continue
        letters.append(letter)
        if not letter.isspace():
            places.append(place)


def _line(text: Any, letters: list[str], places: list[int], number: int, height: float) -> Line:
    left, bottom, first_right, top = text.get_charbox(places[0], loose=True)
    last_left, _, right, _ = text.get_charbox(places[-1], loose=True)
    # A letter outside the first plane may come as two halves; together they are one again.
    words = "".join(letters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return Line(
        words.translate(_LIGATURES).strip(),
        number,
        left=min(left, last_left),
        right=max(right, first_right),
        bottom=bottom,
        size=top - bottom,
        height=height,
    )


def _shows_picture(page: Any) -> bool:
    from pypdfium2 import raw

    return any(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _refuse_unreadable(lines: list[Line], pictures: list[int]) -> None:
    letters = "".join(line.text for line in lines)
    if not letters and pictures:
        raise RefusalError(f"is scanned, and its pages are pictures without text; {_NEEDS_OCR}.")
    lost = sum(c in "\0\ufffd" or "\ue000" <= c <= "\uf8ff" for c in letters)
    if lost > _UNREADABLE * len(letters):
        raise RefusalError(f"does not say what its letters mean; {_NEEDS_OCR}.")


def _with_pictures(pieces: list[Piece], pictures: list[int]) -> list[Piece]:
    """Return the pieces with a line, dropped, for every page that is but a picture."""
    notes = [
        Piece("[a page without text]", dropped="picture of a page; it needs OCR", page=number)
        for number in pictures
    ]
    return sorted([*pieces, *notes], key=lambda piece: piece.page or 0)


def _named(name: str) -> str:
    return "" if name.strip().lower() in _NO_NAMES else name.strip()
