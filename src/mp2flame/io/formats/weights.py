"""Takes of face weights, not FLAME parameters: Live Link CSV, BEAT and LAM Audio2Expression JSON, Face Cap, MediaPipe.

The readers of the files are ``score_csv``, ``score_json`` and ``face_cap``; here recordings become such files.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from ...base import channels
from ...base.rotations import axis_angle_to_matrix, matrix_to_euler
from ...base.values import FloatArray
from ..streams.frames import compose, euler_degrees
from . import kept
from .base import Motion, Options, Probe
from .face_cap import is_face_cap, read_face_cap
from .files import write_file
from .score_csv import is_score_csv, livelink_text, read_score_csv
from .score_json import read_score_json
from .score_table import is_bare_channel, is_channel
from .score_takes import in_order, need_weights, not_kept, score_format
from .text_table import is_json


def _write_lines(path: Path, lines: list[str]) -> None:
    write_file(path, ("\n".join(lines) + "\n").encode())


# --- Live Link Face and Face Cap ----------------------------------------------------------------------------


def _angles(axis_angle: FloatArray, signs: tuple[float, float, float]) -> FloatArray:
    """Yaw, pitch, roll of the app: turns about y, x, z times the signs."""
    return np.asarray(matrix_to_euler(axis_angle_to_matrix(axis_angle), "YXZ") * np.array(signs))


def timecode(timestamp_ms: FloatArray) -> list[str]:
    """``HH:MM:SS:FF.sss`` with FF counting 60ths of a second, from the first frame on."""
    ticks = np.rint((np.asarray(timestamp_ms) - timestamp_ms[0]) * 60.0).astype(np.int64)
    out = []
    for tick in ticks.tolist():
        seconds, part = divmod(tick, 60_000)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        out.append(f"{hours % 24:02d}:{minute:02d}:{second:02d}:{part // 1000:02d}.{part % 1000:03d}")
    return out


def _write_livelink(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    weights = need_weights(motion, "arkit")
    if not options.keep_sides:
        weights = weights[:, channels.SWAP_SIDEWAYS]
    shapes = [name for name in channels.LIVELINK_CSV if name not in channels.HEAD_AND_EYE_ANGLES]
    values = np.concatenate(
        [
            in_order(motion, weights, shapes),
            _angles(record.global_orient, channels.LIVELINK_HEAD_SIGNS),
            *(_angles(record.eye_pose[:, part], channels.LIVELINK_EYE_SIGNS) for part in (slice(3), slice(3, 6))),
        ],
        axis=1,
    )  # fmt: skip
    row = ",".join(["%.10f"] * values.shape[1])
    lines = ["Timecode,BlendShapeCount," + ",".join(channels.LIVELINK_CSV)]
    for stamp, seen, numbers in zip(timecode(record.timestamp_ms), record.detected.tolist(), values.tolist()):
        lines.append(f"{stamp},{len(numbers)},{row % tuple(numbers)}" if seen else f"{stamp},0")
    _write_lines(path, lines)
    lost = not_kept(record, head=True, lost=True)
    if np.any(record.transl):
        lost.append("head position")
    if np.any(record.neck_pose):
        lost.append("the neck's rotation")
    return lost


def _write_face_cap(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    weights = in_order(motion, need_weights(motion, "arkit"), channels.IFACIALMOCAP)
    lines = [f"info,mp2flame,{record.fps or 30.0:g}", "bs," + ",".join(channels.IFACIALMOCAP)]
    turns = [compose(a, b) for a, b in zip(record.global_orient, record.neck_pose)]
    for i in range(record.num_frames):
        eyes = [euler_degrees(record.eye_pose[i, at : at + 3])[:2] for at in (0, 3)]
        numbers = [*record.transl[i], *euler_degrees(turns[i]), *eyes[0], *eyes[1], *weights[i]]
        stamp = record.timestamp_ms[i] - record.timestamp_ms[0]
        lines.append(f"k,{round(stamp, 3):.10g}," + ",".join(f"{float(v):.9g}" for v in numbers))
    _write_lines(path, lines)
    return not_kept(record, head=True)


# --- JSON ---------------------------------------------------------------------------------------------------


def _is_weights(probe: Probe, a2e: bool) -> bool:
    """Frames or a matrix of weights beside a list of names; LAM's have a rate in their ``metadata``."""
    if not any(f'"{key}"' in probe.text for key in ("names", "weightMat", "weights")):
        return False
    content = probe.json()
    if not isinstance(content, dict) or not {"names", "facsNames", "metadata"} & content.keys():
        return False
    meta = content.get("metadata")
    has_rate = isinstance(meta, dict) and "fps" in meta
    return bool({"frames", "weightMat"} & content.keys()) and has_rate == a2e


def _write_json(motion: Motion, path: Path, a2e: bool) -> list[str]:
    record = motion.recording
    order = channels.ARKIT_ALPHABETICAL if a2e else channels.BEAT51
    weights = in_order(motion, need_weights(motion, "arkit"), order).astype(np.float64)
    times = (record.timestamp_ms - record.timestamp_ms[0]) / 1000.0
    frames = [
        {"weights": row, "time": time, "rotation": []} for row, time in zip(weights.tolist(), times.tolist())
    ]
    content: dict[str, object] = {"names": list(order)}
    if a2e:
        meta = {"fps": record.fps or 30.0, "frame_count": len(frames), "blendshape_names": list(order)}
        content["metadata"] = meta
    content["frames"] = frames
    write_file(path, json.dumps(content).encode())
    return not_kept(record)


# --- MediaPipe's scores -------------------------------------------------------------------------------------


def _is_named(probe: Probe) -> bool:
    """JSON that names channels in any other layout than those above, at its beginning or at its end."""
    if probe.is_dir or not is_json(probe.text):
        return False
    with open(probe.path, "rb") as file:
        file.seek(max(0, file.seek(0, 2) - (1 << 16)))
        tail = file.read().replace(b"\0", b"").decode("ascii", "ignore")
    names = set()
    for text in (probe.text[: 1 << 16], tail):
        names |= set(re.findall(r'"([A-Za-z_./:| \-]{3,60})"', text))
    return sum(map(is_bare_channel, names)) >= 2 or any(map(is_channel, names))


def _write_results(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    scores = need_weights(motion, "mediapipe").astype(np.float64)
    frames: list[dict[str, object]] = []
    for i, (stamp, seen) in enumerate(zip(record.timestamp_ms.tolist(), record.detected.tolist())):
        categories = [
            {"index": k, "score": score, "categoryName": name, "displayName": ""}
            for k, (name, score) in enumerate(zip(channels.BLENDSHAPES, scores[i].tolist()))
        ]
        shapes = {"categories": categories, "headIndex": -1, "headName": ""}
        frame: dict[str, object] = {"timestamp": stamp, "faceBlendshapes": [shapes] if seen else []}
        if record.landmarks is not None:
            points = record.landmarks[i].astype(np.float64).tolist()
            frame["faceLandmarks"] = [[dict(zip("xyz", point)) for point in points]] if seen else []
        if record.face_matrix.any():
            data = record.face_matrix[i].T.astype(np.float64).reshape(-1).tolist()
            frame["facialTransformationMatrixes"] = [{"rows": 4, "columns": 4, "data": data}] if seen else []
        frames.append(frame)
    height, width = (int(n) for n in record.image_size)
    content: object = {"width": width, "height": height, "frames": frames} if width and height else frames
    write_file(path, json.dumps(content).encode())
    return ["FLAME parameters (the file holds detector scores)"] if record.num_expression else []


def _write_csv(motion: Motion, path: Path, options: Options) -> list[str]:
    record = motion.recording
    scores = need_weights(motion, "mediapipe")
    row = ",".join(["%.9g"] * scores.shape[1])
    lines = ["frame,timestamp_ms,detected," + ",".join(channels.BLENDSHAPES)]
    columns = zip(record.timestamp_ms.tolist(), record.detected.tolist(), scores.tolist())
    for index, (stamp, seen, numbers) in enumerate(columns):
        lines.append(f"{index},{stamp!r},{int(seen)},{row % tuple(numbers)}")
    _write_lines(path, lines)
    lost = ["FLAME parameters (the file holds detector scores)"] if record.num_expression else []
    return lost + (["landmarks and face matrix"] if record.landmarks is not None else [])


_SCORES = frozenset({kept.SCORES, kept.TIMES, kept.LOST})
_WEIGHTS = frozenset({kept.WEIGHTS, kept.TIMES})
FORMATS = (
    score_format(
        "livelink-csv", "Live Link Face (Epic)", (".csv",), _WEIGHTS | {kept.LOST, kept.ROTATION, kept.EYES},
        "iPhone take: 52 ARKit weights, head and eye angles", livelink_text, read_score_csv, _write_livelink,
    ),
    score_format(
        "lam-a2e", "aigc3d/LAM_Audio2Expression", (".json",), _WEIGHTS, "52 ARKit weights with metadata",
        is_json, read_score_json, lambda motion, path, options: _write_json(motion, path, True),
        sniff=lambda probe: _is_weights(probe, True), inside="bsData.json",
    ),
    score_format(
        "beat-json", "BEAT / EMAGE", (".json",), _WEIGHTS, "51 ARKit weights with times",
        is_json, read_score_json, lambda motion, path, options: _write_json(motion, path, False),
        sniff=lambda probe: _is_weights(probe, False),
    ),
    score_format(
        "face-cap", "Face Cap (iPhone app)", (".txt",), _WEIGHTS | {kept.ROTATION},
        "text of info, bs and k lines: 52 ARKit weights, head angles", is_face_cap, read_face_cap, _write_face_cap,
    ),
    score_format(
        "mediapipe-csv", "MediaPipe scores", (".csv",), _SCORES, "one named column per blendshape",
        is_score_csv, read_score_csv, _write_csv,
    ),
    score_format(
        "mediapipe-json", "MediaPipe web, and others", (".json",), _SCORES,
        "results as the web package gives them; any JSON of named scores is read",
        is_json, read_score_json, _write_results, sniff=_is_named,
    ),
)  # fmt: skip
