"""Where MediaPipe sees its landmarks on renders of a FLAME head whose shape and pose are known."""

from __future__ import annotations

import numpy as np

from mp2flame.flame import FlameModel

IMAGE_PX = 512
NUM_FRAMES = 600


def best_vertices(
    model: FlameModel, at_anchor: np.ndarray, known: dict, lab: dict
) -> tuple[np.ndarray, np.ndarray]:
    """For each of 478 landmarks the skin vertex that stays nearest to it in the image over many frames.

    Half the frames are the identities' neutral frontal ones, the others turn and move. The renders have one
    pinhole camera, found here from the known landmarks.

    Returns:
        vertex ``(478,)`` and the root mean square distance in pixels ``(478,)``.
    """
    from scipy.optimize import least_squares

    first = np.flatnonzero(np.diff(lab["identity"], prepend=-1))
    rng = np.random.default_rng(0)
    rest = np.setdiff1d(np.arange(len(lab["identity"])), first)
    rows = np.sort(np.r_[first, rng.choice(rest, NUM_FRAMES - len(first), replace=False)])
    seen = lab["landmarks"][rows][..., :2].astype(float) * IMAGE_PX - IMAGE_PX / 2
    vertices = np.stack([_vertices(model, lab, row) for row in rows])

    corners = model.faces.astype(int)[known["lmk_face_idx"]]
    points = np.einsum("nkcd,kc->nkd", vertices[:, corners], known["lmk_b_coords"])
    anchored = seen[:, known["landmark_indices"].astype(int)]
    camera = least_squares(
        lambda c: (_project(c, points) - anchored).ravel(), [1500.0, 0.0, 0.0, 1.0], loss="soft_l1"
    ).x

    skin = np.flatnonzero(model.lbs_weights[:, 3:].sum(1) < 0.5)
    pixels = _project(camera, vertices[:, skin])
    a = seen.transpose(0, 2, 1).reshape(-1, seen.shape[1])
    b = pixels.transpose(0, 2, 1).reshape(-1, len(skin))
    square = ((a**2).sum(0)[:, None] + (b**2).sum(0) - 2 * a.T @ b) / len(rows)
    return skin[square.argmin(1)], np.sqrt(square.min(1))


def _vertices(model: FlameModel, lab: dict, row: int) -> np.ndarray:
    eyes = lab["eye_pose"][row]
    pose = np.stack([lab["global_orient"][row], np.zeros(3), lab["jaw_pose"][row], eyes[:3], eyes[3:]])
    expression = np.zeros(model.exprdirs.shape[2])
    expression[: lab["expression_a"].shape[1]] = lab["expression_a"][row]
    return model.prepare(betas=lab["betas"][row])(expression, pose, np.zeros(3)).astype(float)


def _project(camera: np.ndarray, points: np.ndarray) -> np.ndarray:
    focal, x, y, distance = camera
    depth = distance - points[..., 2]
    return np.stack([focal * (points[..., 0] + x) / depth, -focal * (points[..., 1] + y) / depth], -1)
