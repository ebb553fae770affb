"""Verdicts: the lines kept, many writers at once, a full disk, and that `qa eval` reads them."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs
import pytest

import qa
from qa.chat.feedback import Feedback, default_file
from qa.cli import main
from qa.gold import read_questions
from tests.conftest import ROOT


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def said(bridge: qa.Index) -> dict[str, Any]:
    """A follow-up's answer, as the page keeps it."""
    answer = qa.ask(
        "And when does it open?", history=["What did the harbour bridge cost?"], index=bridge
    )
    assert answer.text == "3 May"
    return answer.to_dict()


@pytest.fixture(scope="module")
def silent(bridge: qa.Index) -> dict[str, Any]:
    answer = qa.ask("Who won the chess final in Reykjavik?", index=bridge)
    assert answer.text is None
    return answer.to_dict()


@pytest.mark.parametrize("liked", [True, False])
def test_a_verdict_is_a_question_that_stands_alone(
    liked: bool, said: dict[str, Any], silent: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "deep" / "feedback.jsonl"
    earliest = datetime.now(UTC).replace(microsecond=0)
    for answer in (said, silent):
        Feedback(file).add(answer, liked=liked)
    kept = rows(file)
    for row in kept:
        assert earliest <= datetime.fromisoformat(row.pop("time")) <= datetime.now(UTC)
    verdicts: list[dict[str, Any]] = (
        [{"answers": ["3 May"]}, {"answers": []}]
        if liked
        else [{"rejected": "3 May"}, {"rejected": None}]
    )
    document = {name: said["document"][name] for name in ("sha256", "title", "source")}
    assert document["source"] == "bridge.txt"
    assert kept == [
        {
            "question": said["resolved"],
            **verdicts[0],
            "document": document,
            "start": said["start"],
            "end": said["end"],
            "band": said["band"],
        },
        {
            "question": "Who won the chess final in Reykjavik?",
            **verdicts[1],
            "document": None,
            "start": None,
            "end": None,
            "band": "not in the brief",
        },
    ]
    assert "harbour" in said["resolved"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_any_text_is_one_line(said: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    hostile = 'a\n{"x"\r\u2028\x85 "q" \0 caf\u00e9 \ud800'
    title = {"document": {**said["document"], "title": hostile}}
    Feedback(file).add({**said, **title, "resolved": "Why a\n\rb?"}, liked=True)
    Feedback(file).add(said, liked=True)
    assert file.read_bytes().count(b"\n") == 2
    assert "caf\u00e9" in file.read_text("utf-8")
    first, second = (json.loads(line) for line in file.read_bytes().split(b"\n")[:2])
    assert first["document"]["title"] == hostile.replace("\ud800", "\ufffd")
    assert second["question"] == said["resolved"]
    assert [question.text for question in read_questions(file)[0]] == [
        "Why a\n\rb?",
        said["resolved"],
    ]


def test_a_line_that_an_editor_left_open_is_closed(said: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    file.write_text('{"question": "Who?", "answers": []}')
    Feedback(file).add(said, liked=True)
    Feedback(file).add(said, liked=False)
    assert [row["question"] for row in rows(file)] == ["Who?", said["resolved"], said["resolved"]]


def test_what_cannot_be_asked_again_is_not_kept(said: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    with pytest.raises(qa.QuestionError, match=r"longer than 20,000 characters; shorten it\."):
        Feedback(file).add({**said, "resolved": "why " * 5001}, liked=True)
    assert not file.exists()


WRITER = """
import sys, threading
from pathlib import Path
from qa.chat.feedback import Feedback
def add(name):
    for number in range(25):
        said = f"{name} {number} " + "x" * 5000
        Feedback(Path(sys.argv[1])).add(
            {"resolved": "Who?", "answer": said, "start": 0, "end": len(said), "band": "possible",
             "document": {"sha256": "", "title": "", "source": ""}}, liked=True)
threads = [threading.Thread(target=add, args=[f"{sys.argv[2]}{n}"]) for n in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_many_writers_leave_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    command = [sys.executable, "-c", WRITER, str(file)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in "abc"]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    names = [row["answers"][0].split()[:2] for row in rows(file)]
    assert sorted(map(tuple, names)) == sorted(
        (f"{process}{thread}", str(number))
        for process in "abc"
        for thread in range(2)
        for number in range(25)
    )
    for writer in {name for name, _ in names}:  # each one's in its order
        assert [number for name, number in names if name == writer] == list(map(str, range(25)))


FULL = """
import resource, signal, sys
from pathlib import Path
import qa
from qa.chat.feedback import Feedback
file = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
answer = {"resolved": "Who?", "answer": None, "start": None, "end": None, "document": None,
          "band": "not in the brief"}
Feedback(file).add(answer, liked=True)
before = file.read_bytes()
for room in (40, 0):  # some of the line can be written, or none of it
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + room, resource.RLIM_INFINITY))
    try:
        Feedback(file).add(answer, liked=False)
    except qa.FeedbackError as error:
        print(error)
    assert file.read_bytes() == before
"""


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "feedback.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", FULL, file], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"The verdict cannot be kept in {file} ({reason}); "
        "set QA_FEEDBACK to a file that can be written."
        for reason in ("there is no room for it", "File too large")
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("taken/f.jsonl", "File exists"), (".", "Is a directory"), ("a\0b", "embedded null byte")],
)
def test_a_file_that_cannot_be_written_is_told(
    name: str, reason: str, said: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(qa.FeedbackError) as told:
        Feedback(tmp_path / name).add(said, liked=True)
    assert str(told.value) == (
        f"The verdict cannot be kept in {tmp_path / name} ({reason}); "
        "set QA_FEEDBACK to a file that can be written."
    )


def test_where_verdicts_go_when_nothing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("QA_FEEDBACK", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    file = default_file()
    assert file == Path(platformdirs.user_data_dir("brief-qa", appauthor=False)) / "feedback.jsonl"
    assert not file.is_relative_to(ROOT)
    monkeypatch.setenv("QA_FEEDBACK", str(tmp_path / "mine.jsonl"))
    assert default_file() == tmp_path / "mine.jsonl"


def test_verdicts_are_questions_for_eval(
    said: dict[str, Any],
    silent: dict[str, Any],
    bridge: qa.Index,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bridge.save(tmp_path / "i")
    opened = qa.ask("When does the harbour bridge open?", index=bridge).to_dict()
    feedback = Feedback(tmp_path / "feedback.jsonl")
    feedback.add(said, liked=False)  # a slip, put right below
    feedback.add(silent, liked=True)
    feedback.add(opened, liked=False)
    feedback.add(said, liked=True)
    command = ["eval", str(feedback.file), "--index", str(tmp_path / "i")]
    assert main([*command, "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["all"]["questions"], values["all"]["answerable"]) == (2, 1)
    assert (values["all"]["EM"], values["all"]["false answers"]) == (1.0, 0.0)
    assert values["all"]["rejected"] == {"questions": 1, "given again": 1}
    [failed] = values["failed"]
    assert (failed["question"], failed["rejected"]) == (opened["question"], opened["answer"])
    assert main(command) == 0
    table = capsys.readouterr().out
    assert "  rejected answers given again: 1 of 1\n" in table
    assert f"wanted anything but {opened['answer']}; " in table
