"""The trained network into the one file that is shipped: ONNX, 8-bit weights, its SHA-256.

Weights are rounded per channel and activations while running ("dynamic" quantisation); the
unrounded file can be kept beside it to measure what that costs. What the confidence is made
of is left to `calibration`.
"""

import warnings
from pathlib import Path

import torch

from qa.training.network import ReaderNetwork

__all__ = ["export"]

_NAMES = ("input_ids", "kinds", "attention_mask")


def export(network: ReaderNetwork, file: Path, *, plain: Path | None = None) -> None:
    """Write a network as `file`, and unrounded as `plain` if that is wanted too."""
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    traced = file.with_suffix(".traced.onnx")
    rounded = file.with_suffix(".rounded.onnx")
    ids = torch.tensor([[101, 7, 102, 8, 9, 102], [101, 7, 102, 8, 102, 0]])
    kinds = torch.tensor([[0, 0, 0, 1, 2, 1], [0, 0, 0, 1, 1, 0]])
    mask = (ids != 0).long()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's, about its own age and its tracing
        torch.onnx.export(
            network.float().eval(),
            (ids, kinds, mask),
            str(traced),
            dynamo=False,  # as for the embedder's twin, see qa.onnx
            input_names=list(_NAMES),
            output_names=["logits"],
            dynamic_axes={name: {0: "windows", 1: "tokens"} for name in (*_NAMES, "logits")},
            opset_version=17,
        )
    quantize_dynamic(traced, rounded, per_channel=True, weight_type=QuantType.QInt8)
    for source, target in ((rounded, file), (traced, plain)):
        if target is None:
            continue
        options = onnxruntime.SessionOptions()
        # "Extended" leaves out what would tie the file to this machine's processor.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = str(target)
        options.log_severity_level = 3
        onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    traced.unlink()
    rounded.unlink()
