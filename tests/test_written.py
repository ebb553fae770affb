"""The examples written for the reader: read as they were meant, and fit to learn from."""

from pathlib import Path

import pytest

from qa.training.written import read_written
from qa.types import Span

WELL = """# The kiln was lit on Monday by Ada, and on Friday by Bo. It is 9 metres long.
Who lit the kiln first? || Ada
When was it lit by Bo? || Friday
Who lit the kiln on Sunday? || -
Which preposition is second? || by || Friday by Bo
# A second text.
How many texts are there? || second
"""


def test_written_lines_are_read_as_examples(tmp_path: Path) -> None:
    file = tmp_path / "written.txt"
    file.write_text(WELL, "utf-8")
    found = read_written(file)
    kiln = "The kiln was lit on Monday by Ada, and on Friday by Bo. It is 9 metres long."
    assert [(e.question, e.text, e.answer) for e in found] == [
        ("Who lit the kiln first?", kiln, Span(30, 33)),
        ("When was it lit by Bo?", kiln, Span(42, 48)),
        ("Who lit the kiln on Sunday?", kiln, None),
        ("Which preposition is second?", kiln, Span(49, 51)),
        ("How many texts are there?", "A second text.", Span(2, 8)),
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
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, why: str) -> None:
    file = tmp_path / "written.txt"
    file.write_text(f"# Lit by Ada and by Bo.\n{line}\n", "utf-8")
    with pytest.raises(ValueError, match=rf"^written\.txt, line 2: {why}"):
        read_written(file)


def test_what_is_shipped_teaches_answering_and_silence_alike() -> None:
    examples = read_written()
    asked = [(e.text, e.question) for e in examples]
    silent = sum(e.answer is None for e in examples)
    assert len(set(asked)) == len(asked) > 2000
    assert 0.35 < silent / len(asked) < 0.55
    for e in examples:
        assert (e.answer.of(e.text),) == e.golds if e.answer else not e.golds
        assert not any(gold in negative for gold in e.golds for negative in e.negatives)


def test_nothing_that_a_test_asks_is_learnt_from() -> None:
    learnt = {e.text for e in read_written()}
    cases = Path(__file__).parent / "cases"
    texts = [f.read_text("utf-8") for f in cases.rglob("*") if f.suffix in (".txt", ".md")]
    assert texts
    assert not [text for text in texts for known in learnt if known[:60] in text]
