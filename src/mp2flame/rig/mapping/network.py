"""A small network as a mapping: a linear part, and what a network adds to it. Runs on NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, ShapeError
from .linear import F32, NUM_INPUTS, LinearMapping

Layers = tuple[tuple[F32, F32], ...]


@dataclass(frozen=True, eq=False)
class NetworkMapping(LinearMapping):
    """``x @ weights + intercept + network(x)``, the network with rectified hidden layers.

    Attributes:
        layers: (weights ``(in, out)``, bias ``(out,)``) of each layer, float32; the last one is linear.
        low, high: ``(52,)``; what the network sees is held between them: outside what it has learnt from only
            the linear part goes on.
    """

    layers: Layers = ()
    low: F32 | None = None
    high: F32 | None = None

    kind = "network"

    def __post_init__(self) -> None:
        super().__post_init__()
        layers = tuple((np.asarray(w, np.float32), np.asarray(b, np.float32)) for w, b in self.layers)
        width = NUM_INPUTS
        for weights, bias in layers:
            if weights.ndim != 2 or weights.shape[0] != width or bias.shape != weights.shape[1:]:
                raise ShapeError(
                    f"a layer that gets {width} values has weights {weights.shape} and bias {bias.shape}."
                )
            if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
                raise InputError("the network's weights must be finite; these have NaN or infinite values.")
            width = weights.shape[1]
        if not layers or width != len(self.intercept):
            raise ShapeError(f"the network must end in {len(self.intercept)} values, it ends in {width}.")
        object.__setattr__(self, "layers", layers)
        for name, default in (("low", 0.0), ("high", 1.0)):
            given = getattr(self, name)
            value = (
                np.full(NUM_INPUTS, default, np.float32) if given is None else np.asarray(given, np.float32)
            )
            if value.shape != (NUM_INPUTS,) or not np.isfinite(value).all():
                raise ShapeError(f"{name} must be (52,) finite numbers, got {value.shape}.")
            object.__setattr__(self, name, value)

    def _corrected(self, x: npt.NDArray[Any], y: F32) -> F32:
        assert self.low is not None and self.high is not None
        hidden = np.clip(x.astype(np.float32, copy=False), self.low, self.high)
        for i, (weights, bias) in enumerate(self.layers):
            hidden = hidden @ weights
            hidden += bias
            if i < len(self.layers) - 1:
                np.maximum(hidden, 0, out=hidden)
        return y + hidden

    def resized(self, num_expression: int) -> NetworkMapping:
        """The same mapping with more expression coefficients (zeros) or only the first ones."""
        linear = LinearMapping(**_linear_fields(self)).resized(num_expression)
        last = tuple(self._with_columns(values, num_expression) for values in self.layers[-1])
        return NetworkMapping(
            **_linear_fields(linear),
            layers=(*self.layers[:-1], (last[0], last[1])),
            low=self.low,
            high=self.high,
        )

    def _more_arrays(self) -> dict[str, F32]:
        assert self.low is not None and self.high is not None
        arrays = {"network_low": self.low, "network_high": self.high}
        for i, (weights, bias) in enumerate(self.layers):
            arrays[f"network_weights{i}"], arrays[f"network_bias{i}"] = weights, bias
        return arrays

    @classmethod
    def from_arrays(cls, linear: LinearMapping, arrays: Mapping[str, Any]) -> NetworkMapping:
        """The mapping of a file: its linear part and its ``network_*`` arrays."""
        count = sum(name.startswith("network_weights") for name in arrays)
        layers = tuple((arrays[f"network_weights{i}"], arrays[f"network_bias{i}"]) for i in range(count))
        return cls(
            **_linear_fields(linear), layers=layers, low=arrays["network_low"], high=arrays["network_high"]
        )


def _linear_fields(linear: LinearMapping) -> dict[str, Any]:
    return {f.name: getattr(linear, f.name) for f in fields(LinearMapping)}
