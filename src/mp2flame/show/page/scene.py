"""The head, the lights and the camera in the page."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.errors import MismatchError
from ...base.values import FlameParams, FloatArray, IntArray, UInt8Array
from ...flame.landmarks import embedding_for
from ...flame.regions import cut_by_color, split_by_color
from ..head import ShownHead

if TYPE_CHECKING:
    from ...drive.driver import Driver

_FOV_DEG = 24.0
_FRAMED = 2.0  # height of the view over the height of the face
_LIGHTS = (
    ("key", (255, 240, 226), 1.05, (-0.42, 0.52, 0.80)),
    ("fill", (206, 222, 255), 0.4, (0.85, 0.05, 0.5)),
    ("rim", (222, 234, 255), 1.0, (0.55, 0.45, -0.7)),
)
_VIVID = 1.5  # the page's tone mapping takes colour away
_INSIDE = (44, 14, 14)
_EYES = (3, 4)


class HeadScene:
    """Shows one head; ``show`` moves it.

    Args:
        server: a ``viser.ViserServer``.
        driver: whose head it is.

    Attributes:
        skin: the tone of heads that are set from now on.
        scenery: whether they get brows, teeth and a mouth.
    """

    skin: str = "light"
    scenery: bool = True

    def __init__(self, server: Any, driver: Driver) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._parts: list[tuple[Any, IntArray]] = []
        self._inside: tuple[Any, IntArray] | None = None
        self._light()
        self.set_driver(driver)

    def set_driver(self, driver: Driver) -> None:
        """Another head; replaces the one that is shown."""
        head = ShownHead(driver, skin=self.skin, scenery=self.scenery, shade=False)
        template, faces = head.model.v_template, head.model.faces
        cut = cut_by_color(faces, _vivid(head.colors))
        regions = split_by_color(cut.faces, cut.colors)
        eyes = np.asarray(head.model.lbs_weights)[:, list(_EYES)].max(1) > 0.5
        own = (faces < driver.model.num_vertices).all(1) & ~eyes[faces].any(1)
        inside, inside_faces = np.unique(faces[own], return_inverse=True)
        vertices = cut.extend(template)
        scene = self._server.scene
        with self._lock, self._server.atomic():
            for handle, _ in [*self._parts, *([self._inside] if self._inside else [])]:
                handle.remove()
            self._head, self._cut, self._parts = head, cut, []
            for k, region in enumerate(regions):
                handle = scene.add_mesh_simple(
                    f"/head/part{k}", vertices[region.vertices], region.faces, color=region.color, **_PLAIN
                )
                self._parts.append((handle, region.vertices))
            self._used = np.concatenate([region.vertices for region in regions])
            behind = _PLAIN | {"side": "back"}  # what an open mouth shows
            handle = scene.add_mesh_simple(
                "/head/inside",
                _within(template[inside]),
                inside_faces.reshape(-1, 3),
                color=_INSIDE,
                **behind,
            )
            self._inside = (handle, inside)
        self._frame(driver, template)

    def show(self, params: FlameParams) -> None:
        """One frame of the head: metres, y up, the face looking along z at rest."""
        vertices = self._head.vertices(params)
        with self._lock, self._server.atomic():
            shown, start = self._cut.extend(vertices)[self._used], 0
            for handle, used in self._parts:
                handle.vertices = shown[start : start + len(used)]
                start += len(used)
            if self._inside is not None:
                handle, used = self._inside
                handle.vertices = _within(vertices[used])

    def _frame(self, driver: Driver, template: FloatArray) -> None:
        try:
            points = np.asarray(embedding_for(driver.model).landmarks(template), float)
        except MismatchError:
            points = np.asarray(template, float)
        low, high = points.min(0), points.max(0)
        middle = 0.5 * (low + high)
        distance = 0.5 * _FRAMED * float(high[1] - low[1]) / np.tan(np.deg2rad(_FOV_DEG) / 2)
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
            "/light/sky", sky_color=(214, 226, 245), ground_color=(120, 96, 84), intensity=0.5
        )


_PLAIN: dict[str, Any] = {"side": "front", "cast_shadow": False, "receive_shadow": False}


def _within(vertices: FloatArray) -> FloatArray:
    """A millimetre inside the head, or its far side would show as a dark seam along the outline."""
    middle = vertices.mean(0)
    return np.asarray(middle + 0.988 * (vertices - middle), np.float32)


def _backdrop() -> UInt8Array:
    """A dark wall, a little lighter behind the head."""
    y, x = np.mgrid[-1:1:90j, -1:1:160j]
    glow = np.exp(-1.4 * (x * x + (y + 0.1) ** 2))[..., None]
    return np.asarray(np.round(np.array([17, 19, 23]) + glow * np.array([34, 38, 46])).astype(np.uint8))


def _vivid(colors: UInt8Array) -> IntArray:
    grey = colors.mean(1, keepdims=True)
    return np.asarray(np.clip(grey + _VIVID * (colors - grey), 0, 255).round().astype(int))
