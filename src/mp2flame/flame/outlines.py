"""Lines on a face by MediaPipe's landmarks, each written down once. The subject's right comes first."""

from __future__ import annotations

RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
EYES = (RIGHT_EYE, LEFT_EYE)
"""Rims of the lids, closed, from the outer corner along the lower lid."""

INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
OUTER_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
"""Closed, from the right corner."""

BROWS = (
    ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)),
    ((300, 293, 334, 296, 336), (276, 283, 282, 295, 285)),
)
"""Upper and lower edge of each brow, from its tail to the nose."""
BROW_OUTLINES = tuple((*upper, *reversed(lower)) for upper, lower in BROWS)
"""The same as closed lines."""

IRISES = ((469, 470, 471, 472), (474, 475, 476, 477))
"""Around each iris: the subject's left, top, right, bottom."""

FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
