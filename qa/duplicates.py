"""Which documents are nearly the same text: an agency's report in several papers, say.

Documents are compared by their shingles, all runs of five words (Broder 1997, "On the
resemblance and containment of documents"). A copy has another title, a new first paragraph,
a few words edited or its end cut, and still shares most shingles of the shorter text; two
reports on one subject share hardly any. What a passage repeats word for word is told by
`copies`.
"""

import heapq
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from qa.copies import plain_words
from qa.types import Document

__all__ = ["near_copies", "shared"]

SHARED = 0.5
"""The part of the shorter text's shingles that a copy shares with the longer at least."""
SHORTEST = 0.25
"""The shorter text has this part of the longer one's shingles at least: a quote is no copy."""

_SIZE = 5
_COMMON = 30
"""A shingle that so many different texts share, such as a footer's, points to no more of them."""
_TRIED = 10
"""So many texts that share the most are compared in full."""
_UNSPACED = re.compile("([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")


def _shingles(document: Document) -> set[int]:
    """Return the hashes of a text's runs of five words; a shorter text is one run."""
    words = plain_words(_UNSPACED.sub(r" \1 ", document.text))
    runs = zip(*(words[start:] for start in range(_SIZE)), strict=False)
    return set(map(hash, runs)) or ({hash(words)} if words else set())


def _part(some: set[int], others: set[int]) -> float:
    fewer, more = sorted((some, others), key=len)
    if not fewer or len(fewer) < SHORTEST * len(more):
        return 0.0
    return len(fewer & more) / len(fewer)


def shared(one: Document, other: Document) -> float:
    """Return the part of the shorter text's shingles that the longer has too, from 0 to 1.

    It is 0 when one text is not a quarter of the other.

    >>> shared(Document("One two three four five six."), Document("one two three four five!"))
    1.0
    """
    return _part(_shingles(one), _shingles(other))


def near_copies(documents: Sequence[Document]) -> list[tuple[Document, ...]]:
    """Group documents that are nearly the same text; what has no copy is in no group.

    Each document joins the longer one that it shares most with, so that the fullest text leads
    its group, of equals the first; the others follow in order, and the groups in order of their
    leaders. The time grows with the words, not with the pairs of documents.

    Args:
        documents: in any order, no two with the same text.

    Returns:
        The groups, of two documents or more.
    """
    shingles = [_shingles(document) for document in documents]
    leaders: dict[int, list[int]] = {}
    holders: dict[int, list[int]] = {}
    for number in sorted(range(len(documents)), key=lambda n: -len(shingles[n])):
        leader = _leader(shingles, number, holders)
        if leader is not None:
            leaders[leader].append(number)
            continue
        leaders[number] = []
        for shingle in shingles[number]:
            known = holders.setdefault(shingle, [])
            if len(known) < _COMMON:
                known.append(number)
    return [
        tuple(documents[number] for number in (leader, *sorted(copies)))
        for leader, copies in sorted(leaders.items())
        if copies
    ]


def _leader(shingles: Sequence[set[int]], number: int, holders: dict[int, list[int]]) -> int | None:
    """Return the longer text that one shares most with, if it is enough."""
    found: Iterable[list[int]] = (holders[s] for s in shingles[number] if s in holders)
    counts = Counter(itertools.chain.from_iterable(found))
    likely = heapq.nsmallest(_TRIED, counts, key=lambda leader: (-counts[leader], leader))
    parts = {leader: _part(shingles[leader], shingles[number]) for leader in likely}
    best = max(parts, key=lambda leader: (parts[leader], -leader), default=None)
    return best if best is not None and parts[best] >= SHARED else None
