"""Keep an index of one's own documents in a folder: build, add, remove, load.

Whoever changes a folder is alone in it from reading to saving, so two processes lose nothing
of each other's. What adding means for the list of documents is decided in `change`, what it
means for passages and vectors in `parts`.
"""

import dataclasses
import functools
import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from qa.change import Change, Holding, with_found, without
from qa.documents import Found, Source, collect
from qa.embedder import Embedder, SentenceTransformersEmbedder
from qa.engines import ENGINES
from qa.errors import DocumentError, EmbedderError, IndexFolderError, QAWarning
from qa.index import Index
from qa.locks import alone_in
from qa.onnx import open_embedder
from qa.storage import refuse_foreign
from qa.types import Document, Progress
from qa.weights import DEFAULT_MODEL, find_weights

__all__ = [
    "add",
    "build",
    "bundled_folder",
    "default_folder",
    "default_index",
    "load",
    "open_models",
    "remove",
    "store",
    "update",
]


def build(
    sources: Source | Iterable[Source],
    *,
    folder: str | os.PathLike[str] = "index",
    model: str = DEFAULT_MODEL,
    engine: str = ENGINES[0],
    progress: Progress | None = None,
) -> Index:
    """Build an index of files, folders and documents, and save it.

    A source that cannot be read is told by a `QAWarning`, and the others are indexed.

    Args:
        sources: what to index; a folder stands for the files below it that can be read, a
            pattern such as `notes/*.md` for the files it matches.
        folder: where to save; an index that stands there is replaced.
        model: any sentence-transformers model, by name or folder.
        engine: what searches the vectors, "faiss" or "exact".
        progress: what is told, time and again, what is done and how much of it.

    Returns:
        The index, ready to be asked; its `change` says which documents it holds and which
        sources failed.

    Raises:
        DocumentError: no source can be read, or there is no text.
        EmbedderError: the model cannot be loaded.
        IndexFolderError: the folder cannot be written, or holds other files.

    >>> import qa
    >>> note = qa.Document("The bridge opens on 3 May. It cost 12 million euros.", title="A bridge")
    >>> index = qa.build(note, folder=tmp / "bridge")
    >>> qa.ask("When does the bridge open?", index=index).text
    '3 May'
    """
    found, failed = _read(sources, progress)
    holding, change = with_found(Holding(), found)
    target = Path(folder)
    refuse_foreign(target)  # before minutes of embedding
    embedder, asking = open_models(model)
    index = Index.build(
        holding.documents,
        embedder=embedder,
        engine=engine,
        asking=asking,
        files=holding.files,
        progress=progress,
    )
    return store(index, target, dataclasses.replace(change, failed=failed))


def add(
    sources: Source | Iterable[Source],
    *,
    folder: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Index:
    """Add files, folders and documents to an index, and save it.

    Only what is new is embedded. A file that is there with the same text is nothing to do;
    one that is there with another text, known by its path, replaces its old version. A source
    that cannot be read is told by a `QAWarning`, and the others are added.

    Args:
        sources: what to add, as for `build`.
        folder: the index; None for $QA_INDEX, else ./index. It must have been built.
        progress: what is told, time and again, what is done and how much of it.

    Returns:
        The new index; its `change` says what was added, replaced, unchanged and failed.

    Raises:
        DocumentError: no source can be read.
        EmbedderError: the index's model cannot be loaded, or is another one now.
        IndexFolderError: there is no index, it is damaged, or it cannot be written.

    >>> import qa
    >>> _ = qa.build(qa.Document("The bridge opens on 3 May."), folder=tmp / "town")
    >>> index = qa.add(qa.Document("The tram runs from 9 June."), folder=tmp / "town")
    >>> len(index.documents), len(index.change.added)
    (2, 1)
    >>> qa.ask("When does the tram run?", index=index).document.text
    'The tram runs from 9 June.'
    """

    def decide(before: Holding) -> tuple[Holding, Change]:
        found, failed = _read(sources, progress)
        after, change = with_found(before, found)
        return after, dataclasses.replace(change, failed=failed)

    return update(_own_folder(folder), decide, progress=progress)


def remove(names: str | Iterable[str], *, folder: str | os.PathLike[str] | None = None) -> Index:
    """Remove documents from an index, and save it.

    A name that is not there is told by a `QAWarning`, and the others are removed.

    Args:
        names: for each document its id, its source's name, its file's path, a folder it
            stands in, or a pattern such as `notes/*.md`.
        folder: the index; None for $QA_INDEX, else ./index.

    Returns:
        The new index; its `change` says what was removed and which names failed.

    Raises:
        DocumentError: no name is there, or no document would be left.
        IndexFolderError: there is no index, it is damaged, or it cannot be written.

    >>> import qa
    >>> notes = [qa.Document("The bridge opens.", source="bridge"), qa.Document("The tram runs.")]
    >>> _ = qa.build(notes, folder=tmp / "notes")
    >>> [document.text for document in qa.remove("bridge", folder=tmp / "notes").documents]
    ['The tram runs.']
    """
    wanted = [names] if isinstance(names, str) else list(names)

    def decide(before: Holding) -> tuple[Holding, Change]:
        after, change = without(before, wanted)
        _tell(change.failed, len(wanted), "found")
        return after, change

    return update(_own_folder(folder), decide)


Opener = Callable[[str], tuple[Embedder, Embedder]]
"""A model's name to what embeds passages and what embeds questions."""


def open_models(name: str) -> tuple[Embedder, Embedder]:
    """Open a sentence-transformers model, and its light twin.

    Raises:
        EmbedderError: it cannot be loaded.
    """
    embedder = SentenceTransformersEmbedder(find_weights(name))
    return embedder, open_embedder(embedder.weights, reference=embedder)


def update(
    folder: Path,
    decide: Callable[[Holding], tuple[Holding, Change]],
    *,
    opener: Opener = open_models,
    progress: Progress | None = None,
) -> Index:
    """Change the index in a folder, alone from reading it to saving it.

    Args:
        folder: the index.
        decide: what becomes of its documents, and what is to be said of it.
        opener: what opens the index's model; it is not called when no document is new.
        progress: what is told how many passages are embedded.

    Raises:
        DocumentError: no document would be left.
        EmbedderError: the model cannot be loaded, or is another one now.
        IndexFolderError: there is no index, it is damaged, or it cannot be written.
    """
    with _alone_in(folder):
        index = Index.load(folder)
        refuse_foreign(folder)
        before = Holding(index.documents, index.files)
        after, change = decide(before)
        if after == before:
            return dataclasses.replace(index, change=change)
        if not after.documents:
            raise DocumentError(
                f"No document would be left; delete the folder {folder} to be rid of its index."
            )
        embedder = None
        if change.added or change.replaced:
            embedder, asking = opener(index.weights.name)
            if embedder.weights.sha256 != index.weights.sha256:
                raise EmbedderError(
                    f"The model {index.weights.name} is not the one of the index any more; "
                    "build the index again with: qa build PATH"
                )
            index = dataclasses.replace(index, asking=asking)
        return store(index.revised(after, embedder=embedder, progress=progress), folder, change)


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


def store(index: Index, folder: Path, change: Change) -> Index:
    """Save an index that was changed, and return it with what was done."""
    index = dataclasses.replace(index, change=change)
    index.save(folder)
    with _loading:
        _loaded.cache_clear()  # it may be the default index that was replaced
    return index


def _read(
    sources: Source | Iterable[Source], progress: Progress | None
) -> tuple[list[Found], tuple[str, ...]]:
    if isinstance(sources, (str, os.PathLike, Document)):
        sources = [sources]
    failures: list[DocumentError] = []
    found = collect(sources, failed=failures.append, progress=progress)
    failed = tuple(str(failure) for failure in failures)
    _tell(failed, len(found) + len(failed), "read")
    return found, failed


def _tell(failed: tuple[str, ...], tried: int, done: str) -> None:
    """Tell what failed; when all did, by an error.

    Raises:
        DocumentError: nothing was tried, or all of it failed.
    """
    if not tried:
        raise DocumentError("There is nothing to build from; name a file or a folder.")
    if failed and tried == len(failed) == 1:
        raise DocumentError(failed[0])
    for sentence in failed:
        warnings.warn(sentence, QAWarning, stacklevel=4)
    if tried == len(failed):
        raise DocumentError(f"None of the {tried} could be {done}; nothing was changed.")


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(alone_in(folder))
        except OSError as error:
            raise IndexFolderError(
                f"There is no index in {folder}; "
                f"build it first with: qa build PATH --folder {folder}"
            ) from error
        yield


def _own_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Return the index that is changed: never the bundled brief's unless it is named."""
    return Path(folder) if folder is not None else Path(os.environ.get("QA_INDEX") or "index")


def default_folder() -> Path:
    """Return the index that is asked when none is named.

    $QA_INDEX if it is set, else ./index if an index stands there, else the bundled brief's.
    """
    if named := os.environ.get("QA_INDEX"):
        return Path(named)
    here = Path("index")
    if (here / "manifest.json").is_file():
        return here
    return bundled_folder()


def bundled_folder() -> Path:
    """Return where the bundled brief's index is."""
    bundled = Path(__file__).parent / "index"  # in an installed package
    return bundled if bundled.is_dir() else Path(__file__).parents[1] / "index"


_loading = threading.Lock()


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> Index:
    return Index.load(folder)


def default_index() -> Index:
    """Return the default index, loaded once for the process (and again when it moves)."""
    with _loading:
        return _loaded(default_folder().resolve())
