"""A take of one FLAME file as a take of another."""

from __future__ import annotations

from typing import Any

from ..base.errors import MismatchError
from ..base.values import FloatArray
from ..flame.model import FlameModel
from ..rig.transfer import Transfer
from .edits import same_head
from .take import Take


def transfer_recording(
    recording: Take,
    source: FlameModel,
    target: FlameModel,
    *,
    num_target: int | None = None,
    **options: Any,
) -> tuple[Take, FloatArray]:
    """A take made for one FLAME file as a take for another, and the residual ``(T,)`` in mm.

    Identity in ``meta["betas"]`` goes along.

    Raises:
        MismatchError: the take says that it was made for another file than ``source``.
    """
    stated = recording.meta.get("flame")
    made_for: dict[str, Any] = stated if isinstance(stated, dict) else {}
    if not same_head(made_for, {"release": source.release, "sha256": source.sha256}):
        sha256 = str(made_for.get("sha256") or "of unknown content")
        raise MismatchError(
            f"this take was made for the FLAME file {made_for.get('release')} ({sha256[:12]}), the file to "
            f"come from is {source.release} ({source.sha256[:12]}). Give the file it was made with."
        )
    betas = recording.meta.get("betas")
    way = Transfer.between(
        source, target, betas=betas, num_source=recording.num_expression, num_target=num_target, **options
    )
    params, residual = way(recording.params)
    meta = dict(recording.meta)
    meta["flame"] = {
        "release": target.release,
        "sha256": target.sha256,
        "num_expression": params.num_expression,
        "has_jaw": target.has_jaw,
    }
    if way.target_betas is not None:
        meta["betas"] = [float(value) for value in way.target_betas]
    return recording.with_params(params, meta=meta), residual
