"""What a take can hold, in the words that ``info`` shows; each ``Format`` names those that it carries."""

from __future__ import annotations

EXPRESSION = "expression"
JAW = "jaw"
EYES = "eyes"
ROTATION = "head rotation"
TRANSLATION = "head position"
SPLIT = "root and neck apart"
BETAS = "identity"
EYELIDS = "eyelids"
CAMERA = "camera"
WEIGHTS = "ARKit weights"
SCORES = "scores"
TIMES = "timestamps"
LOST = "lost frames"

MOTION = frozenset({EXPRESSION, JAW, EYES, ROTATION, TRANSLATION})
"""All of FLAME's parameters, the head turned by one joint."""
PARAMS = MOTION | {SPLIT}
"""All of FLAME's parameters."""
EVERYTHING = PARAMS | {BETAS, EYELIDS, CAMERA, WEIGHTS, SCORES, TIMES, LOST}
