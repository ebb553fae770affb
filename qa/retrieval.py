"""The best passages for a question: meaning (vectors) and words (BM25), fused.

    score = 0.55 * cosine + 0.45 * words         words: BM25 over its bound, 0 to 1

Both parts mean the same for every question, so the sum needs no statistics of the other
hits (a convex combination with theoretical bounds: Bruch, Gai and Ingber 2023, section 4).
The weight was tuned on the development data; `tests/benchmarks/fusion.py` prints the table.
A passage that only repeats a better one is folded into it (`copies`). Answering is left to
`reader`.
"""

import unicodedata

import numpy as np

from qa.copies import fold, untitled
from qa.engines import Numbers, Scores, Vectors
from qa.errors import QuestionError
from qa.index import Index
from qa.types import Copy, Hit, Passage, Span, well_formed

__all__ = ["MEANING_WEIGHT", "check_question", "retrieve"]

MEANING_WEIGHT = 0.55
MAX_QUESTION = 20_000
"""Characters; a longer text is no question, and reading it would keep others waiting."""

_DEPTH = 100
"""So many passages of either kind are candidates; others are hardly ever among a few best."""


def check_question(question: str, *, k: int = 1) -> str:
    """Return a question fit to be asked: white space trimmed, unpaired surrogates replaced.

    Raises:
        QuestionError: it holds no letter or digit, is far too long, or `k` is not positive.
    """
    if not isinstance(question, str):
        raise QuestionError(f"A question is a text, not {type(question).__name__}.")
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"The question is longer than {MAX_QUESTION:,} characters; shorten it.")
    if isinstance(k, bool) or not hasattr(k, "__index__") or k < 1:
        raise QuestionError(f"The number of passages is {k!r}; give a whole number from 1 up.")
    question = unicodedata.normalize("NFC", well_formed(question).replace("\0", " ")).strip()
    if not any(character.isalnum() for character in question):
        raise QuestionError("The question is empty; type a few words.")
    return question


def retrieve(index: Index, question: str, *, k: int) -> list[Hit]:
    """Return the at most `k` best passages for a question, best first.

    A passage that says nothing but what a better one of another document says, word for word,
    its own document's title left out, is not a hit of its own but one of that hit's `copies`.

    Raises:
        QuestionError: see `check_question`.
    """
    question = check_question(question, k=k)
    query = index.embedder.embed([question], role="question")[0]
    words = index.words.scores(question)
    depth = max(_DEPTH, k)
    while True:
        numbers, cosines, scores = _rank(index, query, words, depth)
        passages = [index.passages[number] for number in numbers]
        titles = [index.document_of(passage).title for passage in passages]
        chosen = fold(passages, titles, k)
        if len(chosen) >= k or depth >= len(index.passages):
            break
        depth *= 4  # so many copies that too few different passages are left
    return [
        Hit(
            passage=passages[row],
            document=index.document_of(passages[row]),
            score=float(scores[row]),
            meaning=float(cosines[row]),
            words=float(words[numbers[row]]),
            copies=tuple(_copy(index, passages[copy]) for copy in copies),
        )
        for row, copies in chosen
    ]


def _copy(index: Index, passage: Passage) -> Copy:
    document = index.document_of(passage)
    return Copy(document, Span(untitled(passage, document.title)[0].start, passage.end))


def _rank(
    index: Index, query: Vectors, words: Vectors, depth: int
) -> tuple[Numbers, Scores, Scores]:
    """Return numbers, cosines and scores of `depth` candidates of either kind, best first."""
    near, near_cosines = index.engine.search(query, depth)
    with_words = np.argsort(-words, kind="stable")[:depth].astype(np.int64)
    others = np.setdiff1d(with_words[words[with_words] > 0], near)
    numbers = np.concatenate([near, others])
    cosines = np.concatenate([near_cosines, index.engine.vectors(others) @ query])
    scores = MEANING_WEIGHT * cosines + (1 - MEANING_WEIGHT) * words[numbers]
    order = np.lexsort((numbers, -scores))
    return numbers[order], cosines[order], scores[order]
