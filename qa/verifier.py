"""Check that quotes stand in documents, with Python's standard library alone.

This file imports nothing else of its package, so that a citation can be checked without it.
Copy it anywhere and run `python verifier.py CITATIONS DOCUMENT...`: citations as JSON or JSON
lines, or a conversation kept from the page, as JSON or as a page that carries it; each
document as its cleaned text in UTF-8 (`qa cite --text FOLDER` writes it). Exit code 0: all
hold; 1: one does not; 2: bad input. Making citations, and cleaning a source file before it is
checked, are left to `citations`.

Of a page, the JSON that it carries is checked, not what it shows.
"""

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = [
    "CONVERSATION",
    "FORMAT",
    "UNIT",
    "Finding",
    "Quote",
    "VerifierError",
    "check",
    "main",
    "quotes",
    "read",
]

FORMAT = 1
"""The version of a citation's fields; newer ones are refused."""

CONVERSATION = 1
"""The version of a kept conversation's fields; newer ones are refused."""

UNIT = "characters, half-open"
"""Offsets count Unicode characters (code points) from 0; `end` is the first one not quoted."""

HOLDS, CHANGED, MISQUOTED, ANOTHER = "holds", "changed", "misquoted", "another document"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HIGHEST = 2**53  # JSON's numbers are whole below it
_SHOWN = 60
_HINT = "give citations as qa cite or qa ask --json writes them, or a kept conversation"


class VerifierError(ValueError):
    """What was given is no citation, or cannot be read; the message is one sentence."""


class Quote(NamedTuple):
    """What a citation claims: the document of this hash says `text` from `start` to `end`."""

    text: str
    start: int
    end: int
    sha256: str
    title: str
    source: str


class Finding(NamedTuple):
    """What became of one citation: the verdict, and the same in detail.

    Verdicts: "holds"; "changed", the document has another text than the one cited;
    "misquoted", it is the very document, and does not say that there; "another document".
    """

    verdict: str
    detail: str

    @property
    def holds(self) -> bool:
        """Whether the very document says the very words at the very place."""
        return self.verdict == HOLDS

    def __str__(self) -> str:
        """Return both, on one line."""
        return f"{self.verdict}: {self.detail}"


def read(text: str) -> list[Quote]:
    """Return the quotes of citations in JSON, in JSON lines, or in a page that carries JSON.

    Raises:
        VerifierError: it is none of these, or holds no citation, or one that cannot be.
    """
    if text.lstrip().startswith("<"):
        _, carries, text = text.partition('<script type="application/json">')
        if not carries:
            raise VerifierError(f"The page carries no citations; {_HINT}.")
        text = text.partition("</script>")[0]
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):  # ValueError: also a number of thousands of digits
        values = [_line(row, line) for row, line in enumerate(text.split("\n"), 1) if line.strip()]
    return quotes(values)


def _line(row: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", None) or type(error).__name__
        raise VerifierError(f"Line {row} is not JSON ({reason}); {_HINT}.") from error


def quotes(value: Any) -> list[Quote]:
    """Return the quotes of a citation, of an answer as `qa ask --json` has it, or of many.

    Many are a list of these, or a kept conversation, whose turns have an answer each.

    Raises:
        VerifierError: a value is none of these, or there is none.
    """
    values = value if isinstance(value, (list, tuple)) else _answers(value)
    claims = [claim for one in values for claim in _claims(one)]
    if not claims:
        raise VerifierError(f"There is no citation; {_HINT}.")
    return [_quote(number, claim) for number, claim in enumerate(claims, start=1)]


def _answers(value: Any) -> list[Any]:
    """Return the answers of a kept conversation, or else the value alone."""
    if not (isinstance(value, dict) and isinstance(value.get("turns"), list)):
        return [value]
    if (version := value.get("conversation", CONVERSATION)) != CONVERSATION or isinstance(
        version, bool
    ):
        raise VerifierError(
            f"The conversation is of format {_shown(version)}, and {CONVERSATION} is what is read "
            f"here; {_HINT}."
        )
    return [turn.get("answer") if isinstance(turn, dict) else turn for turn in value["turns"]]


def _claims(value: Any) -> list[Any]:
    """Return what should be citations: an answer has its quote, its sentence, its passages."""
    if not (isinstance(value, dict) and isinstance(value.get("hits"), list)):
        return [value]
    said, sentence, start = (value.get(name) for name in ("answer", "sentence", "sentence_start"))
    claims = [] if said is None else [{**value, "text": said}]
    if isinstance(sentence, str) and start is not None:
        end = start + len(sentence) if isinstance(start, int) else None
        claims.append({**value, "text": sentence, "start": start, "end": end})
    return [*claims, *value["hits"]]


def _quote(number: int, fields: Any) -> Quote:
    def fail(reason: str) -> VerifierError:
        return VerifierError(f"Citation {number} {reason}; {_HINT}.")

    document = fields.get("document") if isinstance(fields, dict) else None
    if not isinstance(document, dict):
        raise fail("is not an object with a document")
    if (version := fields.get("citation", FORMAT)) != FORMAT or isinstance(version, bool):
        raise fail(f"is of format {_shown(version)}, and {FORMAT} is what is read here")
    if (unit := fields.get("unit", UNIT)) != UNIT:
        raise fail(f"has offsets in {_shown(unit)}, not in {_shown(UNIT)}")
    if not isinstance(text := fields.get("text"), str):
        raise fail("has no text")
    start, end = fields.get("start"), fields.get("end")
    for name, offset in (("start", start), ("end", end)):
        if isinstance(offset, bool) or not isinstance(offset, int):
            raise fail(f"has no {name} that is a whole number")
    if not 0 <= start <= end < _HIGHEST or end - start != len(text):
        raise fail(f"has offsets that do not fit its text of {len(text)} characters")
    if not isinstance(sha256 := document.get("sha256"), str) or not _SHA256.fullmatch(sha256):
        raise fail("has no document.sha256 of 64 hexadecimal digits")
    title, source = document.get("title", ""), document.get("source", "")
    if not isinstance(title, str) or not isinstance(source, str):
        raise fail("has a title or source that is no text")
    return Quote(text, start, end, sha256, title, source)


def check(cited: Sequence[Quote], documents: Sequence[tuple[str, str]]) -> list[Finding]:
    """Look for quotes in documents, each given as its file's name and its text.

    A document with another hash is taken for a later state of the cited one when its file is
    named as the source was, or by the first 16 or more digits of the cited hash.

    Raises:
        VerifierError: the very document is shorter than a quote's offsets.
    """
    by_hash = {sha256(text): (name, text) for name, text in reversed(documents)}
    return [
        _compare(quote, *by_hash[quote.sha256])
        if quote.sha256 in by_hash
        else _search(quote, documents)
        for quote in cited
    ]


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _compare(quote: Quote, name: str, text: str) -> Finding:
    """Look for a quote in the very document it cites."""
    name, said = _plain(name), f"{_shown(quote.text)} at {quote.start}-{quote.end}"
    if quote.end > len(text):
        raise VerifierError(
            f"A citation ends at {quote.end}, but the document it cites, {name}, has "
            f"{len(text)} characters; {_HINT}."
        )
    if text[quote.start : quote.end] == quote.text:
        return Finding(HOLDS, f"{said} of {name}")
    where = _whereabouts(quote, text) or "stands nowhere in it"
    says = f"{name} is the document cited, and does not say {said}; the quote {where}"
    return Finding(MISQUOTED, says)


def _search(quote: Quote, documents: Sequence[tuple[str, str]]) -> Finding:
    """Look for a quote where the very document it cites is not given."""
    nearest = sorted(documents, key=lambda pair: _distance(quote, pair[1]))
    said = f"the quote {_shown(quote.text)}"
    for name, text in nearest:
        if _same_name(quote, name):
            where = _whereabouts(quote, text) or "stands in it no more"
            changed = f"{_plain(name)} has another text than when it was cited"
            return Finding(CHANGED, f"{changed}; {said} {where}")
    cited = ", ".join(_shown(name) for name in (quote.title, quote.source) if name)
    detail = f"what is cited ({cited or 'untitled'}) was not given"
    for name, text in nearest[:1]:
        if found := _whereabouts(quote, text):
            detail += f"; in {_plain(name) or 'one that was'} {said} {found}"
    return Finding(ANOTHER, detail)


def _nearest(quote: Quote, text: str) -> int | None:
    """Return where the quote begins in a text, next to where it was; None when it does not."""
    found = text.find(quote.text, quote.start), _last(text[: quote.end], quote.text)
    places = [place for place in found if place >= 0]
    return min(places, key=lambda place: abs(place - quote.start), default=None)


def _last(text: str, part: str) -> int:
    """Return where `part` stands last, or -1: over some texts `rfind` takes quadratic time."""
    place = text[::-1].find(part[::-1])
    return place if place < 0 else len(text) - place - len(part)


def _distance(quote: Quote, text: str) -> float:
    place = _nearest(quote, text)
    return float("inf") if place is None else abs(place - quote.start)


def _whereabouts(quote: Quote, text: str) -> str | None:
    """Return in words where the quote stands in a text; None when it does not."""
    place = _nearest(quote, text)
    if place is None:
        return None
    others = text.count(quote.text) - 1
    where = f"{'still ' if place == quote.start else ''}stands at {place}-{place + len(quote.text)}"
    return where + (f" (and {others} more time{'s' * (others > 1)})" if others > 0 else "")


def _same_name(quote: Quote, name: str) -> bool:
    stem = Path(name).stem
    by_hash = len(stem) >= 16 and quote.sha256.startswith(stem)
    return by_hash or (name != "" and name in (quote.source, re.split(r"[/\\]", quote.source)[-1]))


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, (str, int)) else type(value).__name__
    text = _plain(text[: _SHOWN + 1])
    return f'"{text}"' if len(text) <= _SHOWN else f'"{text[:_SHOWN]}..."'


def _plain(text: str) -> str:
    """Return a text without the power to move the cursor."""
    return "".join(c if c.isprintable() else " " for c in text)


def read_text(path: Path) -> str:
    """Return a UTF-8 file's text, every character of it, line ends too.

    Raises:
        VerifierError: it is no file, cannot be read, or is not UTF-8.
    """
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            path.stat()
            raise VerifierError(f"{path} is not a file; name a file.")
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise VerifierError(f"{path} is not UTF-8 text; save it with that encoding.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, VerifierError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise VerifierError(f"{path} cannot be read ({reason}); check the path.") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the citations of a file against documents; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    given = [Path(argument) for argument in (sys.argv[1:] if arguments is None else arguments)]
    if len(given) < 2:
        sys.stderr.write("usage: python verifier.py CITATIONS DOCUMENT...\n")
        return 2
    try:
        cited = read(read_text(given[0]).removeprefix("\ufeff"))
        documents = [(path.name, read_text(path)) for path in given[1:]]
        findings = check(cited, documents)
    except VerifierError as fault:
        sys.stderr.write(f"{_plain(str(fault))}\n")
        return 2
    for number, finding in enumerate(findings, start=1):
        sys.stdout.write(f"{number} {finding}\n")
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
