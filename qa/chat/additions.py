"""What a visitor's adding, removing and restoring make of the documents that an index holds.

Only lists of documents change here; making the index and keeping it is left to `library`, what
files in a folder mean to `qa.change`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from qa.change import Change, Holding, without
from qa.documents import Receipt
from qa.errors import DocumentError
from qa.types import Document

__all__ = ["MAX_CHARACTERS", "with_added", "with_replaced", "without_one"]

MAX_CHARACTERS = 3_000_000
"""Of all that one visitor adds, what was dropped from it included."""


def with_added(
    before: Holding,
    document: Document,
    receipt: Receipt,
    receipts: Mapping[str, Receipt],
    fresh: Collection[str],
) -> tuple[Holding, Change]:
    """Add a document, in the place of its old version if there is just one.

    Args:
        before: what is held.
        document: what is added.
        receipt: its receipt.
        receipts: those of all that the visitor added, by their ids.
        fresh: the ids of what came with it, which is no old version.

    Raises:
        DocumentError: the visitor would have added too much.
    """
    held = {each.id: each for each in before.documents}
    if document.id in held:
        return before, Change(unchanged=(held[document.id],))
    old = [
        added
        for added in receipts
        if added in held and added not in fresh and held[added].source == document.source
    ]
    if len(old) != 1:  # of several, nobody knows which one is meant
        old = []
    size = sum(len(one.source) for added, one in receipts.items() if added not in old)
    if size + len(receipt.source) > MAX_CHARACTERS:
        raise DocumentError(
            f"{document.source} does not fit, for all you add may hold {MAX_CHARACTERS:,} "
            "characters; remove a document first, or add a part of this one."
        )
    if old:
        return with_replaced(before, old[0], document)
    return replace(before, documents=(*before.documents, document)), Change(added=(document,))


def with_replaced(before: Holding, document_id: str, document: Document) -> tuple[Holding, Change]:
    """Put a document in the place of another.

    Raises:
        DocumentError: the other is not there, or the new text is there already.
    """
    _check_held(before, document_id)
    if any(held.id == document.id for held in before.documents):
        raise DocumentError("Another document says just this already; remove this one instead.")
    documents = tuple(document if d.id == document_id else d for d in before.documents)
    files = {path: held for path, held in before.files.items() if held != document_id}
    return Holding(documents, files), Change(replaced=(document,))


def without_one(before: Holding, document_id: str) -> tuple[Holding, Change]:
    """Remove a document; only its exact id means it.

    Raises:
        DocumentError: it is not there, or is the last one.
    """
    _check_held(before, document_id)
    if len(before.documents) == 1:
        raise DocumentError("The last document stays; add another first.")
    return without(before, [document_id])


def _check_held(before: Holding, document_id: str) -> None:
    if all(document.id != document_id for document in before.documents):
        raise DocumentError("This document is not there any more; choose another.")
