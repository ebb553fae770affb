"""The commands as a person types them: what they print, and one sentence for bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import qa
from qa.cli import main
from qa.documents.kinds import SUFFIXES
from tests.conftest import BRIDGE, ROOT


@pytest.fixture
def built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    assert main(["build", str(tmp_path / "bridge.txt"), "--folder", str(tmp_path / "i")]) == 0
    assert capsys.readouterr().out == f"1 document, 3 passages in {tmp_path / 'i'}\n"
    return tmp_path / "i"


def test_ask_prints_the_quote_its_place_and_the_passages(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Do cyclists get a lane?", "--index", str(built)]) == 0
    out = capsys.readouterr().out
    start = qa.load(built).documents[0].text.index("Cyclists get a lane of their own.")
    assert out.startswith(
        "Cyclists get a lane of their own.\n"
        f"(well supported; Harbour bridge opens in May, characters {start}-{start + 33})\n"
        "\nThe best-matching passages:\n\n[1] Cyclists get a lane of their own. Lorries"
    )


def test_ask_says_so_when_the_brief_does_not(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "Who won the chess final?", "--index", str(built)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "The brief does not say.\nThese words occur nowhere in it: won, chess, final.\n"
        "The nearest passages:\n\n[1] "
    )


def test_json_is_what_python_gives(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = qa.load(built)
    assert main(["ask", "What did it cost?", "--index", str(built), "--json", "-k", "2"]) == 0
    assert (
        json.loads(capsys.readouterr().out)
        == qa.ask("What did it cost?", k=2, index=index).to_dict()
    )
    assert main(["retrieve", "What did it cost?", "--index", str(built), "--json"]) == 0
    texts = [hit["text"] for hit in json.loads(capsys.readouterr().out)]
    assert texts == [h.passage.text for h in qa.retrieve("What did it cost?", index=index)]


def test_check_proves_an_index_and_names_a_fault(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(built)]) == 0
    assert capsys.readouterr().out == f"Sound: 1 document, 3 passages in {built}\n"
    assert main(["check"]) == 0  # the bundled brief
    assert "Sound: 1 document" in capsys.readouterr().out
    passages = next(built.glob("generation-*/passages.jsonl"))
    passages.write_text(passages.read_text().replace("Cyclists", "cyclists"))
    (passages.parent / "vectors.bin").unlink()
    assert main(["check", str(built)]) == 1
    assert capsys.readouterr().err == (
        "qa: passages.jsonl was altered\n"
        "qa: vectors.bin is missing\n"
        f"qa: {built} is not sound; its document can be saved with: "
        f"qa build --repair --folder {built}\n"
    )
    assert main(["build", "--repair", "--folder", str(built)]) == 0
    assert capsys.readouterr().out == f"Saved 1 document, 3 passages in {built}\n"
    assert main(["check", str(built)]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ask", ""], "qa: The question is empty; type a few words."),
        (["retrieve", "?", "-k", "0"], "qa: The number of passages is 0"),
        (["ask", "word " * 9999], "qa: The question is longer than 20,000 characters"),
        (["ask", "visit?", "--index", "gone"], "qa: There is no index in gone; build it first"),
        (["build", "gone.txt"], "qa: gone.txt cannot be read (No such file or directory)"),
        (["build", "x.odt"], "qa: x.odt is of a kind not read here"),
        (["clean", "gone.pdf"], "qa: gone.pdf cannot be read (No such file or directory)"),
        (["chat", "--host", "0.0.0.0"], "--auth"),
        (["chat", "--auth", "nocolon"], "USER:PASSWORD"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert sentence in streams.err
    assert streams.err.count("\n") == 1


def qa_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *arguments]
    environment = {**os.environ, **environment}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False
    )


def test_a_narrow_terminal_encoding_is_no_trouble() -> None:
    done = qa_command("ask", "\u4f55\u65f6\u901a\u8f66 caf\u00e9?", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "These words occur nowhere in it: ?, ?, ?, ?, caf?." in done.stdout


def test_a_pipe_closed_early_is_no_trouble() -> None:
    command = f"{sys.executable} -m qa ask visit | true"
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["ask"],
        ["build"],
        ["build", "x", "--repair"],
        ["add"],
        ["remove"],
        ["ask", "x", "-k", "y"],
    ],
)
def test_wrong_options_are_explained_with_exit_code_2(arguments: list[str]) -> None:
    done = qa_command(*arguments)
    assert done.returncode == 2
    assert "usage: qa" in done.stderr
    assert "Traceback" not in done.stderr


def test_hostile_text_cannot_move_the_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = qa.Document("The tram \x1b[2J opens \x07 in June.\x9b31m", title="\x1b]0;owned\x07")
    qa.build(note, folder=tmp_path / "i")
    assert main(["ask", "When does the tram open?", "--index", str(tmp_path / "i")]) == 0
    out = capsys.readouterr().out
    assert "The tram  [2J opens   in June. 31m" in out
    assert not set(out) & {"\x1b", "\x07", "\x9b"}


def test_add_list_and_remove_say_what_they_did(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = tmp_path / "new\nнота.txt"
    odd.write_text("The tram runs from 9 June.")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "empty").mkdir()
    arguments = [str(odd), str(tmp_path / "bridge.txt"), str(tmp_path / "loop.txt")]
    assert main(["add", *arguments, str(tmp_path / "empty"), "--folder", str(built)]) == 1
    streams = capsys.readouterr()
    tram = qa.load(built).documents[1]
    assert streams.out == (
        f"added {tram.id}  new нота.txt\nunchanged: 1\n2 documents, 4 passages in {built}\n"
    )
    assert [line.split(str(tmp_path))[1] for line in sorted(streams.err.splitlines())] == [
        f"/empty holds no file of a kind read here ({', '.join(SUFFIXES)}); add some.",
        "/loop.txt cannot be read (Too many levels of symbolic links); check the path.",
    ]
    assert main(["list", "--index", str(built), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(row["id"], row["passages"], row["files"]) for row in listed][1] == (
        tram.id, 1, [str(odd)],
    )  # fmt: skip
    assert main(["remove", "gone", "*нота*", "--folder", str(built)]) == 1
    streams = capsys.readouterr()
    assert streams.out == f"removed {tram.id}  new нота.txt\n1 document, 3 passages in {built}\n"
    assert streams.err == 'qa: There is no document "gone"; see what there is with: qa list\n'
    assert main(["list", "--index", str(built)]) == 0
    assert capsys.readouterr().out.endswith(f"     3  bridge.txt  ({tmp_path / 'bridge.txt'})\n")
