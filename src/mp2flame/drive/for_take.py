"""Which head a take is for, and the take in that head's coefficients: asked here by pictures, exports and the page."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..base.cache import file_sha256
from ..base.errors import MismatchError
from ..base.values import Frame
from ..flame.find import find_flame_files
from ..take.edits import same_head
from ..take.take import Take
from .driver import Driver

_POSE = ("neck_pose", "global_orient", "transl")


class ForTake(NamedTuple):
    """A head, a take that it can show, and what a person should know of the two (empty: nothing)."""

    driver: Driver
    take: Take
    note: str


def for_take(
    take: Take, flame: str | os.PathLike[str] | None = None, *, eyelids: str | os.PathLike[str] | None = None
) -> ForTake:
    """The head a take was made for, and the take to show on it.

    Without ``flame`` the head is looked for among the FLAME files of this machine, by hash. A take without FLAME
    parameters, or of a head that it does not name, is driven by its ARKit weights.

    Args:
        take: any take.
        flame: the FLAME file, when the caller knows it.
        eyelids: the extra eyelid offsets, as for ``Driver``.

    Raises:
        MismatchError: the take was made for another FLAME file, for one that is not here, or holds scores only.
    """
    made_for = take.meta.get("flame") or {}
    release, sha256 = made_for.get("release"), made_for.get("sha256")
    betas = take.meta.get("betas")
    notes: list[str] = []
    if not take.num_expression or (not release and not sha256):
        driver = Driver(flame, betas=betas, eyelids=eyelids)
        if flame is not None and 0 < take.num_expression <= driver.model.num_expression:
            driver = Driver(
                driver.model, num_expression=take.num_expression, betas=betas, eyelids=driver.eyelids
            )
            note = "the take does not say which FLAME file it was made for; it is shown on the one given."
            return ForTake(driver, _without_lids(take, driver, notes), note)
        note = "the take does not say which FLAME file it was made for; shown on the built-in head."
        return ForTake(driver, by_weights(take, driver), note if take.num_expression else "")
    if flame is None and release != "builtin":
        flame = file_of(take)
        if flame is None:
            raise MismatchError(
                f"this take was made for the FLAME file {_name(release, sha256)}, which was not found here. "
                "Pass it with --flame, or put the take on the built-in head: "
                "'mp2flame run TAKE -o other.npz'."
            )
        notes.append(f"head: {flame}")
    driver = Driver(flame, betas=betas, eyelids=eyelids)
    model = driver.model
    if not made_for_head(take, driver):
        raise MismatchError(
            f"this take was made for the FLAME file {_name(release, sha256)}, the head given is "
            f"{_name(model.release, model.sha256)}: coefficients of one mean something else in the other. "
            "Pass the file it was made with, or drive the other head first: "
            "'mp2flame run TAKE --flame FILE -o other.npz'."
        )
    if take.num_expression != model.num_expression:
        driver = Driver(model, num_expression=take.num_expression, betas=betas, eyelids=driver.eyelids)
    shown = _without_lids(take, driver, notes)
    return ForTake(driver, shown, "; ".join(notes))


def made_for_head(take: Take, driver: Driver) -> bool:
    """Whether a take's coefficients are this head's; a take that does not say is given the benefit of the doubt."""
    head = driver.model
    return same_head(take.meta.get("flame") or {}, {"release": head.release, "sha256": head.sha256})


def by_weights(take: Take, driver: Driver) -> Take:
    """The take's ARKit weights on this head; head rotation, position, and gaze of takes that have their own, stay.

    Raises:
        MismatchError: a take of detector scores only.
    """
    if not np.any(take.arkit_weights) and np.any(take.blendshapes):
        raise MismatchError(
            "this take holds detector scores, neither ARKit weights nor FLAME parameters: drive a head "
            "first, 'mp2flame run TAKE -o driven.npz'."
        )
    kept = {name: getattr(take, name) for name in _POSE}
    if not take.num_expression and take.eye_pose.any():
        kept["eye_pose"] = take.eye_pose
    params = driver.params_from_weights(np.clip(take.arkit_weights, 0.0, 1.0)).replace(**kept)
    return take.with_params(params, meta={**take.meta, "flame": driver.describe()})


def on_mesh(take: Take, driver: Driver) -> Take:
    """The take in the coefficients of ``driver.mesh_model``: eyelid offsets behind the expression."""
    if driver.eyelids is None:
        return take
    return replace(take, expression=driver.mesh_params(take.params).expression, eyelids=None)


def frame_for(take: Take, index: int, driver: Driver) -> Frame:
    """One frame of a take with parameters for this head, whatever head it was made for."""
    frame = take.frame(index)
    if made_for_head(take, driver) and frame.params.num_expression == driver.num_expression:
        if frame.params.eyelids is None or driver.eyelids is not None:
            return frame
        return replace(frame, params=frame.params.replace(eyelids=None))  # a head without these offsets
    params = driver.params_from_weights(np.clip(frame.weights, 0.0, 1.0))
    return replace(frame, params=params.replace(**{name: getattr(frame.params, name) for name in _POSE}))


def _without_lids(take: Take, driver: Driver, notes: list[str]) -> Take:
    """The take without eyelid offsets where the head has none."""
    if take.eyelids is None or driver.eyelids is not None:
        return take
    if take.eyelids.any():
        notes.append("the take closes the lids with extra offsets; without --eyelids they stay open")
    return replace(take, eyelids=None)


def file_of(take: Take) -> str | None:
    """The FLAME file of this machine that a take was made for, by its hash; None: the take names none, or it is not here."""
    sha256 = (take.meta.get("flame") or {}).get("sha256")
    for path in find_flame_files() if sha256 else []:
        with contextlib.suppress(OSError):
            if file_sha256(path) == sha256:
                return str(path)
    return None


def _name(release: str | None, sha256: str | None) -> str:
    return f"{release or 'of unknown release'} ({sha256[:12]})" if sha256 else str(release)
