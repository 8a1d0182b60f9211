"""The whole driver as one ONNX file: scores and landmarks in, ARKit weights and FLAME parameters out (docs/onnx.md).

Written from ``mp2flame.torch``, so that there is no third estimator; brought down to plain operators that every runtime of
opset 15 has: no loop, no branch, no decomposition, 32-bit floats, one face a call.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.channels import BLENDSHAPES
from ...base.errors import OutputError
from ...base.optional import need
from ...base.values import FloatArray
from ...base.version import __version__
from ...base.write import atomic_write, check_target, scratch
from .onnx_loops import Tracer

if TYPE_CHECKING:
    from ...flame.model import FlameForward
    from ...response.response import Response
    from ...rig.rig import Rig

FORMAT = "mp2flame.onnx_driver/1"
OPSET = 15
"""The newest that Unity's runtime has read since its first version; onnxruntime reads it in all of them."""

INPUTS = ("scores", "landmarks", "image_size", "neutral", "previous_weights", "seconds")
_SAYS = {
    "scores": "MediaPipe's 52 blendshape scores in its own order (weight_names), 0..1",
    "landmarks": "MediaPipe's 478 face landmarks, normalised image coordinates: x right, y down, z with the scale of x",
    "image_size": "height, width of the picture in pixels",
    "neutral": "the person's resting face: zeros when it is not known, else the output resting of a frame at rest, or the "
    "mean of several",
    "previous_weights": "the output weights of the frame before; zeros for the first",
    "seconds": "since the frame before; 0 for the first, after a lost face, and for frames that are not in order",
    "weights": "ARKit weights in the order of weight_names, 0..1; left and right are the subject's",
    "expression": "FLAME expression coefficients of this head",
    "jaw_pose": "rotation of the jaw joint, axis-angle radians",
    "eye_pose": "rotation of the left, then of the right eye, axis-angle radians",
    "global_orient": "rotation of the head, axis-angle radians; x to the subject's left, y up, z out of the face (OpenGL)",
    "transl": "place of the head in metres before an OpenGL camera at the origin with 63 degrees vertical field of view",
    "resting": "this frame as a resting face, for the input neutral",
}
_TOLERANCE = 1e-4


@dataclass(frozen=True)
class OnnxInfo:
    """What was written: operators, bytes, largest difference of the file's own check."""

    num_nodes: int
    num_bytes: int
    difference: float


def write_onnx(
    path: Path,
    response: Response,
    rig: Rig,
    forward: FlameForward,
    *,
    head: dict[str, Any] | None = None,
    loops: bool = False,
    overwrite: bool = False,
) -> OnnxInfo:
    """Write the driver of one head, and run it once to see that it gives what it should.

    Args:
        path: the ``.onnx`` to write.
        response, rig, forward: of this head (``driver.estimator``, ``driver.rig``, ``driver.mesh_model.prepare()``).
        head: what the metadata says about it (``driver.describe()``).
        loops: rounds as ``Loop`` operators, which stop when nothing changes any more; False: written out.
        overwrite: replace what is there.

    Raises:
        MissingDependencyError: PyTorch, onnx or onnxruntime is not installed.
        InputError, OutputError: the file exists, cannot be written, or does not give what the driver gives.
    """
    torch, onnx, runtime = need("torch", "onnx", "onnxruntime", purpose="writing ONNX files")
    from ...torch.engine import Driven, Engine, example

    target = check_target(path, overwrite)
    engine = Engine(response, rig, forward).eval()
    inputs = example(engine)
    with scratch(target.with_suffix(".parts"), folder=True) as folder:
        raw, plain = folder / "raw.onnx", folder / "plain.onnx"
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the exporter, about itself
            expected = engine(*inputs)
            model = Tracer(folder, OPSET, loops).model(engine, inputs, INPUTS, Driven._fields)
        onnx.save(model, str(raw))
        options = runtime.SessionOptions()
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(plain)
        options.log_severity_level = 3
        runtime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
        model = onnx.load(str(plain))
    _describe(onnx, model, head or {})
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    difference = _checked(runtime, content, [x.numpy() for x in inputs], [x.numpy() for x in expected])
    with atomic_write(target, overwrite) as file:
        file.write(content)
    return OnnxInfo(len(model.graph.node), len(content), difference)


def _describe(onnx: Any, model: Any, head: dict[str, Any]) -> None:
    """Metadata, and nothing in the header that a plain runtime would ask for."""
    domains = {node.domain for node in model.graph.node}
    keep = [entry for entry in model.opset_import if entry.domain in domains]
    del model.opset_import[:]
    model.opset_import.extend(keep)
    model.producer_name, model.producer_version = "mp2flame", __version__
    shapes = {}
    for value in (*model.graph.input, *model.graph.output):
        value.doc_string = _SAYS[value.name]
        shapes[value.name] = [int(d.dim_value) for d in value.type.tensor_type.shape.dim]
    told = {
        "format": FORMAT,
        "version": __version__,
        "head": json.dumps(head),
        "weight_names": json.dumps(BLENDSHAPES),
        "inputs": json.dumps({n: {"shape": shapes[n], "is": _SAYS[n]} for n in INPUTS}),
        "outputs": json.dumps({n: {"shape": shapes[n], "is": _SAYS[n]} for n in shapes if n not in INPUTS}),
        "licence": "mp2flame is Apache-2.0. The rig in this file was solved from the named FLAME file, whose licence holds for it.",
    }
    onnx.helper.set_model_props(model, told)
    model.doc_string = (
        "Scores and landmarks of MediaPipe to ARKit weights and FLAME parameters, one face a call."
    )


def _checked(runtime: Any, content: bytes, inputs: list[FloatArray], expected: list[FloatArray]) -> float:
    """Largest difference of the outputs from what they should be.

    Raises:
        OutputError: too large.
    """
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    got = session.run(None, dict(zip(INPUTS, inputs, strict=True)))
    worst = max(float(np.abs(a - b).max()) for a, b in zip(got, expected, strict=True))
    if not worst < _TOLERANCE:
        raise OutputError(
            f"the ONNX file does not give what the driver gives (off by {worst:.1e}); it was not written. Try other "
            "versions of torch, onnx and onnxruntime; torch 2.13, onnx 1.23 and onnxruntime 1.32 are known to work."
        )
    return worst
