"""Who is visiting the page, and what each of them holds; the longest idle are forgotten first.

All of it is in memory alone. What a visitor may do with documents is left to `library`.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from qa.documents import Receipt
from qa.errors import DocumentError
from qa.index import Index

__all__ = ["Visit", "Visits"]

IDLE = 2 * 60 * 60
"""Seconds after which a visitor who was not seen is forgotten."""

MAX_VISITS = 200
"""So many visitors may hold documents of their own at once."""

MAX_PASSAGES = 100_000
"""So many passages the indexes of all visitors may hold together: about 1 GB of what they added,
or 400 MB of what the index served holds, which is there once more for each of them."""

RECENT = 60
"""A visitor seen within so many seconds is not forgotten for want of room."""

MAX_UNTOLD = 10_000
"""So many names are remembered of those who lost documents and were not told yet."""

_ENDED = "This visit has ended; open the page again."


@dataclass(eq=False, slots=True)
class Visit:
    """What one visitor holds.

    Args:
        visitor: who it is.
        seen: when they were last seen.
        index: what they ask; None for what everyone asks.
        receipts: the receipt of each document that they added, by its id.
        changing: held while their documents are changed, one change at a time.
    """

    visitor: str
    seen: float
    index: Index | None = None
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    changing: threading.Lock = field(default_factory=threading.Lock)

    @property
    def passages(self) -> int:
        """How many passages their own index holds."""
        return len(self.index.passages) if self.index else 0


class Visits:
    """The visitors who hold something of their own; safe to use from many threads."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._visits: dict[str, Visit] = {}
        self._untold: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, visitor: str) -> Visit | None:
        """Return what a visitor holds, and note that they were seen; None for nothing."""
        self.expire()
        with self._lock:
            return self._seen(visitor)

    def open(self, visitor: str) -> Visit:
        """Return what a visitor holds, room made for it if it is nothing yet.

        Raises:
            DocumentError: there is no room, or nobody is named.
        """
        if not visitor:  # what nobody holds is what everyone asks
            raise DocumentError(_ENDED)
        self.expire()
        with self._lock:
            if visit := self._seen(visitor):
                return visit
            visit = Visit(visitor, monotonic())
            self._make_room(visit, 0)
            self._visits[visitor] = visit
            return visit

    def check(self, visit: Visit) -> None:
        """Note that a visitor was seen.

        Raises:
            DocumentError: the visit has ended meanwhile.
        """
        with self._lock:
            self._check(visit)

    def keep(self, visit: Visit, index: Index | None, receipts: Mapping[str, Receipt]) -> None:
        """Let a visitor hold another index and other receipts.

        Raises:
            DocumentError: there is no room, or the visit has ended meanwhile.
        """
        with self._lock:
            self._check(visit)
            self._make_room(visit, len(index.passages) if index else 0)
            visit.index, visit.receipts = index, receipts

    def forget(self, visitor: str) -> None:
        """Let go of all that a visitor holds; nothing is kept but that it is gone (`lost`)."""
        with self._lock:
            if visitor in self._visits:
                self._end(visitor)

    def lost(self, visitor: str) -> bool:
        """Tell, once, whether documents that a visitor added for themselves are gone."""
        self.expire()
        with self._lock:
            if visitor not in self._untold:
                return False
            del self._untold[visitor]
            return True

    def expire(self) -> None:
        """Forget the visitors who were not seen for long."""
        with self._lock:
            for visit in list(self._idle(IDLE)):
                self._end(visit.visitor)

    def _end(self, visitor: str) -> None:
        visit = self._visits.pop(visitor)
        if visit.index and visit.receipts:
            self._untold[visitor] = None
            if len(self._untold) > MAX_UNTOLD:
                self._untold.popitem(last=False)

    def _check(self, visit: Visit) -> None:
        if self._seen(visit.visitor) is not visit:
            raise DocumentError(_ENDED)

    def _seen(self, visitor: str) -> Visit | None:
        if visit := self._visits.get(visitor):
            visit.seen = monotonic()
        return visit

    def _idle(self, seconds: float) -> Iterator[Visit]:
        """Yield who was not seen for so long, and is not waiting for a change: longest first."""
        now = monotonic()
        for visit in sorted(self._visits.values(), key=lambda visit: visit.seen):
            if now - visit.seen > seconds and not visit.changing.locked():
                yield visit

    def _make_room(self, visit: Visit, passages: int) -> None:
        """Forget the longest idle until there is room for a visit of so many passages."""
        others = [other for other in self._visits.values() if other is not visit]
        number, held = len(others) + 1, passages + sum(other.passages for other in others)
        gone = []
        for other in self._idle(RECENT):
            if number <= MAX_VISITS and held <= MAX_PASSAGES:
                break
            gone.append(other.visitor)
            number, held = number - 1, held - other.passages
        # An index that is too large by itself is the operator's own choice.
        if number > MAX_VISITS or (held > MAX_PASSAGES and held > passages):
            raise DocumentError(
                "Too many people have documents of their own here just now; "
                "try again in some minutes."
            )
        for visitor in gone:
            self._end(visitor)
