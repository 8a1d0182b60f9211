"""Runs inside Blender's Python: vertices that Blender shows, into an .npz. Arguments: folder."""

import runpy
import sys
from pathlib import Path

import bpy
import numpy as np

folder, script = Path(sys.argv[1]), sys.argv[2]


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


result = {"version": np.array(bpy.app.version_string)}
for name in ("flame", "arkit"):  # Blender's own glTF import
    fresh()
    bpy.ops.import_scene.gltf(filepath=str(folder / f"{name}.glb"))
    mesh = next(o for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys)
    if name == "flame":  # Blender's import widens a slider for the first key only and clips the others
        for block in mesh.data.shape_keys.key_blocks:
            block.slider_min, block.slider_max = -10.0, 10.0
    result[f"gltf_{name}"] = np.stack([shown(mesh, k) for k in (0, 5, 17)])
    result[f"keys_{name}"] = np.array([k for k in mesh.data.shape_keys.key_blocks.keys() if k != "Basis"])

tool = runpy.run_path(script)
fresh()
words = [str(folder / "other.npz"), "--head", str(folder / "flame.glb"), "--save", str(folder / "out.abc")]
mesh = tool["main"](words)
result["played"] = np.stack([shown(mesh, 1.0 + k) for k in (0, 5, 17)])
result["abc"] = np.array((folder / "out.abc").stat().st_size)

fresh()
bpy.ops.import_scene.gltf(filepath=str(folder / "arkit.glb"))
name = next(o.name for o in bpy.data.objects if o.type == "MESH" and o.data.shape_keys)
mesh = tool["main"]([str(folder / "other.npz"), "--object", name, "--start", "10"])
bpy.context.scene.frame_set(15)
blocks = mesh.data.shape_keys.key_blocks
result["weights"] = np.array([blocks[key].value for key in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight")])
np.savez(folder / "shown.npz", **result)
