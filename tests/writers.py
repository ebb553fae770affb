"""Files of every kind that is read, made by real writers: python-docx, reportlab, the library's.

A book is bound with `zipfile`, as the EPUB standard tells. What the files must give back is
left to the tests.
"""

import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage
from html import escape

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

__all__ = ["CHAPTER", "CONTAINER", "bind", "book", "mail", "message", "page", "pdf", "word"]

CHAPTER = (
    '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">'
    "<head><title>not shown</title></head><body>{}</body></html>"
)
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OEBPS/b.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>"
)
_PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></metadata>'
    "<manifest>{}</manifest><spine>{}</spine></package>"
)


def pdf(pages: Sequence[Sequence[str]], *, password: str = "", compressed: bool = True) -> bytes:
    """Return a PDF with these paragraphs on these pages."""
    style = getSampleStyleSheet()["BodyText"]
    story: list[object] = []
    for paragraphs in pages:
        story += [PageBreak()] if story else []
        story += [Paragraph(escape(text), style) for text in paragraphs]
    file = io.BytesIO()
    lock = StandardEncryption(password) if password else None
    SimpleDocTemplate(file, pagesize=A4, encrypt=lock, pageCompression=compressed).build(story)
    return file.getvalue()


def word(title: str, paragraphs: Sequence[str]) -> bytes:
    """Return a Word document (.docx)."""
    made, file = docx.Document(), io.BytesIO()
    made.add_heading(title, 0)
    for text in paragraphs:
        made.add_paragraph(text)
    made.save(file)
    return file.getvalue()


def book(title: str, chapters: Sequence[Sequence[str]]) -> bytes:
    """Return an EPUB book with these paragraphs in these chapters."""
    names = [f"c{number}.xhtml" for number in range(len(chapters))]
    items = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in names
    )
    order = "".join(f'<itemref idref="{name}"/>' for name in names)
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/b.opf": _PACKAGE.format(escape(title), items, order),
    }
    for name, paragraphs in zip(names, chapters, strict=True):
        parts[f"OEBPS/{name}"] = CHAPTER.format(_paragraphs(paragraphs))
    return bind(parts)


def bind(parts: dict[str, str]) -> bytes:
    """Return an EPUB archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def message(**headers: str) -> EmailMessage:
    """Return a mail message without a text yet."""
    mail = EmailMessage()
    given = {
        "From": "Mara Quill <mara@ellis.example>",
        "Subject": "The crane – news",
        "Date": "Fri, 13 Mar 2026 10:00:00 +0100",
        **headers,
    }
    for name, value in given.items():
        mail[name] = value
    return mail


def mail(subject: str, text: str) -> bytes:
    """Return a mail message with a signature (.eml)."""
    made = message(Subject=subject)
    made.set_content(f"{text}\n\n-- \nMara Quill\nHarbour office\n")
    return bytes(made)


def page(title: str, paragraphs: Sequence[str]) -> bytes:
    """Return a web page: an article with a menu before it and a foot after it."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '</head><body><nav><a href="/">Home</a> <a href="/tides">Tides</a></nav>'
        f"<article><h1>{escape(title)}</h1>{_paragraphs(paragraphs)}</article>"
        "<footer>Harbour papers, all rights reserved</footer></body></html>"
    ).encode()


def _paragraphs(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
