"""Words: splitting and folding, and BM25 against the formula worked out by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.wordindex import K1, B, WordIndex
from qa.words import content_words, shared_spans, split_words


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("The U.S. and the US", ["the", "us", "and", "the", "us"]),
        ("Misri\u2019s visits; visiting", ["misri", "visit", "visit"]),
        ("$1,200.50 in 2025", ["1200.50", "in", "2025"]),
        ("Caf\u00e9 CAFE\u0301", ["cafe", "cafe"]),
        ("P-8I aircraft", ["p", "8i", "aircraft"]),
        ("\u4ea4\u6e09 now", ["\u4ea4", "\u6e09", "now"]),
        ("\u2026 \u2014 !", []),
        ("हिन्दी में", ["हिनदी", "में"]),
        ("Zu\u0308rich Zürich", ["zurich", "zurich"]),
        ("AI技術と5G", ["ai", "技", "術", "と", "5g"]),
    ],
)
def test_words_are_folded_and_stemmed(text: str, stems: list[str]) -> None:
    assert [word.stem for word in split_words(text)] == stems


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When is the visit?", ["visit"]),
        ("What does the US sell us?", ["US", "sell"]),
        ("WHAT DOES IT SELL?", ["SELL"]),
        ("what's the WHO?", ["WHO"]),
        ("How many planes, and how much do they cost?", ["planes", "cost"]),
        ("who is it?", []),
        ("Why doesn't it work?", ["work"]),
        ("What happens in May?", ["happens", "May"]),
        ("May 27 is when?", ["May", "27"]),
        ("May we go?", ["go"]),
        ("Who may go?", ["go"]),
    ],
)
def test_grammar_words_are_left_out(question: str, words: list[str]) -> None:
    assert [word.span.of(question) for word in content_words(question)] == words


@given(st.text(max_size=300))
def test_words_stand_where_they_say(text: str) -> None:
    end = 0
    for word in split_words(text):
        assert end <= word.span.start < word.span.end <= len(text)
        assert any(c.isalnum() for c in word.span.of(text))
        end = word.span.end


def test_shared_words_are_found_in_any_form() -> None:
    text = "The visit: Misri visits Washington."
    assert [span.of(text) for span in shared_spans("Who visited Washington?", text)] == [
        "visit",
        "visits",
        "Washington",
    ]


TEXTS = ["trade trade visit", "visit plan", "plan plan plan plan", "other"]


def by_hand(question: list[str]) -> list[float]:
    """BM25 as in Lucene over `TEXTS`, over the highest score the question could reach."""
    texts = [text.split() for text in TEXTS]
    average = sum(map(len, texts)) / len(texts)

    def idf(word: str) -> float:
        df = sum(word in text for text in texts)
        return math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))

    bound = sum(map(idf, question))
    scores = []
    for text in texts:
        norm = K1 * (1 - B + B * len(text) / average)
        scores.append(
            sum(idf(w) * text.count(w) / (text.count(w) + norm) for w in question) / bound
        )
    return scores


@pytest.mark.parametrize("question", [["visit"], ["trade", "visit"], ["trade", "zebra"], ["plan"]])
def test_scores_are_bm25_over_its_bound(question: list[str], tmp_path: Path) -> None:
    index = WordIndex.build(TEXTS)
    index.save(tmp_path)
    for one in (index, WordIndex.load(tmp_path)):
        scores = one.scores(" ".join(question))
        assert scores.dtype == np.float32
        np.testing.assert_allclose(scores, by_hand(question), rtol=1e-5)


def test_a_word_nobody_uses_weighs_most_and_is_not_known() -> None:
    index = WordIndex.build(TEXTS)
    zebra, trade, plan = (split_words(word)[0] for word in ("zebra", "trade", "plan"))
    assert [index.knows(word) for word in (zebra, trade, plan)] == [False, True, True]
    assert index.weight(zebra) == pytest.approx(math.log(1 + 4.5 / 0.5))
    assert index.weight(zebra) > index.weight(trade) > index.weight(plan)


@pytest.mark.parametrize("texts", [["", ""], ["the", "of"], ["\u2026"]])
def test_texts_without_words_score_nothing(texts: list[str], tmp_path: Path) -> None:
    index = WordIndex.build(texts)
    index.save(tmp_path)
    assert WordIndex.load(tmp_path).scores("trade visit").tolist() == [0.0] * len(texts)
    assert index.scores("").tolist() == [0.0] * len(texts)


def test_same_texts_give_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        WordIndex.build(TEXTS).save(tmp_path / name)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
