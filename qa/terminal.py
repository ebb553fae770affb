"""What a terminal is shown besides text: colours or none, one line of it, bars for long work."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from qa.markup import mark_terminal
from qa.types import Document, Progress

__all__ = ["bars", "colours", "counter", "name_of", "one_line", "write_json"]


def one_line(text: str) -> str:
    """Return what a file's name or title says without the power to move the cursor."""
    return mark_terminal(text, [], colour=False).replace("\n", " ")


def name_of(document: Document) -> str:
    """Return what a person knows a document by, on one line."""
    return one_line(document.title or document.source or "untitled")


def colours(stream: TextIO) -> bool:
    """Tell whether a stream is a terminal that wants colours."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def write_json(value: object) -> None:
    """Write a value on standard output, for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


@contextlib.contextmanager
def bars() -> Iterator[Progress | None]:
    """Give what shows on a terminal how far a long work has come, its rate and the time left.

    Nothing is shown where standard error is no terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    shown: dict[str, Any] = {}

    def progress(step: str, done: int, total: int) -> None:
        if step not in shown:
            shown[step] = tqdm(total=total, desc=f"qa: {step}", file=sys.stderr)
        shown[step].update(done - shown[step].n)

    try:
        yield progress
    finally:
        for bar in shown.values():
            bar.close()


def counter(step: str, total: int, progress: Progress | None) -> Callable[[int], None]:
    """Return what tells a step's progress by its count alone."""

    def done(count: int) -> None:
        if progress:
            progress(step, count, total)

    return done
