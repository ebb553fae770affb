"""The light twin: the same vectors from ONNX Runtime and `tokenizers`, without torch.

A twin is a folder: model.onnx, tokenizer.json, and twin.json, which says how they are used.
Asking with it loads neither torch nor the model's own files. Making twins and keeping them is
left to `twins`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.embedder import BATCH, Role, unit_rows
from qa.engines import Vectors
from qa.errors import EmbedderError
from qa.types import Span, well_formed
from qa.weights import Weights, file_sha256

__all__ = ["OnnxEmbedder", "TwinSettings"]


@dataclass(frozen=True, slots=True)
class TwinSettings:
    """What twin.json holds."""

    dimension: int
    room: int
    inputs: list[str]
    prompts: dict[Role, str]
    pad_id: int
    sha256: dict[str, str]


class OnnxEmbedder:
    """An exported model (see `qa.embedder.Embedder`); opens in a fifth of a second."""

    def __init__(self, weights: Weights, folder: Path) -> None:
        """Open the twin in `folder` once its files' hashes are checked.

        Raises:
            EmbedderError: a file is missing or altered.
        """
        try:
            twin = TwinSettings(**json.loads((folder / "twin.json").read_text("utf-8")))
            altered = [f for f, sha256 in twin.sha256.items() if file_sha256(folder / f) != sha256]
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise EmbedderError(_damaged(folder)) from error
        if altered or set(twin.sha256) != {"model.onnx", "tokenizer.json"}:
            raise EmbedderError(_damaged(folder))
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # The file was optimised when it was exported; doing it again would only cost time.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        # Threads that wait busily took two thirds of the processor from whoever else asked.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session: Any = onnxruntime.InferenceSession(
                folder / "model.onnx", options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # made by another version of a library, say
            raise EmbedderError(_damaged(folder)) from error
        self._twin = twin
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.weights = weights
        self.dimension = twin.dimension
        self.room = twin.room
        self._cut_at = twin.room + len(self.token_spans(twin.prompts["passage"]))

    def embed(self, texts: Sequence[str], *, role: Role = "passage") -> Vectors:
        """Return one vector a text (see `Embedder.embed`)."""
        prompt = self._twin.prompts[role]
        encoded = [self._token_ids(prompt + well_formed(text)) for text in texts]
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: len(encoded[row]))
        for start in range(0, len(texts), BATCH):
            rows = by_length[start : start + BATCH]
            vectors[rows] = self._run([encoded[row] for row in rows])
        return unit_rows(vectors)

    def _token_ids(self, text: str) -> list[int]:
        """Return a text's token ids, special ones included, cut at the model's limit."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        encoded.truncate(self._cut_at)
        ids: list[int] = self._tokenizer.post_process(encoded).ids
        return ids

    def _run(self, batch: list[list[int]]) -> npt.NDArray[np.float32]:
        width = max(len(ids) for ids in batch)
        ids = np.full((len(batch), width), self._twin.pad_id, dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        vectors: npt.NDArray[np.float32] = self._session.run(
            None, {name: feed[name] for name in self._twin.inputs}
        )[0]
        return vectors

    def token_spans(self, text: str) -> list[Span]:
        """Return where the tokens of a text stand in it (see `Embedder.token_spans`)."""
        encoded = self._tokenizer.encode(well_formed(text), add_special_tokens=False)
        return [Span(*pair) for pair in encoded.offsets]


def _damaged(folder: Path) -> str:
    return f"The light model in {folder} is damaged; delete that folder and ask again."
