"""ZIP files that books and office documents are kept in, opened with limits on what they hold.

A small archive can unfold into terabytes. The sizes it declares are added up before anything
is read, and what is read is counted. What the parts mean is left to `word` and `ebook`.
"""

import io
import posixpath
import zipfile
import zlib
from typing import TYPE_CHECKING
from urllib.parse import unquote

from qa.documents.extract import RefusalError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Archive", "beside"]

MAX_PART = 64 * 1024**2
MAX_WHOLE = 512 * 1024**2
MAX_PARTS = 20_000
_BOMB = "unfolds into far more than it should (a ZIP bomb); get a sound copy of it."
_DAMAGED = "is damaged; save it again, or as text."
_ENCRYPTED = 0x1


class Archive:
    """The parts of a ZIP file, by their names."""

    def __init__(self, data: bytes) -> None:
        """Open an archive.

        Raises:
            RefusalError: it is damaged, protected, or declares to unfold too far.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise RefusalError(_DAMAGED) from error
        parts = self._zip.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_WHOLE:
            raise RefusalError(_BOMB)
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise RefusalError("is protected by a password; save a copy without one.")
        self._names = frozenset(self._zip.namelist())
        self._left = MAX_WHOLE

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def read(self, name: str) -> bytes:
        """Return a part's bytes.

        Raises:
            RefusalError: there is no such part, it is damaged, or unfolds too far.
        """
        limit = min(MAX_PART, self._left)
        try:
            with self._zip.open(name) as part:
                data = part.read(limit + 1)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise RefusalError(_DAMAGED) from error
        if len(data) > limit:
            raise RefusalError(_BOMB)
        self._left -= len(data)
        return data

    def xml(self, name: str) -> "_Element":
        """Return the root of a part that is XML; nothing outside the part is ever loaded.

        Raises:
            RefusalError: as of `read`, or it is not XML.
        """
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            return etree.fromstring(self.read(name), parser)
        except etree.XMLSyntaxError as error:
            raise RefusalError(_DAMAGED) from error


def beside(name: str, link: str) -> str:
    """Return the name of the part that a link in another part leads to.

    >>> beside("OEBPS/book.opf", "text/one%20two.xhtml#start")
    'OEBPS/text/one two.xhtml'
    """
    target = unquote(link.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), target)).lstrip("/")
