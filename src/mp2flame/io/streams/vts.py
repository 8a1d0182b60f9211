"""``vts://host:port``: parameter injection into VTube Studio (its public plugin API, port 8001).

Per session: AuthenticationTokenRequest (the program asks its user once, the token is kept in a file),
AuthenticationRequest, then one InjectParameterDataRequest per frame; the next waits for the answer, so a
busy VTube Studio skips frames. ``faceFound`` carries the lost state. VTube Studio's parameters are seen
as in a mirror: turning to the subject's right is positive. ``mirror=0`` turns that round.

Source: https://github.com/DenchiSoft/VTubeStudio (README, "Authentication", "Feeding in data").
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...base import channels as names
from ...base.home import expanded, home
from ...base.values import FloatArray, Frame
from ...base.write import atomic_write
from . import frames
from .base import Line, Output, StreamContext, parse_url
from .packets import RejectedPacket
from .wire import MAX_JSON

PORT = 8001
PLUGIN = {"pluginName": "mp2flame", "pluginDeveloper": "mp2flame authors"}
CUSTOM_PREFIX = "ARKit"
ASK_TIMEOUT_S = 120.0
ANSWER_TIMEOUT_S = 5.0
# Live Link's scale of gaze, yaw 0.6 and pitch 0.5 rad at full weight, is VTube Studio's -1..1
_YAW, _PITCH = 0.6, 0.5
_REACH = 10.0  # centimetres: the documented range of FacePositionX


def request(kind: str, data: dict[str, Any] | None = None, request_id: str = "mp2flame") -> str:
    """A message of the API."""
    message: dict[str, Any] = {
        "apiName": "VTubeStudioPublicAPI",
        "apiVersion": "1.0",
        "requestID": request_id,
        "messageType": kind,
    }
    if data is not None:
        message["data"] = data
    return json.dumps(message)


def read_answer(text: str | bytes) -> tuple[str, dict[str, Any]]:
    """Message type and data of an answer.

    Raises:
        RejectedPacket: not a message of the API.
    """
    if len(text) > 16 * MAX_JSON:
        raise RejectedPacket("too long")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise RejectedPacket("not JSON") from None
    if not isinstance(message, dict) or message.get("apiName") != "VTubeStudioPublicAPI":
        raise RejectedPacket("not VTube Studio")
    kind, data = message.get("messageType"), message.get("data") or {}
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise RejectedPacket("bad message")
    return kind, data


def parameters(
    frame: Frame, *, mirror: bool = True, custom: bool = False, origin: FloatArray | None = None
) -> list[dict[str, Any]]:
    """``parameterValues`` of a frame: VTube Studio's default tracking parameters, from weights and poses.

    Args:
        frame: weights, poses and position.
        mirror: VTube Studio's mirror view.
        custom: the 52 weights as parameters of our own, too.
        origin: ``(3,)`` metres that face positions are offsets from; None: this frame's own place.
    """
    weight = dict(zip(names.BLENDSHAPES, np.asarray(frame.weights, np.float64).tolist()))
    sign = 1.0 if mirror else -1.0

    def side(name: str, which: str) -> float:
        return float(weight[name + which])

    yaw, pitch, roll = np.rad2deg(frames.yaw_pitch_roll(frames.head_rotation(frame.params)))
    eyes = np.asarray(frame.params.eye_pose, np.float64)
    place = np.asarray(frame.params.transl, np.float64)
    offset = 100.0 * (place - (place if origin is None else origin))
    x, y, z = np.clip(offset, -_REACH, _REACH).tolist()
    values = {
        "FaceAngleX": sign * yaw,
        "FaceAngleY": -pitch,
        "FaceAngleZ": -sign * roll,
        "FacePositionX": -sign * x,
        "FacePositionY": y,
        "FacePositionZ": z,
        "MouthOpen": weight["jawOpen"] - weight["mouthClose"],
        "MouthSmile": 0.5
        + 0.25 * (weight["mouthSmileLeft"] + weight["mouthSmileRight"])
        - 0.25 * (weight["mouthFrownLeft"] + weight["mouthFrownRight"]),
        "MouthX": sign * (weight["mouthRight"] - weight["mouthLeft"]),
        "CheekPuff": weight["cheekPuff"],
        "TongueOut": float(frame.tongue_out or 0.0),
    }
    brows = []
    for which, eye in (("Left", eyes[:3]), ("Right", eyes[3:])):
        eye_yaw, eye_pitch, _ = frames.yaw_pitch_roll(eye)
        raised = 0.5 * (weight["browInnerUp"] + side("browOuterUp", which)) - side("browDown", which)
        brows.append(0.5 + 0.5 * raised)
        values[f"EyeOpen{which}"] = 1.0 - side("eyeBlink", which)
        values[f"Eye{which}X"] = sign * eye_yaw / _YAW
        values[f"Eye{which}Y"] = -eye_pitch / _PITCH
        values[f"Brow{which}Y"] = brows[-1]
    values["Brows"] = 0.5 * sum(brows)
    for key, value in values.items():
        if not key.startswith("Face"):
            signed = key.endswith("X") or key in ("EyeLeftY", "EyeRightY")
            low = -1.0 if signed else 0.0
            values[key] = min(max(value, low), 1.0)
    if custom:
        for name in names.BLENDSHAPES[1:]:
            values[CUSTOM_PREFIX + name[0].upper() + name[1:]] = min(max(weight[name], 0.0), 1.0)
    return [{"id": key, "value": round(float(value), 5)} for key, value in values.items()]


class VtsOutput(Output):
    """``vts://host[:8001]``; options ``mirror=1|0``, ``custom=1`` (52 own parameters), ``token_file``."""

    def __init__(self, text: str, context: StreamContext) -> None:
        super().__init__(text, context)
        url = parse_url(text, default_port=PORT, options=("mirror", "custom", "token_file"))
        self._mirror, self._custom = url.flag("mirror", True), url.flag("custom", False)
        self._token_file = expanded(url.options.get("token_file") or _default_token_file())
        self._origin: FloatArray | None = None  # where the head was when the session began
        self._line = Line(
            "mp2flame-vts", url, self._talk, self.stats, scheme="ws", label="VTube Studio at ", max_size=16 * MAX_JSON
        )  # fmt: skip
        self._line.start()

    def _send(self, frame: Frame) -> None:
        self.stats.dropped += self._line.slot.put(frame)

    def _talk(self, connection: Any) -> None:
        self._authenticate(connection)
        self.stats.clients = 1
        self._inject(connection)

    def _ask(
        self, connection: Any, kind: str, data: dict[str, Any], timeout: float = ANSWER_TIMEOUT_S
    ) -> dict[str, Any]:
        connection.send(request(kind, data))
        kind_back, answer = read_answer(connection.recv(timeout))
        if kind_back == "APIError":
            number, words = answer.get("errorID"), str(answer.get("message", ""))[:120]
            raise RejectedPacket(f"error {number}: {words}")
        return answer

    def _authenticate(self, connection: Any) -> None:
        token = self._stored_token()
        for _ in range(2):
            if not token:
                answer = self._ask(connection, "AuthenticationTokenRequest", PLUGIN, ASK_TIMEOUT_S)
                token = str(answer.get("authenticationToken", ""))[:512]
            answer = self._ask(connection, "AuthenticationRequest", {**PLUGIN, "authenticationToken": token})
            if answer.get("authenticated") is True:
                self._store_token(token)
                break
            token = ""  # revoked in the program: ask anew, once
        else:
            raise RejectedPacket("the plugin was not allowed; allow mp2flame in VTube Studio's plugin list")
        if self._custom:
            for name in names.BLENDSHAPES[1:]:
                self._ask(
                    connection,
                    "ParameterCreationRequest",
                    {
                        "parameterName": CUSTOM_PREFIX + name[0].upper() + name[1:],
                        "explanation": f"ARKit {name}", "min": 0, "max": 1, "defaultValue": 0,
                    },
                )  # fmt: skip

    def _inject(self, connection: Any) -> None:
        while not self._line.stopped.is_set():
            frame = self._line.slot.get(timeout=0.5)
            if frame is None:
                continue
            if self._origin is None and frame.detected and frame.params.transl.any():
                self._origin = np.asarray(frame.params.transl, np.float64)
            data = {
                "faceFound": bool(frame.detected),
                "mode": "set",
                "parameterValues": parameters(
                    frame, mirror=self._mirror, custom=self._custom, origin=self._origin
                ),
            }
            try:
                self._ask(connection, "InjectParameterDataRequest", data)
                self.stats.sent += 1
            except RejectedPacket as error:  # another plugin owns a parameter, no model loaded, ...
                self.stats.fail(error)

    def _stored_token(self) -> str:
        try:
            return self._token_file.read_text(encoding="utf-8").strip()[:512]
        except (OSError, UnicodeDecodeError):
            return ""

    def _store_token(self, token: str) -> None:
        with contextlib.suppress(OSError):  # without the file the program only asks again next time
            with atomic_write(self._token_file, private=True, make_folder=True) as file:
                file.write(token.encode("utf-8"))

    def _close(self) -> None:
        self._line.close()


def _default_token_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or home() / ".config"
    return Path(base) / "mp2flame" / "vtube_studio_token"
