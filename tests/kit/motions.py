"""Takes and comparisons for the tests of formats."""

from __future__ import annotations

import numpy as np

from mp2flame.base.rotations import geodesic_angle
from mp2flame.base.values import FlameParams
from mp2flame.io.formats import FORMATS, Motion, kept
from mp2flame.observe.move_head import DEFAULT_JOINTS, HeadMotion, head_transform
from mp2flame.take.take import Take

FRAMES, COEFFICIENTS = 4, 50


def take(seed: int = 0) -> Motion:
    """A head that turns, shifts, talks and looks around; even timestamps at 25 per second."""
    rng = np.random.default_rng(seed)
    params = FlameParams(
        expression=rng.normal(size=(FRAMES, COEFFICIENTS)),
        jaw_pose=rng.normal(size=(FRAMES, 3)) * 0.1,
        eye_pose=rng.normal(size=(FRAMES, 6)) * 0.2,
        neck_pose=rng.normal(size=(FRAMES, 3)) * 0.3,
        global_orient=rng.normal(size=(FRAMES, 3)) * 0.4,
        transl=rng.normal(size=(FRAMES, 3)) * 0.05,
    )
    weights = rng.uniform(0, 1, (FRAMES, 52))
    weights[:, 0] = 0
    recording = Take.from_params(
        params, np.arange(FRAMES) * 40.0, arkit_weights=weights, blendshapes=rng.uniform(0, 1, (FRAMES, 52))
    )
    betas, lids = rng.normal(size=100).astype(np.float32), rng.uniform(0, 1, (FRAMES, 2)).astype(np.float32)
    return Motion(recording, betas=betas, eyelids=lids)


def path_of(folder, name, tag=""):
    entry = FORMATS[name]
    stem = f"take{tag}_expressions" if name == "animportrait3d" else f"take{tag}"
    return folder / (stem + (entry.extensions[0] if entry.extensions else ""))


def transform(recording: Take) -> np.ndarray:
    pose = (
        np.asarray(v, np.float64) for v in (recording.global_orient, recording.neck_pose, recording.transl)
    )
    return head_transform(HeadMotion(*pose), DEFAULT_JOINTS)


def check_same(first: Motion, second: Motion, fields: frozenset[str]) -> None:
    """Everything in ``fields`` is equal within float32 and the text formats' digits."""
    one, two = first.recording, second.recording
    assert one.num_frames == two.num_frames
    if kept.EXPRESSION in fields:
        width = max(one.num_expression, two.num_expression)
        padded = [np.pad(r.expression, ((0, 0), (0, width - r.num_expression))) for r in (one, two)]
        np.testing.assert_allclose(*padded, atol=2e-7)
    for field, key in ((kept.JAW, "jaw_pose"), (kept.EYES, "eye_pose")):
        if field in fields:
            np.testing.assert_allclose(getattr(one, key), getattr(two, key), atol=3e-6)
    if kept.ROTATION in fields:
        turn = geodesic_angle(transform(one)[:, :3, :3], transform(two)[:, :3, :3])
        assert turn.max() < 1e-5
    if {kept.ROTATION, kept.TRANSLATION} <= fields:
        np.testing.assert_allclose(transform(one)[:, :3, 3], transform(two)[:, :3, 3], atol=1e-6)
    if kept.SPLIT in fields:
        np.testing.assert_allclose(one.neck_pose, two.neck_pose, atol=3e-6)
        np.testing.assert_allclose(one.global_orient, two.global_orient, atol=3e-6)
    if kept.BETAS in fields:
        np.testing.assert_allclose(first.betas[:100], second.betas[:100], atol=1e-6)
    if kept.EYELIDS in fields:
        np.testing.assert_allclose(first.eyelids, second.eyelids, atol=1e-6)
    if kept.WEIGHTS in fields:
        np.testing.assert_allclose(one.arkit_weights, two.arkit_weights, atol=1e-7)
    if kept.SCORES in fields:
        np.testing.assert_allclose(one.blendshapes, two.blendshapes, atol=1e-7)
    if kept.TIMES in fields:
        np.testing.assert_allclose(one.timestamp_ms, two.timestamp_ms, atol=0.02)
