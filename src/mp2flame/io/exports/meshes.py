"""A take as meshes: OBJ or PLY files, point caches (PC2, MDD), USD.

Metres, y up, the face towards +z, vertices in the FLAME file's order. Alembic has no maintained Python
package on PyPI; Blender writes it from the GLB (docs/export.md).
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ...base.errors import InputError, MismatchError, ShapeError
from ...base.folders import filling
from ...base.optional import need
from ...base.values import FloatArray, UInt8Array
from ...base.write import atomic_write, check_target, replacing, writing
from .gltf import HeadMotion, with_head

if TYPE_CHECKING:
    from ...flame import FlameModel
    from ...take.take import Take

_CHUNK = 64  # frames in memory at a time
_UNEVEN_MS = 1.0  # a step that differs more from the others is not even
_FRAME = re.compile(r"frame_\d{6}\.(obj|ply)")


@dataclass(frozen=True, eq=False)
class MeshTake:
    """The vertices of a take, made in portions.

    Args:
        recording: the take.
        model: the head it was made for.
        betas: ``(I,)`` identity; None: the recording's, else the mean head.
        head: ``full``, ``turn`` or ``none``, as for ``gltf.write_glb``.
        colors: ``(V, 3)`` uint8 sRGB for the formats that hold colours; None: none.

    Raises:
        InputError: no frames.
        MismatchError: the take has more coefficients than the head.
    """

    recording: Take
    model: FlameModel
    betas: Any = None
    head: HeadMotion = "full"
    colors: UInt8Array | None = None

    def __post_init__(self) -> None:
        if not self.recording.num_frames:
            raise InputError("this take has no frames; there is nothing to write.")
        if self.recording.num_expression > self.model.num_expression:
            raise MismatchError(
                f"the take has {self.recording.num_expression} expression coefficients, this head has "
                f"{self.model.num_expression}. Use the FLAME file it was made with."
            )
        with_head(self.recording.params[:1], self.head)
        if self.colors is not None and np.shape(self.colors) != (self.model.num_vertices, 3):
            raise ShapeError(f"colors must be ({self.model.num_vertices}, 3), got {np.shape(self.colors)}.")

    @cached_property
    def seconds(self) -> FloatArray:
        """``(T,)`` from the first frame."""
        stamps = self.recording.timestamp_ms
        return np.asarray((stamps - stamps[0]) / 1000.0)

    def even(self) -> MeshTake:
        """The same take at a steady rate, for formats that hold no times; itself when it is steady."""
        steps = np.diff(self.recording.timestamp_ms)
        if len(steps) < 2 or not self.recording.fps or np.ptp(steps) <= _UNEVEN_MS:
            return self
        return MeshTake(
            self.recording.resample(self.recording.fps), self.model, self.betas, self.head, self.colors
        )

    def vertices(self) -> Iterator[FloatArray]:
        """``(V, 3)`` float32 of each frame."""
        betas = self.recording.meta.get("betas") if self.betas is None else self.betas
        forward = self.model.prepare(betas, self.recording.num_expression)
        params = with_head(self.recording.params, self.head)
        for start in range(0, len(params), _CHUNK):
            yield from forward.forward_params(params[start : start + _CHUNK])


def write_meshes(
    folder: str | os.PathLike[str],
    take: MeshTake,
    kind: Literal["obj", "ply"] = "obj",
    *,
    overwrite: bool = False,
) -> int:
    """One file a frame, ``frame_000000.obj`` on, and ``times.csv``; returns the number of frames.

    The folder is the old one or the new one, whenever the process ends; files of other names in it are kept.

    OBJ is text with six decimals, colours behind the coordinates as Blender and MeshLab read them; PLY is
    binary, little endian.

    Raises:
        InputError: frames are there already and ``overwrite`` is False, or the kind is another.
        OutputError: they cannot be written.
    """
    if kind not in ("obj", "ply"):
        raise InputError(f'kind must be "obj" or "ply", got {kind!r}.')
    target = Path(folder)
    check_target(target, folder=True)
    with writing(target):
        old = [p for p in target.iterdir() if _FRAME.fullmatch(p.name)] if target.exists() else []
    if old and not overwrite:
        raise InputError(f"{target} holds {len(old)} frames already; choose another folder or overwrite.")
    with filling(target) as new:
        write = _obj_writer(take) if kind == "obj" else _ply_writer(take)
        for index, vertices in enumerate(take.vertices()):
            (new / f"frame_{index:06d}.{kind}").write_bytes(write(vertices))
        rows = zip(take.seconds.tolist(), take.recording.detected.tolist())
        lines = [f"{k},{time:.6f},{int(seen)}" for k, (time, seen) in enumerate(rows)]
        (new / "times.csv").write_text("\n".join(["frame,seconds,detected", *lines]) + "\n")
    return take.recording.num_frames


def write_rest_obj(path: str | os.PathLike[str], take: MeshTake) -> None:
    """The take's first frame as one OBJ: the mesh that a point cache is played on."""
    with atomic_write(path) as file:
        file.write(_obj_writer(take)(next(take.vertices())))


def _obj_writer(take: MeshTake) -> Any:
    faces = (np.asarray(take.model.faces) + 1).tolist()
    tail = "".join(f"f {a} {b} {c}\n" for a, b, c in faces)
    count = take.model.num_vertices
    if take.colors is None:
        pattern = "v %.6f %.6f %.6f\n" * count
        return lambda vertices: (pattern % tuple(vertices.reshape(-1).tolist()) + tail).encode()
    rgb = np.asarray(take.colors, np.float64) / 255.0
    colored = "v %.6f %.6f %.6f %.4f %.4f %.4f\n" * count
    return lambda vertices: (
        colored % tuple(np.concatenate([vertices, rgb], axis=1).reshape(-1).tolist()) + tail
    ).encode()


def _ply_writer(take: MeshTake) -> Any:
    count, faces = take.model.num_vertices, np.asarray(take.model.faces)
    fields: list[Any] = [("place", "<f4", 3)]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    header += [f"property float {axis}" for axis in "xyz"]
    if take.colors is not None:
        fields.append(("color", "u1", 3))
        header += [f"property uchar {name}" for name in ("red", "green", "blue")]
    header += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header"]
    rows = np.zeros(count, fields)
    if take.colors is not None:
        rows["color"] = take.colors
    triangles = np.zeros(len(faces), [("count", "u1"), ("corner", "<i4", 3)])
    triangles["count"], triangles["corner"] = 3, faces
    head, tail = ("\n".join(header) + "\n").encode(), triangles.tobytes()

    def write(vertices: FloatArray) -> bytes:
        rows["place"] = vertices
        return head + rows.tobytes() + tail

    return write


def write_pc2(path: str | os.PathLike[str], take: MeshTake) -> int:
    """A PC2 point cache, one sample a frame; the format holds no times, so the take is made even first.

    Little endian: ``POINTCACHE2``, version 1, points, first frame, frames a sample, samples; then float32
    xyz. Returns the number of frames.
    """
    take = take.even()
    frames = take.recording.num_frames
    head = struct.pack("<12siiffi", b"POINTCACHE2", 1, take.model.num_vertices, 0.0, 1.0, frames)
    _write_cache(Path(path), [head], take, "<f4")
    return frames


def write_mdd(path: str | os.PathLike[str], take: MeshTake) -> int:
    """A LightWave MDD point cache with the take's own times. Returns the number of frames.

    Big endian: frames, points, a float32 time in seconds for each frame; then float32 xyz.
    """
    frames = take.recording.num_frames
    head = struct.pack(">ii", frames, take.model.num_vertices) + take.seconds.astype(">f4").tobytes()
    _write_cache(Path(path), [head], take, ">f4")
    return frames


def _write_cache(path: Path, head: list[bytes], take: MeshTake, dtype: str) -> None:
    with atomic_write(path) as file:
        file.writelines(head)
        for vertices in take.vertices():
            file.write(vertices.astype(dtype).tobytes())


def write_usd(path: str | os.PathLike[str], take: MeshTake) -> int:
    """A USD stage (``.usdc``, ``.usda`` or ``.usd``): one mesh at ``/head`` with time-sampled points.

    Time codes count frames at the take's median rate; each sample stands at its own time. Needs ``usd-core``
    (``pip install "mp2flame[usd]"``). Returns the number of frames.

    Raises:
        MissingDependencyError: usd-core is not installed.
        InputError: another ending.
    """
    target = Path(path)
    if target.suffix.lower() not in (".usd", ".usda", ".usdc"):
        raise InputError(f"a USD file ends in .usd, .usda or .usdc, got '{target.name}'.")
    parts = ("pxr.Sdf", "pxr.Usd", "pxr.UsdGeom", "pxr.Vt")
    Sdf, Usd, UsdGeom, Vt = need(
        *parts, purpose="writing USD", instead="or write a GLB or a point cache, which need nothing"
    )
    rate = round(take.recording.fps, 3) or 30.0
    with replacing(target) as temporary:
        stage = Usd.Stage.CreateNew(str(temporary))
        UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
        UsdGeom.SetStageMetersPerUnit(stage, 1.0)
        stage.SetTimeCodesPerSecond(rate)
        stage.SetFramesPerSecond(rate)
        stage.SetStartTimeCode(0.0)
        stage.SetEndTimeCode(float(take.seconds[-1] * rate))
        mesh = UsdGeom.Mesh.Define(stage, Sdf.Path("/head"))
        stage.SetDefaultPrim(mesh.GetPrim())
        faces = np.ascontiguousarray(take.model.faces, np.int32)
        mesh.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
        mesh.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(faces.reshape(-1)))
        mesh.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
        mesh.CreateDoubleSidedAttr(True)
        if take.colors is not None:
            primvar = mesh.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
            from .gltf.surface import linear_colors

            rgb = linear_colors(take.colors)[:, :3].astype(np.float32) / 65535
            primvar.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rgb)))
        points, extent = mesh.CreatePointsAttr(), mesh.CreateExtentAttr()
        for time, vertices in zip(take.seconds.tolist(), take.vertices()):
            code = Usd.TimeCode(time * rate)
            points.Set(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(vertices)), code)
            ends = np.stack([vertices.min(0), vertices.max(0)])
            extent.Set(Vt.Vec3fArray.FromNumpy(ends), code)
        stage.GetRootLayer().Save()
        del stage
    return take.recording.num_frames
