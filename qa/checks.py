"""Prove an index: every hash, count, id, offset, vector and token limit.

Loading checks hashes and offsets too; this looks at everything, and names each fault. Mending
is left to `repair`.
"""

from collections import Counter
from pathlib import Path

import numpy as np

from qa.index import Index
from qa.storage import file_faults, read_manifest

__all__ = ["check", "damages"]

_LENGTH_TOLERANCE = 1e-4


def damages(folder: Path) -> list[str]:
    """Return what is wrong with an index's files, every one of them; nothing when none is.

    A save meanwhile leads to the newer files being looked at.

    Raises:
        IndexFolderError: there is no index, or its manifest is damaged or of a newer format.
    """
    while True:
        manifest = read_manifest(folder)
        faults = list(file_faults(folder, manifest))
        if not faults or read_manifest(folder) == manifest:
            return faults


def check(folder: Path, *, model: bool = True) -> tuple[Index, list[str]]:
    """Check an index folder from end to end.

    Args:
        folder: the index.
        model: whether to open its model too, and to count every passage's tokens.

    Returns:
        The index, and its faults in words; none when it is sound.

    Raises:
        IndexFolderError: it cannot be loaded at all (a file missing or altered, say).
        EmbedderError: the model cannot be opened.
    """
    index = Index.load(folder)
    return index, [*_passage_faults(index), *_vector_faults(index), *_model_faults(index, model)]


def _passage_faults(index: Index) -> list[str]:
    faults = []
    ids = [passage.id for passage in index.passages]
    if len(set(ids)) != len(ids):
        faults.append("two passages have the same id")
    ends: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for passage in index.passages:
        counts[passage.document_id] += 1
        if passage.id != f"{passage.document_id}:{counts[passage.document_id]}":
            faults.append(f"passage {passage.id} has the id of another")
        if passage.start < ends.get(passage.document_id, 0):
            faults.append(f"passage {passage.id} begins before the one above it ends")
        ends[passage.document_id] = passage.end
        text = index.document_of(passage).text
        if text[passage.start : passage.end] != passage.text:
            faults.append(f"passage {passage.id} is not what its document says there")
        within = [edge for span in passage.sentences for edge in (span.start, span.end)]
        edges = [passage.start, *within, passage.end]
        if edges != sorted(edges) or not passage.sentences:
            faults.append(f"the sentences of passage {passage.id} are out of place")
    return faults


def _vector_faults(index: Index) -> list[str]:
    numbers = np.arange(len(index.passages), dtype=np.int64)
    try:
        vectors = index.engine.vectors(numbers)
    except KeyError as error:
        return [f"passage number {error} has no vector"]
    lengths = np.linalg.norm(vectors, axis=1)
    return [
        f"the vector of passage {index.passages[row].id} has length {lengths[row]:.4f}, not 1"
        for row in np.flatnonzero(~(np.abs(lengths - 1) <= _LENGTH_TOLERANCE))
    ]


def _model_faults(index: Index, model: bool) -> list[str]:
    if not model:
        return []
    embedder = index.embedder
    if embedder.dimension != index.engine.dimension:
        return [f"the model makes {embedder.dimension} components, not {index.engine.dimension}"]
    counts = [len(embedder.token_spans(passage.text)) for passage in index.passages]
    return [
        f"passage {passage.id} has {count} tokens; the model reads {embedder.room}"
        for passage, count in zip(index.passages, counts, strict=True)
        if count > embedder.room
    ]
