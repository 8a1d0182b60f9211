"""The driver for people who train: head, rig and estimator as differentiable ``torch`` modules.

    import mp2flame as m2f
    import mp2flame.torch as m2t

    driver = m2f.Driver("generic_model.pkl")
    head, rig, response = m2t.Flame(driver.model), m2t.Rig(driver.rig), m2t.Response(driver.estimator)
    params = rig(response(scores, landmarks, image_size))   # any batch, any device
    vertices = head(*params)                                # gradients all the way back

Made from the objects of the rest of the package and equal to them; docs/torch.md.
"""

from __future__ import annotations

from ..base.optional import need as _need

_need("torch.nn", purpose="mp2flame.torch")

from .flame import Flame
from .params import Params
from .response import Response, Rest
from .rig import Rig

__all__ = ["Flame", "Params", "Response", "Rest", "Rig"]
