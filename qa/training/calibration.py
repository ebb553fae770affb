"""The probability that a reading answers, and the thresholds, from questions nobody trained on.

Each article is asked its own questions, the written near-misses among them, and another
article's: those it must leave unanswered. A logistic model is fitted to whether what was
found is right (Platt 1999). Articles are dealt out by turns: one half to fit, one to report.
"""

import collections
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.assistant import READ
from qa.decision import FEATURES, Decision, evidence
from qa.evaluation import RIGHT, indices
from qa.gold import Question, read_questions
from qa.measures import f1
from qa.reader import Reader
from qa.retrieval import retrieve

__all__ = ["Case", "cases", "fit"]

FALSE_ANSWERS = 0.02
"""Of questions about something else, so many may be answered."""
WELL_SUPPORTED = 0.6
"""The confidence from which on an answer is called well supported."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question as asked of an article: what was found, whether it is right, and what kind."""

    found: tuple[float, ...]
    right: bool
    kind: str
    article: str


def cases(file: Path, reader: Reader, *, share: float, seed: int = 7) -> list[Case]:
    """Ask a share of a question file's questions of their own article, and of another one.

    Args:
        file: questions with `title` and `context`.
        reader: what reads.
        share: of the questions; as many are asked of another article.
        seed: decides which.
    """
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    questions, documents = read_questions(file)
    index_of = indices(documents, None)
    places = sorted(documents)
    found = []
    for question in questions:
        if chance.random() > share:
            continue
        others = [place for place in places if place != question.place]
        for place in (question.place, chance.choice(others)):
            index = index_of(place)
            hits = retrieve(index, question.text, k=READ)
            readings = reader.read(question.text, hits)
            if not readings:
                continue
            own = place == question.place
            said = readings[0].span.of(readings[0].hit.document.text)
            right = own and bool(question.answers) and f1(said, question.answers) >= RIGHT
            found.append(
                Case(
                    evidence(question.text, readings, index.words),
                    right,
                    _kind(question, own),
                    str(place),
                )
            )
    return found


def _kind(question: Question, own: bool) -> str:
    if not own:
        return "off-topic"
    return "answerable" if question.answers else "near-miss"


def fit(all_cases: Sequence[Case]) -> tuple[Decision, dict[str, Any]]:
    """Return the decision fitted on half of the articles, and its figures on the other half."""
    from sklearn.linear_model import LogisticRegression

    articles = sorted({case.article for case in all_cases})
    half = set(articles[::2])
    ours = [case for case in all_cases if case.article in half]
    model = LogisticRegression(C=100.0, max_iter=1000)
    model.fit(np.array([c.found for c in ours]), [c.right for c in ours])
    weights = tuple(round(float(w), 4) for w in model.coef_[0])
    plain = Decision(round(float(model.intercept_[0]), 4), weights, 0.0, WELL_SUPPORTED)
    off_topic = [plain.confidence(c.found) for c in ours if c.kind == "off-topic"]
    possible = float(np.quantile(off_topic, 1 - 0.85 * FALSE_ANSWERS))  # with room for chance
    decision = Decision(plain.bias, weights, round(possible, 4), WELL_SUPPORTED)
    return decision, report(decision, [c for c in all_cases if c.article not in half])


def report(decision: Decision, some: Sequence[Case]) -> dict[str, Any]:
    """Return how often each kind of question is answered, and each band's precision."""
    bands: dict[str, list[bool]] = collections.defaultdict(list)
    answered: dict[str, list[bool]] = collections.defaultdict(list)
    for case in some:
        band = decision.band(decision.confidence(case.found))
        answered[case.kind].append(band != "not in the brief")
        if case.kind != "off-topic":
            bands[band].append(case.right)
    return {
        "features": dict(zip(FEATURES, decision.weights, strict=True)),
        "answered": {kind: sum(said) / len(said) for kind, said in answered.items()},
        "right": {band: (sum(right) / len(right), len(right)) for band, right in bands.items()},
    }
