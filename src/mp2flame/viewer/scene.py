"""The head, the lights and the camera in the page."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from ..embedding import embedding_for
from ..errors import MismatchError
from ..head_colors import SKIN, colors_for
from ..types import FloatArray, IntArray, UInt8Array
from .regions import middle_and_height, split_by_color

if TYPE_CHECKING:
    from ..driver import Driver

_FOV_DEG = 24.0
_LIGHTS = (
    ("key", (255, 238, 218), 1.8, (-0.5, 0.6, 0.72)),
    ("fill", (206, 222, 255), 0.5, (0.85, 0.05, 0.5)),
    ("rim", (222, 234, 255), 1.3, (0.55, 0.45, -0.7)),
)
_VIVID = 1.3  # the page's tone mapping takes colour away
_FILL = 2.0  # height of the picture over the height of the face


class HeadScene:
    """Shows one head; ``show`` moves its vertices.

    Args:
        server: a ``viser.ViserServer``.
        driver: whose head it is.
    """

    def __init__(self, server: Any, driver: Driver) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._parts: list[tuple[Any, IntArray]] = []
        self._light()
        self.set_driver(driver)

    def set_driver(self, driver: Driver) -> None:
        """Another head; replaces the one that is shown."""
        template = np.asarray(driver.model.v_template, np.float32)
        regions = split_by_color(driver.faces, _colors(driver))
        with self._lock, self._server.atomic():
            for handle, _ in self._parts:
                handle.remove()
            self._parts = []
            for k, region in enumerate(regions):
                handle = self._server.scene.add_mesh_simple(
                    f"/head/part{k}",
                    template[region.vertices],
                    region.faces,
                    color=region.color,
                    side="double",
                    cast_shadow=False,
                    receive_shadow=False,
                )
                self._parts.append((handle, region.vertices))
        self._frame(driver, template)

    def show(self, vertices: FloatArray) -> None:
        """``(V, 3)`` metres, y up, the face looking along z."""
        with self._lock, self._server.atomic():
            for handle, used in self._parts:
                handle.vertices = vertices[used]

    def _frame(self, driver: Driver, template: FloatArray) -> None:
        try:
            points = embedding_for(driver.model).landmarks(template)
        except MismatchError:
            points = template
        middle, height = middle_and_height(np.asarray(points, float))
        distance = 0.5 * _FILL * height / np.tan(np.deg2rad(_FOV_DEG) / 2)
        camera = self._server.initial_camera
        camera.fov = float(np.deg2rad(_FOV_DEG))
        camera.near, camera.far = 0.02, 20.0
        camera.up = (0.0, 1.0, 0.0)
        camera.look_at = tuple(float(v) for v in middle)
        camera.position = tuple(float(v) for v in middle + (0.0, 0.02, distance))

    def _light(self) -> None:
        scene = self._server.scene
        scene.set_up_direction("+y")
        scene.set_background_image(_backdrop(), format="jpeg", jpeg_quality=92)
        scene.configure_default_lights(False)
        for name, color, intensity, position in _LIGHTS:
            scene.add_light_directional(f"/light/{name}", color=color, intensity=intensity, position=position)
        scene.add_light_hemisphere(
            "/light/sky", sky_color=(214, 226, 245), ground_color=(120, 96, 84), intensity=0.7
        )


def _backdrop() -> UInt8Array:
    """A dark wall, a little lighter behind the head."""
    y, x = np.mgrid[-1:1:90j, -1:1:160j]
    glow = np.exp(-1.4 * (x * x + (y + 0.1) ** 2))[..., None]
    return np.round(np.array([17, 19, 23]) + glow * np.array([34, 38, 46])).astype(np.uint8)


def _colors(driver: Driver) -> IntArray:
    try:
        colors = colors_for(driver.model).astype(float)
        grey = colors.mean(1, keepdims=True)
        return np.clip(grey + _VIVID * (colors - grey), 0, 255).round().astype(int)
    except MismatchError:  # a mesh that nobody painted
        return np.tile(np.array(SKIN, int), (len(driver.model.v_template), 1))
