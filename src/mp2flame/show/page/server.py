"""The page: one server, one thread that shows the newest frame, panels that call the controls."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.channels import NUM_BLENDSHAPES
from ...base.errors import InputError, MismatchError, Mp2FlameError
from ...base.values import FlameParams, FloatArray, Frame, UInt8Array
from ...flame.colors import TONES
from ...flame.scenery import bend_neck
from ...take.take import Take
from .access import Guard, check_binding, free_port
from .controls import Controls, OwnControls, PipelineControls
from .html import bars_html, status_html
from .page_library import load_viser, no_sharing, open_page, quiet
from .panels import FilterPanel, HeadPanel, PlaybackPanel, ProfilePanel, RecordPanel
from .picture import draw_picture
from .player import TakePlayer
from .scene import HeadScene
from .sliders import HandWeights, SliderPanel

if TYPE_CHECKING:
    from ...drive.driver import Driver
    from ...drive.live import LiveFrame, LivePipeline

DEFAULT_PORT = 8080
_HEAD_S, _PICTURE_S, _PANELS_S = 1 / 31, 1 / 10, 1 / 8
_EMPTY: UInt8Array = np.full((180, 320, 3), 24, np.uint8)


class ViewerServer:
    """A page with the head, the picture, the weights and all controls; made by ``serve``.

    ``update`` only puts the frame into a place for one; a thread of its own shows the newest at most 30 times
    a second, and nothing at all while no browser looks. A slow browser gets fewer frames; nobody waits.

    Attributes:
        url: what to open in a browser.
        hand: what the sliders say.
    """

    def __init__(
        self,
        pipeline: LivePipeline | None,
        driver: Driver | None = None,
        *,
        host: str = "127.0.0.1",
        port: int | None = None,
        open_browser: bool = False,
        public: bool = False,
        token: str | None = None,
        take: Take | None = None,
        title: str = "",
        folder: Path | str = ".",
        mirrored: bool = False,
    ) -> None:
        viser = load_viser()
        if port is None:
            port = free_port(host, DEFAULT_PORT)
        check_binding(host, port, public=public)
        guard = Guard(host, token)
        self._lock = threading.Lock()
        self._newest: tuple[Frame, UInt8Array | None] | None = None
        self._awake = threading.Event()
        self._arrivals = deque[float](maxlen=120)
        self._frame: Frame | None = None
        self._image: UInt8Array | None = None
        self._shown_weights: FloatArray = np.zeros(NUM_BLENDSHAPES, np.float32)
        self._note, self._noted_s = "", 0.0
        self._title, self._mirrored = title, bool(getattr(pipeline, "mirrored", mirrored))
        self._closed = threading.Event()
        self._redraw = self._picture_due = True
        self._reference: FloatArray | None = None
        self.hand = HandWeights()
        self._player: TakePlayer | None = None
        self._subscription: Any = None
        self._controls: Controls
        if pipeline is not None:
            self._controls = PipelineControls(pipeline)
        elif driver is not None:
            self._controls = OwnControls(driver, title or "viewer")
        else:
            raise InputError("the viewer needs a driver or a pipeline; pass serve(None, Driver()).")
        with quiet(), guard.watching():
            self._server = viser.ViserServer(host=host, port=port, label="mp2flame", verbose=False)
        try:
            no_sharing(self._server)
            self.host, self.port = host, int(self._server.get_port())
            self.url = guard.url(self.port)
            self.guard = guard
            if take is not None:
                self._player = TakePlayer(take, self._controls.driver, self.update)
            self._build(Path(folder))
        except BaseException:
            self._stop_server()
            raise
        self._server.on_client_connect(self._connected)
        self._thread = threading.Thread(target=self._run, name="mp2flame-viewer", daemon=True)
        self._thread.start()
        if self._player is not None:
            self._player.start()
        if pipeline is not None:
            self._subscription = pipeline.subscribe(self._update_live)
        if open_browser:
            open_page(self.url)

    # -- for the caller -----------------------------------------------------------------------------

    @property
    def driver(self) -> Driver:
        """Whose head is shown."""
        return self._controls.driver

    @property
    def num_clients(self) -> int:
        return len(self._server.get_clients())

    @property
    def player(self) -> TakePlayer | None:
        """Of the take, if there is one."""
        return self._player

    def update(self, frame: Frame, image: UInt8Array | None = None) -> None:
        """Show this frame when there is time; returns at once.

        Args:
            frame: for the driver's head.
            image: the picture, when it is not in the frame.
        """
        self._arrivals.append(time.monotonic())
        if self._profile is not None:
            self._profile.add(frame)
        with self._lock:
            self._newest = (frame, image if image is not None else frame.image)
        self._awake.set()

    def close(self) -> None:
        """Stop and free the port; may be called twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        if self._subscription is not None:
            self._subscription.close()
        if self._player is not None:
            self._player.close()
        self._awake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)
        if isinstance(self._controls, OwnControls):
            with contextlib.suppress(Mp2FlameError):
                self._controls.stop_recording()
        self._stop_server()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until ``close`` is called elsewhere; True then, False at the timeout."""
        return self._closed.wait(timeout_s)

    def __enter__(self) -> ViewerServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{self.url}" width="100%" height="640" style="border:0" '
            f'title="mp2flame viewer"></iframe><div><a href="{self.url}" target="_blank">{self.url}</a></div>'
        )

    # -- building -----------------------------------------------------------------------------------

    def _build(self, folder: Path) -> None:
        server, controls = self._server, self._controls
        gui = server.gui
        gui.configure_theme(
            dark_mode=True, show_logo=False, show_share_button=False, brand_color=(76, 138, 214)
        )
        self._scene = HeadScene(server, controls.driver)
        self._scene_driver: Driver | None = controls.driver
        self._status = gui.add_html("")
        self._playback = PlaybackPanel(server, self._player) if self._player is not None else None
        self._record = RecordPanel(server, controls, folder)
        tabs = gui.add_tab_group()
        with tabs.add_tab("Shapes"):
            self.sliders = SliderPanel(
                server, self.hand, self._wake, lambda: self._shown_weights,
                with_face=controls.live or self._player is not None,
            )  # fmt: skip
        self._profile: ProfilePanel | None = None
        if controls.live:
            with tabs.add_tab("Profile"):
                self._profile = ProfilePanel(server, controls, folder)
            with tabs.add_tab("Filter"):
                FilterPanel(server, controls)
        with tabs.add_tab("Head"):
            HeadPanel(server, controls, self._head_changed)
            self._turns = gui.add_checkbox("Head turns", True)
            self._moves = gui.add_checkbox("Head moves", False, hint="Follow the head's position, too")
            self._shoulders = gui.add_checkbox(
                "Shoulders stay", True, hint="The neck bends, the bust does not turn"
            )
            self._skin = gui.add_dropdown("Skin", tuple(TONES), initial_value=self._scene.skin)
            self._scenery = gui.add_checkbox(
                "Brows and teeth", True, hint="Added to what a FLAME file holds, for the eye only"
            )
            again = gui.add_button("Centre", hint="Where the head is now becomes the middle")
            again.on_click(lambda _: self._centre())
            for box in (self._turns, self._moves, self._shoulders):
                box.on_update(lambda _: self._centre())
            for look in (self._skin, self._scenery):
                look.on_update(lambda _: self._look_changed())
        gui.main_panel.dock_right()
        gui.main_panel.set_width(370)
        self._build_face_panel()

    def _build_face_panel(self) -> None:
        panel = self._server.gui.add_panel()
        with panel.add_tab("Face"):
            seen = self._controls.live or self._player is not None
            self._picture = self._server.gui.add_image(_EMPTY, format="jpeg", jpeg_quality=70, visible=seen)
            self._bars = self._server.gui.add_html(bars_html(self._shown_weights))
        panel.dock_left()
        panel.set_width(310)

    def _stop_server(self) -> None:
        with quiet():
            self._server.stop()

    # -- events of the page ---------------------------------------------------------------------------

    def _connected(self, _: Any) -> None:
        self._picture_due = True
        self._wake()

    def _wake(self) -> None:
        self._redraw = True
        self._awake.set()

    def _centre(self) -> None:
        self._reference = None
        self._wake()

    def _look_changed(self) -> None:
        self._scene.skin, self._scene.scenery = self._skin.value, self._scenery.value
        self._scene_driver = None
        self._wake()

    def _head_changed(self, driver: Driver) -> None:
        if self._player is not None:
            self._player.set_driver(driver)
        if self._frame is not None and not self._controls.live:
            self._frame = replace(self._frame, params=FlameParams.zeros(driver.num_expression))
        self._wake()

    # -- the thread -----------------------------------------------------------------------------------

    def _update_live(self, live: LiveFrame) -> None:
        self.update(live.frame, live.image)

    def _run(self) -> None:
        next_head = next_picture = next_panels = 0.0
        while not self._closed.wait(max(0.0, next_head - time.monotonic())):
            self._awake.wait(0.1)
            self._awake.clear()
            with self._lock:
                newest, self._newest = self._newest, None
            now = time.monotonic()
            if newest is not None:
                self._frame, self._image = newest
                self._picture_due = self._redraw = True
            watched = self.num_clients > 0
            try:
                if self._redraw and (watched or self._controls.recording is not None):
                    self._redraw = False
                    next_head = now + _HEAD_S
                    self._show_head(watched)
                if watched and self._picture_due and now >= next_picture:
                    self._picture_due, next_picture = False, now + _PICTURE_S
                    self._show_picture()
                if now >= next_panels:
                    next_panels = now + _PANELS_S
                    self._refresh(watched)
                if not self._controls.live and self._player is None and self._controls.recording is not None:
                    self._wake()  # sliders alone: a take needs frames also while nothing moves
            except (Mp2FlameError, OSError) as error:
                self._note, self._noted_s = str(error), now

    def _current(self) -> Frame:
        """The newest frame, as the sliders change it."""
        driver = self._controls.driver
        frame = self._frame
        if frame is None:
            zeros = np.zeros(NUM_BLENDSHAPES, np.float32)
            by_hand = self._player is None and not self._controls.live
            frame = Frame(0, 0.0, by_hand, FlameParams.zeros(driver.num_expression), zeros, zeros)
        if not self.hand.active:
            return frame
        weights = self.hand.apply(frame.weights)
        pose = {name: getattr(frame.params, name) for name in ("global_orient", "neck_pose", "transl")}
        return replace(frame, weights=weights, params=driver.params_from_weights(weights).replace(**pose))

    def _show_head(self, watched: bool) -> None:
        driver = self._controls.driver
        if driver is not self._scene_driver:
            self._scene.set_driver(driver)
            self._scene_driver = driver
        frame = self._current()
        self._shown_weights = frame.weights
        self._controls.shown(frame)
        if not watched:
            return
        with contextlib.suppress(MismatchError):  # the last frame of a head that was just exchanged
            self._scene.show(self._placed(frame.params))

    def _placed(self, params: FlameParams) -> FlameParams:
        """Where the page shows the head: at the origin, or moving about the place where it first was."""
        changes: dict[str, FloatArray] = {}
        if not self._turns.value:
            changes["global_orient"] = np.zeros(3, np.float32)
        if not self._moves.value:
            changes["transl"] = np.zeros(3, np.float32)
        else:
            if self._reference is None and params.transl.any():
                self._reference = params.transl
            changes["transl"] = params.transl - (0.0 if self._reference is None else self._reference)
        params = params.replace(**changes)
        return bend_neck(params) if self._shoulders.value else params

    def _show_picture(self) -> None:
        frame = self._frame
        if frame is None:
            return
        drawn = draw_picture(
            self._image, frame.landmarks, image_size=frame.image_size, mirrored=self._mirrored
        )
        if drawn is not None:
            self._picture.image = drawn

    def _refresh(self, watched: bool) -> None:
        self._record.refresh()
        for panel in (self._playback, self._profile):
            if panel is not None:
                panel.refresh()
        if not watched:
            return
        read = self._controls.readout()
        if read.fps is None and self._frame is not None and (self._player is None or self._player.playing):
            read = replace(read, fps=self._rate())
        if self._player is not None:
            seen = self._frame is not None and self._frame.detected
            read = replace(read, face="tracking" if seen else "lost")
        if time.monotonic() - self._noted_s < 8.0:
            read = replace(read, note=self._note)
        head = _head_name(self._controls.driver)
        with self._server.atomic():
            _set(self._status, status_html(read, head=head, detail=self._detail()))
            _set(self._bars, bars_html(self._shown_weights))

    def _detail(self) -> str:
        return self._title or ("sliders" if self._frame is None else "")

    def _rate(self) -> float:
        now = time.monotonic()
        recent = [t for t in list(self._arrivals) if now - t < 2.0]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 2 else 0.0


def _set(handle: Any, content: str) -> None:
    if handle.content != content:
        handle.content = content


def _head_name(driver: Driver) -> str:
    path = driver.model.path
    return f"{driver.model.release} ({Path(path).name})" if path else driver.model.release
