"""A module whose arrays are buffers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from ..base.errors import InputError


def check_made_from(given: object, kind: type, where: str) -> None:
    """Refuse what a module is not made from.

    Args:
        where: how one is had, ``Driver.rig``.

    Raises:
        InputError: expected, came, what next.
    """
    if not isinstance(given, kind):
        raise InputError(
            f"expected a mp2flame {kind.__name__} ({where}), got {type(given).__module__}.{type(given).__qualname__}."
        )


class Module(nn.Module):
    """Made of arrays that ``hold`` has put into it, each a tensor under its name."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> torch.Tensor: ...

    def hold(
        self,
        arrays: Mapping[str, Any],
        dtype: torch.dtype,
        device: torch.device | str | None,
        persistent: bool = False,
    ) -> None:
        """Copies of these; ``persistent``: ``state_dict`` has them."""
        for name, value in arrays.items():
            tensor = torch.tensor(np.asarray(value), dtype=dtype, device=device)
            self.register_buffer(name, tensor, persistent=persistent)
