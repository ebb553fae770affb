"""What takes input from outside, and right input for each that `mutations` makes wrong.

Each surface must take what it is given or refuse it by a `QAError`; what it gives back must
keep the laws. Running them apart and counting is left to `fuzzing`.
"""

import contextlib
import dataclasses
import functools
import gzip
import io
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import qa
from qa import verifier
from qa.checks import check
from qa.documents import read
from qa.evaluation import evaluate, indices
from qa.gold import read_questions
from qa.repair import salvage
from qa.storage import read_manifest
from qa.weights import file_sha256
from tests import writers
from tests.benchmarks import killing
from tests.benchmarks.mutations import mutated, mutated_archive, mutated_json, mutated_text
from tests.conftest import BRIDGE, ROOT

__all__ = ["SURFACES", "Surfaces"]

SURFACES = {
    ".txt": 12, ".md": 12, ".html": 14, ".eml": 14, ".pdf": 2, ".docx": 2, ".epub": 2,
    "citations": 14, "index": 14, "questions_file": 10, "question": 4,
}  # fmt: skip
"""Each surface, and how many of a hundred inputs are its."""

TEXT = (
    BRIDGE + "\nRead more: the old bridge\n\nDr. A. B. Vane said: “It's 4.5 km – no, 5!” (U.S.)\n"
)
MARKDOWN = (
    f"---\ntitle: x\n---\n# A *bridge*\n\n{TEXT}\n> quoted\n\n- [one](x)\n\n|a|b|\n|-|-|\n|1|2|\n"
)


def _mail() -> bytes:
    made = writers.message()
    made.set_content(TEXT + "\nOn Thu, 12 Mar 2026, Bob wrote:\n> When?\n\n-- \nMara\n")
    made.add_alternative(f"<h1>News</h1><p>{TEXT}</p>", subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    return bytes(made)


def samples() -> dict[str, list[bytes]]:
    """Return real files of every kind, by their suffixes."""
    paragraphs = TEXT.split("\n\n")
    pages = sorted((ROOT / "tests" / "cases" / "pages").glob("*.html"))
    return {
        ".txt": [TEXT.encode(), TEXT.encode("utf-16"), TEXT.encode("cp1252", "replace")],
        ".md": [MARKDOWN.encode()],
        ".html": [writers.page("A bridge", paragraphs), *(page.read_bytes() for page in pages)],
        ".eml": [writers.mail("A bridge", TEXT), _mail()],
        ".pdf": [
            writers.pdf([paragraphs, paragraphs], compressed=False),
            writers.pdf([paragraphs]),
            writers.pdf([paragraphs], password="x"),
        ],
        ".docx": [writers.word("A bridge", paragraphs)],
        ".epub": [writers.book("A bridge", [paragraphs, paragraphs])],
    }


class Surfaces:
    """What takes input from outside, each with right input that is made wrong."""

    def __init__(self, folder: Path) -> None:
        """Make the right inputs in a folder."""
        self.folder = folder
        self.samples = samples()
        self.embedder = killing.models("")[0]
        killing.prepare(folder / "right")
        self.right = qa.load(folder / "right")
        self.brief = qa.load(ROOT / "index")
        answer = qa.ask("When is the visit?", index=self.brief)
        cited = [qa.cite(answer), *map(qa.cite, answer.hits)]
        self.cited: list[Any] = [cited, answer.to_dict(), qa.cite(answer)]
        self.document = answer.hits[0].document
        (folder / "bridge.md").write_text(BRIDGE)
        self.questions = [
            {"question": "When does it open?", "answers": ["3 May"], "source": "bridge.md"},
            {"question": "Who won?", "answers": [], "kind": "near-miss"},
            {"question": "What runs?", "answers": [{"text": "The tram", "start": 0}],
             "context": "The tram runs.", "title": "A tram"},
        ]  # fmt: skip

    def of_bytes(self) -> list[tuple[Callable[[bytes], None], list[bytes]]]:
        """Return what takes any bytes and reads them in this process, each with right ones."""
        files = [
            (functools.partial(self._read, suffix), self.samples[suffix])
            for suffix in (".txt", ".md", ".html", ".eml")
        ]
        cited, asked = map(_as_lines, (self.cited, self.questions))
        return [
            *files,
            (self._verify, [cited]),
            (functools.partial(self._measure, "q.jsonl"), [asked]),
        ]

    def of(self, surface: str) -> Callable[[Random], None]:
        """Return what feeds a surface: a suffix for its kind of file, or the name of a method."""
        if surface.startswith("."):
            return lambda chance: self.file(surface, chance)
        feed: Callable[[Random], None] = getattr(self, surface)
        return feed

    def wrong(self, suffix: str, chance: Random) -> bytes:
        """Return a file of a kind made wrong."""
        data = chance.choice(self.samples[suffix])
        if suffix in (".docx", ".epub") and chance.random() < 0.7:
            return mutated_archive(data, chance)
        others = [other for files in self.samples.values() for other in files]
        return mutated(data, chance, others=others)

    def file(self, suffix: str, chance: Random) -> None:
        """Read a file, and index what was read."""
        self._read(suffix, self.wrong(suffix, chance))

    def _read(self, suffix: str, data: bytes) -> None:
        path = self.folder / f"a{suffix}"
        path.write_bytes(data)
        document, receipt = read(path)
        assert "".join(block.span.of(receipt.source) for block in receipt.blocks) == receipt.source
        assert document.text.count("\n\n\n") == 0
        _keeps_the_laws(qa.Index.build([document], embedder=self.embedder))

    def citations(self, chance: Random) -> None:
        """Verify citations against a document that may be wrong too."""
        text = self.document.text.encode()
        self._verify(
            _written(chance.choice(self.cited), chance),
            mutated(text, chance) if chance.random() < 0.3 else text,
        )

    def _verify(self, cited: bytes, document: bytes = b"The visit.") -> None:
        path, text = self.folder / "cited.json", self.folder / "text.txt"
        path.write_bytes(cited)
        text.write_bytes(document)
        with contextlib.redirect_stdout(_sink()), contextlib.redirect_stderr(_sink()):
            assert verifier.main([str(path), str(text)]) in (0, 1, 2)
        findings = qa.verify(path, [self.document, text])
        assert all("\n" not in str(finding) for finding in findings)

    def index(self, chance: Random) -> None:
        """Load, check and salvage an index of which a file was altered, or the manifest."""
        folder = self.folder / "wrong"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder / "right", folder)
        place = folder / read_manifest(folder)["generation"]
        files = sorted(path for path in place.rglob("*") if path.is_file())
        path = chance.choice([folder / "manifest.json", *files])
        if path.suffix in (".json", ".jsonl") and chance.random() < 0.5:
            rows = [json.loads(line) for line in _lines(path)]
            path.write_bytes(_as_lines(mutated_json(rows, chance)))
        else:
            path.write_bytes(mutated(path.read_bytes(), chance))
        signed = path.name != "manifest.json" and chance.random() < 0.3
        if signed:  # by someone who wants the file to be taken
            manifest = json.loads((folder / "manifest.json").read_text())
            about = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
            manifest["files"][path.relative_to(place).as_posix()] = about
            (folder / "manifest.json").write_text(json.dumps(manifest))
        saved = salvage(folder)
        assert {d.id for d in saved.documents} <= {d.id for d in self.right.documents} or signed
        index, faults = check(folder, model=False)
        assert signed or index.documents == self.right.documents
        if not faults:
            _keeps_the_laws(index)
            asked = dataclasses.replace(index, asking=self.embedder)
            qa.retrieve("Is it about trade or a visit?", index=asked)

    def questions_file(self, chance: Random) -> None:
        """Read questions for `qa eval`, and now and then measure those that are taken."""
        name, data = "q.jsonl", _written(self.questions, chance, lines=True)
        if chance.random() < 0.3:
            name, data = "q.jsonl.gz", gzip.compress(data)
            data = mutated(data, chance) if chance.random() < 0.5 else data
        self._measure(name, data, ask=chance.random() < 0.1)

    def _measure(self, name: str, data: bytes, *, ask: bool = False) -> None:
        path = self.folder / name
        path.write_bytes(data)
        questions, documents = read_questions(path)
        if ask:
            list(evaluate(questions[:3], indices(documents, ROOT / "index")))

    def question(self, chance: Random) -> None:
        """Ask a question, in a course of others."""
        asked = ["When is the visit?", "and who is going?", "What does BTA stand for?", "你好?"]
        turns = [mutated_text(chance.choice(asked), chance) for _ in range(chance.randrange(1, 4))]
        history: Sequence[Any] = [chance.choice((t, (t, turns[0]), (t, None))) for t in turns[1:]]
        k: Any = chance.choice((5, 5, 5, 1, 0, -1, 10**9, True, 2.5, "3"))
        for hit in qa.retrieve(turns[0], k=k, index=self.brief):
            passage = hit.passage
            assert hit.document.text[passage.start : passage.end] == passage.text
        answer = qa.ask(turns[0], history=history, k=k, index=self.brief)
        if answer:
            assert answer.document
            assert answer.span
            assert answer.span.of(answer.document.text) == answer.text
        json.dumps(answer.to_dict()).encode()


def _written(value: Any, chance: Random, *, lines: bool = False) -> bytes:
    turn = chance.random()
    if turn < 0.6:
        value = mutated_json(value, chance)
    data = _as_lines(value) if lines or chance.random() < 0.5 else json.dumps(value).encode()
    return data if turn < 0.5 else mutated(data, chance)


def _as_lines(value: Any) -> bytes:
    rows = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(row).encode() for row in rows)


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.suffix == ".jsonl" else [path.read_bytes()]


def _sink() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8")


def _keeps_the_laws(index: qa.Index) -> None:
    for passage in index.passages:
        text = index.document_of(passage).text
        assert text[passage.start : passage.end] == passage.text
        assert all(passage.start <= s.start < s.end <= passage.end for s in passage.sentences)
