"""A small network on top of the ridge fit, trained with PyTorch, kept as plain weights.

Starts from the linear fit and learns only what that leaves over, on the frames of the summary's sample or of
all shards; stops when people left out no longer gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.channels import MIRROR
from ..base.errors import InputError
from ..base.optional import need
from .moments import F64
from .solve import Linear

F32 = npt.NDArray[np.float32]
Layers = tuple[tuple[F32, F32], ...]
HIDDEN = 96
_EPOCHS, _PATIENCE, _BATCH, _RATE, _DECAY, _DROPOUT = 200, 12, 256, 1e-3, 1e-2, 0.1


def train(
    x: F32,
    y: F32,
    weight: F32,
    held_out: npt.NDArray[np.bool_],
    linear: Linear,
    *,
    mirror: F64 | None = None,
    seed: int = 0,
) -> Layers:
    """Layers of the network that adds to ``linear``.

    Args:
        x, y: ``(N, 52)`` scores and ``(N, D)`` outputs.
        weight: ``(N,)`` of each row.
        held_out: ``(N,)`` rows of the people that decide when to stop.
        linear: the fit to start from.
        mirror: ``(D, D)`` from ``fit.mirror_matrix``: doubles the data by mirrored rows.

    Raises:
        MissingDependencyError: PyTorch is not installed.
        InputError: no rows on one of the two sides.
    """
    need("torch", purpose="the method mlp")
    if not held_out.any() or held_out.all():
        raise InputError(
            "a network needs at least two people: some to learn from, others to know when to stop."
        )
    residual = (y - linear(x)).astype(np.float32)
    spread = np.maximum(residual[~held_out].std(0), 1e-6)
    target = residual / spread
    # an output counts by how much of it is left, not by its unit
    importance = (spread**2 / (spread**2).max()).astype(np.float32) ** 0.5
    if mirror is not None:
        other = (y @ mirror - linear(x[:, MIRROR])).astype(np.float32) / spread
        x, target = np.concatenate([x, x[:, MIRROR]]), np.concatenate([target, other])
        weight, held_out = np.concatenate([weight, weight]), np.concatenate([held_out, held_out])
    scale = np.maximum(x[~held_out].std(0), 0.01).astype(np.float32)
    mean = x[~held_out].mean(0)
    layers = _descend((x - mean) / scale, target, importance, weight, held_out, seed)
    # scaling of inputs and outputs goes into the first and the last layer
    first, bias = layers[0]
    layers[0] = (first / scale[:, None], bias - (mean / scale) @ first)
    final, bias = layers[-1]
    layers[-1] = (final * spread, bias * spread)
    return tuple((np.asarray(w, np.float32), np.asarray(b, np.float32)) for w, b in layers)


def _model(inputs: int, outputs: int) -> Any:
    """Two hidden layers that add nothing before they are trained."""
    import torch

    model = torch.nn.Sequential(
        torch.nn.Linear(inputs, HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(_DROPOUT),
        torch.nn.Linear(HIDDEN, HIDDEN), torch.nn.ReLU(), torch.nn.Dropout(_DROPOUT),
        torch.nn.Linear(HIDDEN, outputs),
    )  # fmt: skip
    last: Any = model[-1]
    torch.nn.init.zeros_(last.weight)
    torch.nn.init.zeros_(last.bias)
    return model


def _descend(
    x: npt.NDArray[Any],
    target: npt.NDArray[Any],
    importance: F32,
    weight: F32,
    held_out: npt.NDArray[np.bool_],
    seed: int,
) -> list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """The layers where the rows held out lost least; ``importance`` (D) of the outputs, ``weight`` (N) of the rows."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    inputs, outputs, weights, factor = (
        torch.from_numpy(array.astype(np.float32)) for array in (x, target, weight, importance)
    )
    model = _model(x.shape[1], target.shape[1])
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=_DECAY)
    rows: Any = torch.from_numpy(np.flatnonzero(~held_out))
    check = torch.from_numpy(np.flatnonzero(held_out))
    generator = torch.Generator().manual_seed(seed)

    def loss(index: Any) -> Any:
        gap = ((model(inputs[index]) - outputs[index]) * factor) ** 2
        return (gap.mean(1) * weights[index]).sum() / weights[index].sum()

    best, patience = float("inf"), 0
    kept = {k: v.clone() for k, v in model.state_dict().items()}
    for _ in range(_EPOCHS):
        model.train()
        for batch in rows[torch.randperm(len(rows), generator=generator)].split(_BATCH):
            optimiser.zero_grad()
            loss(batch).backward()
            optimiser.step()
        model.eval()
        with torch.no_grad():
            now = float(loss(check))
        if now < best * (1 - 1e-4):
            best, patience = now, 0
            kept = {k: v.clone() for k, v in model.state_dict().items()}
        else:
            patience += 1
            if patience >= _PATIENCE:
                break
    model.load_state_dict(kept)
    linears: list[Any] = [m for m in model if isinstance(m, torch.nn.Linear)]
    return [(m.weight.detach().numpy().T.copy(), m.bias.detach().numpy().copy()) for m in linears]


def run(layers: Layers, x: F32) -> F32:
    """What the network adds, ``(N, D)``; the twin of ``mapping_network`` for rows inside the range."""
    hidden = x
    for i, (weights, bias) in enumerate(layers):
        hidden = hidden @ weights + bias
        if i < len(layers) - 1:
            hidden = np.maximum(hidden, 0)
    return hidden
