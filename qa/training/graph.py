"""The reader's network as an ONNX graph, node by node, and the way back to its weights.

Written by hand because what torch exports keeps attention in pieces: with one fused operator
for it, and layer norms left apart from the sums before them, ONNX Runtime reads a quarter
faster (the figures are in CONTRIBUTING). One window is run at a time, so nothing is masked.
Rounding and optimising are left to `exporting`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["INPUTS", "graph_of", "weights_of"]

INPUTS = ("input_ids", "kinds")
_FUSED = "com.microsoft"  # ONNX Runtime's own operators
_EMBEDDINGS = "encoder.embeddings."


class _Graph:
    """Nodes and weights in the order in which they are added."""

    def __init__(self, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self._weights = weights
        self.nodes: list[Any] = []
        self.held: dict[str, Any] = {}

    def hold(self, name: str, values: npt.NDArray[Any] | None = None) -> str:
        """Keep a constant, by default the network's weights of that name."""
        values = self._weights[name] if values is None else values
        self.held[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def add(self, kind: str, inputs: list[str], out: str, **attributes: Any) -> str:
        """Add an operator and return the name of what comes out."""
        self.nodes.append(helper.make_node(kind, inputs, [out], name=out, **attributes))
        return out

    def linear(self, states: str, name: str, out: str) -> str:
        weights = self.hold(f"{name}.weight", self._weights[f"{name}.weight"].T)
        turned = self.add("MatMul", [states, weights], f"{out}.turned")
        return self.add("Add", [turned, self.hold(f"{name}.bias")], out)

    def norm(self, states: str, name: str, out: str) -> str:
        inputs = [states, self.hold(f"{name}.weight"), self.hold(f"{name}.bias")]
        return self.add("LayerNormalization", inputs, out, axis=-1, epsilon=1e-12)

    def layer(self, states: str, name: str, heads: int) -> str:
        """One transformer layer (Devlin et al. 2019): attention, then two linear maps."""
        parts = [
            self.linear(states, f"{name}.attention.self.{part}", f"{name}.{part}")
            for part in ("query", "key", "value")
        ]
        seen = self.add("MultiHeadAttention", parts, f"{name}.seen", domain=_FUSED, num_heads=heads)
        mixed = self.linear(seen, f"{name}.attention.output.dense", f"{name}.mixed")
        added = self.add("Add", [mixed, states], f"{name}.added")
        middle = self.norm(added, f"{name}.attention.output.LayerNorm", f"{name}.middle")
        wide = self.linear(middle, f"{name}.intermediate.dense", f"{name}.wide")
        active = self.add("Gelu", [wide], f"{name}.active", domain=_FUSED)
        narrow = self.linear(active, f"{name}.output.dense", f"{name}.narrow")
        summed = self.add("Add", [narrow, middle], f"{name}.summed")
        return self.norm(summed, f"{name}.output.LayerNorm", f"{name}.states")


def graph_of(
    weights: Mapping[str, npt.NDArray[np.float32]], *, layers: int, heads: int
) -> onnx.ModelProto:
    """Return `ReaderNetwork` as a graph: `INPUTS` of shape (windows, tokens) to logits.

    Args:
        weights: the network's state, float32.
        layers: of the transformer.
        heads: of attention, in each layer.
    """
    graph = _Graph(weights)
    zero, one = (graph.hold(name, np.array([n])) for name, n in (("zero", 0), ("one", 1)))
    tables = {name: graph.hold(f"{_EMBEDDINGS}{name}_embeddings.weight") for name in _TABLES}
    words = graph.add("Gather", [tables["word"], "input_ids"], "words")
    kinds = graph.add("Gather", [tables["token_type"], "kinds"], "kind")
    width = graph.add("Shape", ["input_ids"], "width", start=1, end=2)
    places = graph.add("Slice", [tables["position"], zero, width], "places")
    placed = graph.add("Add", [graph.add("Add", [words, kinds], "typed"), places], "placed")
    states = graph.norm(placed, f"{_EMBEDDINGS}LayerNorm", "states")
    for number in range(layers):
        states = graph.layer(states, f"encoder.encoder.layer.{number}", heads)
    all_logits = graph.linear(states, "head", "all_logits")
    silence = graph.add("Slice", [all_logits, zero, one, one], "silence")  # [CLS]'s
    graph.add("Sub", [all_logits, silence], "logits")
    shape = ["windows", "tokens"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "reader",
            [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in INPUTS],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*shape, 2])],
            list(graph.held.values()),
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)],
        ir_version=8,
    )
    onnx.checker.check_model(model)
    return model


_TABLES = ("word", "token_type", "position")


def weights_of(model: onnx.ModelProto) -> dict[str, npt.NDArray[np.float32]]:
    """Return the network's state that a graph holds, rounded to 8 bits or not.

    What was rounded comes back as scale times the whole number.
    """
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    weights = {}
    for name, values in held.items():
        base = name.removesuffix("_quantized")
        if not base.endswith((".weight", ".bias")):
            continue
        exact = values.astype(np.float32)
        if base != name:
            exact = (exact - held[f"{base}_zero_point"]) * held[f"{base}_scale"]
        turned = exact.ndim == 2 and "_embeddings." not in base
        weights[base] = np.ascontiguousarray(exact.T if turned else exact, dtype=np.float32)
    return weights
