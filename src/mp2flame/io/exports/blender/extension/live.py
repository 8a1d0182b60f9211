"""Live frames of mp2flame's ``ws://`` and ``osc://`` outputs onto a mesh, and keyframes while recording.

A thread receives; Blender's own timer applies, since only its main thread may touch the scene.
"""

import collections
import contextlib
import json
import socket
import threading
from urllib.parse import urlsplit

import bpy
import numpy as np

from . import play

WAITING = 1024
NUMBERS = {"weights": 52, **play.POSES}


def frame_of(message, names=None):
    """A take of one row from a message's numbers, or None where it is not whole.

    Args:
        message: ``timestamp_ms``, ``detected``, ``weights`` (52), ``expression``, poses, and ``tongue_out`` if known.
        names: what the weights are, in order, as the stream's hello says; MediaPipe's order without.
    """
    try:
        numbers = {name: np.asarray(message[name], float).reshape(1, -1) for name in (*NUMBERS, "expression")}
        stamp = float(message["timestamp_ms"])
    except (KeyError, TypeError, ValueError):
        return None
    if any(numbers[name].shape[1] != width for name, width in NUMBERS.items()):
        return None
    if not all(np.isfinite(value).all() for value in numbers.values()) or not np.isfinite(stamp):
        return None
    weights = numbers.pop("weights")
    if names:
        weights = weights[:, [names.index(name) for name in play.ARKIT]]
    frame = {"timestamp_ms": np.array([stamp]), "arkit_weights": weights, **numbers}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        frame["tongue_out"] = np.array([float(message["tongue_out"])])
    return frame


class Receiver(threading.Thread):
    """Frames of ``ws://host:8765`` (connects, again where it is cut) or ``osc://127.0.0.1:9000`` (listens).

    Raises:
        play.Refused: the address is neither, or names another machine while Blender is kept offline.
    """

    def __init__(self, url):
        super().__init__(daemon=True, name="mp2flame")
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = None
        if (
            parts.scheme not in ("ws", "wss", "osc")
            or not parts.hostname
            or (parts.scheme == "osc" and not port)
        ):
            raise play.Refused(f"expected ws://127.0.0.1:8765 or osc://127.0.0.1:9000, got {url}.")
        near = parts.hostname in ("127.0.0.1", "localhost", "::1")
        if not near and not getattr(bpy.app, "online_access", True):
            raise play.Refused("another machine's stream needs Preferences > System > Allow Online Access.")
        self.url, self.parts, self.port = url, parts, port
        self.frames, self.status, self.bad = collections.deque(maxlen=WAITING), "waiting", 0
        self._ended, self._socket, self._names = threading.Event(), None, None
        if parts.scheme == "osc":
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.settimeout(0.2)
            try:
                self._socket.bind((parts.hostname, port))
            except OSError as error:
                self._socket.close()
                raise play.Refused(f"cannot listen on {parts.hostname}:{port}: {error.strerror}.") from None

    def run(self):
        receive = self._listen if self.parts.scheme == "osc" else self._connect
        while not self._ended.is_set():
            try:
                receive()
            except Exception as error:  # whatever a stranger's bytes or a cut line raise: say it, try again
                self.status = f"{type(error).__name__}: {error}"[:120]
            self._ended.wait(0.5)

    def stop(self):
        self._ended.set()
        self.join(2.0)
        if self._socket:
            self._socket.close()

    def _take(self, message):
        frame = frame_of(message, self._names)
        if frame is None:
            self.bad += 1
            return
        self.frames.append(frame)
        self.status = "receiving" if message.get("detected", True) else "no face"

    def _connect(self):
        from websockets.sync.client import connect

        with connect(self.url, open_timeout=3, close_timeout=1, max_size=1 << 17) as line:
            self.status = "connected"
            while not self._ended.is_set():
                with contextlib.suppress(TimeoutError):
                    message = json.loads(line.recv(timeout=0.2))
                    if message.get("type") == "hello":
                        names = list(message.get("names", ()))
                        self._names = names if set(names) >= set(play.ARKIT) else None
                    elif message.get("type") == "frame":
                        self._take(message)

    def _listen(self):
        from pythonosc.osc_packet import OscPacket

        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                message = {}
                for timed in OscPacket(self._socket.recv(1 << 16)).messages:
                    name, values = timed.message.address.rsplit("/", 1)[-1], list(timed.message.params)
                    single = {
                        "time_ms": "timestamp_ms",
                        "detected": "detected",
                        "tongue_out": "tongue_out",
                    }.get(name)
                    message[single or name] = values[0] if single and values else values
                self._take(message)


class Live:
    """A receiver's frames on one mesh; ``tick`` from Blender's main thread.

    Args:
        start: Blender frame of the first recorded one, when ``record``.
    """

    def __init__(self, mesh, receiver, record=False, start=play.FIRST_FRAME, scene=None):
        self.head, self.receiver, self.start = play.head_of(mesh), receiver, start
        self.scene = scene or bpy.context.scene
        self.shown = self.kept = 0
        self._places, self._curves = {}, None
        self._first = self._last = None
        if record:
            self._curves = {owner: play.new_curves(owner, "live take") for owner in self.head.owners}
        else:
            for owner in self.head.owners:
                owner.animation_data_clear()  # else keyframes win over what arrives

    def tick(self):
        """Take what has arrived: all of it into keyframes, the newest onto the mesh. How many frames there were."""
        count = 0
        while self.receiver.frames:
            frame = self.receiver.frames.popleft()
            moves = list(self.head.curves(frame))
            if self._curves is not None:
                self._keep(float(frame["timestamp_ms"][0]), moves)
            count += 1
        if count:
            self.shown += count
            for owner, path, index, values in moves:
                self._set(owner, path, index, float(values[0]))
        return count

    def _set(self, owner, path, index, value):
        if (owner, path) not in self._places:
            thing, name = path.rsplit(".", 1)
            self._places[owner, path] = owner.path_resolve(thing), name
        thing, name = self._places[owner, path]
        if name == "value":
            thing.value = value
        else:
            getattr(thing, name)[index] = value

    def _keep(self, stamp, moves):
        rate = self.scene.render.fps / self.scene.render.fps_base
        if self._first is None:
            self._first, self._last = stamp, stamp - 1.0
        if stamp <= self._last:  # the sender began again: go on behind what there is
            self._first -= self._last - stamp + 1000.0 / rate
        self._last = stamp
        at = self.start + (stamp - self._first) / 1000.0 * rate
        for owner, path, index, values in moves:
            curve = self._curves[owner].find(path, index=index) or self._curves[owner].new(path, index=index)
            point = curve.keyframe_points.insert(at, float(values[0]), options={"FAST"})
            point.interpolation = "LINEAR"
        self.kept += 1
        self.scene.frame_end = max(self.scene.frame_end, int(np.ceil(at - 1e-3)))

    def stop(self):
        """End the receiver and finish the keyframes; they stay."""
        self.receiver.stop()
        for curves in (self._curves or {}).values():
            for curve in curves:
                curve.update()
