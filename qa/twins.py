"""Light twins: exported with torch once, checked against the reference, and kept.

They stand in the user's cache folder under the SHA-256 of the model's weights:

    <cache>/twins/<sha256>-<format>/   twin.json  model.onnx  tokenizer.json

Exporting takes seconds and happens while building or at the first question ever. Embedding
with a twin is left to `onnx`.
"""

import contextlib
import json
import logging
import secrets
import shutil
import threading
import warnings
from dataclasses import asdict
from pathlib import Path

import numpy as np

from qa.embedder import Embedder, SentenceTransformersEmbedder
from qa.errors import EmbedderError, QAWarning
from qa.onnx import OnnxEmbedder, TwinSettings
from qa.weights import Weights, cache_folder, file_sha256, find_weights

__all__ = ["export_twin", "open_embedder"]

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
_ALL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def _twin_folder(weights_sha256: str) -> Path:
    return cache_folder() / "twins" / f"{weights_sha256}-{TWIN_FORMAT}"


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
    twin = TwinSettings(
        dimension=reference.dimension,
        room=reference.room,
        inputs=inputs,
        prompts=reference.prompts,
        pad_id=tokenizer.pad_token_id or 0,
        sha256={f: file_sha256(folder / f) for f in ("model.onnx", "tokenizer.json")},
    )
    (folder / "twin.json").write_text(json.dumps(asdict(twin), indent=1), "utf-8")
