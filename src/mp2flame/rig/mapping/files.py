"""Mapping files of both kinds: ours, and the public folders of two generations. Nothing in them is ever unpickled."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...base.damage import reading
from ...base.errors import FileFormatError, MissingFileError
from ...base.header import Header
from ...base.safe_npz import read_npy, read_npz
from ...base.values import FloatArray
from .linear import NUM_INPUTS, SCHEMA, SUMS, LinearMapping, sums_of
from .network import NetworkMapping

RESEARCH_ONLY = (
    "research and education only: made from data sets whose terms exclude other use; no redistribution"
)


def load_mapping(path: str | os.PathLike[str]) -> LinearMapping:
    """Read a public folder of either generation or our own ``.npz``, told apart by what is there.

    Raises:
        MissingFileError: nothing there.
        FileFormatError: damaged, or not a mapping.
    """
    place = Path(path)
    if place.is_dir():
        return _load_folder(place)
    if not place.is_file():
        raise MissingFileError(
            f"no mapping at {place}; expected a folder with bs2exp.npy, bs2eye.npy and bs2jaw.npy (or "
            "bs2pose.npy), or an .npz that mp2flame wrote."
        )
    if place.suffix == ".npy":
        raise FileFormatError(f"{place.name} is one matrix of a mapping; give the folder that it lies in.")
    return _load_file(place)


def load_folder_matrices(path: str | os.PathLike[str]) -> dict[str, FloatArray]:
    """The ``bs2*.npy`` matrices of a public folder by name, as they are, checked.

    Raises:
        MissingFileError: a matrix is not there.
        FileFormatError: damaged, or of another shape.
    """
    place = Path(path)
    pose = "bs2jaw" if (place / "bs2jaw.npy").is_file() else "bs2pose"
    widths = {"bs2exp": None, pose: 3 if pose == "bs2jaw" else 6, "bs2eye": 6}
    return {name: _matrix(place / f"{name}.npy", width) for name, width in widths.items()}


def _matrix(path: Path, width: int | None) -> FloatArray:
    if not path.is_file():
        raise MissingFileError(
            f"{path.name} is missing in {path.parent}; a mapping folder holds bs2exp.npy, bs2eye.npy and "
            "bs2jaw.npy (or, older, bs2pose.npy)."
        )
    array = read_npy(path)
    if array.dtype.kind != "f":
        raise FileFormatError(f"{path.name} must be a matrix of floats.")
    if (
        array.ndim != 2
        or array.shape[0] != NUM_INPUTS
        or array.shape[1] != (width or array.shape[1])
        or not array.size
    ):
        raise FileFormatError(f"{path.name} must be (52, {width or 'E'}), it is {array.shape}.")
    if not np.isfinite(array).all():
        raise FileFormatError(f"{path.name} has NaN or infinite values; fetch it again.")
    return array


def _check_sums(place: Path) -> None:
    """Folders of ours bring checksums.

    Raises:
        FileFormatError: a file is another one.
    """
    listed = place / SUMS
    if not listed.is_file():
        return
    with reading(listed, "a list of checksums"):
        written = listed.read_bytes()
        names = [line.split("  ", 1)[1] for line in written.decode("utf-8").splitlines()]
        whole = all(Path(name).name == name for name in names)
        if not whole or sums_of([place / name for name in names]) != written:
            raise FileFormatError(
                f"{place}: a matrix is not the one that was written ({SUMS}); it is damaged, or was changed. If you "
                f"changed it, delete {SUMS}."
            )


def _load_folder(place: Path) -> LinearMapping:
    _check_sums(place)
    matrices = load_folder_matrices(place)
    older = "bs2pose" in matrices
    header = Header(
        schema=SCHEMA,
        made_by="public mapping folder",
        flame_release="flame2020",
        num_expression=int(matrices["bs2exp"].shape[1]),
        has_jaw=True,
        licence=RESEARCH_ONLY,
        provenance="bs2exp, bs2eye and " + ("bs2pose" if older else "bs2jaw") + " of the public repository",
    )
    mapping = LinearMapping.from_blocks(
        {
            "expression": matrices["bs2exp"],
            # the older generation's head rotation is set to zero by its own code: not carried
            "jaw_pose": matrices["bs2pose"][:, 3:] if older else matrices["bs2jaw"],
            "eye_pose": matrices["bs2eye"],
        },
        header=header,
    )
    return replace(mapping, folder="2025_03" if older else "2025_09")


def _load_file(place: Path) -> LinearMapping:
    arrays = read_npz(place, f"{place.name} (a mapping)")
    if "header" not in arrays or "mapping" not in arrays:
        raise FileFormatError(
            f"{place.name} is not a mapping that mp2flame wrote (no header); it has "
            f"{', '.join(sorted(arrays)[:6])}."
        )
    header = Header.from_json(str(arrays["header"][()]), kind="mapping", max_version=1, label=place.name)
    with reading(place.name, "a mapping file"):
        description = json.loads(str(arrays["mapping"][()]))
        kind = description["kind"]
        if kind in (LinearMapping.kind, "network"):
            blocks = tuple((str(name), int(width)) for name, width in description["blocks"])
            linear = LinearMapping(
                weights=arrays["weights"],
                intercept=arrays["intercept"],
                blocks=blocks,
                header=header,
                order=str(description.get("order", "mediapipe")),
                transform={
                    k.removeprefix("transform_"): v for k, v in arrays.items() if k.startswith("transform_")
                },
                folder=str(description.get("folder", "")),
            )
            if kind == LinearMapping.kind:
                return linear
            return NetworkMapping.from_arrays(linear, arrays)
    raise FileFormatError(
        f"{place.name} is a mapping of the unknown kind {str(kind)[:40]!r}; update mp2flame."
    )
