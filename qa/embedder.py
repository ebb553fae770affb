"""Texts into vectors: the protocol, and the reference through sentence-transformers (torch).

The light twin that asking uses is in `onnx`; both give the same vectors within 1e-4 per
component. Which one to open is decided in `open_embedder` there.
"""

import contextlib
import importlib
import logging
import os
from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol

import numpy as np

from qa.engines import Vectors
from qa.errors import EmbedderError
from qa.types import Span, well_formed
from qa.weights import Weights

__all__ = ["Embedder", "Role", "SentenceTransformersEmbedder", "unit_rows"]

Role = Literal["passage", "question"]
"""Some models put other words before a question than before a passage."""

BATCH = 32


class Embedder(Protocol):
    """A model that turns texts into vectors; safe to use from several threads."""

    weights: Weights
    dimension: int
    room: int
    """How many tokens of a text the model reads, after its special tokens and its prompt."""

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        """Return one vector a text: shape (texts, dimension), float32, rows of length 1.

        Text beyond the room is not read. Neither the other texts nor their order matter.
        """

    def token_spans(self, text: str) -> list[Span]:
        """Return where the tokens of a text stand in it, without special tokens or a limit."""


def unit_rows(vectors: Vectors) -> Vectors:
    """Return float32 vectors of shape (n, dimension) scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


@contextlib.contextmanager
def _offline_and_quiet() -> Iterator[None]:
    """Keep libraries from asking a hub and from writing progress on the terminal."""
    wanted = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    added = [name for name in wanted if name not in os.environ]
    os.environ.update({name: wanted[name] for name in added})
    transformers_logging: Any = importlib.import_module("transformers.utils.logging")
    level = logging.getLogger("sentence_transformers").level
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)
        logging.getLogger("sentence_transformers").setLevel(level)
        if shown:
            transformers_logging.enable_progress_bar()


class SentenceTransformersEmbedder:
    """The reference (see `Embedder`); uses a GPU when there is one."""

    def __init__(self, weights: Weights) -> None:
        """Load a model.

        Raises:
            EmbedderError: sentence-transformers cannot load it from this machine.
        """
        with _offline_and_quiet():
            from sentence_transformers import SentenceTransformer

            try:
                model: Any = SentenceTransformer(str(weights.folder or weights.name))
            except Exception as error:  # whatever a library makes of a wrong folder
                reason = str(error).strip().split("\n")[0][:200]
                raise EmbedderError(
                    f"The model {weights.name} cannot be loaded ({reason}); "
                    "name a folder saved by sentence-transformers."
                ) from error
        self.model = model
        self.weights = weights
        self.dimension: int = self.model.get_embedding_dimension()
        self.prompts: dict[Role, str] = {
            "passage": self._prompt("document", "passage", "corpus"),
            "question": self._prompt("query", "question"),
        }
        self.room = (
            int(self.model.max_seq_length or 512)
            - int(self.model.tokenizer.num_special_tokens_to_add())
            - len(self.token_spans(self.prompts["passage"]))
        )

    def _prompt(self, *names: str) -> str:
        prompts: dict[str, str] = self.model.prompts or {}
        default = prompts.get(self.model.default_prompt_name or "", "")
        return next((prompts[name] for name in names if prompts.get(name)), default)

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        """Return one vector a text (see `Embedder.embed`)."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        vectors = self.model.encode(
            [well_formed(text) for text in texts],
            prompt=self.prompts[role] or None,
            batch_size=BATCH,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        return unit_rows(np.asarray(vectors, dtype=np.float32))

    def token_spans(self, text: str) -> list[Span]:
        """Return where the tokens of a text stand in it (see `Embedder.token_spans`)."""
        encoded = self.model.tokenizer(
            well_formed(text),
            add_special_tokens=False,
            return_offsets_mapping=True,
            truncation=False,
            verbose=False,
        )
        return [Span(*pair) for pair in encoded["offset_mapping"]]
