"""What a page is asked before anybody comes, and that a page without a reader still opens."""

import shutil
from pathlib import Path

import pytest

import qa
from qa import assistant
from qa.chat.ahead import look_ahead
from qa.reader import MODEL_FOLDER, NetworkReader


def test_the_examples_are_answered_by_the_text(index: qa.Index) -> None:
    assert "When does the museum open?" in look_ahead(index).examples
    for question in look_ahead(index).examples:
        assert qa.ask(question, index=index)


def test_without_a_reader_there_are_no_examples(
    index: qa.Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(MODEL_FOLDER, tmp_path / "model")
    (tmp_path / "model" / "reader.onnx").write_bytes(b"altered")
    monkeypatch.setattr(assistant, "open_reader", lambda: NetworkReader(tmp_path / "model"))
    with pytest.raises(qa.ReaderError):
        qa.ask("When does the museum open?", index=index)
    assert look_ahead(index).examples == ()
