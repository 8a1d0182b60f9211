"""The OpenGL renderer: a context of its own without a window (EGL on Linux), same model as in software."""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np

from ...base.errors import InputError, MissingDependencyError
from ...base.optional import need
from ...base.values import FloatArray, UInt8Array
from .camera import View
from .mesh import Topology
from .shading import glsl_shade

_VERTEX = """
#version 330
uniform mat4 project;
uniform mat3 turn;
uniform vec3 shift;
in vec3 position;
in vec3 normal;
in vec4 paint;
out vec3 v_normal;
out vec4 v_paint;
void main() {
    v_normal = (turn * normal) * vec3(1.0, -1.0, -1.0);
    v_paint = paint;
    gl_Position = project * vec4(turn * position + shift, 1.0);
}
"""
_FRAGMENT = (
    """
#version 330
uniform vec4 lens;  // 1/fx, 1/fy, cx, cy
uniform bool inside;
in vec3 v_normal;
in vec4 v_paint;
out vec4 f_color;
"""
    + glsl_shade()
    + """
void main() {
    vec3 n = normalize(v_normal) * (inside ? -1.0 : 1.0);
    vec2 ray = (gl_FragCoord.xy - lens.zw) * lens.xy;  // y points down in this frame buffer
    vec3 e = normalize(vec3(-ray.x, ray.y, 1.0));
    f_color = vec4(encode(shade(n, e, v_paint.rgb, v_paint.a, inside)), 1.0);
}
"""
)
_BACK_VERTEX = """
#version 330
in vec2 corner;
out vec2 uv;
void main() { uv = corner * 0.5 + 0.5; gl_Position = vec4(corner, 0.0, 1.0); }
"""
_BACK_FRAGMENT = """
#version 330
uniform sampler2D picture;
in vec2 uv;
out vec4 f_color;
void main() { f_color = vec4(texture(picture, uv).rgb, 1.0); }
"""


def create_context() -> Any:
    """A moderngl context without a window.

    Raises:
        MissingDependencyError: moderngl is not installed, or no OpenGL driver answers.
    """
    moderngl = need("moderngl", purpose="rendering with OpenGL", instead='or use backend="software"')
    options: list[dict[str, Any]] = [{"backend": "egl"}, {}] if sys.platform.startswith("linux") else [{}]
    reasons = []
    for option in options:
        try:
            return moderngl.create_context(standalone=True, require=330, **option)
        except Exception as error:  # moderngl and its loaders raise bare Exception, OSError, ValueError  # noqa: BLE001
            reasons.append(str(error) or type(error).__name__)
    hint = (
        " (Debian, Ubuntu: apt install libegl1 libgl1-mesa-dri)" if sys.platform.startswith("linux") else ""
    )
    raise MissingDependencyError(
        f"no OpenGL 3.3 context could be created: {reasons[0]}. Install a driver{hint} or use "
        'backend="software".'
    )


class GLBackend:
    """Draws with moderngl. Bound to the thread that made it, as an OpenGL context is."""

    name = "gl"

    def __init__(self, topology: Topology, size: tuple[int, int], samples: int) -> None:
        self.topology, self.size = topology, size
        self._thread = threading.get_ident()
        self._ctx = ctx = create_context()
        try:
            with ctx:
                self._build(samples)
        except Exception as error:
            ctx.release()
            raise MissingDependencyError(
                f"OpenGL is there but cannot draw {size[1]}x{size[0]} pixels ({error}); "
                'use backend="software".'
            ) from error

    def _build(self, samples: int) -> None:
        ctx, (height, width) = self._ctx, self.size
        self._samples = min(samples, ctx.max_samples) if samples > 1 else 0
        shape = (width, height)
        self._plain = ctx.framebuffer([ctx.renderbuffer(shape, 4)], ctx.depth_renderbuffer(shape))
        self._target = self._plain
        if self._samples:
            self._target = ctx.framebuffer(
                [ctx.renderbuffer(shape, 4, samples=self._samples)],
                ctx.depth_renderbuffer(shape, samples=self._samples),
            )
        self._program = ctx.program(vertex_shader=_VERTEX, fragment_shader=_FRAGMENT)
        self._moving = ctx.buffer(reserve=self.topology.num_vertices * 24, dynamic=True)
        self._paint = ctx.buffer(reserve=self.topology.num_vertices * 16)
        index = ctx.buffer(self.topology.faces.astype(np.int32).tobytes())
        self._mesh = ctx.vertex_array(
            self._program,
            [(self._moving, "3f 3f", "position", "normal"), (self._paint, "4f", "paint")],
            index,
        )
        self._picture = ctx.texture(shape, 3, alignment=1)
        self._picture.filter = (0x2600, 0x2600)  # GL_NEAREST: one texel per pixel
        corners = np.array([[-1, -1], [3, -1], [-1, 3]], np.float32)
        self._back = ctx.vertex_array(
            ctx.program(vertex_shader=_BACK_VERTEX, fragment_shader=_BACK_FRAGMENT),
            [(ctx.buffer(corners.tobytes()), "2f", "corner")],
        )
        self._owned = (self._mesh, self._back, self._moving, self._paint, self._picture, self._target)
        self._shown: Any = None
        self._painted: Any = None

    def draw(
        self,
        vertices: FloatArray,
        camera: View,
        albedo: FloatArray,
        gloss: FloatArray,
        background: UInt8Array,
    ) -> tuple[UInt8Array, FloatArray | None]:
        """Image ``(H, W, 3)``; depth is None here, see `depth`."""
        height, width = self.size
        moving = np.concatenate([vertices, self.topology.normals(vertices)], axis=1, dtype=np.float32)
        image = np.empty((height, width, 3), np.uint8)
        with self._current() as ctx:
            self._moving.write(moving)
            if self._painted is not albedo:
                paint = np.concatenate([albedo, gloss[:, None]], axis=1, dtype=np.float32)
                self._paint.write(np.ascontiguousarray(paint))
                self._painted = albedo
            if self._shown is not background:
                self._picture.write(np.ascontiguousarray(background))
                self._shown = background
            self._set_camera(vertices, camera)
            self._draw_into(self._target)
            if self._samples:
                ctx.copy_framebuffer(self._plain, self._target)
            self._plain.read_into(image, components=3, alignment=1)
        return image, None

    def depth(self, vertices: FloatArray, camera: View) -> FloatArray:
        """``(H, W)`` metres of what `draw` drew last, infinite where nothing is; one sample a pixel."""
        height, width = self.size
        with self._current():
            if self._samples:
                self._draw_into(self._plain)
            raw = self._plain.read(components=1, attachment=-1, dtype="f4", alignment=1)
        near, far = self._range
        window = np.frombuffer(raw, np.float32).reshape(height, width).astype(np.float64)
        metres = near * far / (far - window * (far - near))
        return np.where(window >= 1.0, np.inf, metres).astype(np.float32)

    def _set_camera(self, vertices: FloatArray, camera: View) -> None:
        height, width = self.size
        depth = vertices @ camera.R[2] + camera.t[2]
        far = max(float(depth.max()) * 1.01, 2e-3)
        near = min(max(float(depth.min()) * 0.99, 1e-3, far * 1e-4), far * 0.99)
        self._range = near, far
        K = camera.K
        project = np.zeros((4, 4), np.float32)
        project[0, :3] = 2 * K[0] / width - [0, 0, 1]
        project[1, :3] = 2 * K[1] / height - [0, 0, 1]
        project[2, 2:] = (far + near) / (far - near), -2 * far * near / (far - near)
        project[3, 2] = 1
        self._program["project"].write(np.ascontiguousarray(project.T))
        self._program["turn"].write(np.ascontiguousarray(camera.R.T, np.float32))
        self._program["lens"].value = 1 / K[0, 0], 1 / K[1, 1], K[0, 2], K[1, 2]
        self._program["shift"].write(camera.t.astype(np.float32))

    def _draw_into(self, target: Any) -> None:
        ctx = self._ctx
        target.use()
        ctx.viewport = (0, 0, self.size[1], self.size[0])
        target.clear(depth=1.0)
        ctx.disable(ctx.DEPTH_TEST)
        self._picture.use(0)
        self._back.render(vertices=3)
        ctx.enable_only(ctx.DEPTH_TEST | ctx.CULL_FACE)
        # What faces the camera first: the far side then fails the depth test and costs no shading. With y
        # pointing down in the frame buffer, outside faces wind clockwise.
        ctx.front_face = "cw"
        for inside, culled in ((False, "back"), (True, "front")):
            ctx.cull_face = culled
            self._program["inside"].value = inside
            self._mesh.render()

    def _current(self) -> Any:
        """The context, made the current one of this thread for a ``with`` block: there may be several."""
        if threading.get_ident() != self._thread:
            raise InputError(
                "an OpenGL renderer works only in the thread that created it; create one in this thread "
                'or use backend="software".'
            )
        return self._ctx

    def close(self) -> None:
        """Give the context and everything in it back; calling it twice does no harm."""
        ctx, self._ctx = self._ctx, None
        if ctx is not None and threading.get_ident() == self._thread:
            with ctx:
                for thing in self._owned:
                    thing.release()
            ctx.release()
