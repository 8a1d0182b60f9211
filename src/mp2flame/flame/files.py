"""Read a FLAME file of any release into a ``FlameModel``, and say clearly when it is not one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import FileFormatError, InputError, MissingFileError
from ..pickles import ChumpyArray, SparseMatrix, load_pickle_bytes
from .model import FLAME_PARENTS, FlameModel

KNOWN = {"e75a0990728ba038c7da2a420ae4396f7ddd7781366c13026066c5b24f127623": "flame2023_open"}


def load_flame(path: str | os.PathLike[str], num_expression: int | None = None, *, num_betas: int | None = None) -> FlameModel:
    """Read a FLAME file."""
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"There is no FLAME file {path}.")
    data = path.read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    content = load_pickle_bytes(data, path.name)

    def array(key: str) -> npt.NDArray[Any]:
        value = content[key]
        if isinstance(value, (SparseMatrix, ChumpyArray)):
            value = value.toarray()
        return np.asarray(value)

    shapedirs = array("shapedirs")
    columns = shapedirs.shape[2]
    identity = num_betas if num_betas is not None else {400: 300, 350: 300, 150: 100, 100: 50}.get(columns)
    if identity is None:
        raise InputError(f"{path.name} has {columns} columns; say num_betas.")
    model = FlameModel(
        v_template=array("v_template"),
        faces=array("f").astype(np.int32),
        shapedirs=shapedirs[:, :, :identity],
        exprdirs=shapedirs[:, :, identity:],
        posedirs=array("posedirs"),
        J_regressor=array("J_regressor"),
        lbs_weights=array("weights"),
        parents=np.array(FLAME_PARENTS, np.int32),
        release=KNOWN.get(sha, f"unknown-{sha[:8]}"),
        sha256=sha,
        path=path,
    )
    if num_expression is not None and num_expression > model.num_expression:
        raise FileFormatError("too many")
    return model
