"""Lids and lips of a driven head, shape by shape: what a full blink leaves open, what enters the eyeball."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.channels import INDEX
from ..drive.driver import Driver
from ..flame.eyes import eye_openings, lid_gap_mm, lid_penetration_mm
from ..flame.landmarks import embedding_for
from ..flame.lips import lip_gap_mm

_EYE_POSES: dict[str, dict[str, float]] = {
    "rest": {},
    "half blink": {"eyeBlink": 0.5},
    "blink": {"eyeBlink": 1.0},
    "squint": {"eyeSquint": 1.0},
    "wide": {"eyeWide": 1.0},
    "look down": {"eyeLookDown": 1.0},
    "look up": {"eyeLookUp": 1.0},
    "blink, look down": {"eyeBlink": 1.0, "eyeLookDown": 1.0},
    "blink, squint": {"eyeBlink": 1.0, "eyeSquint": 1.0},
}
_MOUTH_POSES: dict[str, dict[str, float]] = {
    "rest": {},
    "jaw open": {"jawOpen": 1.0},
    "jaw open, mouth closed": {"jawOpen": 1.0, "mouthClose": 1.0},
    "half": {"jawOpen": 0.5, "mouthClose": 0.5},
    "mouth closed without the jaw": {"mouthClose": 1.0},
    "lips rolled": {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    "lips pressed": {"mouthPressLeft": 1.0, "mouthPressRight": 1.0},
}


def evaluate_head(driver: Driver) -> dict[str, dict[str, Any]]:
    """Gaps and penetration in mm.

    Returns:
        ``lids``: pose to ``gap_max``, ``gap_mean``, ``gap_min`` over both eyes' columns and ``penetration``;
        ``lips``: pose to ``gap_mean``, ``gap_min`` and ``from_rest`` (mean change).
    """
    lids: dict[str, Any] = {}
    openings = eye_openings(driver.model)
    for pose, sided in _EYE_POSES.items():
        weights = np.zeros(52, np.float32)
        for name, value in sided.items():
            weights[[INDEX[name + "Left"], INDEX[name + "Right"]]] = value
        vertices = driver.vertices(driver.params_from_weights(weights))
        gaps = np.stack([lid_gap_mm(vertices, opening) for opening in openings])
        lids[pose] = {
            "gap_max": float(gaps.max()),
            "gap_mean": float(gaps.mean()),
            "gap_min": float(gaps.min()),
            "penetration": float(max(lid_penetration_mm(vertices, opening) for opening in openings)),
        }
    embedding, lips = embedding_for(driver.model), {}
    for pose, values in _MOUTH_POSES.items():
        weights = np.zeros(52, np.float32)
        for name, value in values.items():
            weights[INDEX[name]] = value
        gap = lip_gap_mm(embedding.landmarks(driver.vertices(driver.params_from_weights(weights))))
        lips[pose] = {"gap_mean": float(gap.mean()), "gap_min": float(gap.min())}
    for found in lips.values():
        found["from_rest"] = found["gap_mean"] - lips["rest"]["gap_mean"]
    return {"lids": lids, "lips": lips}
