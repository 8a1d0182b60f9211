"""The live pipeline: a camera in, a head that follows, streams and a recording out.

with LivePipeline(Driver(), 0, outputs=["vmc://127.0.0.1:39539"], recording="take.npz") as pipeline:
    for live in pipeline.subscribe():
        print(live.frame.params.jaw_pose, live.latency_ms)
"""

from __future__ import annotations

from ...base.threads import one_blas_thread
from ...observe.which_face import Face, FaceTracker
from .clock import LiveStats
from .pipeline import LivePipeline
from .subscribers import LiveFrame, Subscription

__all__ = ["Face", "FaceTracker", "LiveFrame", "LivePipeline", "LiveStats", "Subscription", "one_blas_thread"]
