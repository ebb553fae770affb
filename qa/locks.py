"""One writer at a time in a folder, across threads and processes.

What is written is left to `storage` and `updates`.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["alone_in"]

_log = logging.getLogger("qa")

_held = threading.local()
"""The folders this thread is alone in."""


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes into a folder, and keep others waiting meanwhile.

    A process that was killed does not count: the system takes its lock away. A thread that is
    alone in a folder already goes on at once.

    Raises:
        OSError: the folder cannot be opened.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    folders: set[str] = _held.__dict__.setdefault("folders", set())
    name = os.path.realpath(folder)
    if name in folders:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.info("Waiting for another process that is writing to %s.", folder)
            fcntl.flock(handle, fcntl.LOCK_EX)
        folders.add(name)
        yield
    finally:
        folders.discard(name)
        os.close(handle)
