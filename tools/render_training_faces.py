#!/usr/bin/env python3
"""Render faces with known expressions through MediaPipe: the training data of the response.

    python tools/render_training_faces.py OUT.npz --identities 400 --frames 40 --seed 1

Head: a FLAME-format head with ARKit-like shapes (``models/lab_head_a.pkl`` and ``lab_head_truth.npz`` under
MP2FLAME_SHARED, default ../shared). Every identity has its own shape, skin, hair, brows, lips, irises; every
frame its own light, background, camera, head turn, gaze and expression. The first frame of each identity is
its neutral. The output has the keys of the lab sets plus ``style`` (which prior the frame was drawn from).

Needs the extras ``render`` and ``track``, SciPy and OpenCV.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import mediapipe as mp
import moderngl
import numpy as np
from scipy.spatial.transform import Rotation

from mp2flame.base.channels import BLENDSHAPES
from mp2flame.base.safe_pickle import load_pickle

SHARED = Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[2] / "shared"))
SIZE = 400
TEXTURE = 512
PAIRED = (
    "browDown browInnerUp browOuterUp cheekPuff cheekRaiser cheekSquint eyeSquint eyeWide mouthDimple mouthFrown "
    "mouthLowerDown mouthPress mouthSmile mouthStretch mouthUpperUp noseSneer"
).split()
SINGLE = (
    "jawForward jawLeft jawRight mouthFunnel mouthLeft mouthRight mouthPucker mouthRollLower mouthRollUpper "
    "mouthShrugLower mouthShrugUpper"
).split()
# What faces do together: units with their usual strength.
EXPRESSIONS: dict[str, dict[str, float]] = {
    "smile": {
        "mouthSmile": 0.7,
        "cheekSquint": 0.4,
        "cheekRaiser": 0.4,
        "eyeSquint": 0.25,
        "mouthDimple": 0.2,
    },
    "laugh": {"mouthSmile": 0.8, "cheekSquint": 0.6, "jawOpen": 0.4, "mouthUpperUp": 0.4, "eyeSquint": 0.4},
    "surprise": {"browInnerUp": 0.8, "browOuterUp": 0.7, "eyeWide": 0.7, "jawOpen": 0.4},
    "anger": {"browDown": 0.8, "eyeSquint": 0.4, "noseSneer": 0.4, "mouthPress": 0.4},
    "disgust": {"noseSneer": 0.8, "mouthUpperUp": 0.5, "browDown": 0.5, "cheekSquint": 0.4},
    "sad": {"browInnerUp": 0.6, "mouthFrown": 0.6, "mouthShrugLower": 0.4, "browDown": 0.2},
    "fear": {"browInnerUp": 0.7, "eyeWide": 0.6, "mouthStretch": 0.6, "jawOpen": 0.2},
    "puff": {"cheekPuff": 0.8, "mouthPucker": 0.3, "mouthPress": 0.2},
    "kiss": {"mouthPucker": 0.8, "mouthFunnel": 0.2},
    "oh": {"mouthFunnel": 0.6, "jawOpen": 0.3, "mouthPucker": 0.2},
    "ee": {"mouthStretch": 0.4, "mouthSmile": 0.3, "mouthLowerDown": 0.4, "jawOpen": 0.1},
    "press": {"mouthPress": 0.6, "mouthRollLower": 0.4, "mouthRollUpper": 0.3},
    "doubt": {"mouthShrugLower": 0.6, "mouthShrugUpper": 0.3, "mouthFrown": 0.3, "browInnerUp": 0.2},
    "snarl": {"mouthUpperUp": 0.7, "noseSneer": 0.6, "browDown": 0.4},
    "ah": {"jawOpen": 0.6, "mouthLowerDown": 0.3},
    "lower teeth": {"mouthLowerDown": 0.7, "mouthStretch": 0.2},
    "squint": {"eyeSquint": 0.7, "cheekSquint": 0.4, "browDown": 0.3},
    "jaw out": {"jawForward": 0.7},
}
VERTEX = """
#version 330
uniform mat4 mvp; uniform mat3 turn;
in vec3 position; in vec3 normal; in vec3 rest; in float part;
out vec3 v_normal; out vec3 v_rest; out vec3 v_view; flat out float v_part;
uniform vec3 eye;
void main() { gl_Position = mvp * vec4(position, 1.0); v_normal = turn * normal; v_rest = rest;
  v_view = eye - turn * position; v_part = part; }
"""
FRAGMENT = """
#version 330
uniform sampler2D skin; uniform vec4 window; uniform vec3 hair; uniform float hairline; uniform vec3 mouth;
uniform vec3 centre_l; uniform vec3 centre_r; uniform vec3 iris; uniform vec3 sclera; uniform vec2 iris_size;
uniform vec3 light_a; uniform vec3 colour_a; uniform vec3 light_b; uniform vec3 colour_b; uniform vec3 up; uniform vec3 down;
uniform float gloss;
in vec3 v_normal; in vec3 v_rest; in vec3 v_view; flat in float v_part; out vec4 colour;
void main() {
  vec3 n = normalize(v_normal); vec3 view = normalize(v_view); vec3 base; float shine = gloss; float dim = 1.0;
  if (v_part > 0.5) {
    vec3 d = normalize(v_rest - (v_part < 1.5 ? centre_l : centre_r));
    float a = d.z > 0.0 ? length(d.xy) : 2.0;
    base = mix(iris * (0.75 + 0.5 * smoothstep(0.35, 0.8, a / iris_size.x)), sclera, smoothstep(iris_size.x - 0.03, iris_size.x + 0.03, a));
    base = mix(base, base * 0.45, smoothstep(0.75, 0.95, a / iris_size.x) * (1.0 - smoothstep(1.0, 1.1, a / iris_size.x)));
    base = mix(vec3(0.02), base, smoothstep(iris_size.y - 0.03, iris_size.y + 0.03, a));
    base = mix(base, vec3(0.55, 0.3, 0.28), 0.5 * smoothstep(0.85, 1.25, a));
    shine = 0.35; dim = 0.92;
  } else {
    vec2 uv = (v_rest.xy - window.xy) / window.zw;
    base = texture(skin, uv).rgb;
    float above = v_rest.y - hairline + 0.6 * max(0.0, -v_rest.z + 0.02) * step(0.0, hair.r);
    if (hair.r >= 0.0) base = mix(base, hair, smoothstep(-0.004, 0.006, above));
    if (abs(v_rest.x) < 0.03 && v_rest.y < -0.015 && v_rest.y > -0.06 && v_rest.z < 0.028) base = mouth;
  }
  float a = max(dot(n, light_a), 0.0), b = max(dot(n, light_b), 0.0);
  vec3 light = mix(down, up, 0.5 + 0.5 * n.y) + a * colour_a + b * colour_b;
  vec3 h = normalize(light_a + view);
  float spec = max(dot(n, h), 0.0); spec *= spec; spec *= spec; spec *= spec; spec *= spec;
  if (v_part > 0.5) { spec *= spec; spec *= spec; }
  spec *= shine;
  colour = vec4(base * light * dim + spec * colour_a, 1.0);
}
"""


def shared_head() -> tuple[dict[str, Any], dict[str, Any]]:
    head = load_pickle(SHARED / "models/lab_head_a.pkl")
    regressor = head["J_regressor"]
    head["J_regressor"] = np.asarray(regressor.toarray() if hasattr(regressor, "toarray") else regressor)
    truth = dict(np.load(SHARED / "models/lab_head_truth.npz"))
    return head, truth


class Face:
    """One identity: forward pass with its betas folded in, and its normals."""

    def __init__(self, head: dict[str, Any], betas: np.ndarray) -> None:
        shapedirs = head["shapedirs"]
        self.rest = head["v_template"] + shapedirs[:, :, : len(betas)] @ betas
        self.expressions = np.ascontiguousarray(shapedirs[:, :, 300:350].reshape(-1, 50).astype(np.float32))
        self.posedirs = np.ascontiguousarray(head["posedirs"].reshape(-1, 36).astype(np.float32))
        self.regressor, self.weights = head["J_regressor"], head["weights"]

    def __call__(self, expression: np.ndarray, pose: np.ndarray) -> np.ndarray:
        v = self.rest + (self.expressions @ expression.astype(np.float32)).reshape(-1, 3)
        joints = self.regressor @ v
        r = Rotation.from_rotvec(pose).as_matrix()
        v = v + (self.posedirs @ (r[1:] - np.eye(3)).ravel().astype(np.float32)).reshape(-1, 3)
        world: list[np.ndarray] = []
        for j, parent in enumerate((-1, 0, 1, 1, 1)):
            local = np.eye(4)
            local[:3, :3] = r[j]
            local[:3, 3] = joints[j] - (joints[parent] if j else 0)
            world.append(local if j == 0 else world[parent] @ local)
        moved = np.stack(world)
        moved[:, :3, 3] -= np.einsum("jab,jb->ja", moved[:, :3, :3], joints)
        blended = (self.weights @ moved.reshape(5, 16)).reshape(-1, 4, 4)
        return np.einsum("vab,vb->va", blended[:, :3, :3], v) + blended[:, :3, 3]


def vertex_normals(v: np.ndarray, faces: np.ndarray) -> np.ndarray:
    n = np.cross(v[faces[:, 1]] - v[faces[:, 0]], v[faces[:, 2]] - v[faces[:, 0]])
    total = np.zeros_like(v)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, corner], n[:, axis], len(v))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


class Look:
    """Colours of one identity, painted on a frontal projection of the template."""

    BROWS = ([70, 63, 105, 66, 107, 55, 65, 52, 53, 46], [300, 293, 334, 296, 336, 285, 295, 282, 283, 276])
    OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
    EYES = (
        [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7],
        [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249],
    )

    def __init__(
        self,
        points: dict[int, np.ndarray],
        window: np.ndarray,
        rng: np.random.Generator,
        brow_lift: float | None = None,
    ) -> None:
        self.points, self.window = points, window
        melanin = rng.beta(0.9, 1.5)
        light, dark = np.array([0.92, 0.74, 0.64]), np.array([0.30, 0.18, 0.12])
        skin = light * (dark / light) ** melanin * rng.normal(1, 0.05, 3)
        image = np.ones((TEXTURE, TEXTURE, 3), np.float32) * skin.astype(np.float32)
        for sigma, strength in ((60, 0.08), (15, 0.03), (3, 0.04)):
            coarse = rng.normal(0, 1, (int(TEXTURE * 2 / sigma),) * 2).astype(np.float32)
            noise = cv2.resize(coarse, (TEXTURE, TEXTURE), interpolation=cv2.INTER_CUBIC)
            image *= np.clip(1 + strength * rng.uniform(0, 1) * noise / noise.std(), 0.5, 1.5)[..., None]
        red = np.zeros((TEXTURE, TEXTURE), np.float32)
        for index in (50, 280, 4):
            if index in points:
                cv2.circle(red, self._px(index), int(rng.uniform(27, 60)), float(rng.uniform(0, 0.15)), -1)
        red = cv2.resize(cv2.GaussianBlur(red[::8, ::8], (0, 0), 4), (TEXTURE, TEXTURE))[..., None]
        image *= 1 - red * np.array([0.0, 1.0, 0.8], np.float32)
        # lips
        lip = skin * np.array([rng.uniform(0.75, 1.05), rng.uniform(0.5, 0.85), rng.uniform(0.5, 0.9)])
        if rng.random() < 0.15:
            lip = np.array([rng.uniform(0.5, 0.8), rng.uniform(0.05, 0.3), rng.uniform(0.1, 0.35)])
        self._blend(image, self._mask(self.OUTER, rng.uniform(1.5, 3.5)), lip, rng.uniform(0.5, 1.0))
        # shadow over the eyes, lash lines
        for eye in self.EYES:
            self._blend(image, self._mask(eye, 6, grow=9), skin * rng.uniform(0.6, 0.95), rng.uniform(0, 0.6))
            self._blend(
                image,
                self._mask(eye, 2.0, grow=2),
                skin * 0.75 * np.array([1, 0.8, 0.8]),
                rng.uniform(0.2, 0.8),
            )
            line = np.zeros((TEXTURE, TEXTURE), np.float32)
            width = int(rng.integers(1, 5))
            cv2.polylines(line, [self._poly(eye[:9])], False, 1.0, width, cv2.LINE_AA)
            self._blend(
                image,
                cv2.GaussianBlur(line, (0, 0), rng.uniform(0.8, 2)),
                np.array([0.08, 0.06, 0.05]),
                rng.uniform(0.3, 1),
            )
            line[:] = 0
            cv2.polylines(line, [self._poly([eye[8], *eye[9:], eye[0]])], False, 1.0, 2, cv2.LINE_AA)
            self._blend(
                image, cv2.GaussianBlur(line, (0, 0), 1.2), np.array([0.1, 0.07, 0.06]), rng.uniform(0, 0.6)
            )
        # brows
        hair = np.array([0.08, 0.06, 0.05]) + rng.beta(1, 3) * np.array([0.55, 0.4, 0.25])
        if rng.random() < 0.12:
            hair = np.full(3, rng.uniform(0.4, 0.8))
        brow = hair * rng.uniform(0.6, 1.2)
        strength, grow, soft = rng.uniform(0.35, 1.0), rng.uniform(-2, 4), rng.uniform(2, 5)
        lift = (
            int(rng.normal(0.0025, 0.002) / self.window[3] * TEXTURE)
            if brow_lift is None
            else int(brow_lift / self.window[3] * TEXTURE)
        )
        for side in self.BROWS:
            mask = np.roll(self._mask(side, soft, grow=grow), -lift, 0)
            hairs = cv2.GaussianBlur(rng.normal(0, 1, mask.shape).astype(np.float32), (0, 0), 1.2)
            self._blend(image, np.clip(mask * (1 + 0.6 * hairs / hairs.std()), 0, 1), brow, strength)
        # beard
        if rng.random() < 0.25:
            beard = np.zeros((TEXTURE, TEXTURE), np.float32)
            mouth = np.mean([self._px(i) for i in self.OUTER], 0)
            top = mouth[1] - rng.uniform(10, 40)
            beard[int(max(top, 0)) :] = 1
            beard = cv2.GaussianBlur(beard, (0, 0), 14) * (1 - self._mask(self.OUTER, 2))
            grain = cv2.GaussianBlur(rng.normal(0, 1, beard.shape).astype(np.float32), (0, 0), 1.0)
            self._blend(
                image, np.clip(beard * (1 + 0.5 * grain / grain.std()), 0, 1), hair, rng.uniform(0.1, 0.7)
            )
        self.texture = np.clip(image, 0, 1)
        self.hair = hair if rng.random() < 0.75 else np.array([-1.0, 0, 0])
        self.hairline = float(max(p[1] for i, p in points.items()) + rng.uniform(0.02, 0.055))
        kind = rng.random()
        brown, blue, green = (
            np.array([0.25, 0.14, 0.07]),
            np.array([0.35, 0.5, 0.62]),
            np.array([0.35, 0.42, 0.25]),
        )
        self.iris = (
            brown * rng.uniform(0.3, 1.4) if kind < 0.6 else blue if kind < 0.85 else green
        ) * rng.normal(1, 0.1, 3)
        self.iris_size = (rng.uniform(0.46, 0.56), rng.uniform(0.14, 0.26))
        self.sclera = np.array([0.95, 0.92, 0.9]) * rng.uniform(0.75, 1.0)
        self.mouth = np.array([0.25, 0.08, 0.07]) * rng.uniform(0.2, 1.3)
        self.gloss = rng.uniform(0.0, 0.25)

    def _px(self, index: int) -> tuple[int, int]:
        u = (self.points[index][:2] - self.window[:2]) / self.window[2:]
        return int(u[0] * TEXTURE), int((1 - u[1]) * TEXTURE)

    def _poly(self, ids: Sequence[int]) -> np.ndarray:
        return np.array([self._px(i) for i in ids if i in self.points], np.int32)

    def _mask(self, ids: Sequence[int], blur: float, grow: float = 0.0) -> np.ndarray:
        mask = np.zeros((TEXTURE, TEXTURE), np.float32)
        cv2.fillPoly(mask, [self._poly(ids)], 1.0, cv2.LINE_AA)
        size = round(abs(grow))
        if size:
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * size + 1, 2 * size + 1))
            mask = cv2.dilate(mask, kernel) if grow > 0 else cv2.erode(mask, kernel)
        return cv2.GaussianBlur(mask, (0, 0), blur)

    @staticmethod
    def _blend(image: np.ndarray, mask: np.ndarray, colour: np.ndarray, strength: float) -> None:
        alpha = np.clip(mask * strength, 0, 1)[..., None]
        image *= 1 - alpha
        image += alpha * np.asarray(colour, np.float32)


class Stage:
    """Off-screen OpenGL: one head, a skin texture, two lights."""

    def __init__(self, head: dict[str, Any]) -> None:
        self.faces = head["f"].astype(np.int32)
        self.context = moderngl.create_standalone_context(backend="egl")
        self.program = self.context.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        v = head["v_template"]
        part = np.zeros(len(v), np.float32)
        self.centres = []
        for column, number in ((3, 1.0), (4, 2.0)):
            ball = head["weights"][:, column] > 0.5
            part[ball] = number
            self.centres.append((v[ball].min(0) + v[ball].max(0)) / 2)
        self.window = np.array([-0.11, -0.15, 0.22, 0.26])
        make = self.context.buffer
        self.dynamic = make(reserve=len(v) * 24)
        static = make(np.concatenate([v, part[:, None]], 1).astype("f4").tobytes())
        self.vao = self.context.vertex_array(
            self.program,
            [(self.dynamic, "3f 3f", "position", "normal"), (static, "3f 1f", "rest", "part")],
            make(self.faces[v[self.faces, 2].max(1) > -0.07].tobytes()),  # the back of the head is never seen
        )
        self.plain = self.context.framebuffer(
            [self.context.renderbuffer((SIZE, SIZE), 4)], self.context.depth_renderbuffer((SIZE, SIZE))
        )
        self.texture = self.context.texture((TEXTURE, TEXTURE), 3)
        self.texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self.context.enable(moderngl.DEPTH_TEST | moderngl.CULL_FACE)

    def set(self, **values: Any) -> None:
        for name, value in values.items():
            if name in self.program:
                item = np.asarray(value, float).ravel()
                self.program[name].value = tuple(item) if len(item) > 1 else float(item[0])

    def look(self, look: Look) -> None:
        self.inside = (127 * look.mouth).astype(np.uint8)
        self.texture.write((np.ascontiguousarray(look.texture[::-1]) * 255).astype(np.uint8).tobytes())
        self.texture.use(0)
        self.set(window=self.window, hair=look.hair, hairline=look.hairline, mouth=look.mouth, iris=look.iris,
                 sclera=look.sclera, iris_size=look.iris_size, gloss=look.gloss,
                 centre_l=self.centres[0], centre_r=self.centres[1])  # fmt: skip

    def __call__(
        self, vertices: np.ndarray, focal: float, offset: np.ndarray, distance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """RGB bytes and coverage; ``focal`` in image heights, ``offset`` of the head in metres."""
        normals = vertex_normals(vertices, self.faces)
        self.dynamic.write(np.concatenate([vertices, normals], 1).astype("f4").tobytes())
        near, far = 0.05, 10.0
        projection = np.array(
            [
                [2 * focal, 0, 0, 0],
                [0, 2 * focal, 0, 0],
                [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
                [0, 0, -1, 0],
            ]
        )
        view = np.eye(4)
        view[:3, 3] = [offset[0], offset[1], -distance]
        self.program["mvp"].write((projection @ view).T.astype("f4").tobytes())
        self.program["turn"].write(np.eye(3, dtype="f4").tobytes())
        self.set(eye=[-offset[0], -offset[1], distance])
        self.plain.use()
        self.plain.clear(0, 0, 0, 0)
        self.vao.render()
        raw = np.frombuffer(self.plain.read(components=4), np.uint8).reshape(SIZE, SIZE, 4)[::-1]
        covered = (raw[..., 3] > 0).astype(np.uint8)
        outside = np.pad(1 - covered, 1, constant_values=1)
        cv2.floodFill(outside, None, (0, 0), 2)
        holes = outside[1:-1, 1:-1] == 1  # seen through the lips: the back faces there are culled
        rgb = raw[..., :3].copy()
        rgb[holes] = self.inside
        return rgb, (covered > 0) | holes


def live_link_weights(names: list[str]) -> np.ndarray:
    """Weights of real faces, ``(N, 55)``: their joint statistics, used frame by frame and mixed."""
    rows = []
    for path in sorted((SHARED / "data/livelink").glob("*.csv")):
        with open(path, newline="") as file:
            table = list(csv.reader(file))
        header = [h.strip() for h in table[0]]
        column = {h[0].lower() + h[1:]: i for i, h in enumerate(header) if h}
        index = []
        for name in names:
            full = name.replace("_L", "Left").replace("_R", "Right")
            index.append(column.get(full, column.get(name.split("_")[0], -1)))
        for row in table[1::7]:
            try:
                values = [float(row[i]) if i >= 0 else 0.0 for i in index]
            except (ValueError, IndexError):
                continue
            rows.append(values)
    return np.clip(np.array(rows), 0, 1)


class Prior:
    """Plausible expressions in four styles: independent units, known expressions, real statistics, extremes."""

    STYLES = ("units", "expressions", "real", "rest")

    def __init__(self, names: list[str], rng: np.random.Generator) -> None:
        self.names, self.rng = names, rng
        self.index = {n: i for i, n in enumerate(names)}
        self.real = live_link_weights(names)
        self.mirror = mirror_index(names)
        self.upper = np.array([n.startswith(("brow", "eye")) for n in names])

    def _put(self, w: np.ndarray, unit: str, value: float) -> None:
        rng = self.rng
        if unit in self.index:
            w[self.index[unit]] = max(w[self.index[unit]], value)
            return
        sides = rng.choice(3, p=[0.76, 0.12, 0.12])
        for side, only in (("_L", 2), ("_R", 1)):
            if sides != only:
                i = self.index[unit + side]
                w[i] = max(w[i], value * rng.uniform(0.9, 1.0) if sides == 0 else value)

    def __call__(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Weights (55,), gaze (down-up, out of the left eye) in weights, style."""
        rng = self.rng
        w = np.zeros(len(self.names))
        style = int(rng.choice(4, p=[0.55, 0.2, 0.2, 0.05]))
        units = PAIRED + SINGLE
        if style == 0:
            for unit in rng.choice(units, rng.integers(0, 7), replace=False):
                self._put(w, unit, rng.uniform(0, 1))
            if rng.random() < 0.52:
                w[self.index["jawOpen"]] = rng.beta(1, 1.8)
            if rng.random() < 0.2:
                w[self.index["mouthClose"]] = w[self.index["jawOpen"]] * min(1.0, rng.uniform(0.2, 1.4))
        elif style == 1:
            for name in rng.choice(list(EXPRESSIONS), rng.integers(1, 3), replace=False):
                power = rng.uniform(0.15, 1.35)
                for unit, value in EXPRESSIONS[name].items():
                    if rng.random() < 0.85:
                        self._put(w, unit, min(1.0, value * power * rng.uniform(0.6, 1.4)))
            if rng.random() < 0.3:
                w[self.index["jawOpen"]] = max(w[self.index["jawOpen"]], rng.beta(1, 2))
            if rng.random() < 0.3:
                self._put(w, str(rng.choice(units)), rng.uniform(0, 0.8))
        elif style == 2:
            a, b = self.real[rng.integers(len(self.real), size=2)]
            w = np.where(self.upper, a, b) * rng.uniform(0.6, 1.2)
            if rng.random() < 0.5:
                w = w[self.mirror]
            if rng.random() < 0.3:
                self._put(w, str(rng.choice(units)), rng.uniform(0, 0.8))
            w[[self.index[n] for n in self.names if n.startswith(("eyeBlink", "eyeLook"))]] *= (
                rng.random() < 0.5
            )
        for n in self.names:
            if n.startswith("eyeLook"):
                w[self.index[n]] = 0
        if style != 2 and rng.random() < 0.33:
            self._put_blink(w, rng.beta(1.3, 0.7))
        gaze = np.clip(rng.normal(0, 0.35, 2), -1, 1)
        if style == 3:
            gaze *= 0.3
        pitch, yaw = gaze
        for side in ("_L", "_R"):
            w[self.index["eyeLookDown" + side]] = max(pitch, 0)
            w[self.index["eyeLookUp" + side]] = max(-pitch, 0)
        w[self.index["eyeLookOut_L"]] = w[self.index["eyeLookIn_R"]] = max(yaw, 0)
        w[self.index["eyeLookIn_L"]] = w[self.index["eyeLookOut_R"]] = max(-yaw, 0)
        return np.clip(w, 0, 1), gaze, style

    def _put_blink(self, w: np.ndarray, value: float) -> None:
        side = self.rng.choice(3, p=[0.9, 0.05, 0.05])
        if side != 2:
            w[self.index["eyeBlink_L"]] = value
        if side != 1:
            w[self.index["eyeBlink_R"]] = value


def mirror_index(names: list[str]) -> np.ndarray:
    """``w[mirror_index(names)]`` are the weights of the mirrored face."""
    swap = {"_L": "_R", "_R": "_L"}
    whole = {
        "jawLeft": "jawRight",
        "jawRight": "jawLeft",
        "mouthLeft": "mouthRight",
        "mouthRight": "mouthLeft",
    }
    other = [whole.get(n, n[:-2] + swap[n[-2:]] if n[-2:] in swap else n) for n in names]
    return np.array([names.index(n) for n in other])


def background(rng: np.random.Generator) -> np.ndarray:
    a, b = rng.uniform(0, 1, (2, 3))
    t = np.linspace(0, 1, SIZE, dtype=np.float32)
    ramp = t[:, None] if rng.random() < 0.5 else np.broadcast_to(t[None], (SIZE, SIZE))
    image = (a + (b - a) * (np.broadcast_to(ramp, (SIZE, SIZE))[..., None])).astype(np.float32)
    if rng.random() < 0.6:
        small = rng.uniform(-0.5, 0.5, (int(rng.integers(3, 14)),) * 2 + (3,)).astype(np.float32)
        image = image + rng.uniform(0.1, 0.8) * cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return (np.clip(image, 0, 1) * 255).astype(np.uint8)


def unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v)


def finish(image: np.ndarray, noise: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Exposure, softness, noise, compression of a camera; bytes in, bytes out."""
    curve = np.clip(np.arange(256) / 255 * rng.uniform(0.75, 1.2), 0, 1) ** rng.uniform(0.65, 1.1)
    image = cv2.LUT(image, (curve * 255).astype(np.uint8))
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.45, 1.5))
    if rng.random() < 0.6:
        row = int(rng.integers(SIZE))
        grain = np.concatenate([noise[row:], noise[:row]])
        image = cv2.add(image, grain * np.float32(rng.uniform(0.5, 6.0)), dtype=cv2.CV_8U)
    if rng.random() < 0.3:
        image = cv2.imdecode(
            cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])[1], 1
        )
    return np.ascontiguousarray(image)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--identities", type=int, default=400)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--studio", type=float, default=0.5, help="share of identities before a fixed camera")
    parser.add_argument(
        "--pictures", type=Path, help="write a contact sheet of the first renders here and stop"
    )
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    head, truth = shared_head()
    names = [str(n) for n in truth["shape_names"]]
    embedding = np.load(SHARED / "models/mediapipe_landmark_embedding.npz")
    where = face_points(head["v_template"], head, embedding)
    points = {int(i): p for i, p in zip(embedding["landmark_indices"], where)}
    stage, prior = Stage(head), Prior(names, rng)
    options = mp.tasks.vision.FaceLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=str(SHARED / "models/face_landmarker.task")),
        output_face_blendshapes=True,
        output_facial_transformation_matrixes=True,
    )
    rows: dict[str, list[Any]] = {k: [] for k in (
        "blendshapes landmarks face_matrix arkit_weights expression_a jaw_pose eye_pose betas global_orient identity "
        "style focal"
    ).split()}  # fmt: skip
    neutral_scores, neutral_landmarks, pictures = [], [], []
    scenes = [background(rng) for _ in range(60)]
    noise = rng.normal(0, 1, (SIZE, SIZE, 3)).astype(np.float32)
    identity, missed, start = 0, 0, time.time()
    with mp.tasks.vision.FaceLandmarker.create_from_options(options) as landmarker:
        while identity < args.identities:
            betas = rng.normal(0, rng.uniform(0.5, 0.95), 60)
            face = Face(head, betas)
            look = Look(points, stage.window, rng)
            stage.look(look)
            studio = rng.random() < args.studio  # a fixed camera, the head turning about its own root
            focal = 2.713 if studio else 0.5 / np.tan(np.radians(rng.uniform(14, 60)) / 2)
            gain = np.array([0.384, 0.489]) if studio else rng.uniform(0.75, 1.05, 2) * [0.5, 0.6]
            own_light = rng.random() < 0.5
            exposed, exposure = rng.random() < 0.7, rng.uniform(0.25, 0.6)
            kept: list[dict[str, Any]] = []
            for frame in range(args.frames):
                neutral = frame == 0
                w, gaze, style = prior()
                if neutral:
                    w, gaze, style = np.zeros(len(names)), np.zeros(2), 3
                turn = rng.normal(0, 1, 3) * np.radians([7, 13, 5]) * rng.choice([0.6, 1.0, 1.3])
                if studio:
                    turn = rng.normal(0, 1, 3) * np.radians([5.8, 11.8, 4.0]) * (not neutral)
                elif neutral:
                    turn = rng.normal(0, 1, 3) * np.radians([2.0, 2.0, 1.0]) * (rng.random() < 0.7)
                eyes = np.array([gaze[0] * gain[0], gaze[1] * gain[1], 0.0])
                vergence = 0.0 if studio or rng.random() < 0.5 else rng.uniform(0, 0.06)
                eye_pose = np.concatenate([eyes - [0, vergence, 0], eyes + [0, vergence, 0]])
                expression, jaw = w @ truth["expression_a"], w @ truth["jaw_pose"]
                pose = np.stack([turn, np.zeros(3), jaw, eye_pose[:3], eye_pose[3:]])
                v = face(expression, pose)
                middle = v[points_vertices(head, embedding)].mean(0)
                width = rng.uniform(0.30, 0.62)  # face width in image widths
                distance = focal * 0.145 / width
                aim = rng.normal(0, 0.05, 2) * distance / focal
                if studio:
                    distance, aim, middle = 0.8644, np.zeros(2), np.zeros(3)
                vertices = v - middle
                if frame == 0 or not own_light or rng.random() < 0.1:
                    key = unit(np.array([rng.normal(0, 0.8), rng.normal(0.3, 0.6), rng.uniform(0.3, 1.2)]))
                    fill = unit(np.array([rng.normal(0, 1.0), rng.normal(0, 0.6), rng.uniform(-0.3, 1.0)]))
                    tint = rng.normal(1, 0.06, (2, 3))
                    strength = rng.uniform(0.15, 0.9)
                    stage.set(light_a=key, colour_a=strength * tint[0], light_b=fill,
                              colour_b=rng.uniform(0, 0.45) * tint[1], up=np.full(3, rng.uniform(0.25, 0.75)),
                              down=np.full(3, rng.uniform(0.15, 0.55)))  # fmt: skip
                    scene = scenes[rng.integers(len(scenes))]
                rgb, alpha = stage(vertices, focal, aim, distance)
                if exposed:  # a camera's automatic exposure
                    level = max(float(rgb[::4, ::4][alpha[::4, ::4]].mean()), 1.0) if alpha.any() else 100.0
                    rgb = cv2.convertScaleAbs(rgb, alpha=float(np.clip(255 * exposure / level, 0.5, 3.0)))
                image = finish(np.where(alpha[..., None], rgb, scene), noise, rng)
                result = landmarker.detect(mp.Image(mp.ImageFormat.SRGB, image))
                if len(pictures) < 48:
                    pictures.append(cv2.resize(image, (256, 256)))
                if not result.face_landmarks:
                    missed += 1
                    if neutral:
                        break
                    continue
                marks = np.array([(p.x, p.y, p.z) for p in result.face_landmarks[0]], np.float32)
                if not plausible(marks, v, face_points(v, head, embedding), aim, distance, focal, middle):
                    missed += 1
                    if neutral:
                        break
                    continue
                kept.append(
                    dict(
                        blendshapes=np.array([c.score for c in result.face_blendshapes[0]], np.float32),
                        landmarks=marks,
                        face_matrix=np.asarray(result.facial_transformation_matrixes[0], np.float32),
                        arkit_weights=w, expression_a=expression, jaw_pose=jaw, eye_pose=eye_pose, betas=betas,
                        global_orient=turn, identity=identity, style=style, focal=focal,
                    )
                )  # fmt: skip
            if args.pictures and len(pictures) >= 48:
                sheet = np.concatenate([np.concatenate(pictures[i : i + 8], 1) for i in range(0, 48, 8)])
                cv2.imwrite(str(args.pictures), sheet[..., ::-1])
                print(f"wrote {args.pictures}; {missed} missed")
                return
            if len(kept) < args.frames // 2:
                continue
            neutral_scores.append(kept[0]["blendshapes"])
            neutral_landmarks.append(kept[0]["landmarks"])
            for row in kept:
                for key_name, value in row.items():
                    rows[key_name].append(value)
            identity += 1
            if identity % 20 == 0:
                speed = (time.time() - start) / len(rows["identity"])
                print(
                    f"{identity} identities, {len(rows['identity'])} frames, {1e3 * speed:.1f} ms each, {missed} missed",
                    flush=True,
                )
    arrays = {k: np.array(v, np.int32 if k in ("identity", "style") else np.float32) for k, v in rows.items()}
    assert arrays["blendshapes"].shape[1] == len(BLENDSHAPES)
    np.savez(
        args.out, **arrays, neutral_blendshapes=np.array(neutral_scores), neutral_landmarks=np.array(neutral_landmarks),
        arkit_names=np.array(names),
    )  # fmt: skip
    print(f"wrote {args.out}: {len(arrays['identity'])} frames of {identity} identities")


def points_vertices(head: dict[str, Any], embedding: Any) -> np.ndarray:
    return np.asarray(head["f"].astype(int)[embedding["lmk_face_idx"]][:, 0])


def face_points(v: np.ndarray, head: dict[str, Any], embedding: Any) -> np.ndarray:
    """The embedded landmarks of posed vertices, ``(105, 3)``."""
    corners = v[head["f"].astype(int)[embedding["lmk_face_idx"]]]
    return (embedding["lmk_b_coords"][:, :, None] * corners).sum(1)


def plausible(
    marks: np.ndarray,
    v: np.ndarray,
    where: np.ndarray,
    aim: np.ndarray,
    distance: float,
    focal: float,
    middle: np.ndarray,
) -> bool:
    """Whether MediaPipe found this face and not something in the background."""
    p = where - middle
    x = focal * (p[:, 0] + aim[0]) / (distance - p[:, 2]) + 0.5
    y = 0.5 - focal * (p[:, 1] + aim[1]) / (distance - p[:, 2])
    found = marks[:468, :2].mean(0)
    return bool(np.hypot(x.mean() - found[0], y.mean() - found[1]) < 0.08)


if __name__ == "__main__":
    main()
