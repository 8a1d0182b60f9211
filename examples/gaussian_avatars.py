"""Drive a GaussianAvatars avatar: its live dictionary, and a motion file for its viewer.

    python examples/gaussian_avatars.py                          made-up motion on the built-in head
    python examples/gaussian_avatars.py take.npz -o motion.npz   a take of 'mp2flame run ... -o take.npz'

``live_dictionary`` is what ``FlameGaussianModel.update_mesh_by_param_dict`` takes; copy it into your own
viewer loop (docs/gaussian_avatars.md has that loop). The motion file goes to
``python local_viewer.py --point_path .../point_cloud.ply --motion_path motion.npz``.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import mp2flame as m2f
from mp2flame.base.channels import INDEX
from mp2flame.base.values import FlameParams
from mp2flame.io.formats import write_motion
from mp2flame.take.take import Take

NUM_EXPRESSION = 100
"""GaussianAvatars' FLAME head has 100 expression coefficients."""


def live_dictionary(params: FlameParams, origin: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """One frame as GaussianAvatars' parameter dictionary: float32, a batch axis of 1, its own short names.

    ``neck``, ``jaw`` and ``eyes`` here, but ``neck_pose``, ``jaw_pose`` and ``eyes_pose`` in its files.

    Args:
        params: one frame, from the FLAME file that the avatar was trained with (FLAME 2023).
        origin: ``(3,)`` translation to count from, usually that of the first frame: avatars sit at the
            origin, a tracked head half a metre or more in front of the camera.
    """
    if params.num_expression > NUM_EXPRESSION:
        raise ValueError(
            f"the avatar has {NUM_EXPRESSION} expression coefficients, not {params.num_expression}"
        )
    expression = np.zeros((1, NUM_EXPRESSION), np.float32)
    expression[0, : params.num_expression] = params.expression
    transl = params.transl if origin is None else params.transl - origin
    return {
        "expr": expression,
        "rotation": params.global_orient[None],
        "neck": params.neck_pose[None],
        "jaw": params.jaw_pose[None],
        "eyes": params.eye_pose[None],  # left, right
        "translation": np.asarray(transl, np.float32)[None],
    }


def to_torch(dictionary: dict[str, np.ndarray]) -> dict[str, Any]:
    """The same as torch tensors; GaussianAvatars moves them to the GPU itself."""
    import torch

    return {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in dictionary.items()}


def made_up_take(seconds: float = 2.0, fps: float = 30.0) -> Take:
    """A mouth that opens twice and two blinks, on the built-in head."""
    driver = m2f.Driver()
    time_s = np.arange(round(seconds * fps)) / fps
    weights = np.zeros((len(time_s), 52), np.float32)
    weights[:, INDEX["jawOpen"]] = 0.5 - 0.5 * np.cos(2 * np.pi * time_s)
    for side in ("Left", "Right"):
        weights[:, INDEX[f"eyeBlink{side}"]] = (time_s % 1.0 > 0.85).astype(np.float32)
    return Take.from_params(driver.params_from_weights(weights), 1000 * time_s, arkit_weights=weights)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("take", nargs="?", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("motion.npz"))
    arguments = parser.parse_args()
    take = Take.load(arguments.take) if arguments.take else made_up_take()
    origin = take.transl[int(np.argmax(take.detected))]
    first = live_dictionary(take.params[0], origin)
    print("live dictionary:", {key: value.shape for key, value in first.items()})
    # zeros float32 (T, 5143, 3) of dynamic_offset come with it: the viewer stops without them
    lost = write_motion(take, arguments.output, "gaussian-avatars", overwrite=True)
    print(
        f"{arguments.output}: {take.num_frames} frames" + (f"; not in it: {', '.join(lost)}" if lost else "")
    )


if __name__ == "__main__":
    main()
