"""LAM's ``flame_params.json``: the motion of an avatar shown in the browser (``h5_render_data``).

One object of lists with a row a frame: ``expr`` 100, ``rotation`` 3 (root), ``neck_pose`` 3, ``jaw_pose`` 3, ``eyes_pose``
6 = left, right; axis-angle, radians. Read by gaussian-splat-renderer-for-lam (``src/render.ts`` ``loadFlameModel``,
``src/Viewer.js`` ``updateFlameBones``), which plays 30 frames a second whatever the take's rate was and keeps the head
at its place; LAM's ``app_lam.py`` takes the file from the motion folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from .base import Format, Motion, Options, Probe
from .build import build
from .files import read_json, write_file
from .flame_keys import CARRIES, NAMES, WIDTHS, arrays_of
from .rows import json_rows, vector

NAME = "flame_params.json"
PLAYED_FPS = 30.0


def _sniff(probe: Probe) -> bool:
    """An object of lists, one of which is ``expr``; a long first list may hide the others from the head."""
    if probe.is_dir or not any(f'"{key}"' in probe.text for key in NAMES):
        return False
    content = probe.json()
    return (
        isinstance(content, dict) and isinstance(content.get("expr"), list) and bool(WIDTHS.keys() & content)
    )


def _read(path: Path, options: Options) -> Motion:
    content = read_json(path)
    if not isinstance(content, dict) or "expr" not in content:
        raise FileFormatError(f"{path.name} has no 'expr': not LAM's {NAME}.")
    params = {"expression": json_rows(content["expr"], "expr")}
    frames = len(params["expression"])
    absent = [key for key in WIDTHS if key not in content and key != "translation"]
    for key, width in WIDTHS.items():
        if key in content:
            params[NAMES[key]] = json_rows(content[key], key, width, frames)
    traps = [f"no {', '.join(absent)}: LAM's renderer stops at it; zeros were read"] if absent else []
    rate = content.get("fps")
    if not isinstance(rate, int | float) or isinstance(rate, bool) or not 0 < rate <= 10_000:
        rate = options.fps or PLAYED_FPS
    betas = content.get("shape")
    identity = None if betas is None else vector(np.asarray(betas, dtype=np.float64), "shape")
    return build(params, options, traps=traps, fps=float(rate), betas=identity)


def web_params(motion: Motion) -> bytes:
    """The file's bytes: the keys its renderer reads; ``translation`` and ``fps`` beside them for those who read it back."""
    record = motion.recording
    content: dict[str, Any] = {
        key: value.astype(np.float32).astype(np.float64).round(9).tolist()
        for key, value in arrays_of(motion).items()
    }
    content["fps"] = record.fps or PLAYED_FPS
    betas = motion.betas if motion.betas is not None else record.meta.get("betas")
    if betas is not None:
        content["shape"] = [float(b) for b in np.asarray(betas).reshape(-1)]
    return json.dumps(content).encode()


def _write(motion: Motion, path: Path, options: Options) -> list[str]:
    write_file(path, web_params(motion))
    record = motion.recording
    lost = [
        "the avatar's own files (skin.glb, offset.ply, lbs_weight_20k.json, vertex_order.json, bone_tree.json): put "
        f"the file beside them as {NAME}"
    ]
    if np.ptp(record.transl, axis=0).any():
        lost.append("where the head goes: LAM's renderer keeps it at its place (it is in the file)")
    if record.fps and abs(record.fps - PLAYED_FPS) > 0.1:
        lost.append(
            f"the frame rate, {record.fps:g} per second: LAM's renderer plays {PLAYED_FPS:g}; "
            f"'mp2flame resample TAKE --fps {PLAYED_FPS:g}' first"
        )
    return lost


FORMATS = (
    Format(
        "lam-web", "aigc3d/LAM in the browser", (".json",), CARRIES, ("root", "neck"), f"{NAME} of an h5_render_data folder",
        _sniff, _read, _write, num_expression=100, keeps_rate=True, inside=NAME,
    ),
)  # fmt: skip
