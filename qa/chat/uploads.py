"""One uploaded file into a document, and off the disk, whatever comes of it.

The file lies under a name of the server's; the visitor knows it by their own, so that is what
the document and every sentence about it say. What becomes of documents is left to `library`.
"""

import contextlib
from dataclasses import replace
from pathlib import Path

from qa.documents import Receipt, read
from qa.documents.blocks import tidy
from qa.errors import DocumentError
from qa.types import Document, well_formed

__all__ = ["MAX_BYTES", "Upload", "discard", "shown_name", "take"]

MAX_BYTES = 25 * 1024 * 1024
"""Of one file, in the page; the command line reads larger ones."""

MAX_NAME = 200
"""Characters of a file's name; the rest is cut off."""

Upload = Path | tuple[Path, str]
"""An uploaded file, whose suffix tells its kind; with the visitor's name for it if it differs."""


def shown_name(upload: Upload) -> str:
    r"""Return what the visitor calls an uploaded file: the last part of its name, tidied.

    >>> shown_name(Path("/tmp/5f/notes.md")), shown_name((Path("/tmp/5f.md"), "C:\\my\n notes.md"))
    ('notes.md', 'my notes.md')
    """
    path, name = (upload, upload.name) if isinstance(upload, Path) else upload
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return tidy(well_formed(last))[:MAX_NAME] or tidy(path.name) or "A file"


def take(upload: Upload) -> tuple[Document, Receipt]:
    """Read an uploaded file, and delete it, also when it cannot be read.

    Raises:
        DocumentError: it cannot be read; the sentence opens with its shown name.
    """
    path, name = _path(upload), shown_name(upload)
    try:
        if _size(path, name) > MAX_BYTES:
            raise DocumentError(
                f"{name} is larger than {MAX_BYTES // 1024**2} MB; split it into smaller files."
            )
        document, receipt = read(path)
    except DocumentError as error:
        raise DocumentError(_renamed(str(error), path, name)) from error
    finally:
        discard(upload)
    return replace(document, source=name), receipt


def discard(upload: Upload) -> None:
    """Delete an uploaded file, if it is there still."""
    with contextlib.suppress(OSError, ValueError):
        _path(upload).unlink(missing_ok=True)


def _path(upload: Upload) -> Path:
    return upload if isinstance(upload, Path) else upload[0]


def _size(path: Path, name: str) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError) as error:  # the same file of another visitor had the same place
        raise DocumentError(f"{name} did not arrive whole; add it again.") from error


def _renamed(sentence: str, path: Path, name: str) -> str:
    """Return a sentence that opens with a file's path, or its last part, with its name instead."""
    for opening in (tidy(str(path)), tidy(path.name)):
        if opening and sentence.startswith(opening):
            return name + sentence.removeprefix(opening)
    return sentence
