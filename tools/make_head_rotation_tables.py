#!/usr/bin/env python3
"""Learn the head rotation's correction (``observe/head_rotation.py``) and write ``head_rotation.npz`` (about 18 kB).

    python tools/make_head_rotation_tables.py --shared ../shared [--takes FOLDER] [--held-out 0|1] [--seen-only] [-o FILE]

``--held-out``: every second clip left out, to judge the tables on these. Deterministic.

Ridge regression of (true - aligned) pitch, yaw, roll on ``polynomial | neutral - reference | shape -
neutral``:

- renders with known rotation: data/lab/train (6,000 frames, weight 4, because FLAME's frame is defined
  there), data/anny/train and train_ours (5,340, weight 1, with one free constant: where another family's
  heads "look straight ahead" is another matter of convention); for anny the rotation as seen (the ray to the
  face taken off);
- real clips (takes with landmarks and face matrix in VIDEO mode; about 1,700 frames, weight 10): no truth,
  but a shape that follows a person's turn must not change its gain: within a clip the answer should be
  MediaPipe's matrix times the gain that renders ask of it. Only sums go in, no recording goes out;
- what leads from there to the rotation as it is seen, for known cameras: regression of (seen - found) on the polynomial
  over the same renders with the same weights;
- the noise of the landmarks: covariance of second differences over 6, over the same clips, in the ridge on
  ``shape``;
- everything also mirrored, so that the mirror law holds exactly.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from clips import Seen, clips
from mp2flame.base.rotations import axis_angle_to_matrix, matrix_to_euler, project_to_rotation
from mp2flame.observe.head_frame import (
    _tables,
    align_camera,
    mean_neutral_points,
    mirror_landmarks,
    over_eyes,
    to_camera,
)
from mp2flame.observe.head_rotation import SHAPE_REACH, pose_polynomial, to_ray

Array = np.ndarray
DATA = Path(__file__).resolve().parents[1] / "src/mp2flame/base/data"

# of the 468 landmarks, plus the mirrored ones: all of them bring nothing, every sixth costs .06 degrees
EVERY = 3
FAMILIES = {"lab/train": 4.0, "anny/train": 1.0, "anny/train_ours": 1.0}  # weights of the frames
PERSON_RIDGE = 30.0  # on B, per frame weight 1: 338 persons in all, so far fewer than its 894 columns
SHAPE_RIDGE = 0.3  # on C, only to make the sums solvable
NOISE_RIDGE = 3.0  # of the noise covariance on C: 10 costs .03 degrees and saves no noise, 30 costs .06
# on A but its constant: a rigid turn of the mean face then comes out as it is (19.0 of 20 degrees); without
# it the shape carries the turn (7 of 20), which real people's shapes do less
POSE_RIDGE = 450.0
CLIP_WEIGHT = 10.0  # pitch over MediaPipe's on real clips .73 without, .93 with (renders: .93 to 1.1)
# the same without a neutral, where the persons' own shapes are in the way: 10 costs .05 degrees
CLIP_WEIGHT_UNKNOWN = 4.0
# half of the frames are taken with the middle face of all the person's frames as neutral, as wrong as a
# neutral without calibration can be
MIDDLE_SHARE = 0.0
LAB_FOCAL = 0.5 / np.tan(np.radians(20.8) / 2)  # in widths of its square pictures
SEEN_RIDGE = 1.0  # only to make the sums solvable
GAIN = np.array([1.1, 1.1, 1.0])  # of MediaPipe's pitch, yaw, roll on renders, rounded (--gains prints them)
SIGNS = np.array([1.0, -1.0, -1.0])  # pitch, yaw, roll of a mirrored face
FLIP = np.array([-1.0, 1.0, 1.0])
PARITY = np.array([1, 1, -1, 1, -1, -1, 1, 1, -1.0])  # of the polynomial's terms


def chosen_landmarks() -> Array:
    mirror = mirror_landmarks()
    ids = {i for i in range(0, 468, EVERY)}
    return np.array(sorted(ids | {int(mirror[i]) for i in ids}))


def angles(matrix: Array) -> Array:
    return matrix_to_euler(matrix, "ZYX")[..., ::-1]


class Rows:
    """Faces laid over a resting face: aligned angles and what the map reads."""

    def __init__(self, landmarks: Array, size: tuple[float, float], neutral: Array | None) -> None:
        tables = _tables()
        ids = chosen_landmarks()
        reference = mean_neutral_points()
        target = reference if neutral is None else neutral
        points, turn, _ = align_camera(to_camera(landmarks.astype(float), size), target, tables.weights)
        self.angles = angles(np.swapaxes(turn, -1, -2))
        rest = np.broadcast_to(target, points.shape)
        self.person = np.clip(rest - reference, -SHAPE_REACH, SHAPE_REACH)[:, ids]
        self.shape = np.clip(points - rest, -SHAPE_REACH, SHAPE_REACH)[:, ids]

    def design(self, family: float) -> Array:
        n = len(self.angles)
        return np.concatenate(
            [pose_polynomial(self.angles[:, 0], self.angles[:, 1]), self.person.reshape(n, -1),
             self.shape.reshape(n, -1), np.full((n, 1), family)], 1
        )  # fmt: skip


def resting(landmarks: Array, size: tuple[float, float]) -> Array:
    tables = _tables()
    points, _, _ = align_camera(to_camera(landmarks.astype(float), size), tables.reference, tables.weights)
    return over_eyes(points)[0]


def mirrored_columns() -> tuple[Array, Array]:
    """Order and signs of a design row's columns for the mirrored face."""
    ids, mirror = chosen_landmarks(), mirror_landmarks()
    other = np.array([int(np.flatnonzero(ids == mirror[i])[0]) for i in ids])
    points = (3 * other[:, None] + np.arange(3)).ravel()
    sign = np.tile(FLIP, len(ids))
    order = np.concatenate([np.arange(9), 9 + points, 9 + len(points) + points, [9 + 2 * len(points)]])
    return order, np.concatenate([PARITY, sign, sign, [1.0]])


class Sums:
    def __init__(self) -> None:
        self.order, self.sign = mirrored_columns()
        size = len(self.order)
        self.xx, self.xy, self.count = np.zeros((size, size)), np.zeros((size, 3)), 0.0

    def add(self, x: Array, y: Array, weight: float) -> None:
        for a, b in ((x, y), (x[:, self.order] * self.sign, y * SIGNS)):
            self.xx += weight * a.T @ a
            self.xy += weight * a.T @ b
            self.count += weight * len(a)


def seen(landmarks: Array, orient: Array, focal: Array | float) -> tuple[Array, Array]:
    """The true rotation and as scaled orthography sees it, angles; ``focal`` in widths of the square picture."""
    turn = axis_angle_to_matrix(orient.astype(float))
    ray = (landmarks[:, :468, :2].mean(1) - 0.5) / np.reshape(focal, (-1, 1)) * [1, -1]
    return angles(turn), angles(np.swapaxes(to_ray(ray), 1, 2) @ turn)


def as_learnt(seen: Seen) -> dict[str, Any]:
    points = seen.detection
    return {"name": seen.name, "rows": seen.rows, "size": tuple(float(v) for v in points.image_size),
            "landmarks": points.landmarks, "matrix": points.face_matrix}  # fmt: skip


def solve(sums: Sums, noise: Array, with_person: bool) -> tuple[Array, Array, Array]:
    size = len(noise)
    ridge = np.full(len(sums.xx), 1e-6)
    ridge[1:9] = POSE_RIDGE
    ridge[9 : 9 + size] = PERSON_RIDGE if with_person else 1e9
    ridge[9 + size : 9 + 2 * size] = SHAPE_RIDGE
    system = sums.xx + np.diag(ridge)
    shape = slice(9 + size, 9 + 2 * size)
    system[shape, shape] += NOISE_RIDGE * sums.count * noise
    found = np.linalg.solve(system, sums.xy)
    order, sign = mirrored_columns()
    # takes rounding away: the mirror law is exact
    found = 0.5 * (found + found[order] * sign[:, None] * SIGNS)
    return found[:9], found[9 : 9 + size], found[shape]


def renders(shared: Path, name: str) -> tuple[Array, Array, Array, Array, Array]:
    """Landmarks, person of each frame, persons' resting faces, and each frame's true and seen angles."""
    with np.load(shared / "data" / f"{name}.npz") as data:
        landmarks, person = data["landmarks"], np.unique(data["identity"], return_inverse=True)[1]
        focal = data["focal"] if "focal" in data.files else LAB_FOCAL
        true, as_seen = seen(landmarks, data["global_orient"], focal)
        return landmarks, person, resting(data["neutral_landmarks"], (512.0, 512.0)), true, as_seen


def add_seen(shared: Path, tables: dict[str, Array]) -> dict[str, Array]:
    """The tables with ``seen`` and ``unknown_seen`` ``(9, 3)``: from the rotation they find to the one that is seen."""
    sums = {key: (SEEN_RIDGE * np.eye(9), np.zeros((9, 3))) for key in ("seen", "unknown_seen")}
    maps = {
        "seen": np.concatenate([tables["pose"], tables["person"], tables["shape"]]).astype(float),
        "unknown_seen": np.concatenate([tables["unknown_pose"], 0 * tables["person"], tables["unknown_shape"]]).astype(float),
    }  # fmt: skip
    for name, weight in FAMILIES.items():
        landmarks, person, neutral, _, as_seen = renders(shared, name)
        for key, rest in (("seen", neutral[person]), ("unknown_seen", None)):
            rows = Rows(landmarks, (512.0, 512.0), rest)
            x = rows.design(0.0)[:, :-1]
            y = as_seen - rows.angles - x @ maps[key]
            if name.startswith("anny"):  # another family's straight ahead is its own
                y = y - y.mean(0) * [1, 0, 0]
            xx, xy = sums[key]
            for a, b in ((x[:, :9], y), (x[:, :9] * PARITY, y * SIGNS)):
                xx += weight * a.T @ a
                xy += weight * a.T @ b
    found = {key: np.linalg.solve(*both) for key, both in sums.items()}
    return tables | {
        key: (0.5 * (v + v * PARITY[:, None] * SIGNS)).astype(np.float32) for key, v in found.items()
    }


def learn(shared: Path, found: list[dict[str, Any]]) -> dict[str, Array]:
    ids = chosen_landmarks()
    known, unknown = Sums(), Sums()
    used = {}
    for name, weight in FAMILIES.items():
        landmarks, person, neutral, true, as_seen = renders(shared, name)
        other = name.startswith("anny")
        used[name] = len(landmarks)
        points = laid({"landmarks": landmarks, "size": (512.0, 512.0)})
        middle = np.array([over_eyes(np.median(points[person == i], 0))[0] for i in range(len(neutral))])
        middle = (1 - MIDDLE_SHARE) * middle + MIDDLE_SHARE * neutral  # an estimated neutral: between the two
        for sums, rest, share in (
            (known, neutral[person], 0.5),
            (known, middle[person], 0.5),
            (unknown, None, 1.0),
        ):
            rows = Rows(landmarks, (512.0, 512.0), rest)
            truth = as_seen if other else true
            sums.add(rows.design(float(other)), truth - rows.angles, share * weight)
    # the noise counts per frame of renders; clips are added after it
    frames = known.count
    noise = np.zeros((3 * len(ids), 3 * len(ids)))
    pairs = 0
    order, sign = (a[9 : 9 + 3 * len(ids)] for a in known_order())
    for clip in found:
        # the clip's middle face stands for the person's rest
        neutral = over_eyes(np.median(laid(clip), 0))[0]
        seconds = None
        for sums, rest, weight in ((known, neutral, CLIP_WEIGHT), (unknown, None, CLIP_WEIGHT_UNKNOWN)):
            rows = Rows(clip["landmarks"], clip["size"], rest)
            goal = angles(project_to_rotation(clip["matrix"][:, :3, :3].astype(float))) * GAIN - rows.angles
            x = rows.design(0.0)
            x[:, 9 : 9 + 3 * len(ids)] = 0
            sums.add(x - x.mean(0), goal - goal.mean(0), weight)
            if seconds is None:
                run = clip["rows"][2:] - clip["rows"][:-2] == 2
                seconds = (rows.shape[2:] - 2 * rows.shape[1:-1] + rows.shape[:-2])[run].reshape(
                    -1, 3 * len(ids)
                )
        for part in (seconds, seconds[:, order] * sign):
            noise += part.T @ part
            pairs += len(part)
    noise /= 6 * pairs
    known.count = unknown.count = frames
    pose, person_map, shape = solve(known, noise, with_person=True)
    unknown_pose, _, unknown_shape = solve(unknown, noise, with_person=False)
    header = {
        "schema": 1, "kind": "head rotation", "made_by": "tools/make_head_rotation_tables.py",
        "detector": "MediaPipe Face Landmarker float16/1: renders IMAGE mode, clips VIDEO mode",
        "frames": used, "clips": {c["name"]: len(c["rows"]) for c in found},
        "constants": {"families": FAMILIES, "every": EVERY, "person_ridge": PERSON_RIDGE, "shape_ridge": SHAPE_RIDGE,
                      "noise_ridge": NOISE_RIDGE, "pose_ridge": POSE_RIDGE, "clip_weight": CLIP_WEIGHT, "clip_weight_unknown": CLIP_WEIGHT_UNKNOWN,
                      "gain": GAIN.tolist()},
        "licences": "coefficients learnt from own renders (FLAME 2023 Open CC-BY-4.0, ICT-FaceKit MIT, MakeHuman CC0) "
                    "and from sums over MediaPipe's landmarks on clips (Intel sample videos CC-BY-4.0; LivePortrait "
                    "examples, statistics only); no landmark of a person is in here",
    }  # fmt: skip
    return {
        "header": np.array(json.dumps(header)),
        "landmarks": ids.astype(np.int16),
        "reference": mean_neutral_points()[ids].astype(np.float32),
        "pose": pose.astype(np.float32),
        "person": person_map.astype(np.float16),
        "shape": shape.astype(np.float16),
        "unknown_pose": unknown_pose.astype(np.float32),
        "unknown_shape": unknown_shape.astype(np.float16),
    }


def known_order() -> tuple[Array, Array]:
    order, sign = mirrored_columns()
    return order - 9, sign


def laid(clip: dict[str, Any]) -> Array:
    tables = _tables()
    camera = to_camera(clip["landmarks"].astype(float), clip["size"])
    return align_camera(camera, tables.reference, tables.weights)[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MP2FLAME_SHARED", "../shared")))
    parser.add_argument(
        "--takes", type=Path, help="takes of the clips; default: the clips through the detector"
    )
    parser.add_argument(
        "--held-out", type=int, choices=(0, 1), help="leave out every second clip, from this one on"
    )
    parser.add_argument(
        "--seen-only",
        action="store_true",
        help="only what known cameras need, for the map that is in the file",
    )
    parser.add_argument("-o", "--output", type=Path, default=DATA / "head_rotation.npz")
    args = parser.parse_args()
    if args.seen_only:
        with np.load(args.output) as data:
            np.savez_compressed(args.output, **add_seen(args.shared, dict(data)))
        return
    found = [as_learnt(seen) for seen in clips(args.shared, args.takes)]
    if args.held_out is not None:
        found = found[1 - args.held_out :: 2]
    out = add_seen(args.shared, learn(args.shared, found))
    np.savez_compressed(args.output, **out)
    print(f"{args.output}: {args.output.stat().st_size} bytes, {len(found)} clips")


if __name__ == "__main__":
    main()
