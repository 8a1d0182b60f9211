"""A traced module as an ONNX model, its rounds (``torch.loops``) written out or as ``Loop`` operators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from ...base.optional import need

_PLACE = "Rounds"


@dataclass
class Tracer:
    """Writes modules down.

    Attributes:
        folder: for scratch files.
        opset: of ONNX.
        loops: rounds as ``Loop``; False: written out.
    """

    folder: Path
    opset: int
    loops: bool
    _numbers: Iterator[int] = field(default_factory=count)

    def model(self, module: Any, inputs: Sequence[Any], given: Sequence[str], out: Sequence[str]) -> Any:
        """The ONNX model of a module.

        Args:
            module: of ``mp2flame.torch``.
            inputs: an example of each.
            given, out: names of inputs and outputs.
        """
        torch, onnx = need("torch", "onnx", purpose="writing ONNX files")
        from ...torch.loops import Body, collected

        bodies: list[Body] = []
        path = self.folder / "traced.onnx"
        with torch.no_grad(), collected(bodies if self.loops else None):
            torch.onnx.export(
                module, tuple(inputs), str(path), dynamo=False, opset_version=self.opset, do_constant_folding=False,
                input_names=list(given), output_names=list(out),
            )  # fmt: skip
        model = onnx.load(str(path))
        for k, node in enumerate(model.graph.node):
            if node.op_type == _PLACE:
                most, loop = self._loop(onnx, node, bodies[node.attribute[0].i])
                model.graph.initializer.append(most)
                model.graph.node[k].CopyFrom(loop)
        return model

    def _loop(self, onnx: Any, node: Any, body: Any) -> Any:
        """A place holder as ``Loop``: its body reads what is fixed from the graph around it."""
        from ...torch.loops import Once

        prefix, size = f"round{next(self._numbers)}.", len(body.state)
        given = [f"in{i}" for i in range(size + len(body.fixed))]
        out = ["goes_on", *(f"out{i}" for i in range(size))]
        inner = self.model(Once(body).eval(), [*body.state, *body.fixed], given, out).graph
        state = {value.name: value for value in inner.input}
        inputs = [
            onnx.helper.make_tensor_value_info("count", onnx.TensorProto.INT64, []),
            onnx.helper.make_tensor_value_info("go", onnx.TensorProto.BOOL, []),
            *(state[name] for name in given[:size]),
        ]
        graph = onnx.helper.make_graph(inner.node, prefix + "body", inputs, inner.output, inner.initializer)
        _rename(graph, dict(zip(given[size:], node.input[1 + size :])), prefix)
        name = prefix + "most"
        most = onnx.numpy_helper.from_array(np.array(body.rounds, np.int64), name)
        inputs = [name, *node.input[: 1 + size]]
        return most, onnx.helper.make_node("Loop", inputs, node.output, name=prefix + "loop", body=graph)


def _rename(graph: Any, outside: dict[str, str], prefix: str) -> None:
    """A prefix before every name of a graph, but for those that the graph around it has."""

    def new(name: str) -> str:
        return outside.get(name, prefix + name) if name else name

    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = new(value.name)
    for node in graph.node:
        node.name = new(node.name)
        node.input[:] = [new(name) for name in node.input]
        node.output[:] = [new(name) for name in node.output]
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _rename(attribute.g, outside, prefix)
