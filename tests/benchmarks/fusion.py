"""Try ways of fusing meaning and words: `python -m tests.benchmarks.fusion`.

Prints first passage right, first five, and MRR@10 on the development sets for every way and
weight tried. `qa.retrieval` uses "cosine + bounded BM25" at the weight it names.
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from qa import Document, Index, wordindex
from qa.embedder import Embedder
from qa.twins import open_embedder
from qa.weights import find_weights
from qa.wordindex import WordIndex
from tests import evaluation
from tests.evaluation import MISSING, QuestionSet, RememberingEmbedder, present, recalls

Matrix = npt.NDArray[np.float32]
"""Scores, higher is better: shape (questions, passages)."""
Fuse = Callable[[Matrix, Matrix, float], Matrix]

BM25 = ((1.5, 0.75), (1.2, 0.75), (0.9, 0.4))
WEIGHTS = (0.4, 0.5, 0.55, 0.6, 0.7)


def _spread(scores: Matrix) -> Matrix:
    low, high = scores.min(1, keepdims=True), scores.max(1, keepdims=True)
    return np.asarray((scores - low) / np.maximum(high - low, 1e-9), dtype=np.float32)


def _ranks(scores: Matrix) -> Matrix:
    return np.argsort(np.argsort(-scores, 1, kind="stable"), 1).astype(np.float32)


WAYS: dict[str, Fuse] = {
    "cosine + bounded BM25": lambda c, w, a: a * c + (1 - a) * w,
    "min-max of both": lambda c, w, a: a * _spread(c) + (1 - a) * _spread(w),
    "cosine + BM25 over its maximum": (
        lambda c, w, a: a * c + (1 - a) * w / np.maximum(w.max(1, keepdims=True), 1e-9)
    ),
    "reciprocal ranks (60)": lambda c, w, a: a / (60 + _ranks(c)) + (1 - a) / (60 + _ranks(w)),
}


def sets(embedder: Embedder) -> Iterator[tuple[str, Index, list[str], list[set[int]]]]:
    """Yield each development set: its name, index, questions, and the right passages of each."""
    squad = QuestionSet("dev/xquad_en")
    documents = {text: Document(text) for text in squad.paragraphs}
    index = Index.build(list(documents.values()), embedder=embedder, asking=embedder)
    right = [
        {
            number
            for number, p in enumerate(index.passages)
            if p.document_id == documents[asked.context].id
            and any(p.start <= start < p.end for start, _ in asked.answers)
        }
        for asked in squad.asked
    ]
    yield "XQuAD-en", index, [asked.question for asked in squad.asked], right
    for name in ("cranfield", "med", "wikiqa_test_ir"):
        texts = evaluation.judged(name)
        unique = {document.id: document for document in map(Document, texts.texts) if document.text}
        index = Index.build(list(unique.values()), embedder=embedder, asking=embedder)
        right = []
        for relevant in texts.relevant:
            ids = {Document(texts.texts[place]).id for place in relevant}
            right.append({n for n, p in enumerate(index.passages) if p.document_id in ids})
        yield name, index, texts.questions, right


def main() -> None:
    """Print the table."""
    if not present():
        sys.exit(MISSING)
    embedder = RememberingEmbedder(open_embedder(find_weights()))
    for name, index, questions, right in sets(embedder):
        print(f"\n{name}: {len(index.passages)} passages, {len(questions)} questions")
        vectors = index.engine.vectors(np.arange(len(index.passages), dtype=np.int64))
        cosines = embedder.embed(questions, role="question") @ vectors.T
        _report("meaning alone", cosines, right)
        for k1, b in BM25:
            wordindex.K1, wordindex.B = k1, b
            index_words = WordIndex.build([passage.text for passage in index.passages])
            words = np.stack([index_words.scores(question) for question in questions])
            _report(f"words alone, k1={k1} b={b}", words, right)
            for way, fuse in WAYS.items():
                for weight in WEIGHTS:
                    fused = fuse(cosines, words, weight)
                    _report(f"{way}, {weight}, k1={k1} b={b}", fused, right)


def _report(name: str, scores: Matrix, right: list[set[int]]) -> None:
    ranks: list[int | None] = []
    for row, gold in zip(scores, right, strict=True):
        best = np.argsort(-row, kind="stable")[:10]
        ranks.append(next((n for n, number in enumerate(best, 1) if int(number) in gold), None))
    figures = recalls(ranks)
    shown = "  ".join(f"{key} {figures[key]:.4f}" for key in ("recall@1", "recall@5", "MRR@10"))
    print(f"{name:56}{shown}", flush=True)


if __name__ == "__main__":
    main()
