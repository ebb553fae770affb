"""The measures, each against a case computed by hand or an independent implementation."""

import numpy as np
import pytest

from qa.measures import auroc, best_overall, exact, f1, interval, recall, reciprocal_rank


@pytest.mark.parametrize(
    ("said", "golds", "right", "overlap"),
    [
        ("The bridge", ["bridge"], 1.0, 1.0),
        ("3 May.", ["on 3 May", "3 may"], 1.0, 1.0),
        ("on 3 May", ["3 May"], 0.0, 0.8),  # 2 of 3 words, both of 2
        ("a b b", ["b c"], 0.0, 2 * 1 / (2 + 2)),  # "a" is an article; one "b" is shared
        ("Lund", ["Oslo"], 0.0, 0.0),
        ("", ["Oslo"], 0.0, 0.0),
        ("Oslo", [], 0.0, 0.0),
    ],
)
def test_exact_and_f1(said: str, golds: list[str], right: float, overlap: float) -> None:
    assert exact(said, golds) == right
    assert f1(said, golds) == pytest.approx(overlap)


def test_auroc_is_the_share_of_pairs_in_order() -> None:
    draw = np.random.default_rng(3)
    above, below = draw.integers(0, 9, 40), draw.integers(-3, 6, 60)
    pairs = [(a > b) + (a == b) / 2 for a in above for b in below]
    assert auroc(above, below) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc([], [1.0]) is None


def test_best_overall_tries_every_threshold() -> None:
    draw = np.random.default_rng(4)
    scores, able = draw.random(50), draw.random(50) < 0.6
    f1s = np.where(able, draw.random(50), 0)
    by_hand = [
        np.mean([f if s >= cut and a else float(s < cut and not a) for s, f, a in cases])
        for cases in [list(zip(scores, f1s, able, strict=True))]
        for cut in (*scores, 2.0)
    ]
    assert best_overall(scores, f1s, able) == pytest.approx(max(by_hand))


def test_ranks() -> None:
    ranks = [1, 3, None, 2, 11]
    assert recall(ranks, 1) == 0.2
    assert recall(ranks, 3) == 0.6
    assert reciprocal_rank(ranks) == pytest.approx((1 + 1 / 3 + 1 / 2) / 5)


def test_intervals() -> None:
    # Newcombe 1998, table I: 81 of 263 and 0 of 20 by the score method.
    assert interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert interval(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert interval(0, 0) == (0.0, 1.0)
