"""How well questions with known answers are answered: `qa eval`.

A question is a JSON line:

    {"question": "When does it open?", "answers": ["3 May"], "source": "bridge.md", "kind": "date"}

Empty `answers` mean that the text does not say. A question is asked of the file `source`
beside the questions, or of the texts given as `context` (those of one `title` are one
document, as in SQuAD), or else of the index. The measures themselves are in `measures`.
"""

import functools
import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.assistant import Considered, consider
from qa.collection import load
from qa.documents import read
from qa.errors import QuestionError
from qa.index import Index
from qa.measures import auroc, best_overall, exact, f1, interval, recall, reciprocal_rank
from qa.onnx import open_embedder
from qa.retrieval import check_question
from qa.types import Document, Hit, Span
from qa.weights import find_weights

__all__ = ["Outcome", "Question", "evaluate", "figures", "indices", "read_questions"]

RIGHT = 0.5
"""From this F1 on an answer counts as right for a band's precision."""
_DEPTH = 10
_NAMES = ("source", "context", "title", "kind")
"""What a question may have besides, as texts."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold answers, as texts; `spans` say where they stand, if that is known.

    `place` names the document it is asked of: a file or a title; None for the index.
    """

    text: str
    answers: tuple[str, ...]
    kind: str
    place: str | None
    spans: tuple[Span, ...] = ()


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
        """Whether what was done is right: an answer that is, or silence where nothing is said."""
        if not self.question.answers:
            return not self.answered
        return self.answered and self.f1 >= RIGHT


def read_questions(file: Path) -> tuple[list[Question], dict[str, Document]]:
    """Read questions, and the documents they bring along by their `place`.

    Raises:
        QuestionError: the file cannot be read, or a line is no question.
        DocumentError: a source cannot be read.
    """
    rows = list(_rows(file))
    if not rows:
        raise QuestionError(f"{file} holds no question; write one JSON object a line.")
    texts: dict[str, dict[str, int]] = {}
    for row in rows:
        if context := row.get("context"):
            known = texts.setdefault(_title(row), {})
            if context not in known:
                known[context] = sum(len(text) + 2 for text in known)
    documents = {title: Document("\n\n".join(known), title=title) for title, known in texts.items()}
    for row in rows:
        if (source := row.get("source")) and source not in documents:
            documents[source] = read(file.parent / source)[0]
    return [_question(row, texts) for row in rows], documents


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if file.suffix == ".gz" else open
    number = 0
    try:
        with opened(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    row = json.loads(line)
                    check_question(row["question"])
                    answers = row["answers"]
                    if not isinstance(answers, list) or not all(map(_is_answer, answers)):
                        raise TypeError
                    if not all(isinstance(row.get(name), str | None) for name in _NAMES):
                        raise TypeError
                    yield row
    except (OSError, EOFError, zlib.error) as error:  # the latter two: a damaged .gz
        reason = getattr(error, "strerror", None) or error
        raise QuestionError(f"{file} cannot be read ({reason}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, QuestionError) as error:
        raise QuestionError(
            f"Line {number} of {file} is no question; write one JSON object a line, such as "
            '{"question": "When does it open?", "answers": ["3 May"]}'
        ) from error


def _text(answer: Any) -> str:
    return str(answer["text"] if isinstance(answer, dict) else answer)


def _is_answer(answer: Any) -> bool:
    return isinstance(answer, str) or (
        isinstance(answer, dict)
        and isinstance(answer.get("text"), str)
        and isinstance(answer.get("start", 0), int)
    )


def _title(row: dict[str, Any]) -> str:
    return str(row.get("title") or row["context"])


def _question(row: dict[str, Any], texts: dict[str, dict[str, int]]) -> Question:
    answers = tuple(_text(answer) for answer in row["answers"])
    spans: tuple[Span, ...] = ()
    place = row.get("source")
    if context := row.get("context"):
        place = _title(row)
        offset = texts[place][context]
        spans = tuple(
            Span(offset + a["start"], offset + a["start"] + len(a["text"]))
            for a in row["answers"]
            if isinstance(a, dict) and "start" in a
        )
    kind = row.get("kind") or ("answerable" if answers else "unanswerable")
    return Question(row["question"], answers, kind, place, spans)


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
    """Return every measure of some outcomes, as plain values; None where none can be given."""
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
    }


def _precision(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    right = sum(o.right for o in outcomes)
    low, high = interval(right, len(outcomes))
    return {
        "answers": len(outcomes),
        "precision": right / len(outcomes) if outcomes else None,
        "interval": [low, high],
    }
