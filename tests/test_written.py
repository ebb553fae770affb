"""The examples written for the reader: read as they were meant, and fit to learn from."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from qa.training.examples import Example
from qa.training.written import ASKED, TWISTED, WRITTEN, digest, read_written
from qa.types import Span
from tests.evaluation import FOLDER, MISSING, present

WELL = """# The kiln was lit on Monday by Ada, and on Friday by Bo. It is 9 metres long.
Who lit the kiln first? || Ada
When was it lit by Bo? || Friday
Who lit the kiln on Sunday? || -
Which preposition is second? || by || Friday by Bo
# A second text.
How many texts are there? || second
@ 56d9d22a1dc3
What is not here? || -
What is public? || It
"""
PUBLIC = "It is a public text."


def test_written_lines_are_read_as_examples(tmp_path: Path) -> None:
    file = tmp_path / "written.txt"
    file.write_text(WELL, "utf-8")
    found = read_written(file, texts=["Another.", PUBLIC])
    kiln = "The kiln was lit on Monday by Ada, and on Friday by Bo. It is 9 metres long."
    assert [(e.question, e.text, e.answer) for e in found] == [
        ("Who lit the kiln first?", kiln, Span(30, 33)),
        ("When was it lit by Bo?", kiln, Span(42, 48)),
        ("Who lit the kiln on Sunday?", kiln, None),
        ("Which preposition is second?", kiln, Span(49, 51)),
        ("How many texts are there?", "A second text.", Span(2, 8)),
        ("What is not here?", PUBLIC, None),
        ("What is public?", PUBLIC, Span(0, 2)),
    ]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Who lit it? Ada", "not `question"),
        ("Who? || Ada || Ada || Ada", "not `question"),
        ("Who lit it? || Cy", "not once"),
        ("Who lit it? || by", "not once"),
        ("Who lit it? || Ad", "not once"),
        ("Who lit it? || Ada || by Cy and Ada", "not once"),
        ("Which word? || by || by", "not once"),
        ("@ 0123456789ab", "none of the texts"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "written.txt"
    file.write_text(f"# Lit by Ada and by Bo.\n{line}\n", "utf-8")
    with pytest.raises(ValueError, match=rf"^written\.txt, line 2: {why}"):
        read_written(file, texts=[PUBLIC])


def check(examples: Sequence[Example], *, least: int, silent: tuple[float, float]) -> None:
    asked = [(e.text, e.question) for e in examples]
    assert len(set(asked)) == len(asked) > least
    assert silent[0] < sum(e.answer is None for e in examples) / len(asked) < silent[1]
    for e in examples:
        assert (e.answer.of(e.text),) == e.golds if e.answer else not e.golds
        assert not any(gold in negative for gold in e.golds for negative in e.negatives)


def test_written_texts_teach_answering_and_silence_alike() -> None:
    check(read_written(WRITTEN), least=2000, silent=(0.35, 0.55))


ASKED_OF = ("squad1_train_part", "squadshifts_new_wiki", "nq")


@pytest.mark.skipif(not present(f"train/{ASKED_OF[0]}"), reason=MISSING)
def test_questions_asked_of_public_texts_find_them() -> None:
    texts: dict[str, None] = {}
    for name in ASKED_OF:
        with gzip.open(FOLDER / "train" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            texts |= dict.fromkeys(json.loads(line)["context"] for line in file)
    assert len({digest(text) for text in texts}) == len(texts)
    check(read_written(ASKED, texts=texts), least=20_000, silent=(0.5, 0.7))
    check(read_written(TWISTED, texts=texts), least=10_000, silent=(0.48, 0.52))


def test_nothing_that_a_test_asks_is_learnt_from() -> None:
    learnt = {e.text for e in read_written(WRITTEN)}
    cases = Path(__file__).parent / "cases"
    texts = [f.read_text("utf-8") for f in cases.rglob("*") if f.suffix in (".txt", ".md")]
    assert texts
    assert not [text for text in texts for known in learnt if known[:60] in text]
