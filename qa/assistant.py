"""The whole story on one page: retrieve and ask.

Asking is: resolve the question, retrieve passages, read them, decide, answer. Each step is
a room of its own below; making an index is left to `collection`, showing an answer to
`commands` and `chat`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa import retrieval
from qa.abbreviations import asked_abbreviation, pairs
from qa.conversation import Turn, resolve
from qa.decision import evidence, shipped_decision
from qa.defaults import default_index
from qa.index import Index
from qa.questions import wants_yes_or_no
from qa.reader import Reading, open_reader
from qa.types import Answer, Band, Hit, Span
from qa.words import content_words, split_words

__all__ = ["Considered", "ask", "consider", "retrieve"]

READ = 8
"""So many passages are read for the exact answer, however few are shown."""

SURE = 12.0
"""The log-odds of a long form that spells out the letters asked for."""


def retrieve(question: str, *, k: int = 5, index: Index | None = None) -> list[Hit]:
    """Return the passages that match a question best, best first.

    Args:
        question: the question, in plain words.
        k: how many passages at most.
        index: what to ask; None for the default index (see `load`), loaded once.

    Raises:
        QuestionError: the question is empty or far too long, or `k` is below 1.
        IndexFolderError: the default index is missing or damaged.

    >>> import qa
    >>> hit = qa.retrieve("When is the visit?")[0]
    >>> hit.document.text[hit.passage.start:hit.passage.end] == hit.passage.text
    True
    """
    return retrieval.retrieve(default_index() if index is None else index, question, k=k)


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    k: int = 5,
    index: Index | None = None,
) -> Answer:
    """Answer a question with a quote, or with silence when the documents do not say.

    Args:
        question: the question, in plain words.
        history: the earlier turns, oldest first: each a question, or a (question, answer) pair.
        k: how many passages to return beside the answer, at most.
        index: what to ask; None for the default index (see `load`), loaded once.

    Returns:
        The answer; `text` and `span` are None when the documents do not say. `bool(answer)`
        tells whether there is one.

    Raises:
        QuestionError: the question is empty or far too long, or `k` is below 1.
        IndexFolderError: the default index is missing or damaged.
        ReaderError: the reader's weights are missing or altered; `retrieve` still works.

    >>> import qa
    >>> qa.ask("When is the visit?").band
    'well supported'
    >>> qa.ask("Who won the chess tournament in Reykjavik?").text is None
    True
    """
    index = default_index() if index is None else index
    question = retrieval.check_question(question, k=k)
    resolved = resolve(question, history, knows=index.words.knows)
    found = consider(index, resolved.question, k=k)
    said = found.readings[0] if found.band != "not in the brief" else None
    span = found.span if said else None
    return Answer(
        question=question,
        resolved=resolved.question,
        carried=resolved.carried,
        text=span.of(said.hit.document.text) if said and span else None,
        span=span,
        sentence=said.sentence if said else None,
        document=said.hit.document if said else None,
        confidence=found.confidence,
        band=found.band,
        hits=found.hits[:k],
        missing=_missing(index, question),
    )


@dataclass(frozen=True, slots=True)
class Considered:
    """What was found for a question, before anything is said.

    `readings` and `hits` come best first; `span` is what would be quoted of the first reading,
    None when there is none.
    """

    hits: tuple[Hit, ...]
    readings: tuple[Reading, ...]
    span: Span | None
    confidence: float
    band: Band


def consider(index: Index, question: str, *, k: int = READ) -> Considered:
    """Retrieve passages, read them, and decide how sure the best reading is."""
    hits = retrieval.retrieve(index, question, k=max(k, READ))
    readings = _spelt_out(question, hits, open_reader().read(question, hits))
    decision = shipped_decision()
    span, confidence = None, 0.0
    if readings:
        best = readings[0]
        span = best.sentence if wants_yes_or_no(question) else best.span
        confidence = decision.confidence(evidence(question, readings, index.words))
    read = [reading.hit for reading in readings]
    unread = [hit for hit in hits if hit not in read]
    return Considered(
        (*read, *unread), tuple(readings), span, confidence, decision.band(confidence)
    )


def _spelt_out(
    question: str, hits: Sequence[Hit], readings: Sequence[Reading]
) -> Sequence[Reading]:
    """Return readings with the long form that a question asks for first, if a hit spells it out.

    A reader often misses a part of it, or doubts it; its letters leave no doubt. There is
    nothing to read where what surely is an abbreviation does not stand.
    """
    asked = asked_abbreviation(question)
    if asked is None:
        return [*(_whole(question, first) for first in readings[:1]), *readings[1:]]
    letters = asked.letters.casefold()
    if asked.surely and not any(letters in hit.passage.text.casefold() for hit in hits):
        return ()
    for hit in hits:
        passage = hit.passage
        for long, short in pairs(passage.text):
            if short.of(passage.text).casefold() == letters:
                span = Span(passage.start + long.start, passage.start + long.end)
                around = next(s for s in passage.sentences if s.start <= span.start < s.end)
                others = [reading for reading in readings if reading.hit != hit]
                score = max((other.score for other in others), default=0.0) + SURE
                return [Reading(hit, span, around, SURE, score), *others]
    return readings


def _whole(question: str, reading: Reading) -> Reading:
    """Return a reading with all of the long form that it quotes from, if its letters are asked of.

    "Accelerated Commerce" does not say what the COMPACT plan is.
    """
    passage, named = reading.hit.passage, {word.stem for word in split_words(question)}
    for long, short in pairs(passage.text):
        span = Span(passage.start + long.start, passage.start + long.end)
        within = span.start <= reading.span.start and reading.span.end <= span.end
        if within and split_words(short.of(passage.text))[0].stem in named:
            return replace(reading, span=span)
    return reading


def _missing(index: Index, question: str) -> tuple[str, ...]:
    """Return the question's content words that no passage uses, as written, each once."""
    words = content_words(question)
    return tuple(dict.fromkeys(w.span.of(question) for w in words if not index.words.knows(w)))
