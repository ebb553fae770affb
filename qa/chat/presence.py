"""Who has the page open, in how many tabs; whoever left for good is forgotten.

A visitor is known by a name that only their browser keeps, so that a reload, or a second tab,
finds their documents again. What forgetting means is left to `library`.
"""

import re
import secrets
import threading
from collections.abc import Callable

__all__ = ["GRACE", "Presence"]

GRACE = 120.0
"""Seconds after the last tab closed, in which a reload or the way back finds all as it was."""

_NAME = re.compile(r"[0-9a-f]{32}")


class Presence:
    """The open tabs and whose they are; safe for many threads."""

    def __init__(self, forget: Callable[[str], object], *, grace: float = GRACE) -> None:
        """Begin with nobody.

        Args:
            forget: called with a visitor's name when they are gone.
            grace: the seconds until then.
        """
        self._forget = forget
        self._grace = grace
        self._visitor_of: dict[str, str] = {}
        self._leaving: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def arrive(self, tab: str, visitor: str) -> str:
        """Note that a tab was opened, and return whose it is.

        Args:
            tab: what the tab is known by.
            visitor: the name that the browser kept; anything else than one of ours makes a new
                visitor.
        """
        name = visitor if _NAME.fullmatch(visitor) else secrets.token_hex(16)
        with self._lock:
            self._visitor_of[tab] = name
            if timer := self._leaving.pop(name, None):
                timer.cancel()
        return name

    def leave(self, tab: str) -> None:
        """Note that a tab was closed."""
        with self._lock:
            name = self._visitor_of.pop(tab, None)
            if name is None or name in self._visitor_of.values():
                return
            timer = threading.Timer(self._grace, self._go, [name])
            timer.daemon = True
            self._leaving[name] = timer
        timer.start()

    def _go(self, visitor: str) -> None:
        with self._lock:
            if self._leaving.pop(visitor, None) is None:  # they came back just now
                return
        self._forget(visitor)
