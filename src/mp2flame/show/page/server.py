"""The viewer: one thread that shows the newest frame, a page that says what it wants."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...base.channels import NUM_BLENDSHAPES
from ...base.closing import Closing
from ...base.errors import InputError, MismatchError, Mp2FlameError
from ...base.values import FlameParams, FloatArray, Frame, UInt8Array
from ...base.version import __version__
from ...take.take import Take
from .access import Guard, check_binding, free_port
from .calibration import Calibration
from .chosen import Chosen, choose, file_in, of_take
from .controls import Controls, OwnControls, PipelineControls
from .desk import Desk
from .hub import Hub
from .open_page import open_page
from .picture import draw_picture
from .place import Place
from .player import TakePlayer
from .scene import HeadScene, picture
from .shown import Look
from .sliders import HandWeights
from .state import state_of, takes_in
from .words import hello

if TYPE_CHECKING:
    from ...drive.driver import Driver
    from ...drive.live import LiveFrame, LivePipeline
    from ...io.sources.played import PlayedFile

DEFAULT_PORT = 8080
_HEAD_S, _PICTURE_S, _STATE_S = 1 / 31, 1 / 10, 1 / 8
_NOTE_S = 8.0


class ViewerServer(Closing):
    """A page with the head, the picture, the weights and all controls; made by ``serve``.

    ``update`` only puts the frame into a place for one; a thread of its own shows the newest at most 30 times
    a second, and nothing at all while no browser looks. A slow browser gets fewer frames; nobody waits.

    Attributes:
        url: what to open in a browser.
        hand: what the sliders say.
        look: how the head is shown.
        folder: where takes and profiles go.
        shown_weights: ``(52,)`` of the frame that is shown.
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
        source: str | None = None,
        live_options: dict[str, Any] | None = None,
        title: str = "",
        folder: Path | str = ".",
        mirrored: bool = False,
        loop: bool = True,
    ) -> None:
        if port is None:
            port = free_port(host, DEFAULT_PORT)
        check_binding(host, port, public=public)
        self.guard = Guard(host, token)
        self._lock = threading.Lock()
        self._newest: tuple[Frame, UInt8Array | None] | None = None
        self._awake, self._closed = threading.Event(), threading.Event()
        self._arrivals = deque[float](maxlen=120)
        self.frame: Frame | None = None
        self._image: UInt8Array | None = None
        self.shown_weights: FloatArray = np.zeros(NUM_BLENDSHAPES, np.float32)
        self._note, self._noted_s, self._said = "", 0.0, ""
        self._looked = False
        self._mirrored, self._options = mirrored, live_options
        self._redraw = self._picture_due = True
        self._takes, self._listed_s = list[list[Any]](), 0.0
        self.folder, self.look = Path(folder), Look()
        self._place = Place(self.look)
        self._subscription: Any = None
        self.chosen = self._first(pipeline, driver, take, source, title, loop)
        try:
            self._begin(host, port)
        except BaseException:
            self.chosen.close()
            raise
        self._thread = threading.Thread(target=self._run, name="mp2flame-viewer", daemon=True)
        self._thread.start()
        self._follow()
        if open_browser:
            open_page(self.url)

    def _first(
        self,
        pipeline: LivePipeline | None,
        driver: Driver | None,
        take: Take | None,
        source: str | None,
        title: str,
        loop: bool,
    ) -> Chosen:
        """What is shown at the beginning."""
        if pipeline is not None:
            return Chosen("", title, PipelineControls(pipeline), pipeline=pipeline, owned=False)
        if driver is None:
            raise InputError("the viewer needs a driver or a pipeline; pass serve(None, Driver()).")
        if take is not None:
            return of_take(take, driver, self.update, title=title, loop=loop)
        if source is not None:
            return choose(source, driver, self.update, loop=loop, **(self._options or {}))
        return Chosen("sliders", title or "sliders", OwnControls(driver, title or "viewer"))

    def _begin(self, host: str, port: int) -> None:
        """Serve the page."""
        self.hand = HandWeights("add" if self.with_face else "replace")
        self.calibration = Calibration(self.controls)
        self._scene = HeadScene(self.driver)
        self._hub = Hub(
            host, port, self.guard, command=Desk(self), download=self._take_named, joined=self._joined
        )
        self.host, self.port = host, self._hub.port
        self.url = self.guard.url(self.port)
        self._hub.post("0 hello", json.dumps(hello(self.folder.resolve().name, version=__version__)))
        self._hub.post("1 surface", self._scene.surface())

    # -- for the caller -----------------------------------------------------------------------------

    @property
    def controls(self) -> Controls:
        return self.chosen.controls

    @property
    def driver(self) -> Driver:
        """Whose head is shown."""
        return self.controls.driver

    @property
    def player(self) -> TakePlayer | PlayedFile | None:
        """Of the take or video, if there is one."""
        return self.chosen.player

    @property
    def with_face(self) -> bool:
        """Whether there is anybody to look at but the sliders."""
        return self.controls.live or self.player is not None

    @property
    def can_choose(self) -> bool:
        """Whether the page may choose another source."""
        return self._options is not None

    @property
    def num_clients(self) -> int:
        return self._hub.num_clients

    def update(self, frame: Frame, image: UInt8Array | None = None) -> None:
        """Show this frame when there is time; returns at once.

        Args:
            frame: for the driver's head.
            image: the picture, when it is not in the frame.
        """
        self._arrivals.append(time.monotonic())
        calibration = getattr(self, "calibration", None)
        if calibration is not None:
            calibration.add(frame)
        with self._lock:
            self._newest = (frame, image if image is not None else frame.image)
        self._awake.set()

    def open_source(self, text: str) -> None:
        """Show another source: a camera's number or name, a file, an address, a take, or ``sliders``.

        Raises:
            InputError: the source is the caller's own pipeline.
            SourceError, FileFormatError, MissingFileError ...: it cannot be opened; what was shown stays.
        """
        if self._options is None:
            raise InputError(
                "this source was chosen where the viewer was started; 'mp2flame view' can change it."
            )
        before = self.chosen
        options = {**self._options}
        urls = []
        if before.pipeline is not None:
            urls = [output.url for output in before.pipeline.outputs]
            options |= {
                "filter": before.pipeline.solver.filter_settings, "profile": before.pipeline.solver.profile,
            }  # fmt: skip
        if text.strip() == before.text:
            self._leave(before)  # a camera serves one at a time
        after = choose(text, self.driver, self.update, **options)
        if before is self.chosen:
            self._leave(before)
        with self._lock:
            self._newest = None
        self.chosen, self.frame, self._image = after, None, None
        self._place.centre()
        self.calibration = Calibration(after.controls)
        self.hand.reset("add" if self.with_face else "replace")
        self._hub.post("3 picture", picture(np.full((9, 16, 3), 24, np.uint8)))
        self._follow()
        for url in urls if after.pipeline is not None else ():
            after.controls.add_stream(url)
        self.wake()

    def close(self) -> None:
        """Stop and free the port; may be called twice."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._awake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=5.0)
        self._leave(self.chosen)
        self._hub.close()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until ``close`` is called elsewhere; True then, False at the timeout."""
        return self._closed.wait(timeout_s)

    def _repr_html_(self) -> str:
        return (
            f'<iframe src="{self.url}" width="100%" height="640" style="border:0" '
            f'title="mp2flame viewer"></iframe><div><a href="{self.url}" target="_blank">{self.url}</a></div>'
        )

    # -- for the page -------------------------------------------------------------------------------

    def wake(self) -> None:
        """Something that is shown has changed."""
        self._redraw = True
        self._awake.set()

    def centre(self) -> None:
        """Where the head is now becomes the middle."""
        self._place.centre()
        self.wake()

    def note(self, text: str) -> None:
        """A word of trouble for everybody who looks."""
        self._note, self._noted_s = text, time.monotonic()

    def set_driver(self, driver: Driver) -> None:
        """Another head.

        Raises:
            InputError: a take is being recorded.
        """
        self.controls.set_driver(driver)
        if isinstance(self.player, TakePlayer):
            self.player.set_driver(driver)
        if self.frame is not None and not self.controls.live:
            self.frame = replace(self.frame, params=FlameParams.zeros(driver.num_expression))
        self.wake()

    def rate(self) -> float:
        """Frames a second that arrive."""
        now = time.monotonic()
        recent = [t for t in list(self._arrivals) if now - t < 2.0]
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 2 else 0.0

    def takes(self) -> list[list[Any]]:
        """Name and size of the folder's takes; looked for once a second."""
        now = time.monotonic()
        if now - self._listed_s > 1.0:
            self._takes, self._listed_s = takes_in(self.folder), now
        return self._takes

    @property
    def trouble(self) -> str:
        """The newest, for some seconds."""
        return self._note if time.monotonic() - self._noted_s < _NOTE_S else ""

    def _take_named(self, name: str) -> Path | None:
        with contextlib.suppress(InputError):
            path = file_in(self.folder, name, ".npz")
            return path if path.is_file() else None
        return None

    def _joined(self) -> None:
        self._picture_due = True
        self.wake()

    # -- what is shown ------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Take frames of what was chosen."""
        chosen = self.chosen
        if chosen.pipeline is not None:
            self._mirrored = bool(getattr(chosen.pipeline, "mirrored", self._mirrored))
            self._subscription = chosen.pipeline.subscribe(self._update_live)
        elif isinstance(chosen.player, TakePlayer):
            chosen.player.start()

    def _leave(self, chosen: Chosen) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None
        chosen.close()

    def _update_live(self, live: LiveFrame) -> None:
        self.update(live.frame, live.image)

    def _run(self) -> None:
        next_head = next_picture = next_state = 0.0
        while not self._closed.wait(max(0.0, next_head - time.monotonic())):
            self._awake.wait(0.1)
            self._awake.clear()
            with self._lock:
                newest, self._newest = self._newest, None
            now = time.monotonic()
            if newest is not None:
                self.frame, self._image = newest
                self._picture_due = self._redraw = True
            watched = self.num_clients > 0
            if not self._looked:  # what is said before anybody looks is kept for the first
                self._noted_s, self._looked = now, watched
            try:
                if self._redraw and (watched or self.controls.recording is not None):
                    self._redraw = False
                    next_head = now + _HEAD_S
                    self._show_head(watched)
                if watched and self._picture_due and now >= next_picture:
                    self._picture_due, next_picture = False, now + _PICTURE_S
                    self._show_picture()
                if now >= next_state:
                    next_state = now + _STATE_S
                    self.calibration.refresh()
                    if watched:
                        self._show_state()
                if not self.with_face and self.controls.recording is not None:
                    self.wake()  # sliders alone: a take needs frames also while nothing moves
            except (Mp2FlameError, OSError) as error:
                self.note(str(error))

    def current(self) -> Frame:
        """The newest frame, as the sliders change it."""
        driver, frame = self.driver, self.frame
        if frame is None:
            zeros = np.zeros(NUM_BLENDSHAPES, np.float32)
            frame = Frame(0, 0.0, not self.with_face, FlameParams.zeros(driver.num_expression), zeros, zeros)
        if not self.hand.active:
            return frame
        weights = self.hand.apply(frame.weights)
        pose = {name: getattr(frame.params, name) for name in ("global_orient", "neck_pose", "transl")}
        return replace(frame, weights=weights, params=driver.params_from_weights(weights).replace(**pose))

    def _show_head(self, watched: bool) -> None:
        scene, look = self._scene, self.look
        if (self.driver, look.skin, look.scenery) != (scene.driver, scene.skin, scene.scenery):
            self._scene = scene = HeadScene(self.driver, skin=look.skin, scenery=look.scenery)
            self._hub.post("1 surface", scene.surface())
        frame = self.current()
        self.shown_weights = frame.weights
        self.controls.shown(frame)
        if not watched:
            return
        with contextlib.suppress(MismatchError):  # the last frame of a head that was just exchanged
            message = scene.frame(self._place(frame.params), frame.weights, frame.tongue_out)
            self._hub.post("2 frame", message)

    def _show_picture(self) -> None:
        frame = self.frame
        if frame is None:
            return
        drawn = draw_picture(
            self._image, frame.landmarks, image_size=frame.image_size, mirrored=self._mirrored
        )
        if drawn is not None:
            self._hub.post("3 picture", picture(drawn))

    def _show_state(self) -> None:
        text = json.dumps(state_of(self))
        if text != self._said:
            self._said = text
            self._hub.post("4 state", text)
