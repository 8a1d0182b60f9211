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

The take's first row lies at frame 0, where Blender's glTF import puts an exported GLB's as well; a row t
seconds later lies t times the scene's frame rate after it. A new scene has the take's frame rate.
"""

import argparse
import io
import math
import os
import re
import sys
import zipfile

import bpy
import numpy as np

BONES = ("root", "neck", "jaw", "left_eye", "right_eye")
PARENTS = (-1, 0, 1, 1, 1)
FIRST_FRAME = 0.0
# glTF and FLAME are y up, Blender is z up: (x, y, z) becomes (x, -z, y)
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
POSES = {"global_orient": 3, "neck_pose": 3, "jaw_pose": 3, "eye_pose": 6, "transl": 3}
SIZE_LIMIT, FREE_BYTES, MAX_RATIO, HEADER_BYTES = 1 << 31, 64 << 20, 50, 4096  # as mp2flame's own reader

# MediaPipe's order, which takes use: index 0 is "_neutral", then ARKit's names sorted
ARKIT = """_neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff
cheekSquintLeft cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft
eyeLookInRight eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight
eyeWideLeft eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight
mouthFrownLeft mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft
mouthPressRight mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper
mouthSmileLeft mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight
noseSneerLeft noseSneerRight""".split()


class Refused(Exception):
    """What cannot be done, in one sentence for the user."""


def array_of(raw, name):
    """The array of an .npy in memory, which has to hold as many values as it claims."""
    stream = io.BytesIO(raw[:HEADER_BYTES])
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError(f"{name} is an array of Python objects, which are not read.")
    start = stream.tell()
    if start + math.prod(shape) * dtype.itemsize != len(raw):
        raise ValueError(f"{name} claims the shape {shape} but does not hold that many values.")
    if not len(raw) - start:
        return np.empty(shape, dtype)
    return np.frombuffer(raw, dtype, offset=start).reshape(shape, order="F" if fortran else "C")


def read_take(path):
    """A take's arrays by name, checked; nothing in the file is run."""
    wanted = {"timestamp_ms", "expression", "arkit_weights", "meta", "tongue_out", *POSES}
    try:
        with zipfile.ZipFile(path) as file:
            members = {m.filename[:-4]: m for m in file.infolist() if m.filename.endswith(".npy")}
            found = wanted & members.keys()
            size = os.path.getsize(path)
            most = max(size, min(FREE_BYTES + MAX_RATIO * size, SIZE_LIMIT))
            if sum(members[name].file_size for name in found) > most:
                raise Refused(f"{path} claims more than the {most >> 20} MiB that a take of its size holds.")
            take = {name: array_of(file.read(members[name]), name) for name in found}
    except Refused:
        raise
    except Exception as error:  # whatever a damaged file makes Python raise
        raise Refused(f"{path} is not a take (.npz) of mp2flame: {error}") from None
    missing = wanted - take.keys() - {"meta", "tongue_out"}
    if missing:
        raise Refused(f"{path} is not a take: it lacks {', '.join(sorted(missing))}.")
    rows = len(take["timestamp_ms"]) if take["timestamp_ms"].ndim == 1 else 0
    shapes = {"timestamp_ms": (rows,), "expression": (rows, *take["expression"].shape[-1:])}
    shapes |= {name: (rows, width) for name, width in {"arkit_weights": 52, **POSES}.items()}
    for name, shape in shapes.items():
        value = take[name]
        if not rows or value.shape != shape or value.dtype.kind not in "fiu" or not np.isfinite(value).all():
            found = f"{value.shape} {value.dtype}"
            raise Refused(f"{path}: {name} has to be {shape} finite numbers, it is {found}.")
    return take


def import_head(path):
    """The mesh object of a GLB made with 'mp2flame export --form flame', without its own animation."""
    before = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(path))
    new = set(bpy.data.objects) - before
    mesh = next((o for o in new if o.type == "MESH" and o.data.shape_keys), None)
    if mesh is None or mesh.find_armature() is None:
        for extra in new:
            bpy.data.objects.remove(extra)
        raise Refused(f"{path} has no mesh with shape keys and bones; export it with --form flame.")
    for owner in (mesh.data.shape_keys, mesh.find_armature()):
        owner.animation_data_clear()
    return mesh


def take_rate(take):
    """Frames a second of a take: the median of its steps."""
    steps = np.diff(take["timestamp_ms"].astype(float))
    return 1000.0 / float(np.median(steps)) if len(steps) and np.median(steps) > 0 else 30.0


def untouched():
    """Whether the file is still the one that Blender starts with: a cube, a camera, a light."""
    cube, names = bpy.data.objects.get("Cube"), {o.name for o in bpy.data.objects}
    if bpy.data.filepath or len(bpy.data.scenes) > 1 or names != {"Cube", "Camera", "Light"}:
        return False
    return len(cube.data.vertices) == 8 and not any(cube.location)


def new_scene(name, rate):
    """A scene of its own with the take's frame rate; the start-up scene and its cube go if nobody touched it."""
    old = bpy.context.scene if untouched() else None
    scene = bpy.data.scenes.new(name)
    whole = max(1, round(rate))
    whole = whole if abs(rate - whole) < 0.02 * whole / 30 else int(np.ceil(rate))
    scene.render.fps = whole
    scene.render.fps_base = 1.0 if abs(rate - whole) < 0.02 * whole / 30 else whole / rate
    scene.world = old.world if old else None
    if bpy.context.window:
        bpy.context.window.scene = scene
    if old:
        for thing in list(old.objects):
            bpy.data.objects.remove(thing)
        bpy.data.scenes.remove(old)
    return scene


def look_at(scene, mesh):
    """A camera in front of the head and a light, where a scene has none."""
    from mathutils import Vector

    corners = np.array([mesh.matrix_world @ Vector(corner) for corner in mesh.bound_box])
    middle, size = corners.mean(0), float(np.ptp(corners, axis=0).max())
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.data.lens, camera.data.clip_start = 85, 0.01
    camera.location, camera.rotation_euler = middle - [0, 3.2 * size, 0], (np.pi / 2, 0, 0)
    light = bpy.data.objects.new("Light", bpy.data.lights.new("Light", "SUN"))
    light.data.energy, light.rotation_euler = 3.0, (0.9, 0.2, 0.4)
    for thing in (camera, light):
        scene.collection.objects.link(thing)
    scene.camera = camera


def frames_of(take, start=FIRST_FRAME, scene=None):
    """Blender frame number of each row, from the take's own clock; fractions are kept."""
    scene = scene or bpy.context.scene
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


def quaternions(matrices, before=None):
    """``(T, 3, 3)`` to w, x, y, z with signs that do not jump, from ``before`` on."""
    from mathutils import Matrix

    out = np.array([Matrix(m).to_quaternion() for m in matrices])
    if before is not None and out[0] @ np.asarray(before) < 0:
        out[0] *= -1.0
    flips = np.cumprod(np.where((out[1:] * out[:-1]).sum(1) < 0, -1.0, 1.0))
    out[1:] *= flips[:, None]
    return out


def local_translations(take, rotations, rest, directions):
    """``(T, 5, 3)`` how far each bone moves from its rest, in its parent's axes (y up).

    Expression moves FLAME's joints a little. A bone that is shifted by what its joint moves, less that shift
    turned by the bone itself, skins exactly like FLAME.
    """
    known = min(directions.shape[2], take["expression"].shape[1])
    shift = np.einsum("jce,te->tjc", directions[..., :known], take["expression"][:, :known].astype(float))
    # one more place, the last, for the world: the root's parent is -1
    rest = np.concatenate([rest, np.zeros((1, 3))])
    joints = rest + np.pad(shift, ((0, 0), (0, 1), (0, 0)))
    turn = np.tile(np.eye(3), (*joints.shape[:2], 1, 1))
    place, node, local = np.zeros_like(joints), np.zeros_like(joints), np.zeros_like(joints)
    place[:, -1] = take["transl"]
    for k, parent in enumerate(PARENTS):
        turn[:, k] = turn[:, parent] @ rotations[:, k]
        arm = (joints[:, k] - joints[:, parent])[..., None]
        place[:, k] = place[:, parent] + (turn[:, parent] @ arm)[..., 0]
        node[:, k] = place[:, k] - (turn[:, k] @ shift[:, k, :, None])[..., 0]
        apart = (node[:, k] - node[:, parent])[..., None]
        local[:, k] = (turn[:, parent].transpose(0, 2, 1) @ apart)[..., 0] - (rest[k] - rest[parent])
    return local[:, :-1]


class ExactHead:
    """An exported head of form flame: FLAME's directions, pose correctives and five bones."""

    def __init__(self, mesh):
        self.keys, self.armature = mesh.data.shape_keys, mesh.find_armature()
        self.owners = (self.keys, self.armature)
        self.moves = []  # (key block, its pose and matrix entry, or the coefficient's number)
        for block in self.keys.key_blocks:
            found = re.fullmatch(r"expression_(\d+)", block.name)
            turned = re.fullmatch(r"corrective_(neck|jaw|left_eye|right_eye)_(\d)(\d)", block.name)
            if found:
                self.moves.append((block.name, int(found[1])))
            elif turned:
                self.moves.append((block.name, (BONES.index(turned[1]), int(turned[2]), int(turned[3]))))
            else:
                continue
            block.slider_min, block.slider_max = -10.0, 10.0  # Blender clips values to these
        self.known = sum(isinstance(what, int) for _, what in self.moves)
        rests = [np.array(self.armature.data.bones[name].matrix_local) for name in BONES]
        self.rest = np.stack([Z_UP.T @ rest[:3, 3] for rest in rests])
        self.axes = [rest[:3, :3].T @ Z_UP for rest in rests]  # FLAME's axes to the bone's own
        stored = mesh.data.get("joint_directions", [])
        self.directions = np.array(stored, float).reshape(5, 3, len(stored) // 15)
        for name in BONES:
            self.armature.pose.bones[name].rotation_mode = "QUATERNION"
        self.last = [None] * len(BONES)

    def curves(self, take):
        """What moves, as (owner, data path, index, ``(T,)`` values)."""
        expression = take["expression"].astype(float)
        if expression.shape[1] > self.known:
            raise Refused(
                f"the take has {expression.shape[1]} expression coefficients, the head {self.known}: export the "
                "head from this take, or from another one made for the same FLAME file."
            )
        eyes = take["eye_pose"]
        pose = (take["global_orient"], take["neck_pose"], take["jaw_pose"], eyes[:, :3], eyes[:, 3:])
        rotations = rotation_matrices(np.stack(pose, axis=1).astype(float))
        for name, what in self.moves:
            if isinstance(what, int):
                values = expression[:, what] if what < expression.shape[1] else np.zeros(len(expression))
            else:
                bone, row, column = what
                values = rotations[:, bone, row, column] - float(row == column)
            yield self.keys, f'key_blocks["{name}"].value', 0, values
        moves = local_translations(take, rotations, self.rest, self.directions)
        for k, (name, axes) in enumerate(zip(BONES, self.axes)):
            turns, steps = quaternions(axes @ rotations[:, k] @ axes.T, self.last[k]), moves[:, k] @ axes.T
            self.last[k] = turns[-1]
            for i in range(4):
                yield self.armature, f'pose.bones["{name}"].rotation_quaternion', i, turns[:, i]
            for i in range(3):
                yield self.armature, f'pose.bones["{name}"].location', i, steps[:, i]


class ArkitHead:
    """Any mesh with shape keys of ARKit names: ``jawOpen``, ``JawOpen``, ``mouthSmile_L``, ``mouth_smile_left``."""

    def __init__(self, mesh):
        self.keys = mesh.data.shape_keys
        self.owners = (self.keys,)
        plain = {re.sub(r"[^a-z]", "", name.lower()): k for k, name in enumerate(ARKIT) if k}
        plain["tongueout"] = "tongue_out"
        self.moves = []
        for block in self.keys.key_blocks:
            short = re.sub(r"_L$", "left", re.sub(r"_R$", "right", block.name))
            column = plain.get(re.sub(r"[^a-z]", "", short.lower()))
            if column is not None:
                self.moves.append((block.name, column))
        if not self.moves:
            raise Refused(f"{mesh.name} has no shape key with an ARKit name such as jawOpen or eyeBlinkLeft.")

    def curves(self, take):
        """What moves, as (owner, data path, index, ``(T,)`` values)."""
        for name, column in self.moves:
            weights = take["arkit_weights"]
            tongue = np.asarray(take.get("tongue_out", np.zeros(len(weights))), float)
            values = tongue if column == "tongue_out" else weights[:, column]
            yield self.keys, f'key_blocks["{name}"].value', 0, values


def head_of(mesh):
    """The way this mesh is moved; refused where it is none, or has neither FLAME's nor ARKit's shape keys."""
    if mesh is None or mesh.type != "MESH" or not mesh.data.shape_keys:
        raise Refused(f"{mesh.name if mesh else 'nothing'} has no shape keys: choose a mesh that has.")
    exact = "expression_000" in mesh.data.shape_keys.key_blocks and mesh.find_armature() is not None
    return ExactHead(mesh) if exact else ArkitHead(mesh)


def keyframe(mesh, take, start=FIRST_FRAME, scene=None):
    """Keyframes of a whole take on a mesh, and the scene's range with it; the frame of each row."""
    head, scene = head_of(mesh), scene or bpy.context.scene
    frames = frames_of(take, start, scene)
    moves = list(head.curves(take))
    targets = {owner: new_curves(owner, "take") for owner in head.owners}
    for owner, path, index, values in moves:
        add_curve(targets[owner], path, index, frames, values)
    scene.frame_start, scene.frame_end = max(0, int(np.floor(frames[0]))), int(np.ceil(frames[-1] - 1e-3))
    scene.frame_set(scene.frame_start)
    return frames


def play(take_path, head=None, mesh=None, start=FIRST_FRAME, scene="new", name="take"):
    """A take on a head, from files.

    Args:
        head: head.glb of 'mp2flame export --form flame', imported for it; or
        mesh: an object of the open file: an imported head, or any with ARKit's keys.
        start: Blender frame of the take's first row.
        scene: with ``head``: "new" for one of its own with the take's frame rate, "open" for the one that is open.
    """
    take = read_take(take_path)
    if head is None:
        keyframe(mesh, take, start)
        return mesh
    fresh = new_scene(name, take_rate(take)) if scene == "new" else None
    mesh = import_head(head)
    keyframe(mesh, take, start)
    if fresh:
        look_at(fresh, mesh)
    return mesh


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
        raise Refused(f"--save ends in .blend, .abc, .fbx or .usdc, got {path}.")


def main(words):
    parser = argparse.ArgumentParser(prog="blender_import.py", description=__doc__.split("\n", 1)[0])
    parser.add_argument("take", help="a take (.npz) of 'mp2flame run'")
    parser.add_argument("--head", help="head.glb of 'mp2flame export --form flame'")
    parser.add_argument("--object", help="a mesh of the scene: an imported head, or any with ARKit keys")
    parser.add_argument("--start", type=float, default=FIRST_FRAME, help="Blender frame of the first row")
    parser.add_argument("--scene", choices=("new", "open"), default="new", help="with --head: where it goes")
    parser.add_argument("--save", help="write the scene: .blend, .abc, .fbx, .usdc")
    options = parser.parse_args(words)
    try:
        if not options.head and options.object not in bpy.data.objects:
            raise Refused("say --head head.glb, or --object with the name of a mesh in the scene.")
        chosen = None if options.head else bpy.data.objects[options.object]
        mesh = play(options.take, options.head, chosen, options.start, options.scene)
        if options.save:
            save(options.save, mesh)
    except Refused as error:
        sys.exit(str(error))
    return mesh


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:])
