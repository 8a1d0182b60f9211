"""Runs inside Blender's Python: what Blender shows, into an .npz. Arguments: folder, WebSocket and OSC addresses."""

import importlib
import runpy
import sys
import time
from pathlib import Path

import bpy
import numpy as np

folder, addresses = Path(sys.argv[1]), sys.argv[2:4]
FRAMES = (0, 1, 2, 5, 8, 11, 13, 15, 17, 19)


def fresh() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 30


def shown(mesh: bpy.types.Object, frame: float) -> np.ndarray:
    """World coordinates, y up again."""
    bpy.context.scene.frame_set(int(frame), subframe=frame - int(frame))
    evaluated = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    data = evaluated.to_mesh()
    out = np.empty(3 * len(data.vertices))
    data.vertices.foreach_get("co", out)
    out = out.reshape(-1, 3) @ np.array(evaluated.matrix_world)[:3, :3].T
    out += np.array(evaluated.matrix_world)[:3, 3]
    return out[:, [0, 2, 1]] * [1, 1, -1]


def with_keys() -> bpy.types.Object:
    return next(o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys)


result = {"version": np.array(bpy.app.version_string)}
for name in ("flame", "arkit"):  # Blender's own glTF import
    fresh()
    bpy.ops.import_scene.gltf(filepath=str(folder / f"{name}.glb"))
    mesh = with_keys()
    if name == "flame":  # Blender's import widens a slider for the first key only and clips the others
        for block in mesh.data.shape_keys.key_blocks:
            block.slider_min, block.slider_max = -10.0, 10.0
    result[f"gltf_{name}"] = np.stack([shown(mesh, k) for k in FRAMES])
    result[f"keys_{name}"] = np.array([k for k in mesh.data.shape_keys.key_blocks.keys() if k != "Basis"])

tool = runpy.run_path(str(folder / "blender_import.py"))
bpy.ops.wm.read_factory_settings()  # with the cube
words = [str(folder / "other.npz"), "--head", str(folder / "flame.glb"), "--save", str(folder / "out.abc")]
mesh = tool["main"](words)
result["script"] = np.stack([shown(mesh, k) for k in FRAMES])
result["script_objects"] = np.array([o.name for o in bpy.data.objects])
result["abc"] = np.array((folder / "out.abc").stat().st_size)

fresh()
bpy.ops.import_scene.gltf(filepath=str(folder / "arkit.glb"))
mesh = tool["main"]([str(folder / "other.npz"), "--object", with_keys().name, "--start", "10"])
bpy.context.scene.frame_set(15)
blocks = mesh.data.shape_keys.key_blocks
result["weights"] = np.array([blocks[key].value for key in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight")])

bpy.ops.wm.read_factory_settings()
bpy.ops.extensions.package_install_files(
    filepath=str(folder / "mp2flame_blender.zip"), repo="user_default", enable_on_install=True
)
extension = importlib.import_module("bl_ext.user_default.mp2flame")
bpy.ops.mp2flame.import_take(filepath=str(folder / "other.npz"), head=str(folder / "flame.glb"), scene="new")
scene = bpy.context.scene
result["extension_objects"] = np.array([o.name for o in bpy.data.objects])
result["scenes"] = np.array([s.name for s in bpy.data.scenes])
result["range"] = np.array([scene.frame_start, scene.frame_end, scene.render.fps / scene.render.fps_base])
result["extension"] = np.stack([shown(with_keys(), k) for k in FRAMES])
try:
    bpy.ops.mp2flame.import_take(filepath=str(folder / "flame.glb"), head="", scene="open")
    result["refused"] = np.array("")
except RuntimeError as error:
    result["refused"] = np.array(str(error))

mesh = with_keys()
for name, address in zip(("ws", "osc"), addresses):
    bpy.context.view_layer.objects.active = mesh
    own = scene.mp2flame
    own.url, own.record, own.start = address, True, 5.0
    bpy.ops.mp2flame.live_start()
    live = extension.session
    ends = time.monotonic() + 60
    while live.shown < 100 and time.monotonic() < ends:
        extension.beat()
        (folder / f"{name}.ready").touch()
        time.sleep(0.01)
    last = {
        owner: {(c.data_path, c.array_index): c for c in curves} for owner, curves in live._curves.items()
    }
    bpy.ops.mp2flame.live_stop()
    jaw = next(iter(last[mesh.data.shape_keys].values()))
    result[f"{name}_times"] = np.array([point.co[0] for point in jaw.keyframe_points])
    result[f"{name}_bad"] = np.array(live.receiver.bad)
    result[name] = np.stack([shown(mesh, t) for t in result[f"{name}_times"][::11]])
bpy.ops.preferences.addon_disable(module="bl_ext.user_default.mp2flame")
np.savez(folder / "shown.npz", **result)
