"""Verdicts on answers, kept in a file of this machine that `qa eval` reads as its questions.

A verdict is a JSON line of `gold`'s: the question as it was read, so that it stands alone, and
what was said as its `answers`, or as what is `rejected`. Nothing is sent anywhere; asking for
verdicts is left to `page`.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qa.errors import FeedbackError
from qa.locks import alone_in
from qa.retrieval import check_question
from qa.types import well_formed

__all__ = ["Feedback", "default_file"]


def default_file() -> Path:
    """Return the file that verdicts go to: $QA_FEEDBACK, else one in the user's data folder."""
    import platformdirs

    named = os.environ.get("QA_FEEDBACK")
    return Path(named or Path(platformdirs.user_data_dir("brief-qa", False), "feedback.jsonl"))


class Feedback:
    """A file of verdicts. Many threads and processes can add to it at once.

    >>> values = {"resolved": "When does it open?", "answer": "3 May", "start": 20, "end": 25,
    ...           "document": {"sha256": "5e" * 32, "title": "A bridge", "source": "bridge.md"},
    ...           "band": "possible"}
    >>> Feedback(tmp / "feedback.jsonl").add(values, liked=False)
    >>> (tmp / "feedback.jsonl").read_text()[:54]
    '{"question": "When does it open?", "rejected": "3 May"'
    """

    def __init__(self, file: Path) -> None:
        """Keep verdicts in `file`, which is made with the first one."""
        self.file = file

    def add(self, answer: Mapping[str, Any], *, liked: bool) -> None:
        """Keep a verdict on an answer, or on silence; a later one on the same counts instead.

        Args:
            answer: the plain values of an answer, as `Answer.to_dict()` gives them.
            liked: whether what was said is right.

        Raises:
            FeedbackError: the file cannot be written; it holds what it held before.
            QuestionError: the question, with what it took over, is too long to be asked again.
        """
        row = _row(answer, liked=liked)
        line = well_formed(json.dumps(row, ensure_ascii=False)).encode() + b"\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with alone_in(self.file.parent):
                _append(self.file, line)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            reason = getattr(error, "strerror", None) or str(error)
            raise FeedbackError(
                f"The verdict cannot be kept in {self.file} ({reason}); "
                "set QA_FEEDBACK to a file that can be written."
            ) from error


def _row(answer: Mapping[str, Any], *, liked: bool) -> dict[str, Any]:
    said, document = answer["answer"], answer["document"]
    verdict = {"answers": [] if said is None else [said]} if liked else {"rejected": said}
    return {
        "question": check_question(answer["resolved"]),
        **verdict,
        "document": document and {name: document[name] for name in ("sha256", "title", "source")},
        "start": answer["start"],
        "end": answer["end"],
        "band": answer["band"],
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _append(file: Path, line: bytes) -> None:
    """Write a line at a file's end, whole or not at all; it is the user's alone to read."""
    file.touch(mode=0o600)
    with file.open("a+b", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        if size:
            stream.seek(size - 1)
            if stream.read(1) != b"\n":  # left so by an editor
                line = b"\n" + line
        try:
            if stream.write(line) < len(line):
                raise OSError("there is no room for it")
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(size)
            raise
