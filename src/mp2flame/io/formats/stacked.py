"""Trackers and generators that give a dictionary of arrays with a row a frame: DECA, SMIRK, SHeaP, DualTalk.

Sources: DECA ``decalib/deca.py`` (codedict), SMIRK ``src/smirk_encoder.py``, SHeaP ``demo.py``. They keep their results
in memory: the ``.npz`` here are their dictionaries, stacked over frames. A further one is a ``stacked`` in ``FORMATS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...base.safe_npz import Npz
from ...base.values import FloatArray
from ..options import Home
from . import kept
from .base import Array, Format, Motion, Options, Probe
from .build import build
from .files import write_npz
from .rows import apart, npz_rows, rotation_traps, side_by_side, vector, width_of

WEAK_CAMERA = "head position: this tracker's camera is orthographic (scale and shift in the picture)"
ORTHOGRAPHIC = "pose is global rotation, then jaw; the camera is orthographic: no head position, no eyes"
DECA_CARRIES = frozenset({kept.EXPRESSION, kept.JAW, kept.ROTATION, kept.BETAS})
_LIDS = "blinks sit in {}, outside FLAME: a FLAME that does not add them keeps its eyes open"
_STILL_CAMERA = np.array([8.0, 0.0, 0.0], np.float32)


def stacked(
    name: str,
    owner: str,
    carries: frozenset[str],
    poses: tuple[Home, ...],
    summary: str,
    num_expression: int,
    arrays: Mapping[str, str | int | Array],
    needs: tuple[str, ...],
    trap: str,
    lost: tuple[str, ...] = (),
    sniff: Callable[[Probe], bool] | None = None,
) -> Format:
    """A format whose file is one dictionary of arrays.

    Args:
        arrays: name in the file to what it holds: parameters side by side (``"global_orient jaw_pose"``, ``"left_eye"``,
            ``"eyelids"``), the number of identity coefficients, or what is written into every frame and not read.
        needs: without these it is no such file.
        trap: what a reader of it should know.
        lost: what it never holds.
        sniff: where more than ``needs`` tells it from others; the others as in ``Format``.
    """
    held = {key: what for key, what in arrays.items() if isinstance(what, str)}
    expression = next(key for key, what in held.items() if what == "expression")

    def read(path: Path, options: Options) -> Motion:
        params: dict[str, FloatArray] = {}
        beside: dict[str, Any] = {}
        with Npz(path) as npz:
            traps = [trap, *rotation_traps(npz, held)]
            frames = len(npz_rows(npz, expression))
            for key, what in arrays.items():
                if isinstance(what, str) and (key in npz or key in needs):
                    params |= apart(npz_rows(npz, key, width_of(what), frames), what)
                elif isinstance(what, int) and key in npz:
                    beside["betas"] = _first_of(npz.array(key), key, traps)
        if "eyelids" in params:
            beside["eyelids"] = params.pop("eyelids")
        _join_eyes(params)
        return build(params, options, traps=traps, **beside)

    def write(motion: Motion, path: Path, options: Options) -> list[str]:
        found: dict[str, Array] = {}
        for key, what in arrays.items():
            if isinstance(what, str):
                found[key] = side_by_side(motion, what)
            else:
                every = motion.identity(what) if isinstance(what, int) else what
                found[key] = np.repeat(every[None], motion.num_frames, 0)
        write_npz(path, found)
        return [*lost, *([] if kept.EYES in carries else no_eyes(motion))]

    return Format(
        name, owner, (".npz",), carries, poses, summary,
        sniff or (lambda probe: {*needs} <= probe.shapes().keys()), read, write, num_expression,
    )  # fmt: skip


def _join_eyes(params: dict[str, FloatArray]) -> None:
    zero = np.zeros((len(params["expression"]), 3), np.float32)
    eyes = [params.pop(eye, zero) for eye in ("left_eye", "right_eye")]
    params.setdefault("eye_pose", np.concatenate(eyes, axis=1))


def _first_of(value: Array, key: str, traps: list[str]) -> FloatArray:
    flat = value.reshape(-1, value.shape[-1]) if value.ndim else value
    betas = vector(value, key)
    if np.abs(flat - flat[:1]).max(initial=0) > 1e-4:
        traps.append(f"{key} changes from frame to frame (the tracker guesses it anew); the first is taken")
    return betas


def no_eyes(motion: Motion) -> list[str]:
    """What a format without eyes loses."""
    return ["eye rotation"] if np.any(motion.recording.eye_pose) else []


def _is_dualtalk(probe: Probe) -> bool:
    shapes = probe.shapes()
    return {"exp", "pose"} <= shapes.keys() and shapes["pose"][-1:] == (6,) and "eye_pose" not in shapes


def _is_deca(probe: Probe) -> bool:
    shapes = probe.shapes()
    more = {"cam", "tex", "light", "detail"} & shapes.keys()
    return _is_dualtalk(probe) and bool(more) and shapes.get("cam", (3,))[-1:] == (3,)


FORMATS = (
    stacked(
        "smirk", "georgeretsi/smirk", DECA_CARRIES | {kept.EYELIDS}, ("root",), "its output dictionary, stacked, as npz", 50,
        {
            "pose_params": "global_orient", "cam": _STILL_CAMERA, "shape_params": 300, "expression_params": "expression",
            "eyelid_params": "eyelids", "jaw_params": "jaw_pose",
        },
        ("expression_params", "pose_params"), _LIDS.format("eyelid_params"), (WEAK_CAMERA,),
    ),
    stacked(
        "sheap", "nlml/sheap", kept.PARAMS | {kept.BETAS, kept.EYELIDS}, ("root", "neck"),
        "its output dictionary, stacked, as npz", 100,
        {
            "shape_from_facenet": 300, "expr": "expression", "torso_pose": "global_orient", "neck_pose": "neck_pose",
            "jaw_pose": "jaw_pose", "eye_l_pose": "left_eye", "eye_r_pose": "right_eye", "eyelids": "eyelids",
            "cam_trans": "transl",
        },
        ("expr", "torso_pose"), _LIDS.format("eyelids"),
    ),
    stacked(
        "deca", "yfeng95/DECA", DECA_CARRIES, ("root",), "its codedict, stacked, as npz", 50,
        {
            "shape": 100, "tex": np.zeros(50, np.float32), "exp": "expression", "pose": "global_orient jaw_pose",
            "cam": _STILL_CAMERA, "light": np.zeros((9, 3), np.float32),
        },
        ("exp", "pose"), ORTHOGRAPHIC, (WEAK_CAMERA,), _is_deca,
    ),
    stacked(
        "dualtalk", "ZiqiaoPeng/DualTalk", DECA_CARRIES - {kept.BETAS}, ("neck",), "npz with exp (T,50) and pose (T,6)", 50,
        {"exp": "expression", "pose": "neck_pose jaw_pose"}, ("exp", "pose"),
        "pose is neck, then jaw (DECA's, of the same shape, is global, then jaw)", ("head position",), _is_dualtalk,
    ),
)  # fmt: skip
