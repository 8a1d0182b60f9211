"""The ARKit form: one morph target for each of ARKit's 52 shapes, weights animated, head as one node.

A target holds what the shape at weight 1 does to the vertices through the real forward pass, jaw and eyeballs
turned. Targets add up in straight lines where joints turn, so faces between 0 and 1 are near FLAME's, not
equal; docs/export.md says how near.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....base.channels import ARKIT, INDEX
from ....base.rotations import axis_angle_to_matrix, matrix_to_quaternion
from ....base.values import FlameParams, FloatArray
from ....flame import FlameModel
from ....rig.rig import Rig
from .document import Array, Document
from .surface import channel, inside, primitive, smooth_signs


def add_arkit_head(
    document: Document,
    model: FlameModel,
    betas: Any,
    rig: Rig,
    weights: FloatArray,
    params: FlameParams,
    seconds: Array,
    *,
    normals: bool,
    colors: Array | None,
    tongue_out: Array | None,
    tongue: Array | None,
    name: str,
) -> tuple[list[int], int]:
    """Node, mesh and animation of ``weights`` ``(T, 52)``, MediaPipe order, and ``tongue`` ``(T)``; scene nodes, targets."""
    shapes = [INDEX.get(shape, 0) for shape in ARKIT]  # row 0, _neutral, moves nothing: tongueOut's place
    targets = shape_targets(model, betas, rig)[shapes]
    if tongue_out is not None:
        targets[ARKIT.index("tongueOut")] = tongue_out
    made = primitive(document, model, model.shaped(betas), targets, normals=normals, colors=colors)
    mesh = document.add(
        "meshes",
        {
            "name": name,
            "primitives": [made],
            "weights": [0.0] * len(ARKIT),
            "extras": {"targetNames": list(ARKIT), "form": "arkit", "release": model.release},
        },
    )
    head = document.add("nodes", {"name": name, "mesh": mesh})
    lining = inside(document, model, np.asarray(model.shaped(betas), np.float32))
    if lining is not None:
        child = document.add("nodes", {"name": f"{name}_inside", "mesh": lining[0]})
        document.json["nodes"][head]["children"] = [child]
    animation: dict[str, Any] = {"name": "take", "samplers": [], "channels": []}
    times = document.accessor(seconds, bounds=True)
    values = np.asarray(weights, np.float32)[:, shapes]
    values[:, [k for k, shape in enumerate(shapes) if shape == 0]] = 0
    if tongue is not None:
        values[:, ARKIT.index("tongueOut")] = tongue
    channel(document, animation, times, document.accessor(values.reshape(-1)), head, "weights")
    rotation, place = head_motion(model, betas, params)
    quaternions = smooth_signs(matrix_to_quaternion(rotation))[:, [1, 2, 3, 0]]
    turned = document.accessor(np.ascontiguousarray(quaternions, np.float32))
    channel(document, animation, times, turned, head, "rotation")
    moved = document.accessor(np.ascontiguousarray(place, np.float32))
    channel(document, animation, times, moved, head, "translation")
    document.add("animations", animation)
    return [head], len(ARKIT)


def shape_targets(model: FlameModel, betas: Any, rig: Rig) -> FloatArray:
    """``(52, V, 3)`` metres: what each shape at weight 1 does to this person's vertices, MediaPipe order."""
    pose = np.zeros((len(rig.jaw_pose), 5, 3), np.float32)
    pose[:, 2], pose[:, 3], pose[:, 4] = rig.jaw_pose, rig.eye_pose[:, :3], rig.eye_pose[:, 3:]
    forward = model.prepare(betas, rig.num_expression)
    rest = forward(np.zeros(rig.num_expression))
    return np.asarray(forward(rig.expression, pose) - rest)


def head_motion(model: FlameModel, betas: Any, params: FlameParams) -> tuple[FloatArray, FloatArray]:
    """Rotation ``(T, 3, 3)`` and translation ``(T, 3)`` of the head (root, then neck) about the origin."""
    joints = model.J_regressor.astype(np.float64) @ model.shaped(betas)
    root = axis_angle_to_matrix(params.global_orient)
    whole = root @ axis_angle_to_matrix(params.neck_pose)
    neck = joints[0] + root @ (joints[1] - joints[0]) + params.transl
    return whole, neck - whole @ joints[1]
