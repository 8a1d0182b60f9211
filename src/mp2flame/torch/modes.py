"""Whether operations are run, or written down by a compiler, an export or a trace."""

from __future__ import annotations

import torch


def traced() -> bool:
    """True while the operations are written down one by one, for ONNX."""
    return bool(torch.jit.is_tracing())  # type: ignore[attr-defined]


def may_look(value: torch.Tensor) -> bool:
    """Whether Python may decide by this tensor's values."""
    return not (torch.compiler.is_compiling() or traced() or value.is_meta)


def may_stop(active: torch.Tensor) -> bool:
    """True when no row is active any more and this may be known."""
    return may_look(active) and not bool(active.any())
