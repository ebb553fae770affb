"""Mail messages (.eml): the text of a message; its subject is the title.

Parsing is the standard library's. The plain part is read where there is one, else the HTML
part, cut by `tree`. What is quoted from earlier messages is dropped, for its author is
another; so are signatures, and attachments are named, not opened.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parseaddr

from qa.documents.blocks import split_blocks, tidy
from qa.documents.encoding import decode
from qa.documents.extract import Extract, Piece, RefusalError
from qa.documents.tree import parse, pieces

__all__ = ["extract"]

# Those that are parsed, by the library in quadratic time; no mail program writes them so long.
_LONG_HEADER = re.compile(
    rb"(?:\A|[\r\n])(?:content-[\w-]+|from|date|subject):(?:[^\r\n]|[\r\n]+[ \t]){16384}",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?\r?\n", re.MULTILINE)
_QUOTED = re.compile(r"(?:^[ \t]*>.*(?:\n|\Z))+", re.MULTILINE)
_INTRODUCED = re.compile(r"(?:^|(?<=\n))(?:On|Am|Le|El|Op) [^\n]{6,200}(?:\n[^\n]{1,100})?:\s*\Z")


def extract(data: bytes) -> Extract:
    """Return the text of a message.

    Raises:
        RefusalError: it is no message, or holds no text.
    """
    if _LONG_HEADER.search(data):
        raise RefusalError("has a header longer than mail has; save it again, or as text.")
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not {"from", "date", "subject", "received"} & {name.lower() for name in message}:
        raise RefusalError("is no mail message, or damaged; save it again, or as text.")
    body = message.get_body(("plain", "html"))
    found: list[Piece] = []
    if isinstance(body, EmailMessage):
        text = _content(body)
        if body.get_content_subtype() == "html":
            found += pieces(parse(text))
        else:
            found += _plain(text)
    for attachment in message.iter_attachments():
        name = tidy(attachment.get_filename() or attachment.get_content_type())
        found.append(Piece(f"[attachment: {name}]", dropped="attachment; read it as a file"))
    name, address = parseaddr(str(message.get("from", "")))
    return Extract(
        tuple(found),
        title=tidy(str(message.get("subject", ""))),
        author=tidy(name or address),
        date=_day(message),
    )


def _content(part: EmailMessage) -> str:
    data = part.get_payload(decode=True)
    charset = part.get_content_charset()
    return decode(data if isinstance(data, bytes) else b"", "the message", declared=charset)


def _plain(text: str) -> Iterator[Piece]:
    """Yield the paragraphs of a plain text, quotations and the signature dropped."""
    text = text.replace("\r\n", "\n")
    signature = _SIGNATURE.search(text)
    end = signature.start() if signature else len(text)
    start = 0
    for quoted in _QUOTED.finditer(text, 0, end):
        own = text[start : quoted.start()]
        introduced = _INTRODUCED.search(own.rstrip("\n"))
        cut = introduced.start() if introduced else len(own)
        yield from _blocks(own[:cut])
        yield from _blocks(own[cut:] + quoted[0], "quoted from an earlier message")
        start = quoted.end()
    yield from _blocks(text[start:end])
    yield from _blocks(text[end:], "signature")


def _blocks(text: str, dropped: str | None = None) -> Iterator[Piece]:
    for block in split_blocks(text):
        if block.text:
            yield Piece(block.text, dropped=dropped, raw=block.span.of(text).strip("\n"))


def _day(message: EmailMessage) -> str:
    """Return the day of a message's own Date line, where that is one."""
    moment = getattr(message.get("date"), "datetime", None)
    return moment.date().isoformat() if moment else ""
