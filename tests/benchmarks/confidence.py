"""Fit the confidence of `SentenceReader`: `python -m tests.benchmarks.confidence`.

A logistic model of two figures, a sentence's cosine to the question and its share of the
question's words, is fitted to tell whether the sentence holds the answer: on SQuAD 2's
articles (dev/squad2_a), each question asked of its own article and of another one. What it
gives on XQuAD, which it has not seen, is printed for a range of thresholds. Near-miss and
off-topic questions weigh less than answerable ones, since people ask what they expect to be
answered.
"""

import random
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa import Index, retrieve
from qa.embedder import Embedder
from qa.onnx import open_embedder
from qa.reader import SentenceReader
from qa.weights import find_weights
from tests.evaluation import MISSING, QuestionSet, RememberingEmbedder, present

KINDS = {"answerable": 1.0, "off-topic": 0.35, "near-miss": 0.25}
THRESHOLDS = (0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)

Row = tuple[str, float, float, bool]
"""Kind of question, cosine, share of words, and whether the sentence holds the answer."""


def rows(name: str, embedder: Embedder) -> list[Row]:
    """Ask every question of its own article and of another one, drawn with a fixed seed."""
    questions, draw = QuestionSet(name), random.Random(0)
    indexes = {
        title: Index.build([document], embedder=embedder, asking=embedder)
        for title, document in questions.articles.items()
    }
    found: list[Row] = []
    for asked in questions.asked:
        other = draw.choice([title for title in indexes if title != asked.title])
        kind = "answerable" if asked.answers else "near-miss"
        for what, title in ((kind, asked.title), ("off-topic", other)):
            index = indexes[title]
            hit = retrieve(asked.question, k=1, index=index)[0]
            reader = SentenceReader(embedder, index.words)
            span, cosine, share = reader.evidence(asked.question, hit)
            starts = questions.gold_starts(asked) if what == "answerable" else []
            right = any(span.start <= start < span.end for start in starts)
            found.append((what, cosine, share, right))
    return found


def main() -> None:
    """Fit, and print the figures."""
    if not present():
        sys.exit(MISSING)
    embedder = RememberingEmbedder(open_embedder(find_weights()))
    fitted = rows("dev/squad2_a", embedder)
    model = LogisticRegression(C=10, max_iter=2000)
    model.fit(
        [[cosine, share] for _, cosine, share, _ in fitted],
        [right for *_, right in fitted],
        sample_weight=[KINDS[kind] for kind, *_ in fitted],
    )
    (cosine_weight, share_weight), bias = model.coef_[0], model.intercept_[0]
    print(f"bias {bias:.2f}  cosine {cosine_weight:.2f}  share {share_weight:.2f}")
    for name, asked in (("dev/squad2_a", fitted), ("dev/xquad_en", rows("dev/xquad_en", embedder))):
        chances = model.predict_proba([[c, s] for _, c, s, _ in asked])[:, 1]
        print(name)
        for threshold in THRESHOLDS:
            shown = f"  from {threshold:.2f}:"
            for kind in KINDS:
                of_kind = [
                    c >= threshold for c, row in zip(chances, asked, strict=True) if row[0] == kind
                ]
                if of_kind:
                    shown += f"  {kind} answered {np.mean(of_kind):.3f}"
            rights = [
                row[3]
                for c, row in zip(chances, asked, strict=True)
                if c >= threshold and row[0] == "answerable"
            ]
            print(f"{shown}  right sentence {np.mean(rights):.3f}")


if __name__ == "__main__":
    main()
