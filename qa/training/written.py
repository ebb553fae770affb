"""Texts and questions written for this reader: the examples that no public source has.

Invented reports, entries, minutes and rules of many kinds. Two in five of their questions have
no answer, and a third of these differ by one or two words from one that has. `written.txt`
beside this file holds them: a line with `#` is a text, each line after it `question || answer`.
The answer stands in the text word for word; where it does so more than once, a third field
quotes what is around the right one; `-` means that the text does not answer.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from qa.training.examples import Example, Row, examples_of

__all__ = ["read_written"]

FILE = Path(__file__).with_name("written.txt")


def read_written(file: Path = FILE) -> list[Example]:
    """Read the written examples, with their hard negatives.

    Raises:
        ValueError: a line is not of the form above; it names the line.
    """
    return examples_of(list(_rows(file)))


def _rows(file: Path) -> Iterator[Row]:
    text = ""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            text = line.removeprefix("#").strip()
            continue
        question, *fields = (field.strip() for field in line.split("||"))
        if not text or len(fields) not in (1, 2):
            raise ValueError(f"{file.name}, line {number}: not `question || answer`: {line}")
        answer, around = fields[0], fields[1] if len(fields) == 2 else text
        answers: list[dict[str, str | int]] = []
        if answer != "-":
            start = _start(text, answer, around=around)
            if start is None:
                raise ValueError(f"{file.name}, line {number}: not once in the text: {line}")
            answers.append({"text": answer, "start": start})
        yield {"context": text, "question": question, "answers": answers}


def _start(text: str, answer: str, *, around: str) -> int | None:
    """Return where the answer starts, as whole words in what is around it; None if not once."""
    found = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", around)]
    return text.index(around) + found[0] if text.count(around) == len(found) == 1 else None
