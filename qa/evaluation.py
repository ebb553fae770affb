"""How well questions with known answers are answered: `qa eval`.

Reading the questions is left to `gold`, showing the figures to `report`; the measures
themselves are in `measures`.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.assistant import Considered, consider
from qa.defaults import load
from qa.gold import Question
from qa.index import Index
from qa.measures import auroc, best_overall, exact, f1, interval, recall, reciprocal_rank
from qa.retrieval import check_question
from qa.twins import open_embedder
from qa.types import Document, Hit, Span
from qa.weights import find_weights

__all__ = ["RIGHT", "Outcome", "evaluate", "figures", "indices"]

RIGHT = 0.5
"""From this F1 on an answer counts as right for a band's precision."""
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question.

    `rank` is the first passage's with a gold answer, from 1, or None; `said` is the likeliest
    answer whether or not it was said; `answered` tells whether it was.
    """

    question: Question
    rank: int | None
    said: str
    sentence_right: bool
    exact: float
    f1: float
    confidence: float
    band: str
    answered: bool

    @property
    def right(self) -> bool:
        """Whether what was done is right: an answer that is, or silence where nothing is said.

        Where an answer, or silence, was rejected, anything else is right.
        """
        if (rejected := self.question.rejected) is not None:
            return not (self.answered and exact(self.said, rejected)) if rejected else self.answered
        if not self.question.answers:
            return not self.answered
        return self.answered and self.f1 >= RIGHT


def indices(documents: dict[str, Document], folder: Path | None) -> Callable[[str | None], Index]:
    """Return what gives the index of a place, each built once: a document's, or the folder's."""

    @functools.cache
    def index_of(place: str | None) -> Index:
        if place is None:
            return load(folder)
        embedder = open_embedder(find_weights())
        return Index.build([documents[place]], embedder=embedder, asking=embedder)

    return index_of


def evaluate(
    questions: Sequence[Question],
    index_of: Callable[[str | None], Index],
    *,
    done: Callable[[int], None] | None = None,
) -> Iterator[Outcome]:
    """Ask every question and yield what came of it, in order.

    Args:
        questions: what to ask.
        index_of: the index of a question's `place`.
        done: told how many are done, after each.
    """
    for count, question in enumerate(questions, 1):
        index = index_of(question.place)
        yield _outcome(question, consider(index, check_question(question.text)), index)
        if done:
            done(count)


def _outcome(question: Question, found: Considered, index: Index) -> Outcome:
    golds = _gold_spans(question, index)
    ranks = [n for n, hit in enumerate(found.hits[:_DEPTH], 1) if _holds(hit, golds)]
    best = found.readings[0] if found.readings else None
    said = found.span.of(best.hit.document.text) if best and found.span else ""
    return Outcome(
        question=question,
        rank=ranks[0] if ranks else None,
        said=said,
        sentence_right=best is not None
        and any(
            best.hit.document.id == document
            and best.sentence.start <= gold.start < best.sentence.end
            for document, gold in golds
        ),
        exact=exact(said, question.answers) if question.answers else 0.0,
        f1=f1(said, question.answers) if question.answers else 0.0,
        confidence=found.confidence,
        band=found.band,
        answered=found.band != "not in the brief",
    )


def _gold_spans(question: Question, index: Index) -> list[tuple[str, Span]]:
    """Return where the gold answers stand: as given, or else wherever their texts occur."""
    if question.spans:
        return [(index.documents[0].id, span) for span in question.spans]
    golds = []
    for document in index.documents:
        for answer in filter(None, question.answers):
            start = document.text.find(answer)
            while start >= 0:
                golds.append((document.id, Span(start, start + len(answer))))
                start = document.text.find(answer, start + 1)
    return golds


def _holds(hit: Hit, golds: Sequence[tuple[str, Span]]) -> bool:
    passage = hit.passage
    return any(
        hit.document.id == document and passage.start <= gold.start < passage.end
        for document, gold in golds
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return every measure of some outcomes, as plain values; None where none can be given.

    Questions whose right answer is not known, only a rejected one, are counted apart.
    """
    rejected = [o for o in outcomes if o.question.rejected is not None]
    outcomes = [o for o in outcomes if o.question.rejected is None]
    able = [o for o in outcomes if o.question.answers]
    unable = [o for o in outcomes if not o.question.answers]
    ranks = [o.rank for o in able]

    def mean(values: Sequence[float]) -> float | None:
        return sum(values) / len(values) if values else None

    return {
        "questions": len(outcomes),
        "answerable": len(able),
        "recall@1": recall(ranks, 1) if able else None,
        "recall@3": recall(ranks, 3) if able else None,
        "recall@5": recall(ranks, 5) if able else None,
        "MRR@10": reciprocal_rank(ranks) if able else None,
        "answer sentence@1": mean([float(o.sentence_right) for o in able]),
        "EM": mean([o.exact for o in able]),
        "F1": mean([o.f1 for o in able]),
        "AUROC": auroc([o.confidence for o in able], [o.confidence for o in unable]),
        "best overall F1": best_overall(
            [o.confidence for o in outcomes],
            [o.f1 for o in outcomes],
            [bool(o.question.answers) for o in outcomes],
        )
        if outcomes
        else None,
        "false answers": mean([float(o.answered) for o in unable]),
        "false refusals": mean([float(not o.answered) for o in able]),
        "bands": {
            band: _precision([o for o in outcomes if o.band == band])
            for band in ("well supported", "possible")
        },
        "rejected": {
            "questions": len(rejected),
            "given again": sum(not o.right for o in rejected),
        },
    }


def _precision(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    right = sum(o.right for o in outcomes)
    low, high = interval(right, len(outcomes))
    return {
        "answers": len(outcomes),
        "precision": right / len(outcomes) if outcomes else None,
        "interval": [low, high],
    }
