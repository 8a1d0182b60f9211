#!/usr/bin/env python3
"""Play a take in Blender: keyframes for expression, jaw, neck, eyes and root, or for ARKit shape keys.

    mp2flame export take.npz -o head.glb --form flame --flame generic_model.pkl      once: your head
    blender --python blender_import.py -- take.npz --head head.glb                   any take on it
    blender --python blender_import.py -- take.npz --object MyCharacter              ARKit shape keys of yours
    blender -b --python blender_import.py -- take.npz --head head.glb --save out.blend    (or .abc, .fbx)

The head is the exact form of 'mp2flame export': shape keys expression_000 on and corrective_*, bones root,
neck, jaw, left_eye, right_eye. All its motion is replaced by the take's, so one exported head plays every
take made for the same FLAME file. With --object, every shape key with an ARKit name (jawOpen, eyeBlinkLeft,
...) is keyframed instead. Needs Blender 3.6 or newer and nothing else: takes are plain NumPy files.
"""

import argparse
import json
import re
import sys

import bpy
import numpy as np

BONES = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = (-1, 0, 1, 1, 1)
# glTF and FLAME are y up, Blender is z up: (x, y, z) becomes (x, -z, y)
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])

# MediaPipe's order, which takes use: index 0 is "_neutral", then ARKit's names sorted
ARKIT = """_neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff
cheekSquintLeft cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft
eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight
eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight
mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft
mouthPressRight mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper
mouthSmileLeft mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight
noseSneerLeft noseSneerRight""".split()


def read_take(path):
    """A take's arrays by name; nothing in the file is run."""
    with np.load(path, allow_pickle=False) as file:
        take = {name: file[name] for name in file.files}
    missing = {"timestamp_ms", "expression", "jaw_pose", "eye_pose", "arkit_weights"} - take.keys()
    if missing:
        sys.exit(f"{path} is not a take: it lacks {', '.join(sorted(missing))}.")
    take["meta"] = json.loads(str(take["meta"])) if "meta" in take else {}
    return take


def import_head(path):
    """The mesh object of a GLB made with 'mp2flame export --form flame', without its own animation."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=path)
    new = [o for o in bpy.data.objects if o not in before]
    mesh = next((o for o in new if o.type == "MESH" and o.data.shape_keys), None)
    if mesh is None or mesh.find_armature() is None:
        sys.exit(f"{path} has no mesh with shape keys and bones; export it with --form flame.")
    for owner in (mesh.data.shape_keys, mesh.find_armature()):
        owner.animation_data_clear()
    return mesh


def frames_of(take, start):
    """Blender frame number of each row, from the take's own clock; fractions are kept."""
    scene = bpy.context.scene
    rate = scene.render.fps / scene.render.fps_base
    seconds = (take["timestamp_ms"] - take["timestamp_ms"][0]) / 1000.0
    return start + seconds * rate


def new_curves(owner, name):
    """A fresh action on an object or its shape keys, and where its F-curves go: Blender 3.6 to 5."""
    owner.animation_data_clear()
    data = owner.animation_data_create()
    action = bpy.data.actions.new(name)
    data.action = action
    if not hasattr(action, "slots"):  # before 4.4
        return action.fcurves
    slot = action.slots.new(id_type=owner.id_type, name=owner.name)
    data.action_slot = slot
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True).fcurves


def add_curve(curves, path, index, frames, values):
    curve = curves.new(path, index=index)
    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).reshape(-1))
    linear = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
    points.foreach_set("interpolation", np.full(len(frames), linear, np.int32))
    curve.update()


def rotation_matrices(axis_angle):
    """``(*, 3)`` radians to ``(*, 3, 3)`` (Rodrigues)."""
    angle = np.linalg.norm(axis_angle, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(axis_angle / np.maximum(angle[..., 0], 1e-12), -1, 0)
    zero = np.zeros_like(x)
    k = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def quaternions(matrices):
    """``(T, 3, 3)`` to w, x, y, z with signs that do not jump."""
    from mathutils import Matrix

    out = np.array([Matrix(m).to_quaternion() for m in matrices])
    flips = np.cumprod(np.where((out[1:] * out[:-1]).sum(1) < 0, -1.0, 1.0))
    out[1:] *= flips[:, None]
    return out


def local_translations(take, rotations, rest, directions):
    """``(T, 5, 3)`` how far each bone moves from its rest, in its parent's axes (y up).

    Expression moves FLAME's joints a little. A bone that is shifted by what its joint moves, less that shift
    turned by the bone itself, skins exactly like FLAME.
    """
    frames = len(rotations)
    shift = np.einsum("jce,te->tjc", directions, take["expression"][:, : directions.shape[2]].astype(float))
    joints = rest + shift
    turn, place = np.zeros((frames, 5, 3, 3)), np.zeros((frames, 5, 3))
    node, local = np.zeros((frames, 5, 3)), np.zeros((frames, 5, 3))
    for k, parent in enumerate(PARENTS):
        if parent < 0:
            turn[:, k], place[:, k] = rotations[:, k], joints[:, k] + take["transl"]
        else:
            turn[:, k] = turn[:, parent] @ rotations[:, k]
            arm = (joints[:, k] - joints[:, parent])[..., None]
            place[:, k] = place[:, parent] + (turn[:, parent] @ arm)[..., 0]
        node[:, k] = place[:, k] - (turn[:, k] @ shift[:, k, :, None])[..., 0]
        if parent < 0:
            local[:, k] = node[:, k] - rest[k]
        else:
            apart = (node[:, k] - node[:, parent])[..., None]
            local[:, k] = (turn[:, parent].transpose(0, 2, 1) @ apart)[..., 0] - (rest[k] - rest[parent])
    return local


def keyframe_flame(mesh, take, start=1.0):
    """Shape keys and bones of an exported head from the take's FLAME parameters."""
    frames = frames_of(take, start)
    blocks = mesh.data.shape_keys.key_blocks
    have = sum(name.startswith("expression_") for name in blocks.keys())
    expression = take["expression"].astype(float)
    if expression.shape[1] > have:
        sys.exit(
            f"the take has {expression.shape[1]} expression coefficients, the head {have}: export the head "
            "from this take, or from another one made for the same FLAME file."
        )
    pose = np.stack(
        [
            take["global_orient"],
            take["neck_pose"],
            take["jaw_pose"],
            take["eye_pose"][:, :3],
            take["eye_pose"][:, 3:],
        ],
        axis=1,
    ).astype(float)
    rotations = rotation_matrices(pose)
    curves = new_curves(mesh.data.shape_keys, "take")
    for name in blocks.keys():
        found = re.fullmatch(r"expression_(\d+)", name)
        turned = re.fullmatch(r"corrective_(neck|jaw|left_eye|right_eye)_(\d)(\d)", name)
        if found and int(found[1]) < expression.shape[1]:
            values = expression[:, int(found[1])]
        elif turned:
            row, column = int(turned[2]), int(turned[3])
            values = rotations[:, BONES.index(turned[1]), row, column] - float(row == column)
        else:
            continue
        blocks[name].slider_min, blocks[name].slider_max = -10.0, 10.0  # Blender clips values to these
        add_curve(curves, f'key_blocks["{name}"].value', 0, frames, values)
    armature = mesh.find_armature()
    rests = {k: np.array(armature.data.bones[name].matrix_local) for k, name in enumerate(BONES)}
    rest = np.stack([Z_UP.T @ rests[k][:3, 3] for k in range(5)])
    count = len(mesh.data.get("joint_directions", []))
    directions = np.array(mesh.data.get("joint_directions", [])).reshape(5, 3, count // 15)
    moves = local_translations(take, rotations, rest, directions)
    curves = new_curves(armature, "take")
    for k, name in enumerate(BONES):
        armature.pose.bones[name].rotation_mode = "QUATERNION"
        axes = rests[k][:3, :3].T @ Z_UP  # FLAME's axes to the bone's own
        turns = quaternions(axes @ rotations[:, k] @ axes.T)
        for i in range(4):
            add_curve(curves, f'pose.bones["{name}"].rotation_quaternion', i, frames, turns[:, i])
        steps = moves[:, k] @ axes.T
        for i in range(3):
            add_curve(curves, f'pose.bones["{name}"].location', i, frames, steps[:, i])
    return frames


def keyframe_arkit(mesh, take, start=1.0):
    """Shape keys with ARKit names, on any mesh, from the take's ARKit weights."""
    if mesh.type != "MESH" or not mesh.data.shape_keys:
        sys.exit(f"{mesh.name} has no shape keys.")
    plain = {re.sub(r"[^a-z]", "", name.lower()): k for k, name in enumerate(ARKIT) if k}
    frames = frames_of(take, start)
    curves = new_curves(mesh.data.shape_keys, "take")
    used = 0
    for name in mesh.data.shape_keys.key_blocks.keys():
        short = re.sub(r"_L$", "left", re.sub(r"_R$", "right", name))
        column = plain.get(re.sub(r"[^a-z]", "", short.lower()))
        if column is not None:
            add_curve(curves, f'key_blocks["{name}"].value', 0, frames, take["arkit_weights"][:, column])
            used += 1
    if not used:
        sys.exit(f"{mesh.name} has no shape key with an ARKit name such as jawOpen or eyeBlinkLeft.")
    print(f"{used} shape keys of {mesh.name} follow the take")
    return frames


def save(path, mesh):
    """By the ending: .blend, .abc (Alembic), .fbx or .usdc."""
    if path.endswith(".blend"):
        bpy.ops.wm.save_as_mainfile(filepath=path)
    elif path.endswith(".abc"):
        bpy.ops.object.select_all(action="DESELECT")
        mesh.select_set(True)
        bpy.ops.wm.alembic_export(filepath=path, selected=True)
    elif path.endswith(".fbx"):
        bpy.ops.export_scene.fbx(filepath=path)
    elif path.endswith((".usd", ".usda", ".usdc")):
        bpy.ops.wm.usd_export(filepath=path, export_animation=True)
    else:
        sys.exit(f"--save ends in .blend, .abc, .fbx or .usdc, got {path}.")


def main(words):
    parser = argparse.ArgumentParser(prog="blender_import.py", description=__doc__.split("\n", 1)[0])
    parser.add_argument("take", help="a take (.npz) of 'mp2flame run'")
    parser.add_argument("--head", help="head.glb of 'mp2flame export --form flame'")
    parser.add_argument("--object", help="a mesh of the scene: an imported head, or any with ARKit keys")
    parser.add_argument("--start", type=float, default=1.0, help="Blender frame of the take's first row")
    parser.add_argument("--save", help="write the scene: .blend, .abc, .fbx, .usdc")
    options = parser.parse_args(words)
    take = read_take(options.take)
    if options.head:
        mesh = import_head(options.head)
    elif options.object in bpy.data.objects:
        mesh = bpy.data.objects[options.object]
    else:
        sys.exit("say --head head.glb, or --object with the name of a mesh in the scene.")
    keys = mesh.data.shape_keys
    exact = bool(keys) and "expression_000" in keys.key_blocks
    frames = (keyframe_flame if exact else keyframe_arkit)(mesh, take, options.start)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = int(np.floor(frames[0])), int(np.ceil(frames[-1]))
    if options.save:
        save(options.save, mesh)
    return mesh


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:])
