"""VMC protocol (https://protocol.vmc.info/english): OSC to and from VSeeFace, Warudo, VNyan, VMagicMirror.

One bundle a frame, in the order that receivers ask for: ``/VMC/Ext/OK 1 3 0 tracking`` (loaded, calibrated,
mode, tracking good or bad), ``/VMC/Ext/T seconds``, root, bones, blend values, ``/VMC/Ext/Blend/Apply``.
Bones are local rotations in Unity's left-handed axes. The head's rotation is shared between Neck and Head
along the same axis, so that their product is the tracked rotation.
"""

from __future__ import annotations

import numpy as np

from ...base import channels as names
from ...base.values import Frame
from . import frames
from .base import StreamContext, now_s, parse_url
from .inputs import INPUT_OPTIONS, PacketInput
from .osc import BundleOutput, Message, python_osc, read_messages
from .packets import Packet, RejectedPacket, bounded, finite, tongue_from_names, weights_from_names

PORT = 39539
_CHANNELS = tuple((i, name) for i, name in enumerate(names.BLENDSHAPES) if name != "_neutral")
VRM_PRESETS = (
    ("A", ("jawOpen",)),
    ("U", ("mouthPucker",)),
    ("O", ("mouthFunnel",)),
    ("Blink_L", ("eyeBlinkLeft",)),
    ("Blink_R", ("eyeBlinkRight",)),
    ("Joy", ("mouthSmileLeft", "mouthSmileRight")),
)
"""VRM 0 preset clips for avatars without the 52 shapes, each the mean of the named weights."""
_FROM_PRESET: dict[str, tuple[str, ...]] = {
    **{name.lower().replace("_", ""): parts for name, parts in VRM_PRESETS},
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    # VRM 1 spells them so
    "aa": ("jawOpen",), "ou": ("mouthPucker",), "oh": ("mouthFunnel",), "blinkleft": ("eyeBlinkLeft",),
    "blinkright": ("eyeBlinkRight",), "happy": ("mouthSmileLeft", "mouthSmileRight"),
}  # fmt: skip
_IDENTITY = (0.0, 0.0, 0.0, 1.0)


def messages(
    frame: Frame,
    *,
    seconds: float,
    pascal: bool = False,
    presets: bool = False,
    neck_share: float = 0.3,
    with_position: bool = False,
) -> list[Message]:
    """The messages of one frame.

    Args:
        pascal: ``EyeBlinkLeft`` instead of ``eyeBlinkLeft``: names are case-sensitive in some receivers.
        presets: also the VRM presets of ``VRM_PRESETS``.
        neck_share: 0..1, how much of the head's rotation the neck bone takes.
        with_position: root position from ``transl`` (camera-relative); else the origin.
    """
    head = np.asarray(frames.head_rotation(frame.params), np.float64)
    eyes = np.asarray(frame.params.eye_pose, np.float64)
    root = frames.unity_position(frame.params.transl) if with_position else (0.0, 0.0, 0.0)
    found: list[Message] = [
        ("/VMC/Ext/OK", [1, 3, 0, int(frame.detected)]),
        ("/VMC/Ext/T", [float(seconds)]),
        ("/VMC/Ext/Root/Pos", ["root", *root, *_IDENTITY]),
    ]
    turns = (neck_share * head, (1.0 - neck_share) * head, eyes[:3], eyes[3:])
    for bone, rotation in zip(("Neck", "Head", "LeftEye", "RightEye"), turns):
        found.append(("/VMC/Ext/Bone/Pos", [bone, 0.0, 0.0, 0.0, *frames.unity_quaternion(rotation)]))
    weights = np.asarray(frame.weights, np.float64).tolist()
    for i, name in _CHANNELS:
        found.append(("/VMC/Ext/Blend/Val", [name[0].upper() + name[1:] if pascal else name, weights[i]]))
    found.append(
        ("/VMC/Ext/Blend/Val", ["TongueOut" if pascal else "tongueOut", float(frame.tongue_out or 0.0)])
    )
    if presets:
        for preset, parts in VRM_PRESETS:
            value = sum(weights[names.INDEX[part]] for part in parts) / len(parts)
            found.append(("/VMC/Ext/Blend/Val", [preset, value]))
    found.append(("/VMC/Ext/Blend/Apply", []))
    return found


class VmcOutput(BundleOutput):
    """``vmc://host[:39539]``; options ``names=camel|pascal``, ``presets``, ``neck=0..1``, ``position``."""

    def __init__(self, text: str, context: StreamContext) -> None:
        url = parse_url(text, default_port=PORT, options=("names", "presets", "neck", "position"))
        self._pascal = url.choice("names", "camel", ("camel", "pascal")) == "pascal"
        self._presets = url.flag("presets", False)
        self._neck = url.number("neck", 0.3, 0.0, 1.0)
        self._position = url.flag("position", False)
        self._start = now_s()
        super().__init__(url, context)

    def messages(self, frame: Frame) -> list[Message]:
        return messages(
            frame, seconds=now_s() - self._start, pascal=self._pascal, presets=self._presets,
            neck_share=self._neck, with_position=self._position,
        )  # fmt: skip


class VmcDecoder:
    """Collects messages until a frame is whole: VMC may spread one over several datagrams.

    A frame ends with ``/VMC/Ext/Blend/Apply``; the state of bones stays until the next value, as receivers
    of the protocol do. Only the four bones, the 51 channels and the presets are kept, so memory is bounded. A sender that
    has the preset clips of an avatar only (A, Blink_L, Joy ...) drives the channels that ``presets=1`` makes them of.
    """

    def __init__(self) -> None:
        self._bones: dict[str, np.ndarray] = {}
        self._values: dict[str, float] = {}
        self._presets: dict[str, float] = {}
        self._detected = True
        self._time_ms: float | None = None

    def feed(self, data: bytes) -> list[Packet]:
        """Frames completed by this datagram, oldest first.

        Raises:
            RejectedPacket: not OSC, or a VMC message with the wrong arguments; nothing of it is kept.
        """
        found: list[Packet] = []
        bones, values, presets = dict(self._bones), dict(self._values), dict(self._presets)
        detected, time_ms = self._detected, self._time_ms
        for address, arguments in read_messages(data):
            if not address.startswith("/VMC/Ext/"):
                continue
            try:
                if address == "/VMC/Ext/OK":
                    # the fourth argument came with version 2.7; without it only 'loaded' is known
                    detected = bool(int(arguments[3])) if len(arguments) > 3 else True
                elif address == "/VMC/Ext/T":
                    time_ms = 1000.0 * finite(float(arguments[0]))
                elif address == "/VMC/Ext/Bone/Pos":
                    name, *numbers = arguments
                    if name in ("Neck", "Head", "LeftEye", "RightEye"):
                        bones[name] = _bone(numbers)
                elif address == "/VMC/Ext/Blend/Val":
                    name, value = str(arguments[0]), finite(float(arguments[1]))
                    channel = names.canonical_name(name[:64])
                    if channel in names.INDEX:
                        values[channel] = value
                    elif name[:64].lower().replace("_", "") in _FROM_PRESET:
                        presets[name.lower().replace("_", "")] = value
                elif address == "/VMC/Ext/Blend/Apply":
                    found.append(_packet(bones, values or _channels_of(presets), detected, time_ms))
            except RejectedPacket:
                raise
            except (IndexError, TypeError, ValueError, OverflowError):
                raise RejectedPacket("bad VMC arguments") from None
        self._bones, self._values, self._presets = bones, values, presets
        self._detected, self._time_ms = detected, time_ms
        return found


def _channels_of(presets: dict[str, float]) -> dict[str, float]:
    """Preset clips as the channels they are made of; of two for one channel the larger counts."""
    values: dict[str, float] = {}
    for preset, value in presets.items():
        for part in _FROM_PRESET[preset]:
            values[part] = max(value, values.get(part, 0.0))
    return values


def _bone(numbers: list[object]) -> np.ndarray:
    if len(numbers) != 7:
        raise RejectedPacket("bad VMC arguments")
    quaternion = bounded((float(str(x)) for x in numbers[3:]), 10.0)
    if float(np.abs(quaternion).max()) < 1e-3:
        raise RejectedPacket("quaternion of zeros")
    bounded((float(str(x)) for x in numbers[:3]), 1e6)
    return frames.from_unity_quaternion(quaternion)


def _packet(
    bones: dict[str, np.ndarray], values: dict[str, float], detected: bool, time_ms: float | None
) -> Packet:
    head = None
    if "Neck" in bones or "Head" in bones:
        zero = np.zeros(3)
        head = frames.compose(bones.get("Neck", zero), bones.get("Head", zero)).astype(np.float32)
    eyes = None
    if "LeftEye" in bones and "RightEye" in bones:
        eyes = np.concatenate([bones["LeftEye"], bones["RightEye"]])
    return Packet(
        detected=detected, weights=weights_from_names(values.items()), head_orient=head, eye_pose=eyes,
        timestamp_ms=time_ms, faults=() if values else ("no face channel",),
        tongue_out=tongue_from_names(values.items()),
    )  # fmt: skip


class VmcInput(PacketInput):
    """``vmc://[host][:39539]``: be a marionette of any VMC sender."""

    def __init__(self, text: str) -> None:
        url = parse_url(text, default_port=PORT, options=(*INPUT_OPTIONS, "from"))
        python_osc()
        super().__init__(url, url.host, url.port, url.options.get("from", ""))
        self._decoder = VmcDecoder()

    def _parse(self, data: bytes) -> Packet | None:
        found = self._decoder.feed(data)
        self.stats.dropped += max(len(found) - 1, 0)
        return found[-1] if found else None

    def _pick(self, batch: list[bytes]) -> Packet | None:
        # a frame may be spread over datagrams, so all are read, in order
        self.stats.frames += len(batch)
        newest = None
        for packet in filter(None, map(self._try, batch)):
            self.stats.dropped += newest is not None
            newest = packet
        return newest
