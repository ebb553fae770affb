"""What a person reads in the chat, as HTML: the question, the answer, the passages it rests on.

Plain functions from an answer's plain values (`Answer.to_dict`) to a text, so that a reply can
be shown again from what a browser kept. Every word of a document or a question leaves through
`qa.markup`, so none of it can become HTML. The brief beside the chat is left to `source`,
the turns of a chat to `turns`, showing them to `page`.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from qa.chat.export import quote_text
from qa.chat.source import anchor, lines, name_of, number, shown_hits
from qa.markup import Mark, escape, mark_html
from qa.types import Span
from qa.words import shared_spans

__all__ = [
    "answer_html",
    "cleared_html",
    "earlier_html",
    "hit_html",
    "notice_html",
    "question_html",
    "turn_html",
]

Values = Mapping[str, Any]

MAX_MISSING = 8
"""So many words that the brief lacks are named; a pasted page would lack hundreds."""

MAX_COPIES = 8
"""So many documents that say the same are named."""

MAX_WORD = 40
"""Characters of a word that the brief lacks; the rest says nothing more."""

_THUMB = "M7 11v9H3v-9zm2 9V10l4.6-7.6a1.7 1.7 0 0 1 3.1 1.3L15.5 9H20a2 2 0 0 1 2 2.4l-1.4 7A2 2 0 0 1 18.6 20z"  # fmt: skip  # noqa: E501


def question_html(question: str) -> str:
    """Return a question as the person typed it."""
    return f'<h2 class="qa-asked" dir="auto">{escape(question.strip())}</h2>'


def notice_html(sentence: str) -> str:
    """Return a sentence on why something was not done."""
    return f"<p>{escape(sentence)}</p>"


def earlier_html(number: int) -> str:
    """Return a sentence on the turns of a long chat that are not shown any more."""
    questions = "question is" if number == 1 else "questions are"
    return (
        f'<p class="qa-about">{number} earlier {questions} kept; “Save chat” has all of them.</p>'
    )


def turn_html(turn: Values, several: bool) -> tuple[str, str]:
    """Return the question and the reply of a turn (see `qa.chat.turns.Turn`)."""
    answer = answer_html(turn["answer"], turn=turn["id"], liked=turn.get("liked"), several=several)
    return question_html(turn["question"]), answer


def cleared_html() -> str:
    """Return a sentence on a chat that was cleared, and the way back."""
    undo = '<button type="button" class="qa-undo">Bring it back</button>'
    return f'<p class="qa-cleared">The chat is cleared. {undo}</p>'


def answer_html(
    answer: Values, *, turn: str = "", liked: bool | None = None, several: bool = False
) -> str:
    """Return a reply: the answer in its sentence, or that there is none, and the best passages.

    Args:
        answer: what was found, as `Answer.to_dict` gives it; a `notice` in it says why no
            answer could be looked for.
        turn: what the page knows the turn by; empty where it cannot be acted on.
        liked: what the person said of it; None when nothing.
        several: whether the index holds several documents, so that a citation must name its own.

    Returns:
        The HTML, all text in it escaped.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the values are no answer's.
    """
    parts = []
    if answer["resolved"] != answer["question"]:
        parts.append(_read_as_html(answer, turn))
    if notice := answer.get("notice"):
        parts.append(notice_html(notice))
    elif answer["answer"] is None:
        parts.append(_silence_html(answer["missing"], several))
    else:
        parts.append(_said_html(answer, several=several))
    kind = "nearest" if answer["answer"] is None and not notice else "best-matching"
    hits = shown_hits(answer)
    parts.append(
        _passages_html(kind, hits, answer["resolved"], several=several, unfolded=bool(notice))
    )
    if turn and not notice:
        parts.append(_actions_html(answer, liked))
    named = f' data-turn="{escape(turn)}" tabindex="-1"' if turn else ""
    return f'<div class="qa-reply"{named}>{"".join(parts)}</div>'


def _read_as_html(answer: Values, turn: str) -> str:
    words = ", ".join(f"“{escape(phrase)}”" for phrase in answer["carried"])
    without = (
        f' <button type="button" class="qa-alone" aria-label="Ask as typed, without {words}" '
        f'title="Without {words}">Ask as typed</button>'
        if turn and words
        else ""
    )
    return (
        f'<p class="qa-read-as" dir="auto">↳ read as: “{escape(answer["resolved"])}”{without}</p>'
    )


def _actions_html(answer: Values, liked: bool | None) -> str:
    copied = (
        f'<button type="button" class="qa-copy" data-copy="{_escape_lines(quote_text(answer))}">'
        "Copy quote</button>"
        if answer["answer"] is not None
        else ""
    )
    return (
        f'<p class="qa-actions">{copied}'
        f'<button type="button" class="qa-link" data-question="{escape(answer["resolved"])}">'
        "Copy link</button>"
        f"{_thumb_html('up', 'Right', pressed=liked is True)}"
        f"{_thumb_html('down', 'Wrong', pressed=liked is False)}"
        '<span class="qa-done" role="status"></span></p>'
    )


def _thumb_html(way: str, label: str, *, pressed: bool) -> str:
    state = "true" if pressed else "false"
    return (
        f'<button type="button" class="qa-thumb qa-{way}" data-way="{way}" aria-pressed="{state}" '
        f'aria-label="{label}: thumbs {way}" title="{label}"><svg viewBox="0 0 24 24" '
        f'aria-hidden="true"><path d="{_THUMB}"/></svg></button>'
    )


def _escape_lines(text: str) -> str:
    """Return text of several lines for an HTML attribute, its line ends kept."""
    return "&#10;".join(escape(line) for line in text.split("\n"))


def _passages_html(
    kind: str, hits: Sequence[Values], question: str, *, several: bool, unfolded: bool = False
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


def hit_html(hit: Values, question: str, *, rank: int, several: bool = False) -> str:
    """Return a passage as a list item, the question's words marked in it.

    Args:
        hit: the passage, as `hit_to_dict` gives it.
        question: whose words are marked.
        rank: its place among the passages of the reply, from 1; picks its tint.
        several: whether the index holds several documents.
    """
    text = hit["text"]
    marks: list[Mark] = [(span, "qa-word") for span in shared_spans(question, text)]
    html = (mark_html(text, marks, start=s.start, end=s.end) for s in lines(text, 0, len(text)))
    shown = "".join(f'<span class="qa-line" dir="auto">{line}</span>' for line in html)
    place = anchor(hit["passage"])
    cited = _citation_html(hit, hit["page"], several=several)
    return (
        f'<li class="qa-hit qa-rank-{rank}" data-goto="{place}">{cited}'
        f"<div>{shown}{_copies_html(hit['copies'])}</div></li>"
    )


def _copies_html(copies: Sequence[Values]) -> str:
    if not copies:
        return ""
    names = "; ".join(escape(_name(copy["document"])) for copy in copies[:MAX_COPIES])
    more = len(copies) - MAX_COPIES
    rest = f" and {more} more" if more > 0 else ""
    return f'<p class="qa-about" dir="auto">also in: {names}{rest}</p>'


def _said_html(answer: Values, *, several: bool) -> str:
    document, sentence, start = answer["document"], answer["sentence"], answer["sentence_start"]
    span = Span(answer["start"] - start, answer["end"] - start)
    if span.of(sentence) != answer["answer"]:
        raise ValueError("the answer is not what its sentence says there")
    quote = mark_html(sentence, [(span, "qa-answer")])
    band = {"well supported": "well-supported", "possible": "possible"}[answer["band"]]
    cited = "".join(
        _citation_html(hit, answer["page"], several=several)
        for hit in shown_hits(answer)
        if hit["document"]["id"] == document["id"] and hit["start"] <= answer["start"] < hit["end"]
    )
    return (
        f'<p class="qa-quote" dir="auto">{quote} {cited}</p>'
        f'<p class="qa-about"><span class="qa-band qa-{band}">{answer["band"]}</span></p>'
    )


def _silence_html(missing: Sequence[str], several: bool) -> str:
    says = "The documents do not say." if several else "The brief does not say."
    html = f'<p class="qa-silent">{says}</p>'
    if missing:
        words = ", ".join(
            f'<q class="qa-absent" dir="auto">{escape(_short(word))}</q>'
            for word in itertools.islice(missing, MAX_MISSING)
        )
        more = len(missing) - MAX_MISSING
        rest = f" and {more} more" if more > 0 else ""
        where = "the documents" if several else "the brief"
        html += f'<p class="qa-missing">Never in {where}: {words}{rest}.</p>'
    return html


def _short(word: str) -> str:
    return word if len(word) <= MAX_WORD else word[: MAX_WORD - 1] + "…"


def _citation_html(hit: Values, page: int | None, *, several: bool) -> str:
    where = f"{escape(_name(hit['document']))} " if several else ""
    where += f"p. {int(page)} " if page is not None else ""
    passage = number(hit["passage"])
    return (
        f'<a class="qa-cite" href="#{anchor(hit["passage"])}" '
        f'aria-label="{where}passage {passage}, show it in the text">{where}[{passage}]</a>'
    )


def _name(document: Values) -> str:
    return _short(name_of(document))
