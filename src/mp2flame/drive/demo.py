"""The bundled take: somebody's scores and landmarks, nothing to download."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

from ..base.tables import package_arrays
from ..io.sources import Source, SourceFrame, SourceInfo
from ..response.profile import Profile
from ..take.take import Take
from .driver import Driver
from .record import keep


def demo_take(flame: str | os.PathLike[str] | None = None) -> Take:
    """The bundled take driven on a head: the built-in one, or a FLAME file.

    Args:
        flame: as for ``Driver``.
    """
    source, profile, credit = demo_source()
    frames = Driver(flame).run(source, profile=profile)
    take = keep(frames)
    take.meta["credit"] = credit
    return take


def demo_source() -> tuple[Source, Profile, str]:
    """The bundled take as a source, the profile of its person, and whom to credit."""
    arrays = package_arrays("demo_take.npz")
    low, high = arrays["landmarks_low"], arrays["landmarks_high"]
    landmarks = (low + arrays["landmarks_u16"] / 65535.0 * (high - low)).astype(np.float32)
    times, size = arrays["timestamp_ms"], (int(arrays["image_size"][0]), int(arrays["image_size"][1]))

    class Bundled(Source):
        prefetch = 0

        def __init__(self) -> None:
            super().__init__()
            fps = 1e3 / float(np.median(np.diff(times)))
            self.info = SourceInfo("take", "bundled demo take", fps, len(times), size)

        def _frames(self) -> Iterator[SourceFrame]:
            for k, time_ms in enumerate(times):
                yield SourceFrame(
                    k,
                    float(time_ms),
                    blendshapes=arrays["blendshapes"][k],
                    landmarks=landmarks[k],
                    face_matrix=arrays["face_matrix"][k],
                    detected=True,
                    image_size=size,
                )

    rest = arrays["rest_frames"]
    profile = Profile.from_neutral(
        arrays["blendshapes"][rest],
        landmarks=landmarks[rest],
        face_matrix=arrays["face_matrix"][rest],
        image_size=size,
    )
    return Bundled(), profile, str(arrays["credit"])
