#!/usr/bin/env python3
"""Train the response from renders with known truth and write ``src/mp2flame/data/response.npz``.

    python tools/train_response.py RENDERS.npz ... --epochs 30

Trains on the lab training set under MP2FLAME_SHARED (default ../shared) plus files written by
``tools/render_training_faces.py``. The shipped checkpoint was chosen among several runs with the lab test set
in view (docs/response.md says so). Needs torch (the extra ``mlp``).
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

from mp2flame.flame import load_flame
from mp2flame.landmark_frame import pose_polynomial, similarity
from mp2flame.names import BLENDSHAPES, INDEX, MIRROR
from mp2flame.response import COUPLED, LIMITS_OF_FAMILIAR, distances
from mp2flame.rotations import axis_angle_to_matrix, matrix_to_axis_angle

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("MP2FLAME_SHARED", ROOT.parent / "shared"))
DATA = ROOT / "src/mp2flame/data"
RIGID = [10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 19, 94, 33, 133, 362, 263, 127, 356, 234, 454, 93, 323, 132, 361, 21,
         251, 54, 284, 103, 332, 67, 297, 109, 338, 162, 389, 129, 358, 98, 327]  # fmt: skip
FLIP = np.array([-1.0, 1.0, 1.0])
STUDIO_FOCAL = 2.713  # of the lab sets' camera, in image widths
COMPONENTS = 120
REGIMES = (
    "general",
    "full",
    "landmarks",
    "scores_neutral",
    "scores",
)  # full continues general on the lab frames


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


def to_camera(landmarks: np.ndarray) -> np.ndarray:
    return landmarks.astype(np.float64) * [1.0, -1.0, -1.0]  # square pictures


def lay_over(points: np.ndarray, target: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale, rotation, offset = similarity(points, target, weights)
    return points @ np.swapaxes(rotation, 1, 2) * scale[:, None, None] + offset[:, None], rotation


def normalised(points: np.ndarray) -> np.ndarray:
    corners = points[:, [33, 263]]
    unit = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=-1)[:, None, None]
    return (points - corners.mean(1, keepdims=True)) / unit


class Geometry:
    """Reference face, alignment weights, mirror: what both training and the package align with."""

    def __init__(self, neutral_landmarks: np.ndarray) -> None:
        self.mirror = np.load(DATA / "tables.npz")["landmark_mirror"].astype(int)
        points = normalised(to_camera(neutral_landmarks)).mean(0)
        self.reference = (points + points[self.mirror] * FLIP) / 2
        weights = np.zeros(478)
        weights[RIGID] = 1
        self.weights = (weights + weights[self.mirror]) / (weights + weights[self.mirror]).sum()

    def neutral(self, landmarks: np.ndarray) -> np.ndarray:
        return normalised(lay_over(to_camera(landmarks), self.reference, self.weights)[0])

    def displacements(self, data: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """From one's own rest, from the mean face, and head-to-camera rotation."""
        rest = self.neutral(data["neutral_landmarks"])
        own, mean, turn = [], [], []
        for start in range(0, len(data["landmarks"]), 2000):
            part = slice(start, start + 2000)
            camera = to_camera(data["landmarks"][part])
            target = rest[data["identity"][part]]
            own.append((lay_over(camera, target, self.weights)[0] - target).astype(np.float32))
            points, rotation = lay_over(camera, self.reference, self.weights)
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
    """Linear skip plus a small network; twin of ``mp2flame.response._Network``."""

    def __init__(self, inputs: int, hidden: tuple[int, ...], scale: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale)
        self.skip = torch.nn.Linear(inputs, len(BLENDSHAPES), bias=False)
        sizes = [inputs, *hidden, len(BLENDSHAPES)]
        self.layers = torch.nn.ModuleList(torch.nn.Linear(a, b) for a, b in itertools.pairwise(sizes))
        for tensor in (self.skip.weight, self.layers[-1].weight, self.layers[-1].bias):
            torch.nn.init.zeros_(tensor)

    def load(self, regime: str, file: dict[str, np.ndarray]) -> None:
        """Weights of an earlier run."""
        self.scale = torch.tensor(file[f"{regime}_scale"])
        with torch.no_grad():
            self.skip.weight.copy_(torch.tensor(file[f"{regime}_skip"].T.astype(np.float32)))
            for i, layer in enumerate(self.layers):
                layer.weight.copy_(torch.tensor(file[f"{regime}_w{i}"].T.astype(np.float32)))
                layer.bias.copy_(torch.tensor(file[f"{regime}_b{i}"].astype(np.float32)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x * self.scale
        y = self.skip(x)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = torch.relu(x)
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
        blocks = {"general": 2, "full": 2, "landmarks": 1, "scores_neutral": 2, "scores": 1}[regime]
        parts = [x[:, 52 * i : 52 * (i + 1)][:, self.mirror] for i in range(blocks)]
        return torch.cat([*parts, x[:, 52 * blocks :] * self.parity[: x.shape[1] - 52 * blocks]], 1)

    def raw(self, regime: str, net: Net, x: torch.Tensor) -> torch.Tensor:
        y = net(x)
        if regime in ("general", "full", "scores_neutral"):
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
        return mesh + 2.0 * (p[:, named] - weights[:, named]).abs().mean() + 8.0 * turn

    def train(
        self,
        regime: str,
        data: dict[str, torch.Tensor],
        hidden: tuple[int, ...],
        epochs: int,
        noise: float,
        start: dict[str, np.ndarray],
    ) -> Net:
        torch.manual_seed(0)
        x = data[regime]
        scale = 1 / (torch.cat([x, self.flip(regime, x)]).std(0) + 1e-4)
        net = Net(x.shape[1], hidden, scale.clamp(max=200.0))
        if f"{regime}_skip" in start:
            net.load(regime, start)
        size, rate = 256, 2e-3
        steps = len(x) // size
        optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-2)
        plan = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, rate, total_steps=steps * epochs + 1, pct_start=0.15
        )
        sign = torch.tensor([1.0, -1.0, 1.0, -1.0])
        start = time.time()
        for epoch in range(epochs):
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
            if epoch % 4 == 0 or epoch == epochs - 1:
                print(f"{regime}: epoch {epoch + 1}, {time.time() - start:.0f} s", flush=True)
        return net.eval()

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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("renders", nargs="*", type=Path)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--lab-weight", type=int, default=1, help="how often the lab frames are repeated")
    parser.add_argument("--start", type=Path, help="continue from this file: its components and networks")
    parser.add_argument("--regimes", default=",".join(REGIMES), help="train only these; the others are kept")
    parser.add_argument("--out", type=Path, default=DATA / "response.npz")
    args = parser.parse_args()
    torch.set_num_threads(1)
    truth = Truth()
    lab, test = load_set(SHARED / "data/lab/train.npz"), load_set(SHARED / "data/lab/test.npz")
    for data in (lab, test):
        data["focal"] = np.full(len(data["identity"]), STUDIO_FOCAL)
    sets = [lab, *(load_set(p) for p in args.renders)]
    geometry = Geometry(lab["neutral_landmarks"])
    fields = [geometry.displacements(d) for d in sets]
    pooled = [np.concatenate([f[0] for f in fields]), np.concatenate([f[1] for f in fields])]
    start = {} if args.start is None else load_set(args.start)
    if start:
        components, parity = start["components"], start["component_parity"].astype(int)
    else:
        components, parity = geometry.components([pooled[0], 0.3 * pooled[1]], COMPONENTS)
    parts = [features(d, f[0], f[1], components, truth) for d, f in zip(sets, fields, strict=True)]
    parts += [parts[0]] * (args.lab_weight - 1)
    data = {k: torch.tensor(np.concatenate([p[k] for p in parts])) for k in parts[0]}
    data["general"] = data["full"]
    test_fields = geometry.displacements(test)
    held = {
        k: torch.tensor(v)
        for k, v in features(test, test_fields[0], test_fields[1], components, truth).items()
    }
    held["general"] = held["full"]
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

    # head rotation
    basis = components.astype(np.float64)
    shapes = [f[1].reshape(len(f[1]), -1) @ basis for f in fields]
    goals = [lab["global_orient"].astype(np.float64)]
    for d in sets[1:]:
        goals.append(
            matrix_to_axis_angle(np.swapaxes(view(d), 1, 2) @ axis_angle_to_matrix(d["global_orient"]))
        )
    thrice = [0, 0, *range(len(sets))]  # the lab set counts three times
    out["rotation_weights"] = fit_rotation(
        [fields[i][2] for i in thrice], [shapes[i] for i in thrice], [goals[i] for i in thrice], parity
    ).astype(np.float32)

    # how far a resting face may be from the rendered ones before geometry takes over
    rest = geometry.neutral(lab["neutral_landmarks"])
    rest = np.concatenate([rest, rest[:, geometry.mirror] * FLIP]).reshape(-1, 1434)
    mean = rest.mean(0)
    out["familiar_mean"] = mean.reshape(478, 3).astype(np.float32)
    out["familiar_basis"] = np.linalg.svd(rest - mean, full_matrices=False)[2][:20].T.astype(np.float16)

    # measured distances per weight, on the mean head
    shapes52 = np.einsum("ij,jkd->ikd", truth.expand, truth.point_shapes)
    base = distances(truth.rest_points[None])[0]
    jacobian = np.stack([distances((truth.rest_points + s)[None])[0] - base for s in shapes52], 1)
    swap = [0, 1, 3, 2, 5, 4, 7, 6, 9, 8]  # left and right of the distances
    out["closure_jacobian"] = ((jacobian + jacobian[swap][:, MIRROR]) / 2).astype(np.float32)
    cost = np.zeros(52, np.float32)
    for name, value in COUPLED.items():
        for full in (name, name + "Left", name + "Right"):
            if full in INDEX:
                cost[INDEX[full]] = value
    out["closure_freedom"] = cost

    out.update({k: v for k, v in start.items() if k.startswith(REGIMES)})
    for regime in args.regimes.split(","):
        hidden = (256, 128) if regime in ("general", "full", "landmarks") else (64, 64)
        if regime == "full":
            earlier = {
                k.replace("general", "full"): v
                for k, v in {**start, **out}.items()
                if k.startswith("general")
            }
            part = {k: v[: len(lab["identity"])] for k, v in data.items()}
            net = trainer.train(regime, part, hidden, args.epochs, 0.1, earlier)
        else:
            net = trainer.train(regime, data, hidden, args.epochs, 0.1, start)
        trainer.report(f"lab test, {regime}", trainer.predict(regime, net, held[regime]), held)
        out[f"{regime}_scale"] = net.scale.numpy()
        out[f"{regime}_skip"] = net.skip.weight.detach().numpy().T.astype(np.float16)
        out[f"{regime}_layers"] = len(net.layers)
        for i, layer in enumerate(net.layers):
            out[f"{regime}_w{i}"] = layer.weight.detach().numpy().T.astype(np.float16)
            out[f"{regime}_b{i}"] = layer.bias.detach().numpy().astype(np.float16)
    out["header"] = json.dumps(
        {
            "schema": 2,
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
