"""What a page shows before anybody asks: worked out once, and not at all without a reader."""

import shutil
from pathlib import Path

import pytest

import qa
from qa.chat import glance
from qa.chat.gist import KEPT, Gist
from qa.reader import MODEL_FOLDER, NetworkReader


def test_questions_and_card_are_made_once(index: qa.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    gist = Gist()
    gist.prepare(index)
    made = gist.questions(index), gist.welcome(index)
    assert "When does the museum open?" in made[0]
    assert all(qa.ask(question, index=index) for question in made[0])
    assert "Mairi Lennox" in made[1]
    monkeypatch.setattr("qa.chat.gist.example_questions", None)
    monkeypatch.setattr("qa.chat.gist.at_a_glance", None)
    assert (gist.questions(index), gist.welcome(index)) == made


def test_only_so_much_is_kept(bridge: qa.Index, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def at_a_glance(_: qa.Index, document: qa.Document) -> str:
        made.append(document.text)
        return document.text

    monkeypatch.setattr("qa.chat.gist.at_a_glance", at_a_glance)
    monkeypatch.setattr("qa.chat.gist.glance_html", lambda text, **_: f"<p>{text}</p>")
    gist = Gist()
    documents = [qa.Document(f"Note {n}") for n in range(KEPT + 1)]
    cards = [gist.card(bridge, document) for document in documents]
    assert cards[0] == "<p>Note 0</p>"
    assert len(made) == KEPT + 1
    gist.card(bridge, documents[1])
    assert len(made) == KEPT + 1
    gist.card(bridge, documents[0])  # the longest unused was let go
    assert made[KEPT + 1 :] == ["Note 0"]


def test_without_a_reader_there_is_nothing_to_show(
    index: qa.Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(MODEL_FOLDER, tmp_path / "model")
    (tmp_path / "model" / "reader.onnx").write_bytes(b"altered")
    for module in ("qa.assistant", glance.__name__):
        monkeypatch.setattr(f"{module}.open_reader", lambda: NetworkReader(tmp_path / "model"))
    with pytest.raises(qa.ReaderError):
        qa.ask("When does the museum open?", index=index)
    gist = Gist()
    gist.prepare(index)
    assert (gist.questions(index), gist.welcome(index)) == ([], "")
