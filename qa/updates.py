"""Change the index in a folder: alone from reading it to saving it, with its own model.

So two processes lose nothing of each other's. What becomes of the documents is decided by the
caller (`change`), what that means for passages and vectors in `parts`.
"""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from qa.change import Change, Holding
from qa.defaults import forget_default_index
from qa.embedder import Embedder, SentenceTransformersEmbedder
from qa.errors import DocumentError, EmbedderError, IndexFolderError
from qa.index import Index
from qa.locks import alone_in
from qa.storage import refuse_foreign
from qa.twins import open_embedder
from qa.types import Progress
from qa.weights import find_weights

__all__ = ["Opener", "open_models", "store", "update"]

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


def store(index: Index, folder: Path, change: Change) -> Index:
    """Save an index that was changed, and return it with what was done."""
    index = dataclasses.replace(index, change=change)
    index.save(folder)
    forget_default_index()
    return index


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
