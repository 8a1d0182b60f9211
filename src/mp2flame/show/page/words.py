"""What the page says, in words of a face: channels, filters, the person's calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...base.channels import BLENDSHAPES, GROUPS, INDEX
from ...base.signals import FILTER_GROUPS, KINDS, PRESETS
from ...flame.colors import TONES
from ...io.schemes import EXAMPLES, scheme_of
from ...response.calibrate import EXTREMES

NOT_FROM_HERE = ("jsonl", "shm", "file")
"""Outputs that a page cannot start: they write on the machine where the command runs."""
GROUP_TITLES = {
    "brows": "Brows", "lids": "Lids", "gaze": "Gaze", "cheeks_nose": "Cheeks and nose", "jaw": "Jaw",
    "mouth": "Mouth", "rotation": "Head turning", "position": "Head position",
}  # fmt: skip
TIPS = {
    "browDown": "pulls the brow down", "browInnerUp": "lifts the inner ends of both brows",
    "browOuterUp": "lifts the outer end of the brow", "eyeBlink": "closes the eye",
    "eyeSquint": "tightens the lids, as in the sun", "eyeWide": "opens the eye wide",
    "eyeLookDown": "the eye looks down", "eyeLookUp": "the eye looks up",
    "eyeLookIn": "the eye looks towards the nose", "eyeLookOut": "the eye looks away from the nose",
    "cheekPuff": "blows up both cheeks", "cheekSquint": "lifts the cheek, as in a real smile",
    "noseSneer": "wrinkles the nose at this side", "jawForward": "pushes the lower jaw forward",
    "jaw sideways": "moves the lower jaw to this side", "jawOpen": "opens the jaw",
    "mouthClose": "keeps the lips together while the jaw is open", "mouthDimple": "pulls the corner back",
    "mouthFrown": "pulls the corner of the mouth down", "mouthFunnel": "opens the lips to a round O",
    "mouth sideways": "moves both lips to this side", "mouthLowerDown": "lowers the lower lip",
    "mouthPress": "presses the lips together", "mouthPucker": "purses the lips, as for a kiss",
    "mouthRollLower": "rolls the lower lip inwards", "mouthRollUpper": "rolls the upper lip inwards",
    "mouthShrugLower": "pushes the lower lip up", "mouthShrugUpper": "lifts the upper lip, pushed from below",
    "mouthSmile": "pulls the corner of the mouth up", "mouthStretch": "stretches the corner sideways",
    "mouthUpperUp": "raises the upper lip",
}  # fmt: skip
KIND_WORDS: dict[str, dict[str, Any]] = {
    "off": {"label": "Off", "numbers": []},
    "one_euro": {"label": "1 Euro (calm at rest, quick in motion)", "numbers": [
        ["Lowest cut-off, Hz", "Smaller: calmer while the face rests, and more lag."],
        ["Speed-up (beta)", "Larger: less lag in quick motion. Hz per unit and second."]]},
    "ema": {"label": "Moving average", "numbers": [
        ["Time constant, ms", "How far back it remembers: larger is calmer, and later."]]},
    "double_exponential": {"label": "Double exponential", "numbers": [
        ["Time constant, ms", "As the moving average, with half of the lag of steady motion."]]},
    "kalman": {"label": "Kalman", "numbers": [
        ["Acceleration, units/s²", "How suddenly the face may move: larger follows faster."],
        ["Noise, units", "How much the detector jitters: larger is calmer."]]},
}  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """One row a shape or a pair of sides, in the order of the face: label, tip, group, right and left channel."""
    made: list[dict[str, Any]] = []
    for group, members in GROUPS.items():
        for name in members:
            stem = name.removesuffix("Left").removesuffix("Right")
            sideways = stem in ("jaw", "mouth") and stem != name
            paired = stem != name and stem + "Right" in INDEX
            if paired and name.endswith("Right"):
                continue
            label = f"{stem} sideways" if sideways else stem if paired else name
            made.append(
                {
                    "label": label, "tip": TIPS.get(label, ""), "group": group,
                    "right": INDEX[stem + "Right"] if paired else None,
                    "left": INDEX[stem + "Left"] if paired else None,
                    "both": None if paired else INDEX[name],
                }
            )  # fmt: skip
    return made


def hello(folder: str, *, version: str) -> dict[str, Any]:
    """What never changes while the page is open."""
    return {
        "kind": "hello",
        "version": version,
        "names": list(BLENDSHAPES),
        "rows": rows(),
        "groups": {name: GROUP_TITLES[name] for name in GROUPS},
        "filter": {
            "presets": list(PRESETS),
            "groups": {name: GROUP_TITLES.get(name, name) for name in FILTER_GROUPS},
            "kinds": {name: KIND_WORDS[name] for name in KINDS},
        },
        "tones": list(TONES),
        "streams": {url: who for url, who in EXAMPLES.items() if scheme_of(url) not in NOT_FROM_HERE},
        "folder": folder,
    }


_REACHED = {
    "open your mouth as wide as you can": "open mouth", "smile as broadly as you can": "smile",
    "pucker your lips as for a kiss": "kiss", "raise your brows": "raised brows",
    "close your eyes firmly": "closed eyes",
}  # fmt: skip


def calibrated(report: Mapping[str, Any]) -> list[str]:
    """What came of a calibration: the resting face, then how far each thing that was asked for goes."""
    lines = [f"Resting face: {report['rest']}."]
    used = set(report["range_from"])
    for prompt, channels in EXTREMES.items():
        reached = [float(report["reached"][name]) for name in channels if name in report["reached"]]
        if not reached:
            continue
        share = round(100 * sum(reached) / len(reached))
        word = _REACHED.get(prompt, prompt)
        if used & set(channels):
            lines.append(f"Your {word} measures {share} % and now drives the head's full one.")
        else:
            lines.append(f"Your {word} measures {share} %; the usual range is kept.")
    return lines
