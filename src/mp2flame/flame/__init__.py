"""FLAME files and the FLAME forward pass."""

from __future__ import annotations

from .load import load_flame
from .model import FlameForward, FlameModel

__all__ = ["FlameForward", "FlameModel", "load_flame"]
