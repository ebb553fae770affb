"""The light twin: the same vectors from ONNX Runtime and `tokenizers`, without torch.

It is exported with torch once, checked against the reference, and kept in the user's cache
folder under the SHA-256 of the model's weights:

    <cache>/twins/<sha256>-<format>/   twin.json  model.onnx  tokenizer.json

Exporting takes seconds and happens while building or at the first question ever; from then
on asking loads neither torch nor the model's own files.
"""

import contextlib
import json
import logging
import secrets
import shutil
import threading
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.embedder import BATCH, Embedder, Role, SentenceTransformersEmbedder, unit_rows
from qa.engines import Vectors
from qa.errors import EmbedderError, QAWarning
from qa.types import Span, well_formed
from qa.weights import Weights, cache_folder, file_sha256, find_weights

__all__ = ["OnnxEmbedder", "export_twin", "open_embedder"]

_log = logging.getLogger("qa")

TWIN_FORMAT = 1
TOLERANCE = 1e-4
"""How far a component of a twin's vector may be from the reference's."""

_PROBES = (
    "What does the agreement cover?",
    "a",
    "",
    "Prices rose 3.5% to $1,200 in S\u00e3o Paulo; \u4ea4\u6e09 \u2014 \U0001f600 \u0645.",
    "The two sides met again on Monday to talk about trade, security and energy. " * 30,
)


@dataclass(frozen=True, slots=True)
class _Twin:
    """What twin.json holds."""

    dimension: int
    room: int
    inputs: list[str]
    prompts: dict[Role, str]
    pad_id: int
    sha256: dict[str, str]


def _twin_folder(weights_sha256: str) -> Path:
    return cache_folder() / "twins" / f"{weights_sha256}-{TWIN_FORMAT}"


class OnnxEmbedder:
    """An exported model (see `qa.embedder.Embedder`); opens in a fifth of a second."""

    def __init__(self, weights: Weights, folder: Path) -> None:
        """Open the twin in `folder` once its files' hashes are checked.

        Raises:
            EmbedderError: a file is missing or altered.
        """
        try:
            twin = _Twin(**json.loads((folder / "twin.json").read_text("utf-8")))
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


_opening = threading.Lock()


def open_embedder(weights: Weights, *, reference: Embedder | None = None) -> Embedder:
    """Open a model for asking: its light twin, exported now if there is none yet.

    Args:
        weights: the model; only its SHA-256 is used when the twin exists.
        reference: the model as loaded already, if it is.

    Returns:
        The twin, or, with one warning, the reference when the model cannot be exported.

    Raises:
        EmbedderError: the model is gone, or is not the one that `weights` means.
    """
    folder = _twin_folder(weights.sha256)
    with _opening:
        if _is_there(folder):
            twin = OnnxEmbedder(weights, folder)
            # Only a name stands for the weights of a model from a hub: they may have changed.
            same = weights.folder or reference is None or _distance(reference, twin) <= TOLERANCE
            if same:
                return twin
            shutil.rmtree(folder)
        _log.info("Preparing the light model of %s, once; this takes some seconds.", weights.name)
        if not isinstance(reference, SentenceTransformersEmbedder):
            found = find_weights(weights.name)
            if found.sha256 != weights.sha256:
                raise EmbedderError(
                    f"The index was built with other weights than {weights.name} has now; "
                    "build it again with: qa build FILES --folder FOLDER"
                )
            reference = SentenceTransformersEmbedder(found)
        try:
            export_twin(reference, folder)
        except EmbedderError as error:
            warnings.warn(str(error), QAWarning, stacklevel=2)
            return reference
        return OnnxEmbedder(weights, folder)


def _is_there(folder: Path) -> bool:
    try:
        return (folder / "twin.json").is_file()
    except OSError as error:
        raise EmbedderError(
            f"The light model in {folder} cannot be read ({error.strerror}); "
            "name another folder in the variable QA_CACHE."
        ) from error


def export_twin(reference: SentenceTransformersEmbedder, folder: Path) -> None:
    """Export a loaded model into `folder`, whole or not at all, once its vectors are checked.

    Raises:
        EmbedderError: the model cannot be exported, or its twin gives other vectors.
    """
    name = reference.weights.name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = folder.parent / f"export-{secrets.token_hex(4)}"
        beside.mkdir()
    except OSError as error:
        raise EmbedderError(
            f"The light model cannot be kept in {folder.parent} ({error.strerror}); asking will be "
            "slow until the variable QA_CACHE names a folder that can be written."
        ) from error
    try:
        try:
            _export_files(reference, beside)
            apart = _distance(reference, OnnxEmbedder(reference.weights, beside))
        except Exception as error:  # whatever exporter and runtime make of an unusual model
            reason = f"{type(error).__name__}: {error}".split("\n")[0][:120]
            raise EmbedderError(
                f"The model {name} cannot be exported to ONNX ({reason}); "
                "it is used through sentence-transformers, which starts more slowly."
            ) from error
        if not apart <= TOLERANCE:
            raise EmbedderError(
                f"The exported model {name} gives other vectors (by {apart:.1e}); "
                "it is used through sentence-transformers, which starts more slowly."
            )
        if not (folder / "twin.json").is_file():
            shutil.rmtree(folder, ignore_errors=True)  # half of a twin is none
        # Another process may have been faster; then its twin stands.
        with contextlib.suppress(OSError):
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _distance(reference: Embedder, twin: Embedder) -> float:
    """Return how far apart the two are at most in any component, over a few telling texts."""
    return max(
        float(np.abs(reference.embed(_PROBES, role=role) - twin.embed(_PROBES, role=role)).max())
        for role in ("passage", "question")
    )


def _export_files(reference: SentenceTransformersEmbedder, folder: Path) -> None:
    import onnxruntime
    import torch

    model = reference.model
    tokenizer = model.tokenizer
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    inputs = [name for name in tokenizer.model_input_names if name in _ALL_INPUTS]

    class Sentence(torch.nn.Module):
        """The whole model, pooling included, from token ids to one vector a text."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
            features = dict(zip(inputs, tensors, strict=True))
            vectors: torch.Tensor = self.model(features)["sentence_embedding"]
            return vectors

    device = model.device
    ids = torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, 0, 0]], device=device)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], device=device)
    example = {"input_ids": ids, "attention_mask": mask, "token_type_ids": torch.zeros_like(ids)}
    plain = folder / "plain.onnx"
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's, about its own age and its tracing
        torch.onnx.export(
            Sentence().eval(),
            tuple(example[name] for name in inputs),
            str(plain),
            dynamo=False,  # the newer exporter gave a graph ONNX Runtime refused (torch 2.13)
            input_names=inputs,
            output_names=["vectors"],
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in inputs}
            | {"vectors": {0: "texts"}},
            opset_version=17,
        )
    options = onnxruntime.SessionOptions()
    # "Extended" leaves out what would tie the file to this machine's processor.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / "model.onnx")
    options.log_severity_level = 3
    onnxruntime.InferenceSession(plain, options, providers=["CPUExecutionProvider"])
    plain.unlink()
    twin = _Twin(
        dimension=reference.dimension,
        room=reference.room,
        inputs=inputs,
        prompts=reference.prompts,
        pad_id=tokenizer.pad_token_id or 0,
        sha256={f: file_sha256(folder / f) for f in ("model.onnx", "tokenizer.json")},
    )
    (folder / "twin.json").write_text(json.dumps(asdict(twin), indent=1), "utf-8")


_ALL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
