"""The index: what is saved comes back, and whatever is wrong on the disk is said."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
from qa.checks import check, damages
from qa.embedder import Embedder
from qa.storage import read_folder, read_manifest, refuse_foreign
from qa.testing import WordCountEmbedder
from tests.conftest import ROOT

NOTES = [
    qa.Document("The trade talks ended.\n\nThe visit begins on Monday.", title="Talks"),
    qa.Document(
        "A trade deal.\n\nPhoto: a ship", title="Deal", source="d.txt", captions=(qa.Span(15, 28),)
    ),
]


@pytest.fixture
def embedder() -> WordCountEmbedder:
    return WordCountEmbedder(["trade", "visit"])


@pytest.fixture
def folder(tmp_path: Path, embedder: WordCountEmbedder) -> Path:
    files = {tmp_path / "d.txt": NOTES[1].id}
    index = qa.Index.build(NOTES, embedder=embedder, asking=embedder, files=files)
    index.save(tmp_path / "index")
    return tmp_path / "index"


def generation(folder: Path) -> Path:
    return folder / str(json.loads((folder / "manifest.json").read_text())["generation"])


@pytest.mark.parametrize("engine", ["faiss", "exact"])
def test_what_is_saved_comes_back(tmp_path: Path, embedder: WordCountEmbedder, engine: str) -> None:
    built = qa.Index.build(NOTES, embedder=embedder, engine=engine, asking=embedder)
    built.save(tmp_path / "i")
    loaded = qa.load(tmp_path / "i")
    assert loaded.documents == built.documents == tuple(NOTES)
    assert loaded.passages == built.passages
    assert type(loaded.engine) is type(built.engine)
    numbers = np.arange(4, dtype=np.int64)
    np.testing.assert_array_equal(loaded.engine.vectors(numbers), built.engine.vectors(numbers))
    np.testing.assert_array_equal(
        loaded.engine.vectors(numbers),
        np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]], dtype=np.float32),
    )
    assert [p.text for p in loaded.passages] == [
        "The trade talks ended.",
        "The visit begins on Monday.",
        "A trade deal.",
        "Photo: a ship",
    ]
    assert check(tmp_path / "i", model=False)[1] == []


def test_the_same_documents_give_the_same_bytes(
    folder: Path, tmp_path: Path, embedder: WordCountEmbedder
) -> None:
    files = {tmp_path / "d.txt": NOTES[1].id}
    qa.Index.build(NOTES, embedder=embedder, files=files).save(tmp_path / "again")
    one, other = (
        {f.relative_to(root): f.read_bytes() for f in root.rglob("*") if f.is_file()}
        for root in (folder, tmp_path / "again")
    )
    assert one == other


def test_the_index_folder_is_what_building_the_bundled_brief_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = qa.build(ROOT / "data", folder=tmp_path / "built")
    bundled, faults = check(ROOT / "index")
    assert faults == []
    assert bundled.documents == built.documents
    assert bundled.passages == built.passages
    numbers = np.arange(len(built.passages), dtype=np.int64)
    apart = bundled.engine.vectors(numbers) - built.engine.vectors(numbers)
    assert np.abs(apart).max() < 1e-5
    for name in ("documents.jsonl", "passages.jsonl", *(f"words/{n}" for n in WORD_FILES)):
        assert (generation(ROOT / "index") / name).read_bytes() == (
            generation(tmp_path / "built") / name
        ).read_bytes(), name


WORD_FILES = (
    "data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy", "vocab.index.json",
)  # fmt: skip


def files(folder: Path) -> list[str]:
    return sorted(json.loads((folder / "manifest.json").read_text())["files"])


ALL_FILES = ["documents.jsonl", "passages.jsonl", "files.jsonl", "vectors.bin"] + [
    f"words/{name}" for name in (*WORD_FILES, "params.index.json", "counts.npy")
]


def test_the_manifest_names_every_file(folder: Path) -> None:
    assert files(folder) == sorted(ALL_FILES)
    on_disk = [
        f.relative_to(generation(folder)).as_posix()
        for f in generation(folder).rglob("*")
        if f.is_file()
    ]
    assert sorted(on_disk) == sorted(ALL_FILES)


@pytest.mark.parametrize("name", ALL_FILES)
@pytest.mark.parametrize(
    ("fault", "words"),
    [("missing", "is missing"), ("truncated", "bytes instead of"), ("flipped", "was altered")],
)
def test_a_damaged_file_is_named(folder: Path, name: str, fault: str, words: str) -> None:
    path = generation(folder) / name
    data = bytearray(path.read_bytes())
    if not data:
        pytest.skip("an empty file has no bytes to damage")
    if fault == "missing":
        path.unlink()
    elif fault == "truncated":
        path.write_bytes(data[:-1])
    else:
        data[len(data) // 2] ^= 0x40
        path.write_bytes(data)
    with pytest.raises(
        qa.IndexFolderError,
        match=rf"is damaged \({name} .*{words}.*mend it with: qa build --repair",
    ):
        qa.load(folder)


def edit(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))

    return apply


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (shutil.rmtree, "There is no index in"),
        (lambda f: (f / "manifest.json").write_text("{"), "manifest.json is damaged"),
        (lambda f: (f / "manifest.json").write_text("[" * 200_000), "manifest.json is damaged"),
        (lambda f: (f / "manifest.json").write_text("[]"), "is not the manifest of an index"),
        (lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe"), "manifest.json is damaged"),
        (edit(lambda m: m.update(kind="other")), "is not the manifest of an index"),
        (edit(lambda m: m.update(format=2)), "has format 2, newer than this program's 1; upgrade"),
        (edit(lambda m: m.update(format="x")), "has format x"),
        (edit(lambda m: m.pop("files")), "manifest.json is damaged"),
        (edit(lambda m: m.update(generation="../x")), "manifest.json is damaged"),
        (edit(lambda m: m["files"].update({"../../x": {"bytes": 0, "sha256": ""}})), "is damaged"),
        (edit(lambda m: m["model"].update(dimension=5)), "contradicts itself"),
        (edit(lambda m: m["counts"].update(passages=9)), "contradicts itself"),
        (edit(lambda m: m["counts"].update(documents=9)), "contradicts itself"),
        (edit(lambda m: m.update(broken=[1])), "contradicts itself"),
        (edit(lambda m: m.update(files={})), "does not belong to it"),
        (edit(lambda m: m.update(engine="annoy")), "contradicts itself"),
    ],
)
def test_a_wrong_manifest_is_said(
    folder: Path, damage: Callable[[Path], object], sentence: str
) -> None:
    damage(folder)
    with pytest.raises(qa.IndexFolderError) as error:
        qa.load(folder)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def resign(folder: Path, name: str, data: bytes) -> None:
    """Put other bytes into a file and make the manifest agree, as a bug of ours might."""
    import hashlib

    (generation(folder) / name).write_bytes(data)
    about = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    edit(lambda m: m["files"].update({name: about}))(folder)


def test_contradictions_behind_right_hashes_are_found(folder: Path, tmp_path: Path) -> None:
    good = {name: (generation(folder) / name).read_bytes() for name in ALL_FILES}
    for name, old, new in (
        ("documents.jsonl", b"ended", b"ENDED"),
        ("documents.jsonl", b"[15, 28]", b"[15, 99]"),
        ("files.jsonl", NOTES[1].id.encode(), b"0123456789abcdef"),
        ("passages.jsonl", b'"start": 0', b'"start": 1'),
        ("vectors.bin", b"IxM2", b"XXXX"),
        ("passages.jsonl", b"{", b"<"),
        ("passages.jsonl", b'"sentences": [[0, 22]]', b'"sentences": [[0, null]]'),
        ("passages.jsonl", b'"start": 0, "end": 22', b'"start": null, "end": 22'),
        ("words/params.index.json", good["words/params.index.json"], b"1"),
        ("words/params.index.json", b'"int_dtype": "int32"', b'"int_dtype": [true]'),
        ("words/vocab.index.json", good["words/vocab.index.json"], b"true"),
        ("words/vocab.index.json", b":1", b":9"),
        ("words/indices.csc.index.npy", b"{'descr'", b"(('descr'"),  # numpy's own header
        ("words/indices.csc.index.npy", (1).to_bytes(4, "little"), b"\0\0\1\0"),
        ("words/data.csc.index.npy", b"<f4", b"<i4"),
    ):
        assert old in good[name]
        resign(folder, name, good[name].replace(old, new, 1))
        with pytest.raises(qa.IndexFolderError, match="contradicts itself"):
            qa.load(folder)
        resign(folder, name, good[name])
    assert qa.load(folder).documents == tuple(NOTES)


def test_files_that_are_away_for_a_moment_are_looked_for_again(folder: Path) -> None:
    """A save of the same content may take them away and put them back."""
    seen = []

    def read(manifest: dict[str, object], files: Path) -> Path:
        seen.append(files)
        if len(seen) < 3:
            raise FileNotFoundError(2, "No such file", str(files))
        return files

    assert read_folder(folder, read) == generation(folder)


def test_check_finds_a_vector_that_is_not_of_length_1(folder: Path) -> None:
    name = "vectors.bin"
    data = (generation(folder) / name).read_bytes()
    one = np.array([1, 0, 0], dtype=np.float32).tobytes()
    assert one in data
    resign(folder, name, data.replace(one, np.array([2, 0, 0], dtype=np.float32).tobytes(), 1))
    first = NOTES[0].id + ":1"
    assert check(folder, model=False)[1] == [
        f"the vector of passage {first} has length 2.0000, not 1"
    ]


def test_check_finds_a_wrong_id_and_a_sentence_out_of_place(folder: Path) -> None:
    name = "passages.jsonl"
    data = (generation(folder) / name).read_bytes()
    second = NOTES[0].id.encode() + b":2"
    resign(folder, name, data.replace(second, second[:-1] + b"3"))
    wrong = second.decode()[:-1] + "3"
    assert check(folder, model=False)[1] == [f"passage {wrong} has the id of another"]
    resign(folder, name, data.replace(b'"sentences": [[0, 22]]', b'"sentences": [[0, 23]]'))
    first = NOTES[0].id + ":1"
    assert check(folder, model=False)[1] == [f"the sentences of passage {first} are out of place"]


def test_other_files_are_not_written_among(tmp_path: Path, embedder: WordCountEmbedder) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    index = qa.Index.build(NOTES, embedder=embedder)
    with pytest.raises(qa.IndexFolderError, match="holds other files; name a new or empty folder"):
        index.save(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]


def test_building_does_not_embed_for_a_folder_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(qa.IndexFolderError, match="holds other files"):
        qa.build(qa.Document("Text."), folder=tmp_path, model="./gone")  # said before the model


@pytest.mark.parametrize("manifest", ["{", '{"kind": "brief-qa index", "format": 99}', ""])
def test_a_damaged_index_can_be_built_again(
    folder: Path, embedder: WordCountEmbedder, manifest: str
) -> None:
    (folder / "manifest.json").write_text(manifest)
    (folder / "manifest-00ff.tmp").write_text("left by a killed save")
    qa.Index.build(NOTES[:1], embedder=embedder).save(folder)
    assert qa.load(folder).documents == tuple(NOTES[:1])
    assert len(list(folder.iterdir())) == 2


def test_two_processes_saving_at_once_leave_a_whole_index(folder: Path, tmp_path: Path) -> None:
    code = SAVER.replace("A new text", "Text {n}") + "\nfor _ in range(8): index.save(folder)\n"
    command = [sys.executable, "-c"]
    savers = [
        subprocess.Popen([*command, code.replace("{n}", str(n)), str(folder), "-1"], cwd=ROOT,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for n in range(2)
    ]  # fmt: skip
    assert [saver.communicate()[1] for saver in savers] == [b"", b""]
    assert qa.load(folder).documents[0].text in {f"Text {n} about trade." for n in range(2)}
    assert len(list(folder.iterdir())) == 2


def test_others_may_read_what_is_saved(folder: Path) -> None:
    assert generation(folder).stat().st_mode & 0o777 == folder.stat().st_mode & 0o777


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, embedder: WordCountEmbedder) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        qa.IndexFolderError, match=r"cannot be written to .* name a folder that can"
    ):
        qa.Index.build(NOTES, embedder=embedder).save(tmp_path / "file" / "index")


def test_saving_again_replaces_and_leaves_nothing_behind(
    folder: Path, embedder: WordCountEmbedder
) -> None:
    before = generation(folder).name
    (folder / "writing-killed").mkdir()
    qa.Index.build(NOTES[:1], embedder=embedder).save(folder)
    assert qa.load(folder).documents == tuple(NOTES[:1])
    assert {entry.name for entry in folder.iterdir()} == {"manifest.json", generation(folder).name}
    assert generation(folder).name != before


SAVER = """
import sys, qa
from pathlib import Path
from qa.testing import WordCountEmbedder
folder, step = Path(sys.argv[1]), int(sys.argv[2])
import os, shutil
count = 0
def stop(event, arguments):
    global count
    watched = event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")
    if watched and str(folder) in str(arguments[:2]):
        count += 1
        if count == step:
            os.kill(os.getpid(), 9)
new = qa.Document("A new text about trade.")
index = qa.Index.build([new], embedder=WordCountEmbedder(["trade"]))
sys.addaudithook(stop)
index.save(folder)
print(count)
"""


def test_killed_at_any_step_the_old_or_the_new_index_stands(
    folder: Path, tmp_path: Path, embedder: WordCountEmbedder
) -> None:
    def save(step: int) -> subprocess.CompletedProcess[str]:
        shutil.rmtree(tmp_path / "copy", ignore_errors=True)
        shutil.copytree(folder, tmp_path / "copy")
        command = [sys.executable, "-c", SAVER, str(tmp_path / "copy"), str(step)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    steps = int(save(-1).stdout)
    assert steps > 30
    new = (qa.Document("A new text about trade."),)
    assert qa.load(tmp_path / "copy").documents == new
    seen = []
    for step in sorted({*range(1, steps, 2), steps - 1, steps}):
        assert save(step).returncode == -signal.SIGKILL
        seen.append(qa.load(tmp_path / "copy").documents == new)
        if not seen[-1]:
            assert qa.load(tmp_path / "copy").documents == tuple(NOTES)
        qa.Index.build(NOTES, embedder=embedder).save(tmp_path / "copy")  # and it can be saved to
        assert len(list((tmp_path / "copy").iterdir())) == 2
    assert (seen[0], seen[-1]) == (False, True)


def test_loading_while_another_process_saves(folder: Path, embedder: WordCountEmbedder) -> None:
    versions = [NOTES, NOTES[:1]]
    done = threading.Event()

    def save() -> None:
        for n in range(12):
            qa.Index.build(versions[n % 2], embedder=embedder).save(folder)
        done.set()

    writer = threading.Thread(target=save)
    writer.start()
    loads = 0
    while not done.is_set() or not loads:
        assert list(qa.load(folder).documents) in versions
        loads += 1
        time.sleep(0.001)
    writer.join()


def test_asking_from_many_threads(bridge: qa.Index, twin: Embedder) -> None:
    questions = ["When does the bridge open?", "What did it cost?", "Who gets a lane?"] * 8
    alone = [qa.ask(question, index=bridge) for question in questions]
    answers: list[qa.Answer | None] = [None] * len(questions)

    def ask(row: int) -> None:
        answers[row] = qa.ask(questions[row], index=bridge)

    threads = [threading.Thread(target=ask, args=(row,)) for row in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == alone


def test_a_manifest_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "My web app"}')
    with pytest.raises(qa.IndexFolderError, match="holds other files"):
        refuse_foreign(tmp_path)


def test_a_file_that_cannot_be_read_is_a_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("qa.storage.file_sha256", refuse)
    assert damages(folder)[-1].endswith("cannot be read (Permission denied)")
    with pytest.raises(qa.IndexFolderError, match=r"cannot be read \(Permission denied\)"):
        qa.load(folder)


def test_a_save_during_a_check_is_no_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch, embedder: WordCountEmbedder
) -> None:
    read, saved = read_manifest, False

    def saved_after(where: Path) -> dict[str, Any]:
        nonlocal saved
        manifest = read(where)
        if not saved:
            saved = True
            qa.Index.build(NOTES[:1], embedder=embedder, asking=embedder).save(where)
        return manifest

    monkeypatch.setattr("qa.checks.read_manifest", saved_after)
    assert damages(folder) == []
    assert saved
