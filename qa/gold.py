"""Questions with known answers, as `qa eval` reads them.

A question is a JSON line:

    {"question": "When does it open?", "answers": ["3 May"], "source": "bridge.md", "kind": "date"}

Empty `answers` mean that the text does not say. A question is asked of the file `source`
beside the questions, or of the texts given as `context` (those of one `title` are one
document, as in SQuAD), or else of the index.

In place of `answers`, `rejected` is a quote that was said and is wrong, or null where silence
was wrong. A line with a `time` is a person's verdict, as `chat.feedback` keeps it: the last
one on the same question and answer stands. Asking is left to `evaluation`.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.documents import read
from qa.errors import QuestionError
from qa.retrieval import check_question
from qa.types import Document, Span

__all__ = ["Question", "read_questions"]


_NAMES = ("source", "context", "title", "kind")
"""What a question may have besides, as texts."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold answers, as texts; `spans` say where they stand, if that is known.

    `place` names the document it is asked of: a file or a title; None for the index. Where no
    gold answer is known but a wrong one is, `rejected` holds it: empty where silence was wrong.
    """

    text: str
    answers: tuple[str, ...]
    kind: str
    place: str | None
    spans: tuple[Span, ...] = ()
    rejected: tuple[str, ...] | None = None


def read_questions(file: Path) -> tuple[list[Question], dict[str, Document]]:
    """Read questions, and the documents they bring along by their `place`.

    Raises:
        QuestionError: the file cannot be read, or a line is no question.
        DocumentError: a source cannot be read.
    """
    rows = _standing(_rows(file))
    if not rows:
        raise QuestionError(f"{file} holds no question; write one JSON object a line.")
    texts: dict[str, dict[str, int]] = {}
    for row in rows:
        if context := row.get("context"):
            known = texts.setdefault(_title(row), {})
            if context not in known:
                known[context] = sum(len(text) + 2 for text in known)
    documents = {title: Document("\n\n".join(known), title=title) for title, known in texts.items()}
    for row in rows:
        if (source := row.get("source")) and source not in documents:
            documents[source] = read(file.parent / source)[0]
    return [_question(row, texts) for row in rows], documents


_NO_QUESTION = (
    ValueError, KeyError, TypeError, AttributeError, RecursionError, QuestionError,
)  # fmt: skip


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    opened = gzip.open if file.suffix == ".gz" else open
    number = 0
    try:
        with opened(file, "rt", encoding="utf-8-sig") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    yield _checked(json.loads(line))
    except (OSError, EOFError, zlib.error) as error:  # the latter two: a damaged .gz
        reason = getattr(error, "strerror", None) or error
        raise QuestionError(f"{file} cannot be read ({reason}).") from error
    except _NO_QUESTION as error:
        raise QuestionError(
            f"Line {number} of {file} is no question; write one JSON object a line, such as "
            '{"question": "When does it open?", "answers": ["3 May"]}'
        ) from error


def _checked(row: Any) -> dict[str, Any]:
    check_question(row["question"])
    if "rejected" in row:
        fits = "answers" not in row and isinstance(row["rejected"], str | None)
    else:
        answers = row["answers"]
        fits = isinstance(answers, list) and all(map(_is_answer, answers))
    if not fits or not all(isinstance(row.get(name), str | None) for name in _NAMES):
        raise TypeError
    checked: dict[str, Any] = row
    return checked


def _standing(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without the verdicts that a later one replaces."""
    kept: dict[object, dict[str, Any]] = {}
    for number, row in enumerate(rows):
        said = row["rejected"] if "rejected" in row else next(map(_text, row["answers"]), None)
        kept[(row["question"], said) if "time" in row else number] = row
    return list(kept.values())


def _text(answer: Any) -> str:
    return str(answer["text"] if isinstance(answer, dict) else answer)


def _is_answer(answer: Any) -> bool:
    return isinstance(answer, str) or (
        isinstance(answer, dict)
        and isinstance(answer.get("text"), str)
        and isinstance(answer.get("start", 0), int)
    )


def _title(row: dict[str, Any]) -> str:
    return str(row.get("title") or row["context"])


def _question(row: dict[str, Any], texts: dict[str, dict[str, int]]) -> Question:
    given = row.get("answers", ())
    answers = tuple(_text(answer) for answer in given)
    spans: tuple[Span, ...] = ()
    place = row.get("source") or None
    if context := row.get("context"):
        place = _title(row)
        offset = texts[place][context]
        spans = tuple(
            Span(offset + a["start"], offset + a["start"] + len(a["text"]))
            for a in given
            if isinstance(a, dict) and "start" in a
        )
    kind, rejected = "answerable" if answers else "unanswerable", None
    if "rejected" in row:
        kind, rejected = "rejected", tuple(filter(None, [row["rejected"]]))
    return Question(row["question"], answers, row.get("kind") or kind, place, spans, rejected)
