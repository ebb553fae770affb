"""Example questions drawn from the documents themselves, and checked by asking them.

No model writes them: four patterns of English turn a sentence into a question that it
answers. Only a question that is then answered with the very sentence it came from is kept,
so a pattern that misreads a sentence mostly costs nothing but an example. Showing them is
left to `page`; documents that fit no pattern get none.
"""

import itertools
import re
from collections.abc import Callable, Iterator

from qa.abbreviations import pairs
from qa.assistant import ask
from qa.index import Index
from qa.types import Passage, Span

__all__ = ["example_questions"]

MAX_SENTENCES = 300
"""So many sentences are looked at, so that a large index opens as fast as a small one."""

MAX_TRIED = 4
MAX_KEPT = 2
"""Of each kind of question, so many are asked, and so many kept, so that the kinds differ."""

LONGEST = 80
"""Characters; a longer question is no example to click."""

Rule = Callable[[str], str | None]
"""A sentence to the question it answers, or None."""

_NAME = r"[A-Z][\w’'-]+(?: (?:[A-Z]\.|[A-Z][\w’'-]+)){1,3}"
# A role names its holder within a few words: "the former prime minister of", "an art historian".
_PERSON = re.compile(
    rf"({_NAME}), (?:the|a|an) (?:[\w’'-]+ ){{0,3}}"
    r"(?:\w+(?:er|or|ist|ian|ary|ent|man)|[Cc]hief|[Hh]ead)\b[^,.]*,"
)
_DATE = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July"
    r"|August|September|October|November|December|May \d|\d May|(?:1[5-9]|20)\d\d)\b"
)
_BARE = dict(
    form.split("/")
    for form in "opens/open begins/begin starts/start closes/close ends/end "
    "opened/open began/begin started/start closed/close ended/end".split()
)
"""What verbs of an event become after "does" and "did"."""

_EVENT = re.compile(rf"The ((?:[\w’'-]+ ){{0,2}}[\w’'-]+?)(?:,| (is|was|{'|'.join(_BARE)})\b)")
# After the verb comes what the subject is, not what is done to it.
_COPULA = re.compile(
    r"The ([^,.;:()]+? of [^,.;:()]+?) (is|was|are|were) (?:an?|the|that|to|\W?\d)"
)


def example_questions(index: Index, *, limit: int = 5) -> list[str]:
    """Return questions that the documents answer, of several kinds.

    Args:
        index: the documents, which are asked each question.
        limit: how many at most.

    Returns:
        The questions, in the order of the text; none when no sentence fits a pattern.
    """
    rules: tuple[Rule, ...] = (_who, _when, _what, _stands_for)
    tried = [itertools.islice(_drawn(index, rule), MAX_TRIED) for rule in rules]
    kept = [
        list(itertools.islice((draw for draw in draws if _is_answered(index, *draw)), MAX_KEPT))
        for draws in tried
    ]
    # The best kinds come round twice only where there is room.
    chosen = [d for turn in itertools.zip_longest(*kept) for d in turn if d is not None][:limit]
    place = {passage.id: at for at, passage in enumerate(index.passages)}
    return [question for question, _, _ in sorted(chosen, key=lambda d: (place[d[1].id], d[2]))]


def _drawn(index: Index, rule: Rule) -> Iterator[tuple[str, Passage, Span]]:
    """Yield the different questions a rule draws, each with the sentence it came from."""
    seen: set[str] = set()
    sentences = ((passage, span) for passage in index.passages for span in passage.sentences)
    for passage, span in itertools.islice(sentences, MAX_SENTENCES):
        document = index.document_of(passage)
        if any(c.start < span.end and span.start < c.end for c in document.captions):
            continue
        question = rule(span.of(document.text).strip())
        if question and len(question) <= LONGEST and question not in seen:
            seen.add(question)
            yield question, passage, span


def _is_answered(index: Index, question: str, passage: Passage, sentence: Span) -> bool:
    answer = ask(question, index=index)
    return answer.document == index.document_of(passage) and answer.sentence == sentence


def _who(sentence: str) -> str | None:
    """Who is Jane Doe, from: Jane Doe, the head of the museum, …."""
    found = _PERSON.search(sentence)
    return f"Who is {found[1]}?" if found else None


def _when(sentence: str) -> str | None:
    """When is the trip, from: The trip, … in May 2025."""
    found = _EVENT.match(sentence)
    if not found or not _DATE.search(sentence):
        return None
    verb = found[2] or "is"
    if verb in _BARE:
        return f"When {'does' if verb.endswith('s') else 'did'} the {found[1]} {_BARE[verb]}?"
    return f"When {verb} the {found[1]}?"


def _what(sentence: str) -> str | None:
    """What is the aim of the talks, from: The aim of the talks is …."""
    found = _COPULA.match(sentence)
    return f"What {found[2]} the {found[1]}?" if found else None


def _stands_for(sentence: str) -> str | None:
    """What does ESA stand for, from: … European Space Agency (ESA)."""
    spelt = next(pairs(sentence), None)
    return f"What does {spelt[1].of(sentence)} stand for?" if spelt else None
