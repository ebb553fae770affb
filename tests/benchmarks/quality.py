"""Measure quality on the public development data: `python -m tests.benchmarks.quality`.

Prints, as tables: passage retrieval with XQuAD's paragraphs as documents; brief-size, with
each article as one document; silence on near-miss and off-topic questions; retrieval on the
judged sets; and whether cutting keeps an answer in one passage. Name parts to run only them:
`passages brief silence judged cutting`.
"""

import collections
import gzip
import random
import sys
from collections.abc import Callable, Iterable

from qa import Document, Index, ask, retrieve
from qa.embedder import Embedder
from qa.onnx import open_embedder
from qa.weights import find_weights
from tests import evaluation
from tests.evaluation import (
    FOLDER,
    MISSING,
    QuestionSet,
    RememberingEmbedder,
    first_right,
    present,
    recalls,
    rows,
)

JUDGED = ("cranfield", "med", "wikiqa_test_ir")


def line(name: str, figures: dict[str, float]) -> None:
    print(f"{name:34}" + "".join(f"  {key} {value:.4f}" for key, value in figures.items()))


def build(documents: Iterable[Document], embedder: Embedder) -> Index:
    return Index.build(list(documents), embedder=embedder, asking=embedder)


def passages(embedder: Embedder) -> None:
    """XQuAD's 240 paragraphs as 240 documents."""
    questions = QuestionSet("dev/xquad_en")
    documents = {text: Document(text) for text in questions.paragraphs}
    index = build(documents.values(), embedder)
    ranks = []
    for asked in questions.asked:
        hits = retrieve(asked.question, k=10, index=index)
        starts = [start for start, _ in asked.answers]
        ranks.append(first_right(hits, documents[asked.context].id, starts))
    line("XQuAD-en, paragraphs", recalls(ranks))


def brief(embedder: Embedder) -> None:
    """Each XQuAD article as one document with its own index; the answer sentence too."""
    questions = QuestionSet("dev/xquad_en")
    indexes = {t: build([d], embedder) for t, d in questions.articles.items()}
    ranks, sentences = [], 0
    for asked in questions.asked:
        index, starts = indexes[asked.title], questions.gold_starts(asked)
        hits = retrieve(asked.question, k=10, index=index)
        ranks.append(first_right(hits, index.documents[0].id, starts))
        # What the reader chose counts here, also where it would rather have kept silent.
        said = _best_sentence(asked.question, index)
        sentences += any(said[0] <= start < said[1] for start in starts)
    line("XQuAD-en, brief-size", recalls(ranks))
    line("", {"answer sentence@1": sentences / len(questions.asked)})


def _best_sentence(question: str, index: Index) -> tuple[int, int]:
    from qa.reader import SentenceReader

    reading = SentenceReader(index.embedder, index.words).read(
        question, retrieve(question, index=index)
    )
    assert reading is not None
    return reading.sentence.start, reading.sentence.end


def silence(embedder: Embedder) -> None:
    """Confidence on answerable, near-miss and off-topic questions, at the shipped threshold."""
    for name in ("dev/xquad_en", "dev/squad2_a"):
        questions = QuestionSet(name)
        indexes = {t: build([d], embedder) for t, d in questions.articles.items()}
        titles, draw = list(indexes), random.Random(0)
        confidences: dict[str, list[float]] = collections.defaultdict(list)
        bands: dict[str, list[bool]] = collections.defaultdict(list)
        refused: dict[str, int] = collections.Counter()
        for asked in questions.asked:
            other = draw.choice([title for title in titles if title != asked.title])
            kind = "answerable" if asked.answers else "near-miss"
            for what, title in ((kind, asked.title), ("off-topic", other)):
                answer = ask(asked.question, index=indexes[title])
                confidences[what].append(answer.confidence)
                refused[what] += not answer
                if what != "off-topic" and answer.span:
                    starts = questions.gold_starts(asked)
                    right = any(answer.span.start <= s < answer.span.end for s in starts)
                    bands[f"{answer.band} ({what})"].append(right)
        print(name)
        for what, values in confidences.items():
            line(f"  {what}: {len(values)}", {"answered": 1 - refused[what] / len(values)})
        for what in ("near-miss", "off-topic"):
            if confidences[what]:
                area = auroc(confidences["answerable"], confidences[what])
                line(f"  answerable against {what}", {"AUROC": area})
        for band, rights in sorted(bands.items()):
            line(f"  {band}: {len(rights)}", {"right sentence": sum(rights) / len(rights)})


def auroc(higher: list[float], lower: list[float]) -> float:
    """Return the probability that one of `higher` exceeds one of `lower`, ties half."""
    ranked = sorted([(v, 1) for v in higher] + [(v, 0) for v in lower])
    wins, below, at = 0.0, 0, 0
    while at < len(ranked):
        tied = [kind for value, kind in ranked[at:] if value == ranked[at][0]]
        ups = sum(tied)
        wins += ups * (below + (len(tied) - ups) / 2)
        below, at = below + len(tied) - ups, at + len(tied)
    return wins / (len(higher) * len(lower))


def judged(embedder: Embedder) -> None:
    """Sets with relevance judgements, every text a document of its own."""
    for name in JUDGED:
        texts = evaluation.judged(name)
        ids = [Document(text).id for text in texts.texts]
        documents = {
            document.id: document for document in map(Document, texts.texts) if document.text
        }
        index = build(documents.values(), embedder)
        ranks: list[int | None] = []
        for question, relevant in zip(texts.questions, texts.relevant, strict=True):
            gold = {ids[place] for place in relevant}
            hits = retrieve(question, k=30, index=index)
            found = list(dict.fromkeys(hit.document.id for hit in hits))
            ranks.append(next((n for n, key in enumerate(found, 1) if key in gold), None))
        line(f"{name}: {len(documents)} texts", recalls(ranks))


def cutting(embedder: Embedder) -> None:
    """Long documents with exact spans: is each gold span found, and within one passage?"""
    questions = rows("dev/chunkeval/questions")
    indexes, texts = {}, {}
    for name in sorted({row["corpus_id"] for row in questions}):
        with gzip.open(
            FOLDER / "dev" / "chunkeval" / f"{name}.md.gz", "rt", encoding="utf-8", newline=""
        ) as f:
            texts[name] = f.read()
        indexes[name] = build([Document(texts[name])], embedder)
    whole, found, shown, total = 0, 0, 0, 0
    for row in questions:
        hits = retrieve(row["question"], k=5, index=indexes[row["corpus_id"]])
        for answer in row["answers"]:
            start, end = answer["start"], answer["start"] + len(answer["text"])
            total += 1
            whole += any(
                p.start <= start and end <= p.end for p in indexes[row["corpus_id"]].passages
            )
            found += any(h.passage.start <= start < h.passage.end for h in hits)
            shown += sum(
                max(0, min(end, h.passage.end) - max(start, h.passage.start)) for h in hits
            ) >= 0.9 * len(answer["text"].strip())
    line(
        f"chunkeval: {total} spans",
        {
            "in one passage": whole / total,
            "start in first 5": found / total,
            "90 % shown in 5": shown / total,
        },
    )
    line("", {"passages": float(sum(len(i.passages) for i in indexes.values()))})


PARTS: dict[str, Callable[[Embedder], None]] = {
    "passages": passages,
    "brief": brief,
    "silence": silence,
    "judged": judged,
    "cutting": cutting,
}


def main() -> None:
    """Print the tables."""
    if not present():
        sys.exit(MISSING)
    embedder = RememberingEmbedder(open_embedder(find_weights()))
    for name in sys.argv[1:] or PARTS:
        PARTS[name](embedder)


if __name__ == "__main__":
    main()
