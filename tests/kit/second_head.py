"""A second head, as other releases and other people are: what the built-in head's basis spans, this one's does not."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from mp2flame import FlameModel
from mp2flame.base.channels import BLENDSHAPES, MIRROR
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.eyes import eye_openings
from mp2flame.rig.rig import solve_rig

FACES, COMPONENTS = 300, 24
BULGE = 0.1  # of the eyeballs' radius: skin lies on them at rest
TURN = 0.05  # radians of the jaw in one unit


@lru_cache(maxsize=1)
def second_head() -> FlameModel:
    """Principal components of drawn faces, then three that turn the jaw as scans leave it in them.

    A component's unit is a standard deviation of the faces that were drawn: mirrored, most shapes at rest.
    """
    model = builtin_head()
    shapes = solve_rig(model).expression.T.astype(np.float64)
    faces = np.random.default_rng(5).random((FACES, len(BLENDSHAPES))) ** 4
    faces = np.concatenate([faces, faces[:, MIRROR]])
    values, vectors = np.linalg.eigh(np.cov(faces.T))
    moved = model.exprdirs @ (shapes @ (vectors * np.sqrt(np.maximum(values, 0))))
    u, s, _ = np.linalg.svd(moved.reshape(-1, len(BLENDSHAPES)), full_matrices=False)
    basis = (u * s)[:, :COMPONENTS].reshape(*model.v_template.shape, COMPONENTS)
    arm = (model.v_template - model.J_regressor[2] @ model.v_template) * model.lbs_weights[:, 2:3]
    turns = TURN * np.stack([np.cross(axis, arm) for axis in np.eye(3)], axis=-1)
    return replace(model, exprdirs=np.concatenate([basis, turns], axis=-1).astype(np.float32), sha256="")


def bulging(model: FlameModel) -> FlameModel:
    """The head with larger eyeballs."""
    template = model.v_template.astype(np.float64)
    for opening in eye_openings(model):
        template[opening.eyeball] += BULGE * (template[opening.eyeball] - opening.centre(template))
    return replace(model, v_template=template.astype(np.float32), sha256="")
