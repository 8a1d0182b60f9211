"""Every order and spelling of the face channels that we meet, and the way from one to another.

The 52 names are Apple's ARKit blend shape locations; MediaPipe has 51 of them (no ``tongueOut``) and
puts ``_neutral`` in front. Left and right are the subject's. Sources of the orders:

- ``mediapipe``: ``Blendshapes`` enum of MediaPipe's Face Landmarker.
- ``arkit``: the grouping of Apple's ``ARFaceAnchor.BlendShapeLocation`` page (left eye, right eye, jaw and
  mouth, brows, cheeks, nose, tongue), which Unreal's ``EARFaceBlendShape`` also has.
- ``arkit_alphabetical`` and ``lam_a2e``: the same names sorted; LAM's Audio2Expression writes them so.
- ``pylivelinkface``: the ``FaceBlendShape`` enum of PyLiveLinkFace, which is Unreal's; the UDP packet too.
- ``livelink_csv``: header of the CSV that the Live Link Face app saves. It has JawRight before JawLeft and
  MouthRight before MouthLeft, against the enum: never match Live Link by position across the two.
- ``ifacialmocap``: order of the example packet in iFacialMocap's developer page (a packet may come in any
  order: match by the names in it).
- ``beat51``: the ``names`` of BEAT's facial JSON files, also EMAGE's: no ``_neutral``, no ``tongueOut``.
- ``ict55``: ICT-FaceKit style ``_L``/``_R`` names, with ``browInnerUp`` and ``cheekPuff`` in two sides and
  ``cheekRaiser``, which has no ARKit name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import InputError, ShapeError

BLENDSHAPES: tuple[str, ...] = tuple(
    """
    _neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff
    cheekSquintLeft cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight
    eyeLookInLeft eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft
    eyeSquintRight eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft
    mouthDimpleRight mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft
    mouthLowerDownRight mouthPressLeft mouthPressRight mouthPucker mouthRight mouthRollLower mouthRollUpper
    mouthShrugLower mouthShrugUpper mouthSmileLeft mouthSmileRight mouthStretchLeft mouthStretchRight
    mouthUpperUpLeft mouthUpperUpRight noseSneerLeft noseSneerRight
    """.split()
)
"""MediaPipe's 52 names in its order, verbatim; index 0 is ``_neutral``."""

NUM_BLENDSHAPES = len(BLENDSHAPES)
INDEX: dict[str, int] = {name: i for i, name in enumerate(BLENDSHAPES)}
"""MediaPipe name to column."""

JOINT_NAMES: tuple[str, ...] = ("root", "neck", "jaw", "left_eye", "right_eye")
"""FLAME's joints in its order."""

_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
_LEFT_EYE = tuple(f"eye{part}Left" for part in _EYE)
_RIGHT_EYE = tuple(f"eye{part}Right" for part in _EYE)
_FROM_SMILE = tuple(
    """
    mouthSmileLeft mouthSmileRight mouthFrownLeft mouthFrownRight mouthDimpleLeft mouthDimpleRight
    mouthStretchLeft mouthStretchRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper
    mouthPressLeft mouthPressRight mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft mouthUpperUpRight
    browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight
    cheekPuff cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight tongueOut
    """.split()
)
_LIPS = ("mouthClose", "mouthFunnel", "mouthPucker")

ARKIT: tuple[str, ...] = (
    *_LEFT_EYE, *_RIGHT_EYE, "jawForward", "jawLeft", "jawRight", "jawOpen",
    *_LIPS, "mouthLeft", "mouthRight", *_FROM_SMILE,
)  # fmt: skip
"""ARKit's 52 in Apple's documented order: with ``tongueOut``, without ``_neutral``."""

ARKIT_ALPHABETICAL: tuple[str, ...] = (*BLENDSHAPES[1:], "tongueOut")
"""ARKit's 52 sorted by name."""

HEAD_AND_EYE_ANGLES: tuple[str, ...] = (
    "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll",
    "RightEyeYaw", "RightEyePitch", "RightEyeRoll",
)  # fmt: skip
"""The nine angles that Live Link appends to its 52 shapes."""

LIVELINK_EYE_SIGNS = (-1.0, 1.0, -1.0)
"""Yaw, pitch, roll of Live Link's eye columns as turns about FLAME's y, x, z: R = Ry(-yaw) Rx(pitch) Rz(-roll)."""

LIVELINK_HEAD_SIGNS = (1.0, -1.0, -1.0)
"""The same of its head columns, whose yaw and pitch run against those of the eyes (docs/conventions.md)."""

LIVELINK_CSV: tuple[str, ...] = (
    *(
        name[0].upper() + name[1:]
        for name in (
            *_LEFT_EYE, *_RIGHT_EYE, "jawForward", "jawRight", "jawLeft", "jawOpen",
            *_LIPS, "mouthRight", "mouthLeft", *_FROM_SMILE,
        )
    ),
    *HEAD_AND_EYE_ANGLES,
)  # fmt: skip
"""The 61 value columns of a Live Link Face CSV (after ``Timecode`` and ``BlendShapeCount``)."""

PYLIVELINKFACE: tuple[str, ...] = (*(name[0].upper() + name[1:] for name in ARKIT), *HEAD_AND_EYE_ANGLES)
"""The 61 members of PyLiveLinkFace's ``FaceBlendShape``, and the floats of a Live Link UDP packet."""

IFACIALMOCAP: tuple[str, ...] = tuple(
    """
    mouthSmile_R eyeLookOut_L mouthUpperUp_L eyeWide_R mouthClose mouthPucker mouthRollLower eyeBlink_R
    eyeLookDown_L cheekSquint_R eyeBlink_L tongueOut jawRight eyeLookIn_R cheekSquint_L mouthDimple_L
    mouthPress_L eyeSquint_L mouthRight mouthShrugLower eyeLookUp_R eyeLookOut_R mouthPress_R cheekPuff
    jawForward mouthLowerDown_L mouthFrown_L mouthShrugUpper browOuterUp_L browInnerUp mouthDimple_R
    browDown_R mouthUpperUp_R mouthRollUpper mouthFunnel mouthStretch_R mouthFrown_R eyeLookDown_R jawOpen
    jawLeft browDown_L mouthSmile_L noseSneer_R mouthLowerDown_R noseSneer_L eyeWide_L mouthStretch_L
    browOuterUp_R eyeLookIn_L eyeSquint_R eyeLookUp_L mouthLeft
    """.split()
)
"""iFacialMocap's 52 names (values there are 0..100)."""

BEAT51: tuple[str, ...] = BLENDSHAPES[1:]
"""The 51 without ``_neutral`` and ``tongueOut``, as in BEAT and EMAGE files."""

_SPLIT = ("browInnerUp", "cheekPuff")


def _short_sides(name: str) -> tuple[str, ...]:
    if name in _SPLIT:
        return (f"{name}_L", f"{name}_R")
    for side in ("Left", "Right"):
        if name.endswith(side) and name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
            return (f"{name.removesuffix(side)}_{side[0]}",)
    return (name,)


ICT55: tuple[str, ...] = tuple(
    sorted([s for name in BEAT51 for s in _short_sides(name)] + ["cheekRaiser_L", "cheekRaiser_R"])
)
"""55 names with ``_L``/``_R``, ``browInnerUp`` and ``cheekPuff`` split into sides, plus ``cheekRaiser``."""

ORDERS: dict[str, tuple[str, ...]] = {
    "mediapipe": BLENDSHAPES,
    "arkit": ARKIT,
    "arkit_alphabetical": ARKIT_ALPHABETICAL,
    "livelink_csv": LIVELINK_CSV,
    "pylivelinkface": PYLIVELINKFACE,
    "ifacialmocap": IFACIALMOCAP,
    "beat51": BEAT51,
    "lam_a2e": ARKIT_ALPHABETICAL,
    "ict55": ICT55,
}
"""Name of an order to its column names, spelled as the format spells them."""

_EXTRAS = ("tongueOut", *HEAD_AND_EYE_ANGLES, "cheekRaiserLeft", "cheekRaiserRight")
_CANONICAL = {
    name.replace("_", "").lower(): name
    for name in (*BLENDSHAPES, *_EXTRAS, *(f"{n}{side}" for n in _SPLIT for side in ("Left", "Right")))
}
_SIDE = {"l": "left", "r": "right"}
_REMEMBERED = 80  # characters: tables ask for the same names line by line; longer ones are not kept


def canonical_name(name: str) -> str | None:
    """The camelCase ``Left``/``Right`` spelling of a channel, or None when it is not one we know.

    Case, underscores, spaces and hyphens do not matter, and ``_L``, ``.L`` or a capital ``L`` at the end
    are the left side: ``EyeBlinkLeft``, ``eyeBlink_L``, ``eye_blink_left``, ``EYE_BLINK_LEFT`` are one.
    A prefix up to a dot, colon, slash or bar (``blendShape1.jawOpen``) is dropped.
    """
    text = str(name).strip()
    return _canonical(text) if len(text) <= _REMEMBERED else _canonical.__wrapped__(text)


@lru_cache(8192)
def _canonical(text: str) -> str | None:
    text = re.split(r"[.:/|](?=[A-Za-z_]{3})", text)[-1]
    plain = re.sub(r"[\s_.\-]", "", text).lower()
    if plain == "neutral" and not text.startswith("_"):
        return None  # an emotion's column in many tables
    if plain in _CANONICAL:
        return _CANONICAL[plain]
    side = re.fullmatch(r"(.+?)(?:[_.\s\-]([lLrR])|(?<=[a-z])([LR]))", text)
    if side is None:
        return None
    stem = re.sub(r"[\s_.\-]", "", side[1]).lower()
    return _CANONICAL.get(stem + _SIDE[(side[2] or side[3]).lower()])


_IN_BRACKETS = re.compile(r".*\[\s*[\"']?([^\[\]\"']+)[\"']?\s*\]")
_RUN_TOGETHER = re.compile(
    r"(?:ar(?:kit)?)?(?:faceanchor|face)?(?:blendshape|morphtarget|shapekey)s?(?:location)?", re.IGNORECASE
)
_OF_VALUES = re.compile(
    r"[\s_.\-]+\(?(?:weights?|values?|val|scores?|intensity|coefficients?|coeffs?|percent|%|0-1|0\.\.1)\)?$",
    re.IGNORECASE,
)


def bare_name(name: str) -> str:
    """A channel's name without what is around it; else the name as it is.

    ``ARKit_jawOpen``, ``face jaw_open``, ``ARBlendShapeLocationJawOpen``, ``jawOpen_weight``, ``morphs["jawOpen"]``.
    """
    text = str(name).strip()
    if canonical_name(text) is not None:
        return text
    inside = _IN_BRACKETS.fullmatch(text)
    short = _OF_VALUES.sub("", inside[1] if inside else text)
    starts = [0, *(found.end() for found in re.finditer(r"[\s_\-]+", short) if found.start())]
    joined = _RUN_TOGETHER.match(short)
    for start in [*starts, joined.end()] if joined else starts:
        if canonical_name(short[start:]) is not None:
            return short[start:]
    return text


def order_names(order: str | Sequence[str]) -> tuple[str, ...]:
    """Column names of an order by its name, or the given names themselves.

    Raises:
        InputError: the name is not in ``ORDERS``.
    """
    if not isinstance(order, str):
        return tuple(order)
    if order not in ORDERS:
        raise InputError(
            f"unknown channel order {order!r}; known: {', '.join(ORDERS)}. "
            "Pass one of them, or the list of column names."
        )
    return ORDERS[order]


def _columns(names: Sequence[str], unknown: str) -> dict[str, int]:
    """Canonical name to column; refuses duplicates and, unless told otherwise, unknown names."""
    columns: dict[str, int] = {}
    strangers = []
    for i, name in enumerate(names):
        canonical = canonical_name(name)
        if canonical is None:
            strangers.append(str(name))
        elif canonical in columns:
            raise InputError(
                f"two columns mean {canonical}: {names[columns[canonical]]!r} and {name!r}; keep one of them."
            )
        else:
            columns[canonical] = i
    if strangers and unknown != "ignore":
        raise InputError(
            f"unknown channel name{'s' if len(strangers) > 1 else ''} {', '.join(map(repr, strangers[:5]))}"
            f"{' ...' if len(strangers) > 5 else ''}; rename to ARKit names (mp2flame.base.channels.ARKIT) "
            "or pass unknown='ignore' to leave them out."
        )
    if not columns:
        raise InputError("none of the column names is a face channel; expected ARKit or MediaPipe names.")
    return columns


def missing_channels(names: Iterable[str]) -> list[str]:
    """Which of MediaPipe's channels none of these names means; ``_neutral`` is never missed."""
    have = {canonical_name(name) for name in names}

    def known(name: str) -> bool:
        return name in have or (name in _SPLIT and {f"{name}Left", f"{name}Right"} <= have)

    return [name for name in BLENDSHAPES[1:] if not known(name)]


def _numbers(array: npt.ArrayLike) -> npt.NDArray[Any]:
    values = np.asarray(array)
    if values.dtype.kind not in "fiub":
        raise InputError(f"expected an array of numbers, got dtype {values.dtype}.")
    return values if values.dtype.kind == "f" else values.astype(np.float32)


def convert_order(
    array: npt.ArrayLike,
    source: str | Sequence[str],
    target: str | Sequence[str],
    *,
    fill: float = 0.0,
    unknown: str = "error",
) -> npt.NDArray[Any]:
    """Put the columns of one channel order into another, matching by name.

    Values are not rescaled (iFacialMocap's are 0..100). A channel split into sides (``browInnerUp_L`` and
    ``browInnerUp_R``) becomes the mean of the two, and the other way both sides get the one value.

    Args:
        array: ``(*batch, len(source))``.
        source, target: a key of ``ORDERS`` or the column names in any spelling.
        fill: value of target columns that the source does not have.
        unknown: 'error' refuses names that are no face channel, 'ignore' drops or fills them.

    Returns:
        ``(*batch, len(target))``, dtype of the input (float32 for integers).

    Raises:
        InputError: unknown order or names, duplicates.
        ShapeError: the number of columns differs from the source's.
    """
    values = _numbers(array)
    source_names, target_names = order_names(source), order_names(target)
    if values.ndim == 0 or values.shape[-1] != len(source_names):
        label = f"order {source!r}" if isinstance(source, str) else "the given names"
        raise ShapeError(f"{label} has {len(source_names)} columns, the array has shape {values.shape}.")
    have = _columns(source_names, unknown)
    _columns(target_names, unknown)
    result = np.full((*values.shape[:-1], len(target_names)), fill, dtype=values.dtype)
    for i, name in enumerate(target_names):
        wanted = canonical_name(name)
        if wanted is None:
            continue
        whole = wanted.removesuffix("Left").removesuffix("Right")
        if wanted in have:
            result[..., i] = values[..., have[wanted]]
        elif wanted in _SPLIT and {f"{wanted}Left", f"{wanted}Right"} <= have.keys():
            result[..., i] = 0.5 * (values[..., have[f"{wanted}Left"]] + values[..., have[f"{wanted}Right"]])
        elif whole in _SPLIT and whole in have:
            result[..., i] = values[..., have[whole]]
    return result


def to_mediapipe(
    array: npt.ArrayLike,
    order: str | None = None,
    names: Sequence[str] | None = None,
    *,
    unknown: str = "error",
) -> npt.NDArray[Any]:
    """Face channels in any known order as MediaPipe's 52 columns.

    Args:
        array: ``(*batch, C)``.
        order: a key of ``ORDERS``.
        names: the column names instead, in any spelling.
        unknown: 'ignore' leaves out names that are no face channel.

    Returns:
        ``(*batch, 52)``; columns that the source does not have (``_neutral`` for ARKit sources) are zero.

    Raises:
        InputError: neither order nor names: a width alone does not tell an order; or unknown names.
        ShapeError: the array's width does not fit.
    """
    if order is not None and names is not None:
        raise InputError("pass either order= or names=, not both.")
    if order is None and names is None:
        width = np.asarray(array).shape[-1] if np.ndim(array) else 0
        fitting = [key for key, columns in ORDERS.items() if len(columns) == width]
        hint = f" (with {width} columns it may be {', '.join(fitting)})" if fitting else ""
        raise InputError(
            f"an array of {width} columns does not say which channel is which{hint}. "
            "Pass order='mediapipe' or another key of mp2flame.base.channels.ORDERS, or names=[...] of its columns."
        )
    return convert_order(
        array, order if order is not None else tuple(names or ()), BLENDSHAPES, unknown=unknown
    )


_OTHER_SIDE = {"Left": "Right", "Right": "Left"}


def _swapping(names: Iterable[str]) -> npt.NDArray[np.intp]:
    """The permutation of the 52 columns that exchanges each of these with its other side; its own inverse."""
    swap = np.arange(NUM_BLENDSHAPES)
    for name in names:
        swap[INDEX[name]] = INDEX[re.sub("(Left|Right)$", lambda side: _OTHER_SIDE[side[0]], name)]
    swap.flags.writeable = False
    return swap


MIRROR = _swapping(BLENDSHAPES)
"""Permutation of the 52 columns that swaps left and right; its own inverse."""


def mirror_blendshapes(blendshapes: npt.ArrayLike) -> npt.NDArray[Any]:
    """Swap the subject's left and right in ``(*batch, 52)`` MediaPipe-order scores.

    Raises:
        ShapeError: the last axis is not 52.
    """
    values = _numbers(blendshapes)
    if values.ndim == 0 or values.shape[-1] != NUM_BLENDSHAPES:
        raise ShapeError(f"expected (*batch, 52) in MediaPipe order, got {values.shape}.")
    return values[..., MIRROR]


SWAP_SIDEWAYS = _swapping(("jawLeft", "jawRight", "mouthLeft", "mouthRight"))
"""Permutation that swaps only jawLeft/jawRight and mouthLeft/mouthRight (docs/channel_orders.md: in Live Link
recordings these four come out on the side opposite to MediaPipe's)."""


GROUPS: dict[str, tuple[str, ...]] = {
    group: tuple(name for name in BLENDSHAPES if name.startswith(beginnings))
    for group, beginnings in {
        "brows": ("brow",), "lids": ("eyeBlink", "eyeSquint", "eyeWide"), "gaze": ("eyeLook",),
        "cheeks_nose": ("cheek", "nose"), "jaw": ("jaw",), "mouth": ("mouth",),
    }.items()
}  # fmt: skip
"""Channels by region; together with ``_neutral`` they are the 52."""

GROUP_INDEX: dict[str, npt.NDArray[np.intp]] = {
    group: np.array([INDEX[name] for name in members], dtype=np.intp) for group, members in GROUPS.items()
}
"""Columns of each group."""
