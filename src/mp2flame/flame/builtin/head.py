"""The head that needs no FLAME file: FLAME's format, made at run time from the tables that ship.

MediaPipe's 468 landmarks of a mean neutral face are its control points; 50 expression directions span how
the 52 shapes move them; it has FLAME's five joints, two eyeballs, teeth, brows and the back of a head. The
rig, the forward pass and every exporter treat it as any other FLAME file, of release ``builtin``.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ...base.cache import cached_arrays
from ...base.channels import BLENDSHAPES
from ...base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from ...base.tables import table
from ...base.values import FloatArray, IntArray
from ..landmarks import NUM_LANDMARKS, NUM_SKIN_LANDMARKS, Embedding
from ..model import FlameModel
from ..outlines import BROWS, INNER_LIPS, LEFT_EYE, OUTER_LIPS, RIGHT_EYE
from ..parts import Parts
from .shell import (
    Patch,
    back_of_head,
    border_loop,
    collar,
    ear,
    eyeball,
    join,
    ring_faces,
    skin_of,
    subdivide,
    weld,
)

BoolArray = npt.NDArray[np.bool_]

NUM_EXPRESSION = 50
EYE_RADIUS = 0.01318  # metres, as FLAME's eyeballs
IRIS_RADIUS = 0.00585
PUPIL_RADIUS = 0.0021
VERSION = 4  # of the construction: part of the cache key

_JAW = 2
_JAW_SHAPES = ("jawForward", "jawLeft", "jawOpen", "jawRight")
_CHIN = (152, 148, 377, 175, 199, 176, 400, 171, 396, 200)
_LID_MARGIN = 0.0009  # metres; half the lid landmarks' gap at full blink, and a little
_LIP_OVERLAP = 0.0004  # metres


_TABLES = (
    "mean_neutral_landmarks",
    "arkit_landmark_shapes",
    "canonical_faces",
    "mean_joints",
    "landmark_mirror",
)


@lru_cache(maxsize=1)
def builtin_head() -> FlameModel:
    """The built-in head: about 5,000 vertices, 50 expression coefficients, no identity directions."""
    version = hashlib.sha256(b"".join(table(name).tobytes() for name in _TABLES)).hexdigest()[:16]
    arrays = cached_arrays(f"builtin{VERSION}-{version}", _make)
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    v = len(arrays["v_template"])
    parts = Parts(*(slice(int(a), int(b)) for a, b in arrays["parts"]))
    return FlameModel(
        v_template=arrays["v_template"],
        faces=arrays["faces"],
        exprdirs=arrays["exprdirs"],
        J_regressor=arrays["J_regressor"],
        lbs_weights=arrays["lbs_weights"],
        shapedirs=np.zeros((v, 3, 0), np.float32),
        posedirs=np.zeros((v, 3, 36), np.float32),
        release="builtin",
        sha256=digest.hexdigest(),
        has_jaw=True,
        gender="neutral",
        certainty="hash",
        embedding=_embedding(arrays["faces"], parts),
        parts=parts,
        has_mouth=True,
    )


def _embedding(faces: IntArray, parts: Parts) -> Embedding:
    """The landmarks on the built-in head: each is a vertex."""
    vertex = np.arange(NUM_LANDMARKS)
    for eye, landmarks in ((parts.right_eye, slice(468, 473)), (parts.left_eye, slice(473, 478))):
        ring = eye.start + 1 + _SECTORS * _IRIS_RING
        vertex[landmarks] = [eye.start, *(ring + _SECTORS // 4 * np.arange(4))]
    order = np.argsort(faces.ravel(), kind="stable")
    first = order[np.searchsorted(faces.ravel(), vertex, sorter=order)]
    face_idx = first // 3
    b_coords = np.eye(3, dtype=np.float32)[first % 3]
    return Embedding(face_idx, b_coords, faces[face_idx].astype(np.int64))


_SECTORS = 24
_EYE_ANGLES = np.arcsin(
    np.array([0.0012, 0.00195, PUPIL_RADIUS + 1e-4, 0.0038, 0.0052, IRIS_RADIUS, 0.0062]) / EYE_RADIUS
)
_EYE_ANGLES = np.r_[_EYE_ANGLES, np.radians([38, 52, 68, 86, 106, 128, 152])]
_IRIS_RING = 5


def _make() -> dict[str, FloatArray]:
    """All arrays of the head, and the ``parts``."""
    landmarks = table("mean_neutral_landmarks").astype(float)
    skin_points = landmarks[:NUM_SKIN_LANDMARKS]
    joints = table("mean_joints").astype(float)
    shapes = table("arkit_landmark_shapes").astype(float)
    jaw_weight, jaw_poses = _jaw(skin_points, shapes, joints[_JAW])

    face = Patch(
        np.eye(NUM_SKIN_LANDMARKS),
        np.zeros((NUM_SKIN_LANDMARKS, 3)),
        _open_faces(),
        skin_of(NUM_SKIN_LANDMARKS, jaw=jaw_weight),
    )
    coarse = weld(face, back_of_head(skin_points, jaw_weight))
    skin = subdivide(coarse)
    plain, lips = _split_lips(skin, np.tile(_in_lips(coarse.faces), 4))
    patches = [
        plain,
        _lids(skin, skin_points, RIGHT_EYE, joints[4]),
        _lids(skin, skin_points, LEFT_EYE, joints[3]),
        _mouth(skin, skin_points),
        *(_brow(face, skin_points, upper, lower, left) for left, (upper, lower) in enumerate(BROWS)),
        _teeth(-0.0345, -0.0490, 0.0470, skin_of(1)),
        _teeth(-0.0485, -0.0580, 0.0445, skin_of(1, jaw=1.0)),
        ear(left=False),
        ear(left=True),
        eyeball(joints[4], _EYE_ANGLES, EYE_RADIUS, skin_of(1, right_eye=1.0), _SECTORS),
        eyeball(joints[3], _EYE_ANGLES, EYE_RADIUS, skin_of(1, left_eye=1.0), _SECTORS),
    ]
    head, parts = join(patches)
    head.faces = np.concatenate([head.faces, lips])
    template = head.at(skin_points)
    return {
        "v_template": template.astype(np.float32),
        "faces": head.faces.astype(np.int32),
        "exprdirs": np.tensordot(
            head.rows, _directions(skin_points, shapes, jaw_weight, jaw_poses, joints), 1
        ).astype(np.float32),
        "J_regressor": _regressor(head, template, joints, parts).astype(np.float32),
        "lbs_weights": head.skin.astype(np.float32),
        "parts": np.array([(p.start, p.stop) for p in parts] + [(len(skin.rest), parts[0].stop)]),
    }


def _open_faces() -> IntArray:
    """MediaPipe's triangles without those that close the eyes and the mouth."""
    faces = table("canonical_faces").astype(np.int64)
    for ring in (RIGHT_EYE, LEFT_EYE, INNER_LIPS):
        faces = faces[~np.isin(faces, ring).all(1)]
    return faces


def _in_lips(faces: IntArray) -> BoolArray:
    """``(F,)`` whether a triangle belongs to the lips: within their outline, reached from the mouth."""
    reached = set(INNER_LIPS)
    while True:
        touched = faces[np.isin(faces, list(reached)).any(1)]
        grown = reached | (set(touched.ravel().tolist()) - set(OUTER_LIPS))
        if grown == reached or len(grown) > 200:
            break
        reached = grown
    return np.asarray(np.isin(faces, [*reached, *OUTER_LIPS]).all(axis=1))


def _split_lips(skin: Patch, lips: BoolArray) -> tuple[Patch, IntArray]:
    """The skin with its vertices on the lips' outline doubled, so that colour ends there; and the lips'
    triangles.

    The doubles come last; the skin keeps the landmarks.
    """
    outline = np.intersect1d(skin.faces[lips], skin.faces[~lips])
    double = np.arange(len(skin.rest))
    double[outline] = len(skin.rest) + np.arange(len(outline))
    copies = skin.pick(outline, np.zeros((len(outline), 3)), np.zeros((0, 3), np.int64))
    grown, _ = join([skin, copies])
    grown.faces = skin.faces[~lips]
    return grown, double[skin.faces[lips]]


def _jaw(points: FloatArray, shapes: FloatArray, joint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Jaw skinning of the landmarks ``(468,)`` and the jaw's rotation in each jaw shape ``(4, 3)``.

    The rotation is the one that moves the chin as the shape does (Kabsch 1976); a landmark's weight is how
    far it goes along with the full rotation when the mouth opens.
    """
    arm = points - joint
    poses = []
    for name in _JAW_SHAPES:
        moved = arm + shapes[BLENDSHAPES.index(name)]
        u, _, vt = np.linalg.svd(moved[list(_CHIN)].T @ arm[list(_CHIN)])
        poses.append(matrix_to_axis_angle(u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt))
    opening = axis_angle_to_matrix(poses[_JAW_SHAPES.index("jawOpen")])
    full = arm @ opening.T - arm
    along = (full * shapes[BLENDSHAPES.index("jawOpen")]).sum(1) / (full * full).sum(1)
    weight = np.clip(along, 0, 1)
    return 0.5 * (weight + weight[table("landmark_mirror")[:NUM_SKIN_LANDMARKS]]), np.array(poses)


def _directions(
    points: FloatArray, shapes: FloatArray, jaw_weight: FloatArray, jaw_poses: FloatArray, joints: FloatArray
) -> FloatArray:
    """``(468, 3, 50)``: principal directions of the shapes' motion that the jaw joint does not make."""
    rest = shapes[1:].copy()
    arm = points - joints[_JAW]
    for name, pose in zip(_JAW_SHAPES, jaw_poses):
        turned = jaw_weight[:, None] * (arm @ axis_angle_to_matrix(pose).T - arm)
        rest[BLENDSHAPES.index(name) - 1] -= turned
    _, size, axes = np.linalg.svd(rest.reshape(len(rest), -1), full_matrices=False)
    # Halved, so that no shape needs more than two units of a coefficient.
    basis = 0.5 * size[:NUM_EXPRESSION, None] * axes[:NUM_EXPRESSION]
    return np.moveaxis(basis.reshape(NUM_EXPRESSION, -1, 3), 0, 2)


def _lids(skin: Patch, points: FloatArray, ring: tuple[int, ...], centre: FloatArray) -> Patch:
    """The lids' edge and the fold behind it, up to inside the eyeball."""
    template = skin.at(points)
    loop = border_loop(skin.faces, ring[0])
    edge = template[loop]
    down = np.sign(edge[:, 1:2] - _opposite(edge)[:, 1:2]) * _fade(edge, 0.004)
    across = -_LID_MARGIN * down * [0, 1, 0]
    ray = edge - centre
    length = np.linalg.norm(ray, axis=1, keepdims=True)
    inside = centre + ray / length * (EYE_RADIUS - 0.0008) - edge
    return collar(skin, loop, [across, inside], points)


def _mouth(skin: Patch, points: FloatArray) -> Patch:
    """The lips' inner edge, which closes the mouth at rest, and a dark bag behind it."""
    loop = border_loop(skin.faces, INNER_LIPS[0])
    edge = skin.at(points)[loop]
    gap = _opposite(edge) - edge
    upper = np.where(np.isin(loop, loop[gap[:, 1] < 0]), 1.0, -1.0)[:, None] * _fade(edge, 0.003)
    across = 0.5 * np.abs(gap[:, 1:2]) * -upper + _LIP_OVERLAP * -upper
    back, up = np.array([0, 0, -1.0]), np.array([0, 1.0, 0])
    middle = edge.mean(0) + [0, 0, -0.045]
    rings = [
        across * up + 0.0010 * back + 0.5 * gap * [0, 0, 1],
        across * up + 0.0035 * back,
        0.008 * back + 0.004 * upper * up,
        0.016 * back + 0.013 * upper * up,
        0.032 * back + 0.014 * upper * up,
        0.5 * (middle - edge) + 0.036 * back * 0.5,
        middle - edge,
    ]
    return collar(skin, loop, rings, points, follow=(1, 1, 1, 0.9, 0.6, 0.2, 0))


def _opposite(edge: FloatArray) -> FloatArray:
    """For each point of an eye's or mouth's edge the point of the other side with the same x."""
    a, b = sorted((int(edge[:, 0].argmin()), int(edge[:, 0].argmax())))
    first, second = np.arange(a, b + 1), np.arange(b, a + len(edge) + 1) % len(edge)
    other = edge.copy()
    for here, there in ((first, second), (second, first)):
        line = edge[there][np.argsort(edge[there, 0])]
        other[here] = np.stack([np.interp(edge[here, 0], line[:, 0], line[:, i]) for i in range(3)], 1)
    return other


def _fade(edge: FloatArray, reach: float) -> FloatArray:
    """``(n, 1)`` 1 along an edge, falling to 0 over the last ``reach`` metres before its corners."""
    x = edge[:, :1]
    return np.clip(np.minimum(x - x.min(), x.max() - x) / reach, 0, 1)


def _brow(
    face: Patch,
    points: FloatArray,
    upper: tuple[int, ...],
    lower: tuple[int, ...],
    left: int,
    count: int = 17,
) -> Patch:
    """A thin dome of hair over the brow's landmarks, from the tail to the nose, tapering towards the tail."""
    t = np.linspace(0, 1, count)
    spline = _catmull_rom(len(upper), count)
    top, bottom = (spline @ face.rows[list(line)] for line in (upper, lower))
    width = np.interp(t, [0, 0.2, 0.7, 1], [0.2, 0.85, 1.1, 0.9])[:, None]
    centre = 0.5 * (top + bottom)
    rows, rest, skin = [], [], []
    normal = np.array([0.0, 0.25, 0.97])
    tilt = np.interp(t, [0, 1], [0.75, 0.05])[:, None] * [1 if left else -1, 0, 0]
    jaw_free = skin_of(count)
    for level, height in ((1.0, -0.0012), (0.6, 0.0006), (0.0, 0.0011), (-0.6, 0.0006), (-1.0, -0.0012)):
        rows.append(centre + level * width * 0.5 * (top - bottom))
        rest.append(height * (normal + tilt) / np.linalg.norm(normal + tilt, axis=1, keepdims=True))
        skin.append(jaw_free)
    faces = ring_faces(count, 5, closed=False)
    return Patch(
        np.concatenate(rows), np.concatenate(rest), faces[:, ::-1] if left else faces, np.concatenate(skin)
    )


def _catmull_rom(knots: int, count: int) -> FloatArray:
    """``(count, knots)`` weights of a Catmull-Rom curve through ``knots`` points."""
    out = np.zeros((count, knots))
    for row, u in enumerate(np.linspace(0, knots - 1, count)):
        i = min(int(u), knots - 2)
        t = u - i
        weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
        for k, w in zip((i - 1, i, i + 1, i + 2), weights):
            inside = min(max(k, 0), knots - 1)
            out[row, inside] += w / 2
    return out


def _teeth(top: float, bottom: float, front: float, skin: FloatArray) -> Patch:
    """A row of teeth as one curved band, metres in the FLAME frame."""
    x = np.linspace(-0.023, 0.023, 25)
    z = front - 21.0 * x**2
    scallop = 0.0006 * np.abs(np.sin(np.pi * x / 0.0075))
    rows = [
        np.column_stack([x, np.full_like(x, y), z + bulge])
        for y, bulge in ((top, -0.001), ((top + bottom) / 2, 0.0))
    ]
    rows.append(np.column_stack([x, bottom + scallop, z - 0.0008]))
    points = np.concatenate(rows)
    return Patch(
        np.zeros((len(points), NUM_SKIN_LANDMARKS)),
        points,
        ring_faces(25, 3, closed=False),
        np.tile(skin, (len(points), 1)),
    )


def _regressor(head: Patch, template: FloatArray, joints: FloatArray, parts: list[slice]) -> FloatArray:
    """``(5, V)``: the joints as affine sums of vertices that no expression moves."""
    still = np.flatnonzero(~head.rows.any(1))
    eyes = {4: parts[-2], 3: parts[-1]}
    in_eyes = np.r_[tuple(np.arange(p.start, p.stop) for p in eyes.values())]
    regressor = np.zeros((5, len(template)))
    for joint in range(5):
        eye = eyes.get(joint)
        use = np.arange(eye.start, eye.stop) if eye is not None else np.setdiff1d(still, in_eyes)
        # The smallest weights that sum to one and meet the joint.
        system = np.column_stack([template[use], np.ones(len(use))])
        regressor[joint, use] = np.linalg.pinv(system).T @ np.r_[joints[joint], 1.0]
    return regressor
