"""A conversation to keep or to hand on: as JSON, as one page that needs nothing else, as a quote.

A turn is plain values: `question`, and `answer` as `Answer.to_dict()` gives it. Both files hold
what `qa verify` checks; the page carries the JSON in itself. Its words leave through
`qa.markup`, it has no script, and its policy lets a browser load nothing and run nothing.
Saving a file, or filling the clipboard, is left to `page`.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from qa.chat.source import lines
from qa.markup import Mark, escape, mark_html
from qa.types import Span, well_formed
from qa.verifier import CONVERSATION
from qa.version import VERSION

__all__ = ["conversation_html", "conversation_json", "quote_text"]

Values = Mapping[str, Any]
"""Plain values, as JSON has them."""

_STYLE = Path(__file__).with_name("export.css")


def conversation_json(turns: Sequence[Values], *, title: str, when: datetime) -> str:
    """Return a conversation as one JSON document, which `qa verify` checks.

    Args:
        turns: the turns, oldest first.
        title: what was asked: the title of the brief, or of the index.
        when: the time it is kept at.

    Returns:
        `conversation`, the version of these fields; `program`, `when`, `title` and `turns`.
    """
    values = {
        "conversation": CONVERSATION,
        "program": f"brief-qa {VERSION}",
        "when": when.isoformat(timespec="seconds"),
        "title": title,
        "turns": list(turns),
    }
    return well_formed(json.dumps(values, ensure_ascii=False, indent=2)) + "\n"


def conversation_html(turns: Sequence[Values], *, title: str, when: datetime) -> str:
    """Return a conversation as one page, for people, which carries its JSON for `qa verify`.

    Args:
        turns: the turns, oldest first.
        title: what was asked: the title of the brief, or of the index.
        when: the time it is kept at.

    Returns:
        The whole of an HTML file; all text in it is escaped.
    """
    style = _STYLE.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    values = conversation_json(turns, title=title, when=when)
    values = values.replace("<", "\\u003c")  # nothing else could end the element
    kept = f"{when:%Y-%m-%d %H:%M %Z}".strip()
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1 dir="auto">{escape(title)}</h1>
<p>A conversation kept by brief-qa {escape(VERSION)}, {escape(kept)}</p>
</header>
<main>
{"".join(map(_turn_html, turns))}</main>
<footer>
<p>Every answer and passage is a quote. <code>qa verify</code> with this file and the documents
tells whether each stands where it says; it checks the copy in JSON that this file carries.</p>
</footer>
<script type="application/json">
{values}</script>
</body>
</html>
"""
    return well_formed(page)


def quote_text(values: Values) -> str:
    """Return a quote with its citation as plain text, for the clipboard.

    Args:
        values: an answer's, or a hit's.

    Raises:
        ValueError: the answer is that nothing is said.

    >>> document = {"sha256": "5e" * 32, "title": "A bridge", "source": "bridge.pdf"}
    >>> said = {"answer": "3 May", "start": 20, "end": 25, "page": 2, "document": document}
    >>> print(quote_text(said))
    “3 May”
    — A bridge, bridge.pdf, p. 2, characters 20 to 25, SHA-256 5e5e5e5e5e5e5e5e
    """
    quote = values["answer"] if "answer" in values else values["text"]
    if quote is None:
        raise ValueError("where nothing is said there is no quote")
    where = ", ".join([*_names(values), *_places(values)])
    return f"“{quote}”\n— {where}, SHA-256 {values['document']['sha256'][:16]}"


def _names(values: Values) -> list[str]:
    """Return what the document is called, each name once and on one line."""
    document = values["document"]
    names = [" ".join(document[name].split()) for name in ("title", "source")]
    return list(dict.fromkeys(filter(None, names))) or ["Untitled"]


def _places(values: Values) -> Iterator[str]:
    if values["page"] is not None:
        yield f"p. {values['page']}"
    yield f"characters {values['start']} to {values['end']}"


def _turn_html(turn: Values) -> str:
    answer = turn["answer"]
    html = f'<article>\n<h2 dir="auto">{escape(turn["question"])}</h2>\n'
    if answer["resolved"] != answer["question"]:
        html += f'<p class="about" dir="auto">↳ read as: “{escape(answer["resolved"])}”</p>\n'
    html += _silence_html(answer) if answer["answer"] is None else _said_html(answer)
    return f"{html}{_hits_html(answer)}</article>\n"


def _said_html(answer: Values) -> str:
    """Return the answer marked in its sentence, or before it where its place there is not known."""
    quote, sentence, apart = answer["answer"], answer["sentence"], ""
    inside = _inside(answer)
    if inside is None:
        if sentence != quote:
            apart = f'<p class="about" dir="auto">{escape(sentence)}</p>\n'
        sentence, inside = quote, Span(0, len(quote))
    return (
        f'<blockquote dir="auto">{mark_html(sentence, [(inside, "answer")])}</blockquote>\n{apart}'
        f'<p class="band">{escape(answer["band"])}</p>\n{_citation_html(answer)}'
    )


def _inside(answer: Values) -> Span | None:
    """Return where the answer stands in its sentence; None when that is not known."""
    begins = answer.get("sentence_start")
    if begins is None or answer["start"] < begins:
        return None
    span = Span(answer["start"] - begins, answer["end"] - begins)
    return span if span.of(answer["sentence"]) == answer["answer"] else None


def _silence_html(answer: Values) -> str:
    html = '<p class="silence">The brief does not say.</p>\n'
    if answer["missing"]:
        words = ", ".join(f'<q dir="auto">{escape(word)}</q>' for word in answer["missing"])
        html += f'<p class="about">Never in the brief: {words}.</p>\n'
    return html


def _citation_html(values: Values) -> str:
    names = ", ".join(f'<cite dir="auto">{escape(name)}</cite>' for name in _names(values))
    places = ", ".join(escape(place) for place in _places(values))
    sha256 = escape(values["document"]["sha256"])
    return f'<p class="citation">{names}, {places}<br>SHA-256 <code>{sha256}</code></p>\n'


def _hits_html(answer: Values) -> str:
    hits = answer["hits"]
    if not hits:
        return ""
    kind = "nearest" if answer["answer"] is None else "best-matching"
    passages = "passage" if len(hits) == 1 else "passages"
    shown = "".join(f"<li>{_hit_html(hit, answer)}</li>\n" for hit in hits)
    return (
        f"<details><summary>{kind} {passages} ({len(hits)})</summary>\n"
        f"<ol>\n{shown}</ol></details>\n"
    )


def _hit_html(hit: Values, answer: Values) -> str:
    """Return a passage line by line, the answer marked where it stands in it."""
    text, marks = hit["text"], list[Mark]()
    if answer["answer"] is not None and answer["document"]["sha256"] == hit["document"]["sha256"]:
        start = hit["start"]
        marks = [(Span(answer["start"] - start, answer["end"] - start), "answer")]
    shown = (mark_html(text, marks, start=s.start, end=s.end) for s in lines(text, 0, len(text)))
    html = "".join(f'<p dir="auto">{line}</p>\n' for line in shown) + _citation_html(hit)
    if hit["copies"]:
        names = "; ".join(escape(", ".join(_names(copy))) for copy in hit["copies"])
        html += f'<p class="citation" dir="auto">also in: {names}</p>\n'
    return html
