"""The likeliest span, and the mean with a closer look, by hand."""

import numpy as np
import pytest

from qa.tokenscores import LONGEST, TokenScores
from qa.types import Span

TEXT = "Old Ada lit it. Bo sat."
SENTENCES = (Span(0, 15), Span(16, 23))
SPANS = [(0, 3), (4, 7), (8, 11), (12, 14), (14, 15), (16, 18), (19, 22), (22, 23)]


def scores(
    starts: list[float], ends: list[float], *, words: list[int] | None = None
) -> TokenScores:
    return TokenScores(
        np.array(SPANS[: len(starts)]),
        np.array(words or list(range(len(starts)))),
        np.array([starts, ends], np.float32).T,
    )


def test_the_best_span_has_the_highest_sum_of_start_and_end() -> None:
    found = scores([1, 3, 0, 0, 0, 0, 0, 0], [0, 1, 0.5, 0, 0, 0, 2, 0]).best(TEXT, SENTENCES)
    # 3 + 2 would end in the other sentence, 3 + 1 is the best within one.
    assert found == (Span(4, 7), 4.0)


def test_no_span_ends_before_it_starts() -> None:
    found = scores([0, 0, 0, 2, 0, 0, 0, 0], [2.5, 0, 0, 0, 1, 0, 0, 0]).best(TEXT, SENTENCES)
    assert found == (Span(12, 15), 3.0)


def test_a_span_is_of_whole_words() -> None:
    words = [0, 0, 1, 2, 3, 4, 5, 6]
    found = scores([1, 9, 0, 0, 0, 0, 0, 0], [8, 2, 0, 0, 0, 0, 0, 0], words=words)
    assert found.best(TEXT, SENTENCES) == (Span(0, 7), 3.0)
    assert scores([1, 1], [1, 1], words=[0, 0]).best(TEXT, SENTENCES) == (Span(0, 7), 2.0)


def test_a_mark_of_a_list_starts_no_span() -> None:
    listed = TokenScores(
        np.array([(0, 1), (2, 4)]), np.array([0, 1]), np.array([[9, 0], [1, 1]], np.float32)
    )
    assert listed.best("- Bo", [Span(0, 4)]) == (Span(2, 4), 2.0)


@pytest.mark.parametrize(
    ("starts", "ends", "span", "odds"),
    [
        # "Ada (Bo" does not close, "Cy) met" does not open, "Bo, Cy" stands within.
        ([5, 0, 0, 0, 0, 0, 0], [1, 0, 3, 0, 0, 0, 0], "Ada", 6),
        ([0, 0, 0, 0, 5, 0, 0], [0, 0, 0, 0, 1, 0, 3], "Cy", 6),
        ([0, 0, 5, 0, 0, 0, 0], [0, 0, 0, 0, 9, 0, 0], "Bo, Cy", 14),
        ([5, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2, 0], "Ada (Bo, Cy)", 7),
    ],
)
def test_a_span_closes_the_brackets_that_it_opens_and_no_others(
    starts: list[float], ends: list[float], span: str, odds: float
) -> None:
    text = "Ada (Bo, Cy) met."
    tokens = np.array([(0, 3), (4, 5), (5, 7), (7, 8), (9, 11), (11, 12), (13, 16)])
    logits = np.array([starts, ends], np.float32).T
    found = TokenScores(tokens, np.arange(7), logits).best(text, [Span(0, 17)])
    assert found is not None
    assert (found[0].of(text), found[1]) == (span, odds)


def test_a_span_reaches_from_no_aside_into_another() -> None:
    tokens = np.array([(0, 1), (1, 3), (3, 4), (5, 6), (6, 8), (8, 9)])
    logits = np.array([[0, 5, 0, 0, 0, 0], [0, 1, 0, 0, 9, 2]], np.float32).T
    found = TokenScores(tokens, np.arange(6), logits).best("(Bo) (Cy)", [Span(0, 9)])
    # "Bo) (Cy" is 5 + 9, and as deep where it ends as where it starts; "Cy" is 0 + 9.
    assert found == (Span(6, 8), 9.0)


def test_a_span_is_at_most_so_long() -> None:
    count = LONGEST + 5
    logits = np.zeros((count, 2), np.float32)
    logits[0, 0] = logits[-1, 1] = 3
    logits[LONGEST - 1, 1] = 1
    text = "a" * count
    spans = np.array([(n, n + 1) for n in range(count)])
    found = TokenScores(spans, np.arange(count), logits).best(text, [Span(0, count)])
    assert found == (Span(0, LONGEST), 4.0)


def test_a_closer_look_is_averaged_where_it_looked() -> None:
    whole = scores([0, 1, 2, 3, 4, 5, 6, 7], [7, 6, 5, 4, 3, 2, 1, 0])
    closer = TokenScores(
        np.array(SPANS[5:]), np.arange(3), np.array([[1, 2], [2, 5], [3, 4]], np.float32)
    )
    mean = whole.mean_with(closer, 0.25)
    assert mean is not None
    assert mean.spans.tolist() == [[16, 18], [19, 22], [22, 23]]
    assert mean.words.tolist() == [0, 1, 2]
    assert mean.logits == pytest.approx(np.array([[4, 2], [5, 2], [6, 1]]))
    assert mean.best(TEXT, SENTENCES[1:]) == (Span(19, 22), 7.0)


def test_a_look_beyond_its_tokens_is_no_closer_one() -> None:
    first = scores([0, 0, 0], [0, 0, 0])
    beyond = TokenScores(np.array(SPANS[2:5]), np.arange(3), np.zeros((3, 2), np.float32))
    assert first.mean_with(beyond, 0.5) is None
    apart = TokenScores(np.array([(1, 3)]), np.arange(1), np.zeros((1, 2), np.float32))
    assert first.mean_with(apart, 0.5) is None
