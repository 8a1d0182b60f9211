"""One head and its estimator as a ``.m2f`` file, for the TypeScript package and the page (docs/web_format.md).

The file holds what Python has computed: rig, limits, the response's tables, the forward pass. Every constant of the
estimator is read from it, so that a page made today follows a head that is exported tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base import signals
from ...base.channels import BLENDSHAPES, GROUPS, MIRROR
from ...base.errors import FileFormatError
from ...base.values import FloatArray, IntArray
from ...base.version import __version__
from ...flame.landmarks import embedding_for
from ...flame.model import NEGLIGIBLE_CORRECTIVE
from ...observe import camera, head_frame, head_pose, head_rotation
from ...response import align, gaze, profile, scores_only, tables
from ...response import response as responses
from ...rig import lid_contact, limits

if TYPE_CHECKING:
    from ...flame import FlameModel
    from ...flame.scenery import Dressed
    from ...response.response import Response
    from ...rig.rig import Rig

FORMAT = "mp2flame.web_head/2"
MOST_ERROR_MM = 0.02
"""A basis in 16 bits must stay below this at every shape; else it is written as float32."""

_GOOD_ERROR_MM = 0.006

_BUILTIN = (
    "The built-in head of mp2flame (Apache-2.0), computed from MakeHuman's base mesh (CC0 1.0) and tables derived from "
    "FLAME 2023 Open (CC-BY-4.0), ICT-FaceKit (MIT) and MediaPipe (Apache-2.0); see NOTICE."
)
_OWN_FILE = (
    "Made from a FLAME file ({release}, sha256 {sha256}). That file's licence holds for this one too: FLAME files may "
    "not be passed on. Keep it for yourself."
)
_CONSTANTS: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (limits, ("UPPER_REACH_MM", "MOUTH_REACH_MM", "LIP_CONTACT_MM", "CLOSED_LIPS_MM", "_NOTICEABLE_MM", "_LIP_ROUNDS",
              "_UNSEEN", "_SAFE")),
    (lid_contact, ("_NEAR_MM", "_SETTLED_MM", "_ROUNDS", "_PUSHES", "_PASSES", "LEAST_MM", "_WORTH", "_STRIDE", "_RISE")),
    (align, ("_REACH",)),
    (responses, ("_FRAME_MS", "_GAZE_ROUNDS")),
    (scores_only, ("TRUST",)),
    (head_frame, ("_LOOKS", "_HALF_TRUST", "_LIMIT", "_MOTION_SHARE", "_MOTION_STEP", "_REST_POWER")),
    (head_rotation, ("PITCH_REACH", "YAW_REACH", "SHAPE_REACH")),
    (camera, ("MEDIAPIPE_FOV_DEG",)),
    (signals, ("_LONGEST_STEP_S",)),
    (profile, ("MOST_REST_SPREAD",)),
)  # fmt: skip


_ARRAYS = frozenset(
    "align basis basis_scale colors corrective_joints expression_used faces fit_head_gap fit_landmarks fit_lids "
    "fit_map_pull fit_mapped fit_model fit_precision fit_ring_left fit_ring_right fit_sparse_precision fit_step "
    "fit_turns fit_worth frame_motion frame_reference frame_weights free free_mirror gaze_ahead gaze_down gaze_look gaze_looked "
    "gloss joints landmark_b_coords landmark_corners lbs_weights lid_change lid_columns lid_ease lid_margin_moves "
    "lid_margin_rest lid_moves lid_own lid_radius lid_rest limit_blink_gain limit_mouth limit_moves limit_upper "
    "lip_change lip_closing lip_jaw mirror moving needed noise_known noise_own noise_spread people_inward people_kept people_out "
    "people_p people_parity pose_joint pose_landmarks pose_motion pose_points reference rest_mean rig rig_closing "
    "row_mirror row_sign score_sd scores_absolute scores_change scores_offset scores_prior scores_prior_offset "
    "scores_strong scores_weak slopes turn_landmarks turn_person turn_pose turn_reference turn_shape turn_spread "
    "turn_unknown_pose turn_unknown_shape v_template".split()
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WebHead:
    """The content of a file.

    Attributes:
        arrays: by name, as docs/web_format.md lists them.
        header: everything else.
        basis_error_mm: how far 16 bits move a vertex, at most, over the 52 shapes.
    """

    arrays: dict[str, Any]
    header: dict[str, Any]
    basis_error_mm: float


def web_head(
    model: FlameModel,
    rig: Rig,
    response: Response,
    *,
    dressed: Dressed | None = None,
    betas: FloatArray | None = None,
    eyelids: str | None = None,
) -> WebHead:
    """Everything that a page needs to drive this head.

    Args:
        model: the head; one with extra eyelid offsets has them behind its own directions (``Driver.mesh_model``).
        rig, response: its own.
        dressed: what is shown, with its own vertices first; None: the mesh alone, without colours.
        betas: the person, when ``dressed`` has them not folded in already.
        eyelids: short hash of the extra eyelid offsets (``Eyelids.key``), of a head that has them.
    """
    shown = model if dressed is None else dressed.model
    forward, error = _forward(shown, rig, betas if dressed is None else None)
    count = shown.num_vertices
    own = count if dressed is None else dressed.num_own
    colors = np.full((count, 3), 200, np.uint8) if dressed is None else dressed.colors
    gloss = np.zeros(count) if dressed is None else dressed.gloss
    embedding = embedding_for(model)
    arrays = {
        **forward,
        "faces": _index(shown.faces, count),
        "colors": colors,
        "gloss": np.round(255 * np.clip(gloss, 0, 1)).astype(np.uint8),
        "landmark_corners": _index(embedding.corners, count),
        "landmark_b_coords": embedding.b_coords.astype(np.float32),
        **_rig(rig),
        **_response(response),
        **_scores_only(),
        **_pose(model, betas, response.forward.motion),
    }
    header = {
        "format": FORMAT,
        "made_by": f"mp2flame {__version__}",
        "licence": (_BUILTIN if model.release == "builtin" else _OWN_FILE).format(release=model.release, sha256=model.sha256),
        "head": {
            "release": model.release, "sha256": model.sha256, "num_expression": rig.num_expression,
            "num_eyelids": rig.merged().num_expression - rig.num_expression,
            "has_jaw": model.has_jaw, "num_vertices": own, "num_shown": count,
            **({} if eyelids is None else {"eyelids": eyelids}),
        },
        "conventions": "metres, radians, axis-angle; x to the subject's left, y up, z out of the face; left and right "
        "are the subject's",
        "names": list(BLENDSHAPES),
        "constants": _constants(response, rig),
        "filters": _filters(),
    }  # fmt: skip
    return WebHead(arrays, header, error)


def check_web_head(arrays: Iterable[str], header: Mapping[str, Any], name: str = "this head") -> None:
    """Raise for a whole file that this version's page cannot use.

    Raises:
        FileFormatError: made for another version, or no head.
    """
    constants = header.get("constants")
    known = {*tables.default_tables().header["constants"], *_named_constants()}
    lacks = [
        *sorted(_ARRAYS - set(arrays)),
        *sorted(known - set(constants if isinstance(constants, dict) else ())),
    ]
    why = f"it is {header.get('format')!r}, not {FORMAT!r}" if header.get("format") != FORMAT else ""
    why = why or (f"it lacks {', '.join(lacks[:3])}{' ...' if lacks[3:] else ''}" if lacks else "")
    if not why:
        return
    by = f" (by {header['made_by']})" if isinstance(header.get("made_by"), str) else ""
    raise FileFormatError(
        f"{name} was made for another version of mp2flame{by}: {why}. Write it again from your FLAME file: mp2flame "
        "export-web FLAME -o head.m2f --overwrite"
    )


def _named_constants() -> list[str]:
    return [
        f"{m.__name__.rsplit('.', 1)[-1]}.{n.strip('_').lower()}" for m, names in _CONSTANTS for n in names
    ]


def _index(values: IntArray, count: int) -> IntArray:
    return np.asarray(values).astype(np.uint16 if count <= 1 << 16 else np.uint32)


def _constants(response: Response, rig: Rig) -> dict[str, float]:
    found = {name: float(entry["value"]) for name, entry in response.tables.header["constants"].items()}
    values = [float(getattr(module, name)) for module, names in _CONSTANTS for name in names]
    found |= dict(zip(_named_constants(), values, strict=True))
    absolute, more = scores_only.PRIOR_SHARE
    lids = rig.limits.lids
    return found | {
        "scores_only.prior_share": absolute, "scores_only.prior_share_more": more,
        "limits.lip_gap": float(rig.limits.lip_gap), "lid_contact.ball": float(lids.ball),
        "lid_contact.gap": float(lids.gap), "lid_contact.contact": float(lids.contact),
    }  # fmt: skip


def _filters() -> dict[str, Any]:
    presets = {
        name: {group: [s.kind, s.first, s.second] for group, s in groups.items()}
        for name, groups in signals.PRESETS.items()
    }
    return {"groups": {name: list(members) for name, members in GROUPS.items()}, "presets": presets}


def _forward(model: FlameModel, rig: Rig, betas: FloatArray | None) -> tuple[dict[str, Any], float]:
    """Template, basis of what moves, joints, skinning; and what 16 bits cost in millimetres."""
    shaped = model.shaped(betas)
    used = np.flatnonzero(np.abs(model.exprdirs).max(axis=(0, 1), initial=0))
    blocks = [model.posedirs[:, :, 9 * j : 9 * j + 9] for j in range(4)]
    joints = [j for j in (1, 0, 2, 3) if _reach(blocks[j]) > NEGLIGIBLE_CORRECTIVE]
    directions = np.concatenate([model.exprdirs[:, :, used], *(blocks[j] for j in joints)], axis=2)
    moving = np.flatnonzero(np.abs(directions).max(axis=(1, 2), initial=0) > 0)
    basis = np.ascontiguousarray(np.moveaxis(directions[moving], 2, 0))  # (D, M, 3)
    at = np.concatenate(
        [rig.merged().expression[:, used], np.ones((len(rig.names), 9 * len(joints)))], axis=1
    )
    small, step, error = _in_16_bits(basis, at)
    fixed = np.concatenate([shaped[:, :, None], model.exprdirs[:, :, used]], axis=2)
    arrays = {
        "v_template": shaped.astype(np.float32),
        "expression_used": used.astype(np.uint16),
        "corrective_joints": (1 + np.array(joints, int)).astype(np.uint8),
        "moving": _index(moving, model.num_vertices),
        "basis": small if error < MOST_ERROR_MM else basis.astype(np.float32),
        "basis_scale": step.astype(np.float32) if error < MOST_ERROR_MM else np.ones(len(basis), np.float32),
        "joints": np.tensordot(model.J_regressor.astype(float), fixed, (1, 0))
        .reshape(15, -1)
        .T.astype(np.float32),
        "lbs_weights": np.round(65535 * model.lbs_weights).clip(0, 65535).astype(np.uint16),
    }
    return arrays, error if error < MOST_ERROR_MM else 0.0


def _in_16_bits(basis: FloatArray, at: FloatArray) -> tuple[IntArray, FloatArray, float]:
    """Whole numbers, what one is worth in each direction, and the largest error in millimetres at these coefficients."""
    finest = np.maximum(np.abs(basis).max(axis=(1, 2), initial=0), 1e-12) / 32767
    for coarser in (16, 8, 4, 2, 1):  # bits that nobody needs would only be hard to pack
        step = coarser * finest
        small = np.round(basis / step[:, None, None]).astype(np.int16)
        lost = np.tensordot(at, basis - small * step[:, None, None], 1)
        error = 1e3 * float(np.linalg.norm(lost, axis=2).max(initial=0))
        if error < _GOOD_ERROR_MM:
            break
    return small, step, error


def _reach(block: FloatArray) -> float:
    return float(2 * np.sqrt(2 * np.square(block, dtype=np.float64).sum(-1)).max(initial=0))


_LIDS = "rest moves radius margin_rest margin_moves columns ease change".split()


def _rig(rig: Rig) -> dict[str, Any]:
    merged, found = rig.merged(), rig.limits
    lids = found.lids
    closing = np.zeros((0, merged.num_expression)) if merged.closing is None else merged.closing
    own = np.array(lid_contact._OWN)  # noqa: SLF001
    return {
        "rig": merged.matrix,
        "rig_closing": closing.astype(np.float32),
        "mirror": np.asarray(MIRROR, np.uint8),
        "limit_upper": np.asarray(limits._UPPER, np.uint8),  # noqa: SLF001
        "limit_mouth": np.asarray(limits._MOUTH, np.uint8),  # noqa: SLF001
        "limit_moves": found.moves.astype(np.float32),
        "limit_blink_gain": np.array([found.blink_gain], np.float32),
        "lip_change": found.lip_change.astype(np.float32),
        "lip_jaw": found.jaw.astype(np.float32),
        "lip_closing": found.lip_closing.astype(np.float32),
        "lid_own": own.astype(np.uint8),
        **{f"lid_{name}": np.asarray(getattr(lids, name), np.float32) for name in _LIDS},
    }


def _response(response: Response) -> dict[str, Any]:
    """The tables as they lie in the package, and what follows from them for this head."""
    table, packaged = response.tables, tables.packaged_arrays()
    order, sign = table.row_mirror
    fit = response.arrays()
    indices = ("lids", "ring_left", "ring_right")
    small = {f"fit_{k}": np.asarray(v).astype(np.uint16) for k, v in fit.items() if k in indices}
    exact = {f"fit_{k}": np.asarray(v, np.float64) for k, v in fit.items() if k not in indices}
    exact["fit_model"] = exact["fit_model"].astype(np.float32)
    return {
        **small,
        **exact,
        "slopes": response.forward.slopes.astype(np.float32),
        "free": tables.FREE.astype(np.uint8),
        "reference": table.reference.astype(np.float32),
        "align": table.align.astype(np.uint16),
        "fit_landmarks": table.landmarks.astype(np.uint16),
        "needed": table.needed.astype(np.uint16),
        "row_mirror": order.astype(np.uint16),
        "row_sign": sign.astype(np.float32),
        "free_mirror": tables.FREE_MIRROR.astype(np.uint8),
        **{
            name: packaged[name].astype(np.float32)
            for name in ("noise_spread", "noise_own", "noise_known", "turn_spread")
        },
        "score_sd": table.score_sd,
        "rest_mean": table.rest_mean,
        **_people(response),
        "gaze_ahead": table.gaze_ahead,
        "gaze_down": table.gaze_down,
        "gaze_looked": gaze._LOOKED,  # noqa: SLF001
        "gaze_look": gaze._LOOK.astype(np.uint8),  # noqa: SLF001
    }


def _people(response: Response) -> dict[str, Any]:
    """Factors of resting people: even or odd under mirroring, so that half of the rows say the other half."""
    factors = response.people.factors()
    order, sign = response.tables.row_mirror
    both = np.concatenate([order, len(order) + tables.FREE_MIRROR])
    signs = np.concatenate([sign, np.ones(len(tables.FREE))])[:, None]
    out, inward = (np.asarray(factors[name], np.float64) for name in ("out", "inward"))
    parity = np.sign((out[both] * signs * out).sum(0))
    kept = np.flatnonzero(np.arange(len(both)) <= both)
    for factor in (out, inward):
        if np.abs(factor[both] * signs * parity - factor).max() > 1e-4 * np.abs(factor).max():
            kept = np.arange(len(both))
    return {
        "people_p": factors["p"].astype(np.float32),
        "people_parity": parity.astype(np.int16),
        "people_kept": kept.astype(np.uint16),
        "people_out": out[kept].astype(np.float32),
        "people_inward": inward[kept].astype(np.float32),
    }


def _scores_only() -> dict[str, Any]:
    table = scores_only._tables()  # noqa: SLF001
    names = ("absolute", "offset", "change", "prior", "prior_offset")
    found = {f"scores_{name}": np.asarray(getattr(table, name), np.float32) for name in names}
    return found | {f"scores_{name}": getattr(table, name).astype(np.uint8) for name in ("strong", "weak")}


def _pose(model: FlameModel, betas: FloatArray | None, motion: FloatArray) -> dict[str, Any]:
    """What finds the head's place: points at rest and how they move, the root's joint, the rotation's correction."""
    placing = head_pose.placing_landmarks()
    rest = head_pose.at_rest(model.prepare(betas=betas))
    frame, turn = head_frame._tables(), head_rotation._tables()  # noqa: SLF001
    step, skin = head_frame._MOTION_STEP, head_pose._NUM_SKIN  # noqa: SLF001
    moved = np.round(frame.motion[tables.FREE, :skin] / step)
    return {
        "pose_landmarks": placing.astype(np.uint16),
        "pose_points": rest.landmarks[placing].astype(np.float32),
        "pose_motion": motion.astype(np.float32),
        "pose_joint": rest.joints[0],
        "frame_motion": moved.astype(np.int16),
        "frame_reference": frame.reference.astype(np.float32),
        "frame_weights": frame.weights.astype(np.float32),
        "turn_landmarks": turn.landmarks.astype(np.uint16),
        **{
            f"turn_{name}": np.asarray(getattr(turn, name), np.float32)
            for name in ("reference", "pose", "person", "shape", "unknown_pose", "unknown_shape")
        },
    }


__all__ = ["FORMAT", "MOST_ERROR_MM", "WebHead", "check_web_head", "web_head"]
