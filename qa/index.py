"""An index: documents, their passages, and what finds them, built, saved and loaded as one.

Which passages answer a question is left to `retrieval`; the folder on disk to `storage`.
An index never changes, so any number of threads may search it.
"""

import functools
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from qa.embedder import Embedder
from qa.engines import ENGINES, Engine, open_engine
from qa.errors import DocumentError
from qa.onnx import open_embedder
from qa.passages import cut
from qa.storage import read_folder, save_folder
from qa.types import Document, Passage, Span
from qa.weights import Weights
from qa.words import WordIndex

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
        broken_sentences: how many sentences were longer than the model reads and were cut.
        folder: where it was loaded from; None when it was not.
        asking: what embeds questions; None for the light twin, opened at the first question.
    """

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    engine: Engine
    words: WordIndex
    weights: Weights
    broken_sentences: int = 0
    folder: Path | None = None
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
    ) -> "Index":
        """Cut documents into passages and index them.

        Args:
            documents: what to index, no two with the same text.
            embedder: what embeds the passages.
            engine: what searches their vectors.
            asking: what embeds questions later; None for the light twin.

        Raises:
            DocumentError: the documents hold no text.
        """
        cuts = [cut(d, token_spans=embedder.token_spans, room=embedder.room) for d in documents]
        passages = tuple(passage for one in cuts for passage in one.passages)
        if not passages:
            raise DocumentError("The documents hold no text; give some that do.")
        texts = [passage.text for passage in passages]
        vectors = open_engine(engine)(embedder.dimension)
        vectors.add(np.arange(len(passages), dtype=np.int64), embedder.embed(texts))
        return cls(
            documents=tuple(documents),
            passages=passages,
            engine=vectors,
            words=WordIndex.build(texts),
            weights=embedder.weights,
            broken_sentences=sum(one.broken_sentences for one in cuts),
            asking=asking,
        )

    @functools.cached_property
    def _by_id(self) -> dict[str, Document]:
        return {document.id: document for document in self.documents}

    def document_of(self, passage: Passage) -> Document:
        """Return the document a passage was cut from."""
        return self._by_id[passage.document_id]

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
        return f"{len(self.documents)} documents"

    def save(self, folder: Path) -> None:
        """Save into a folder, whole or not at all; an index that stands there is replaced.

        Raises:
            IndexFolderError: the folder cannot be written, or holds other files.
        """

        def write(into: Path) -> None:
            _write_lines(into / "documents.jsonl", map(_document_row, self.documents))
            _write_lines(into / "passages.jsonl", map(_passage_row, self.passages))
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
        }
        save_folder(folder, about, write)

    @classmethod
    def load(cls, folder: Path) -> "Index":
        """Load a saved index, once every file's hash is checked.

        Raises:
            IndexFolderError: it is missing, damaged, foreign, or of a newer format.
        """

        def read(manifest: dict[str, Any], files: Path) -> "Index":
            documents = tuple(_read_document(row) for row in _read_lines(files / "documents.jsonl"))
            by_id = {document.id: document for document in documents}
            rows = _read_lines(files / "passages.jsonl")
            passages = tuple(_read_passage(row, by_id) for row in rows)
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
            return cls(
                documents=documents,
                passages=passages,
                engine=engine,
                words=words,
                weights=Weights(str(model["name"]), None, str(model["sha256"])),
                broken_sentences=int(manifest["counts"]["broken_sentences"]),
                folder=folder,
            )

        return read_folder(folder, read)


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _spans(pairs: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in pairs)


_OPTIONAL = ("date", "author", "pages")
"""What a document's row tells only where it is known; older indexes never do."""


def _document_row(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "captions": _pairs(document.captions),
        **{name: value for name in _OPTIONAL if (value := getattr(document, name))},
        "text": document.text,
    }


def _read_document(row: dict[str, Any]) -> Document:
    document = Document(
        row["text"],
        title=row["title"],
        source=row["source"],
        captions=_spans(row["captions"]),
        **{name: row[name] for name in _OPTIONAL if name in row},
    )
    if document.id != row["id"]:
        raise ValueError(f"document {row['id']} has another text")
    return document


def _passage_row(passage: Passage) -> dict[str, Any]:
    return {
        "id": passage.id,
        "document": passage.document_id,
        "start": passage.start,
        "end": passage.end,
        "sentences": _pairs(passage.sentences),
        "text": passage.text,
    }


def _read_passage(row: dict[str, Any], documents: dict[str, Document]) -> Passage:
    passage = Passage(
        id=row["id"],
        document_id=row["document"],
        text=row["text"],
        start=row["start"],
        end=row["end"],
        sentences=_spans(row["sentences"]),
    )
    if documents[passage.document_id].text[passage.start : passage.end] != passage.text:
        raise ValueError(f"passage {passage.id} is not what its document says there")
    return passage
