"""mp2flame in Blender: takes onto heads and characters, and live frames with keyframes while recording."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, PointerProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from . import live, play

session = None
"""The one ``live.Live`` that runs, or None."""


class Settings(bpy.types.PropertyGroup):
    head: StringProperty(
        name="Head", subtype="FILE_PATH",
        description="head.glb of 'mp2flame export --form flame'; empty: takes go onto the active object",
    )  # fmt: skip
    scene: EnumProperty(
        name="Scene", default="new",
        items=[
            ("new", "New scene", "A scene of its own with the take's frame rate, a camera and a light"),
            ("open", "This scene", "Into what is open, at its frame rate"),
        ],
        description="Where a head is put",
    )  # fmt: skip
    start: FloatProperty(
        name="First frame", default=play.FIRST_FRAME, description="Blender frame of the first row"
    )
    url: StringProperty(
        name="Stream", default="ws://127.0.0.1:8765",
        description="What 'mp2flame run ... --to' names: ws://127.0.0.1:8765, or osc://127.0.0.1:9000",
    )  # fmt: skip
    record: BoolProperty(name="Record keyframes", description="Keep every frame that arrives as keyframes")


def settings(context):
    return context.scene.mp2flame


class ImportTake(bpy.types.Operator, ImportHelper):
    """Play a take of mp2flame on an exported head, or on the active object's ARKit shape keys"""

    bl_idname = "mp2flame.import_take"
    bl_label = "Import mp2flame take"
    bl_options = {"REGISTER", "UNDO"}
    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.npz", options={"HIDDEN"})
    head: Settings.__annotations__["head"]
    scene: Settings.__annotations__["scene"]
    start: Settings.__annotations__["start"]

    def invoke(self, context, event):
        own = settings(context)
        self.head, self.scene, self.start = own.head, own.scene, own.start
        return super().invoke(context, event)

    def execute(self, context):
        if session is not None:
            bpy.ops.mp2flame.live_stop()
        try:
            head = bpy.path.abspath(self.head) if self.head else None
            if head and not Path(head).is_file():
                raise play.Refused(f"the head {head} is not there.")
            mesh = play.play(
                self.filepath, head, context.active_object, self.start, self.scene, Path(self.filepath).stem
            )
        except play.Refused as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{Path(self.filepath).name} plays on {mesh.name}")
        return {"FINISHED"}


class LiveStart(bpy.types.Operator):
    """Move the active object as the stream says"""

    bl_idname = "mp2flame.live_start"
    bl_label = "Start"

    @classmethod
    def poll(cls, context):
        return session is None and context.active_object is not None

    def execute(self, context):
        global session
        own = settings(context)
        try:
            play.head_of(context.active_object)
            receiver = live.Receiver(own.url)
        except play.Refused as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        session = live.Live(context.active_object, receiver, own.record, own.start, context.scene)
        receiver.start()
        bpy.app.timers.register(beat)
        return {"FINISHED"}


class LiveStop(bpy.types.Operator):
    """Stop taking frames; what was recorded stays as keyframes"""

    bl_idname = "mp2flame.live_stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context):
        return session is not None

    def execute(self, context):
        global session
        ended, session = session, None
        ended.stop()
        kept = f", {ended.kept} kept as keyframes" if ended.kept else ""
        self.report({"INFO"}, f"{ended.shown} frames shown{kept}")
        return {"FINISHED"}


def beat():
    """What Blender's timer calls: the newest frame onto the mesh; None ends the timer."""
    global session
    if session is None:
        return None
    try:
        if session.tick():
            for window in bpy.context.window_manager.windows:
                for area in window.screen.areas:
                    if area.type == "VIEW_3D":
                        area.tag_redraw()
    except (ReferenceError, play.Refused) as error:  # the mesh was deleted, or the stream is of another head
        session.receiver.stop()
        session = None
        print(f"mp2flame: live ended: {error}")
        return None
    return 1 / 60


class Panel(bpy.types.Panel):
    bl_label = "mp2flame"
    bl_idname = "VIEW3D_PT_mp2flame"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "mp2flame"

    def draw(self, context):
        own, box = settings(context), self.layout.box()
        box.label(text="Take", icon="IMPORT")
        box.prop(own, "head")
        row = box.row()
        row.enabled = bool(own.head)
        row.prop(own, "scene", expand=True)
        box.prop(own, "start")
        box.operator("mp2flame.import_take", text="Import take (.npz)")
        box = self.layout.box()
        box.label(text="Live", icon="REC")
        box.prop(own, "url", text="")
        box.prop(own, "record")
        if session is None:
            box.operator("mp2flame.live_start", icon="PLAY")
            if context.active_object is None:
                box.label(text="Choose the mesh to move")
        else:
            box.operator("mp2flame.live_stop", icon="PAUSE")
            box.label(text=f"{session.receiver.status}, {session.shown} frames")


class DropTake(bpy.types.FileHandler):
    bl_idname = "MP2FLAME_FH_take"
    bl_label = "mp2flame take"
    bl_import_operator = "mp2flame.import_take"
    bl_file_extensions = ".npz"

    @classmethod
    def poll_drop(cls, context):
        return context.area is not None and context.area.type == "VIEW_3D"


def menu(self, context):
    self.layout.operator(ImportTake.bl_idname, text="mp2flame take (.npz)")


CLASSES = (Settings, ImportTake, LiveStart, LiveStop, Panel, DropTake)


def register():
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.Scene.mp2flame = PointerProperty(type=Settings)
    bpy.types.TOPBAR_MT_file_import.append(menu)


def unregister():
    global session
    if session is not None:
        session.stop()
        session = None
    bpy.types.TOPBAR_MT_file_import.remove(menu)
    del bpy.types.Scene.mp2flame
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
