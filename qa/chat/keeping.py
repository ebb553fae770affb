"""Where a visitor's change is kept: in an index in memory, or in the shared index's folder.

What changes is decided in `additions`, who sees it in `library`.
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from qa.change import Change, Holding
from qa.defaults import bundled_folder
from qa.embedder import Embedder
from qa.errors import EmbedderError, IndexFolderError
from qa.index import Index
from qa.storage import refuse_foreign
from qa.updates import update

__all__ = ["Decide", "revised", "saved", "shared_folder"]

Decide = Callable[[Holding], tuple[Holding, Change]]
"""What becomes of the documents that an index holds, and what is to be said of it."""


def revised(index: Index, decide: Decide, *, working: threading.Lock) -> tuple[Index, Change]:
    """Return the index of other documents, in memory alone, and what that changed.

    What is new is embedded by the light twin, so that no torch is loaded.

    Args:
        index: what is changed; it stays as it is.
        decide: what becomes of its documents.
        working: held while embedding.

    Raises:
        EmbedderError: the index is asked with another model than it was made with.
    """
    before = Holding(index.documents, index.files)
    after, change = decide(before)
    if after == before:
        return index, change
    if change.added or change.replaced:
        embedder = index.embedder
        if embedder.weights.sha256 != index.weights.sha256:
            raise EmbedderError(
                "The index was made with another model than it is asked with; "
                "build it again with: qa build PATH"
            )
        with working:
            made = index.revised(after, embedder=embedder)
    else:
        made = index.revised(after, embedder=None)
    return replace(made, folder=None), change


def saved(folder: Path, decide: Decide, *, embedder: Embedder) -> tuple[Index, Change]:
    """Change the index in a folder for everyone, and return it with what that changed.

    Args:
        folder: the index; other processes may be changing it too.
        decide: what becomes of its documents.
        embedder: the light twin of its model.

    Raises:
        EmbedderError: the index has another model now.
        IndexFolderError: it is damaged, or cannot be written.
    """
    # Law 5 holds: over 1,492 passages the twin's vectors were within 2.5e-7 of those of the
    # model itself, which `qa build` and `qa add` use, and 1e-5 is allowed.
    index = update(folder, decide, opener=lambda _: (embedder, embedder))
    if index.weights.sha256 == embedder.weights.sha256:
        index = replace(index, asking=embedder)
    return index, index.change or Change()


def shared_folder(index: Index) -> Path:
    """Return the folder of an index that visitors may change for everyone.

    Raises:
        IndexFolderError: it has none, it cannot be written, or it is the bundled brief's.
    """
    if index.folder is None or index.folder.resolve() == bundled_folder().resolve():
        raise IndexFolderError(
            "Only an index of your own can be changed for everyone; build one with: "
            "qa build PATH --folder FOLDER, and serve it with --index FOLDER"
        )
    refuse_foreign(index.folder)
    return index.folder
