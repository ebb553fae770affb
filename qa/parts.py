"""What an index is made of, made from documents, and made over with little work.

Building at once and adding one by one run through the same lines, so that they give the same
parts; what stays is moved, only what is new is cut, embedded and split into words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from qa.embedder import Embedder
from qa.engines import Engine, Numbers, Vectors
from qa.errors import DocumentError
from qa.passages import Cut, cut
from qa.types import Document, Passage, Progress
from qa.wordindex import WordIndex

__all__ = ["Parts", "assemble"]

_TOLD_AFTER = 128
"""So many passages are embedded between two reports."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Documents and what finds their passages (see `qa.index.Index` for each)."""

    documents: tuple[Document, ...]
    passages: tuple[Passage, ...]
    engine: Engine
    words: WordIndex
    broken: Mapping[str, int]

    def fields(self) -> dict[str, Any]:
        """Return the parts by their names."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class _Plan:
    """The passages of the new parts; `rows` has the old number of each, None for a new one."""

    passages: tuple[Passage, ...]
    rows: tuple[int | None, ...]

    def new_texts(self) -> list[str]:
        pairs = zip(self.passages, self.rows, strict=True)
        return [passage.text for passage, row in pairs if row is None]


def assemble(
    documents: Sequence[Document],
    *,
    engine: type[Engine],
    embedder: Embedder | None,
    held: Parts | None = None,
    progress: Progress | None = None,
) -> Parts:
    """Make the parts of an index of some documents.

    Args:
        documents: what to index, no two with the same text.
        engine: what holds the vectors.
        embedder: what embeds the passages; None when every document is held.
        held: the parts of an index of other documents, made with the same model.
        progress: what is told how many passages are embedded.

    Raises:
        DocumentError: the documents hold no text.
    """
    fresh = _cuts(documents, embedder, held)
    plan = _plan(documents, fresh, held)
    if not plan.passages:
        raise DocumentError("The documents hold no text; give some that do.")
    texts = plan.new_texts()
    words = held.words.revised(plan.rows, texts) if held else None
    broken = {name: one.broken_sentences for name, one in fresh.items() if one.broken_sentences}
    if held:
        kept = {document.id for document in documents} - fresh.keys() | {""}
        broken |= {name: count for name, count in held.broken.items() if name in kept}
    return Parts(
        documents=tuple(documents),
        passages=plan.passages,
        engine=_engine(plan, engine, _embedded(embedder, texts, progress), held),
        words=words or WordIndex.build([passage.text for passage in plan.passages]),
        broken={name: broken[name] for name in sorted(broken)},
    )


def _cuts(
    documents: Sequence[Document], embedder: Embedder | None, held: Parts | None
) -> dict[str, Cut]:
    """Cut the documents that are not held, or are with other captions."""
    captions = {document.id: document.captions for document in held.documents} if held else {}
    new = [document for document in documents if captions.get(document.id) != document.captions]
    if not new:
        return {}
    if embedder is None:
        raise ValueError("new documents need an embedder")
    spans = embedder.token_spans
    return {one.id: cut(one, token_spans=spans, room=embedder.room) for one in new}


def _plan(documents: Sequence[Document], fresh: Mapping[str, Cut], held: Parts | None) -> _Plan:
    rows_of: dict[str, list[int]] = {}
    for number, passage in enumerate(held.passages if held else ()):
        rows_of.setdefault(passage.document_id, []).append(number)
    passages: list[Passage] = []
    rows: list[int | None] = []
    for document in documents:
        if document.id in fresh:
            passages += fresh[document.id].passages
            rows += [None] * len(fresh[document.id].passages)
        elif held:
            mine = rows_of.get(document.id, [])
            passages += [held.passages[row] for row in mine]
            rows += mine
    return _Plan(tuple(passages), tuple(rows))


def _embedded(
    embedder: Embedder | None, texts: Sequence[str], progress: Progress | None
) -> Vectors | None:
    if not texts or embedder is None:
        return None
    if not progress:
        return embedder.embed(texts)
    parts = []
    for start in range(0, len(texts), _TOLD_AFTER):
        part = texts[start : start + _TOLD_AFTER]
        parts.append(embedder.embed(part))
        progress("embedding", start + len(part), len(texts))
    return np.concatenate(parts)


def _engine(plan: _Plan, engine: type[Engine], made: Vectors | None, held: Parts | None) -> Engine:
    """Put the vectors held and made into an engine of their own, under their new numbers."""
    rows: Numbers = np.array([-1 if row is None else row for row in plan.rows], np.int64)
    parts = [] if made is None else [made]
    if held:
        parts.append(held.engine.vectors(rows[rows >= 0]))
    order = np.argsort(rows >= 0, kind="stable")  # the new ones first, as in `parts`
    vectors = np.empty((len(rows), parts[0].shape[1]), dtype=np.float32)
    vectors[order] = np.concatenate(parts)
    new = engine(vectors.shape[1])
    new.add(np.arange(len(vectors), dtype=np.int64), vectors)
    return new
