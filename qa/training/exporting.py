"""The trained network into the one file that is shipped: ONNX, most weights in 8 bits.

Weights are rounded per channel and activations while running ("dynamic" quantisation); the
unrounded file can be kept beside it to measure what that costs. What the confidence is made
of is left to `calibration`.
"""

from pathlib import Path

import onnx
import torch

from qa.training.graph import graph_of, weights_of
from qa.training.network import ReaderNetwork

__all__ = ["export", "restore"]

_EXACT = [f"encoder.encoder.layer.{layer}.narrow.turned" for layer in (0, 1, 2)]
"""What is not rounded: the lowest layers' second maps, whose inputs have single huge values
(Dettmers et al. 2022, LLM.int8(), section 3). The first two, 3.5 MB, take a third of all error
away; the third, 1.8 MB, a quarter of what was left (0.61 to 0.47 points of F1 on XQuAD)."""


def export(network: ReaderNetwork, file: Path, *, plain: Path | None = None) -> None:
    """Write a network as `file`, and unrounded as `plain` if that is wanted too."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    written = file.with_suffix(".written.onnx")
    rounded = file.with_suffix(".rounded.onnx")
    state = {name: tensor.float().numpy() for name, tensor in network.state_dict().items()}
    shape = network.encoder.config
    onnx.save(
        graph_of(state, layers=shape.num_hidden_layers, heads=shape.num_attention_heads), written
    )
    quantize_dynamic(
        written,
        rounded,
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=_EXACT,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},  # beyond its own operators
    )
    for source, target in ((rounded, file), (written, plain)):
        if target is not None:
            _optimise(source, target)
        source.unlink()


def _optimise(source: Path, target: Path) -> None:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # "Extended" leaves out what would tie the file to this machine's processor.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        source,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # six times as slow as sum, then norm
    )


def restore(network: ReaderNetwork, file: Path) -> None:
    """Give a network the weights of an exported file, rounded as they are."""
    weights = weights_of(onnx.load(file))
    network.load_state_dict({name: torch.from_numpy(values) for name, values in weights.items()})
