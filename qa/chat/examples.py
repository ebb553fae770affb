"""Example questions drawn from the documents themselves, and checked by asking them.

No model writes them: patterns of English (`drafts`) turn a sentence into a question that it
answers. Only a question that is then answered with those very words is kept, so a pattern that
misreads a sentence mostly costs nothing but an example. Showing them is left to `page`;
documents that fit no pattern get none.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from qa.assistant import ask
from qa.chat.drafts import RULES, Rule
from qa.index import Index
from qa.types import Band, Passage, Span
from qa.words import content_words

__all__ = ["example_questions"]

MAX_PASSAGES, MAX_SENTENCES = 10_000, 300
"""So many are looked at, so that a large index opens as fast as a small one."""

LONGEST_SENTENCE = 400
"""Characters; in a longer one no pattern is looked for, which could take long."""

MAX_ASKED = 16
"""So many questions are asked, so that the page opens soon."""

MAX_DRAWN, MAX_KEPT = 4, 2
"""Of each kind of question so many are drawn, and so many kept, so that the kinds differ."""

LONGEST = 80
"""Characters; a longer question is no example to click."""

ALIKE = 0.5
"""The share of their words from which on two questions are about the same."""

_FIRST_WORD = re.compile(r"[A-Z][a-z]+\b")


@dataclass(frozen=True, slots=True)
class _Example:
    """A question, the rule that drew it, the sentence it came from, and what should answer it."""

    question: str
    rule: Rule
    passage: Passage
    sentence: Span
    answer: Span

    def resembles(self, other: "_Example") -> bool:
        """Tell whether both come from one sentence, or ask with mostly the same words."""
        mine, others = _stems(self.question), _stems(other.question)
        alike = len(mine & others) >= ALIKE * len(mine | others)
        return self.sentence == other.sentence or alike


def _stems(question: str) -> set[str]:
    return {word.stem for word in content_words(question)}


def example_questions(index: Index, *, limit: int = 5) -> list[str]:
    """Return questions that the documents answer, of several kinds, no two alike.

    Args:
        index: the documents, which are asked each question.
        limit: how many at most.

    Returns:
        The questions, in the order of the text; none when no sentence fits a pattern. Those
        whose answers are well supported are taken before others.
    """
    sure: list[_Example] = []
    possible: list[_Example] = []
    asked = 0
    for example in _by_turns(index):
        if len(sure) >= limit or asked >= MAX_ASKED:
            break
        kept = [*sure, *possible]
        if [other.rule for other in kept].count(example.rule) >= MAX_KEPT:
            continue
        if any(example.resembles(other) for other in kept):
            continue
        asked += 1
        band = _answered(index, example)
        if band is not None:
            # One abbreviation is enough where there are other questions.
            again = example.rule is RULES[-1] and any(other.rule is RULES[-1] for other in kept)
            (sure if band == "well supported" and not again else possible).append(example)
    chosen = [*sure, *possible][:limit]
    place = {passage.id: at for at, passage in enumerate(index.passages)}
    chosen.sort(key=lambda example: (place[example.passage.id], example.sentence))
    return [example.question for example in chosen]


def _by_turns(index: Index) -> Iterator[_Example]:
    """Yield what the rules draw, one of each rule in turn, of the least used document first."""
    drawn = [list(itertools.islice(_drawn(index, rule), MAX_DRAWN)) for rule in RULES]
    used: Counter[str] = Counter()
    while any(drawn):
        for examples in drawn:
            if examples:
                example = min(examples, key=lambda one: used[one.passage.document_id])
                examples.remove(example)
                used[example.passage.document_id] += 1
                yield example


def _drawn(index: Index, rule: Rule) -> Iterator[_Example]:
    """Yield the different questions a rule draws."""
    seen: set[str] = set()
    for passage, sentence in itertools.islice(_sentences(index), MAX_SENTENCES):
        text = index.document_of(passage).text
        draft = rule(sentence.of(text))
        if draft is None:
            continue
        question, answer = _uncapitalised(draft[0], sentence, text), draft[1]
        if question and len(question) <= LONGEST and question not in seen:
            seen.add(question)
            within = Span(sentence.start + answer.start, sentence.start + answer.end)
            yield _Example(question, rule, passage, sentence, within)


def _uncapitalised(question: str, sentence: Span, text: str) -> str | None:
    """Return a question without the capital that only the sentence's beginning gave a word.

    None where the rest of the text does not show whether the word is a name.
    """
    first = _FIRST_WORD.match(text, sentence.start)
    if not first or not re.search(rf" {first[0]}\b(?! [A-Z])", question):
        return question
    small = len(re.findall(rf"\b{first[0].lower()}\b", text))
    large = len(re.findall(rf"[\w,] {first[0]}\b", text))
    if small > large:
        return re.sub(rf" {first[0]}\b", f" {first[0].lower()}", question, count=1)
    return question if large else None


def _sentences(index: Index) -> Iterator[tuple[Passage, Span]]:
    """Yield sentences of a usual length that are no captions, of several documents by turns."""
    passages = sorted(
        index.passages[:MAX_PASSAGES], key=lambda passage: int(passage.id.rpartition(":")[2])
    )
    for passage in passages:
        captions = index.document_of(passage).captions
        for sentence in passage.sentences:
            short = sentence.end - sentence.start <= LONGEST_SENTENCE
            if short and not any(
                c.start < sentence.end and sentence.start < c.end for c in captions
            ):
                yield passage, sentence


def _answered(index: Index, example: _Example) -> Band | None:
    """Return how sure the answer is, None if the words it should have are not in it."""
    answer = ask(example.question, index=index)
    if answer.span is None or answer.document != index.document_of(example.passage):
        return None
    overlaps = answer.span.start < example.answer.end and example.answer.start < answer.span.end
    return answer.band if overlaps and answer.sentence == example.sentence else None
