"""Record the bundled demo take: scores and landmarks of a CC-BY-4.0 clip, no picture.

    python tools/make_demo_take.py [CLIP]        default: data/videos/intel_asl__sister.mkv of the test material

Landmarks are stored as 16-bit fractions of their range (an error of at most 1/400 pixel), so that the take
stays small. The profile of the person is made from the resting frames that the estimator says rest most.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from mp2flame import Detection, Detector, Driver
from mp2flame.io.sources import open_source

HERE = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", HERE.parent / "shared"))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", nargs="?", type=Path, default=SHARED / "data/videos/intel_asl__sister.mkv")
    clip = parser.parse_args().clip
    times, faces = [], []
    with open_source(str(clip)) as source, Detector(mode="video") as detector:
        for frame in source:
            found = detector.detect(frame.image, frame.timestamp_ms)
            if not found:
                raise SystemExit("the demo clip must show a face in every frame")
            times.append(frame.timestamp_ms)
            faces.append(found[0])
    scores = np.stack([face.blendshapes for face in faces])
    points = np.stack([face.landmarks for face in faces]).astype(np.float64)
    matrices = np.stack([face.face_matrix for face in faces])
    low, high = points.min((0, 1)), points.max((0, 1))
    share = Driver().estimator.at_rest(
        Detection(scores, points.astype(np.float32), None, faces[0].image_size)
    )[1]
    rest = np.sort(np.argsort(-share)[:30])
    target = HERE / "src/mp2flame/base/data/demo_take.npz"
    np.savez_compressed(
        target,
        timestamp_ms=np.array(times, np.float64),
        blendshapes=scores.astype(np.float32),
        landmarks_u16=np.round((points - low) / (high - low) * 65535).astype(np.uint16),
        landmarks_low=low,
        landmarks_high=high,
        face_matrix=matrices.astype(np.float32),
        image_size=np.array(faces[0].image_size),
        rest_frames=rest,
        credit=np.array(
            "Intel sample videos, CC-BY-4.0 (clip 'sister'); scores and landmarks by MediaPipe Face Landmarker"
        ),
    )
    print(f"wrote {target}: {len(times)} frames, {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
