"""What a person reads in the chat, as HTML: the question, the answer, the passages it rests on.

Plain functions from an `Answer` to a text. Every word of a document or a question leaves
through `qa.markup`, so none of it can become HTML. The brief beside the chat is left to
`source`, showing the replies to `page`.
"""

import itertools
from collections.abc import Sequence

from qa.chat.source import SHOWN_PASSAGES, anchor, lines, number, shown_hits
from qa.markup import Mark, escape, mark_html
from qa.types import Answer, Copy, Hit
from qa.words import shared_spans

__all__ = ["answer_html", "hit_html", "notice_html", "question_html", "unread_html"]

MAX_MISSING = 8
"""So many words that the brief lacks are named; a pasted page would lack hundreds."""

MAX_COPIES = 8
"""So many documents that say the same are named."""

MAX_WORD = 40
"""Characters of a word that the brief lacks; the rest says nothing more."""


def question_html(question: str) -> str:
    """Return a question as the person typed it."""
    return f'<p class="qa-asked" dir="auto">{escape(question.strip())}</p>'


def notice_html(sentence: str) -> str:
    """Return a sentence on why a question was not asked."""
    return f"<p>{escape(sentence)}</p>"


def answer_html(answer: Answer, *, several: bool = False) -> str:
    """Return a reply: the answer in its sentence, or that there is none, and the best passages.

    Args:
        answer: what was found.
        several: whether the index holds several documents, so that a citation must name its own.

    Returns:
        The HTML, all text in it escaped.
    """
    parts = []
    if answer.resolved != answer.question:
        read_as = escape(answer.resolved)
        parts.append(f'<p class="qa-read-as" dir="auto">↳ read as: “{read_as}”</p>')
    parts.append(_said_html(answer, several=several) if answer else _silence_html(answer, several))
    kind = "best-matching" if answer else "nearest"
    parts.append(_passages_html(kind, shown_hits(answer), answer.resolved, several=several))
    return f'<div class="qa-reply">{"".join(parts)}</div>'


def unread_html(sentence: str, hits: Sequence[Hit], question: str, *, several: bool = False) -> str:
    """Return a reply where no answer can be looked for: why, and the best passages."""
    hits = hits[:SHOWN_PASSAGES]
    passages = _passages_html("best-matching", hits, question, several=several, unfolded=True)
    return f'<div class="qa-reply">{notice_html(sentence)}{passages}</div>'


def _passages_html(
    kind: str, hits: Sequence[Hit], question: str, *, several: bool, unfolded: bool = False
) -> str:
    if not hits:
        return ""
    passages = "passage" if len(hits) == 1 else "passages"
    shown = "".join(
        hit_html(hit, question, rank=rank, several=several)
        for rank, hit in enumerate(hits, start=1)
    )
    return (
        f'<details class="qa-passages"{" open" if unfolded else ""}>'
        f"<summary>{kind} {passages} ({len(hits)})</summary><ol>{shown}</ol></details>"
    )


def hit_html(hit: Hit, question: str, *, rank: int, several: bool = False) -> str:
    """Return a passage as a list item, the question's words marked in it.

    Args:
        hit: the passage.
        question: whose words are marked.
        rank: its place among the passages of the reply, from 1; picks its tint.
        several: whether the index holds several documents.
    """
    text = hit.passage.text
    marks: list[Mark] = [(span, "qa-word") for span in shared_spans(question, text)]
    html = (mark_html(text, marks, start=s.start, end=s.end) for s in lines(text, 0, len(text)))
    shown = "".join(f'<span class="qa-line" dir="auto">{line}</span>' for line in html)
    place = anchor(hit.passage)
    cited = _citation_html(hit, several=several)
    return (
        f'<li class="qa-hit qa-rank-{rank}" data-goto="{place}">{cited}'
        f"<div>{shown}{_copies_html(hit)}</div></li>"
    )


def _copies_html(hit: Hit) -> str:
    if not hit.copies:
        return ""
    names = "; ".join(escape(_name(copy)) for copy in hit.copies[:MAX_COPIES])
    more = len(hit.copies) - MAX_COPIES
    rest = f" and {more} more" if more > 0 else ""
    return f'<p class="qa-about" dir="auto">also in: {names}{rest}</p>'


def _said_html(answer: Answer, *, several: bool) -> str:
    document, span, sentence = answer.document, answer.span, answer.sentence
    if document is None or span is None or sentence is None:
        raise ValueError("an answer that is said has a document, a span and a sentence")
    quote = mark_html(document.text, [(span, "qa-answer")], start=sentence.start, end=sentence.end)
    band = answer.band.replace(" ", "-")
    cited = "".join(
        _citation_html(hit, several=several)
        for hit in shown_hits(answer)
        if hit.document.id == document.id and hit.passage.start <= span.start < hit.passage.end
    )
    return (
        f'<p class="qa-quote" dir="auto">{quote} {cited}</p>'
        f'<p class="qa-about"><span class="qa-band qa-{band}">{answer.band}</span></p>'
    )


def _silence_html(answer: Answer, several: bool) -> str:
    says = "The documents do not say." if several else "The brief does not say."
    html = f'<p class="qa-silent">{says}</p>'
    if answer.missing:
        words = ", ".join(
            f'<q class="qa-absent" dir="auto">{escape(_short(word))}</q>'
            for word in itertools.islice(answer.missing, MAX_MISSING)
        )
        more = len(answer.missing) - MAX_MISSING
        rest = f" and {more} more" if more > 0 else ""
        where = "the documents" if several else "the brief"
        html += f'<p class="qa-missing">Never in {where}: {words}{rest}.</p>'
    return html


def _short(word: str) -> str:
    return word if len(word) <= MAX_WORD else word[: MAX_WORD - 1] + "…"


def _citation_html(hit: Hit, *, several: bool) -> str:
    where = f"{escape(_name(hit))} " if several else ""
    return (
        f'<a class="qa-cite" href="#{anchor(hit.passage)}" '
        f'aria-label="{where}passage {number(hit.passage)}, show it in the text">'
        f"{where}[{number(hit.passage)}]</a>"
    )


def _name(found: Hit | Copy) -> str:
    return _short(found.document.title or found.document.source or "Untitled")
