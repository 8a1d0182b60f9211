"""Mesh sequences and point caches, read back by readers written here from the formats' descriptions."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.errors import InputError, MismatchError, MissingDependencyError, OutputError, ShapeError
from mp2flame.flame import FlameModel
from mp2flame.flame.builtin.head import builtin_head
from mp2flame.flame.colors import colors_for
from mp2flame.io.exports.meshes import MeshTake, write_mdd, write_meshes, write_pc2, write_usd
from mp2flame.take.take import Take
from takes import made_take


@pytest.fixture(scope="module")
def head() -> FlameModel:
    return builtin_head()


@pytest.fixture(scope="module")
def take(head: FlameModel) -> Take:
    take = made_take(head, frames=7)
    take.timestamp_ms = 200 + np.array([0.0, 33, 67, 100, 180, 213, 247])
    take.detected[3] = False
    return take


@pytest.fixture(scope="module")
def meshes(head: FlameModel, take: Take) -> np.ndarray:
    return head.prepare().forward_params(take.params)


def read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    lines = [line.split() for line in path.read_text().splitlines()]
    vertices = np.array([line[1:] for line in lines if line[0] == "v"], float)
    return vertices, np.array([line[1:] for line in lines if line[0] == "f"], int) - 1


def read_ply(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    data = path.read_bytes()
    end = data.index(b"end_header\n") + 11
    counts = [int(line.split()[2]) for line in data[:end].decode().splitlines() if line.startswith("element")]
    rows = np.frombuffer(data, [("x", "<f4", 3), ("c", "u1", 3)], counts[0], end)
    faces = np.frombuffer(data, [("n", "u1"), ("i", "<i4", 3)], counts[1], end + rows.nbytes)
    assert (faces["n"] == 3).all() and len(data) == end + rows.nbytes + faces.nbytes
    return rows["x"], rows["c"], faces["i"]


def test_obj(head: FlameModel, take: Take, meshes: np.ndarray, tmp_path: Path) -> None:
    assert write_meshes(tmp_path / "m", MeshTake(take, head)) == 7
    for k in (0, 3, 6):
        vertices, faces = read_obj(tmp_path / "m" / f"frame_{k:06d}.obj")
        np.testing.assert_allclose(vertices, meshes[k], atol=6e-7)
        np.testing.assert_array_equal(faces, head.faces)
    rows = (tmp_path / "m" / "times.csv").read_text().splitlines()
    assert rows[1] == "0,0.000000,1" and rows[4] == "3,0.100000,0" and len(rows) == 8


def test_obj_with_colors(head: FlameModel, take: Take, meshes: np.ndarray, tmp_path: Path) -> None:
    colors = colors_for(head)
    write_meshes(tmp_path / "m", MeshTake(take, head, colors=colors))
    rows, _ = read_obj(tmp_path / "m" / "frame_000002.obj")
    np.testing.assert_allclose(rows[:, :3], meshes[2], atol=6e-7)
    np.testing.assert_allclose(255 * rows[:, 3:], colors, atol=0.02)


def test_ply(head: FlameModel, take: Take, meshes: np.ndarray, tmp_path: Path) -> None:
    colors = colors_for(head)
    write_meshes(tmp_path / "m", MeshTake(take, head, colors=colors), "ply")
    vertices, read_colors, faces = read_ply(tmp_path / "m" / "frame_000005.ply")
    np.testing.assert_allclose(vertices, meshes[5], atol=1e-6)
    np.testing.assert_array_equal(read_colors, colors)
    np.testing.assert_array_equal(faces, head.faces)


def test_frames_are_replaced_only_when_asked(head: FlameModel, take: Take, tmp_path: Path) -> None:
    write_meshes(tmp_path / "m", MeshTake(take, head), "ply")
    (tmp_path / "m" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="7 frames already"):
        write_meshes(tmp_path / "m", MeshTake(take, head))
    write_meshes(tmp_path / "m", MeshTake(take[:2], head), overwrite=True)
    names = sorted(p.name for p in (tmp_path / "m").iterdir())
    assert names == ["frame_000000.obj", "frame_000001.obj", "notes.txt", "times.csv"]


def test_mdd(head: FlameModel, take: Take, meshes: np.ndarray, tmp_path: Path) -> None:
    write_mdd(tmp_path / "a.mdd", MeshTake(take, head))
    data = (tmp_path / "a.mdd").read_bytes()
    frames, points = struct.unpack_from(">ii", data)
    times = np.frombuffer(data, ">f4", frames, 8)
    values = np.frombuffer(data, ">f4", -1, 8 + 4 * frames).reshape(frames, points, 3)
    np.testing.assert_allclose(times, (take.timestamp_ms - take.timestamp_ms[0]) / 1000, atol=1e-6)
    np.testing.assert_allclose(values, meshes, atol=1e-6)


def test_pc2_is_even(head: FlameModel, take: Take, meshes: np.ndarray, tmp_path: Path) -> None:
    count = write_pc2(tmp_path / "a.pc2", MeshTake(take, head))
    data = (tmp_path / "a.pc2").read_bytes()
    magic, version, points, start, rate, samples = struct.unpack_from("<12siiffi", data)
    assert (magic, version, points) == (b"POINTCACHE2\0", 1, head.num_vertices)
    assert (start, rate, samples) == (0.0, 1.0, count)
    values = np.frombuffer(data, "<f4", -1, 32).reshape(samples, points, 3)
    # 247 ms at the median step of 33.5 ms: one frame more than was recorded, for one was missing
    assert samples in (8, 9)
    np.testing.assert_allclose(values[0], meshes[0], atol=1e-7)
    even = take[:3]
    assert write_pc2(tmp_path / "b.pc2", MeshTake(even, head)) == 3
    data = np.frombuffer((tmp_path / "b.pc2").read_bytes(), "<f4", -1, 32).reshape(3, -1, 3)
    np.testing.assert_allclose(data, meshes[:3], atol=1e-6)


def test_usd(head: FlameModel, take: Take, meshes: np.ndarray, tmp_path: Path) -> None:
    pxr = pytest.importorskip("pxr.Usd", reason="usd-core is not installed")
    from pxr import UsdGeom

    for ending in ("usdc", "usda"):
        path = tmp_path / f"a.{ending}"
        write_usd(path, MeshTake(take, head, colors=colors_for(head)))
        stage = pxr.Stage.Open(str(path))
        mesh = UsdGeom.Mesh(stage.GetDefaultPrim())
        assert UsdGeom.GetStageUpAxis(stage) == "Y" and UsdGeom.GetStageMetersPerUnit(stage) == 1
        times = np.array(mesh.GetPointsAttr().GetTimeSamples()) / stage.GetTimeCodesPerSecond()
        np.testing.assert_allclose(times, (take.timestamp_ms - take.timestamp_ms[0]) / 1000, atol=1e-6)
        at = mesh.GetPointsAttr().GetTimeSamples()[4]
        np.testing.assert_allclose(np.array(mesh.GetPointsAttr().Get(at)), meshes[4], atol=1e-6)
        triangles = np.array(mesh.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3)
        np.testing.assert_array_equal(triangles, head.faces)
        del stage, mesh
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.usda", "a.usdc"]


def test_usd_without_usd_core(head, take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(MissingDependencyError, match=r"mp2flame\[usd\]"):
        write_usd(tmp_path / "a.usdc", MeshTake(take, head))


def test_head_motion_and_identity(lab_head_a: Path) -> None:
    from mp2flame.flame import load_flame

    model = load_flame(lab_head_a)
    take = made_take(model, frames=3)
    take.meta["betas"] = [1.0, -1.0, 0.5]
    still = next(MeshTake(take, model, head="none").vertices())
    pose = np.zeros((5, 3))
    pose[2], pose[3], pose[4] = take.jaw_pose[0], take.eye_pose[0, :3], take.eye_pose[0, 3:]
    np.testing.assert_allclose(still, model.prepare([1.0, -1.0, 0.5])(take.expression[0], pose), atol=1e-6)


def test_wrong_input_is_named(head: FlameModel, take: Take, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no frames"):
        MeshTake(take[:0], head)
    with pytest.raises(InputError, match="head must be"):
        MeshTake(take, head, head="half")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="colors must be"):
        MeshTake(take, head, colors=np.zeros((3, 3), np.uint8))
    wide = Take.from_params(
        take.params.replace(expression=np.zeros((7, head.num_expression + 1))), take.timestamp_ms
    )
    with pytest.raises(MismatchError, match="expression coefficients"):
        MeshTake(wide, head)
    whole = MeshTake(take, head)
    with pytest.raises(InputError, match='kind must be "obj" or "ply"'):
        write_meshes(tmp_path / "m", whole, "stl")  # type: ignore[arg-type]
    with pytest.raises(OutputError, match="does not exist; create it"):
        write_meshes(tmp_path / "none" / "m", whole)
    with pytest.raises(OutputError, match="does not exist"):
        write_mdd(tmp_path / "none" / "a.mdd", whole)
    with pytest.raises(OutputError, match="is a folder"):
        write_pc2(tmp_path, whole)
    with pytest.raises(InputError, match=r"ends in \.usd"):
        write_usd(tmp_path / "a.abc", whole)
