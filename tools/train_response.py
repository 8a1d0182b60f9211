#!/usr/bin/env python3
"""Train the response from renders with known truth and write ``src/mp2flame/base/data/response.npz``.

    python tools/train_response.py WIDE.npz ... --plain PLAIN.npz ...

Trains on the lab training set under MP2FLAME_SHARED (default ../shared) plus files written by
``tools/render_training_faces.py``: first on everything, then on the lab set and the plain renders, which look
like it, then on the lab set. Settings were chosen on 30 identities of the lab training set left out
(``--hold-out``); the lab test set is only reported. Needs torch (the extra ``mlp``).
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mp2flame import Driver
from mp2flame.base.channels import BLENDSHAPES, INDEX, MIRROR
from mp2flame.base.rotations import axis_angle_to_matrix, matrix_to_axis_angle
from mp2flame.flame import load_flame
from mp2flame.flame.landmarks import embedding_for
from mp2flame.observe.head_frame import align_camera, over_eyes, pose_polynomial, to_camera
from mp2flame.response.response import (
    CHECKED_SCORES,
    COUPLED,
    DISTANCE_UNIT,
    LIMITS_OF_FAMILIAR,
    SCHEMA,
    Response,
    distances,
)

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", ROOT.parent / "shared"))
DATA = ROOT / "src/mp2flame/base/data"
RIGID = [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 94, 33, 133, 362, 263, 127, 356, 234, 454, 93, 323, 132, 361, 21,
         251, 54, 284, 103, 332, 67, 297, 109, 338, 162, 389, 129, 358, 98, 327]  # fmt: skip
FLIP = np.array([-1.0, 1.0, 1.0])
STUDIO_FOCAL = 2.713  # of the lab sets' camera, in image widths
COMPONENTS = 300
REGIMES = ("full", "landmarks", "scores_neutral", "scores")
DROPOUT = {"full": 0.15}
EPOCHS = {"full": (18, 12, 8), "landmarks": (8, 8, 8), "scores_neutral": (8,), "scores": (8,)}  # per stage
SCORE_SHARE = 0.7  # of the linear map in the networks on scores alone, and of the brows' own scores in theirs
HIDDEN = {"full": (768, 384), "landmarks": (256, 128), "scores_neutral": (64, 64), "scores": (64, 64)}


class Truth:
    """The head that rendered the training data: shapes by name, their meshes and landmarks."""

    def __init__(self) -> None:
        sys.path.insert(0, str(SHARED / "tools"))
        import score_lab

        shapes = np.load(SHARED / "models/lab_head_truth.npz")
        names = [str(n) for n in shapes["shape_names"]]
        model = load_flame(SHARED / "models/lab_head_a.pkl")
        forward = model.prepare(num_expression=shapes["expression_a"].shape[1])
        pose = np.zeros((len(names) + 1, 5, 3), np.float32)
        pose[1:, 2] = shapes["jaw_pose"]
        expression = np.concatenate([np.zeros((1, shapes["expression_a"].shape[1])), shapes["expression_a"]])
        vertices = np.asarray(forward(expression.astype(np.float32), pose), np.float64)
        self.names, self.rest, self.meshes = names, vertices[0], vertices[1:] - vertices[0]
        raw = {
            "f": np.asarray(model.faces), "v_template": np.asarray(model.v_template),
            "weights": np.asarray(model.lbs_weights),
        }  # fmt: skip
        self.regions = score_lab.regions(raw)
        tables = np.load(DATA / "tables.npz")
        corners = np.asarray(model.faces)[tables["embedding_face_idx"].astype(int)]
        bary = tables["embedding_b_coords"].astype(np.float64)
        self.rest_points = np.einsum("kc,kcd->kd", bary, self.rest[corners])
        self.point_shapes = np.einsum("kc,skcd->skd", bary, self.meshes[:, corners])
        # 52 weights to the head's 55 shapes (two of the 52 move both sides, cheekRaiser has no name), and back.
        self.expand = np.zeros((len(BLENDSHAPES), len(names)))
        self.collapse = np.zeros((len(names), len(BLENDSHAPES)))
        for i, name in enumerate(names):
            full = name.replace("_L", "Left").replace("_R", "Right")
            both = name[:-2]
            if full in INDEX:
                self.expand[INDEX[full], i] = self.collapse[i, INDEX[full]] = 1
            elif both in INDEX:
                self.expand[INDEX[both], i], self.collapse[i, INDEX[both]] = 1, 0.5
        swap = {
            "jawLeft": "jawRight",
            "jawRight": "jawLeft",
            "mouthLeft": "mouthRight",
            "mouthRight": "mouthLeft",
        }
        other = [swap.get(n, {"_L": n[:-2] + "_R", "_R": n[:-2] + "_L"}.get(n[-2:], n)) for n in names]
        self.mirror = np.array([names.index(n) for n in other])

    def loss_basis(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Millimetres per weight at some vertices of each region, and the vertices' share of the loss."""
        rng = np.random.default_rng(0)
        chosen, share = [], []
        for region, count, weight in (("face", 300, 1.0), ("lips", 80, 0.35), ("lids", 80, 0.8)):
            ids = self.regions[region]
            ids = rng.choice(ids, min(count, len(ids)), replace=False)
            chosen.append(ids)
            share.append(np.full(len(ids), weight / len(ids)))
        basis = 1e3 * self.meshes[:, np.concatenate(chosen)].reshape(len(self.names), -1)
        return torch.tensor(basis, dtype=torch.float32), torch.tensor(
            np.concatenate(share), dtype=torch.float32
        )


SQUARE = (1.0, 1.0)  # size of the pictures, whose landmarks are fractions of it


class Geometry:
    """Reference face, alignment weights, mirror: what both training and the package align with."""

    def __init__(self, neutral_landmarks: np.ndarray) -> None:
        self.mirror = np.load(DATA / "tables.npz")["landmark_mirror"].astype(int)
        points = over_eyes(to_camera(neutral_landmarks.astype(np.float64), SQUARE))[0].mean(0)
        self.reference = (points + points[self.mirror] * FLIP) / 2
        weights = np.zeros(478)
        weights[RIGID] = 1
        self.weights = (weights + weights[self.mirror]) / (weights + weights[self.mirror]).sum()

    def neutral(self, landmarks: np.ndarray) -> np.ndarray:
        camera = to_camera(landmarks.astype(np.float64), SQUARE)
        return over_eyes(align_camera(camera, self.reference, self.weights)[0])[0]

    def displacements(self, data: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """From one's own rest, from the mean face, and head-to-camera rotation."""
        rest = self.neutral(data["neutral_landmarks"])
        own, mean, turn = [], [], []
        for start in range(0, len(data["landmarks"]), 2000):
            part = slice(start, start + 2000)
            camera = to_camera(data["landmarks"][part].astype(np.float64), SQUARE)
            target = rest[data["identity"][part]]
            own.append((align_camera(camera, target, self.weights)[0] - target).astype(np.float32))
            points, rotation, _ = align_camera(camera, self.reference, self.weights)
            mean.append((points - self.reference).astype(np.float32))
            turn.append(np.swapaxes(rotation, 1, 2))
        return np.concatenate(own), np.concatenate(mean), np.concatenate(turn)

    def components(self, fields: list[np.ndarray], count: int) -> tuple[np.ndarray, np.ndarray]:
        """Principal components, each symmetric or antisymmetric, and which."""
        vectors, power, parity = [], [], []
        for sign in (1, -1):
            total = np.zeros((1434, 1434))
            for field in fields:
                part = ((field + sign * field[:, self.mirror] * FLIP) / 2).reshape(len(field), -1)
                total += part.T @ part / len(part)
            value, vector = np.linalg.eigh(total)
            vectors.append(vector[:, ::-1][:, :count])
            power.append(value[::-1][:count])
            parity += [sign] * count
        order = np.argsort(-np.concatenate(power))[:count]
        return np.concatenate(vectors, 1)[:, order].astype(np.float16), np.array(parity)[order]


def load_set(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return {k: file[k] for k in file.files}


def chosen_identities(data: dict[str, np.ndarray], first: int, end: int | None) -> dict[str, np.ndarray]:
    """The rows of some identities, renumbered from 0."""
    count = len(data["neutral_blendshapes"])
    end = count if end is None else end
    rows = (data["identity"] >= first) & (data["identity"] < end)
    out = {k: v[rows] if len(v) == len(rows) else v for k, v in data.items()}
    out["identity"] = out["identity"] - first
    for key in ("neutral_blendshapes", "neutral_landmarks"):
        out[key] = data[key][first:end]
    return out


def features(
    data: dict[str, np.ndarray], own: np.ndarray, mean: np.ndarray, components: np.ndarray, truth: Truth
) -> dict[str, np.ndarray]:
    basis = components.astype(np.float32)
    weights = data["arkit_weights"].astype(np.float32)
    neutral = data["neutral_blendshapes"][data["identity"]]
    return {
        "full": np.concatenate([data["blendshapes"], neutral, own.reshape(len(own), -1) @ basis], 1),
        "landmarks": np.concatenate([data["blendshapes"], mean.reshape(len(mean), -1) @ basis], 1),
        "scores_neutral": np.concatenate([data["blendshapes"], neutral], 1),
        "scores": data["blendshapes"],
        "change": data["blendshapes"] - neutral,
        "truth": weights,
        "weights": (weights @ truth.collapse).astype(np.float32),
        "eyes": data["eye_pose"][:, [0, 1, 3, 4]].astype(np.float32),
    }


def eye_matrix() -> torch.Tensor:
    """Weights to left pitch, left yaw, right pitch, right yaw in radians."""
    out = np.zeros((len(BLENDSHAPES), 4), np.float32)
    for column, (side, sign) in enumerate((("Left", 1), ("Right", -1))):
        out[INDEX["eyeLookDown" + side], 2 * column] = 0.5
        out[INDEX["eyeLookUp" + side], 2 * column] = -0.5
        out[INDEX["eyeLookOut" + side], 2 * column + 1] = 0.6 * sign
        out[INDEX["eyeLookIn" + side], 2 * column + 1] = -0.6 * sign
    return torch.tensor(out)


class Net(torch.nn.Module):
    """Linear skip plus a small network; twin of ``mp2flame.response.response._Network``."""

    def __init__(
        self, inputs: int, hidden: tuple[int, ...], scale: torch.Tensor, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.dropout = torch.nn.Dropout(dropout)
        self.register_buffer("scale", scale)
        self.skip = torch.nn.Linear(inputs, len(BLENDSHAPES), bias=False)
        sizes = [inputs, *hidden, len(BLENDSHAPES)]
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        for tensor in (self.skip.weight, self.layers[-1].weight, self.layers[-1].bias):
            torch.nn.init.zeros_(tensor)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x * self.scale
        y = self.skip(x)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = self.dropout(x * torch.sigmoid(1.702 * x))
        return y + x


class Trainer:
    def __init__(self, truth: Truth, parity: np.ndarray) -> None:
        self.basis, self.share = truth.loss_basis()
        self.expand = torch.tensor(truth.expand, dtype=torch.float32)
        self.eye, self.mirror55 = eye_matrix(), torch.tensor(truth.mirror)
        self.mirror = torch.tensor(MIRROR.copy())
        self.parity = torch.tensor(parity, dtype=torch.float32)
        g = {k: [INDEX["eyeLook" + k + s] for s in ("Left", "Right")] for k in ("Down", "Up", "Out", "In")}
        self.look = g

    def flip(self, regime: str, x: torch.Tensor) -> torch.Tensor:
        blocks = {"full": 2, "landmarks": 1, "scores_neutral": 2, "scores": 1}[regime]
        parts = [x[:, 52 * i : 52 * (i + 1)][:, self.mirror] for i in range(blocks)]
        return torch.cat([*parts, x[:, 52 * blocks :] * self.parity[: x.shape[1] - 52 * blocks]], 1)

    def raw(self, regime: str, net: Net, x: torch.Tensor) -> torch.Tensor:
        y = net(x)
        if regime in ("full", "scores_neutral"):
            rest = torch.cat([x[:, 52:104], x[:, 52:104], torch.zeros_like(x[:, 104:])], 1)
            y = y - net(rest)
        return self.one_gaze(y)

    def one_gaze(self, y: torch.Tensor) -> torch.Tensor:
        """Both eyes look the same way; up and down, in and out exclude each other."""
        y = y.clone()
        down = (y[:, self.look["Down"]] - y[:, self.look["Up"]]).mean(1)
        left = (
            y[:, self.look["Out"][0]]
            - y[:, self.look["In"][0]]
            - y[:, self.look["Out"][1]]
            + y[:, self.look["In"][1]]
        ) / 2
        for side in range(2):
            turn = left if side == 0 else -left
            y[:, self.look["Down"][side]], y[:, self.look["Up"][side]] = down, -down
            y[:, self.look["Out"][side]], y[:, self.look["In"][side]] = turn, -turn
        return y

    def loss(
        self, p: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor, eyes: torch.Tensor
    ) -> torch.Tensor:
        p = p.clamp(0, 1) + 0.05 * (p - p.clamp(0, 1))
        error = ((p @ self.expand - truth) @ self.basis).view(len(p), -1, 3)
        mesh = (torch.sqrt((error**2).sum(-1) + 1e-6) @ self.share).mean()
        turn = torch.sqrt(((p @ self.eye - eyes).view(-1, 2, 2) ** 2).sum(-1) + 1e-6).mean()
        named = [i for i, n in enumerate(BLENDSHAPES) if not n.startswith("eyeLook")]
        return mesh + 0.5 * (p[:, named] - weights[:, named]).abs().mean() + 8.0 * turn

    def train(
        self,
        regime: str,
        stages: list[tuple[dict[str, torch.Tensor], int, float]],
        noise: float = 0.1,
    ) -> Net:
        """Stages of (data, epochs, learning rate), one after the other."""
        torch.manual_seed(0)
        x = stages[0][0][regime]
        scale = 1 / (torch.cat([x, self.flip(regime, x)]).std(0) + 1e-4)
        net = Net(x.shape[1], HIDDEN[regime], scale.clamp(max=200.0), DROPOUT.get(regime, 0.0))
        for data, epochs, rate in stages:
            self._stage(regime, net, data, epochs, rate, noise)
        return net.eval()

    def _stage(
        self, regime: str, net: Net, data: dict[str, torch.Tensor], epochs: int, rate: float, noise: float
    ) -> None:
        x, size, started = data[regime], 256, time.time()
        steps = len(x) // size
        optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=5e-2)
        plan = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, rate, total_steps=steps * epochs + 1, pct_start=0.15
        )
        sign = torch.tensor([1.0, -1.0, 1.0, -1.0])
        for _ in range(epochs):
            order = torch.randperm(len(x))
            for step in range(steps):
                rows = order[step * size : (step + 1) * size]
                a, t, w, e = x[rows], data["truth"][rows], data["weights"][rows], data["eyes"][rows]
                h = size // 2
                a = torch.cat([a[:h], self.flip(regime, a[h:])])
                t = torch.cat([t[:h], t[h:][:, self.mirror55]])
                w = torch.cat([w[:h], w[h:][:, self.mirror]])
                e = torch.cat([e[:h], e[h:][:, [2, 3, 0, 1]] * sign])
                a = a + torch.randn_like(a) * noise / net.scale
                optimiser.zero_grad()
                self.loss(self.raw(regime, net, a), t, w, e).backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
                optimiser.step()
                plan.step()
        print(f"{regime}: {epochs} epochs of {len(x)} frames, {time.time() - started:.0f} s", flush=True)

    @torch.no_grad()
    def predict(self, regime: str, net: Net, x: torch.Tensor) -> np.ndarray:
        both = (self.raw(regime, net, x) + self.raw(regime, net, self.flip(regime, x))[:, self.mirror]) / 2
        return both.clamp(0, 1).numpy()

    def report(self, name: str, p: np.ndarray, data: dict[str, torch.Tensor]) -> None:
        w = torch.tensor(p)
        error = ((w @ self.expand - data["truth"]) @ self.basis).view(len(p), -1, 3).norm(dim=-1)
        turn = torch.rad2deg((w @ self.eye - data["eyes"]).view(-1, 2, 2).norm(dim=-1)).mean()
        face, lips, lids = error[:, :300].mean(), error[:, 300:-80].mean(), error[:, -80:].mean()
        print(
            f"{name}: face {face:.3f} mm, lips {lips:.3f}, lids {lids:.3f}, eyes {turn:.2f} deg", flush=True
        )


def view(data: dict[str, np.ndarray]) -> np.ndarray:
    """The ray to the face as a rotation: a head off the axis is seen turned by it (scaled orthography)."""
    middle = data["landmarks"][:, :468, :2].mean(1) - 0.5
    angle = np.arctan(middle / data["focal"][:, None])
    return axis_angle_to_matrix(np.stack([-angle[:, 1], -angle[:, 0], 0 * angle[:, 0]], 1))


def fit_rotation(
    turns: list[np.ndarray], shapes: list[np.ndarray], goals: list[np.ndarray], parity: np.ndarray
) -> np.ndarray:
    sign = np.concatenate([[1, 1, -1, -1, 1, -1, -1, -1, 1, -1, 1, -1, -1], parity])
    x = np.concatenate(
        [np.concatenate([pose_polynomial(t), s], 1) for t, s in zip(turns, shapes, strict=True)]
    )
    y = np.concatenate(goals)
    # a rigid turn of the mean face has to come out as it is, whatever shapes the renders' turns go with
    rigid = np.random.default_rng(0).normal(0, 1, (4000, 3)) * [0.2, 0.3, 0.15]
    turned = np.concatenate([pose_polynomial(axis_angle_to_matrix(rigid)), np.zeros((4000, len(parity)))], 1)
    x, y = np.concatenate([x, turned]), np.concatenate([y, rigid])
    x, y = np.concatenate([x, x * sign]), np.concatenate([y, y * [1, -1, -1]])
    scale = x.std(0) + 1e-6
    scale[0] = 1
    z = x / scale
    return np.linalg.solve(z.T @ z + 30 * np.eye(z.shape[1]), z.T @ y) / scale[:, None]


class Forward(torch.nn.Module):
    """Weights to what they look like on the mean head: score changes and measured distances. The mean of its
    answer and of its mirrored answer to mirrored weights, as ``mp2flame.response.response._Forward`` holds it."""

    def __init__(self, hidden: int = 56) -> None:
        super().__init__()
        names = list(CHECKED_SCORES)
        count = len(names)
        mirrored = [names.index(BLENDSHAPES[MIRROR[INDEX[n]]]) for n in names]
        self.other = mirrored + [count + i for i in (0, 1, 3, 2, 5, 4, 7, 6, 9, 8)]
        self.skip = torch.nn.Linear(len(BLENDSHAPES), count + 10, bias=False)
        self.first = torch.nn.Linear(len(BLENDSHAPES), hidden)
        self.last = torch.nn.Linear(hidden, count + 10, bias=False)

    def one(self, x: torch.Tensor) -> torch.Tensor:
        h = self.first(x)
        return self.skip(x) + self.last(h * torch.sigmoid(1.702 * h))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        both = torch.cat([x, torch.zeros(1, x.shape[1])])
        y = (self.one(both) + self.one(both[:, MIRROR.copy()])[:, self.other]) / 2
        return y[:-1] - y[-1:]

    def arrays(self) -> dict[str, np.ndarray]:
        """Both halves as one network."""
        skip, first, last = (m.weight.detach().numpy().T for m in (self.skip, self.first, self.last))
        bias = self.first.bias.detach().numpy()
        return {
            "forward_skip": ((skip + skip[MIRROR][:, self.other]) / 2).astype(np.float16),
            "forward_w0": np.concatenate([first, first[MIRROR]], 1).astype(np.float16),
            "forward_b0": np.concatenate([bias, bias]).astype(np.float16),
            "forward_w1": (np.concatenate([last, last[:, self.other]]) / 2).astype(np.float16),
        }


def shown_distances(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(N, 52)`` plausible weights and the change of distances that the driven head shows, limits included."""
    rng = np.random.default_rng(3)
    n = 16_000
    w = weights[rng.integers(len(weights), size=n)] * rng.uniform(0.2, 1.3, (n, 1))
    extra = (rng.random(w.shape) < 0.08) * rng.random(w.shape) * (rng.random((n, 1)) < 0.6)
    w = np.clip(np.maximum(w, extra), 0, 1).astype(np.float32)
    closed = rng.random(n) < 0.25
    w[closed, INDEX["mouthClose"]] = np.clip(
        w[closed, INDEX["jawOpen"]] * rng.uniform(0.2, 1.3, closed.sum()), 0, 1
    )
    w[:, 0] = 0
    driver = Driver(SHARED / "models/lab_head_a.pkl", response=Response.identity())
    embedding = embedding_for(driver.model)
    w = np.concatenate([np.zeros((1, w.shape[1]), np.float32), w])
    parts = [
        distances(embedding.landmarks(driver.vertices(driver.params_from_weights(w[i : i + 500]))))
        for i in range(0, len(w), 500)
    ]
    found = np.concatenate(parts)
    return w[1:], (found[1:] - found[0]).astype(np.float32)


def train_forward(data: dict[str, torch.Tensor], weights: np.ndarray) -> Forward:
    shown_w, shown_d = (torch.tensor(v) for v in shown_distances(weights))
    shown_d = shown_d / DISTANCE_UNIT
    scores = torch.tensor([INDEX[n] for n in CHECKED_SCORES])
    torch.manual_seed(0)
    net, size, epochs = Forward(), 256, 50
    steps, count = len(shown_w) // size, len(scores)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=steps * epochs + 1)
    for _ in range(epochs):
        order = torch.randperm(len(shown_w))
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            x, y = shown_w[rows], shown_d[rows]
            rows = torch.randint(len(data["weights"]), (size,))
            a, b = data["weights"][rows], data["change"][rows][:, scores]
            optimiser.zero_grad()
            loss = 0.05 * (net(x)[:, count:] - y).abs().mean() + (net(a)[:, :count] - b).abs().mean()
            loss.backward()
            optimiser.step()
            plan.step()
    with torch.no_grad():
        left = (net(shown_w)[:, count:] - shown_d).abs().mean(0) * DISTANCE_UNIT
        print("forward: distances, mean error in eye distances", left.numpy().round(4), flush=True)
    return net


def with_linear(out: dict[str, Any], regime: str, x: np.ndarray, truth: np.ndarray) -> None:
    """Average a network on scores with the linear map that public mappings use, and with the brows' own scores.

    On renders the network alone is a little better; on real faces, which rest at other values, the linear map.
    Gaze stays the network's.
    """
    both, goal = np.concatenate([x, x[:, MIRROR]]), np.concatenate([truth, truth[:, MIRROR]])
    linear = np.linalg.solve(both.T @ both + 1e-3 * np.eye(len(BLENDSHAPES)), both.T @ goal)
    share = np.array([0.0 if n.startswith("eyeLook") else SCORE_SHARE for n in BLENDSHAPES])
    own = np.array([SCORE_SHARE if n.startswith("brow") else 0.0 for n in BLENDSHAPES])
    linear = linear * share * (1 - own) + np.diag(own)
    keep = (1 - share) * (1 - own)
    skip = out[f"{regime}_skip"].astype(np.float64) * keep
    n = len(BLENDSHAPES)
    skip[:n] += linear / out[f"{regime}_scale"][:n, None]
    out[f"{regime}_skip"] = skip.astype(np.float16)
    last = out[f"{regime}_layers"] - 1
    for name in (f"{regime}_w{last}", f"{regime}_b{last}"):
        out[name] = (out[name].astype(np.float64) * keep).astype(np.float16)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("wide", nargs="*", type=Path, help="renders of all kinds")
    parser.add_argument("--plain", nargs="*", type=Path, default=[], help="renders that look like the lab's")
    parser.add_argument(
        "--hold-out", type=int, default=0, help="leave out so many lab identities; report them"
    )
    parser.add_argument("--out", type=Path, default=DATA / "response.npz")
    args = parser.parse_args()
    torch.set_num_threads(1)
    truth = Truth()
    lab, test = load_set(SHARED / "data/lab/train.npz"), load_set(SHARED / "data/lab/test.npz")
    held_out = [("lab test", test)]
    if args.hold_out:
        first = int(lab["identity"].max()) + 1 - args.hold_out
        held_out.append(("lab train, left out", chosen_identities(lab, first, None)))
        lab = chosen_identities(lab, 0, first)
    for data in (lab, test):
        data["focal"] = np.full(len(data["identity"]), STUDIO_FOCAL)
    sets = [lab, *(load_set(p) for p in [*args.wide, *args.plain])]
    geometry = Geometry(lab["neutral_landmarks"])
    fields = [geometry.displacements(d) for d in sets]
    components, parity = geometry.components(
        [np.concatenate([f[0] for f in fields]), 0.3 * np.concatenate([f[1] for f in fields])], COMPONENTS
    )
    parts = [features(d, f[0], f[1], components, truth) for d, f in zip(sets, fields, strict=True)]
    wide, plain = parts[1 : 1 + len(args.wide)], parts[1 + len(args.wide) :]

    def joined(of: list[dict[str, np.ndarray]]) -> dict[str, torch.Tensor]:
        return {k: torch.tensor(np.concatenate([p[k] for p in of])) for k in of[0]}

    everything = joined([*wide, *plain, *plain, *[parts[0]] * 3])
    alike, only_lab = joined([*plain, parts[0], parts[0]]), joined([parts[0]])
    held = []
    for name, data in held_out:
        found = geometry.displacements(data)
        of = features(data, found[0], found[1], components, truth)
        held.append((name, {k: torch.tensor(v) for k, v in of.items()}))
    trainer = Trainer(truth, parity)
    out: dict[str, Any] = {
        "reference": geometry.reference.astype(np.float32),
        "align_weights": geometry.weights.astype(np.float32),
        "mirror_landmarks": geometry.mirror.astype(np.int16),
        "components": components,
        "component_parity": parity.astype(np.int8),
        "dead_zone": np.full(52, 0.03, np.float32),
    }
    neutral_scores = np.concatenate([d["neutral_blendshapes"] for d in sets])
    out["mean_neutral_scores"] = ((neutral_scores + neutral_scores[:, MIRROR]) / 2).mean(0).astype(np.float32)

    # head rotation; the lab set counts three times
    basis = components.astype(np.float64)
    shapes = [f[1].reshape(len(f[1]), -1) @ basis for f in fields]
    goals = [lab["global_orient"].astype(np.float64)]
    for d in sets[1 : 1 + len(args.wide)]:
        goals.append(
            matrix_to_axis_angle(np.swapaxes(view(d), 1, 2) @ axis_angle_to_matrix(d["global_orient"]))
        )
    thrice = [0, 0, *range(1 + len(args.wide))]
    out["rotation_weights"] = fit_rotation(
        [fields[i][2] for i in thrice], [shapes[i] for i in thrice], [goals[i] for i in thrice], parity
    ).astype(np.float32)

    # how far a resting face may be from the rendered ones before geometry takes over
    rest = geometry.neutral(lab["neutral_landmarks"])
    rest = np.concatenate([rest, rest[:, geometry.mirror] * FLIP]).reshape(-1, 1434)
    mean = rest.mean(0)
    out["familiar_mean"] = mean.reshape(478, 3).astype(np.float32)
    out["familiar_basis"] = np.linalg.svd(rest - mean, full_matrices=False)[2][:20].T.astype(np.float16)

    # how freely a weight may move to meet what was measured
    out["closure_freedom"] = np.zeros(52, np.float32)
    for name, value in COUPLED.items():
        for full in (name, name + "Left", name + "Right"):
            if full in INDEX:
                out["closure_freedom"][INDEX[full]] = value

    for regime in REGIMES:
        sets_and_rates = [(everything, 1e-3), (alike, 7e-4), (only_lab, 5e-4)]
        stages = [(of, n, rate) for (of, rate), n in zip(sets_and_rates, EPOCHS[regime], strict=False)]
        net = trainer.train(regime, stages)
        for name, data in held:
            trainer.report(f"{name}, {regime}", trainer.predict(regime, net, data[regime]), data)
        out[f"{regime}_scale"] = net.scale.numpy()
        out[f"{regime}_skip"] = net.skip.weight.detach().numpy().T.astype(np.float16)
        out[f"{regime}_layers"] = len(net.layers)
        for i, layer in enumerate(net.layers):
            out[f"{regime}_w{i}"] = layer.weight.detach().numpy().T.astype(np.float16)
            out[f"{regime}_b{i}"] = layer.bias.detach().numpy().astype(np.float16)
    with_linear(out, "scores", parts[0]["scores"], parts[0]["weights"])
    with_linear(out, "scores_neutral", parts[0]["change"], parts[0]["weights"])
    out.update(train_forward(alike, everything["weights"].numpy()).arrays())
    out["header"] = json.dumps(
        {
            "schema": SCHEMA,
            "kind": "network",
            "made_by": "tools/train_response.py",
            "frames": int(sum(len(d["identity"]) for d in sets)),
            "identities": int(sum(len(d["neutral_blendshapes"]) for d in sets)),
            "data": "renders of a FLAME-format head (FLAME 2023 Open, ICT-FaceKit shapes) through MediaPipe",
            "detector": "MediaPipe Face Landmarker float16/1, IMAGE mode",
            "licences": "FLAME 2023 Open CC-BY-4.0; ICT-FaceKit MIT; MediaPipe Apache-2.0; Live Link takes MIT",
            "familiar_limits": LIMITS_OF_FAMILIAR,
        }
    )
    np.savez_compressed(args.out, **out)
    print(f"wrote {args.out}: {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
