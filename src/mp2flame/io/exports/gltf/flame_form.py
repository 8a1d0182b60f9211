"""The exact form: FLAME's own expression and pose-corrective directions, and its five joints as a skin.

FLAME regresses its joints from the shaped vertices, so expression moves them a little; glTF's inverse bind
matrices are fixed. With ``j0`` the joints of the resting person and ``j`` those of a frame, a node placed at
``posed - R (j - j0)`` moves every vertex as FLAME does, so the joints' translations are animated too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....base.channels import JOINT_NAMES
from ....base.rotations import axis_angle_to_matrix, matrix_to_quaternion
from ....base.values import FlameParams, FloatArray
from ....flame import FlameModel
from ....flame.model import NEGLIGIBLE_CORRECTIVE
from ....flame.skinning import FLAME_PARENTS
from .document import ARRAY_BUFFER, Array, Document
from .surface import channel, inside, primitive, smooth_signs


def expression_name(index: int) -> str:
    """Name of a morph target of the exact form."""
    return f"expression_{index:03d}"


def add_flame_head(
    document: Document,
    model: FlameModel,
    betas: Any,
    params: FlameParams,
    seconds: Array,
    *,
    normals: bool,
    colors: Array | None,
    name: str,
) -> tuple[list[int], int]:
    """Nodes, mesh, skin and animation of a batch ``(T)``; returns the scene's nodes and the target count."""
    shaped = model.shaped(betas)
    e = params.num_expression
    correctives = _used_correctives(model)
    directions = np.concatenate([model.exprdirs[:, :, :e], model.posedirs[:, :, correctives]], axis=2)
    names = [expression_name(k) for k in range(e)] + [_corrective_name(k) for k in correctives]
    made = primitive(document, model, shaped, directions.transpose(2, 0, 1), normals=normals, colors=colors)
    joints, weights = _influences(model.lbs_weights)
    _skin(document, made["attributes"], joints, weights)
    rest = model.J_regressor.astype(np.float64) @ shaped
    joint_directions = _joint_directions(model, e)
    extras = {
        "targetNames": names,
        "form": "flame",
        "num_expression": e,
        "release": model.release,
        # metres per unit of expression, joint by joint, x, y, z: a script that plays other takes on this
        # head needs them to place the joints (io/exports/blender)
        "joint_directions": np.round(joint_directions, 9).reshape(-1).tolist(),
    }
    mesh = document.add(
        "meshes",
        {"name": name, "primitives": [made], "weights": [0.0] * len(names), "extras": extras},
    )
    bones = _bones(document, rest)
    skin = {
        "name": name,
        "joints": bones,
        "skeleton": bones[0],
        "inverseBindMatrices": document.accessor(_inverse_binds(rest)),
    }
    skin_index = document.add("skins", skin)
    head = document.add("nodes", {"name": name, "mesh": mesh, "skin": skin_index})
    nodes = [head, bones[0]]
    lining = inside(document, model, np.asarray(shaped, np.float32))
    if lining is not None:
        attributes = document.json["meshes"][lining[0]]["primitives"][0]["attributes"]
        _skin(document, attributes, joints[lining[1]], weights[lining[1]])
        nodes.append(document.add("nodes", {"name": f"{name}_inside", "mesh": lining[0], "skin": skin_index}))
    _animate(document, head, bones, params, seconds, rest, joint_directions, correctives)
    return nodes, len(names)


def _skin(document: Document, attributes: dict[str, Any], joints: Array, weights: Array) -> None:
    """Which joints move each vertex, four a pair of attributes: ``joints``, ``weights`` (V, 4 k)."""
    for k in range(joints.shape[1] // 4):
        part = slice(4 * k, 4 * k + 4)
        for name, rows in (("JOINTS", joints), ("WEIGHTS", weights)):
            own = np.ascontiguousarray(rows[:, part])
            attributes[f"{name}_{k}"] = document.accessor(own, target=ARRAY_BUFFER)


def _animate(
    document: Document,
    head: int,
    bones: list[int],
    params: FlameParams,
    seconds: Array,
    rest: Array,
    joint_directions: Array,
    correctives: list[int],
) -> None:
    """The take's motion: weights of node ``head``, rotation and place of the ``bones``."""
    animation: dict[str, Any] = {"name": "take", "samplers": [], "channels": []}
    rotations = axis_angle_to_matrix(params.pose)
    features = (rotations[:, 1:] - np.eye(3)).reshape(len(params), 36)[:, correctives]
    values = np.concatenate([params.expression, features], axis=1).astype(np.float32)
    times = document.accessor(seconds, bounds=True)
    if values.shape[1]:
        channel(document, animation, times, document.accessor(values.reshape(-1)), head, "weights")
    quaternions = smooth_signs(matrix_to_quaternion(rotations))[..., [1, 2, 3, 0]].astype(np.float32)
    places = _translations(joint_directions, rest, params, rotations).astype(np.float32)
    for k, bone in enumerate(bones):
        turned = document.accessor(np.ascontiguousarray(quaternions[:, k]))
        channel(document, animation, times, turned, bone, "rotation")
        moved = document.accessor(np.ascontiguousarray(places[:, k]))
        channel(document, animation, times, moved, bone, "translation")
    document.add("animations", animation)


def _used_correctives(model: FlameModel) -> list[int]:
    """Pose correctives that can move a vertex visibly, as the forward pass decides; the eyes' do not."""
    reach = np.sqrt((model.posedirs.astype(np.float64) ** 2).sum(1)).max(0)
    return [k for k in range(36) if reach[k] * 2 > NEGLIGIBLE_CORRECTIVE]


def _corrective_name(index: int) -> str:
    joint, entry = divmod(index, 9)
    return f"corrective_{JOINT_NAMES[joint + 1]}_{entry // 3}{entry % 3}"


def _influences(lbs_weights: FloatArray) -> tuple[Array, Array]:
    """``(V, 4 or 8)`` joints and weights, strongest first, sums of 1; unused slots name joint 0."""
    weights = np.asarray(lbs_weights, np.float64)
    order = np.argsort(-weights, axis=1, kind="stable")
    sorted_weights = np.take_along_axis(weights, order, 1)
    sorted_weights[sorted_weights < 1e-8] = 0
    slots = 4 if not sorted_weights[:, 4:].any() else 8
    joints, values = np.zeros((len(weights), slots), np.uint8), np.zeros((len(weights), slots))
    joints[:, :5], values[:, :5] = order[:, :slots], sorted_weights[:, :slots]
    values /= values.sum(1, keepdims=True)
    out = values.astype(np.float32)
    out[:, 0] += (1 - out.sum(1, dtype=np.float64)).astype(np.float32)  # what rounding left
    joints[out == 0] = 0
    return joints, out


def _bones(document: Document, rest: FloatArray) -> list[int]:
    """One node a joint, parents before children, at rest."""
    bones = []
    for k, parent in enumerate(FLAME_PARENTS):
        place = rest[k] - (rest[parent] if parent >= 0 else 0)
        bones.append(document.add("nodes", {"name": JOINT_NAMES[k], "translation": place.tolist()}))
    for parent in range(len(bones)):
        children = [bones[k] for k, p in enumerate(FLAME_PARENTS) if p == parent]
        if children:
            document.json["nodes"][bones[parent]]["children"] = children
    return bones


def _inverse_binds(rest: FloatArray) -> Array:
    matrices = np.tile(np.eye(4, dtype=np.float32), (len(rest), 1, 1))
    matrices[:, 3, :3] = -rest  # columns first, as glTF stores them
    return matrices.reshape(len(rest), 16)


def _joint_directions(model: FlameModel, num_expression: int) -> FloatArray:
    """``(5, 3, E)`` how expression moves the joints at rest."""
    used = model.exprdirs[:, :, :num_expression].astype(np.float64)
    return np.asarray(np.tensordot(model.J_regressor.astype(np.float64), used, 1))


def _translations(
    directions: FloatArray, rest: FloatArray, params: FlameParams, rotations: FloatArray
) -> FloatArray:
    """``(T, 5, 3)`` local translation of each joint's node; see the module's text."""
    shift = np.einsum("jcd,td->tjc", directions, params.expression.astype(np.float64))
    # one more place, the last, for the world: the root's parent is -1
    joints = np.pad(rest + shift, ((0, 0), (0, 1), (0, 0)))
    turn = np.tile(np.eye(3), (*joints.shape[:2], 1, 1))
    place, node, local = np.zeros_like(joints), np.zeros_like(joints), np.zeros_like(joints)
    place[:, -1] = params.transl
    for k, parent in enumerate(FLAME_PARENTS):
        turn[:, k] = turn[:, parent] @ rotations[:, k]
        arm = (joints[:, k] - joints[:, parent])[..., None]
        place[:, k] = place[:, parent] + (turn[:, parent] @ arm)[..., 0]
        node[:, k] = place[:, k] - (turn[:, k] @ shift[:, k, :, None])[..., 0]
        apart = (node[:, k] - node[:, parent])[..., None]
        local[:, k] = (turn[:, parent].transpose(0, 2, 1) @ apart)[..., 0]
    return np.asarray(local[:, :-1])
