"""One reader for each kind of file; each is loaded when first needed.

A reader is a module with `extract(data) -> Extract`, which raises `RefusalError`. Which kinds are
read in a child process is left to `reading`.
"""

import importlib

from qa.documents.extract import Extract
from qa.documents.kinds import Kind

__all__ = ["extract"]

_READERS = {
    Kind.WEB_PAGE: "webpage",
    Kind.PDF: "pdf",
    Kind.DOCX: "word",
    Kind.EPUB: "ebook",
    Kind.MAIL: "mail",
}


def extract(kind: Kind, data: bytes) -> Extract:
    """Return what the reader of a kind takes out of a file's bytes.

    Raises:
        RefusalError: they cannot be read.
    """
    reader = importlib.import_module(f"qa.documents.{_READERS[kind]}")
    extracted: Extract = reader.extract(data)
    return extracted
