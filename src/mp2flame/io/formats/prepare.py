"""A take as a format wants it: its head where the format keeps it, as many coefficients as it has, its camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...base.errors import InputError
from ...base.values import FloatArray
from ...observe.move_head import (
    HeadMotion,
    absorb_camera,
    head_transform,
    in_camera,
    in_neck,
    in_root,
    neck_for,
    rigid,
)
from ...take.take import Take
from ..options import Home
from . import kept
from .base import Array, Format, Motion, Options
from .lens import standing_camera, with_camera, world_of

_JOINTS = (
    "up to some millimetres of head position: the joints are those of the mean head; give the FLAME file"
)
_NOT_FLAME = (
    "the meaning of the coefficients: this take drives the built-in head, whose expression basis is not "
    "FLAME's; drive your FLAME file first: mp2flame run TAKE --flame FILE -o other.npz"
)


def prepare(motion: Motion, entry: Format, options: Options) -> tuple[Motion, list[str]]:
    """The motion as the format's ``write`` takes it, and what that lost.

    Raises:
        InputError: it holds no FLAME parameters, or its head cannot go where ``options.pose`` says.
    """
    record, ours, lost = motion.recording, entry.name == "recording", list[str]()
    if kept.EXPRESSION in entry.carries and not ours and not record.num_expression:
        raise InputError(
            "this take holds weights, no FLAME parameters. 'mp2flame run TAKE --flame YOUR_FLAME -o driven.npz' makes "
            f"them; convert that to {entry.name}."
        )
    if options.pose is not None and options.pose not in entry.poses:
        raise InputError(
            f"{entry.name} keeps head motion in the {' or the '.join(entry.poses)}, not in the {options.pose}."
        )
    expression = record.expression
    if entry.num_expression is not None and kept.EXPRESSION in entry.carries:
        expression = _of_width(expression, entry.num_expression, lost)
    world = world_of(record)
    standing, pose = standing_camera(world), HeadMotion.of(record.params)
    has_camera = kept.CAMERA in entry.carries and not ours
    if record.image_size.ndim == 2 and (has_camera or entry.name == "mediapipe-json"):
        record = record.of_one_size()
        height, width = record.image_size
        lost.append(
            f"that the pictures differ in size: the camera is for pictures brought to {width} x {height} pixels"
        )
    if has_camera or (ours and options.camera is not None):
        record, pose, notes = with_camera(
            record, pose, standing, options.joints, options.camera, options.image_size
        )
        lost += notes
    if ours and options.world is None:
        world = record.meta.get("world", "")
    elif kept.TRANSLATION in entry.carries:
        pose, standing, world = _stand(pose, standing, world, record, entry, options, lost)
    camera = np.broadcast_to(standing, (record.num_frames, 4, 4))
    home: Home = options.pose or entry.pose_home
    apart = options.pose is None and home == "root" and len(entry.poses) > 1
    if not apart and kept.ROTATION in entry.carries:
        pose, camera = _bring_home(pose, camera, home, options, lost)
    if kept.ROTATION in entry.carries or kept.EXPRESSION in entry.carries:
        lost += _times_lost(record, entry)
    made_for = record.meta.get("flame") or {}
    if made_for.get("release") == "builtin" and not ours and kept.EXPRESSION in entry.carries:
        lost.append(_NOT_FLAME)
    changed = replace(
        record, expression=expression, neck_pose=pose.neck_pose, global_orient=pose.global_orient, transl=pose.transl,
        eyelids=record.eyelids if ours else None, meta={**record.meta, "world": world} if world else record.meta,
    )  # fmt: skip
    return replace(motion, recording=changed, world_to_camera=np.asarray(camera), format=entry.name), lost


def _of_width(expression: FloatArray, width: int, lost: list[str]) -> FloatArray:
    """Padded with zeros or cut to ``width`` coefficients."""
    have = expression.shape[1]
    if have <= width:
        return np.pad(expression, ((0, 0), (0, width - have)))
    rest = float(np.abs(expression[:, width:]).max(initial=0))
    if rest:
        lost.append(
            f"expression coefficients {width} to {have - 1} (largest {rest:.2g}); convert to {width} by vertices to keep "
            "their shape"
        )
    return expression[:, :width]


def _stand(
    pose: HeadMotion, standing: Array, world: str, record: Take, entry: Format, options: Options, lost: list[str]
) -> tuple[HeadMotion, Array, str]:  # fmt: skip
    """Positions counted from where the format, or the caller, wants it; the camera goes along."""
    wanted = options.world or ("head" if entry.stands == "head" else None)
    if wanted is not None:
        there = standing_camera(wanted)
        frames = np.broadcast_to(standing, (record.num_frames, 4, 4))
        return absorb_camera(pose, frames, options.joints, there), there, wanted
    if entry.stands != "centred" and not (entry.stands == "file" and {"root", "camera"} <= {*entry.poses}):
        return pose, standing, world
    # as VHAP's relocate_flame_meshes: the mean translation becomes the origin, cameras move along
    mean = pose.transl[record.detected].mean(0) if record.detected.any() else pose.transl.mean(0)
    if entry.stands == "centred" and np.abs(mean).max() > 1e-3:
        x, y, z = mean
        lost.append(
            f"where the head is: its mean position ({x:.3f}, {y:.3f}, {z:.3f} m) was made the origin, which the viewer "
            "orbits; --world camera keeps it"
        )
    moved = HeadMotion(pose.global_orient, pose.neck_pose, pose.transl - mean)
    return moved, standing @ rigid(np.eye(3), mean), world


def _bring_home(
    pose: HeadMotion, camera: Array, home: Home, options: Options, lost: list[str]
) -> tuple[HeadMotion, Array]:
    """The head's motion in root, neck or camera, as the format keeps it."""
    in_the_root, in_the_neck = bool(np.any(pose.global_orient)), bool(np.any(pose.neck_pose))
    if (home == "root" and not in_the_neck) or (home == "neck" and not in_the_root):
        return pose, camera  # nothing to move, and so nothing is rounded
    if in_the_neck:
        but = "" if home == "neck" else " (the face stays the same, the shoulders do not)"
        lost.append(f"how the turn was shared by root and neck{but}")
    whole = head_transform(pose, options.joints)
    if home == "camera":
        return in_camera(whole, camera[0])
    if home == "root":
        lost += [] if options.joints_known else [_JOINTS]
        return in_root(whole, options.joints), camera
    if options.forward is None:
        also = "; FLAME's neck also changes the shape of the jaw's edge, which its root does not"
        lost.append(_JOINTS + also)
        return in_neck(whole, options.joints), camera
    pose, off = neck_for(pose, options.forward)
    lost += _face_moves(off, options)
    return pose, camera


def _face_moves(off: Array, options: Options) -> list[str]:
    """What the neck does to the face, in words; refused where the neck was asked for and it is more than is allowed."""
    most, middle = 1e3 * off.max(), 1e3 * float(np.median(off))
    figure = (
        f"turned by its neck this head's landmarks move by up to {most:.1f} mm ({middle:.1f} mm in the median of the most "
        "turned frames), most at the jaw's edge, as FLAME's neck has pose correctives and its root has none"
    )
    if options.pose == "neck" and most > options.face_may_move_mm:
        raise InputError(
            f"the face would not stay: {figure}; no pose of the neck avoids it. Without --pose neck the turn stays in "
            f"the root, which keeps the face exactly; --face-may-move {np.ceil(most):.0f} allows it."
        )
    if most <= 0.1:
        return []
    instead = "" if options.pose else "; --pose root keeps it where the format has a root"
    return [f"the face as it is: {figure}{instead}"]


def _times_lost(record: Take, entry: Format) -> list[str]:
    """What a format without time stamps loses of a take's times."""
    rate, steps = record.fps, np.diff(record.timestamp_ms)
    if kept.TIMES in entry.carries or record.num_frames < 2 or not rate:
        return []
    if np.abs(steps - 1000.0 / rate).max() > 0.5 * 1000.0 / rate:
        return ["uneven timestamps: resample first"]
    if entry.keeps_rate:
        return []
    return [
        f"the frame rate, {rate:g} per second (the file has no place for it; read it with --fps {rate:g})"
    ]
