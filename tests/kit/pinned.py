"""Published figures on the packaged sample, measured through what a user calls: ``Driver`` and a take of ``run``.

    python tests/kit/pinned.py            what has changed since they were pinned
    python tests/kit/pinned.py --write    pin them again, after a change that was meant

The sample is ``tests/data/pinned.npz`` (``tools/make_pinned_sample.py``), the figures ``tests/data/pinned.json``. It is small:
the figures hold the product where it is, they do not say how good it is (``bench/bench_judges.py``).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from mp2flame import Driver, FlameParams, Profile, Take
from mp2flame.base.channels import BLENDSHAPES, GROUP_INDEX, INDEX
from mp2flame.evaluate import evaluate_clip, evaluate_head, evaluate_set
from mp2flame.evaluate.measures import face
from mp2flame.evaluate.rows import DRIVEN
from mp2flame.flame.eyes import eye_openings, lid_gap_mm, lid_penetration_mm
from mp2flame.flame.landmarks import embedding_for
from mp2flame.flame.lips import lip_gap_mm
from mp2flame.rig.inverse import Inverse
from mp2flame.rig.rig import Rig, solve_rig
from mp2flame.rig.solver import JAW_SHAPES
from mp2flame.rig.transfer import Transfer
from second_head import bulging, second_head

DATA = Path(__file__).resolve().parents[1] / "data"
RELATIVE, ABSOLUTE, ONE_FRAME = 0.005, 2e-4, 0.021
COUNTED = (  # in steps of a frame
    *(n for n, shown in face.MEASURES.items() if shown and shown.mean and n != "channels at the stop"),
    "false at rest",
    "largest first step",
)


def sample() -> tuple[dict[str, Any], Take]:
    """The pictures with known truth as a set, and the clip as a take that was never driven."""
    with np.load(DATA / "pinned.npz") as data:
        arrays = {name: data[name] for name in data.files}
    for name in ("lab_landmarks", "lab_neutral_landmarks", "clip_landmarks"):
        arrays[name] = (np.cumsum(arrays[name], axis=0, dtype=np.int64) / 8192).astype(np.float32)
    known = {
        name.removeprefix("lab_"): a.astype(np.float32)
        for name, a in arrays.items()
        if name.startswith("lab_")
    }
    known |= {"identity": arrays["lab_identity"], "image_size": np.array([512, 512])}
    known |= {"arkit_weights": known.pop("weights"), "arkit_names": np.array(BLENDSHAPES)}
    seen = arrays["clip_detected"]

    def spread(values: np.ndarray) -> np.ndarray:
        full = np.zeros((len(seen), *values.shape[1:]), np.float32)
        full[seen] = values
        return full

    take = Take.from_params(
        FlameParams.zeros(1, (len(seen),)), arrays["clip_timestamp_ms"], detected=seen,
        image_size=arrays["clip_image_size"],
        **{name: spread(arrays[f"clip_{name}"]) for name in ("blendshapes", "landmarks", "face_matrix")},
    )  # fmt: skip
    return known, take


def pictures(driver: Driver) -> dict[str, float | None]:
    """Errors against known truth: the mesh of the true weights on the same head, head rotation, weights, rest."""
    known, _ = sample()
    truth = driver.params_from_weights(known["arkit_weights"])
    known |= {"expression": truth.expression, "jaw_pose": truth.jaw_pose, "eye_pose": truth.eye_pose}
    found: dict[str, float | None] = {}
    for row, figures in evaluate_set(known, driver).items():
        if row.startswith(DRIVEN):
            found |= {
                f"{row.removeprefix(DRIVEN + ': ')}: {k}": v for k, v in figures.items() if k != "channels"
            }
    size = (512, 512)
    moved, sums = [], []
    for scores, points in zip(known["neutral_blendshapes"], known["neutral_landmarks"]):
        own = Profile.from_neutral(scores, landmarks=points, image_size=size)
        weights = driver.response(scores, landmarks=points, image_size=size, profile=own)
        moved.append(driver.vertices(driver.params_from_weights(weights)) - driver.model.v_template)
    found["rest with its profile, mm"] = 1e3 * float(np.linalg.norm(moved, axis=-1).mean())
    sums = driver.response(known["blendshapes"], landmarks=known["landmarks"], image_size=size).mean(0)
    return found | {f"mean weight, {group}": float(sums[ids].mean()) for group, ids in GROUP_INDEX.items()}


def clip(driver: Driver) -> dict[str, float | None]:
    """The clip as ``run`` drives it: by default, with a profile, with a live filter."""
    _, seen = sample()
    first = seen[seen.detected][:3]
    assert first.landmarks is not None
    height, width = (int(v) for v in seen.image_size)
    profile = Profile.from_neutral(first.blendshapes, landmarks=first.landmarks, image_size=(height, width))
    found: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        seen.save(Path(folder) / "seen.npz")
        for way, options in (("", {}), ("profile: ", {"profile": profile}), ("light: ", {"filter": "light"})):
            frames = list(driver.run(Path(folder) / "seen.npz", **options))
            params = FlameParams(
                **{
                    k: np.stack([f.params.asdict()[k] for f in frames])
                    for k, v in frames[0].params.asdict().items()
                    if v is not None
                }
            )
            weights = np.stack([f.weights for f in frames])
            take = Take.from_params(
                params, seen.timestamp_ms, detected=seen.detected, arkit_weights=weights, image_size=seen.image_size,
                blendshapes=seen.blendshapes, landmarks=seen.landmarks, face_matrix=seen.face_matrix,
                meta={"flame": driver.describe()},
            )  # fmt: skip
            result = evaluate_clip("bird", take, driver)
            figures = dict(result.figures[DRIVEN])
            for name, sides in result.followed[DRIVEN].items():
                for i, side in enumerate(sides):
                    figures |= {f"{name} {i}, r": side.r, f"{name} {i}, gain": side.gain}
            figures |= {k: v for k, v in result.head.items() if "MediaPipe's" not in k}
            figures["without a face, mean expression"] = float(
                np.abs(params.expression[~seen.detected]).mean()
            )
            figures["nearest, mm"] = 1e3 * float(-params.transl[seen.detected, 2].max())
            figures["farthest, mm"] = 1e3 * float(-params.transl[seen.detected, 2].min())
            found |= {way + name: value for name, value in figures.items()}
    return found


def people(driver: Driver) -> dict[str, float | None]:
    """Eyes narrower and wider than a head can follow, a slow camera, and one person after hundreds of frames of another."""
    known, seen = sample()
    size, points = (512, 512), known["landmarks"]
    found: dict[str, float | None] = {}
    for name, factor in (("narrow", 0.3), ("wide", 2.5)):
        scores, resting = known["neutral_blendshapes"], _lids_apart(known["neutral_landmarks"], factor)
        own = [
            Profile.from_neutral(s, landmarks=p, image_size=size)
            for s, p in zip(scores, resting, strict=True)
        ]
        weights = np.stack([
            driver.response(s, landmarks=p, image_size=size, profile=own[int(i)])
            for s, p, i in zip(known["blendshapes"], _lids_apart(points, factor), known["identity"], strict=True)
        ])  # fmt: skip
        found |= {
            f"{name} eyes, {group}": float(weights[:, ids].mean()) for group, ids in GROUP_INDEX.items()
        }
    slow = replace(seen, timestamp_ms=np.arange(len(seen)) * 270.0)
    found["270 ms a frame, steps"] = float(np.abs(np.diff(_weights(driver, slow), axis=0)).mean())
    scores = np.concatenate(
        [known["neutral_blendshapes"][np.zeros(1500, int)], known["neutral_blendshapes"][np.full(300, 4)]]
    )
    marks = np.concatenate(
        [known["neutral_landmarks"][np.zeros(1500, int)], known["neutral_landmarks"][np.full(300, 4)]]
    )
    long = Take.from_params(
        FlameParams.zeros(1, (len(scores),)), np.arange(len(scores)) * 33.3, blendshapes=scores, landmarks=marks,
        image_size=np.array(size),
    )  # fmt: skip
    last = _weights(driver, long)[-1]
    name = "10 s of rest after 50 s of another's"
    return found | {f"{name}, {group}": float(last[ids].mean()) for group, ids in GROUP_INDEX.items()}


def _lids_apart(landmarks: np.ndarray, factor: float) -> np.ndarray:
    """The same faces with their lids further from the line between the eye's corners, or nearer."""
    out = landmarks.copy()
    for a, b, ring in ((33, 133, face.REGIONS["lids"][:16]), (263, 362, face.REGIONS["lids"][16:])):
        ids = [i for i in ring if i not in (a, b)]
        share = (out[:, ids, 0] - out[:, [a], 0]) / (out[:, [b], 0] - out[:, [a], 0])
        line = out[:, [a], 1] + share * (out[:, [b], 1] - out[:, [a], 1])
        out[:, ids, 1] = line + factor * (out[:, ids, 1] - line)
    return out


def _weights(driver: Driver, take: Take) -> np.ndarray:
    """``(T, 52)`` weights of what a take saw, driven again."""
    with tempfile.TemporaryDirectory() as folder:
        take.save(Path(folder) / "seen.npz")
        return np.stack([frame.weights for frame in driver.run(Path(folder) / "seen.npz")])


def rig(driver: Driver) -> dict[str, float | None]:
    """Weights to a mesh: shape by shape, and 400 combinations that no face can make."""
    found: dict[str, float | None] = {}
    for part, poses in evaluate_head(driver).items():
        found |= {f"{part}, {pose}, {k}": v for pose, of in poses.items() for k, v in of.items()}
    single = driver.vertices(driver.params_from_weights(np.eye(52, dtype=np.float32)))
    moved = 1e3 * np.linalg.norm(single - driver.model.v_template, axis=-1).mean(-1)
    found |= {f"shapes at 1, {group}, mm": float(moved[ids].mean()) for group, ids in GROUP_INDEX.items()}
    rng = np.random.default_rng(0)
    some = [rng.random((100, 52)) < share for share in (0.2, 0.5, 0.9)]
    groups = [
        np.isin(np.arange(52), ids)[None]
        for ids in (*GROUP_INDEX.values(), *map(_pair, GROUP_INDEX.values()))
    ]
    extreme = np.concatenate([rng.random((100, 52)), *some, *groups, np.ones((1, 52))]).astype(np.float32)
    params = driver.params_from_weights(extreme)
    vertices, openings = driver.vertices(params), eye_openings(driver.model)
    gaps = np.stack([lid_gap_mm(vertices, opening).mean(-1) for opening in openings])
    depth = np.stack([lid_penetration_mm(vertices, opening) for opening in openings])
    lips = lip_gap_mm(embedding_for(driver.model).landmarks(vertices)).mean(-1)
    away = 1e3 * np.linalg.norm(vertices - driver.model.v_template, axis=-1)
    return found | {
        "extremes, lid gap, mean": float(gaps.mean()), "extremes, lid gap, least": float(gaps.min()),
        "extremes, in the eyeball, mean": float(depth.mean()), "extremes, in the eyeball, most": float(depth.max()),
        "extremes, lip gap, mean": float(lips.mean()), "extremes, lip gap, least": float(lips.min()),
        "extremes, moved, mean": float(away.mean()), "extremes, moved, most": float(away.max()),
        "extremes, jaw": float(np.abs(params.jaw_pose).mean()), "extremes, eyes": float(np.abs(params.eye_pose).mean()),
        "extremes, expression": float(np.abs(params.expression).mean()),
    }  # fmt: skip


def hard(driver: Driver) -> dict[str, float | None]:
    """What a head does not do, on heads and weights where the limits, the lids and the way back have most to do."""
    model, rng = driver.model, np.random.default_rng(1)
    found: dict[str, float | None] = {}
    sums = np.concatenate([rng.random((150, 52)), rng.random((150, 52)) < 0.3]).astype(np.float32)
    own = solve_rig(model)
    blink = own.expression[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]].sum(0)
    people = replace(
        model, shapedirs=model.exprdirs[:, :, : len(blink)] @ blink[:, None]
    )  # eyes less open, or more
    for less in (-0.6, -0.25, 0.25, 0.5):
        limits = replace(own, mesh=people, betas=np.array([less])).limits
        found[f"eyes {less:g} less open, blink gain"] = limits.blink_gain
        found |= _kept(f"eyes {less:g} less open", sums, limits(sums))
    found |= _kept("sums", sums, own.limits(sums))
    own_shapes = np.array([n.startswith(("eye", "cheek", "brow", "nose")) for n in BLENDSHAPES])
    eyes = (
        np.concatenate([rng.random((300, 52)), rng.random((300, 52)) < 0.4]).astype(np.float32) * own_shapes
    )
    for name, factor in (
        ("lids", 1.0),
        ("short lids", 0.5),
        ("long lids", 2.0),
    ):  # a blink that does too little, or too much
        shapes = own.expression.copy()
        shapes[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]] *= factor
        head = replace(own, expression=shapes)
        found |= _kept(name, sums, head.limits(sums)) | _given_way(name, driver, head, eyes)
    shapes = own.expression.copy()
    shapes[own_shapes] *= 3  # brows, noses and cheeks that reach further than a face
    found |= _kept("far shapes", sums, replace(own, expression=shapes).limits(sums))
    close, opened = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 11)))
    mouths = np.zeros((len(close), 52), np.float32)
    mouths[:, INDEX["mouthClose"]], mouths[:, INDEX["jawOpen"]] = close, opened
    found["mouthClose that is left"] = float(own.limits(mouths)[:, INDEX["mouthClose"]].mean())
    along = np.zeros((17, 52), np.float32)
    along[:, INDEX["mouthClose"]] = along[:, INDEX["jawOpen"]] = np.linspace(0, 1, 17)
    lips = lip_gap_mm(embedding_for(model).landmarks(driver.vertices(own.params(along))))
    found |= {
        "closed on an open jaw, mean": float(lips.mean()),
        "closed on an open jaw, least": float(lips.min()),
    }
    small = solve_rig(replace(model, exprdirs=model.exprdirs * np.float32(1e-3), sha256=""))
    found["basis in other units"] = float(np.abs(small.expression).mean())
    few = solve_rig(model, num_expression=12)
    nearly = replace(
        model, exprdirs=model.exprdirs * np.float32(0.12), sha256=""
    )  # coefficients that reach their bound
    found["at the bound"] = float(np.abs(solve_rig(nearly).expression).mean())
    found |= {
        "12 coefficients": float(np.abs(few.expression).mean()),
        "12 coefficients, mm": float(few.residual_mm.mean()),
    }
    return found | _way_back(driver, own, sums[:60])


def second(driver: Driver) -> dict[str, float | None]:
    """A basis that spans what the built-in one does not, jaws and lips that do more than they should, eyes that bulge."""
    model, shapes = (
        second_head(),
        np.array([n.startswith(("eye", "cheek", "brow", "nose")) for n in BLENDSHAPES]),
    )
    own, other, rng = solve_rig(driver.model), solve_rig(model), np.random.default_rng(3)
    jaws = other.jaw_pose[[INDEX[name] for name in JAW_SHAPES]]
    found: dict[str, float | None] = {
        "expression": float(np.abs(other.expression).mean()),
        "residual, mm": float(other.residual_mm.mean()),
        "jaw turned, mean": float(np.abs(jaws).mean()),
        "jaw turned, most": float(np.abs(jaws).max()),
    }
    for i, name in enumerate(("eyeBlinkLeft", "eyeBlinkRight")):
        blink = model.v_template + model.exprdirs @ other.expression[INDEX[name]]
        found[f"{name}, gap"] = float(lid_gap_mm(blink, eye_openings(model)[i]).mean())
    close, opened = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 41), np.linspace(0, 1, 11)))
    mouths = np.zeros((len(close), 52), np.float32)
    mouths[:, INDEX["mouthClose"]], mouths[:, INDEX["jawOpen"]] = close, opened
    for factor in (1.0, 1.3, 1.6):
        stronger = other.expression.copy()
        stronger[INDEX["mouthClose"]] *= factor
        left = replace(other, expression=stronger).limits(mouths)[:, INDEX["mouthClose"]]
        found[f"mouthClose of {factor:g} that is left"] = float(left.mean())
    eyes = rng.random((1200, 52)).astype(np.float32) * shapes * (rng.random((1200, 52)) < 0.5)
    bulge = replace(own, mesh=bulging(driver.model))
    return found | _given_way("bulging eyes", Driver(bulge.mesh), bulge, eyes)


def _kept(name: str, asked: np.ndarray, left: np.ndarray) -> dict[str, float | None]:
    """Of each group's weights, how much is left."""
    return {
        f"{name}, {group}": float(left[:, ids].sum() / asked[:, ids].sum())
        for group, ids in GROUP_INDEX.items()
    }


def _given_way(name: str, driver: Driver, head: Rig, asked: np.ndarray) -> dict[str, float | None]:
    """What keeps the lids in place takes from each shape of the eyes, in hundredths, and where it leaves the skin."""
    left = head.limits.lids(asked)
    change = 100 * (left - asked)
    params = replace(head, closing=None).apply(left)
    zero = np.zeros((len(left), 3), np.float32)
    vertices = driver.vertices(FlameParams(params[0], params[1], asked @ head.eye_pose, zero, zero, zero))
    depth = np.stack([lid_penetration_mm(vertices, opening) for opening in eye_openings(driver.model)])
    gaps = np.stack([lid_gap_mm(vertices, opening).mean(-1) for opening in eye_openings(driver.model)])
    return {f"{name}, {n} gives way": float(change[:, i].mean()) for i, n in enumerate(BLENDSHAPES) if change[:, i].any()} | {
        f"{name}, {n} at most": float(np.abs(change[:, i]).max()) for i, n in enumerate(BLENDSHAPES) if change[:, i].any()} | {
        f"{name}, depth": float(depth.mean()), f"{name}, gap of closed eyes": float(gaps[gaps < 0.5].mean()),
        f"{name}, least gap": float(gaps.min()),
    }  # fmt: skip


def _way_back(driver: Driver, own: Rig, sums: np.ndarray) -> dict[str, float | None]:
    """FLAME parameters to weights and to fewer coefficients."""
    inverse = Inverse.of(driver.model, rig=own)
    noisy = own.params(0.3 * sums)
    noisy = noisy.replace(
        expression=noisy.expression + np.random.default_rng(2).normal(0, 0.1, noisy.expression.shape)
    )
    weights = inverse.weights(noisy)
    closing = np.zeros((40, 52), np.float32)
    closing[:, INDEX["mouthClose"]] = np.linspace(0.002, 0.06, 40)
    closing[:, INDEX["jawOpen"]] = closing[:, INDEX["mouthClose"]]
    transfer = Transfer.between(driver.model, driver.model, num_target=45)
    moved = transfer(noisy.replace(expression=20 * noisy.expression)).params
    return {
        "back, mean": float(weights.mean()), "back, zeros": float((weights == 0).mean()),
        "back of small weights": 100 * float(inverse.weights(own.params(0.02 * sums)).mean()),
        "back, mouthClose": 100 * float(inverse.weights(own.params(closing))[:, INDEX["mouthClose"]].mean()),
        "to 45 coefficients": float(np.abs(moved.expression).mean()),
    }  # fmt: skip


def _pair(ids: np.ndarray) -> np.ndarray:
    """A group with the gaze, which moves the lids too."""
    return np.concatenate([ids, GROUP_INDEX["gaze"]])


PARTS: dict[str, Callable[[Driver], dict[str, float | None]]] = {
    "pictures": pictures,
    "clip": clip,
    "people": people,
    "rig": rig,
    "hard": hard,
    "second": second,
}


def changes(pinned: dict[str, float | None], found: dict[str, float | None]) -> list[str]:
    """One line for each figure that is not what it was."""
    lines = [
        f"{name}: {'gone' if name in pinned else 'new'}" for name in sorted(pinned.keys() ^ found.keys())
    ]
    for name in pinned.keys() & found.keys():
        was, now = pinned[name], found[name]
        if was is None or now is None:
            same = was is now
        else:
            step = ONE_FRAME * (100 if "twitches" in name else 1)
            floor = step if any(word in name for word in COUNTED) else ABSOLUTE
            same = abs(now - was) <= max(RELATIVE * abs(was), floor)
        if not same:
            lines.append(
                f"{name}: {was if was is None else round(was, 5)} -> {now if now is None else round(now, 5)}"
            )
    return sorted(lines)


def load() -> dict[str, dict[str, float | None]]:
    return json.loads((DATA / "pinned.json").read_text())


def main() -> None:
    driver = Driver()
    found = {part: measure(driver) for part, measure in PARTS.items()}
    if "--write" in sys.argv:
        rounded = {
            p: {k: None if v is None else float(f"{v:.6g}") for k, v in of.items()} for p, of in found.items()
        }
        (DATA / "pinned.json").write_text(json.dumps(rounded, indent=1) + "\n")
        click.echo(f"pinned {sum(map(len, found.values()))} figures")
        return
    for part, figures in load().items():
        click.echo(
            "\n".join(f"{part}: {line}" for line in changes(figures, found[part])) or f"{part}: as pinned"
        )


if __name__ == "__main__":
    main()
