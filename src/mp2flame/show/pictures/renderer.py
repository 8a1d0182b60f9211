"""`Renderer`: vertices in, picture out, with OpenGL where there is one and in NumPy everywhere else."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ...base.closing import Closing
from ...base.errors import InputError, MissingDependencyError, ShapeError
from ...base.values import FloatArray, UInt8Array
from .camera import View, check_size
from .mesh import Topology
from .shading import srgb_to_linear
from .software import SoftwareBackend

BackendName = Literal["auto", "software", "gl"]
CLAY = (206, 190, 178)


class Rendered(NamedTuple):
    """A picture with its geometry.

    Attributes:
        image: ``(H, W, 3)`` uint8 sRGB.
        depth: ``(H, W)`` float32 metres along the camera's axis, infinite where nothing was drawn.
        mask: ``(H, W)`` bool, True where the mesh is.
    """

    image: UInt8Array
    depth: FloatArray
    mask: npt.NDArray[np.bool_]


def studio_background(size: tuple[int, int]) -> UInt8Array:
    """``(H, W, 3)``: a quiet grey-blue, lighter behind the head than in the corners."""
    height, width = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot((x + 0.5) / width - 0.5, 0.9 * ((y + 0.5) / height - 0.45))
    light = np.clip(1 - distance / 0.75, 0, 1)[..., None] ** 1.5
    dark, bright = np.array([38, 42, 50], np.float32), np.array([104, 112, 124], np.float32)
    # A fixed half-level pattern hides the bands that eight bits would show.
    pattern = (((np.arange(height)[:, None] * 2 + np.arange(width) * 3) % 5) / 5.0)[..., None]
    return np.asarray((dark + (bright - dark) * light + pattern).astype(np.uint8))


class Renderer(Closing):
    """Draws one triangle mesh, frame after frame.

    Args:
        faces: ``(F, 3)`` triangles, counter-clockwise seen from outside (as in every FLAME file).
        size: (height, width) of the picture in pixels.
        backend: ``"gl"`` (moderngl; EGL on Linux, no display or GPU needed), ``"software"`` (NumPy), or
            ``"auto"``: gl where a context can be made, else software; ``renderer.backend`` tells which.
        vertex_colors: ``(V, 3)`` sRGB, uint8 0..255 or float 0..1; default clay.
        background: a colour ``(3,)`` or picture ``(H, W, 3)``, uint8; default a studio grey.
        samples: 1, 4, 9 or 16 samples a pixel against stairs at the edges (gl: 1, 4, 8 by the driver).
        gloss: ``(V,)`` 0 skin to 1 eye; default: small separate closed parts (eyeballs) are glossy.
        num_vertices: V, when the faces do not use the last vertices.

    Raises:
        InputError, ShapeError: an argument that cannot be used.
        MissingDependencyError: ``backend="gl"`` and there is no moderngl or no OpenGL driver.

    An OpenGL renderer belongs to the thread that created it and refuses another; the software one may
    be used anywhere, by one thread at a time. Call `close` or use it in a ``with`` block.
    """

    def __init__(
        self,
        faces: npt.ArrayLike,
        size: tuple[int, int] = (512, 512),
        *,
        backend: BackendName = "auto",
        vertex_colors: npt.ArrayLike | None = None,
        background: npt.ArrayLike | None = None,
        samples: int = 4,
        gloss: npt.ArrayLike | None = None,
        num_vertices: int | None = None,
    ) -> None:
        if vertex_colors is not None and num_vertices is None:
            num_vertices = np.shape(vertex_colors)[0] if np.ndim(vertex_colors) == 2 else None
        self.topology = Topology(faces, num_vertices)
        self.size = check_size(size)
        if samples not in (1, 4, 9, 16):
            raise InputError(f"samples must be 1, 4, 9 or 16, got {samples!r}.")
        self._albedo = self._linear_colors(CLAY if vertex_colors is None else vertex_colors)
        if gloss is None:
            self._gloss = self.topology.gloss()
        else:
            self._gloss = np.array(gloss, np.float32)
            if self._gloss.shape != (self.topology.num_vertices,):
                raise ShapeError(f"gloss must be ({self.topology.num_vertices},), got {self._gloss.shape}.")
        self._background = self._picture(background)
        self._call_colors: tuple[Any, FloatArray] | None = None
        self.camera: View | None = None
        self._backend = self._choose(backend, samples)

    def _choose(self, backend: str, samples: int) -> Any:
        if backend not in ("auto", "software", "gl"):
            raise InputError(f'backend must be "auto", "software" or "gl", got {backend!r}.')
        if backend != "software":
            from .gl import GLBackend

            try:
                return GLBackend(self.topology, self.size, samples)
            except MissingDependencyError:
                if backend == "gl":
                    raise
        return SoftwareBackend(self.topology, self.size, samples)

    @property
    def backend(self) -> str:
        """``"gl"`` or ``"software"``: what is really used."""
        return str(self._backend.name)

    def __call__(
        self,
        vertices: npt.ArrayLike,
        camera: View | None = None,
        colors: npt.ArrayLike | None = None,
        background: npt.ArrayLike | None = None,
    ) -> UInt8Array:
        """Draw one frame.

        Args:
            vertices: ``(V, 3)`` metres, FLAME frame.
            camera: default ``renderer.camera``; while that is None, the first frame drawn is framed from
                the front and the camera then stays where it is.
            colors: ``(V, 3)`` for this frame instead of ``vertex_colors``.
            background: for this frame; a source picture together with its camera draws the head over it.

        Returns:
            ``(H, W, 3)`` uint8 sRGB.
        """
        return self._draw(vertices, camera, colors, background)[0]

    def render(
        self,
        vertices: npt.ArrayLike,
        camera: View | None = None,
        colors: npt.ArrayLike | None = None,
        background: npt.ArrayLike | None = None,
    ) -> Rendered:
        """As a call, and the depth and the mask with it (slower on OpenGL: one more read-back)."""
        image, depth, checked, used = self._draw(vertices, camera, colors, background)
        if depth is None:
            depth = self._backend.depth(checked, used)
        return Rendered(image, depth, np.isfinite(depth))

    def _draw(
        self, vertices: Any, camera: View | None, colors: Any, background: Any
    ) -> tuple[UInt8Array, FloatArray | None, FloatArray, View]:
        if self._backend is None:
            raise InputError("this renderer is closed; create a new one.")
        checked = self.topology.check(vertices)
        if camera is None:
            if self.camera is None:
                self.camera = View.framing(checked, self.size)
            camera = self.camera
        albedo = self._albedo if colors is None else self._cached_colors(colors)
        behind = self._background if background is None else self._picture(background)
        image, depth = self._backend.draw(checked, camera, albedo, self._gloss, behind)
        return image, depth, checked, camera

    def _cached_colors(self, colors: Any) -> FloatArray:
        if self._call_colors is None or self._call_colors[0] is not colors:
            self._call_colors = (colors, self._linear_colors(colors))
        return self._call_colors[1]

    def _linear_colors(self, colors: Any) -> FloatArray:
        count = self.topology.num_vertices
        array = np.asarray(colors)
        if array.shape not in ((3,), (count, 3)) or array.dtype.kind not in "fiu":
            raise ShapeError(f"colours must be ({count}, 3) numbers, got {array.dtype} {array.shape}.")
        if array.dtype.kind == "f":
            if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
                raise InputError("float colours must lie in 0..1; use uint8 for 0..255.")
            array = array * 255.0
        elif array.min() < 0 or array.max() > 255:
            raise InputError("colours must lie in 0..255.")
        return np.ascontiguousarray(np.broadcast_to(srgb_to_linear(array), (count, 3)))

    def _picture(self, background: Any) -> UInt8Array:
        if background is None:
            return studio_background(self.size)
        array = np.asarray(background)
        if array.shape not in ((3,), (*self.size, 3)):
            raise ShapeError(f"background must be (3,) or {(*self.size, 3)} uint8, got {array.shape}.")
        if array.dtype != np.uint8:
            if array.dtype.kind not in "iu" or array.min() < 0 or array.max() > 255:
                raise InputError(f"background must be uint8 0..255, got {array.dtype}.")
            array = array.astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(array, (*self.size, 3)))

    def close(self) -> None:
        """Release the OpenGL context; the renderer cannot be used afterwards."""
        if self._backend is not None:
            self._backend.close()
            self._backend = None
