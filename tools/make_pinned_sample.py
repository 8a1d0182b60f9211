"""Make ``tests/data/pinned.npz``, what the published figures are held on (``tests/kit/pinned.py``).

    python tools/make_pinned_sample.py [SHARED]

- ``lab_*``: three pictures of each of the 20 people of the lab test set and their resting face: renders of a FLAME-format
  head of our own (FLAME 2023 Open template and identities, CC-BY-4.0; ICT-FaceKit's shapes, MIT) through MediaPipe, with
  the true weights and head rotation.
- ``clip_*``: MediaPipe's output on "bird" of Intel's sample videos (CC-BY-4.0), in which the face is lost for a while.

No picture is in it. Landmarks are counted in 1/8192 of the picture (0.06 of a pixel at 512) and stored as steps from row to
row, which keeps the file below 300 kB.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from mp2flame.base.channels import to_mediapipe
from mp2flame.drive.observations import observe

HERE = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", HERE.parent / "shared"))
UNIT, MOST = 8192, 300_000


def packed(landmarks: np.ndarray) -> np.ndarray:
    """``(N, 478, 3)`` as int16 steps."""
    counted = np.round(np.asarray(landmarks, np.float64) * UNIT).astype(np.int64)
    return np.diff(counted, axis=0, prepend=np.zeros_like(counted[:1])).astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shared", nargs="?", type=Path, default=SHARED)
    shared = parser.parse_args().shared
    with np.load(shared / "data/lab/test.npz") as data:
        people = np.unique(data["identity"])
        rows = np.concatenate([np.flatnonzero(data["identity"] == i)[[7, 19, 31]] for i in people])
        names = [str(n) for n in data["arkit_names"]]
        arrays = {
            "lab_blendshapes": data["blendshapes"][rows].astype(np.float16),
            "lab_landmarks": packed(data["landmarks"][rows]),
            "lab_face_matrix": data["face_matrix"][rows],
            "lab_identity": np.searchsorted(people, data["identity"][rows]).astype(np.int16),
            "lab_weights": to_mediapipe(data["arkit_weights"][rows], names=names, unknown="ignore").astype(
                np.float16
            ),
            "lab_global_orient": data["global_orient"][rows].astype(np.float32),
            "lab_neutral_blendshapes": data["neutral_blendshapes"].astype(np.float16),
            "lab_neutral_landmarks": packed(data["neutral_landmarks"]),
        }
    seen = observe(shared / "data/videos/intel_asl__bird.mkv")
    assert seen.landmarks is not None and seen.face_matrix is not None and seen.image_size is not None
    arrays |= {
        "clip_detected": seen.detected,
        "clip_timestamp_ms": seen.timestamp_ms,
        "clip_blendshapes": seen.blendshapes[seen.detected].astype(np.float16),
        "clip_landmarks": packed(seen.landmarks[seen.detected]),
        "clip_face_matrix": seen.face_matrix[seen.detected].astype(np.float32),
        "clip_image_size": np.array(seen.image_size),
        "credit": np.array(
            "lab_*: FLAME 2023 Open (MPI-IS, CC-BY-4.0), ICT-FaceKit (USC ICT, MIT); clip_*: Intel sample videos, "
            "clip 'bird' (CC-BY-4.0); scores and landmarks by MediaPipe Face Landmarker"
        ),
    }
    target = HERE / "tests/data/pinned.npz"
    np.savez_compressed(target, **arrays)
    size = target.stat().st_size
    print(f"wrote {target}: {size / 1e3:.0f} kB")
    if size > MOST:
        raise SystemExit(f"more than {MOST / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
