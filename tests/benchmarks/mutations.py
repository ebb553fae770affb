"""Bytes, archives and JSON values made wrong in seeded ways. What is fed them is in `surfaces`."""

import copy
import io
import json
import zipfile
from collections.abc import Sequence
from random import Random
from typing import Any

__all__ = ["mutated", "mutated_archive", "mutated_json", "mutated_text"]

_MOST = 300_000
"""Bytes; what is repeated grows no longer than this."""
_SPICES = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\r\n", b"\n\n", b"\xe2\x80\xae", b"\xed\xa0\x80",
    b"\xe2\x80\xa8", b"\x1b[2J", b"\xcc\x81" * 300, b"&#x110000;", b"&#0;", b"<![CDATA[",
    b"<div>" * 300, b"<table><tr><td>", b"<a href='x'>", b"</p>", b"<!--", b"<!DOCTYPE x [",
    b'<!ENTITY a "aaaa">', b"&a;", b"%PDF-1.7", b"endobj", b"stream\n", b"/Length 999999999",
    b"/Kids [1 0 R]", b"xref", b"PK\x05\x06", b"PK\x01\x02", b"=?utf-8?b?", b"=?x?q?=ff?=",
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n', b"charset=utf-7",
    b"Content-Transfer-Encoding: base64\r\n", b"Date: 99 Foo\r\n", b"(" * 500, b"[![",
    b"|-|-|\n", b"`" * 99, b"> " * 200, b"* " * 200, b"---\n", b"9" * 5000, b"-1", b"1e999",
    b"NaN", b"null", b"[" * 3000, b'{"a":', b'"\\ud800"', b"a. " * 300, b"A.B." * 200,
    b"a-\n" * 99, b"Dr. ", b"?" * 300,
)  # fmt: skip
"""What formats and parsers stumble over."""
_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**53, 10**400, 1.5, float("nan"), "", "\ud800", "\0", "x" * 3000, [], {},
    [[]], {"text": 1}, "3 May", [None], {"start": -5, "text": "x"},
)  # fmt: skip


def mutated(data: bytes, chance: Random, *, others: Sequence[bytes] = ()) -> bytes:
    """Return data with one to six changes, some of them small and some of them large.

    Args:
        data: what is right.
        chance: decides.
        others: what a stretch may be taken from.
    """
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        if chance.random() < 0.5:
            end = min(end, start + chance.randrange(1, 30))
        data = _changed(data, start, end, chance, others)
    return data


def _changed(data: bytes, start: int, end: int, chance: Random, others: Sequence[bytes]) -> bytes:
    head, some, tail = data[:start], data[start:end], data[end:]
    most = max(1, (_MOST - len(data)) // max(1, len(some)))
    other = chance.choice(others or [data])
    new = chance.choice(
        (
            some * chance.choice((2, 3, min(500, most), most)),
            chance.randbytes(min(len(some), 200)),
            other[chance.randrange(len(other) + 1) :][: chance.randrange(2000)],
            tail[: len(some)] + some,
            chance.choice(_SPICES),
            chance.choice(_SPICES) + some,
            _flipped(some, chance),
            b"",
        )
    )
    return head + new + (tail if chance.random() < 0.9 else b"")


def _flipped(data: bytes, chance: Random) -> bytes:
    flipped = bytearray(data)
    for _ in range(chance.randrange(1, 12) if data else 0):
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(flipped)


def mutated_text(text: str, chance: Random) -> str:
    """Return a text made wrong, unpaired surrogates among it."""
    return mutated(text.encode(), chance).decode("utf-8", "surrogateescape")


def mutated_archive(data: bytes, chance: Random) -> bytes:
    """Return a ZIP file, some of its parts made wrong before they are packed again."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        wrong = chance.sample(old.namelist(), chance.choice((1, 1, 2)))
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, mutated(part, chance) if name in wrong else part)
    return made.getvalue()


def mutated_json(value: Any, chance: Random) -> Any:
    """Return a copy of a JSON value with a few of its values made wrong, dropped or renamed."""
    value = json.loads(json.dumps(value))
    for _ in range(chance.choice((1, 1, 2, 4))):
        value = _spoilt(value, chance)
    return value


def _spoilt(value: Any, chance: Random) -> Any:
    if not isinstance(value, (dict, list)) or not value or chance.random() < 0.1:
        return copy.deepcopy(chance.choice(_VALUES))
    key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
    turn = chance.random()
    if turn < 0.1:
        del value[key]
    elif turn < 0.2 and isinstance(value, dict):
        value[chance.choice(("", "x", "text", "document"))] = value.pop(key)
    else:
        value[key] = _spoilt(value[key], chance)
    return value
