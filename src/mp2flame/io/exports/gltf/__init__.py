"""GLB files of a take, for Blender, three.js, Unity and every other reader of glTF 2.0: ``write_glb``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ....base.errors import InputError, MismatchError
from ....base.values import FlameParams
from ....base.write import atomic_write
from ....flame.scenery import bend_neck
from ....rig.rig import Rig, solve_rig
from .document import MAX_BYTES, Array, Document
from .flame_form import expression_name
from .surface import keep_times

if TYPE_CHECKING:
    from ....flame import FlameModel
    from ....take.take import Take

__all__ = ["GlbInfo", "expression_name", "with_head", "write_glb"]

Form = Literal["arkit", "flame"]
HeadMotion = Literal["full", "turn", "neck", "none"]


@dataclass(frozen=True)
class GlbInfo:
    """What was written.

    Attributes:
        num_frames: key frames; frames at the same time count once.
        num_targets: morph targets.
        num_bytes: size of the file.
        seconds: length of the animation.
    """

    num_frames: int
    num_targets: int
    num_bytes: int
    seconds: float


def write_glb(
    path: str | os.PathLike[str],
    recording: Take,
    model: FlameModel,
    *,
    form: Form = "arkit",
    betas: Any = None,
    colors: Array | None = None,
    normals: bool = True,
    head: HeadMotion = "full",
    rig: Rig | None = None,
    tongue_out: Array | None = None,
    name: str = "head",
) -> GlbInfo:
    """A take as a binary glTF file: metres, y up, the face towards +z, times from the take's own clock.

    Args:
        path: the ``.glb`` to write, complete or not at all.
        recording: the take; ``arkit_weights`` are used for form ``arkit``, parameters for form ``flame``.
        model: the head.
        form: ``arkit``: 52 morph targets with ARKit's names; ``flame``: expression and pose-corrective
            targets with a five-bone skin, equal to the forward pass at every frame.
        betas: ``(I,)`` identity; None: the recording's, else the mean head.
        colors: ``(V, 3)`` sRGB of the vertices (``colors.colors_for``); None: one skin colour.
        normals: morph the normals too; False halves the file and leaves light as on the resting face.
        head: ``full`` keeps rotation and position, ``turn`` only the rotation, ``none`` keeps the head still;
            ``neck``: the rotation at the neck, the shoulders stay (form ``flame`` only, the other has no bones).
        rig: for form ``arkit``, when it is already solved.
        tongue_out: ``(V, 3)`` metres, the target ``tongueOut`` of form ``arkit``; None: it moves nothing.
        name: of the mesh and its node.

    Raises:
        InputError: no frames, no weights for form ``arkit``, an option that cannot be used.
        MismatchError: the take has another number of coefficients than the head.
        OutputError: it cannot be written.
    """
    _check(form, head, recording, model)
    seconds, frames = keep_times(recording.timestamp_ms)
    params = with_head(recording.params[frames], head)
    if betas is None:
        betas = recording.meta.get("betas")
    document = Document()
    options: dict[str, Any] = {"normals": normals, "colors": colors, "name": name}
    if form == "flame":
        from .flame_form import add_flame_head

        nodes, targets = add_flame_head(document, model, betas, params, seconds, **options)
    else:
        from .arkit_form import add_arkit_head

        weights = recording.arkit_weights[frames]
        rig = solve_rig(model) if rig is None else rig
        nodes, targets = add_arkit_head(
            document, model, betas, rig, weights, params, seconds, tongue_out=tongue_out,
            tongue=None if recording.tongue_out is None else recording.tongue_out[frames], **options,
        )  # fmt: skip
    document.json["scene"] = document.add("scenes", {"nodes": nodes})
    return _write(Path(path), document, GlbInfo(len(frames), targets, 0, float(seconds[-1])))


def _check(form: str, head: str, recording: Take, model: FlameModel) -> None:
    if form not in ("arkit", "flame"):
        raise InputError(f'form must be "arkit" or "flame", got {form!r}.')
    if form == "arkit" and head == "neck":
        raise InputError(
            'form "arkit" turns the head as one piece and has no neck to bend; write form "flame" for head '
            '"neck", or head "turn".'
        )
    if not recording.num_frames:
        raise InputError("this take has no frames; there is nothing to write.")
    if form == "flame" and recording.num_expression > model.num_expression:
        raise MismatchError(
            f"the take has {recording.num_expression} expression coefficients, this head has "
            f"{model.num_expression}. Use the FLAME file it was made with."
        )
    if form == "arkit" and not np.any(recording.arkit_weights) and np.any(recording.expression):
        raise InputError(
            "this take holds no ARKit weights; solve them first (mp2flame.rig.inverse.Inverse, or "
            "'mp2flame export --to-arkit'), or write form='flame'."
        )


def with_head(params: FlameParams, head: HeadMotion) -> FlameParams:
    """Parameters with the head's motion kept: ``full``, only its ``turn``, that at the ``neck``, or ``none``."""
    if head not in ("full", "turn", "neck", "none"):
        raise InputError(f'head must be "full", "turn", "neck" or "none", got {head!r}.')
    zero = np.zeros_like(params.transl)
    if head == "full":
        return params
    if head == "turn":
        return params.replace(transl=zero)
    if head == "neck":
        return bend_neck(params.replace(transl=zero))
    return params.replace(transl=zero, global_orient=zero, neck_pose=zero)


def _write(path: Path, document: Document, info: GlbInfo) -> GlbInfo:
    chunks = document.chunks()
    size = sum(len(chunk) for chunk in chunks)
    if size > MAX_BYTES:
        raise InputError("this take is longer than a GLB file can hold (4 GiB); write it in parts.")
    with atomic_write(path) as file:
        file.writelines(chunks)
    return GlbInfo(info.num_frames, info.num_targets, size, info.seconds)
