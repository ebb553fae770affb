"""The whole story on one page: build, load, retrieve, ask.

Asking is: resolve the question, retrieve passages, read them, decide, answer. Each step is
a room of its own below; showing an answer is left to `cli` and `chat`.
"""

import functools
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import retrieval
from qa.conversation import Turn, resolve
from qa.decision import evidence, shipped_decision
from qa.documents import collect
from qa.embedder import SentenceTransformersEmbedder
from qa.engines import ENGINES
from qa.index import Index
from qa.onnx import open_embedder
from qa.questions import wants_yes_or_no
from qa.reader import Reading, open_reader
from qa.storage import refuse_foreign
from qa.types import Answer, Band, Document, Hit, Span
from qa.weights import DEFAULT_MODEL, find_weights
from qa.words import content_words

__all__ = ["Considered", "Source", "ask", "build", "consider", "default_folder", "load", "retrieve"]

READ = 8
"""So many passages are read for the exact answer, however few are shown."""

Source = str | os.PathLike[str] | Document
"""A file, a folder, or a text in memory."""


def build(
    sources: Source | Iterable[Source],
    *,
    folder: str | os.PathLike[str] = "index",
    model: str = DEFAULT_MODEL,
    engine: str = ENGINES[0],
) -> Index:
    """Build an index of files, folders and documents, and save it.

    Args:
        sources: what to index; a folder stands for the text and Markdown files below it.
        folder: where to save; an index that stands there is replaced.
        model: any sentence-transformers model, by name or folder.
        engine: what searches the vectors, "faiss" or "exact".

    Returns:
        The index, ready to be asked.

    Raises:
        DocumentError: a source cannot be read, or there is no text.
        EmbedderError: the model cannot be loaded.
        IndexFolderError: the folder cannot be written, or holds other files.

    >>> import qa
    >>> note = qa.Document("The bridge opens on 3 May. It cost 12 million euros.", title="A bridge")
    >>> index = qa.build(note, folder=tmp / "bridge")
    >>> qa.ask("When does the bridge open?", index=index).text
    '3 May'
    """
    if isinstance(sources, (str, os.PathLike, Document)):
        sources = [sources]
    documents = collect(sources)
    target = Path(folder)
    refuse_foreign(target)  # before minutes of embedding
    embedder = SentenceTransformersEmbedder(find_weights(model))
    twin = open_embedder(embedder.weights, reference=embedder)
    index = Index.build(documents, embedder=embedder, engine=engine, asking=twin)
    index.save(target)
    with _loading:
        _loaded.cache_clear()  # it may be the default index that was replaced
    return index


def default_folder() -> Path:
    """Return the index that is asked when none is named.

    $QA_INDEX if it is set, else ./index if an index stands there, else the bundled brief's.
    """
    if named := os.environ.get("QA_INDEX"):
        return Path(named)
    here = Path("index")
    if (here / "manifest.json").is_file():
        return here
    bundled = Path(__file__).parent / "index"  # in an installed package
    return bundled if bundled.is_dir() else Path(__file__).parents[1] / "index"


def load(folder: str | os.PathLike[str] | None = None) -> Index:
    """Load an index that `build` saved.

    Args:
        folder: where it was saved; None for $QA_INDEX, else ./index, else the bundled brief.

    Raises:
        IndexFolderError: there is no index, or it is damaged, or of a newer format.

    >>> import qa
    >>> len(qa.load().documents)
    1
    """
    return Index.load(Path(folder) if folder is not None else default_folder())


_loading = threading.Lock()


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> Index:
    return Index.load(folder)


def _default() -> Index:
    """Return the default index, loaded once for the process (and again when it moves)."""
    with _loading:
        return _loaded(default_folder().resolve())


def retrieve(question: str, *, k: int = 5, index: Index | None = None) -> list[Hit]:
    """Return the passages that match a question best, best first.

    Args:
        question: the question, in plain words.
        k: how many passages at most.
        index: what to ask; None for the default index (see `load`), loaded once.

    Raises:
        QuestionError: the question is empty or far too long, or `k` is below 1.
        IndexFolderError: the default index is missing or damaged.

    >>> import qa
    >>> hit = qa.retrieve("When is the visit?")[0]
    >>> hit.document.text[hit.passage.start:hit.passage.end] == hit.passage.text
    True
    """
    return retrieval.retrieve(_default() if index is None else index, question, k=k)


def ask(
    question: str,
    *,
    history: Sequence[Turn] = (),
    k: int = 5,
    index: Index | None = None,
) -> Answer:
    """Answer a question with a quote, or with silence when the documents do not say.

    Args:
        question: the question, in plain words.
        history: the earlier turns, oldest first: each a question, or a (question, answer) pair.
        k: how many passages to return beside the answer, at most.
        index: what to ask; None for the default index (see `load`), loaded once.

    Returns:
        The answer; `text` and `span` are None when the documents do not say. `bool(answer)`
        tells whether there is one.

    Raises:
        QuestionError: the question is empty or far too long, or `k` is below 1.
        IndexFolderError: the default index is missing or damaged.
        ReaderError: the reader's weights are missing or altered; `retrieve` still works.

    >>> import qa
    >>> qa.ask("When is the visit?").band
    'well supported'
    >>> qa.ask("Who won the chess tournament in Reykjavik?").text is None
    True
    """
    index = _default() if index is None else index
    question = retrieval.check_question(question, k=k)
    resolved = resolve(question, history)
    found = consider(index, resolved, k=k)
    said = found.readings[0] if found.band != "not in the brief" else None
    span = found.span if said else None
    return Answer(
        question=question,
        resolved=resolved,
        text=span.of(said.hit.document.text) if said and span else None,
        span=span,
        sentence=said.sentence if said else None,
        document=said.hit.document if said else None,
        confidence=found.confidence,
        band=found.band,
        hits=found.hits[:k],
        missing=_missing(index, question),
    )


@dataclass(frozen=True, slots=True)
class Considered:
    """What was found for a question, before anything is said.

    `readings` and `hits` come best first; `span` is what would be quoted of the first reading,
    None when there is none.
    """

    hits: tuple[Hit, ...]
    readings: tuple[Reading, ...]
    span: Span | None
    confidence: float
    band: Band


def consider(index: Index, question: str, *, k: int = READ) -> Considered:
    """Retrieve passages, read them, and decide how sure the best reading is."""
    hits = retrieval.retrieve(index, question, k=max(k, READ))
    readings = open_reader().read(question, hits)
    decision = shipped_decision()
    span, confidence = None, 0.0
    if readings:
        best = readings[0]
        span = best.sentence if wants_yes_or_no(question) else best.span
        confidence = decision.confidence(evidence(question, readings, index.words))
    read = [reading.hit for reading in readings]
    unread = [hit for hit in hits if hit not in read]
    return Considered(
        (*read, *unread), tuple(readings), span, confidence, decision.band(confidence)
    )


def _missing(index: Index, question: str) -> tuple[str, ...]:
    """Return the question's content words that no passage uses, as written, each once."""
    words = content_words(question)
    return tuple(dict.fromkeys(w.span.of(question) for w in words if not index.words.knows(w)))
