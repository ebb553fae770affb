"""What visitors add to the page and remove: theirs alone, askable at once, and gone after."""

import gc
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa
from qa.chat.library import Added, Library
from qa.chat.uploads import Upload, shown_name
from qa.checks import check
from qa.defaults import bundled_folder
from qa.documents.reading import SUFFIXES
from qa.embedder import Embedder, Role
from qa.engines import Vectors
from qa.testing import WordCountEmbedder
from tests.conftest import ROOT
from tests.test_collection import contents
from tests.test_formats_binary import draw

SECRET = "The spare key of the boathouse lies under a blue lobster pot.\n"
NOTE = "The ferry sails at noon.\n\nAdvertisement\n\nIt is blue.\n"


def base_index(embedder: Embedder | None = None) -> qa.Index:
    """An index of two documents, with vectors that count words."""
    embedder = embedder or WordCountEmbedder(["ferry", "fair", "dogs"])
    documents = [
        qa.Document("The fair opens on Monday.", source="fair.txt"),
        qa.Document("Dogs sail free.", source="dogs.txt"),
    ]
    return qa.Index.build(documents, embedder=embedder, asking=embedder)


@pytest.fixture
def library() -> Library:
    return Library(base_index())


def write(folder: Path, text: str, name: str = "note.txt") -> Path:
    """Write a file where an upload would lie: in a folder of its own."""
    place = Path(tempfile.mkdtemp(dir=folder))
    (place / name).write_text(text)
    return place / name


def add(library: Library, visitor: str, *files: Upload) -> list[Added]:
    return list(library.add(visitor, files))


def texts(library: Library, visitor: str) -> list[str]:
    return [document.text for document in library.index_of(visitor).documents]


def outcomes(added: Sequence[Added]) -> list[str]:
    return [one.outcome for one in added]


ADS = 'ads.txt holds no text besides page furniture ("Advertisement")'
BASE = ["The fair opens on Monday.", "Dogs sail free."]


def test_what_one_adds_is_asked_at_once_and_by_nobody_else(
    bridge: qa.Index, tmp_path: Path
) -> None:
    library = Library(bridge)
    (added,) = add(library, "ada", write(tmp_path, SECRET, "key.txt"))
    assert added.outcome == "added"
    assert added.error is None
    question = "Where is the spare key of the boathouse?"
    answer = qa.ask(question, index=library.index_of("ada"))
    assert answer.document == added.document
    assert answer.text is not None
    assert "under a blue lobster pot" in answer.text
    assert added.document is not None
    assert (added.name, added.document.source) == ("key.txt", "key.txt")
    for visitor in ("ben", "", "Ada"):
        assert library.index_of(visitor) is bridge
        hits = qa.retrieve(question, k=99, index=library.index_of(visitor))
        assert all("lobster" not in hit.passage.text for hit in hits)
        assert library.receipts(visitor) == {}
    assert added.document.id in library.receipts("ada")
    assert bridge.documents[0].id not in library.receipts("ada")
    assert [document.source for document in bridge.documents] == ["bridge.txt"]


def test_each_file_is_askable_before_the_next_is_read(library: Library, tmp_path: Path) -> None:
    files = [write(tmp_path, f"Note {n} is about dogs.", f"{n}.txt") for n in range(3)]
    for number, added in enumerate(library.add("ada", files), start=1):
        assert added.name == f"{number - 1}.txt"
        assert len(texts(library, "ada")) == 2 + number
        assert [file.exists() for file in files] == [n >= number for n in range(3)]


def test_uploads_are_deleted_whatever_comes_of_them(library: Library, tmp_path: Path) -> None:
    good, bad = write(tmp_path, NOTE), write(tmp_path, "", "empty.txt")
    assert outcomes(add(library, "ada", good, bad)) == ["added", "refused"]
    assert not good.exists()
    assert not bad.exists()
    files = [write(tmp_path, f"Note {n}.", f"{n}.txt") for n in range(22)]
    going = library.add("ada", files)
    next(going)
    del going  # the browser was closed
    gc.collect()
    assert not any(file.exists() for file in files)


def test_the_same_text_is_there_already(library: Library, tmp_path: Path) -> None:
    first, same = add(library, "ada", write(tmp_path, NOTE), write(tmp_path, NOTE, "other.txt"))
    assert (first.outcome, same.outcome) == ("added", "already there")
    assert (same.name, same.error) == ("other.txt", None)
    assert same.document == first.document
    (again,) = add(library, "ada", write(tmp_path, BASE[0]))
    assert again.outcome == "already there"
    assert again.document is not None
    assert again.document.source == "fair.txt"
    assert again.document.id not in library.receipts("ada")
    assert texts(library, "ada") == [*BASE, "The ferry sails at noon.\n\nIt is blue."]


def test_a_new_version_takes_the_place_of_the_old_one(library: Library, tmp_path: Path) -> None:
    add(library, "ada", write(tmp_path, "One.", "a.txt"), write(tmp_path, "Two.", "b.txt"))
    add(library, "ben", write(tmp_path, "Ben's own.", "a.txt"))
    (added,) = add(library, "ada", write(tmp_path, "One, again.", "a.txt"))
    assert added.outcome == "replaced"
    assert texts(library, "ada") == [*BASE, "One, again.", "Two."]
    assert texts(library, "ben") == [*BASE, "Ben's own."]
    held = {document.id for document in library.index_of("ada").documents}
    assert len(library.receipts("ada")) == 2
    assert set(library.receipts("ada")) < held
    (base,) = add(library, "ada", write(tmp_path, "Not the fair.", "fair.txt"))
    assert base.outcome == "added"  # it is no version of what everyone has


def test_files_of_one_name_that_come_together_are_all_kept(
    library: Library, tmp_path: Path
) -> None:
    pair = [write(tmp_path, "One."), write(tmp_path, "Two.")]
    assert outcomes(add(library, "ada", *pair)) == ["added", "added"]
    (third,) = add(library, "ada", write(tmp_path, "Three."))
    assert third.outcome == "added"  # which of the two would it replace?
    assert texts(library, "ada") == [*BASE, "One.", "Two.", "Three."]


def test_removing_is_for_oneself(library: Library, tmp_path: Path) -> None:
    (added,) = add(library, "ada", write(tmp_path, NOTE))
    assert added.document is not None
    fair = library.index_of("ada").documents[0]
    assert library.remove("ada", fair.id) is library.index_of("ada")
    library.remove("ada", added.document.id)
    assert texts(library, "ada") == [BASE[1]]
    assert library.receipts("ada") == {}
    assert texts(library, "ben") == BASE
    with pytest.raises(qa.DocumentError, match=r"^The last document stays; add another first\.$"):
        library.remove("ada", library.index_of("ada").documents[0].id)
    for name in (fair.id, "*", "dogs.txt", "", "/"):
        with pytest.raises(
            qa.DocumentError, match=r"^This document is not there any more; choose another\.$"
        ):
            library.remove("ada", name)
    assert texts(library, "ada") == [BASE[1]]


def test_a_dropped_block_is_restored_and_asked(library: Library, tmp_path: Path) -> None:
    one, two = add(library, "ada", write(tmp_path, NOTE), write(tmp_path, "Last.", "last.txt"))
    assert one.document is not None
    assert one.receipt is not None
    assert [b.text for b in one.receipt.dropped] == ["Advertisement"]
    document = library.restore("ada", one.document.id, 1)
    assert document.text == "The ferry sails at noon.\n\nAdvertisement\n\nIt is blue."
    assert document.source == "note.txt"
    assert texts(library, "ada") == [*BASE, document.text, "Last."]
    hits = qa.retrieve("advertisement", index=library.index_of("ada"))
    assert hits[0].passage.text.startswith("Advertisement")
    assert set(library.receipts("ada")) == {document.id, two.document.id if two.document else ""}
    assert library.receipts("ada")[document.id].dropped == []
    refused = {
        ("ada", one.document.id, 1): "You added no such document; choose another.",
        ("ben", document.id, 1): "You added no such document; choose another.",
        ("ada", library.index_of("ada").documents[0].id, 0): (
            "You added no such document; choose another."
        ),
        ("ada", document.id, 1): "Block 1 cannot be kept; choose a dropped one that holds words.",
    }
    for asked, sentence in refused.items():
        with pytest.raises(qa.DocumentError) as error:
            library.restore(*asked)
        assert str(error.value) == sentence


def test_a_restored_text_that_is_there_already_is_refused(library: Library, tmp_path: Path) -> None:
    (one,) = add(library, "ada", write(tmp_path, NOTE))
    assert one.document is not None
    library.restore("ada", one.document.id, 1)
    (two,) = add(library, "ada", write(tmp_path, NOTE, "again.txt"))
    assert two.document is not None
    with pytest.raises(
        qa.DocumentError,
        match=r"^Another document says just this already; remove this one instead\.$",
    ):
        library.restore("ada", two.document.id, 1)


def test_files_too_many_too_large_and_unreadable_are_refused_in_words(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.chat.uploads.MAX_BYTES", 1024**2)
    monkeypatch.setattr("qa.chat.library.MAX_FILES", 7)
    large = write(tmp_path, "x" * (1024**2 + 1), "large.txt")
    files: list[Upload] = [
        large,
        write(tmp_path, "MZ", "run.exe"),
        (write(tmp_path, "", "5f3a.md"), "../../etc/empty.md"),
        (write(tmp_path, "<html>", "p.pdf"), "C:\\work\\my\u202e paper.pdf"),
        write(tmp_path, "Advertisement", "ads.txt"),
        tmp_path / "gone.txt",
        tmp_path,
        write(tmp_path, "One more.", "more.txt"),
        write(tmp_path, "Two more.", "most.txt"),
    ]
    added = add(library, "ada", *files)
    assert [one.error for one in added] == [
        "large.txt is larger than 1 MB; split it into smaller files.",
        f"run.exe is of a kind not read here; save it as text ({', '.join(SUFFIXES)}).",
        "empty.md is empty; give a file that holds text.",
        "my paper.pdf is a web page by its content; give its name the suffix .html.",
        f"{ADS}; give a file that holds text.",
        "gone.txt did not arrive whole; add it again.",
        f"{tmp_path.name} is not a file; give a text file or a folder.",
        "more.txt was not read: 7 files can be added at once; add it after these.",
        "most.txt was not read: 7 files can be added at once; add it after these.",
    ]
    assert set(outcomes(added)) == {"refused"}
    assert {(one.document, one.receipt) for one in added} == {(None, None)}
    assert texts(library, "ada") == BASE
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_one_visitor_adds_so_much_and_no_more(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.chat.additions.MAX_CHARACTERS", 1_000)
    files = [write(tmp_path, "word " * 120, "a.txt"), write(tmp_path, "more " * 120, "b.txt")]
    first, second = add(library, "ada", *files)
    assert first.error is None
    assert second.error == (
        "b.txt does not fit, for all you add may hold 1,000 characters; "
        "remove a document first, or add a part of this one."
    )
    assert outcomes(add(library, "ben", write(tmp_path, "more " * 120))) == ["added"]
    # A new version counts instead of the old one.
    assert outcomes(add(library, "ada", write(tmp_path, "more " * 120, "a.txt"))) == ["replaced"]
    assert first.document is not None
    assert len(texts(library, "ada")) == 3


def test_names_are_what_the_visitor_calls_a_file(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    names = {
        "a/b\\c.txt": "c.txt",
        "<b>x</b>.txt": "b>.txt",
        " my\n\u202enote .txt": "my note .txt",
        "\udc80.txt": "\ufffd.txt",
        "x" * 500: "x" * 200,
        "": "note.txt",
        "///": "note.txt",
    }
    assert {name: shown_name((path, name)) for name in names} == names


def test_forgotten_documents_are_gone_from_memory(library: Library, tmp_path: Path) -> None:
    (added,) = add(library, "ada", write(tmp_path, SECRET))
    index = weakref.ref(library.index_of("ada"))
    kept = library.index_of("ben")
    library.forget("ada")
    library.forget("nobody")
    gc.collect()
    assert index() is None
    assert library.index_of("ada") is kept
    assert library.receipts("ada") == {}
    del added
    gc.collect()
    said = [o.text for o in gc.get_objects() if type(o) in (qa.Passage, qa.Document)]
    assert BASE[0] in said  # so that what is looked for would be found
    assert SECRET.strip() not in said


def test_adding_ends_with_the_visit(library: Library, tmp_path: Path) -> None:
    files = [write(tmp_path, f"Note {n}.", f"{n}.txt") for n in range(3)]
    going = library.add("ada", files)
    assert next(going).outcome == "added"
    library.forget("ada")
    rest = list(going)
    assert [one.error for one in rest] == ["This visit has ended; open the page again."] * 2
    assert texts(library, "ada") == BASE
    assert not any(file.exists() for file in files)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr("qa.chat.visits.monotonic", lambda: now[0])
    return now


def test_who_is_not_seen_for_long_is_forgotten(
    library: Library, tmp_path: Path, clock: list[float]
) -> None:
    for visitor in ("ada", "ben"):
        add(library, visitor, write(tmp_path, NOTE))
    index = weakref.ref(library.index_of("ada"))
    clock[0] += 7_000
    library.index_of("ben")
    clock[0] += 201
    library.expire()
    gc.collect()
    assert index() is None
    assert [library.lost(visitor) for visitor in ("ada", "ada", "ben", "cleo")] == [
        True, False, False, False,
    ]  # fmt: skip
    assert texts(library, "ada") == BASE
    assert len(texts(library, "ben")) == 3
    library.remove("dora", library.index_of("dora").documents[0].id)
    for visitor in ("ben", "cleo", "dora"):
        library.forget(visitor)
    assert [library.lost(visitor) for visitor in ("ben", "cleo", "dora")] == [True, False, False]


def test_the_longest_idle_make_room_but_nobody_seen_just_now(
    library: Library, tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.chat.visits.MAX_VISITS", 2)
    for visitor in ("ada", "ben"):
        add(library, visitor, write(tmp_path, NOTE))
        clock[0] += 1
    library.index_of("ada")
    (refused,) = add(library, "cleo", file := write(tmp_path, NOTE))
    assert refused.error == (
        "Too many people have documents of their own here just now; try again in some minutes."
    )
    assert not file.exists()
    clock[0] += 60
    assert outcomes(add(library, "cleo", write(tmp_path, NOTE))) == ["added"]
    assert [len(texts(library, v)) for v in ("ada", "ben", "cleo")] == [3, 2, 3]


def test_indexes_make_room_for_each_other(
    library: Library, tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.chat.visits.MAX_PASSAGES", 8)
    for visitor in ("ada", "ben"):  # four passages each
        assert outcomes(add(library, visitor, write(tmp_path, NOTE))) == ["added"]
        clock[0] += 1
    (same,) = add(library, "cleo", write(tmp_path, BASE[0]))
    assert same.outcome == "already there"  # which takes no room
    (refused,) = add(library, "cleo", write(tmp_path, "One."))
    assert refused.error is not None
    assert refused.error.startswith("Too many people have documents")
    clock[0] += 60
    assert outcomes(add(library, "cleo", write(tmp_path, "One."))) == ["added"]
    assert [len(texts(library, v)) for v in ("ada", "ben", "cleo")] == [2, 3, 3]
    clock[0] += 61
    many = "\n\n".join(f"Paragraph {n} of a long text, which is about dogs." for n in range(20))
    assert outcomes(add(library, "dora", write(tmp_path, many))) == ["added"]
    assert [len(texts(library, v)) for v in ("ben", "cleo", "dora")] == [2, 2, 3]


class SlowEmbedder(WordCountEmbedder):
    """Waits, before a text that speaks of a flood, until it is let go."""

    def __init__(self) -> None:
        super().__init__(["ferry", "fair", "dogs"])
        self.begun, self.go_on = threading.Event(), threading.Event()

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        if any("flood" in text for text in texts):
            self.begun.set()
            assert self.go_on.wait(60)
        return super().embed(texts, role=role)


def test_a_slow_upload_keeps_nobody_from_asking(tmp_path: Path, clock: list[float]) -> None:
    embedder = SlowEmbedder()
    library = Library(base_index(embedder))
    add(library, "ben", write(tmp_path, NOTE))
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(add, library, "ada", write(tmp_path, "The flood."))
        try:
            assert embedder.begun.wait(60)
            for visitor, most in (("ada", "fair"), ("ben", "ferry")):
                hits = qa.retrieve(f"the {most}", index=library.index_of(visitor))
                assert most in hits[0].passage.text
            library.remove("ben", library.index_of("ben").documents[0].id)
            assert len(texts(library, "ben")) == 2
            clock[0] += 100_000  # whoever waits for an upload is there still
            library.expire()
        finally:
            embedder.go_on.set()
        assert outcomes(slow.result()) == ["added"]
    assert texts(library, "ada") == [*BASE, "The flood."]


def test_many_add_remove_and_ask_at_once(bridge: qa.Index, tmp_path: Path) -> None:
    library = Library(bridge)

    def visit(number: int) -> list[str]:
        visitor, secret = f"visitor {number}", f"The word of visitor {number} is quartz{number}."
        files = [write(tmp_path, f"{secret} Part {n}.", f"{n}.txt") for n in range(3)]
        seen = []
        for added in library.add(visitor, files):
            hits = qa.retrieve(
                "what is the word of the visitor", k=20, index=library.index_of(visitor)
            )
            seen += [hit.passage.text for hit in hits]
            assert added.document in library.index_of(visitor).documents
        library.remove(visitor, library.index_of(visitor).documents[1].id)
        assert len(texts(library, visitor)) == 3
        return seen

    with ThreadPoolExecutor(8) as pool:
        for number, seen in enumerate(pool.map(visit, range(8))):
            words = {word for text in seen for word in text.split() if "quartz" in word}
            assert words == {f"quartz{number}."}
    assert library.index_of("somebody") is bridge


def test_one_visitors_changes_at_once_are_all_kept(library: Library, tmp_path: Path) -> None:
    files = [write(tmp_path, f"Note {n} is about dogs.", f"{n}.txt") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda file: add(library, "ada", file), files))
    assert set(texts(library, "ada")) == {*BASE, *(f"Note {n} is about dogs." for n in range(12))}
    assert len(library.receipts("ada")) == 12


PARTS = ("Dogs sail.", "Home", "The fair is over.", "Advertisement", "A ferry, " * 9)


@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_any_order_of_changes_is_building_at_once(data: st.DataObject) -> None:
    embedder = WordCountEmbedder(["ferry", "fair", "dogs"])
    library = Library(base_index(embedder))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(data.draw(st.integers(1, 6))):
            index, receipts = library.index_of("ada"), library.receipts("ada")
            blocks = [
                (document_id, number)
                for document_id, receipt in receipts.items()
                for number, block in enumerate(receipt.blocks)
                if block.restorable
            ]
            what = data.draw(st.sampled_from(["add", "add", "remove", "restore"]))
            if what == "remove" and len(index.documents) > 1:
                library.remove("ada", data.draw(st.sampled_from(index.documents)).id)
            elif what == "restore" and blocks:
                try:
                    library.restore("ada", *data.draw(st.sampled_from(blocks)))
                except qa.DocumentError as error:
                    assert "says just this already" in str(error)  # noqa: PT017
            else:
                paragraphs = data.draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5))
                file = write(folder, "\n\n".join(paragraphs), data.draw(st.sampled_from("ab")))
                add(library, "ada", file)
        index = library.index_of("ada")
        at_once = qa.Index.build(index.documents, embedder=embedder)
        index.save(folder / "one")
        at_once.save(folder / "two")
        assert contents(folder / "one") == contents(folder / "two")
    assert set(library.receipts("ada")) <= {document.id for document in index.documents}


def test_another_model_is_not_mixed_in(tmp_path: Path) -> None:
    index = replace(base_index(), asking=WordCountEmbedder(["other"]))
    (added,) = add(Library(index), "ada", write(tmp_path, NOTE))
    assert added.error == (
        "The index was made with another model than it is asked with; "
        "build it again with: qa build PATH"
    )


@pytest.fixture
def shared(twin: Embedder, bridge: qa.Index, tmp_path: Path) -> qa.Index:
    bridge.save(tmp_path / "shared")
    return qa.load(tmp_path / "shared")


def test_a_shared_index_is_changed_for_everyone_and_for_good(
    shared: qa.Index, tmp_path: Path
) -> None:
    library = Library(shared, shared=True)
    assert shared.folder is not None
    (added,) = add(library, "ada", write(tmp_path, SECRET + "\nHome", "key.txt"))
    assert (added.outcome, added.error) == ("added", None)
    assert added.document is not None
    code = (
        "import qa, sys; "
        "answer = qa.ask('Where is the spare key of the boathouse?', index=qa.load(sys.argv[1])); "
        "print(answer.document.source)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shared.folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.strip() == "key.txt"
    assert library.index_of("ben") is library.index_of("ada")
    assert library.index_of("ben").documents == qa.load(shared.folder).documents
    assert library.index_of("ben").asking is shared.embedder  # loaded once
    assert added.document.id in library.receipts("ada")
    assert added.document.id not in library.receipts("ben")

    qa.add(qa.Document("The tram runs from 9 June."), folder=shared.folder)  # elsewhere
    restored = library.restore("ada", added.document.id, 1)
    held = [document.text for document in qa.load(shared.folder).documents]
    assert held == [shared.documents[0].text, restored.text, "The tram runs from 9 June."]
    assert texts(library, "ben") == held
    library.forget("ada")
    library.remove("ben", restored.id)
    assert texts(library, "ada") == [held[0], held[2]]
    assert qa.load(shared.folder).documents == library.index_of("cleo").documents
    with pytest.raises(qa.DocumentError, match=r"^This document is not there any more"):
        library.remove("ada", restored.id)


def test_what_one_changes_alone_does_not_reach_the_folder(shared: qa.Index, tmp_path: Path) -> None:
    assert shared.folder is not None
    before = contents(shared.folder)
    library = Library(shared)
    (added,) = add(library, "ada", write(tmp_path, SECRET))
    assert added.document is not None
    assert library.index_of("ada").folder is None
    library.remove("ada", shared.documents[0].id)
    assert library.index_of("ada").folder is None
    assert contents(shared.folder) == before


def test_changes_of_a_shared_index_at_once_are_all_kept(shared: qa.Index, tmp_path: Path) -> None:
    library = Library(shared, shared=True)
    files = [write(tmp_path, f"Note {n} is short.", f"{n}.txt") for n in range(6)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: add(library, f"visitor {n}", files[n]), range(6)))
    assert shared.folder is not None
    expected = {shared.documents[0].text, *(f"Note {n} is short." for n in range(6))}
    assert {document.text for document in qa.load(shared.folder).documents} == expected
    assert set(texts(library, "anyone")) == expected


def test_adding_loads_no_torch_and_gives_the_vectors_of_building(
    shared: qa.Index, tmp_path: Path
) -> None:
    file = write(tmp_path, SECRET)
    code = (
        "import sys, qa; from pathlib import Path; from qa.chat.library import Library; "
        "library = Library(qa.load(sys.argv[1]), shared=True); "
        "(added,) = library.add('ada', [Path(sys.argv[2])]); assert added.error is None; "
        "assert qa.ask('Where is the key?', index=library.index_of('ada')); "
        "print([m for m in ('torch', 'gradio', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(shared.folder), str(file)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert shared.folder is not None
    index, faults = check(shared.folder)
    assert (len(index.documents), faults) == (2, [])


def test_only_ones_own_folder_that_can_be_written_is_shared(
    bridge: qa.Index, shared: qa.Index
) -> None:
    sentence = (
        r"^Only an index of your own can be changed for everyone; build one with: "
        r"qa build PATH --folder FOLDER, and serve it with --index FOLDER$"
    )
    for index in (bridge, qa.load(bundled_folder())):
        with pytest.raises(qa.IndexFolderError, match=sentence):
            Library(index, shared=True)
    assert shared.folder is not None
    (shared.folder / "thesis.doc").touch()
    with pytest.raises(qa.IndexFolderError, match="holds other files; name a new or empty folder"):
        Library(shared, shared=True)


def test_a_pdf_keeps_its_pages_and_the_name_it_was_given(tmp_path: Path) -> None:
    file = draw(tmp_path / "5f.pdf", [[(72, 700, "One ferry.")], [(72, 700, "Two dogs.")]])
    library = Library(base_index())
    (added,) = add(library, "ada", (file, "The report.pdf"))
    assert added.document is not None
    assert added.document.source == "The report.pdf"
    assert added.document.page_of(added.document.text.index("Two")) == 2
