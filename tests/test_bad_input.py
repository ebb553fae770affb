"""What people hand in by mistake, or in malice: one sentence, an exit code, and nothing lost."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import qa
from qa.cli import main
from tests.conftest import BRIDGE
from tests.test_collection import contents
from tests.test_formats_binary import BOOK
from tests.test_formats_refused import pdf, word
from tests.writers import bind

TRAM = "The tram runs from 9 June."


def scanned(folder: Path) -> Path:
    (folder / "scan.pdf").write_bytes(pdf(scanned=True))
    return folder / "scan.pdf"


def locked(folder: Path) -> Path:
    (folder / "locked.pdf").write_bytes(pdf(password="x"))
    return folder / "locked.pdf"


def docx_bomb(folder: Path) -> Path:
    (folder / "bomb.docx").write_bytes(word(document=" " * 80_000_000))
    return folder / "bomb.docx"


def epub_bomb(folder: Path) -> Path:
    bomb = {**BOOK, "OEBPS/text/one.xhtml": "a" * 80_000_000}
    (folder / "bomb.epub").write_bytes(bind(bomb))
    return folder / "bomb.epub"


def links_in_a_circle(folder: Path) -> Path:
    (folder / "one.txt").symlink_to(folder / "two.txt")
    (folder / "two.txt").symlink_to(folder / "one.txt")
    return folder / "one.txt"


def huge(folder: Path) -> Path:
    with (folder / "huge.txt").open("wb") as file:
        os.truncate(file.fileno(), 2 * 1024**3)
    return folder / "huge.txt"


def huge_pdf(folder: Path) -> Path:
    with (folder / "huge.pdf").open("wb") as file:
        file.write(b"%PDF-1.7\n")
        os.truncate(file.fileno(), 2 * 1024**3)
    return folder / "huge.pdf"


def nothing_to_read(folder: Path) -> Path:
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").write_bytes(b"\x89PNG")
    (folder / "pictures" / ".hidden.txt").write_text(TRAM)
    return folder / "pictures"


def odd_name(folder: Path) -> Path:
    (folder / "new\nline \u202e договор.txt").write_bytes(b"\0\1\2")
    return folder / "new\nline \u202e договор.txt"


BAD = [
    (scanned, "scan.pdf is scanned, and its pages are pictures without text; it needs OCR"),
    (locked, "locked.pdf is protected by a password; save a copy without one."),
    (docx_bomb, "bomb.docx unfolds into far more than it should (a ZIP bomb)"),
    (epub_bomb, "bomb.epub unfolds into far more than it should (a ZIP bomb)"),
    (links_in_a_circle, "one.txt cannot be read (Too many levels of symbolic links)"),
    (huge, "huge.txt is larger than 64 MB; split it into smaller files."),
    (huge_pdf, "huge.pdf is larger than 64 MB; split it into smaller files."),
    (nothing_to_read, "pictures holds no file of a kind read here (.txt"),
    (odd_name, "new line договор.txt looks like a binary file; save it as text."),
]


@pytest.fixture
def built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    (tmp_path / "bridge.txt").write_text(BRIDGE)
    assert main(["build", str(tmp_path / "bridge.txt"), "--folder", str(tmp_path / "i")]) == 0
    capsys.readouterr()
    return tmp_path / "i"


@pytest.mark.parametrize(("make", "sentence"), BAD, ids=[make.__name__ for make, _ in BAD])
def test_bad_input_alone_is_one_sentence_and_changes_nothing(
    make: Callable[[Path], Path], sentence: str, built: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    bad, before = str(make(tmp_path)), contents(built)
    for command in ("add", "build"):
        assert main([command, bad, "--folder", str(built)]) == 2
        streams = capsys.readouterr()
        assert streams.out == ""
        assert streams.err.startswith("qa: ")
        assert sentence in streams.err
        assert streams.err.count("\n") == 1
        assert contents(built) == before


def test_bad_input_does_not_hold_up_what_is_good(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tram.txt").write_text(TRAM)
    bad = [str(make(tmp_path)) for make, _ in BAD]
    assert main(["add", *bad, str(tmp_path / "tram.txt"), "--folder", str(built)]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(BAD)
    for _, sentence in BAD:
        assert sum(sentence in line for line in told) == 1
    assert [document.source for document in qa.load(built).documents] == ["bridge.txt", "tram.txt"]


def test_a_folder_that_leads_back_into_itself_is_read_once(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "заметки\n報告"
    (notes / "within").mkdir(parents=True)
    (notes / "within" / "back").symlink_to(notes, target_is_directory=True)
    (notes / "within" / "трамвай\n.txt").write_text(TRAM)
    assert main(["add", str(notes), "--folder", str(built)]) == 0
    streams = capsys.readouterr()
    assert streams.err == ""
    (tram,) = [document for document in qa.load(built).documents if document.text == TRAM]
    assert streams.out.splitlines()[0] == f"added {tram.id}  трамвай .txt"
    assert notes / "within" / "трамвай\n.txt" in qa.load(built).files
