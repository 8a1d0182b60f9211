"""Which FLAME is this? Known hashes first, then the file's own metadata and structure, its name last.

Public hashes (each recorded by several unrelated public projects; docs/flame_files.md lists what is known
and what is not). A release that cannot be told is ``unknown-<first 8 digits of the hash>``: nothing is
guessed from the mean face, for the releases share topology, sizes and keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

KNOWN_HASHES: dict[str, tuple[str, str]] = {
    "e75a0990728ba038c7da2a420ae4396f7ddd7781366c13026066c5b24f127623": ("flame2023_open", "neutral"),
    "efcd14cc4a69f3a3d9af8ded80146b5b6b50df3bd74cf69108213b144eba725b": ("flame2020", "neutral"),
    "8fb1af0db1abb51053ead8fd1f2624a63d01c9602f4a4fb4ea23bd2c82017fa0": ("flame2023", "neutral"),
}
"""SHA-256 of ``flame2023_Open.pkl``, FLAME 2020's ``generic_model.pkl`` and ``flame2023.pkl``."""

RELEASES = ("flame2017", "flame2019", "flame2020", "flame2023", "flame2023_no_jaw", "flame2023_open")

NEGLIGIBLE_JAW_WEIGHT = 1e-3
"""Skinning weight under which the jaw joint moves nothing that one could see."""


@dataclass(frozen=True)
class Release:
    """What a FLAME file is.

    Attributes:
        name: one of ``RELEASES``, ``builtin``, or ``unknown-<8 digits>``.
        gender: ``neutral``, ``female``, ``male`` or ``unknown``.
        certainty: ``hash`` (this very file is known), ``metadata`` (the file says so), ``name`` (only the file or
            folder name says so), ``none``.
        has_jaw: False when the jaw joint moves nothing, or the release is one without a jaw rotation.
    """

    name: str
    gender: str
    certainty: str
    has_jaw: bool


def identify(
    sha256: str,
    lbs_weights: npt.NDArray[Any],
    metadata: dict[str, str] | None = None,
    name_hint: str = "",
) -> Release:
    """The release of a file.

    Args:
        sha256: of the FLAME file itself (not of a zip around it).
        lbs_weights: ``(V, 5)``.
        metadata: text entries of the file, for example ``release`` and ``gender`` that other tools write.
        name_hint: file name, with its folder or zip, for example ``FLAME2020.zip!generic_model.pkl``.
    """
    metadata = metadata or {}
    hinted, gender = _from_name(name_hint)
    stated = metadata.get("gender", "").lower()
    if stated in ("neutral", "female", "male"):
        gender = stated
    if sha256 in KNOWN_HASHES:
        name, gender = KNOWN_HASHES[sha256]
        certainty = "hash"
    elif (stated_name := _normal(metadata.get("release", "") or metadata.get("model_type", ""))) in RELEASES:
        name, certainty = stated_name, "metadata"
    elif hinted:
        name, certainty = hinted, "name"
    else:
        name, certainty = f"unknown-{sha256[:8]}", "none"
    jaw_moves = bool(np.max(lbs_weights[:, 2], initial=0.0) > NEGLIGIBLE_JAW_WEIGHT)
    return Release(name, gender, certainty, jaw_moves and name != "flame2023_no_jaw")


def _normal(text: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return re.sub(r"^flame_?(20\d\d)", r"flame\1", text)


def _from_name(name: str) -> tuple[str, str]:
    """(release or '', gender) that a path suggests; the innermost part that says something wins."""
    release, gender = "", "unknown"
    for part in reversed(re.split(r"[/\\!]", name)):
        text = _normal(part)
        if not release and (found := re.search(r"flame_?(2017|2019|2020|2023)", text)):
            release = "flame" + found.group(1)
            if release == "flame2023":
                release += "_no_jaw" if "no_jaw" in text else "_open" if "open" in text else ""
        if gender == "unknown":
            for word, meaning in (
                ("female", "female"),
                ("male", "male"),
                ("generic", "neutral"),
                ("neutral", "neutral"),
            ):
                if word in text:
                    gender = meaning
                    break
    if release.startswith("flame2023") and gender == "unknown":
        gender = "neutral"  # FLAME 2023 comes in one gender only
    return release, gender
