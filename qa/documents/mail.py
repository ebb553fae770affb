"""Mail messages (.eml): the text of a message; its subject is the title.

Parsing is the standard library's. The plain part is read where there is one, else the HTML
part, cut by `tree`. What is quoted from earlier messages is dropped, for its author is
another; so are signatures, and attachments are named, not opened.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr

from qa.documents.blocks import split_blocks, tidy
from qa.documents.encoding import decode
from qa.documents.extract import Extract, Piece, RefusalError
from qa.documents.tree import HIDDEN, chunks, parse

__all__ = ["extract"]

# Those that are parsed, by the library in quadratic time; no mail program writes them so long.
_LONG_HEADER = re.compile(
    rb"(?:\A|[\r\n])(?:content-[\w-]+|from|date|subject):(?:[^\r\n]|[\r\n]+[ \t]){16384}",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?\r?\n", re.MULTILINE)
_QUOTED = re.compile(r"(?:^[ \t]*>.*(?:\n|\Z))+", re.MULTILINE)
_ORIGINAL = re.compile(r"^-{2,} ?Original Message ?-{2,}[ \t]*$", re.MULTILINE | re.IGNORECASE)
_INTRODUCED = re.compile(r"(?:^|(?<=\n))(?:On|Am|Le|El|Op) [^\n]{6,200}(?:\n[^\n]{1,100})?:\s*\Z")

_EARLIER = "quoted from an earlier message"
# How mail programs mark, in HTML, what they quote and sign with.
_QUOTES = frozenset(("gmail_attr", "yahoo_quoted", "protonmail_quote", "moz-cite-prefix"))
_CITED = "gmail_quote"
"""Gmail's class of the blockquote itself, and of what is around it, replies in between too."""
_SIGNATURES = frozenset(("gmail_signature", "moz-signature"))
_OUTLOOK = "divRplyFwdMsg"
"""What Outlook calls the head of an earlier message; all below it is that message."""


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
    mixed = message.get_content_type() == "multipart/mixed"
    found: list[Piece] = []
    if isinstance(body, EmailMessage) and not mixed:
        found += _body(body)
    for part in message.iter_parts() if mixed else message.iter_attachments():
        if isinstance(body, EmailMessage) and any(one is body for one in part.walk()):
            found += _body(body)
        elif _goes_on(part):
            found += _body(part)
        else:
            name = tidy(part.get_filename() or part.get_content_type())
            found.append(Piece(f"[attachment: {name}]", dropped="attachment; read it as a file"))
    if all(piece.dropped for piece in found):  # it forwards another message, which is all there is
        found = [replace(p, dropped=None) if p.dropped == _EARLIER else p for p in found]
    name, address = parseaddr(str(message.get("from", "")))
    return Extract(
        tuple(found),
        title=tidy(str(message.get("subject", ""))),
        author=tidy(name or address),
        date=_day(message),
    )


def _goes_on(part: MIMEPart) -> bool:
    """Tell whether a part is more of the message: text between, or after, pictures in it."""
    named = part.get_filename() or part.get_content_disposition() == "attachment"
    return part.get_content_type() in ("text/plain", "text/html") and not named


def _body(part: MIMEPart) -> Iterator[Piece]:
    text = _content(part)
    return _html(text) if part.get_content_subtype() == "html" else _plain(text)


def _content(part: MIMEPart) -> str:
    data = part.get_payload(decode=True)
    charset = part.get_content_charset()
    return decode(data if isinstance(data, bytes) else b"", "the message", declared=charset)


def _plain(text: str) -> Iterator[Piece]:
    """Yield the paragraphs of a plain text, quotations and the signature dropped."""
    text, earlier = text.replace("\r\n", "\n"), ""
    original = _ORIGINAL.search(text)
    if original:
        text, earlier = text[: original.start()], text[original.start() :]
    signature = _SIGNATURE.search(text)
    end = signature.start() if signature else len(text)
    start = 0
    for quoted in _QUOTED.finditer(text, 0, end):
        own = text[start : quoted.start()]
        introduced = _INTRODUCED.search(own.rstrip("\n"))
        cut = introduced.start() if introduced else len(own)
        yield from _blocks(own[:cut])
        yield from _blocks(own[cut:] + quoted[0], _EARLIER)
        start = quoted.end()
    yield from _blocks(text[start:end])
    yield from _blocks(text[end:], "signature")
    yield from _blocks(earlier, _EARLIER)


def _html(text: str) -> Iterator[Piece]:
    """Yield what an HTML message shows, quotations and the signature dropped."""
    below = False
    for chunk in chunks(parse(text)):
        around = [chunk.element, *chunk.element.iterancestors()]
        classes = {name for one in around for name in (one.get("class") or "").split()}
        below = below or any(one.get("id") == _OUTLOOK for one in around)
        cited = any(
            one.tag == "blockquote"
            and (one.get("type") == "cite" or _CITED in (one.get("class") or "").split())
            for one in around
        )
        dropped = None
        if chunk.hidden:
            dropped = HIDDEN
        elif below or cited or classes & _QUOTES:
            dropped = _EARLIER
        elif classes & _SIGNATURES:
            dropped = "signature"
        yield Piece(chunk.text, chunk.heading, chunk.caption, dropped)


def _blocks(text: str, dropped: str | None = None) -> Iterator[Piece]:
    for block in split_blocks(text):
        if block.text:
            yield Piece(block.text, dropped=dropped, raw=block.span.of(text).strip("\n"))


def _day(message: EmailMessage) -> str:
    """Return the day of a message's own Date line, where that is one."""
    moment = getattr(message.get("date"), "datetime", None)
    return moment.date().isoformat() if moment else ""
