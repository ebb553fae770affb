"""The verbs that keep an index of one's own documents: build, add, remove.

What adding means for the list of documents is decided in `change`; saving, alone in the
folder, is left to `updates`.
"""

import dataclasses
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from qa.change import Change, Holding, with_found, without
from qa.defaults import own_folder
from qa.documents import Found, Source, collect
from qa.engines import ENGINES
from qa.errors import DocumentError, QAWarning
from qa.index import Index
from qa.storage import refuse_foreign
from qa.types import Document, Progress
from qa.updates import open_models, store, update
from qa.weights import DEFAULT_MODEL

__all__ = ["add", "build", "remove"]


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

    return update(own_folder(folder), decide, progress=progress)


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

    return update(own_folder(folder), decide)


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
