"""The field's measures, each a plain function of values: EM, F1, AUROC, ranks, intervals.

What is measured, and on which questions, is left to `evaluation`.
"""

import collections
import math
import re
import string
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["auroc", "best_overall", "exact", "f1", "interval", "recall", "reciprocal_rank"]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _normal(text: str) -> list[str]:
    """Return a text's words as SQuAD compares them: no case, punctuation or articles."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def exact(said: str, golds: Sequence[str]) -> float:
    """Return 1 if the text is one of the gold answers, else 0 (Rajpurkar et al. 2016, section 6).

    >>> exact("The harbour bridge.", ["harbour bridge"])
    1.0
    """
    return float(any(_normal(said) == _normal(gold) for gold in golds))


def f1(said: str, golds: Sequence[str]) -> float:
    """Return the best F1 of the text's words with a gold answer's, as SQuAD counts them.

    >>> f1("on 3 May", ["3 May"])
    0.8
    """
    return max((_f1(_normal(said), _normal(gold)) for gold in golds), default=0.0)


def _f1(said: list[str], gold: list[str]) -> float:
    if not said or not gold:
        return float(said == gold)
    both = sum((collections.Counter(said) & collections.Counter(gold)).values())
    return 2 * both / (len(said) + len(gold))


def auroc(positive: npt.ArrayLike, negative: npt.ArrayLike) -> float | None:
    """Return how often a positive's score lies above a negative's, ties counting half.

    None when there are none of either.

    >>> auroc([0.9, 0.4], [0.4, 0.1])
    0.875
    """
    above, below = np.asarray(positive, np.float64), np.sort(np.asarray(negative, np.float64))
    if not above.size or not below.size:
        return None
    under = np.searchsorted(below, above, side="left") + np.searchsorted(below, above, side="right")
    return float(under.mean() / 2 / below.size)


def best_overall(scores: npt.ArrayLike, f1s: npt.ArrayLike, answerable: npt.ArrayLike) -> float:
    """Return SQuAD 2's best overall F1: the mean over questions at the best threshold.

    An unanswerable question counts 1 when it is not answered (Rajpurkar et al. 2018, section 5).

    >>> best_overall([0.9, 0.5, 0.4], [1.0, 0.0, 0.8], [True, False, True])
    0.6666666666666666
    """
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    able = np.asarray(answerable, bool)[order]
    gains = np.where(able, np.asarray(f1s, np.float64)[order], -1.0)
    silent = float((~able).sum())
    return float((silent + np.concatenate([[0.0], np.cumsum(gains)])).max() / len(order))


def recall(ranks: Sequence[int | None], depth: int) -> float:
    """Return the share of ranks, from 1, that are at most `depth`; None is not found."""
    return sum(rank is not None and rank <= depth for rank in ranks) / len(ranks)


def reciprocal_rank(ranks: Sequence[int | None], depth: int = 10) -> float:
    """Return the mean of 1/rank, 0 beyond `depth` or not found (MRR)."""
    return sum(1 / rank for rank in ranks if rank is not None and rank <= depth) / len(ranks)


def interval(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share (Wilson 1927).

    >>> [round(edge, 3) for edge in interval(9, 10)]
    [0.596, 0.982]
    """
    if not total:
        return 0.0, 1.0
    z = 1.959964
    share, spread = right / total, z * z / total
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)
