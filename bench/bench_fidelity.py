"""The response on a lab test set, through solved rigs, beside the usual method fitted in the same run.

    python bench/bench_fidelity.py [--shared ../shared] [--heads lab_head_a.pkl ...] [--every 3]

Millimetres over face, lips and lids, degrees of jaw and eyes (the same regions and measure as
``tools/score_lab.py`` under shared), head rotation, each channel's correlation with the truth, and time per
frame. ``bench/bench_tracking.py`` has the real videos.
"""

from __future__ import annotations

import argparse
import os
import sys

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import time
from pathlib import Path

import numpy as np

from mp2flame import Driver, load_flame
from mp2flame.base.channels import BLENDSHAPES, INDEX, to_mediapipe
from mp2flame.base.rotations import axis_angle_to_matrix, geodesic_angle
from mp2flame.flame.landmarks import embedding_for
from mp2flame.observe.head_frame import align, neutral_frame
from mp2flame.response.response import Response

ASKED = {
    "scores + landmarks + neutral": (0.70, 1.70, 0.38, 0.80, 2.5),
    "scores + neutral": (1.10, None, None, None, None),
    "scores": (1.16, 2.85, None, 1.45, 5.8),
}


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(geodesic_angle(axis_angle_to_matrix(a), axis_angle_to_matrix(b))).mean())


def what_landmarks_show(shared: Path, train: dict[str, np.ndarray]) -> None:
    """How far the landmark that a channel moves most moves on the mesh, how far MediaPipe's does, and by how
    much MediaPipe's scatters when all channels are accounted for (lab training set, linear)."""
    truth = np.load(shared / "models/lab_head_truth.npz")
    head = load_flame(shared / "models/lab_head_a.pkl")
    forward, embedding = head.prepare(num_expression=truth["expression_a"].shape[1]), embedding_for(head)
    names = [str(n) for n in truth["shape_names"]]
    pose = np.zeros((len(names) + 1, 5, 3), np.float32)
    pose[1:, 2] = truth["jaw_pose"]
    expression = np.concatenate([0 * truth["expression_a"][:1], truth["expression_a"]]).astype(np.float32)
    points = 1e3 * embedding.landmarks(forward(expression, pose))
    shapes = points[1:, :468] - points[0, :468]
    eye_distance = np.linalg.norm(points[0, 263] - points[0, 33])
    rest = neutral_frame(train["neutral_landmarks"], (512, 512))
    seen = np.empty((len(train["identity"]), 468, 3))
    for person, own in enumerate(rest.points):
        rows = train["identity"] == person
        neutral = type(rest)(own, rest.rotation[person], rest.scale[person])
        seen[rows] = (align(train["landmarks"][rows], (512, 512), neutral=neutral).points - own)[:, :468]
    x = np.concatenate([train["arkit_weights"], np.ones((len(seen), 1))], 1)
    print("\n| channel | landmark | moves on the mesh, mm | in MediaPipe's landmarks | their scatter |")
    print("|" + " --- |" * 5)
    for channel in (
        "jawForward",
        "eyeWide_L",
        "cheekSquint_L",
        "eyeSquint_L",
        "mouthPress_L",
        "browOuterUp_L",
        "jawOpen",
    ):
        shape = shapes[names.index(channel)]
        landmark, axis = np.unravel_index(np.abs(shape).argmax(), shape.shape)
        y = eye_distance * seen[:, landmark, axis]
        slope = np.linalg.lstsq(x, y, rcond=None)[0]
        scatter = (y - x @ slope).std()
        print(f"| {channel} | {landmark} {'xyz'[axis]} | {abs(shape[landmark, axis]):.1f} | "
              f"{slope[names.index(channel)] * np.sign(shape[landmark, axis]):.1f} | {scatter:.1f} |")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    default = os.environ.get("MP2FLAME_SHARED", str(Path(__file__).resolve().parents[2] / "shared"))
    parser.add_argument("--shared", type=Path, default=Path(default))
    parser.add_argument("--heads", nargs="+", default=["lab_head_a.pkl", "lab_head_b.pkl"])
    parser.add_argument("--every", type=int, default=3, help="every n-th frame, as score_lab does")
    args = parser.parse_args()
    sys.path.insert(0, str(args.shared / "tools"))
    import score_lab

    with np.load(args.shared / "data/lab/test.npz") as file:
        test = {k: file[k] for k in file.files}
    with np.load(args.shared / "data/lab/train.npz") as file:
        train = {k: file[k] for k in file.files}
    who = test["identity"]
    scores, landmarks = test["blendshapes"], test["landmarks"]
    rest_scores, rest_landmarks = test["neutral_blendshapes"][who], test["neutral_landmarks"][who]
    response = Response.default()
    weights = {
        "scores + landmarks + neutral": response(
            scores,
            landmarks,
            image_size=(512, 512),
            neutral_blendshapes=rest_scores,
            neutral_landmarks=rest_landmarks,
        ),
        "scores + landmarks": response(scores, landmarks, image_size=(512, 512)),
        "scores + neutral": response(scores, neutral_blendshapes=rest_scores),
        "scores": response(scores),
        "scores as they are": Response.identity()(scores),
        "true weights": to_mediapipe(
            test["arkit_weights"], names=[str(n) for n in test["arkit_names"]], unknown="ignore"
        ),
    }
    rows = np.arange(0, len(who), args.every)
    truth_head = load_flame(args.shared / "models/lab_head_a.pkl")
    forward_a = truth_head.prepare(num_expression=test["expression_a"].shape[1])

    def pose(jaw: np.ndarray, eyes: np.ndarray) -> np.ndarray:
        out = np.zeros((len(jaw), 5, 3), np.float32)
        out[:, 2], out[:, 3], out[:, 4] = jaw, eyes[:, :3], eyes[:, 3:]
        return out

    truth = forward_a(test["expression_a"][rows], pose(test["jaw_pose"][rows], test["eye_pose"][rows]))
    raw = {"f": np.asarray(truth_head.faces), "v_template": np.asarray(truth_head.v_template),
           "weights": np.asarray(truth_head.lbs_weights)}  # fmt: skip
    regions = score_lab.regions(raw)
    print("| head | method | face mm | lips mm | lids mm | jaw deg | eyes deg |\n|" + " --- |" * 7)

    def show(head: str, method: str, vertices: np.ndarray, jaw: np.ndarray, eyes: np.ndarray) -> None:
        error = 1e3 * np.linalg.norm(vertices - truth, axis=-1)
        turn = (
            angle(eyes[:, :3], test["eye_pose"][rows, :3]) + angle(eyes[:, 3:], test["eye_pose"][rows, 3:])
        ) / 2
        values = [error[:, regions[r]].mean() for r in ("face", "lips", "lids")]
        values += [angle(jaw, test["jaw_pose"][rows]), turn]
        asked = ASKED.get(method, (None,) * 5)
        cells = [f"{v:.3f}" + (f" (asked {a:g})" if a else "") for v, a in zip(values, asked, strict=True)]
        print(f"| {head} | {method} | " + " | ".join(cells) + " |", flush=True)

    for name in args.heads:
        driver = Driver(args.shared / "models" / name)
        for method, of in weights.items():
            params = driver.params_from_weights(of[rows])
            show(name, method, driver.vertices(params), params.jaw_pose, params.eye_pose)
    usual = {
        k: scores[rows] @ (np.linalg.pinv(train["blendshapes"]) @ train[k])
        for k in ("expression_a", "jaw_pose", "eye_pose")
    }
    vertices = forward_a(usual["expression_a"].astype(np.float32), pose(usual["jaw_pose"], usual["eye_pose"]))
    show("lab_head_a.pkl", "usual method (pseudo-inverse)", vertices, usual["jaw_pose"], usual["eye_pose"])

    target = axis_angle_to_matrix(test["global_orient"])
    ours = np.degrees(geodesic_angle(align(landmarks, (512, 512)).rotation, target))
    matrix = np.degrees(geodesic_angle(test["face_matrix"][:, :3, :3], target))
    print(f"\nhead rotation: {ours.mean():.2f} deg mean, {np.percentile(ours, 95):.2f} p95 (asked 1.8 mean); "
          f"MediaPipe's matrix {matrix.mean():.2f} and {np.percentile(matrix, 95):.2f}\n")  # fmt: skip

    names = [str(n) for n in test["arkit_names"]]
    print("| channel | landmarks + neutral | scores + neutral | scores as they are |\n|" + " --- |" * 4)
    for channel in BLENDSHAPES[1:]:
        sides = [
            i
            for i, n in enumerate(names)
            if channel in (n.replace("_L", "Left").replace("_R", "Right"), n[:-2])
        ]
        if not sides:
            continue
        goal = test["arkit_weights"][:, sides].mean(1)
        cells = []
        for method in ("scores + landmarks + neutral", "scores + neutral", "scores as they are"):
            value = weights[method][:, INDEX[channel]]
            cells.append(f"{np.corrcoef(goal, value)[0, 1]:.2f}" if value.std() > 1e-7 else "dead")
        print(f"| {channel} | " + " | ".join(cells) + " |")

    what_landmarks_show(args.shared, train)

    single = {
        "image_size": (512, 512),
        "neutral_blendshapes": rest_scores[1],
        "neutral_landmarks": rest_landmarks[1],
    }
    print()
    wide = np.array(
        [1.2, 1.0, 1.0], np.float32
    )  # a face unlike the renders: what was measured is followed too
    other = {"landmarks": landmarks[1] * wide, **single, "neutral_landmarks": rest_landmarks[1] * wide}
    cases = {
        "scores alone": {},
        "everything": {"landmarks": landmarks[1], **single},
        "everything, a face unlike the renders": other,
    }
    for what, keywords in cases.items():
        times = []
        for _ in range(300):
            start = time.perf_counter()
            response(scores[1], **keywords)
            times.append(time.perf_counter() - start)
        print(f"one frame, {what}: {1e3 * np.median(times):.3f} ms median, {1e3 * np.min(times):.3f} best")


if __name__ == "__main__":
    main()
