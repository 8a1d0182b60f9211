"""What is compared: one way from detector output to FLAME parameters, with a name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.values import FlameParams, FloatArray
from ..drive.driver import Driver
from ..person.profile import Profile
from ..response.response import Response


@dataclass(frozen=True, eq=False)
class Method:
    """A driver and what it is given.

    Attributes:
        name: column header.
        driver: response and rig, or a linear mapping.
        use_profile: with the person's neutral and ranges.
        use_landmarks: scores and landmarks, or scores only.
        response: the driver's, for sets with another neutral in every row.
    """

    name: str
    driver: Driver
    use_profile: bool = True
    use_landmarks: bool = True
    response: Response = field(default_factory=Response.default)

    def params(
        self,
        blendshapes: FloatArray,
        landmarks: FloatArray | None = None,
        image_size: tuple[int, int] | None = None,
        profile: Profile | None = None,
    ) -> FlameParams:
        """``(T)`` parameters without head rotation."""
        if self.driver.mapping is not None:
            params = self.driver.mapping.apply(blendshapes)
        else:
            given: dict[str, Any] = {}
            if self.use_landmarks and landmarks is not None and image_size is not None:
                given = {"landmarks": landmarks, "image_size": image_size}
            weights = self.driver.response(
                blendshapes, profile=profile if self.use_profile else None, **given
            )
            params = self.driver.params_from_weights(weights)
        zero = np.zeros_like(params.global_orient)
        return params.replace(global_orient=zero, neck_pose=zero, transl=zero)
