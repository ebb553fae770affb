"""Fakes for tests, ours and yours, that a reader can compute in the head.

They keep every promise of the real ones (`qa.embedder.Embedder`), load nothing, and need no
model's weights.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from qa.embedder import Role, unit_rows
from qa.engines import Vectors
from qa.types import Span
from qa.weights import Weights

__all__ = ["WordCountEmbedder"]


class WordCountEmbedder:
    """A vector of how often each of a few words occurs, scaled to length 1.

    A text's tokens are what white space parts. A text without any of the words has all its
    weight in one more component, the last.

    >>> WordCountEmbedder(["trade", "visit"]).embed(["Trade, trade!", "hello"]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """

    def __init__(self, words: Sequence[str], *, room: int = 20) -> None:
        """Count `words` (lower case), reading at most `room` tokens of a text."""
        self.words = list(words)
        self.dimension = len(self.words) + 1
        self.room = room
        digest = hashlib.sha256(" ".join(self.words).encode()).hexdigest()
        self.weights = Weights("word counts", None, digest)

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        """Return one vector a text; questions and passages are counted alike."""
        counts = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            read = [span.of(text) for span in self.token_spans(text)[: self.room]]
            found = re.findall(r"\w+", " ".join(read).lower())
            counts[row, :-1] = [found.count(word) for word in self.words]
            counts[row, -1] = not counts[row].any()
        return unit_rows(counts)

    def token_spans(self, text: str) -> list[Span]:
        """Return the stretches between white space."""
        return [Span(*match.span()) for match in re.finditer(r"\S+", text)]
