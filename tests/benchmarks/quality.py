"""Measure quality on the public development data: `python -m tests.benchmarks.quality`.

Prints, as tables: passage retrieval with XQuAD's paragraphs as documents; the reader alone on
gold paragraphs (QA_MODEL names a folder with other weights); brief-size, with each article as
one document; silence on near-miss and off-topic questions; retrieval on the
judged sets; and whether cutting keeps an answer in one passage. Name parts to run only them:
`passages reader brief silence judged cutting followups`.
"""

import gzip
import os
import random
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from qa import Document, Hit, Index, Passage, retrieve
from qa.embedder import Embedder
from qa.evaluation import evaluate, indices
from qa.gold import read_questions
from qa.measures import auroc, best_overall, exact, f1
from qa.reader import MODEL_FOLDER, NetworkReader
from qa.report import report_lines
from qa.sentences import split_sentences
from qa.twins import open_embedder
from qa.weights import find_weights
from tests import evaluation
from tests.evaluation import (
    FOLDER,
    MISSING,
    QuestionSet,
    RememberingEmbedder,
    first_right,
    follow_up_figures,
    present,
    recalls,
    rows,
)

SAMPLE = 1500
"""Questions of a set whose silence is measured, at most."""
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


def reader(_: Embedder) -> None:
    """The reader alone, on gold paragraphs: exact answers, and silence in SQuAD 2's manner."""
    reader = NetworkReader(Path(os.environ.get("QA_MODEL", MODEL_FOLDER)))
    for name in ("dev/xquad_en", "dev/squad2_a"):
        scores, exacts, f1s, able = [], [], [], []
        for asked in QuestionSet(name).asked:
            [reading] = reader.read(asked.question, [whole(asked.context)])
            said = reading.span.of(asked.context)
            golds = [text for _, text in asked.answers]
            scores.append(reading.odds)
            able.append(bool(golds))
            exacts.append(exact(said, golds))
            f1s.append(f1(said, golds))
        figures = {
            "EM": sum(exacts) / sum(able),
            "F1": sum(f1s) / sum(able),
        }
        if not all(able):
            yes = [s for s, a in zip(scores, able, strict=True) if a]
            no = [s for s, a in zip(scores, able, strict=True) if not a]
            figures["AUROC"] = auroc(yes, no) or 0.0
            figures["best overall F1"] = best_overall(scores, f1s, able)
        line(f"{name}, gold paragraph", figures)


def whole(text: str) -> Hit:
    """Return a text as one passage found for a question."""
    document = Document(text)
    passage = Passage(
        f"{document.id}:1", document.id, text, 0, len(text), (*split_sentences(text),)
    )
    return Hit(passage, document, 0.0, 0.0, 0.0)


def brief(_: Embedder) -> None:
    """Each XQuAD article as one document with its own index: what `qa eval` prints of it."""
    print("XQuAD-en, brief-size")
    questions, documents = read_questions(FOLDER / "dev" / "xquad_en.jsonl.gz")
    for said in report_lines(list(evaluate(questions, indices(documents, None))), failed=0):
        print(f"  {said}")


def silence(_: Embedder) -> None:
    """Near-miss and off-topic questions of whole articles, at the shipped threshold."""
    for name in ("xquad_en", "squad2_a"):
        questions, documents = read_questions(FOLDER / "dev" / f"{name}.jsonl.gz")
        places, draw = sorted(documents), random.Random(0)
        questions = draw.sample(questions, min(len(questions), SAMPLE))
        off_topic = [
            replace(
                q,
                answers=(),
                spans=(),
                kind="off-topic",
                place=draw.choice([place for place in places if place != q.place]),
            )
            for q in questions
        ]
        found = list(evaluate([*questions, *off_topic], indices(documents, None)))
        own, other = found[: len(questions)], found[len(questions) :]
        print(f"{name}, its own questions")
        print(*(f"  {said}" for said in report_lines(own, failed=0)), sep="\n")
        print(f"{name}, its answerable questions and another article's")
        mixed = [o for o in own if o.question.answers] + other
        print(*(f"  {said}" for said in report_lines(mixed, failed=0)), sep="\n")


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


def followups(_: Embedder) -> None:
    """Follow-up questions: of the words that a person's rewrite adds, how many are carried over."""
    for name in ("canard", "cast2019"):
        line(f"follow-ups, {name}", follow_up_figures(f"dev/followups_{name}"))


PARTS: dict[str, Callable[[Embedder], None]] = {
    "passages": passages,
    "reader": reader,
    "brief": brief,
    "silence": silence,
    "judged": judged,
    "cutting": cutting,
    "followups": followups,
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
