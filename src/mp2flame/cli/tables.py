"""``mp2flame tables`` and ``mp2flame rig``: what ships, and the matrix of a FLAME file, as arrays for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..base.errors import InputError
from ..base.option import argument, needed, option
from .files import load
from .options import command
from .session import note
from .words import FlameFile, Overwrite, Quiet, written


def _target(path: Path, overwrite: bool, endings: tuple[str, ...]) -> Path:
    from ..base.write import check_target

    if path.suffix not in endings:
        raise InputError(f"{path} must end in {' or '.join(endings)}.")
    return check_target(path, overwrite)


def _save(path: Path, content: Any) -> None:
    import numpy as np

    from ..base.write import atomic_write

    with atomic_write(path) as file:
        if isinstance(content, dict):
            np.savez(file, **content)
        else:
            np.save(file, content)


@dataclass(frozen=True, kw_only=True)
class Tables(FlameFile, Overwrite):
    """What ``tables`` can be told."""

    embedding: Path = needed("The .npz to write: all 478 MediaPipe points on FLAME's mesh.", "Output")


@command(Tables)
def tables(asked: Tables) -> None:
    """Write MediaPipe's landmarks on FLAME's mesh under the names that FLAME projects use.

    lmk_face_idx (478), lmk_b_coords (478, 3) and landmark_indices (478) are what mediapipe_landmark_embedding.npz has
    for 105 points; uncertainty_mm (478) is how far each may be off. Triangles are those of FLAME's released files, or of
    --flame.

    \b
    mp2flame tables --embedding mediapipe_478.npz
    """
    from ..flame.landmarks import embedding_arrays

    target = _target(asked.embedding, asked.overwrite, (".npz",))
    content = embedding_arrays(load(asked.flame))
    _save(target, content)
    off = content["uncertainty_mm"]
    click.echo(
        f"wrote {target}: 478 points, median uncertainty {float(sorted(off)[239]):.1f} mm, largest {float(off.max()):.1f} mm"
    )


@dataclass(frozen=True, kw_only=True)
class Rig(Overwrite, Quiet):
    """What ``rig`` can be told."""

    flame: str = argument(completes="FLAME files")
    output: Path = written("The matrix (.npy), or with its names and what it cannot follow (.npz).")
    rows: str = option(
        "51",
        "51 (BEAT, EMAGE), 52 (ARKit by name), or the name of an order (docs/channel_orders.md).",
        "Method",
        completes="orders",
    )
    expression: int = option(100, "Columns of expression.", "Method", least=1, most=400)
    columns: str = option(
        "expression,jaw",
        "What follows what: expression, jaw (3), eyes (left 3, right 3), neck (3 zeros).",
        "Method",
    )


@command(Rig)
def rig(asked: Rig) -> None:
    """Write the matrix from ARKit's blend shapes to the parameters of this FLAME file.

    A row of weights times the matrix is a row of parameters: expression coefficients, then jaw rotation as axis-angle
    radians. The default is the (51, 103) layout of EMAGE's mat_final.npy, for your own FLAME file.

    \b
    mp2flame rig generic_model.pkl -o arkit2flame.npy
    mp2flame rig flame2023.pkl -o arkit2flame.npy --rows 52 --expression 50 --columns expression,jaw,eyes
    """
    import numpy as np

    from ..base.channels import order_names
    from ..flame import load_flame
    from ..rig.matrix import arkit_matrix, column_names
    from ..rig.rig import solve_rig

    target = _target(asked.output, asked.overwrite, (".npy", ".npz"))
    expression = asked.expression
    order = {"51": "beat51", "52": "arkit_alphabetical"}.get(asked.rows, asked.rows)
    parts = [part.strip() for part in asked.columns.split(",") if part.strip()]
    names = order_names(order)
    model = load_flame(asked.flame)
    solved = solve_rig(model, num_expression=min(expression, model.num_expression))
    matrix = arkit_matrix(solved, order, expression=expression, parts=parts)
    if target.suffix == ".npy":
        _save(target, matrix)
    else:
        residual = np.array(
            [solved.residual_mm[solved.names.index(n)] if n in solved.names else 0.0 for n in names]
        )
        _save(
            target,
            {
                "matrix": matrix, "rows": np.array(names), "columns": np.array(column_names(expression, parts)),
                "residual_mm": residual.astype(np.float32), "release": np.array(model.release),
                "sha256": np.array(model.sha256),
            },
        )  # fmt: skip
    click.echo(f"wrote {target}: {matrix.shape[0]} shapes x {matrix.shape[1]} parameters of {model.release}")
    if model.num_expression < expression:
        note(asked.quiet)(
            f"note: the file has {model.num_expression} coefficients; the other columns are zero"
        )
    for text in solved.notes:
        note(asked.quiet)(f"note: {text}")
