"""The public evaluation data: where it is, how it is read, and what counts as right.

It is not part of this project. It is looked for in $QA_EVALUATION, else beside the checkout
in ../shared/evaluation; what is missing is said, never passed over in silence.
"""

import collections
import gzip
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from qa.conversation import resolve
from qa.embedder import Embedder, Role
from qa.engines import Vectors
from qa.types import Document, Hit, Span
from qa.words import content_words

FOLDER = Path(
    os.environ.get("QA_EVALUATION") or Path(__file__).parents[2] / "shared" / "evaluation"
)
MISSING = "the evaluation data is not here (name its folder in QA_EVALUATION)"
CUTS = (1, 3, 5)


def rows(name: str) -> list[dict[str, Any]]:
    """Read a gzipped JSON-lines file of the evaluation data."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def present(name: str = "dev/xquad_en") -> bool:
    """Tell whether a file of the evaluation data is here."""
    return (FOLDER / f"{name}.jsonl.gz").is_file()


class RememberingEmbedder:
    """An embedder that embeds no text twice, for thousands of questions about a few texts."""

    def __init__(self, embedder: Embedder) -> None:
        """Remember what `embedder` gives."""
        self._embedder = embedder
        self._known: dict[tuple[str, Role], Vectors] = {}
        self.weights, self.dimension, self.room = (
            embedder.weights,
            embedder.dimension,
            embedder.room,
        )

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        """Return one vector a text (see `qa.embedder.Embedder.embed`)."""
        new = [text for text in dict.fromkeys(texts) if (text, role) not in self._known]
        for text, vector in zip(new, self._embedder.embed(new, role=role), strict=True):
            self._known[text, role] = vector
        return np.stack([self._known[text, role] for text in texts])

    def token_spans(self, text: str) -> list[Span]:
        """Return where the tokens of a text stand in it."""
        return self._embedder.token_spans(text)


@dataclass(frozen=True)
class Asked:
    """A question about a paragraph, and its gold answers as (start, text) there."""

    question: str
    title: str
    context: str
    answers: tuple[tuple[int, str], ...]


class QuestionSet:
    """A SQuAD-like set: articles of paragraphs, and questions about one paragraph each."""

    def __init__(self, name: str) -> None:
        """Read a file of the evaluation data."""
        self.asked = [
            Asked(
                row["question"],
                row["title"],
                row["context"],
                tuple((answer["start"], answer["text"]) for answer in row["answers"]),
            )
            for row in rows(name)
        ]

    @cached_property
    def paragraphs(self) -> list[str]:
        """Every paragraph once, in file order."""
        return list(dict.fromkeys(asked.context for asked in self.asked))

    @cached_property
    def articles(self) -> dict[str, Document]:
        """Each article as one document: its paragraphs joined by a blank line."""
        paragraphs: dict[str, dict[str, None]] = collections.defaultdict(dict)
        for asked in self.asked:
            paragraphs[asked.title].setdefault(asked.context)
        return {title: Document("\n\n".join(p), title=title) for title, p in paragraphs.items()}

    @cached_property
    def _offsets(self) -> dict[tuple[str, str], int]:
        offsets = {}
        for asked in self.asked:
            key = (asked.title, asked.context)
            if key not in offsets:
                offsets[key] = self.articles[asked.title].text.index(asked.context)
        return offsets

    def gold_starts(self, asked: Asked) -> list[int]:
        """Return where the gold answers start in the question's article."""
        offset = self._offsets[asked.title, asked.context]
        return [offset + start for start, _ in asked.answers]


@dataclass(frozen=True)
class Judged:
    """A set of short texts, questions, and which texts are relevant to each (positions)."""

    texts: list[str]
    questions: list[str]
    relevant: list[set[int]]


def judged(name: str) -> Judged:
    """Read a set with relevance judgements (BEIR layout); questions without any are left out."""
    corpus = {
        row["_id"]: f"{row.get('title', '')}\n\n{row['text']}" for row in rows(f"dev/{name}/corpus")
    }
    place = {key: n for n, key in enumerate(corpus)}
    relevant: dict[str, set[int]] = collections.defaultdict(set)
    with gzip.open(FOLDER / "dev" / name / "qrels.tsv.gz", "rt", encoding="utf-8") as file:
        for query, document, grade in map(str.split, list(file)[1:]):
            if float(grade) > 0 and document in place:
                relevant[query].add(place[document])
    queries = [row for row in rows(f"dev/{name}/queries") if relevant[row["_id"]]]
    texts = [text.strip() for text in corpus.values()]
    return Judged(texts, [q["text"] for q in queries], [relevant[q["_id"]] for q in queries])


def covers(hit: Hit, document_id: str, starts: Iterable[int]) -> bool:
    """Tell whether a hit lies in the gold document and covers the start of a gold answer."""
    passage = hit.passage
    return hit.document.id == document_id and any(passage.start <= s < passage.end for s in starts)


def recalls(ranks: Sequence[int | None]) -> dict[str, float]:
    """Return recall@1/3/5 and MRR@10 of the ranks, from 1, of each first right hit."""
    total = len(ranks)
    figures = {
        f"recall@{cut}": sum(r is not None and r <= cut for r in ranks) / total for cut in CUTS
    }
    figures["MRR@10"] = sum(1 / r for r in ranks if r is not None and r <= 10) / total
    return figures


def first_right(hits: Sequence[Hit], document_id: str, starts: Sequence[int]) -> int | None:
    """Return the rank, from 1, of the first right hit; None when there is none."""
    return next((n for n, hit in enumerate(hits, 1) if covers(hit, document_id, starts)), None)


def follow_up_figures(name: str) -> dict[str, float]:
    """Return how well the words that people's rewrites add to questions are carried over.

    Words count by their stems: `precision` and `recall` over all questions with a history,
    `some` the share of those that need words which get one, `quiet` the share of those that
    need none which get none.
    """
    carried = needed = both = 0
    some, quiet = [], []
    for row in rows(name):
        if not (history := row["history"]):
            continue
        turns = list(zip(history[::2], history[1::2], strict=True)) if "canard" in name else history
        own = _stems(row["question"])
        added = _stems(resolve(row["question"], turns).question) - own
        wanted = _stems(row["rewrite"]) - own
        carried += len(added)
        needed += len(wanted)
        both += len(added & wanted)
        if wanted:
            some.append(bool(added & wanted))
        else:
            quiet.append(not added)
    return {
        "precision": both / carried,
        "recall": both / needed,
        "some": sum(some) / len(some),
        "quiet": sum(quiet) / len(quiet),
    }


def _stems(text: str) -> set[str]:
    return {word.stem for word in content_words(text)}
