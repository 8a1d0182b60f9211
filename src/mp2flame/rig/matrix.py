"""The rig as the bare matrix that other projects load: rows are ARKit's shapes, columns FLAME's parameters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..base.channels import INDEX, canonical_name, order_names
from ..base.errors import InputError
from ..base.values import FloatArray
from .rig import Rig

PARTS = {"expression": 0, "jaw": 3, "eyes": 6, "neck": 3}


def column_names(expression: int, parts: Sequence[str]) -> list[str]:
    """Names of the matrix' columns."""
    found: list[str] = []
    for part in parts:
        found += (
            [f"expression_{i}" for i in range(expression)] if part == "expression"
            else [f"{part}_{axis}" for axis in "xyz"] if part in ("jaw", "neck")
            else [f"eyes_{side}_{axis}" for side in ("left", "right") for axis in "xyz"]
        )  # fmt: skip
    return found


def arkit_matrix(
    rig: Rig,
    order: str | Sequence[str] = "beat51",
    *,
    expression: int | None = None,
    parts: Sequence[str] = ("expression", "jaw"),
) -> FloatArray:
    """``(R, C)`` float32: a row of weights in ``order`` times this matrix is a row of FLAME parameters.

    ``beat51`` with 100 coefficients and the jaw is the ``(51, 103)`` layout of EMAGE's ``mat_final.npy``. Rotations are
    axis-angle radians; those of several shapes add, as in ``Rig.apply``. What the rig does besides (limits of lids and
    lips) no matrix can hold.

    Args:
        rig: of a FLAME file (``solve_rig``).
        order: order of the rows, a key of ``channels.ORDERS`` or the names; ``tongueOut`` and ``_neutral`` move nothing.
        expression: columns of expression; more than the rig has are zero. None: as many as the rig has.
        parts: of the columns, in this order: expression, jaw, eyes, neck (zeros).

    Raises:
        InputError: no such order or part, fewer columns than the rig has.
    """
    wrong = [part for part in parts if part not in PARTS]
    if wrong or not parts or len(set(parts)) < len(parts):
        raise InputError(
            f"columns are some of {', '.join(PARTS)}, each once; got {', '.join(parts) or 'none'}."
        )
    width = rig.num_expression if expression is None else expression
    if width < rig.num_expression:
        raise InputError(
            f"the rig was solved for {rig.num_expression} coefficients; solve it for {width}: "
            f"solve_rig(model, num_expression={width})."
        )
    coefficients = np.zeros((len(rig.names), width), np.float32)
    coefficients[:, : rig.num_expression] = rig.expression
    held = {
        "expression": coefficients, "jaw": rig.jaw_pose, "eyes": rig.eye_pose,
        "neck": np.zeros((len(rig.names), 3), np.float32),
    }  # fmt: skip
    whole = np.concatenate([held[part] for part in parts], axis=1).astype(np.float32)
    rows = np.zeros((len(order_names(order)), whole.shape[1]), np.float32)
    for i, name in enumerate(order_names(order)):
        known = INDEX.get(canonical_name(name) or "")
        if known:
            rows[i] = whole[known]
    return rows
