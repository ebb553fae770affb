"""Retrieval: the fused score worked out by hand, and quality on public data as a floor."""

import numpy as np
import pytest

import qa
from qa.embedder import Embedder
from qa.engines import ENGINES
from qa.retrieval import MAX_QUESTION, MEANING_WEIGHT, check_question
from qa.testing import WordCountEmbedder
from tests.evaluation import MISSING, QuestionSet, first_right, present, recalls

TEXTS = ["Trade talks.", "The visit ends.", "Trade follows the visit.", "Rain fell."]


@pytest.mark.parametrize("engine", ENGINES)
def test_scores_are_the_weighted_sum_of_both_parts(engine: str) -> None:
    embedder = WordCountEmbedder(["trade", "visit"])
    documents = [qa.Document(text) for text in TEXTS]
    index = qa.Index.build(documents, embedder=embedder, engine=engine, asking=embedder)
    words = index.words.scores("trade visit?")
    # The question is (1, 1, 0) / sqrt(2); see the texts for the passages' vectors.
    cosines = [np.sqrt(0.5), np.sqrt(0.5), 1.0, 0.0]
    expected = {
        text: MEANING_WEIGHT * cosine + (1 - MEANING_WEIGHT) * word
        for text, cosine, word in zip(TEXTS, cosines, words, strict=True)
    }
    hits = qa.retrieve("trade visit?", k=4, index=index)
    assert [hit.passage.text for hit in hits] == sorted(TEXTS, key=lambda t: -expected[t])
    assert hits[0].passage.text == TEXTS[2]
    assert hits[-1].score == 0.0
    for hit in hits:
        row = TEXTS.index(hit.passage.text)
        assert hit.score == pytest.approx(expected[hit.passage.text], abs=1e-6)
        assert hit.meaning == pytest.approx(cosines[row], abs=1e-6)
        assert hit.words == pytest.approx(words[row], abs=1e-6)
        assert hit.document.text == hit.passage.text


@pytest.mark.parametrize("engine", ENGINES)
def test_a_passage_far_in_meaning_is_found_by_its_words(engine: str) -> None:
    embedder = WordCountEmbedder(["trade", "rain"])
    # 150 passages of cosine 1 / sqrt(5), more than the candidates by meaning, and one of 0.
    documents = [qa.Document(f"Trade, rain and rain {n}.") for n in range(150)]
    documents.append(qa.Document("A zebra, a zebra, a zebra."))
    index = qa.Index.build(documents, embedder=embedder, engine=engine, asking=embedder)
    hit, second = qa.retrieve("trade zebra?", k=2, index=index)
    assert hit.passage.text == "A zebra, a zebra, a zebra."
    assert hit.meaning == pytest.approx(0.0, abs=1e-6)
    assert second.meaning == pytest.approx(5**-0.5, abs=1e-6)


def test_equal_hits_come_in_the_order_of_the_text() -> None:
    embedder = WordCountEmbedder(["trade"])
    text = "\n\n".join(["Trade one.", "Trade two.", "Trade six.", "Trade ten."])
    index = qa.Index.build([qa.Document(text)], embedder=embedder, asking=embedder)
    assert [h.passage.text for h in qa.retrieve("trade?", k=3, index=index)] == [
        "Trade one.",
        "Trade two.",
        "Trade six.",
    ]


def test_more_than_there_are_gives_all(bridge: qa.Index) -> None:
    hits = qa.retrieve("bridge", k=1000, index=bridge)
    assert {hit.passage for hit in hits} == set(bridge.passages)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(
    ("question", "k", "sentence"),
    [
        ("", 5, "The question is empty; type a few words."),
        (" \n\t", 5, "The question is empty"),
        ("?!\u2026", 5, "The question is empty"),
        ("\0\0", 5, "The question is empty"),
        ("\U0001f600", 5, "The question is empty"),
        ("word " * 10**6, 5, "The question is longer than 20,000 characters; shorten it."),
        ("visit?", 0, "The number of passages is 0; give a whole number from 1 up."),
        ("visit?", True, "The number of passages is True"),
        (None, 5, "A question is a text, not NoneType."),
    ],
)
def test_what_cannot_be_asked_gets_one_sentence(
    bridge: qa.Index, question: str, k: int, sentence: str
) -> None:
    for verb in (qa.retrieve, qa.ask):
        with pytest.raises(qa.QuestionError) as error:
            verb(question, k=k, index=bridge)
        assert sentence in str(error.value)


@pytest.mark.parametrize(
    "question",
    [
        "wen dose teh brige opne",
        "何时通车",
        "מתי?",
        "a\ud800b",
        "x\0y",
        "bridge " * 2000,
        "<img src=x>",
    ],
)
def test_odd_questions_get_passages(bridge: qa.Index, question: str) -> None:
    assert len(question) <= MAX_QUESTION
    hits = qa.retrieve(question, k=2, index=bridge)
    assert len(hits) == 2
    asked = check_question(question)
    assert not set(asked) & {"\0", "\ud800"}


@pytest.mark.skipif(not present(), reason=MISSING)
def test_quality_on_xquads_paragraphs(twin: Embedder) -> None:
    questions = QuestionSet("dev/xquad_en")
    documents = {text: qa.Document(text) for text in questions.paragraphs}
    index = qa.Index.build(list(documents.values()), embedder=twin, asking=twin)
    ranks = []
    for asked in questions.asked:
        hits = qa.retrieve(asked.question, k=5, index=index)
        starts = [start for start, _ in asked.answers]
        ranks.append(first_right(hits, documents[asked.context].id, starts))
    figures = recalls(ranks)
    assert figures["recall@1"] >= 0.95
    assert figures["recall@5"] >= 0.99
