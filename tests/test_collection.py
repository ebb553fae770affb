"""Build, add and remove: the same as building at once, and nothing lost whatever goes wrong."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qa
from qa.change import Holding, with_found, without
from qa.checks import check
from qa.documents import Found
from qa.storage import read_manifest
from qa.testing import WordCountEmbedder
from qa.updates import update
from tests.benchmarks import killing
from tests.conftest import BRIDGE, ROOT

TRAM = "The tram to Port Ellis runs from 9 June, the council said.\n\nA ticket costs 2 euros."
MARKET = "The fish market moves to the old tunnel in August."


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    for name, text in (("bridge.txt", BRIDGE), ("tram.txt", TRAM), ("market.txt", MARKET)):
        (tmp_path / "notes" / name).write_text(text)
    return tmp_path / "notes"


@pytest.fixture
def held(tmp_path: Path) -> Path:
    killing.prepare(tmp_path / "held")
    return tmp_path / "held"


def test_adding_one_by_one_is_building_at_once(notes: Path, tmp_path: Path) -> None:
    names = [notes / name for name in ("bridge.txt", "tram.txt", "market.txt")]
    at_once = qa.build(names, folder=tmp_path / "at-once")
    qa.build(names[0], folder=tmp_path / "i")
    before = contents(tmp_path / "i")
    qa.add(names[1], folder=tmp_path / "i")
    index = qa.add(names[2], folder=tmp_path / "i")
    assert index.passages == at_once.passages
    assert (index.documents, index.files) == (at_once.documents, at_once.files)
    numbers = np.arange(len(index.passages), dtype=np.int64)
    apart = index.engine.vectors(numbers) - at_once.engine.vectors(numbers)
    assert np.abs(apart).max() < 1e-5
    ours, theirs = contents(tmp_path / "i"), contents(tmp_path / "at-once")
    place, other = (read_manifest(tmp_path / n)["generation"] for n in ("i", "at-once"))
    for name in ("documents.jsonl", "passages.jsonl", "files.jsonl", "words/data.csc.index.npy"):
        assert ours[f"{place}/{name}"] == theirs[f"{other}/{name}"]
    for question in ("When does the tram run?", "What did the bridge cost?", "the tunnel"):
        one, two = ([h.passage for h in qa.retrieve(question, index=i)] for i in (index, at_once))
        assert one == two
    qa.remove(["tram.txt", str(names[2])], folder=tmp_path / "i")
    assert contents(tmp_path / "i") == before

    (notes / "bridge.txt").write_text(MARKET + " Soon.")
    (notes / "more").mkdir()
    (notes / "more" / "bridge.txt").write_text(TRAM)
    index = qa.add([notes / "bridge.txt", notes / "more"], folder=tmp_path / "i")
    assert index.change is not None
    assert [d.text for d in index.change.replaced] == [MARKET + " Soon."]
    assert [d.text for d in index.documents] == [MARKET + " Soon.", TRAM]
    before = contents(tmp_path / "i")
    index = qa.add([notes / "bridge.txt", notes / "more"], folder=tmp_path / "i")
    assert index.change == qa.Change(unchanged=index.documents)
    assert contents(tmp_path / "i") == before
    assert check(tmp_path / "i")[1] == []


WORDS = st.lists(st.sampled_from("trade visit the deal ships 2025 US".split()), min_size=1)
TEXTS = st.lists(WORDS.map(" ".join), min_size=2, max_size=8, unique=True)


@given(TEXTS, st.data())
@settings(max_examples=40, deadline=None)
def test_any_course_of_changes_gives_the_bytes_of_building_at_once(
    texts: list[str], data: st.DataObject
) -> None:
    embedder = WordCountEmbedder(["trade", "visit"])
    engine = data.draw(st.sampled_from(["faiss", "exact"]))
    found = [Found(qa.Document(text), Path(f"/{n}.md")) for n, text in enumerate(texts)]
    holding, _ = with_found(Holding(), found[:1])
    index = qa.Index.build(holding.documents, embedder=embedder, engine=engine, files=holding.files)
    for each in data.draw(st.permutations(found)):
        if data.draw(st.booleans()) or len(holding.documents) < 2:
            holding, _ = with_found(holding, [each])
        else:
            holding, _ = without(holding, [f"/{data.draw(st.integers(0, len(found)))}.md"])
        if holding.documents:
            index = index.revised(holding, embedder=embedder)
    at_once = qa.Index.build(index.documents, embedder=embedder, engine=engine, files=index.files)
    with tempfile.TemporaryDirectory() as name:
        index.save(Path(name, "one"))
        at_once.save(Path(name, "two"))
        assert contents(Path(name, "one")) == contents(Path(name, "two"))


def test_words_of_an_older_index_are_counted_when_it_is_added_to(held: Path) -> None:
    place = held / read_manifest(held)["generation"]
    manifest = json.loads((held / "manifest.json").read_text())
    for name in ("words/counts.npy", "files.jsonl"):  # as version 0.1.0 saved it
        (place / name).unlink()
        del manifest["files"][name]
    del manifest["broken"]
    manifest["counts"]["broken_sentences"] = 2
    (held / "manifest.json").write_text(json.dumps(manifest))
    killing.add(held)
    index = qa.load(held)
    assert len(index.documents) == 7
    assert index.broken_sentences == 2
    words = qa.Index.build(index.documents, embedder=WordCountEmbedder([])).words
    assert index.words.scores("a visit note").tolist() == words.scores("a visit note").tolist()
    assert check(held, model=False)[1] == []


def test_sentences_too_long_are_counted_by_document(held: Path) -> None:
    long = Found(qa.Document("word " * 50), Path("/long.md"))
    index = update(held, lambda h: with_found(h, [long]), opener=killing.models)
    assert index.broken_sentences == qa.load(held).broken_sentences == 1
    assert update(held, lambda h: without(h, ["/long.md"])).broken_sentences == 0


def test_what_fails_is_told_and_the_rest_goes_on(held: Path, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Good text.")
    (tmp_path / "bad.txt").write_bytes(b"\0\xff\0")
    with pytest.warns(qa.QAWarning, match=r"bad.txt looks like a binary file"):
        index = qa.build([tmp_path / "bad.txt", tmp_path / "good.txt"], folder=tmp_path / "i")
    assert index.change is not None
    assert len(index.change.failed) == 1
    assert [d.text for d in index.documents] == ["Good text."]
    before = contents(held)
    with pytest.raises(qa.DocumentError, match=r"bad.txt looks like a binary file"):
        qa.add(tmp_path / "bad.txt", folder=held)
    with (
        pytest.raises(qa.DocumentError, match="None of the 2 could be read"),
        pytest.warns(qa.QAWarning) as told,  # with a match, the other one would be an error
    ):
        qa.add([tmp_path / "bad.txt", "gone.txt"], folder=held)
    assert ["gone.txt" in str(warning.message) for warning in told] == [False, True]
    with pytest.raises(qa.DocumentError, match="There is no document"):
        qa.remove("gone.txt", folder=held)
    with pytest.raises(qa.DocumentError, match="No document would be left; delete the folder"):
        qa.remove("*.md", folder=held)
    with pytest.raises(qa.EmbedderError, match="word counts"):
        qa.add(tmp_path / "good.txt", folder=held)  # its model is not one that can be opened
    assert contents(held) == before


def test_killed_at_any_step_nothing_is_lost() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.killing", "10"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    report = json.loads(done.stdout)
    assert set(report) == {"add", "remove", "repair"}
    for counts in report.values():
        assert counts["steps"] > 30
        assert (counts["kills"], counts["lost"], counts["stuck"]) == (10, 0, 0)
        assert counts["old"] > 0
        assert counts["new"] > 0
    assert done.returncode == 0


CHILD = """
import os, signal, sys, qa
from pathlib import Path
from tests.benchmarks import killing
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored if run in the background
folder = Path(sys.argv[1])
killing.state(folder)  # so that everything is imported
{before}
try:
    killing.{change}(folder)
except qa.QAError as error:
    print(error)
"""


def child(folder: Path, before: str = "", change: str = "add") -> str:
    code = CHILD.format(before=before, change=change)
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "Traceback" not in done.stderr or "KeyboardInterrupt" in done.stderr
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


FULL = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""


@pytest.mark.parametrize("size", [1, 300, 1500])
@pytest.mark.parametrize("change", ["add", "remove"])
def test_a_full_disk_leaves_the_index_as_it_was(held: Path, size: int, change: str) -> None:
    before = contents(held)
    told = child(held, FULL.format(size=size), change)
    assert told == (
        f"The index cannot be written to {held} (File too large); "
        "name a folder that can be written."
    )
    assert contents(held) == before


def test_a_disk_that_is_full_leaves_the_index_as_it_was(held: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        script = f"mount -t tmpfs -o size=72k tmpfs {name} && cp -r {held} {name}/i && exec "
        code = CHILD.format(before="before = killing.state(folder)", change="add")
        code += "\nassert before and killing.state(folder) == before"
        code += "\nassert len(list(folder.iterdir())) == 2"
        command = ["unshare", "-rm", "sh", "-c", script + '"$0" -c "$1" "$2"', sys.executable]
        command += [code, f"{name}/i"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("a file system of one's own is not allowed here")
    assert done.returncode == 0, done.stderr
    assert "(No space left on device); name a folder that can be written" in done.stdout


def test_a_read_only_folder_is_told_before_any_work(held: Path) -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's folders are for one user alone
        shutil.copytree(held, f"{name}/i")
        Path(name).chmod(0o755)
        Path(name, "i").chmod(0o555)
        before = contents(Path(name, "i"))
        as_other = (
            f"killing.prepare(Path({name!r}, 'other'))  # so that everything is imported\n"
            "if os.getuid() == 0: os.setuid(65534)"
        )
        told = child(Path(name, "i"), as_other)
        assert contents(Path(name, "i")) == before
        Path(name, "i").chmod(0o755)
    assert told == (
        f"The index cannot be written to {name}/i (it is read-only); "
        "name a folder that can be written."
    )


@pytest.mark.parametrize("step", [3, 20, 34, 60])
def test_ctrl_c_leaves_the_old_index_or_the_new(held: Path, step: int) -> None:
    before = killing.state(held)
    stop = f"""
taken = 0
def interrupt(event, arguments):
    global taken
    if event in killing.WRITES and str(folder) in str(arguments[:2]):
        taken += 1
        if taken == {step}:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(interrupt)
"""
    assert child(held, stop) == "KeyboardInterrupt"
    seen = killing.state(held)
    if step < 60:
        assert seen == before
        assert len(list(held.iterdir())) == 2
    killing.add(held)
    assert len(qa.load(held).documents) == 7 - 1


def test_two_processes_adding_at_once_lose_nothing(held: Path) -> None:
    code = """
import logging, sys, qa
from pathlib import Path
from qa.change import with_found
from qa.updates import update
from qa.documents import Found
from tests.benchmarks import killing
logging.basicConfig(level=logging.INFO, format="%(message)s")
for n in range(12):
    note = Found(qa.Document(f"{sys.argv[2]} {n}."), Path(f"/{sys.argv[2]}/{n}.md"))
    update(Path(sys.argv[1]), lambda h: with_found(h, [note]), opener=killing.models)
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(held), name], cwd=ROOT, text=True,
                         stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]  # fmt: skip
    told = [writer.communicate()[1] for writer in writers]
    assert f"Waiting for another process that is writing to {held}." in "".join(told)
    assert "Traceback" not in "".join(told)
    expected = {note.document.text for note in killing.NOTES}
    expected |= {f"{name} {n}." for name in ("one", "two") for n in range(12)}
    assert {document.text for document in qa.load(held).documents} == expected


def test_a_killed_writer_keeps_nobody_waiting(held: Path) -> None:
    code = f"import os, time; from qa.locks import alone_in\nwith alone_in({str(held)!r}): "
    holder = subprocess.Popen(
        [sys.executable, "-c", code + "print(1, flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    adding = threading.Thread(target=killing.add, args=(held,))
    adding.start()
    adding.join(0.5)
    assert adding.is_alive()  # it waits
    holder.send_signal(signal.SIGKILL)
    adding.join(30)
    assert not adding.is_alive()
    holder.communicate()
    assert len(qa.load(held).documents) == 6


def test_searching_while_others_add(held: Path) -> None:
    index = qa.load(held)
    embedder = killing.models("")[0]
    question = embedder.embed(["trade"])[0]
    numbers, scores = index.engine.search(question, 5)
    words = index.words.scores("short note").tolist()
    stop, wrong = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            found = index.engine.search(question, 5)
            same = np.array_equal(found[0], numbers) and np.array_equal(found[1], scores)
            if not same or index.words.scores("short note").tolist() != words:
                wrong.append(found)

    searchers = [threading.Thread(target=search) for _ in range(3)]
    for searcher in searchers:
        searcher.start()
    new = index
    for n in range(30):
        found = [Found(qa.Document(f"More trade {n}."), None)]
        after, _ = with_found(Holding(new.documents, new.files), found)
        new = new.revised(after, embedder=embedder)
    stop.set()
    for searcher in searchers:
        searcher.join()
    assert not wrong
    assert (len(index.passages), len(new.passages)) == (5, 35)


DAMAGES = ["missing", "truncated", "flipped"]
FILES = ["passages.jsonl", "files.jsonl", "vectors.bin", "words/vocab.index.json"]


@pytest.mark.parametrize("name", [*FILES, "words/counts.npy", "manifest.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_an_index_is_mended_from_its_documents(held: Path, name: str, damage: str) -> None:
    from qa.repair import repair

    before = killing.state(held)
    at = held / name if name == "manifest.json" else held / read_manifest(held)["generation"] / name
    spoil(at, damage)
    assert killing.state(held) is None
    _, losses = repair(held, opener=killing.models)
    after = killing.state(held)
    assert before is not None
    assert after is not None
    assert after[:2] == before[:2]
    if name == "files.jsonl":
        assert "may not replace its old version" in losses[0]
    else:
        assert after == before
        assert losses == () or name == "manifest.json"
    assert len(list(held.iterdir())) == 2


def spoil(path: Path, damage: str) -> None:
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 2] ^= 0x80
        path.write_bytes(data)


def test_what_cannot_be_saved_is_said(held: Path) -> None:
    from qa.repair import repair

    documents = held / read_manifest(held)["generation"] / "documents.jsonl"
    documents.write_bytes(documents.read_bytes().replace(b"Note 2 is", b"Note 2 ix"))
    index, losses = repair(held, opener=killing.models)
    proved = "the texts are proved by their ids, their titles and sources are not"
    assert losses == (
        "line 3 of documents.jsonl is damaged",
        "1 of 5 documents cannot be saved",
        f"documents.jsonl was altered: {proved}",
    )
    assert [d.text[:6] for d in index.documents] == ["Note 0", "Note 1", "Note 3", "Note 4"]
    assert killing.state(held) is not None
    (held / read_manifest(held)["generation"] / "documents.jsonl").write_text("")
    before = contents(held)
    with pytest.raises(qa.IndexFolderError, match=r"No document of the index in .* can be saved"):
        repair(held, opener=killing.models)
    assert contents(held) == before


@pytest.mark.parametrize("change", [killing.add, killing.remove, killing.mend])
def test_a_newer_format_is_refused_and_left_alone(held: Path, change: object) -> None:
    manifest = json.loads((held / "manifest.json").read_text())
    (held / "manifest.json").write_text(json.dumps({**manifest, "format": 2}))
    before = contents(held)
    with pytest.raises(qa.IndexFolderError, match="has format 2, newer than this program's 1"):
        change(held)  # type: ignore[operator]
    assert contents(held) == before


def test_memory_stays_within_reason_for_a_huge_file(tmp_path: Path, held: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        os.truncate(file.fileno(), 2 * 1024**3)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(qa.DocumentError, match=r"huge.txt is larger than 64 MB; split it"):
        qa.add(tmp_path / "huge.txt", folder=held)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
