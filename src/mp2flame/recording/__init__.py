"""Recordings of runs: ``Recording`` (a take in memory, ``load`` and ``save``) and ``RecordingWriter``."""

from __future__ import annotations

from .take import SCHEMA, Recording
from .writer import RecordingWriter

__all__ = ["SCHEMA", "Recording", "RecordingWriter"]
