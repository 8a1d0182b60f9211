"""ARKit weights in JSON.

Three layouts: BEAT and EMAGE (``names`` of 51, ``frames`` of ``weights`` and ``time`` in seconds), LAM's
Audio2Expression (the same with ``metadata`` ``fps``), and Audio2Face's export (``facsNames``, ``weightMat``,
``exportFps``).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...base.errors import FileFormatError
from ...base.values import FloatArray
from .score_table import ScoreTable, make_table, read_text

_WANTED = 'ARKit JSON: {"names": [...], "frames": [{"weights": [...], "time": seconds}, ...]}'


def read_arkit_json(path: str | os.PathLike[str], *, fps: float | None = None) -> ScoreTable:
    """Read a file of ARKit weights.

    Args:
        path: the ``.json``.
        fps: used when the file has neither times nor a rate; 30 if None.

    Raises:
        MissingFileError, FileFormatError: not such a file.
    """
    source = Path(path)
    try:
        data = json.loads(read_text(source, _WANTED))
    except (json.JSONDecodeError, RecursionError) as error:
        raise FileFormatError(f"{source} is not readable JSON ({error}); expected {_WANTED}.") from error
    if not isinstance(data, dict):
        raise FileFormatError(f"{source} holds a JSON {type(data).__name__}; expected {_WANTED}.")
    stated_meta = data.get("metadata")
    meta: dict[str, Any] = stated_meta if isinstance(stated_meta, dict) else {}
    times: list[Any] = []
    stamps: FloatArray
    names: Any
    if "weightMat" in data:
        names, rows = data.get("facsNames"), data["weightMat"]
        rate = data.get("exportFps")
    else:
        names, frames = data.get("names") or meta.get("blendshape_names"), data.get("frames")
        if not isinstance(frames, list) or not all(isinstance(f, dict) and "weights" in f for f in frames):
            raise FileFormatError(f"{source} has no frames with weights; expected {_WANTED}.")
        rows, times = [f["weights"] for f in frames], [f.get("time") for f in frames]
        rate = meta.get("fps")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FileFormatError(f"{source} does not name its channels; expected {_WANTED}.")
    try:
        values = np.array(rows, dtype=np.float64)
        stated = float(rate) if rate else 0.0
        if not rows or (times and all(t is not None for t in times)):
            stamps = 1000.0 * np.array(times, dtype=np.float64)
        else:
            stamps = np.arange(len(rows)) * 1000.0 / (stated or fps or 30.0)
    except (TypeError, ValueError) as error:
        raise FileFormatError(
            f"{source}: weights must be rows of numbers of one length ({error})."
        ) from error
    if rows and (values.ndim != 2 or values.shape[1] != len(names)):
        raise FileFormatError(f"{source}: {len(names)} names but weights of shape {values.shape[1:]}.")
    return make_table(source, names, values, "arkit", stamps, fps=stated)
