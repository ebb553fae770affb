"""Measure adding one document to a large index: `python -m tests.benchmarks.adding [PASSAGES]`.

A small table: what loading, making the new parts, embedding and saving take, each the median
of several runs, and the seconds that adding takes beyond its own embedding. The vectors are
random; the texts use a vocabulary as wide and as uneven as a newspaper's.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import qa
from qa.change import Holding, with_found
from qa.documents import Found
from qa.embedder import Embedder, Role, unit_rows
from qa.engines import Vectors
from qa.testing import WordCountEmbedder
from qa.updates import update

RUNS = 3
PASSAGES_A_DOCUMENT = 10
WORDS = [f"word{n}" for n in range(20_000)]
SHARES = [1 / (n + 5) for n in range(20_000)]


class RandomEmbedder(WordCountEmbedder):
    """Vectors as wide as the real model's, at no cost."""

    def __init__(self) -> None:
        super().__init__([], room=254)
        self.dimension = 384

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        """Return random vectors."""
        made = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dimension))
        return unit_rows(made.astype(np.float32))


def paragraphs(number: int, chance: random.Random) -> str:
    """Return a text of so many paragraphs of four sentences."""
    sentences = [
        " ".join(chance.choices(WORDS, SHARES, k=14)).capitalize() + "." for _ in range(4 * number)
    ]
    return "\n\n".join(" ".join(sentences[n : n + 4]) for n in range(0, len(sentences), 4))


def add(folder: Path, found: list[Found], embedder: Embedder) -> None:
    """Add to the index in a folder, from reading it to saving it."""
    update(folder, lambda held: with_found(held, found), opener=lambda _: (embedder, embedder))


def main() -> None:
    """Print the table."""
    passages = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    chance, embedder = random.Random(1), RandomEmbedder()
    documents = [
        qa.Document(paragraphs(PASSAGES_A_DOCUMENT, chance), source=f"{n}.md")
        for n in range(passages // PASSAGES_A_DOCUMENT)
    ]
    files = {Path(f"/notes/{n}.md"): document.id for n, document in enumerate(documents)}
    times: dict[str, list[tuple[float, float]]] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began, used = time.perf_counter(), time.process_time()
        yield
        spent = time.perf_counter() - began, time.process_time() - used
        times.setdefault(step, []).append(spent)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "index")
        with timed("build at once, without embedding"):
            index = qa.Index.build(documents, embedder=embedder, asking=embedder, files=files)
        index.save(folder)
        for run in range(RUNS):
            found = [Found(qa.Document(paragraphs(1, chance)), Path(f"/new/{run}.md"))]
            with timed("  load"):
                index = qa.load(folder)
            with timed("  make"):
                after, _ = with_found(Holding(index.documents, index.files), found)
                index = index.revised(after, embedder=embedder)
            with timed("  save"):
                index.save(folder)
            found = [Found(qa.Document(paragraphs(1, chance)), Path(f"/more/{run}.md"))]
            with timed("add one document, without embedding"):
                add(folder, found, embedder)
    characters = sum(len(document.text) for document in index.documents)
    print(f"{len(index.passages):,} passages, {characters:,} characters: seconds, of the processor")
    for step in sorted(times, key=lambda step: (step.startswith(" "), step)):
        seconds, used = (statistics.median(each) for each in zip(*times[step], strict=True))
        print(f"{step:40}{seconds:8.3f}{used:8.3f}")


if __name__ == "__main__":
    main()
