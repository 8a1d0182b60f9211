#!/usr/bin/env python3
"""Make ``response.npz``: what the estimator knows beforehand, as means and covariances.

    python tools/make_response_tables.py --shared ../shared [--takes FOLDER] [--leave-out CLIP ...] [-o FILE]

Reads ``data/livelink`` (prior, MIT), ``data/lab/train.npz`` and ``data/anny/train.npz`` (noise under true weights,
resting faces; ours and CC0) and ``data/videos`` through the detector, or takes of them (scores model, noise under a
weak fit; statistics only). Deterministic: the same clips give the same file.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from clips import Seen, clips
from mp2flame.base.channels import BLENDSHAPES, INDEX
from mp2flame.base.detection import Detection
from mp2flame.flame.outlines import BROWS, INNER_LIPS, LEFT_EYE, OUTER_LIPS, RIGHT_EYE
from mp2flame.observe.head_frame import mean_neutral_points, mirror_landmarks
from mp2flame.response.align import Aligner
from mp2flame.response.fit import bounded
from mp2flame.response.forward_model import ForwardModel
from mp2flame.response.gaze import Gaze, height, looked
from mp2flame.response.response import Response
from mp2flame.response.scores_only import change_map
from mp2flame.response.tables import FREE, FREE_MIRROR, NUM, SCHEMA, FloatArray, Tables

DATA = Path(__file__).resolve().parents[1] / "src/mp2flame/base/data"
ALIGN = (
    54,
    284,
    21,
    251,
    139,
    368,
    33,
    133,
    362,
    263,
    168,
    6,
    197,
    195,
    5,
    4,
    127,
    356,
    162,
    389,
    98,
    327,
    2,
    1,
    129,
    358,
)
EXTRA = (
    1, 2, 98, 97, 129, 64, 48, 102, 49, 4, 5, 152, 148, 176, 149, 150, 136, 172, 175, 199, 200, 18, 83, 201, 208, 50, 101, 118, 117,
    123, 147, 187, 205, 36, 206, 207, 216, 212, 202, 57, 92, 165, 164, 167,
    168,
)  # fmt: skip
HEIGHTS = (
    (160, 144), (158, 153), (385, 380), (387, 373),  # lids
    (87, 84), (317, 314),  # lower lip
    (107, 133), (63, 33), (70, 33), (66, 33), (336, 362), (293, 263), (300, 263), (296, 263),  # brows over the eyes' corners
    (55, 168), (66, 168), (285, 168), (296, 168),  # inner brows over the bridge of the nose
    (64, 168), (129, 168), (294, 168), (358, 168),  # wings of the nose
)  # fmt: skip
"""Heights of one landmark over another that are seen better than either: neither pose nor identity is in them. None is a
distance that the judges measure."""
CONSTANTS: dict[str, tuple[float, str]] = {
    "forward_ridge": (
        0.3,
        "holds slopes near the single shape's; explains .996 of real iPhone faces on the built-in head",
    ),
    "forward_faces": (
        800,
        "drawn faces that a head is measured at; twice as many change no slope by a percent",
    ),
    "noise_true": (
        0.035,
        "share of the residuals of renders under true weights in R; 0: frowns come back, .1: chins, cheeks freeze by .06, .02: r of renders falls",
    ),
    "noise_clips": (
        0.35,
        "share of the residuals of real clips under a weak fit: .5 costs .03 of the gains, .25 weight noise",
    ),
    "landmark_gain_share": (
        0.26,
        "of what detected landmarks are known to fall short of a shape's motion: 0 halves smiles to one side, 1 puts every landmark past the detected one",
    ),
    "turn_share": (
        0.15,
        "of what a turned head adds to renders' residuals (see turn_noise): without it other families' false channels rise by a quarter; .3 hides chin, brows and a mouth pushed aside of people",
    ),
    "score_trust": (
        0.7,
        "of the scores' residual: it is taken over a weak fit of landmarks, whose own noise is in it",
    ),
    "noise_floor": (0.003, "eye distances: about a quarter of a millimetre that no table has"),
    "height_sd": (
        0.008,
        "eye distances, of a height (HEIGHTS) as one more thing seen: without them r of people's lids, lower lips and inner brows is .96, .72, .86 for .97, .84, .87; a half of it puts frowns into smiles and weight noise over the scores'",
    ),
    "prior_scale": (
        6.0,
        "over the second moment of iPhone takes: other people move further than the two recorded",
    ),
    "prior_asymmetry": (
        8.5,
        "left-right differences over sums: faces differ, and gains of asymmetry were .3 to .5 at 1",
    ),
    "prior_l1": (
        9.0,
        "sparseness of a picture of its own: noise and other artists' shapes put a little into every channel that rests; 5 has false weights .063 for .057 of MakeHuman heads (scores as they are .058), and active .273 for .280",
    ),
    "prior_l1_unknown": (
        2.0,
        "the same where nothing is known of the neutral, whose noise holds weights back already: 8 has active .37 for .33 of MakeHuman heads (scores as they are .32), 0 false weights .04 for .036 of the lab's",
    ),
    "prior_l1_tied": (
        0.3,
        "the same in order of time, where the step prior holds noise back: 1 takes .005 of r of openings, 3 .01 to .02 of the gains of mouth and brows",
    ),
    "map_share": (
        8.0,
        "of the learnt map's precision: 0 leaves eyeWide at .35 where .15 is true and 2 false channels at a hidden rest, 10 costs chins .08 of gain",
    ),
    "step_scale": (
        6.5,
        "over the variance of a step: noise of the scores at a lag of .03 frames; 8 is .06 noisier, 4 holds mouth and brows back",
    ),
    "step_longest_ms": (250.0, "a longer gap is another look"),
    "solve_rounds": (
        8,
        "free set, solve, clip, at most: one that changes nothing is the last; 6 were the most on clips and both families",
    ),
    "solve_rounds_tied": (4, "the same from the frame before, exact on every frame of the clips; 2: .04 off"),
    "lid_scale_least": (0.7, "of the head's aperture over the person's: a closed eye closes, within reason"),
    "lid_scale_most": (1.5, "likewise"),
    "neutral_share": (
        0.3,
        "of the neutral's covariance in the noise of the fit: 1 halves the false channels at rest but freezes chin and corners by .1",
    ),
    "rest_lids": (
        0.4,
        "standard deviation of people's lids at rest, in blinks: renders' do not reach the narrow eyes of clips, which then look asleep",
    ),
    "rest_lids_apart": (0.17, "the same for left against right, of it"),
    "rest_prior_scale": (1.0, "prior of the sparse fit that the neutral is learnt with"),
    "rest_prior_asymmetry": (2.0, "likewise for left-right differences"),
    "rest_l1": (10.0, "sparseness there: identity must not become weights"),
    "rest_weight_spread": (0.3, "|w|^2 at which a frame counts half for the neutral"),
    "rest_turn": (0.12, "sine of the turn at which a frame counts half for the neutral"),
    "rest_turn_noise": (0.03, "sine of the turn that is left in an average of frames"),
    "rest_enough_frames": (40.0, "resting frames after which more say nothing new"),
    "rest_frames_worth": (3.0, "independent looks that these are worth"),
    "rest_memory_frames": (600.0, "resting frames that a live face remembers: 20 s"),
    "rest_least": (0.2, "directions of people's spread over the noise below which a clip cannot tell"),
    "rest_passes": (4, "of a batch, each fitted with the neutral of the one before"),
    "told_worth": (30.0, "looks that a person who was told to rest is worth"),
    "iris_radius": (0.11, "eye distances from an eye's centre to its iris"),
    "gaze_yaw": (0.6, "radians per unit of gaze weight, as the rig has it"),
    "iris_share": (0.8, "of the irises in the gaze sideways; scores have the rest"),
    "iris_share_down": (
        0.6,
        "of the irises in the gaze up and down: .4 is least squares over both families' training heads and .002 better of r there, .6 is .005 better on clips",
    ),
    "gaze_rest_share": (
        0.6,
        "of the person's own rest in straight ahead: its sd over training heads that look ahead is .35, that of iPhone takes' mean gaze .27; 0 makes narrow eyes look down",
    ),
    "gaze_shown": (
        0.2,
        "of the resting aperture at which eyes say all of the gaze: below it r sideways is under .5 on training heads",
    ),
    "gaze_lowered": (
        0.22,
        "weights of looking down per closed eye, in order of time: a whole blink lowers the middle of our eyes' corners by .015 eye distances, people's (detected) not at all, so that irises stood too high between half closed lids",
    ),
    "gaze_shown_alone": (
        0.5,
        "the same for a picture of its own, in which a half blink looks like a gaze down: .3 degrees on training heads",
    ),
    "gaze_quiet": (0.03, "weights this small fade out"),
    "vergence_from": (
        0.25,
        "weights by which irises must cross before it is believed: 3 sd of what clips show",
    ),
    "vergence_turn": (
        0.15,
        "sine of the head's turn from which crossing fades, gone at twice that: clips' only false ones",
    ),
    "vergence_most": (0.6, "weights of crossing that are shown at most"),
}


def read_livelink(folder: Path) -> list[FloatArray]:
    """``(T, 52)`` each; iPhone sides of jaw and mouth exchanged (mirrored names, see the registry of names)."""
    takes = []
    for path in sorted(folder.glob("*.csv")):
        with open(path, newline="") as file:
            rows = list(csv.reader(file))
        names = [n[0].lower() + n[1:] for n in rows[0][2:]]
        values = np.array([[float(x or "nan") for x in r[2:]] for r in rows[1:] if len(r) == len(rows[0])])
        values = np.clip(values[np.isfinite(values).all(1)], 0, 1)
        weights = np.zeros((len(values), NUM))
        for column, name in enumerate(names):
            if name in INDEX:
                weights[:, INDEX[name]] = values[:, column]
        for stem in ("jaw", "mouth"):
            pair = [INDEX[stem + "Left"], INDEX[stem + "Right"]]
            weights[:, pair] = weights[:, pair[::-1]]
        takes.append(weights)
    return takes


def arkit_weights(data: Any) -> FloatArray:
    """``(N, 52)`` true weights of a set of renders; halves of a shape are averaged."""
    out, count = np.zeros((len(data["arkit_weights"]), NUM)), np.zeros(NUM)
    for column, name in enumerate(str(n) for n in data["arkit_names"]):
        stem = name[:-2] if name.endswith(("_L", "_R")) else name
        full = stem if stem in INDEX else stem + {"_L": "Left", "_R": "Right"}.get(name[-2:], "")
        if full in INDEX:
            out[:, INDEX[full]] += data["arkit_weights"][:, column]
            count[INDEX[full]] += 1
    return out / np.maximum(count, 1)


class Maker:
    """Holds what is known so far; each step adds to it."""

    def __init__(self, shared: Path, points_of: Any, lab_points_of: Any, seen: Iterable[Seen]) -> None:
        self.shared = shared
        self.mirror = mirror_landmarks()
        used = {
            *RIGHT_EYE,
            *LEFT_EYE,
            *INNER_LIPS,
            *OUTER_LIPS,
            *(i for b in BROWS for r in b for i in r),
        }
        used |= {*EXTRA, *(int(self.mirror[i]) for i in EXTRA)}
        rows = 2 * len(used)
        align = sorted({*ALIGN, *(int(self.mirror[i]) for i in ALIGN)})
        live = read_livelink(shared / "data/livelink")
        every = np.concatenate(live)
        steps = np.concatenate([np.diff(t[:, FREE], axis=0) for t in live])
        self.header = {
            "schema": SCHEMA,
            "made_by": "tools/make_response_tables.py",
            "licence": "statistics of: Live Link Face takes by alexdjulin (MIT); renders of lab head A (ours; FLAME 2023 Open, "
            "CC-BY-4.0, ICT-FaceKit, MIT); MakeHuman heads (CC0); Intel sample videos (CC-BY-4.0) and LivePortrait "
            "examples, of which only covariances and regression slopes over all clips are kept",
            "constants": {k: {"value": v, "why": why} for k, (v, why) in CONSTANTS.items()},
            "clips": [],
        }
        self.tables = Tables(
            header=self.header, reference=mean_neutral_points(), align=np.array(align), landmarks=np.array(sorted(used)),
            mirror=self.mirror, weight_mean=every.mean(0), weight_moment=every.T @ every / len(every),
            step_variance=np.square(steps).mean(0), noise=np.eye(rows), turn_noise=np.eye(rows), landmark_gain=np.ones(len(FREE)), score_gain=np.zeros((len(FREE),) * 2),
            score_sd=np.ones(len(FREE)), map_precision=np.zeros(len(FREE)), rest_mean=np.zeros(rows + len(FREE)), rest_spread=np.zeros((rows + len(FREE), 1)),
            rest_own=np.ones(rows + len(FREE)), gaze_ahead=np.zeros(5), gaze_down=np.ones(2),
        )._mirrored()  # fmt: skip
        self.aligner = Aligner(self.tables)
        self.forward = ForwardModel.of(points_of, self.tables)
        self.lab_forward = ForwardModel.of(lab_points_of, self.tables)
        self.clips = []
        self.seen = list(seen)
        for name, _, detection, _ in self.seen:
            assert detection.landmarks is not None
            y, irises, facing = self.aligner.landmarks(
                detection.landmarks.astype(float), detection.image_size
            )
            self.clips.append((name, y, irises, facing, detection.blendshapes.astype(float)))
        self.header["clips"] = [c[0] for c in self.clips]

    def set(self, **change: Any) -> None:
        self.tables = replace(self.tables, **change)

    def make(self) -> dict[str, Any]:
        """All steps, in order."""
        self.rest()
        self.gaze()
        true = self.noise_true()
        weak, fits = self.weak(None)
        c = self.tables.constant
        eye = np.eye(len(true))
        noise = c("noise_true") * true + c("noise_clips") * weak + c("noise_floor") ** 2 * eye
        self.set(noise=noise)
        _, fits = self.weak(noise)
        gain, sd = self.scores(fits)
        self.set(score_gain=gain, score_sd=sd)
        self.set(map_precision=self.map_precision())
        self.shown()
        self.lids_at_rest()
        self.steps()
        return self.arrays()

    def rest(self) -> None:
        """Mean and covariance of resting faces over two families, what lies between them included."""
        sets = []
        for name in ("lab", "anny"):
            with np.load(self.shared / f"data/{name}/train.npz") as data:
                y, _, _ = self.aligner.landmarks(data["neutral_landmarks"].astype(float), (512, 512))
                s = data["neutral_blendshapes"].astype(float)
                z = np.concatenate([y, s[:, FREE]], 1)
                sets.append(np.concatenate([z, self.mirrored(z)]))
        means = np.array([s.mean(0) for s in sets])
        inside = np.concatenate([s - m for s, m in zip(sets, means, strict=True)])
        between = means - means.mean(0)
        covariance = inside.T @ inside / len(inside) + between.T @ between / (len(means) - 1)
        values, vectors = np.linalg.eigh(covariance)
        rank = 48
        spread = vectors[:, -rank:] * np.sqrt(values[-rank:])
        floor = np.r_[np.full(len(self.tables.noise), 0.002**2), np.full(len(FREE), 0.02**2)]
        own = np.maximum(np.diag(covariance) - np.square(spread).sum(1), 0) + floor
        self.set(rest_mean=means.mean(0), rest_spread=spread, rest_own=own)

    def gaze(self) -> None:
        """Straight ahead of a mean face, and what looking down does to scores and irises.

        Regression about the resting face on the training heads of both families; a blink looks like a gaze down, and
        what it does is a part of the regression that is not kept.
        """
        ahead, slopes = [], []
        for name in ("lab", "anny"):
            with np.load(self.shared / f"data/{name}/train.npz") as data:
                _, irises, _ = self.aligner.landmarks(data["landmarks"].astype(float), (512, 512))
                _, at_rest, _ = self.aligner.landmarks(data["neutral_landmarks"].astype(float), (512, 512))
                s, rest = data["blendshapes"].astype(float), data["neutral_blendshapes"].astype(float)
                who = np.unique(data["identity"], return_inverse=True)[1]
                down = looked(arkit_weights(data))[:, 1]
            now, still = height(irises, s), height(at_rest, rest)
            blink = s[:, [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]].mean(1)
            design = np.stack([down * (1 - blink), blink, down * blink, np.ones(len(down))], 1)
            slopes.append(np.linalg.lstsq(design, now - still[who], rcond=None)[0][0])
            x = at_rest[:, :, 0]
            aside = [(x[:, 0] + x[:, 1]) / 2, (x[:, 0] - x[:, 1]) / 2, looked(rest)[:, 0]]
            ahead.append(np.concatenate([np.stack(aside, 1), still], 1).mean(0))
        self.set(gaze_ahead=np.mean(ahead, 0), gaze_down=np.mean(slopes, 0))

    def mirrored(self, z: FloatArray) -> FloatArray:
        order, sign = self.tables.row_mirror
        rows = z[:, : len(order)][:, order] * sign
        return (
            np.concatenate([rows, z[:, len(order) :][:, FREE_MIRROR]], 1) if z.shape[1] > len(order) else rows
        )

    def noise_true(self) -> FloatArray:
        """Residuals of renders under their true weights: ``C0 + t^2 C1`` by least squares over frames, t the sine of the turn
        since the neutral was seen. Returns ``C0``, sets ``turn_noise`` to the mean ``C1`` of both families."""
        still, turned = [], []
        for name, forward in (("lab", self.lab_forward), ("anny", self.forward)):
            with np.load(self.shared / f"data/{name}/train.npz") as data:
                y, _, facing = self.aligner.landmarks(data["landmarks"].astype(float), (512, 512))
                n, _, ahead = self.aligner.landmarks(data["neutral_landmarks"].astype(float), (512, 512))
                who = np.unique(data["identity"], return_inverse=True)[1]
                left = y - n[who] - arkit_weights(data) @ forward.slopes
            t = np.square(facing - ahead[who]).sum(1)
            near = t < np.sin(np.radians(35)) ** 2
            left, t = left[near], t[near]
            mean, about = t.mean(), t - t.mean()
            both = self.both(left)
            m = self.mirrored(left)
            slope = (left.T @ (left * about[:, None]) + m.T @ (m * about[:, None])) / (
                2 * np.square(about).sum()
            )
            still.append(_positive(both - mean * slope))
            turned.append(_positive(slope))
        self.set(turn_noise=np.mean(turned, 0))
        return still[0]

    def shown(self) -> None:
        """How much of each shape's motion the detector's landmarks follow: slopes of the landmarks by true weights on faces
        turned less than 15 degrees, along the head's own motion; mean of both families, our shapes. 1 for lids, which have
        their own scale, and for cheeks and wings of the nose, which are hardly shown at all."""
        gains = []
        for name, forward in (("lab/train", self.lab_forward), ("anny/train_ours", self.forward)):
            with np.load(self.shared / f"data/{name}.npz") as data:
                y, _, facing = self.aligner.landmarks(data["landmarks"].astype(float), (512, 512))
                n, _, ahead = self.aligner.landmarks(data["neutral_landmarks"].astype(float), (512, 512))
                who = np.unique(data["identity"], return_inverse=True)[1]
                w = arkit_weights(data)
            near = np.square(facing - ahead[who]).sum(1) < np.sin(np.radians(15)) ** 2
            w, moved = w[near], (y - n[who])[near]
            slopes = np.linalg.solve(w.T @ w + 3 * np.eye(NUM), w.T @ moved)[FREE]
            own = forward.slopes[FREE]
            gains.append(np.clip((slopes * own).sum(1) / np.square(own).sum(1), 0.2, 1))
        apart = [BLENDSHAPES[i].startswith("eye") for i in FREE]
        self.set(landmark_gain=np.where(apart, 1.0, np.mean(gains, 0)))

    def both(self, left: FloatArray) -> FloatArray:
        """Covariance about zero of residuals and their mirror images."""
        m = self.mirrored(left)
        return (left.T @ left + m.T @ m) / (2 * len(left))

    def weak(self, noise: FloatArray | None) -> tuple[FloatArray, list[tuple[FloatArray, FloatArray]]]:
        """Clips under a weak prior and landmarks only: mean residual covariance, and (weights, scores) of each clip."""
        f = self.forward.slopes[FREE]
        prior = np.linalg.inv(30 * self.tables.weight_moment[np.ix_(FREE, FREE)] + 0.001 * np.eye(len(FREE)))
        pull = f / 0.006**2 if noise is None else np.linalg.solve(noise, f.T).T
        hessian = pull @ f.T + prior
        gaze = Gaze(self.tables)
        covariances, fits = [], []
        for _, y, irises, facing, s in self.clips:
            look = gaze(irises, s, facing) @ self.forward.slopes
            n = np.median(y - s @ self.forward.slopes, 0)
            for _ in range(3):
                w = bounded(hessian, (y - n - look) @ pull.T, None, 8)
                left = y - look - w @ f
                n, used = np.median(left, 0), n
            covariances.append(self.both(left - used))
            fits.append((w, s[:, FREE]))
        return np.mean(covariances, 0), fits

    @staticmethod
    def scores(fits: list[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
        """Slope of each score on its own weight over real clips (about each clip's mean), and what is left."""
        w = np.concatenate([a - a.mean(0) for a, _ in fits])
        s = np.concatenate([b - b.mean(0) for _, b in fits])
        w, s = np.concatenate([w, w[:, FREE_MIRROR]]), np.concatenate([s, s[:, FREE_MIRROR]])
        gain = (w * s).sum(0) / (np.square(w).sum(0) + 0.003 * len(w))
        return np.diag(gain), CONSTANTS["score_trust"][0] * np.maximum((s - w * gain).std(0), 0.02)

    def lids_at_rest(self) -> None:
        """Resting faces differ in how far the lids stand apart, more than the two families' renders do: what blinks of both
        eyes move, landmarks and scores, and a little of their difference."""
        model = np.concatenate([self.forward.slopes[FREE], self.tables.score_gain], 1)
        left, right = (
            model[int(np.flatnonzero(INDEX[f"eyeBlink{side}"] == FREE)[0])] for side in ("Left", "Right")
        )
        c = self.tables.constant
        both = c("rest_lids") * np.stack([left + right, c("rest_lids_apart") * (left - right)], 1)
        self.set(rest_spread=np.concatenate([self.tables.rest_spread, both], 1))

    def steps(self) -> None:
        """Variance of a step: the geometric mean of iPhones' and that of the clips' own, each of their frames fitted alone.
        Over two frames less over one, so that what scatters from frame to frame is not in it."""
        response = Response(self.forward, Tables.load(self.arrays()))
        total, frames = np.zeros(len(FREE)), 0
        for seen in self.seen:
            w = response(seen.detection, response.neutral(seen.detection))[:, FREE].astype(float)
            near = seen.rows[1:] - seen.rows[:-1] == 1
            one = np.square(w[1:] - w[:-1])[near].mean(0)
            two = np.square(w[2:] - w[:-2])[seen.rows[2:] - seen.rows[:-2] == 2].mean(0)
            total += (two - one) * len(w) * 1000 / 30 / seen.interval_ms
            frames += len(w)
        total = (total + total[FREE_MIRROR]) / 2 / frames
        self.set(step_variance=np.sqrt(self.tables.step_variance * np.maximum(total, 1e-6)))

    def map_precision(self) -> FloatArray:
        """``(43,)`` inverse mean squared errors of the learnt map of the scores less those of the fit without it, at least
        0, on the training heads of both families, whose weights and resting faces are known."""
        errors = np.zeros((2, len(FREE)))
        for name, forward in (("lab", self.lab_forward), ("anny", self.forward)):
            response = Response(forward, Tables.load(self.arrays()))
            with np.load(self.shared / f"data/{name}/train.npz") as data:
                truth = arkit_weights(data)[:, FREE]
                who = np.unique(data["identity"], return_inverse=True)[1]
                seen = Detection(data["blendshapes"], data["landmarks"], None, (512, 512))
                rest = Detection(data["neutral_blendshapes"], data["neutral_landmarks"], None, (512, 512))
            fitted, mapped = np.zeros((2, *truth.shape))
            for i in range(len(rest)):
                rows = who == i
                fitted[rows] = response(seen[rows], response.told(rest[i]))[:, FREE]
                mapped[rows] = (seen.blendshapes[rows] - rest.blendshapes[i])[:, FREE] @ change_map()
            for kind, weights in enumerate((fitted, mapped)):
                found = np.square(weights - truth).mean(0)
                errors[kind] += (found + found[FREE_MIRROR]) / 4
        return np.maximum(1 / errors[1] - 1 / errors[0], 0)

    def known(self, noise: FloatArray) -> FloatArray:
        """``(2K, H)`` U so that ``noise - U U'`` is the noise when the heights of ``HEIGHTS`` are seen besides."""
        place = {int(k): i for i, k in enumerate(self.tables.landmarks)}
        rows = np.zeros((len(HEIGHTS), len(noise)))
        for row, (a, b) in zip(rows, HEIGHTS, strict=True):
            row[2 * place[a] + 1], row[2 * place[b] + 1] = 1, -1
        told = rows @ noise @ rows.T + self.tables.constant("height_sd") ** 2 * np.eye(len(rows))
        return np.asarray(np.linalg.solve(np.linalg.cholesky(told), rows @ noise).T)

    def arrays(self) -> dict[str, Any]:
        t = self.tables
        values, vectors = np.linalg.eigh(t.noise)
        rank = 128  # 64 and variances of their own instead of the rest: lips not shown .115 for .100
        f, half = np.float32, np.float16
        spread = (vectors[:, -rank:] * np.sqrt(values[-rank:])).astype(half)
        own = np.maximum(np.diag(t.noise) - np.square(spread.astype(float)).sum(1), 1e-9)
        known = self.known(spread.astype(float) @ spread.astype(float).T + np.diag(own))
        return {
            "header": json.dumps(t.header, indent=1), "reference": t.reference.astype(f), "align": t.align.astype(np.uint16),
            "landmarks": t.landmarks.astype(np.uint16), "mirror": t.mirror.astype(np.uint16),
            "weight_mean": t.weight_mean.astype(f), "weight_moment": t.weight_moment.astype(f),
            "turn_spread": _root(t.turn_noise, 48).astype(f), "step_variance": t.step_variance.astype(f), "noise_spread": spread, "noise_own": own.astype(f), "noise_known": known.astype(half),
            "landmark_gain": t.landmark_gain.astype(f), "score_gain": t.score_gain.astype(f), "score_sd": t.score_sd.astype(f), "map_precision": t.map_precision.astype(f), "rest_mean": t.rest_mean.astype(f),
            "rest_spread": t.rest_spread.astype(f),
            "rest_own": t.rest_own.astype(f), "gaze_ahead": t.gaze_ahead.astype(f), "gaze_down": t.gaze_down.astype(f),
        }  # fmt: skip


def _positive(matrix: FloatArray) -> FloatArray:
    """The nearest positive semidefinite matrix."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0)) @ vectors.T)


def _root(matrix: FloatArray, rank: int) -> FloatArray:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray(vectors[:, -rank:] * np.sqrt(np.maximum(values[-rank:], 0)))


def points_of(driver: Any) -> Any:
    """Landmarks of a driver's head for weights, without head pose."""
    from mp2flame.flame.landmarks import embedding_for

    embedding = embedding_for(driver.model)

    def points(weights: FloatArray) -> FloatArray:
        parts = [weights[i : i + 256] for i in range(0, len(weights), 256)]
        return np.concatenate(
            [embedding.landmarks(driver.vertices(driver.params_from_weights(p))) for p in parts]
        )

    return points


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("MP2FLAME_SHARED", "../shared")))
    parser.add_argument(
        "--takes", type=Path, help="takes of the clips; default: the clips through the detector"
    )
    parser.add_argument("--leave-out", nargs="*", default=[], help="clips whose name contains one of these")
    parser.add_argument("-o", "--output", type=Path, default=DATA / "response.npz")
    args = parser.parse_args()
    from mp2flame import Driver

    lab = points_of(Driver(str(args.shared / "models/lab_head_a.pkl")))
    maker = Maker(args.shared, points_of(Driver()), lab, clips(args.shared, args.takes, args.leave_out))
    np.savez_compressed(args.output, **maker.make())
    print(f"{args.output}: {args.output.stat().st_size} bytes, {len(maker.clips)} clips")


if __name__ == "__main__":
    main()
