"""Wire formats: round trips, independent decoders, known signs, and bytes that are not what they claim."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp2flame.base import channels as names
from mp2flame.base import rotations
from mp2flame.base.values import FlameParams, Frame
from mp2flame.io.streams import StreamContext, frames, ifacialmocap, livelink, vmc, wire
from mp2flame.io.streams.osc import BundleTemplate, OscOutput, encode_bundle, read_messages
from mp2flame.io.streams.packets import Packet, RejectedPacket
from streams_kit import NUM_EXPRESSION, decode_json, good_packets, hostile_packets, make_frame, parsers

seeds = st.integers(0, 2**31)
few = settings(max_examples=25, deadline=None)


def head_of(frame: Frame) -> np.ndarray:
    return rotations.compose(frame.params.global_orient, frame.params.neck_pose)


def posed(**poses: list[float]) -> Frame:
    frame = make_frame(0)
    frame.params = FlameParams.zeros(NUM_EXPRESSION).replace(**{k: np.array(v) for k, v in poses.items()})
    return frame


# -- the project's own messages


@few
@given(seed=seeds, detected=st.booleans())
def test_binary_and_json_frames_come_back(seed: int, detected: bool) -> None:
    frame = make_frame(seed, index=seed, detected=detected)
    for back, tolerance in (
        (wire.decode_binary(wire.encode_binary(frame)), 0.0),
        (decode_json(wire.encode_json(frame)), 2e-6),
    ):
        assert (back.index, back.detected) == (frame.index, detected)
        assert back.timestamp_ms == pytest.approx(frame.timestamp_ms, abs=1e-3)
        np.testing.assert_allclose(back.weights, frame.weights, atol=tolerance)
        for name, value in frame.params.asdict().items():
            np.testing.assert_allclose(getattr(back.params, name), value, atol=5 * tolerance)


def test_binary_layout_is_what_the_hello_says() -> None:
    frame = make_frame(7)
    says = wire.hello(StreamContext(num_expression=NUM_EXPRESSION))["binary"]
    data = wire.encode_binary(frame)
    assert len(data) == says["frame_bytes"]
    assert data[:4] == b"M2FS"
    # a reader written from the specification alone
    version, flags, index, count = struct.unpack_from("<HHII", data, 4)
    assert (version, flags & 1, index, count) == (1, 1, 7, NUM_EXPRESSION)
    assert struct.unpack_from("<d", data, 16)[0] == frame.timestamp_ms
    floats = struct.unpack_from(f"<{(len(data) - 32) // 4}f", data, 32)
    fields = {f["name"]: floats[f["start"] : f["start"] + f["width"]] for f in says["fields"]}
    np.testing.assert_array_equal(fields["weights"], frame.weights)
    for name, value in frame.params.asdict().items():
        np.testing.assert_array_equal(np.float32(fields[name]), value)


@pytest.mark.parametrize(
    "message",
    [
        b"", b"nope", b"[]", b"{}", b'{"type":1}', b'{"type":"frame"}', b'{"type":"frame","weights":[NaN]}',
        b'{"type":"frame","weights":{"jawOpen":true}}', b'{"type":"frame","weights":{"jawOpen":"0.5"}}',
        b'{"type":"frame","weights":{"noChannel":0.5}}', b'{"type":"frame","weights":[0.1,0.2]}',
        b'{"type":"hello","schema":"mp2flame.stream/2"}', b'{"type":"hello","schema":7}',
        b'{"type":"hello","schema":"mp2flame.stream/1","names":["jawOpen","jaw_open"]}',
        b'{"type":"frame","weights":{"jawOpen":1e999}}', b"[" * 30_000, b'{"type":"x"}', b" " * 70_000,
    ],
)  # fmt: skip
def test_json_input_refuses(message: bytes) -> None:
    with pytest.raises(RejectedPacket):
        wire.InputDecoder().feed(message.decode())


def test_json_input_takes_names_in_any_spelling_and_order() -> None:
    decoder = wire.InputDecoder()
    packet = decoder.feed('{"type":"frame","weights":{"JawOpen":0.5,"eyeBlink_L":0.25,"custom":3}}')
    assert packet is not None and packet.weights is not None
    assert packet.weights[names.INDEX["jawOpen"]] == pytest.approx(0.5)
    assert packet.weights[names.INDEX["eyeBlinkLeft"]] == pytest.approx(0.25)
    assert packet.weights.sum() == pytest.approx(0.75)
    assert packet.head_orient is None
    assert (
        decoder.feed('{"type":"hello","schema":"mp2flame.stream/1","names":["mouthPucker","jawOpen"]}')
        is None
    )
    packet = decoder.feed('{"type":"frame","weights":[0.75,0.125]}')
    assert packet is not None and packet.weights is not None
    assert packet.weights[names.INDEX["mouthPucker"]] == 0.75
    assert packet.weights[names.INDEX["jawOpen"]] == 0.125


# -- Live Link


@few
@given(seed=seeds, swap=st.booleans())
def test_livelink_round_trip(seed: int, swap: bool) -> None:
    frame = make_frame(seed)
    data = livelink.encode(
        livelink.values_of(frame, keep_sides=not swap), subject="mé", device_id="x" * 36, frame=5
    )
    packet = livelink.decode(data, keep_sides=not swap)
    np.testing.assert_allclose(packet.weights, frame.weights, atol=1e-6)
    np.testing.assert_allclose(packet.head_orient, head_of(frame), atol=1e-5)
    np.testing.assert_allclose(packet.eye_pose, frame.params.eye_pose, atol=1e-5)
    assert (packet.subject, packet.detected) == ("mé", True)


def test_livelink_against_pylivelinkface() -> None:
    other = pytest.importorskip("pylivelinkface", reason="pip install pylivelinkface")
    frame = make_frame(11)
    values = livelink.values_of(frame, keep_sides=True)
    data = livelink.encode(values, subject="phone", device_id="A" * 36, frame=77, fps=60)
    seen, face = other.PyLiveLinkFace.decode(data)
    assert seen
    assert (face.name, face.fps) == ("phone", 60)
    for shape in other.FaceBlendShape:
        assert face.get_blendshape(shape) == pytest.approx(float(values[shape.value]), abs=1e-7)
        if shape.name in ("JawOpen", "EyeBlinkLeft", "MouthLeft", "BrowDownRight"):
            ours = frame.weights[names.INDEX[shape.name[0].lower() + shape.name[1:]]]
            assert face.get_blendshape(shape) == pytest.approx(float(ours), abs=1e-7)
    assert (
        other.PyLiveLinkFace.decode(livelink.encode(None, subject="p", device_id="A" * 36, frame=1))[0]
        is False
    )

    theirs = other.PyLiveLinkFace(name="them", uuid="$" + "0" * 36, fps=60)
    theirs.set_blendshape(other.FaceBlendShape.JawOpen, 0.625, no_filter=True)
    theirs.set_blendshape(other.FaceBlendShape.EyeBlinkRight, 0.5, no_filter=True)
    packet = livelink.decode(theirs.encode())
    assert packet.weights is not None
    assert packet.weights[names.INDEX["jawOpen"]] == 0.625
    assert packet.weights[names.INDEX["eyeBlinkRight"]] == 0.5
    assert packet.weights.sum() == pytest.approx(1.125)


def test_livelink_bytes_by_the_documented_packing() -> None:
    """The layout of PyLiveLinkFace's ``encode``, by struct alone: '<I' version, 37 bytes of id from '$'."""
    data = livelink.encode(np.arange(61) / 61, subject="abc", device_id="B" * 36, frame=9, sub_frame=0.5)
    assert struct.unpack_from("<I", data)[0] == 6
    assert data[4:41] == b"$" + b"B" * 36
    assert struct.unpack_from("!i", data, 41)[0] == 3
    assert data[45:48] == b"abc"
    assert struct.unpack_from("!ifii", data, 48) == (9, 0.5, 60, 1)
    count, *values = struct.unpack_from("!B61f", data, 64)
    assert count == 61 and len(data) == 64 + 1 + 244
    np.testing.assert_allclose(values, np.arange(61) / 61, atol=1e-7)


def test_livelink_sideways_switch_moves_only_four() -> None:
    frame = make_frame(2)
    plain, swapped = livelink.values_of(frame, keep_sides=True), livelink.values_of(frame)
    moved = {names.PYLIVELINKFACE[i] for i in np.flatnonzero(plain != swapped)}
    assert moved == {"JawLeft", "JawRight", "MouthLeft", "MouthRight"}


def test_livelink_lost_packet() -> None:
    packet = livelink.decode(livelink.encode(None, subject="p", device_id="A" * 36, frame=1))
    assert not packet.detected and packet.weights is None


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_livelink_refuses_wild_numbers(value: float) -> None:
    values = np.zeros(61, np.float32)
    values[17] = value
    with pytest.raises(RejectedPacket):
        livelink.decode(livelink.encode(values, subject="p", device_id="A" * 36, frame=1))


# -- signs: a head turned to the subject's left, looking down


def test_signs_of_a_head_turned_left_and_eyes_down() -> None:
    """+y turns z to +x, the subject's left; +x turns z to -y, down. Each protocol's own sign follows."""
    left = posed(global_orient=[0, 0.3, 0], eye_pose=[0.2, 0, 0, 0.2, 0, 0])
    values = dict(zip(names.PYLIVELINKFACE, livelink.values_of(left).tolist()))
    assert values["HeadYaw"] == pytest.approx(0.3, abs=1e-6)  # of the head: positive is the subject's left
    assert values["LeftEyePitch"] == pytest.approx(0.2, abs=1e-6)  # of an eye: positive is down
    down = dict(zip(names.PYLIVELINKFACE, livelink.values_of(posed(global_orient=[0.3, 0, 0])).tolist()))
    assert down["HeadPitch"] == pytest.approx(-0.3, abs=1e-6)  # of the head: positive is up
    bones = {m[1][0]: m[1][1:] for m in vmc.messages(left, seconds=0, neck_share=0.0) if "Bone" in m[0]}
    # Unity: left-handed, so a turn to the left is a negative angle about y
    np.testing.assert_allclose(bones["Head"][3:], [0, -np.sin(0.15), 0, np.cos(0.15)], atol=1e-7)
    np.testing.assert_allclose(bones["LeftEye"][3:], [np.sin(0.1), 0, 0, np.cos(0.1)], atol=1e-7)
    text = ifacialmocap.encode(left).decode()
    assert "=head#0.000000,17.18873" in text
    from mp2flame.io.streams.vts import parameters

    found = {p["id"]: p["value"] for p in parameters(left)}
    assert found["FaceAngleX"] == pytest.approx(-17.18873, abs=1e-4)
    assert found["EyeLeftY"] == pytest.approx(-0.4, abs=1e-4)
    assert {p["id"]: p["value"] for p in parameters(left, mirror=False)}["FaceAngleX"] > 0


@pytest.mark.parametrize("head, eye", [("HeadYaw", "EyeYaw"), ("HeadPitch", "EyePitch")])
def test_livelink_gaze_stays_in_space_while_the_head_turns(head: str, eye: str) -> None:
    """A person who turns the head and keeps looking at the phone: the phone writes the same angle in the head's column
    and in the eyes' (found on a real recording: gaze in space varies by 2.9 degrees so, by 17.9 the other way)."""
    for angle in (-0.4, 0.3):
        values = np.zeros(61, np.float32)
        for name in (head, f"Left{eye}", f"Right{eye}"):
            values[names.PYLIVELINKFACE.index(name)] = angle
        packet = livelink.decode(livelink.encode(values, subject="p", device_id="x" * 36, frame=1))
        for part in (slice(3), slice(3, 6)):
            whole = rotations.axis_angle_to_matrix(
                rotations.compose(packet.head_orient, packet.eye_pose[part])
            )
            np.testing.assert_allclose(whole[:, 2], [0, 0, 1], atol=1e-6)
        assert np.abs(packet.head_orient).max() == pytest.approx(abs(angle), abs=1e-6)


def test_unity_flip_is_the_mirrored_rotation() -> None:
    """Independent of quaternion algebra: conjugating the matrix with diag(-1, 1, 1) is the same rotation."""
    rng = np.random.default_rng(0)
    flip = np.diag([-1.0, 1.0, 1.0])
    for _ in range(20):
        vector = rng.uniform(-1.5, 1.5, 3)
        x, y, z, w = frames.unity_quaternion(vector)
        expected = flip @ rotations.axis_angle_to_matrix(vector) @ flip
        np.testing.assert_allclose(rotations.quaternion_to_matrix([w, x, y, z]), expected, atol=1e-12)
        np.testing.assert_allclose(frames.from_unity_quaternion((x, y, z, w)), vector, atol=1e-6)


def test_plain_float_rotations_are_those_of_the_rotations_module() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        a, b = rng.uniform(-1.6, 1.6, (2, 3)) * rng.choice([1e-9, 1e-4, 1.0], 1)
        np.testing.assert_allclose(frames.compose(a, b), rotations.compose(a, b), atol=1e-9)
        y, x, z = rotations.matrix_to_euler(rotations.axis_angle_to_matrix(a), "YXZ")
        np.testing.assert_allclose(np.deg2rad(frames.euler_degrees(a)), (x, y, z), atol=1e-7)
        np.testing.assert_allclose(frames.yaw_pitch_roll(a), (-y, x, -z), atol=1e-7)
        w, qx, qy, qz = rotations.axis_angle_to_quaternion(a)
        np.testing.assert_allclose(frames.unity_quaternion(a), (qx, -qy, -qz, w), atol=1e-12)


@pytest.mark.parametrize("pitch_deg", [90.0, -90.0])
def test_looking_straight_up_or_down_is_still_the_same_rotation(pitch_deg: float) -> None:
    vector = frames.from_euler_degrees(pitch_deg, 30, 20)
    back = frames.from_euler_degrees(*frames.euler_degrees(vector))
    first, second = rotations.axis_angle_to_matrix(vector), rotations.axis_angle_to_matrix(back)
    assert float(rotations.geodesic_angle(first, second)) < 1e-3


@few
@given(st.tuples(*[st.floats(-1.2, 1.2)] * 3))
def test_angle_conversions_come_back(vector: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(frames.from_yaw_pitch_roll(*frames.yaw_pitch_roll(vector)), vector, atol=1e-5)
    np.testing.assert_allclose(frames.from_euler_degrees(*frames.euler_degrees(vector)), vector, atol=1e-5)


# -- iFacialMocap


@few
@given(seed=seeds, version=st.sampled_from([1, 2]))
def test_ifacialmocap_round_trip(seed: int, version: int) -> None:
    frame = make_frame(seed, detected=bool(seed % 2))
    packet = ifacialmocap.decode(ifacialmocap.encode(frame, version=version))
    np.testing.assert_allclose(packet.weights, frame.weights, atol=0.00501)  # whole percents
    np.testing.assert_allclose(packet.head_orient, head_of(frame), atol=1e-5)
    np.testing.assert_allclose(packet.eye_pose, frame.params.eye_pose, atol=1e-5)
    np.testing.assert_allclose(packet.transl, frame.params.transl, atol=1e-5)
    assert packet.detected == frame.detected


def test_ifacialmocap_grammar() -> None:
    """What receivers of the original rely on: one '=', integers, a closing bar, 52 names."""
    text = ifacialmocap.encode(make_frame(1)).decode("ascii")
    shapes, _, transforms = text.partition("=")
    assert "=" not in transforms and text.endswith("|")
    fields = [part.rsplit("-", 1) for part in shapes.strip("|").split("|")]
    assert all(value.isdigit() and 0 <= int(value) <= 100 for _, value in fields)
    assert {name for name, _ in fields} == {*names.IFACIALMOCAP, "trackingStatus"}
    assert [part.split("#")[0] for part in transforms.strip("|").split("|")] == [
        "head",
        "rightEye",
        "leftEye",
    ]


def test_ifacialmocap_takes_the_apps_oddities() -> None:
    """Stray fields, missing channels and either order of the eyes, as in the developer page's own example."""
    packet = ifacialmocap.decode(
        b"mouthSmile_R-0(eyeLookOut_L-0)|1|jawOpen-12|eyeBlink_L-7|=head#-21.4,-6.0,-6.6,-0.03,-0.1,-0.65|"
        b"leftEye#6.03,-1.66,-0.17|rightEye#6.02,2.44,0.25|34903,-1.6660284,-0.17520553|"
    )
    assert packet.weights is not None and packet.eye_pose is not None
    assert packet.weights[names.INDEX["jawOpen"]] == pytest.approx(0.12)
    assert packet.weights[names.INDEX["eyeBlinkLeft"]] == pytest.approx(0.07)
    # converging: the left eye turns to the subject's right (negative y), the right eye to the left
    assert packet.eye_pose[1] < 0 < packet.eye_pose[4]


def test_ifacialmocap_tracking_status_comes_first() -> None:
    """As in captured packets of the app: a receiver that drops the first field must not lose a channel."""
    for version, separator in ((1, "-"), (2, "&")):
        fields = ifacialmocap.encode(make_frame(1), version=version).decode().split("|")
        assert fields[0] == f"trackingStatus{separator}1" and fields[1].startswith("mouthSmile_R")


def test_ifacialmocap_any_number_and_a_head_of_three() -> None:
    packet = ifacialmocap.decode(
        b"trackingStatus-1|jawOpen-12.3456789012345678|eyeBlink_L-7.5e+1|cheekPuff--1.5E-3|mouthClose-.5|"
        b"=head#-10.0,5.0,2.0|rightEye#4.0,-2.0,0.0|leftEye#4.0,-6.0,0.0|"
    )
    found = {
        name: packet.weights[names.INDEX[name]]
        for name in ("jawOpen", "eyeBlinkLeft", "cheekPuff", "mouthClose")
    }
    assert found == pytest.approx(
        {"jawOpen": 0.123456789, "eyeBlinkLeft": 0.75, "cheekPuff": -1.5e-5, "mouthClose": 0.005}
    )
    assert packet.transl is None and not packet.faults
    np.testing.assert_allclose(packet.head_orient, frames.from_euler_degrees(-10, 5, 2))


def test_ifacialmocap_a_bad_field_is_a_counted_fault_and_never_zero() -> None:
    decoder = ifacialmocap.Decoder()
    good = b"jawOpen-40|eyeBlink_L-10|=head#1,2,3,0,0,0|rightEye#0,0,0|leftEye#0,0,0|"
    assert decoder.feed(good.replace(b"40", b"4x")).faults == ("not a number",)  # nothing to keep yet
    first = decoder.feed(good)
    for data in (good.replace(b"40", b"4x"), good.replace(b"40", b""), good.replace(b"1,2,3,0", b"1,2,?,0")):
        packet = decoder.feed(data.replace(b"_L-10", b"_L-20"))
        assert packet.faults == ("not a number",)
        assert packet.weights[names.INDEX["jawOpen"]] == pytest.approx(0.4)
        assert packet.weights[names.INDEX["eyeBlinkLeft"]] == pytest.approx(0.2)
        np.testing.assert_array_equal(packet.head_orient, first.head_orient)
    assert decoder.feed(good.replace(b"1,2,3,0,0,0", b"1,2")).faults == ("wrong number of values",)
    assert not decoder.feed(b"strange-x|" + good).faults


# -- VMC


@few
@given(seed=seeds, pascal=st.booleans(), share=st.floats(0, 1))
def test_vmc_round_trip(seed: int, pascal: bool, share: float) -> None:
    frame = make_frame(seed, detected=bool(seed % 2))
    data = encode_bundle(vmc.messages(frame, seconds=1.5, pascal=pascal, neck_share=share))
    (packet,) = vmc.VmcDecoder().feed(data)
    np.testing.assert_allclose(packet.weights, frame.weights, atol=1e-6)
    np.testing.assert_allclose(packet.head_orient, head_of(frame), atol=1e-5)
    np.testing.assert_allclose(packet.eye_pose, frame.params.eye_pose, atol=1e-5)
    assert packet.detected == frame.detected and packet.timestamp_ms == 1500.0


@pytest.mark.parametrize("kind", ["vmc", "osc"])
def test_bundle_template_is_python_oscs_own_bytes(kind: str) -> None:
    raw = OscOutput("osc://127.0.0.1:9?names=1", StreamContext(num_expression=NUM_EXPRESSION))

    def messages(seed: int) -> list[tuple[str, Sequence[Any]]]:
        frame = make_frame(seed, detected=bool(seed % 2))
        return vmc.messages(frame, seconds=seed / 7, presets=True) if kind == "vmc" else raw.messages(frame)

    template = BundleTemplate(messages(0))
    for seed in range(5):
        assert template.fill(messages(seed)) == encode_bundle(messages(seed))
    raw.close()


def test_vmc_frame_over_several_datagrams() -> None:
    decoder = vmc.VmcDecoder()
    assert decoder.feed(encode_bundle([("/VMC/Ext/Blend/Val", ["JawOpen", 0.5])])) == []
    assert decoder.feed(encode_bundle([("/VMC/Ext/Blend/Val", ["eyeBlinkLeft", 0.25])])) == []
    assert decoder.feed(encode_bundle([("/VMC/Ext/Blend/Val", ["Fun", 1.0])])) == []
    (packet,) = decoder.feed(encode_bundle([("/VMC/Ext/Blend/Apply", [])]))
    assert packet.weights is not None
    assert packet.weights.sum() == pytest.approx(0.75)
    assert packet.head_orient is None


def test_vmc_presets_and_names() -> None:
    frame = make_frame(0)
    found = dict(m[1] for m in vmc.messages(frame, seconds=0, pascal=True, presets=True) if "Val" in m[0])
    assert found["A"] == pytest.approx(found["JawOpen"])
    assert found["Joy"] == pytest.approx((found["MouthSmileLeft"] + found["MouthSmileRight"]) / 2)
    assert "_neutral" not in found and "jawOpen" not in found


def test_vmc_preset_clips_alone_drive_what_presets_are_made_of() -> None:
    """An avatar without the 52 shapes; with them the presets are not looked at."""
    decoder = vmc.VmcDecoder()
    values = [("A", 0.8), ("Blink_L", 0.5), ("Joy", 0.25), ("BLINK", 0.1), ("Fun", 1.0)]
    clips = [("/VMC/Ext/Blend/Val", [name, value]) for name, value in values]
    (packet,) = decoder.feed(encode_bundle([*clips, ("/VMC/Ext/Blend/Apply", [])]))
    found = {names.BLENDSHAPES[i]: packet.weights[i] for i in np.flatnonzero(packet.weights)}
    want = {
        "jawOpen": 0.8,
        "eyeBlinkLeft": 0.5,
        "eyeBlinkRight": 0.1,
        "mouthSmileLeft": 0.25,
        "mouthSmileRight": 0.25,
    }
    assert found == pytest.approx(want)
    one = ("/VMC/Ext/Blend/Val", ["jawOpen", 0.3])
    (packet,) = decoder.feed(encode_bundle([*clips, one, ("/VMC/Ext/Blend/Apply", [])]))
    assert packet.weights.sum() == pytest.approx(0.3)
    (packet,) = vmc.VmcDecoder().feed(encode_bundle([clips[-1], ("/VMC/Ext/Blend/Apply", [])]))
    assert packet.weights is None and packet.faults == ("no face channel",)


def test_vmc_bad_message_leaves_no_trace() -> None:
    decoder = vmc.VmcDecoder()
    bad = [("/VMC/Ext/Blend/Val", ["jawOpen", 0.9]), ("/VMC/Ext/Bone/Pos", ["Head", 1.0])]
    with pytest.raises(RejectedPacket):
        decoder.feed(encode_bundle(bad))
    (packet,) = decoder.feed(encode_bundle([("/VMC/Ext/Blend/Apply", [])]))
    assert packet.weights is None


def test_osc_element_count_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    for element in (b"\x00\x00\x00\x00", b"\x00\x00\x00\x08/a\x00\x00,\x00\x00\x00"):
        with pytest.raises(RejectedPacket):
            read_messages(b"#bundle\x00" + bytes(7) + b"\x01" + element * 5000)
    assert not caplog.records


def test_osc_bundles_nested_without_end_are_refused() -> None:
    data = encode_bundle([("/a", [1.0])])
    for _ in range(100):
        data = b"#bundle\x00" + b"\x00" * 7 + b"\x01" + struct.pack("!i", len(data)) + data
    with pytest.raises(RejectedPacket):
        read_messages(data)


# -- hostile bytes, every input


@pytest.mark.parametrize("kind", sorted(good_packets()))
def test_fuzz(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """3,000 hostile packets: a packet within bounds, or a rejection; never an exception or a log line."""
    good, parse = good_packets()[kind], parsers()[kind]
    for data in good:
        parse(data)
    taken = refused = 0
    for data in hostile_packets(good, 3000, seed=len(kind)):
        try:
            result = parse(data)
        except RejectedPacket as error:
            refused += 1
            assert 0 < len(str(error)) < 60
            continue
        taken += 1
        for packet in result if isinstance(result, list) else [result]:
            if isinstance(packet, Packet):
                check_bounds(packet)
    assert taken + refused == 3000
    assert not caplog.records
    assert refused > 500


def check_bounds(packet: Packet) -> None:
    for value, width in ((packet.weights, 52), (packet.head_orient, 3), (packet.eye_pose, 6)):
        if value is not None:
            assert value.shape == (width,) and np.isfinite(value).all()
    if packet.weights is not None:
        assert -1 <= packet.weights.min() and packet.weights.max() <= 2
