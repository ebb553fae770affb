"""`qa eval`: what it reads, the figures by hand, and our own questions with their floors."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

import qa
from qa.cli import main
from qa.evaluation import Outcome, evaluate, figures, indices
from qa.gold import Question, read_questions
from qa.report import report_lines, report_values
from tests.conftest import BRIDGE, ROOT

OURS = ROOT / "tests" / "cases" / "questions" / "questions.jsonl"
KINDS = ("acronym", "date", "number", "list", "yes-no", "definition", "who-said")


def write(file: Path, *rows: object) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def gold(text: str, start: int) -> dict[str, str | int]:
    return {"text": text, "start": start}


def outcome(
    answers: tuple[str, ...], band: str, confidence: float, *, rank: int | None = 1, f1: float = 1.0
) -> Outcome:
    """Return what came of a question, with only what matters chosen."""
    return Outcome(
        question=Question("Q?", answers, "kind", None),
        rank=rank,
        said="words",
        sentence_right=f1 > 0,
        exact=float(f1 == 1),
        f1=f1,
        confidence=confidence,
        band=band,
        answered=band != "not in the brief",
    )


def test_figures_by_hand() -> None:
    some = [
        outcome(("a",), "well supported", 0.9),
        outcome(("a",), "well supported", 0.8, rank=2, f1=0.4),
        outcome(("a",), "possible", 0.5, rank=None, f1=0.0),
        outcome(("a",), "not in the brief", 0.1),
        outcome((), "possible", 0.6, rank=None, f1=0.0),
        outcome((), "not in the brief", 0.05, rank=None, f1=0.0),
    ]
    found = figures(some)
    assert found["questions"] == 6
    assert found["answerable"] == 4
    assert (found["recall@1"], found["recall@3"], found["MRR@10"]) == (0.5, 0.75, 2.5 / 4)
    assert found["answer sentence@1"] == 0.75
    assert found["EM"] == 0.5
    assert found["F1"] == pytest.approx(2.4 / 4)
    # Pairs in order: 0.9, 0.8 above both; 0.5 and 0.1 above one.
    assert found["AUROC"] == 6 / 8
    # Best is to answer the first two only, or also the last answerable one for one silence less.
    assert found["best overall F1"] == pytest.approx((1 + 0.4 + 2) / 6)
    assert found["false answers"] == 0.5
    assert found["false refusals"] == 0.25
    assert found["bands"]["well supported"]["precision"] == 0.5
    assert found["bands"]["possible"] == {
        "answers": 2,
        "precision": 0.0,
        "interval": [0.0, pytest.approx(0.6576, abs=1e-4)],
    }
    failed = report_values(some)["failed"]
    assert [row["confidence"] for row in failed] == [0.8, 0.5, 0.1, 0.6]
    assert any("0.500 right of 2 answers (95 %: 0.095 to 0.905)" in n for n in report_lines(some))


def test_what_was_rejected_is_told_apart() -> None:
    def rejecting(quote: str | None, said: str, band: str = "possible") -> Outcome:
        some = outcome((), band, 0.5, rank=None, f1=0.0)
        wrong = () if quote is None else (quote,)
        question = replace(some.question, kind="rejected", rejected=wrong)
        return replace(some, question=question, said=said)

    known = [outcome(("a",), "well supported", 0.9), outcome((), "not in the brief", 0.1)]
    right = [
        rejecting("3 May", "4 May"),
        rejecting("3 May", "on 3 May"),
        rejecting("3 May", "3 May", "not in the brief"),
        rejecting(None, "3 May"),
    ]
    wrong = [rejecting("3 May", "3 may."), rejecting(None, "3 May", "not in the brief")]
    assert [o.right for o in right + wrong] == [True] * 4 + [False] * 2
    apart = {"questions": 6, "given again": 2}
    assert figures([*known, *right, *wrong]) == {**figures(known), "rejected": apart}
    values = report_values([*known, *right, *wrong])
    assert set(values["kinds"]) == {"kind"}
    assert [row["rejected"] for row in values["failed"]] == ["3 May", None]
    table = "\n".join(report_lines([*known, *right, *wrong]))
    assert "  rejected answers given again: 2 of 6" in table
    assert "wanted anything but 3 May; possible: 3 may." in table
    assert "wanted anything but (not said); not in the brief: 3 May" in table
    assert "rejected" not in "\n".join(report_lines(known))
    alone = list(report_lines(right))
    assert alone[0] == "0 questions, 0 of them answered by their text"
    assert alone[-1] == "  rejected answers given again: 0 of 4"


def test_of_verdicts_the_last_on_a_question_and_answer_stands(tmp_path: Path) -> None:
    def verdict(**said: object) -> dict[str, object]:
        return {"question": "When?", **said, "time": "2026-05-03T09:30:15+00:00"}

    plain = {"question": "When?", "answers": ["3 May"]}
    file = write(
        tmp_path / "some.jsonl",
        plain,
        verdict(answers=["3 May"]),
        verdict(rejected=None),
        verdict(rejected="4 May"),
        verdict(rejected="3 May"),
        verdict(answers=[]),
        verdict(answers=["4 May"]) | {"question": "Since when?"},
        plain,
    )
    assert [(q.text, q.answers, q.rejected, q.kind) for q in read_questions(file)[0]] == [
        ("When?", ("3 May",), None, "answerable"),
        ("When?", (), ("3 May",), "rejected"),
        ("When?", (), None, "unanswerable"),
        ("When?", (), ("4 May",), "rejected"),
        ("Since when?", ("4 May",), None, "answerable"),
        ("When?", ("3 May",), None, "answerable"),
    ]


def test_only_silent_questions_have_no_recall() -> None:
    found = figures([outcome((), "not in the brief", 0.1, rank=None, f1=0.0)])
    assert found["recall@1"] is None
    assert found["AUROC"] is None
    assert found["false answers"] == 0.0


def test_questions_bring_their_texts(tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    file = write(
        tmp_path / "some.jsonl",
        {"question": "Who is the mayor?", "answers": ["Ines Okafor"], "source": "bridge.txt"},
        {"question": "Who?", "answers": [gold("Bo", 0)], "context": "Bo", "title": "T"},
        {"question": "Whose?", "answers": [gold("Al", 3)], "context": "It Al", "title": "T"},
        {"question": "And here?", "answers": [], "kind": "empty"},
    )  # fmt: skip
    first, second, third, last = read_questions(file)[0]
    documents = read_questions(file)[1]
    assert documents["T"].text == "Bo\n\nIt Al"
    assert [span.of("Bo\n\nIt Al") for q in (second, third) for span in q.spans] == ["Bo", "Al"]
    assert (first.place, first.kind, last.place, last.kind) == (
        "bridge.txt", "answerable", None, "empty",
    )  # fmt: skip
    index = indices(documents, None)("bridge.txt")
    [found] = evaluate([first], lambda _: index)
    assert found.rank == 1
    assert found.sentence_right
    assert (found.said, found.exact) == ("Ines Okafor", 1.0)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"question": "When?"}', '{"question": "", "answers": []}', '{"answers": ["x"]}',
     '{"question": "When?", "answers": [3]}', '{"question": "When?", "answers": "x"}', "\x00",
     '{"question": "When?", "rejected": ["x"]}', '{"question": "When?", "rejected": 3}',
     '{"question": "When?", "answers": [], "rejected": "x"}',
     '{"question": "When?", "answers": [], "context": {"a": 1}}',
     '{"question": "When?", "answers": [], "source": ["a.txt"]}',
     '{"question": "When?", "answers": [], "kind": [1]}'],
)  # fmt: skip
def test_a_line_that_is_no_question_is_named(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"question": "When?", "answers": []}\n' + line + "\n")
    assert main(["eval", str(file)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"qa: Line 2 of {file} is no question; write one JSON object a line")
    assert told.count("\n") == 1


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", str(tmp_path / "gone.jsonl")]) == 2
    assert "gone.jsonl cannot be read (No such file or directory)" in capsys.readouterr().err
    file = write(tmp_path / "q.jsonl", {"question": "Who?", "answers": [], "source": "gone.txt"})
    assert main(["eval", str(file)]) == 2
    assert "gone.txt cannot be read" in capsys.readouterr().err
    (tmp_path / "empty.jsonl").touch()
    assert main(["eval", str(tmp_path / "empty.jsonl")]) == 2
    assert "holds no question" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["cut", "bits", "garbage"])
def test_a_damaged_gz_file_is_named(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = gzip.compress(b'{"question": "When?", "answers": []}\n' * 50)
    # After 10 bytes of header, a block of a kind that there is not.
    wrong = {"cut": data[:-12], "bits": data[:10] + b"\xff" + data[11:], "garbage": b"no gzip"}
    (tmp_path / "q.jsonl.gz").write_bytes(wrong[damage])
    assert main(["eval", str(tmp_path / "q.jsonl.gz")]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"qa: {tmp_path / 'q.jsonl.gz'} cannot be read (")
    assert told.count("\n") == 1


def test_the_command_prints_a_table_or_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    qa.build(qa.Document(BRIDGE), folder=tmp_path / "i")
    file = write(
        tmp_path / "some.jsonl",
        {"question": "When does the harbour bridge open?", "answers": ["3 May", "on 3 May"]},
        {"question": "Who won the chess final in Reykjavik?", "answers": []},
    )
    assert main(["eval", str(file), "--index", str(tmp_path / "i")]) == 0
    table = capsys.readouterr().out
    assert table.startswith("2 questions, 1 of them answered by their text\n")
    assert "  EM                 1.000" in table
    assert "failed" not in table
    assert main(["eval", str(file), "--index", str(tmp_path / "i"), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["all"]["F1"] == 1.0
    assert values["all"]["false answers"] == 0.0
    assert set(values["kinds"]) == {"answerable", "unanswerable"}


@pytest.fixture(scope="module")
def ours() -> list[Outcome]:
    questions, documents = read_questions(OURS)
    return list(evaluate(questions, indices(documents, None)))


def test_our_questions_are_as_many_as_they_should_be() -> None:
    questions, documents = read_questions(OURS)
    assert len(documents) == 12
    for kind in KINDS:
        assert sum(q.kind == kind for q in questions) >= 30, kind
    for question in questions:
        assert question.place is not None
        for answer in question.answers:
            assert answer in documents[question.place].text, question
    assert len({(q.place, q.text) for q in questions}) == len(questions)


FLOORS = {
    "acronym": 0.95,
    "date": 0.88,
    "number": 0.74,
    "list": 0.74,
    "yes-no": 0.86,
    "definition": 0.78,
    "who-said": 0.78,
    "odd": 0.74,
}


@pytest.mark.parametrize("kind", FLOORS)
def test_f1_of_each_kind(ours: list[Outcome], kind: str) -> None:
    some = figures([o for o in ours if o.question.kind == kind])
    assert some["F1"] >= FLOORS[kind]


def test_an_empty_source_means_the_index(tmp_path: Path) -> None:
    file = write(tmp_path / "q.jsonl", {"question": "When?", "answers": [], "source": ""})
    assert read_questions(file)[0][0].place is None


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('\ufeff{"question": "When?", "answers": []}\n', "utf-8")
    assert [question.text for question in read_questions(tmp_path / "q.jsonl")[0]] == ["When?"]


def test_a_line_nested_too_deep_is_no_question(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("[" * 200_000)
    with pytest.raises(qa.QuestionError, match="Line 1 of"):
        read_questions(tmp_path / "q.jsonl")


def test_what_failed_cannot_move_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = "The mill turns at dawn. \x1b[2J It stops at noon."
    row = {"question": "When \x1b[2J does the fair end?", "answers": ["noon"], "context": context}
    assert main(["eval", str(write(tmp_path / "q.jsonl", row))]) == 0
    assert "\x1b" not in capsys.readouterr().out
