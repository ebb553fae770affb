"""Bytes into text: UTF-8 first, then what the bytes declare, then what they look like.

Guessing is charset-normalizer's; what was guessed is logged, for a guess can be wrong. What
the text means is left to the readers.
"""

import codecs
import logging
import re
from collections.abc import Iterator

from qa.documents.extract import RefusalError

__all__ = ["decode"]

_LOG = logging.getLogger(__name__)

# The longer marks first: UTF-32's little-endian one opens with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A few letters are too little to guess from: bytes that read as these are taken for Western.
_WESTERN = frozenset(
    "äöüÄÖÜßáàâãåéèêëíìîïóòôõúùûñçæøœÁÀÂÅÉÈÊÍÓÔÚÑÇÆØŒ‘’“”„‚«»‹›–—…•·€£¥¢§°©®™±²½¼¾×¿¡\u00a0"
)
_WINDOWS = "cp1252"
# What declares one of these means, or is, windows-1252 (WHATWG, Encoding, section 4.2).
_LATIN = frozenset(("ascii", "iso8859-1"))
# What these write looks like ASCII.
_SEVEN_BIT = ("iso2022", "hz")
_CONTROLS = re.compile(r"[\0-\x08\x0e-\x1a]")
_SAMPLE = 64 * 1024
"""So many bytes are guessed from."""
_SOUND = 3
"""Characters beyond ASCII that are sound UTF-8, for one that is broken, in what is UTF-8."""


def decode(data: bytes, name: str, *, declared: str | None = None) -> str:
    r"""Decode a text file.

    Args:
        data: its bytes.
        name: its name, for the log.
        declared: the encoding it says it has, if it says so.

    Raises:
        RefusalError: it looks like a binary file, or its encoding cannot be told.

    >>> decode("The café opens".encode("cp1252"), "note.txt")
    'The café opens'
    """
    encoding = _known(declared)
    text = _marked(data)
    if text is None and encoding.startswith(_SEVEN_BIT):
        text = _decoded(data, encoding)
    if text is None:
        text = _decoded(data, "utf-8")
    if text is None:
        text = _guessed(data, name, encoding)
    if len(_CONTROLS.findall(text)) * 20 > len(text):
        raise RefusalError("looks like a binary file; save it as text.")
    return text


def _marked(data: bytes) -> str | None:
    """Return what a byte-order mark at the start says it is, if there is one."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    return None


def _known(declared: str | None) -> str:
    """Return Python's name of an encoding, as browsers understand it; "" for one not known."""
    try:
        name = codecs.lookup(declared or "").name
    except (LookupError, ValueError):  # ValueError: a NUL in it
        return ""
    return _WINDOWS if name in _LATIN else name


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _guessed(data: bytes, name: str, declared: str) -> str:
    if b"\0" in data:
        raise RefusalError("looks like a binary file; save it as text.")
    if (text := _damaged(data)) is not None:
        _LOG.info("%s is UTF-8, but some of it is damaged", name)
        return text
    if declared and (text := _decoded(data, declared)) is not None:
        return text
    if declared == _WINDOWS:  # some bytes mean nothing in it; the others mean what they did
        return data.decode(declared, "replace")
    western = _decoded(data, _WINDOWS)
    if western is not None and {c for c in western if c > "\x7f"} <= _WESTERN:
        encoding, text = _WINDOWS, western
    else:
        found = next(_guesses(data), None)
        if found is None:
            raise RefusalError("is in an encoding that cannot be told; save it as UTF-8.")
        encoding, text = found
    _LOG.info("%s is not UTF-8; it is read as %s", name, encoding)
    return text


def _guesses(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield encodings that some bytes look like, with the text that these make of all of them."""
    from charset_normalizer import from_bytes

    line = data.rfind(b"\n", _SAMPLE // 2, _SAMPLE) + 1
    most = len(data) if len(data) <= _SAMPLE else line or _SAMPLE
    for end in range(most, most - 4, -1):  # within a character there is nothing to be told
        best = from_bytes(data[:end]).best()
        if best and (text := _decoded(data, best.encoding)) is not None:
            yield best.encoding, text


def _damaged(data: bytes) -> str | None:
    """Return UTF-8 with U+FFFD for what is broken; None for what was never UTF-8."""
    text = data.decode("utf-8", "replace")
    beyond, broken = sum(c > "\x7f" for c in text), text.count("\ufffd")
    return text if beyond - broken >= _SOUND * broken else None
