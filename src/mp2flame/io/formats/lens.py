"""The camera of a take that is written or read: its intrinsics, and in words what was assumed or cannot be held.

``Take.intrinsics`` are pixels of a picture of ``Take.image_size``. A writer gets a take that has both
(``with_camera``); a constant that nobody gave is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError
from ...observe.camera import Camera, camera_of
from ...observe.move_head import DEFAULT_CAMERA, GL_TO_CV, HeadMotion, seen_by_another
from ...take.take import Take

Array = npt.NDArray[Any]

NEAR_FOV_DEG, NEAR_SIZE = 20.0, (512, 512)
"""Of a take that no picture belongs to and whose head stands one metre away: flame-head-tracker's view of a head."""


def standing_camera(world: str | None) -> Array:
    """World to camera of the still camera that goes with a ``world``."""
    return GL_TO_CV if world == "camera" else DEFAULT_CAMERA


def world_of(record: Take) -> str:
    """Where a take's positions count from: as its header says, or by where the head is."""
    named = record.meta.get("world")
    if named in ("head", "camera"):
        return str(named)
    # a head more than 20 cm in front of the origin's camera is seen from there
    return "camera" if record.num_frames and np.median(record.transl[:, 2]) < -0.2 else "head"


def size_of(record: Take) -> tuple[int, int] | None:
    """(height, width) of the take's picture, None when it is not known."""
    height, width = (int(n) for n in record.image_size)
    return (height, width) if height > 0 and width > 0 else None


def intrinsics_of(record: Take) -> tuple[Array, tuple[int, int]]:
    """``(T,3,3)`` pixels and (height, width) of a take that has been through ``with_camera``."""
    size = size_of(record)
    assert record.intrinsics is not None and size is not None
    return np.broadcast_to(record.intrinsics, (record.num_frames, 3, 3)), size


def one_if_same(intrinsics: Array) -> Array:
    """``(T,3,3)`` as ``(3,3)`` when all are the same."""
    return (
        intrinsics[0]
        if intrinsics.ndim == 3 and len(intrinsics) and not np.ptp(intrinsics, axis=0).any()
        else intrinsics
    )


def camera_asked(camera: Camera | float | None, size: tuple[int, int] | None) -> Array | None:
    """``(3,3)`` of ``--camera``, None when there is none.

    Raises:
        InputError: the picture's size is not known.
    """
    if camera is None:
        return None
    if size is None:
        raise InputError(
            "a camera needs the size of its picture: pass image_size (--image-size WIDTHxHEIGHT)."
        )
    found = camera_of(camera, size)
    assert found is not None
    return found.matrix


def with_camera(
    record: Take,
    motion: HeadMotion,
    standing: Array,
    joints: Array,
    camera: Camera | float | None,
    image_size: tuple[int, int] | None,
) -> tuple[Take, HeadMotion, list[str]]:
    """The take with intrinsics and picture size for a format that has a camera.

    Args:
        record, motion: the take and its head's motion.
        standing: ``(4,4)`` the still camera that the positions are for.
        joints: root and neck.
        camera, image_size: what the caller says of them; over what the take says.

    Returns:
        The take, the motion (moved where another camera sees the head at the same place) and what was assumed.
    """
    own, size = record.intrinsics, size_of(record)
    notes: list[str] = []
    if own is not None and size is None:
        size = tuple(int(n) for n in np.maximum(np.rint(2 * own.reshape(-1, 3, 3)[0, [1, 0], 2]), 1))  # type: ignore[assignment]
    if own is not None and size is not None and image_size is not None and image_size != size:
        height, width = (new / old for new, old in zip(image_size, size))
        own = own * np.array([[width], [height], [1.0]])
    known = image_size or size
    asked = camera_asked(camera, known)
    how = record.meta.get("intrinsics", "given")
    if asked is not None and own is not None and not np.allclose(own, asked, rtol=1e-5):
        motion = seen_by_another(motion, standing, own, asked, joints)
        notes.append(
            "how the take's own camera saw the head: it was moved to where the other one sees it at the same place and "
            "size. 'mp2flame run VIDEO --camera ...' places it anew"
        )
    if asked is not None:
        own, how = asked, "given"
    elif own is None:
        how = "assumed"
        far = standing[2, 3] == 0.0
        made = (
            Camera.assumed(known or NEAR_SIZE) if far or known else Camera.from_fov(NEAR_FOV_DEG, NEAR_SIZE)
        )
        own, known = made.matrix, made.image_size
    if how == "assumed":
        assert known is not None
        fov = np.degrees(2 * np.arctan(known[0] / (2 * own.reshape(-1, 3, 3)[0, 1, 1])))
        notes.append(
            f"the real camera: {fov:.0f} degrees vertically and a picture of {known[1]} x {known[0]} pixels are assumed; "
            "--camera and --image-size say what it was"
        )
    meta = {**record.meta, "intrinsics": how}
    return replace(record, intrinsics=one_if_same(own), image_size=np.array(known), meta=meta), motion, notes


def told(
    intrinsics: Array,
    size: tuple[int, int],
    *,
    changes: bool = False,
    square: bool = True,
    centre: bool = True,
) -> list[str]:
    """What of a camera a format with one focal length, a centre in the middle or a single camera cannot hold.

    Args:
        intrinsics: ``(T,3,3)``.
        size: (height, width).
        changes, square, centre: whether the format lacks cameras that change, two focal lengths, a centre elsewhere.
    """
    first, lost = intrinsics[0], []
    if changes and np.ptp(intrinsics, axis=0).max() > 1e-3:
        lost.append("that the camera changes (the first frame's is written)")
    if square and abs(first[0, 0] / first[1, 1] - 1) > 1e-3:
        lost.append(
            f"two focal lengths ({first[0, 0]:.1f} and {first[1, 1]:.1f} pixels; their mean is written)"
        )
    away = first[:2, 2] - np.array([size[1], size[0]]) / 2
    if centre and np.abs(away).max() > 0.5:
        lost.append(
            f"the camera's centre ({away[0]:+.1f}, {away[1]:+.1f} pixels from the middle of the picture)"
        )
    return lost


def mean_focal(intrinsics: Array) -> Array:
    """``(T)`` mean of the two focal lengths."""
    focal: Array = 0.5 * (intrinsics[..., 0, 0] + intrinsics[..., 1, 1])
    return focal
