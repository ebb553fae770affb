"""An index: documents, their passages, and what finds them, built, saved and loaded as one.

Which passages answer a question is left to `retrieval`; making passages, vectors and words to
`parts`; the folder on disk to `storage`. An index never changes, so any number of threads may
search it while others make new ones of it.
"""

import dataclasses
import functools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.change import Change, Holding
from qa.embedder import Embedder
from qa.engines import ENGINES, Engine, open_engine
from qa.lines import file_rows, read_files, read_lines, write_lines
from qa.parts import Parts, assemble
from qa.rows import document_row, passage_row, row_document, row_passage
from qa.storage import read_folder, save_folder
from qa.twins import open_embedder
from qa.types import Document, Passage, Progress
from qa.weights import Weights
from qa.wordindex import WordIndex

__all__ = ["Index"]


@dataclass(frozen=True)
class Index:
    """Documents that can be asked. Make one with `qa.build`, get one back with `qa.load`.

    Args:
        documents: what was indexed, in order.
        passages: what they were cut into, in order; a passage's place here is its number.
        engine: the passages' vectors under their numbers.
        words: which passages use which words, in the same order.
        weights: the model that made the vectors.
        broken: how many sentences were longer than the model reads and were cut, by the id of
            their document (under "" those of an index that did not say which).
        files: the absolute paths of the files held, and the id of each one's document.
        folder: where it was loaded from; None when it was not.
        change: what was done to make it; None when it was loaded.
        asking: what embeds questions; None for the light twin, opened at the first question.
    """

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    engine: Engine
    words: WordIndex
    weights: Weights
    broken: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[Path, str] = field(default_factory=dict)
    folder: Path | None = None
    change: Change | None = field(default=None, repr=False, compare=False)
    asking: Embedder | None = field(default=None, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def build(
        cls,
        documents: Sequence[Document],
        *,
        embedder: Embedder,
        engine: str = ENGINES[0],
        asking: Embedder | None = None,
        files: Mapping[Path, str] | None = None,
        progress: Progress | None = None,
    ) -> "Index":
        """Cut documents into passages and index them.

        Args:
            documents: what to index, no two with the same text.
            embedder: what embeds the passages.
            engine: what searches their vectors.
            asking: what embeds questions later; None for the light twin.
            files: the absolute paths of files, and the id of each one's document.
            progress: what is told how many passages are embedded.

        Raises:
            DocumentError: the documents hold no text.
        """
        parts = assemble(
            documents, engine=open_engine(engine), embedder=embedder, progress=progress
        )
        held = dict(files or {})
        return cls(weights=embedder.weights, asking=asking, files=held, **parts.fields())

    def revised(
        self,
        holding: Holding,
        *,
        embedder: Embedder | None,
        progress: Progress | None = None,
    ) -> "Index":
        """Return the index of other documents; what this one holds of them is not made again.

        The order, the words and the vectors are those of building from `holding` at once.

        Args:
            holding: the documents, no two with the same text, and their files.
            embedder: the same model as this index's; None when no document is new.
            progress: what is told how many passages are embedded.

        Raises:
            DocumentError: the documents hold no text.
        """
        held = Parts(self.documents, self.passages, self.engine, self.words, self.broken)
        parts = assemble(
            holding.documents,
            engine=type(self.engine),
            embedder=embedder,
            held=held,
            progress=progress,
        )
        return dataclasses.replace(
            self,
            files=dict(holding.files),
            change=None,
            asking=self.asking or self.__dict__.get("_twin"),
            **parts.fields(),
        )

    @property
    def broken_sentences(self) -> int:
        """How many sentences were longer than the model reads and were cut at a word."""
        return sum(self.broken.values())

    @functools.cached_property
    def _by_id(self) -> dict[str, Document]:
        return {document.id: document for document in self.documents}

    def document_of(self, passage: Passage) -> Document:
        """Return the document a passage was cut from."""
        return self._by_id[passage.document_id]

    def document(self, identity: str) -> Document | None:
        """Return the document of an id; None if it is not held."""
        return self._by_id.get(identity)

    @property
    def embedder(self) -> Embedder:
        """What questions are embedded with; the light twin is opened at the first use."""
        if self.asking is not None:
            return self.asking
        with self._lock:
            return self._twin

    @functools.cached_property
    def _twin(self) -> Embedder:
        return open_embedder(self.weights)

    @property
    def title(self) -> str:
        """What a person calls it: the title of its document, or how many there are."""
        if len(self.documents) == 1:
            return self.documents[0].title or self.documents[0].source or "Untitled"
        return f"{len(self.documents):,} documents"

    def save(self, folder: Path) -> None:
        """Save into a folder, whole or not at all; an index that stands there is replaced.

        Raises:
            IndexFolderError: the folder cannot be written, or holds other files.
        """

        def write(into: Path) -> None:
            write_lines(into / "documents.jsonl", map(document_row, self.documents))
            write_lines(into / "passages.jsonl", map(passage_row, self.passages))
            write_lines(into / "files.jsonl", file_rows(self.files, folder))
            (into / "vectors.bin").write_bytes(self.engine.to_bytes())
            self.words.save(into / "words")

        engine = next(name for name in ENGINES if isinstance(self.engine, open_engine(name)))
        about = {
            "model": {
                "name": self.weights.name,
                "sha256": self.weights.sha256,
                "dimension": self.engine.dimension,
            },
            "engine": engine,
            "metric": "inner product of vectors of length 1",
            "counts": {
                "documents": len(self.documents),
                "passages": len(self.passages),
                "broken_sentences": self.broken_sentences,
            },
            "broken": {name: count for name, count in self.broken.items() if name},
        }
        save_folder(folder, about, write)

    @classmethod
    def load(cls, folder: Path) -> "Index":
        """Load a saved index, once every file's hash is checked.

        Raises:
            IndexFolderError: it is missing, damaged, foreign, or of a newer format.
        """

        def read(manifest: dict[str, Any], files: Path) -> "Index":
            documents = tuple(map(row_document, read_lines(files / "documents.jsonl")))
            by_id = {document.id: document for document in documents}
            rows = read_lines(files / "passages.jsonl")
            passages = tuple(row_passage(row, by_id) for row in rows)
            model, name = manifest["model"], manifest["engine"]
            if name not in ENGINES:
                raise ValueError(f"its engine is {name}")
            engine = open_engine(name).from_bytes(
                (files / "vectors.bin").read_bytes(), int(model["dimension"])
            )
            words = WordIndex.load(files / "words")
            sizes = (len(engine), len(words), manifest["counts"]["passages"])
            if any(size != len(passages) for size in sizes):
                raise ValueError(f"{len(passages)} passages, but {sizes} elsewhere")
            held = dict(read_files(files, folder))
            if len(by_id) != manifest["counts"]["documents"] or not by_id.keys() >= {
                *held.values()
            }:
                raise ValueError(f"{len(by_id)} documents, but others elsewhere")
            broken = {str(name): int(n) for name, n in dict(manifest.get("broken", {})).items()}
            if rest := int(manifest["counts"]["broken_sentences"]) - sum(broken.values()):
                broken[""] = rest  # saved by version 0.1.0
            return cls(
                documents=documents,
                passages=passages,
                engine=engine,
                words=words,
                weights=Weights(str(model["name"]), None, str(model["sha256"])),
                broken=broken,
                files=held,
                folder=folder,
            )

        return read_folder(folder, read)
