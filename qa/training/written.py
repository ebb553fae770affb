"""Questions written for this reader: the examples that no public source has.

`written.txt` beside this file holds invented reports, entries, minutes and rules of many kinds
with their questions; two in five have no answer, and many of these differ by one to three
words from one that has. `asked.txt` holds questions asked of the public sources' own texts, more
than half of them near misses; `twisted.txt` more of these, each true one followed by the same one
twisted so that nothing answers. A line with `#` is a text, one with `@` names a public text by its
`digest`; each line after it is `question || answer`. The answer stands in the text word for word;
where it does so more than once, a third field quotes what is around the right one; `-` means that
the text does not answer.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from qa.training.examples import Example, Row, examples_of

__all__ = ["ASKED", "TWISTED", "WRITTEN", "digest", "read_written"]

WRITTEN = Path(__file__).with_name("written.txt")
ASKED = Path(__file__).with_name("asked.txt")
TWISTED = Path(__file__).with_name("twisted.txt")


def digest(text: str) -> str:
    """Return what names a public text: the first 12 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_written(file: Path, *, texts: Iterable[str] = ()) -> list[Example]:
    """Read written examples, with their hard negatives.

    Args:
        file: of the form above.
        texts: those that its `@` lines name.

    Raises:
        ValueError: a line is not of the form above, or names none of the texts; it says which.
    """
    return examples_of(list(_rows(file, {digest(text): text for text in texts})))


def _rows(file: Path, known: Mapping[str, str]) -> Iterator[Row]:
    text = ""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            text = line.removeprefix("#").strip()
            continue
        if line.startswith("@"):
            name = line.removeprefix("@").strip()
            if name not in known:
                raise ValueError(f"{file.name}, line {number}: none of the texts: {line}")
            text = known[name]
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
