"""The documents that each visitor of the page can ask, and adds and removes.

Usually what a visitor changes is theirs alone, in memory, until their visit ends; a shared
library changes the one index in its folder instead, for everyone. Indexes never change, so
asking waits for nobody. Who is visiting is left to `visits`, reading a file to `uploads`, what
a change means to `additions`, making the changed index to `keeping`, showing it to `shelf`.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qa import copies
from qa.change import Change
from qa.chat.additions import with_added, with_replaced, without_one
from qa.chat.keeping import Decide, revised, saved, shared_folder
from qa.chat.uploads import Upload, discard, shown_name, take
from qa.chat.visits import Visit, Visits
from qa.documents import Receipt, restore
from qa.errors import DocumentError, QAError
from qa.index import Index
from qa.types import Document

__all__ = ["MAX_FILES", "Added", "Library"]

MAX_FILES = 20
"""So many files are read at once."""

Outcome = Literal["added", "replaced", "already there", "refused"]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file.

    Args:
        name: what the visitor calls it.
        outcome: what was done; "replaced" means that its old version went.
        document: the document; None when it was refused.
        receipt: what was kept and dropped of it; None when it was refused.
        error: why it was refused, in a sentence; None when it was not.
    """

    name: str
    outcome: Outcome
    document: Document | None = None
    receipt: Receipt | None = None
    error: str | None = None


class Library:
    """What each visitor can ask: the index served, and what they added to it or removed.

    A visitor is known by any text that is theirs alone, such as Gradio's session hash. Every
    method may be called from any thread.
    """

    def __init__(self, index: Index, *, shared: bool = False) -> None:
        """Serve an index.

        Args:
            index: what every visitor begins with.
            shared: whether what visitors add and remove is saved in the index's folder, for
                everyone and for good.

        Raises:
            IndexFolderError: it is to be shared, and has no folder that may be changed.
        """
        self._index = index
        self._folder = shared_folder(index) if shared else None
        self._visits = Visits()
        self._working = threading.Lock()
        """Held by whoever reads a file, embeds or saves: two cores do one of these at a time."""

    @property
    def shared(self) -> bool:
        """Whether what a visitor changes is changed for everyone."""
        return self._folder is not None

    def index_of(self, visitor: str) -> Index:
        """Return what a visitor asks."""
        return self._index_of(self._visits.find(visitor))

    def add(self, visitor: str, files: Sequence[Upload]) -> Iterator[Added]:
        """Read files and let the visitor ask them, each as soon as it is done.

        A file of the same name as one that the visitor added before replaces it; files of one
        name that come together are all kept. Every file is deleted, whatever comes of it.

        Args:
            visitor: who adds.
            files: what they uploaded.

        Yields:
            What became of each file, in order.
        """
        fresh: set[str] = set()
        try:
            visit: Visit | None = None
            for number, upload in enumerate(files):
                try:
                    if number >= MAX_FILES:
                        raise DocumentError(
                            f"{shown_name(upload)} was not read: {MAX_FILES} files can be added "
                            "at once; add it after these."
                        )
                    visit = visit or self._visits.open(visitor)
                    added = self._add(visit, upload, fresh)
                except QAError as error:
                    discard(upload)
                    added = Added(shown_name(upload), "refused", error=str(error))
                yield added
        finally:
            for upload in files:  # those left when nobody waits for the rest any more
                discard(upload)

    def remove(self, visitor: str, document_id: str) -> Index:
        """Remove a document from what a visitor asks, and return what they ask now.

        Raises:
            DocumentError: it is not there, or is the last one.
            IndexFolderError: the shared index cannot be changed.
        """
        visit = self._visits.open(visitor)
        with visit.changing:
            return self._change(visit, lambda before: without_one(before, document_id))[0]

    def receipts(self, visitor: str) -> Mapping[str, Receipt]:
        """Return the receipts of the documents that a visitor added, by their ids."""
        visit = self._visits.find(visitor)
        return visit.receipts if visit else {}

    def restore(self, visitor: str, document_id: str, block: int) -> Document:
        """Keep a dropped block of a document that the visitor added after all.

        Args:
            visitor: who asks for it.
            document_id: the document.
            block: the number of the block in the document's receipt, from 0.

        Returns:
            The document with the block, which stands where the old one stood; its id is new.

        Raises:
            DocumentError: there is no such document or block, or its text is there already.
            IndexFolderError: the shared index cannot be changed.
        """
        visit = self._visits.open(visitor)
        with visit.changing:
            receipt = visit.receipts.get(document_id)
            old = next((d for d in self._index_of(visit).documents if d.id == document_id), None)
            if receipt is None or old is None:
                raise DocumentError("You added no such document; choose another.")
            document, restored = restore(old, receipt, block)
            self._change(
                visit, lambda before: with_replaced(before, document_id, document), restored
            )
            return document

    def forget(self, visitor: str) -> None:
        """End a visit: what the visitor added for themselves is gone."""
        self._visits.forget(visitor)
        copies.forget()

    def lost(self, visitor: str) -> bool:
        """Tell, once, whether documents that a visitor added are gone: they were away too long."""
        return self._visits.lost(visitor)

    def expire(self) -> None:
        """End the visits of those not seen for long; asking and adding do so too."""
        self._visits.expire()

    def _index_of(self, visit: Visit | None) -> Index:
        return visit.index if visit and visit.index else self._index

    def _add(self, visit: Visit, upload: Upload, fresh: set[str]) -> Added:
        """Add one file; `fresh` are the ids of those that came with it."""
        with visit.changing:
            with self._working:
                self._visits.check(visit)
                document, receipt = take(upload)
            _, change = self._change(
                visit,
                lambda before: with_added(before, document, receipt, visit.receipts, fresh),
                receipt,
            )
        fresh.add(document.id)
        if change.unchanged:
            return Added(document.source, "already there", change.unchanged[0], receipt)
        done: Outcome = "replaced" if change.replaced else "added"
        return Added(document.source, done, document, receipt)

    def _change(
        self, visit: Visit, decide: Decide, receipt: Receipt | None = None
    ) -> tuple[Index, Change]:
        """Change what a visitor asks; the caller holds `visit.changing`.

        Args:
            visit: the visitor's.
            decide: what becomes of the documents.
            receipt: that of the document added, or put in another's place.
        """
        if self._folder is None:
            index, change = revised(self._index_of(visit), decide, working=self._working)
            own = index if index is not self._index else None
        else:
            with self._working:
                index, change = saved(self._folder, decide, embedder=self._index.embedder)
                self._index, own = index, None
        receipts = dict(visit.receipts)
        if receipt is not None:
            receipts |= {each.id: receipt for each in (*change.added, *change.replaced)}
        there = {document.id for document in index.documents}
        receipts = {added: one for added, one in receipts.items() if added in there}
        self._visits.keep(visit, own, receipts)
        return index, change
