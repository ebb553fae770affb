"""Mend a damaged index from the documents it holds, saying what could not be saved.

A document proves itself: its id is its own text's hash. Passages, vectors and words are made
anew from the documents; what they were is not looked at.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.change import Change
from qa.engines import ENGINES
from qa.errors import DocumentError, IndexFolderError
from qa.index import Index
from qa.lines import read_files
from qa.locks import alone_in
from qa.rows import row_document
from qa.storage import (
    DamagedManifestError,
    file_faults,
    generations,
    read_manifest,
    refuse_foreign,
)
from qa.types import Document, Progress
from qa.updates import Opener, open_models, store
from qa.weights import DEFAULT_MODEL

__all__ = ["Salvage", "repair", "salvage"]

_DAMAGE = (DocumentError, KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What reading a damaged line can raise."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """What can be saved of an index.

    Args:
        documents: those whose text is the one their id names.
        files: the files held, as far as that can still be read.
        losses: what cannot be saved, or not be vouched for, in words.
        model: the name of the model it was built with.
        engine: the name of the engine.
    """

    documents: tuple[Document, ...]
    files: dict[Path, str]
    losses: tuple[str, ...]
    model: str
    engine: str


def repair(
    folder: Path, *, opener: Opener = open_models, progress: Progress | None = None
) -> tuple[Index, tuple[str, ...]]:
    """Build an index again from its own documents.

    Args:
        folder: the index.
        opener: what opens its model.
        progress: what is told how many passages are embedded.

    Returns:
        The index, and what could not be saved, in words.

    Raises:
        EmbedderError: its model cannot be loaded.
        IndexFolderError: there is no index, it is of a newer format, no document of it can be
            saved, or the folder cannot be written.
    """
    refuse_foreign(folder)
    if not folder.is_dir():
        read_manifest(folder)  # says that there is none
    with alone_in(folder):
        saved = salvage(folder)
        if not saved.documents:
            raise IndexFolderError(
                f"No document of the index in {folder} can be saved ({'; '.join(saved.losses)}); "
                f"build it again with: qa build PATH --folder {folder}"
            )
        embedder, asking = opener(saved.model)
        index = Index.build(
            saved.documents,
            embedder=embedder,
            engine=saved.engine,
            asking=asking,
            files=saved.files,
            progress=progress,
        )
        return store(index, folder, Change(unchanged=saved.documents)), saved.losses


def salvage(folder: Path) -> Salvage:
    """Return what can be saved of an index, and change nothing.

    Raises:
        IndexFolderError: there is no index, or it is of a newer format.
    """
    manifest, named, losses = _manifest(folder)
    documents: dict[str, Document] = {}
    files: dict[Path, str] = {}
    for place in [*named, *(g for g in generations(folder) if g not in named)]:
        for fault, document in _documents(place):
            losses += [fault] if fault else []
            if document:
                documents.setdefault(document.id, document)
        if documents:
            files = _files(place, folder)
            if named and place not in named:
                losses.append(f"{place.name} was read instead, which may be an older state")
            break
    losses += _uncertain(folder, manifest, len(documents))
    model, engine = manifest.get("model", {}), manifest.get("engine")
    return Salvage(
        documents=tuple(documents.values()),
        files={path: identity for path, identity in files.items() if identity in documents},
        losses=tuple(losses),
        model=str(model.get("name", DEFAULT_MODEL)),
        engine=engine if engine in ENGINES else ENGINES[0],
    )


def _manifest(folder: Path) -> tuple[dict[str, Any], list[Path], list[str]]:
    try:
        manifest = read_manifest(folder)
    except DamagedManifestError:
        return {}, [], [f"the manifest is damaged: its model is taken to be {DEFAULT_MODEL}"]
    return manifest, [folder / str(manifest["generation"])], []


def _documents(generation: Path) -> Iterator[tuple[str | None, Document | None]]:
    """Yield each line's document, or what is wrong with the line."""
    try:
        data = (generation / "documents.jsonl").read_bytes()
    except OSError as error:
        yield f"documents.jsonl cannot be read ({error.strerror})", None
        return
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            yield None, row_document(json.loads(line))
        except _DAMAGE:
            yield f"line {number} of documents.jsonl is damaged", None


def _files(generation: Path, folder: Path) -> dict[Path, str]:
    files: dict[Path, str] = {}
    try:
        files.update(read_files(generation, folder))
    except (OSError, *_DAMAGE):  # its documents are kept all the same, as texts in memory are
        return files
    return files


def _uncertain(folder: Path, manifest: dict[str, Any], saved: int) -> Iterator[str]:
    if not manifest:
        return
    expected = manifest["counts"].get("documents")
    if isinstance(expected, int) and expected > saved:
        yield f"{expected - saved} of {expected} documents cannot be saved"
    for fault in file_faults(folder, manifest):
        if fault.startswith("documents.jsonl"):
            yield f"{fault}: the texts are proved by their ids, their titles and sources are not"
        elif fault.startswith("files.jsonl"):
            yield f"{fault}: adding a file of this index again may not replace its old version"
