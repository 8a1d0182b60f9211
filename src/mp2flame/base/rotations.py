"""Rotations: axis-angle, matrix, quaternion, Euler angles, six numbers; batched, any dtype in, float64 out.

Conventions: matrices act on column vectors, ``y = R @ x``; positive angles are right-handed; quaternions are
``(w, x, y, z)`` of unit length with ``w >= 0``; axis-angle is the axis times the angle in radians, with an
angle in ``[0, pi]`` when it is computed. Everything stays finite at angle 0 and exact near pi.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .errors import InputError, ShapeError
from .values import FloatArray

Array = npt.NDArray[np.float64]


def _tail(value: npt.ArrayLike, shape: tuple[int, ...], what: str) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise InputError(f"{what} must be numbers, got dtype {array.dtype}.")
    if array.shape[array.ndim - len(shape) :] != shape or array.ndim < len(shape):
        raise ShapeError(f"{what} must end in {shape}, got shape {array.shape}.")
    return array.astype(np.float64)


# Linear in the input, so one product instead of a call per element: single frames are the usual case.
_SKEW = np.zeros((3, 9))
for _axis, _above, _below in ((0, 7, 5), (1, 2, 6), (2, 3, 1)):
    _SKEW[_axis, _above], _SKEW[_axis, _below] = 1.0, -1.0
# matrix (9) to the rows of 4 q q^T (16), q = w, x, y, z; the identity's part is _OUTER_ONE
_OUTER: Array = np.zeros((9, 4, 4))
for _i, _signs in enumerate(((1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))):
    _OUTER[4 * _i, range(4), range(4)] = _signs
for _q, (_plus, _minus) in enumerate(((7, 5), (2, 6), (3, 1)), start=1):
    _OUTER[_plus, 0, _q] = _OUTER[_plus, _q, 0] = 1.0
    _OUTER[_minus, 0, _q] = _OUTER[_minus, _q, 0] = -1.0
for _q, _r in ((1, 2), (1, 3), (2, 3)):
    for _place in (3 * (_q - 1) + _r - 1, 3 * (_r - 1) + _q - 1):
        _OUTER[_place, _q, _r] = _OUTER[_place, _r, _q] = 1.0
_OUTER = _OUTER.reshape(9, 16)
_OUTER_ONE = np.eye(4).reshape(16)


def skew(vectors: npt.ArrayLike) -> Array:
    """Cross-product matrices: ``skew(a) @ b == cross(a, b)``. ``(*,3)`` to ``(*,3,3)``."""
    v = _tail(vectors, (3,), "vectors")
    return (v @ _SKEW).reshape(*v.shape[:-1], 3, 3)


def _length(vectors: Array) -> Array:
    """``(*, K)`` to ``(*, 1)``; a third of the time of ``np.linalg.norm`` on one vector."""
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None])


def axis_angle_to_quaternion(axis_angle: npt.ArrayLike) -> Array:
    """``(*,3)`` radians to unit quaternions ``(*,4)``, w first, ``w >= 0``."""
    vector = _tail(axis_angle, (3,), "axis-angle")
    angle = _length(vector)
    # sinc is smooth through zero: sin(a/2)/a = sinc(a/2pi)/2 in NumPy's normalised sinc
    xyz = 0.5 * np.sinc(angle / (2.0 * np.pi)) * vector
    quaternion = np.concatenate([np.cos(0.5 * angle), xyz], axis=-1)
    return np.where(quaternion[..., :1] < 0, -quaternion, quaternion)


def quaternion_to_axis_angle(quaternion: npt.ArrayLike) -> Array:
    """``(*,4)`` w first, of any non-zero length, to axis-angle ``(*,3)`` with an angle in ``[0, pi]``."""
    q = _normalised(quaternion)
    q = np.where(q[..., :1] < 0, -q, q)
    sine = _length(q[..., 1:])
    half = np.arctan2(sine, q[..., :1])
    # angle / sin(angle/2): 2/w by the series where the sine vanishes, w is 1 there
    small = sine < 1e-8
    factor = np.where(small, 2.0, 2.0 * half / np.where(small, 1.0, sine))
    return factor * q[..., 1:]


def _normalised(quaternion: npt.ArrayLike) -> Array:
    q = _tail(quaternion, (4,), "quaternion")
    length = _length(q)
    if np.any(length == 0):
        raise InputError("a quaternion of zeros is no rotation; expected (w, x, y, z) of unit length.")
    return q / length


def quaternion_to_matrix(quaternion: npt.ArrayLike) -> Array:
    """``(*,4)`` w first, of any non-zero length, to ``(*,3,3)``."""
    q = _normalised(quaternion)
    w, v = q[..., :1, None], q[..., 1:]
    cross = skew(v)
    return np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross


def matrix_to_quaternion(matrix: npt.ArrayLike) -> Array:
    """``(*,3,3)`` to ``(*,4)``, w first, ``w >= 0`` (Shepperd: divides by the largest)."""
    m = _tail(matrix, (3, 3), "rotation matrix")
    # rows of 4 q q^T: each is the quaternion times 4 q_i, so take the row with the largest q_i
    rows = (m.reshape(*m.shape[:-2], 9) @ _OUTER + _OUTER_ONE).reshape(*m.shape[:-2], 4, 4)
    best = np.argmax(np.diagonal(rows, axis1=-2, axis2=-1), axis=-1)
    q = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    q = q / _length(q)
    return np.where(q[..., :1] < 0, -q, q)


def axis_angle_to_matrix(axis_angle: npt.ArrayLike) -> Array:
    """``(*,3)`` radians to ``(*,3,3)`` (Rodrigues' formula)."""
    vector = _tail(axis_angle, (3,), "axis-angle")
    angle = _length(vector)[..., None]
    cross = skew(vector)
    # sin(a)/a and (1-cos(a))/a^2 = sin(a/2)^2 / (a^2/2), both smooth as sinc
    first, half = np.sinc(angle / np.pi), np.sinc(angle / (2.0 * np.pi))
    return np.eye(3) + first * cross + 0.5 * half * half * (cross @ cross)


def matrix_to_axis_angle(matrix: npt.ArrayLike) -> Array:
    """``(*,3,3)`` to axis-angle ``(*,3)``, angle in ``[0, pi]``; exact at 0 and near pi."""
    return quaternion_to_axis_angle(matrix_to_quaternion(matrix))


def axis_rotation(axis: str, angle: npt.ArrayLike) -> Array:
    """Rotation about 'x', 'y' or 'z' by radians ``(*)``, to ``(*,3,3)``."""
    radians = np.asarray(angle, dtype=np.float64)
    vector = np.zeros((*radians.shape, 3))
    vector[..., "xyz".index(axis)] = radians
    return axis_angle_to_matrix(vector)


def _check_order(order: str) -> tuple[int, int, int]:
    if (
        len(order) != 3
        or sorted(order.lower()) != ["x", "y", "z"]
        or not (order.islower() or order.isupper())
    ):
        raise InputError(
            f"Euler order must be the three axes once each, such as 'XYZ' (intrinsic) or 'xyz' (extrinsic), "
            f"got {order!r}."
        )
    i, j, k = ("xyz".index(letter) for letter in order.lower())
    return i, j, k


def euler_to_matrix(angles: npt.ArrayLike, order: str = "XYZ") -> Array:
    """Three angles ``(*,3)`` radians to ``(*,3,3)``.

    Capitals are intrinsic: ``'YXZ'`` is ``Ry(a0) @ Rx(a1) @ Rz(a2)``. Small letters are extrinsic:
    ``'yxz'`` turns about the fixed y first, ``Rz(a2) @ Rx(a1) @ Ry(a0)`` (SciPy's convention).
    """
    a = _tail(angles, (3,), "Euler angles")
    _check_order(order)
    first, second, third = (axis_rotation(axis, a[..., i]) for i, axis in enumerate(order.lower()))
    return first @ second @ third if order.isupper() else third @ second @ first


def matrix_to_euler(matrix: npt.ArrayLike, order: str = "XYZ") -> Array:
    """``(*,3,3)`` to three angles in the letters' order; see ``euler_to_matrix``.

    The middle angle is in ``[-pi/2, pi/2]``. At that limit the first and the last angle turn about the same
    axis and only their sum or difference is known: the last (intrinsic) or first (extrinsic) is then 0.
    """
    m = _tail(matrix, (3, 3), "rotation matrix")
    i, j, k = _check_order(order)
    if order.islower():
        return matrix_to_euler(m, order[::-1].upper())[..., ::-1]
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    cosine = np.hypot(m[..., i, i], m[..., i, j])
    second = np.arctan2(sign * m[..., i, k], cosine)
    locked = cosine < 1e-9
    first = np.where(
        locked,
        np.arctan2(sign * m[..., k, j], m[..., j, j]),
        np.arctan2(-sign * m[..., j, k], m[..., k, k]),
    )
    third = np.where(locked, 0.0, np.arctan2(-sign * m[..., i, j], m[..., i, i]))
    return np.stack([first, second, third], axis=-1)


def matrix_to_rotation_6d(matrix: npt.ArrayLike) -> Array:
    """``(*,3,3)`` to ``(*,6)``: its first two rows (PyTorch3D's layout of Zhou et al., CVPR 2019)."""
    m = _tail(matrix, (3, 3), "rotation matrix")
    return m[..., :2, :].reshape(*m.shape[:-2], 6)


def rotation_6d_to_matrix(rotation_6d: npt.ArrayLike) -> Array:
    """``(*,6)``, two rows of any length, to ``(*,3,3)`` by Gram-Schmidt (Zhou et al., CVPR 2019)."""
    d = _tail(rotation_6d, (6,), "6D rotation")
    first, second = d[..., :3], d[..., 3:]
    length = np.linalg.norm(first, axis=-1, keepdims=True)
    x = first / np.where(length > 0, length, 1.0)
    y = second - np.sum(x * second, axis=-1, keepdims=True) * x
    rest = np.linalg.norm(y, axis=-1, keepdims=True)
    if np.any(length == 0) or np.any(rest <= 1e-12 * np.linalg.norm(second, axis=-1, keepdims=True)):
        raise InputError("a 6D rotation needs two vectors that are not zero and not parallel.")
    y = y / rest
    return np.stack([x, y, np.cross(x, y)], axis=-2)


def project_to_rotation(matrix: npt.ArrayLike) -> Array:
    """The nearest rotation (least squares, determinant +1) to each ``(*,3,3)`` matrix."""
    m = _tail(matrix, (3, 3), "matrix")
    u, _, vt = np.linalg.svd(m)
    u = u.copy()
    u[..., :, 2] *= np.linalg.det(u @ vt)[..., None]
    return np.asarray(u @ vt)


def similarity(
    points: FloatArray, target: FloatArray, weights: FloatArray | None = None
) -> tuple[Array, Array, Array]:
    """Weighted least-squares similarity: ``target ~ scale * rotation @ points + offset``.

    Args:
        points: ``(N, K, 3)``.
        target: ``(K, 3)`` or ``(N, K, 3)``.
        weights: ``(K,)`` that sum to 1; None: all the same.

    Returns:
        ``scale (N,)``, ``rotation (N, 3, 3)``, ``offset (N, 3)`` (Umeyama 1991).
    """
    every = np.full(points.shape[1], 1 / points.shape[1]) if weights is None else weights
    chosen = np.flatnonzero(every)
    w = every[chosen]
    p, q = points[:, chosen], target[..., chosen, :]
    p_mean, q_mean = w @ p, w @ q
    p = p - p_mean[:, None]
    q = q - q_mean[..., None, :]
    u, s, vt = np.linalg.svd(np.swapaxes(q * w[:, None], -1, -2) @ p)
    sign = np.where(np.linalg.det(u) * np.linalg.det(vt) < 0, -1.0, 1.0)
    u[..., 2] *= sign[:, None]
    s[..., 2] *= sign
    rotation = u @ vt
    variance = np.square(p).sum(-1) @ w
    scale = np.clip(s.sum(-1) / np.maximum(variance, 1e-12), 1e-9, 1e9)
    offset = q_mean - scale[:, None] * (rotation @ p_mean[..., None])[..., 0]
    return scale, rotation, offset


def geodesic_angle(first: npt.ArrayLike, second: npt.ArrayLike) -> Array:
    """Angle in radians ``(*)`` between rotation matrices ``(*,3,3)``, exact for small angles and near pi."""
    a, b = _tail(first, (3, 3), "rotation matrix"), _tail(second, (3, 3), "rotation matrix")
    q = matrix_to_quaternion(np.swapaxes(a, -1, -2) @ b)
    return np.asarray(2.0 * np.arctan2(np.linalg.norm(q[..., 1:], axis=-1), np.abs(q[..., 0])))


def slerp(first: npt.ArrayLike, second: npt.ArrayLike, fraction: npt.ArrayLike) -> Array:
    """Quaternions ``(*,4)`` on the shortest way from ``first`` (fraction 0) to ``second`` (fraction 1).

    ``fraction`` is a number or ``(*)``.
    """
    a, b = np.broadcast_arrays(_normalised(first), _normalised(second))
    b = np.where(np.sum(a * b, axis=-1, keepdims=True) < 0, -b, b)
    t = np.asarray(fraction, dtype=np.float64)[..., None]
    # half the angle between two unit vectors, exact when they are close
    angle = 2.0 * np.arctan2(
        np.linalg.norm(a - b, axis=-1, keepdims=True), np.linalg.norm(a + b, axis=-1, keepdims=True)
    )
    denominator = np.sinc(angle / np.pi)
    q = ((1 - t) * np.sinc((1 - t) * angle / np.pi) * a + t * np.sinc(t * angle / np.pi) * b) / denominator
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    return np.asarray(np.where(q[..., :1] < 0, -q, q))


def compose(first: npt.ArrayLike, second: npt.ArrayLike) -> Array:
    """Axis-angle of ``R(first) @ R(second)``: ``second`` is applied first. ``(*,3)`` each."""
    return matrix_to_axis_angle(axis_angle_to_matrix(first) @ axis_angle_to_matrix(second))
