"""Outputs against independent receivers: python-osc's server, ZeroMQ, a fake VTube Studio, processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp2flame.base import channels as names
from mp2flame.base.errors import (
    InputError,
    MissingDependencyError,
    MissingFileError,
    OutputError,
    SourceError,
)
from mp2flame.base.optional import EXTRAS
from mp2flame.base.values import FlameParams
from mp2flame.io.schemes import SCHEMES, load, scheme_of
from mp2flame.io.streams import Output, SharedMemoryReader, StreamContext, open_output, wire
from mp2flame.io.streams.inputs import NetworkInput
from streams_kit import NUM_EXPRESSION, good_packets, make_frame, parsers, wait_until

CONTEXT = StreamContext(num_expression=NUM_EXPRESSION, flame_release="builtin")


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


def port_of(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


# -- the common interface


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nope://x:1", "is no output; known"),
        ("vmc", "is no stream URL"),
        ("vmc://127.0.0.1:39539?nek=1", "unknown option nek .* names, presets, neck, position"),
        ("vmc://127.0.0.1:39539?neck=2", "from 0 to 1"),
        ("vmc://127.0.0.1:99999", "port"),
        ("vmc://no-such-host.invalid:39539", "cannot find the host"),
        ("osc://127.0.0.1", "needs a port"),
        ("livelink://127.0.0.1?sideways=maybe", "one of swap, keep"),
        ("ifacialmocap://", "names no receiver"),
        ("ws://0.0.0.0:0", "needs a token of 8"),
        ("ws://0.0.0.0:0?token=short", "needs a token of 8"),
        ("zmq://0.0.0.0:0", "public=1"),
        ("shm://..", "shared memory name"),
        ("ros2://Bad-Name", "namespace"),
    ],
)
def test_bad_urls_say_what_is_wrong(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        open_output(url, context=CONTEXT).close()


def test_jsonl_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .* does not exist; create it"):
        open_output(f"jsonl:{tmp_path / 'no' / 'x.jsonl'}", context=CONTEXT)


def test_frames_that_no_receiver_can_use_are_counted_not_sent(udp: socket.socket) -> None:
    with open_output(f"vmc://127.0.0.1:{port_of(udp)}", context=CONTEXT) as output:
        bad = make_frame(1)
        bad.weights = bad.weights.copy()
        bad.weights[5] = np.nan
        output.send(bad)
        output.send(make_frame(1, num_expression=NUM_EXPRESSION + 1))
        turned = make_frame(1)
        turned.params = turned.params.replace(jaw_pose=np.array([np.inf, 0, 0]))
        output.send(turned)
        output.send(make_frame(1))
        assert (output.stats.frames, output.stats.rejected, output.stats.sent) == (4, 3, 1)
    output.send(make_frame(2))
    output.close()
    assert output.stats.frames == 4


@pytest.mark.parametrize("scheme", ["vmc", "livelink", "ifacialmocap", "osc"])
def test_udp_to_nobody_neither_raises_nor_blocks(scheme: str, udp: socket.socket) -> None:
    port = port_of(udp)
    udp.close()
    with open_output(f"{scheme}://127.0.0.1:{port}", context=CONTEXT) as output:
        for i in range(50):
            output.send(make_frame(i))
        assert output.stats.sent + output.stats.dropped + output.stats.errors == 50


# -- VMC and OSC against python-osc's own server


def test_vmc_into_python_osc_server() -> None:
    dispatcher_module = pytest.importorskip("pythonosc.dispatcher")
    from pythonosc.osc_server import BlockingOSCUDPServer

    got: list[tuple[str, tuple[Any, ...]]] = []
    dispatcher = dispatcher_module.Dispatcher()
    dispatcher.set_default_handler(lambda address, *args: got.append((address, args)))
    with BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        server.timeout = 5
        frame = make_frame(5, detected=False)
        with open_output(f"vmc://127.0.0.1:{server.server_address[1]}", context=CONTEXT) as output:
            output.send(frame)
            server.handle_request()  # one datagram must be enough: one bundle a frame
    addresses = [address for address, _ in got]
    assert addresses[0] == "/VMC/Ext/OK" and got[0][1] == (1, 3, 0, 0)
    assert addresses[-1] == "/VMC/Ext/Blend/Apply"
    values = dict(args for address, args in got if address == "/VMC/Ext/Blend/Val")
    assert set(values) == set(names.ARKIT)
    for name in names.BLENDSHAPES[1:]:
        assert values[name] == pytest.approx(float(frame.weights[names.INDEX[name]]), abs=1e-6)
    bones = {args[0]: args[1:] for address, args in got if address == "/VMC/Ext/Bone/Pos"}
    assert set(bones) == {"Neck", "Head", "LeftEye", "RightEye"}
    assert all(np.linalg.norm(bone[3:]) == pytest.approx(1, abs=1e-6) for bone in bones.values())
    assert all(len(bone) == 7 for bone in bones.values())


def test_raw_osc(udp: socket.socket) -> None:
    osc_bundle = pytest.importorskip("pythonosc.osc_bundle")
    frame = make_frame(6)
    with open_output(f"osc://127.0.0.1:{port_of(udp)}/face?names=1", context=CONTEXT) as output:
        output.send(frame)
    found = {m.address: m.params for m in osc_bundle.OscBundle(udp.recv(65536))}
    np.testing.assert_allclose(found["/face/weights"], frame.weights, atol=1e-6)
    np.testing.assert_allclose(found["/face/expression"], frame.params.expression, atol=1e-6)
    np.testing.assert_allclose(found["/face/eye_pose"], frame.params.eye_pose, atol=1e-6)
    assert found["/face/detected"] == [1] and found["/face/frame"] == [6]
    assert found["/face/weight/jawOpen"][0] == pytest.approx(float(frame.weights[names.INDEX["jawOpen"]]))


# -- Live Link and iFacialMocap


def test_livelink_datagrams(udp: socket.socket) -> None:
    other = pytest.importorskip("pylivelinkface", reason="pip install pylivelinkface")
    frame = make_frame(8)
    url = f"livelink://127.0.0.1:{port_of(udp)}?keep_sides=1&name=Anna&fps=30"
    with open_output(url, context=CONTEXT) as output:
        output.send(frame)
        seen, face = other.PyLiveLinkFace.decode(udp.recv(2048))
    assert seen and face.name == "Anna" and face.fps == 30
    jaw_left = face.get_blendshape(other.FaceBlendShape.JawLeft)
    assert jaw_left == pytest.approx(float(frame.weights[names.INDEX["jawLeft"]]), abs=1e-6)


@pytest.mark.parametrize(("mark", "face_in_packet"), [("ease", True), ("mark", False)])
def test_livelink_lost_state(udp: socket.socket, mark: str, face_in_packet: bool) -> None:
    other = pytest.importorskip("pylivelinkface", reason="pip install pylivelinkface")
    url = f"livelink://127.0.0.1:{port_of(udp)}?lost={mark}"
    with open_output(url, context=CONTEXT) as output:
        output.send(make_frame(1, detected=False))
    assert other.PyLiveLinkFace.decode(udp.recv(2048))[0] is face_in_packet


def test_ifacialmocap_answers_a_handshake(udp: socket.socket) -> None:
    """A program asks as the developer page says; the packets then go to the one who asked."""
    url = f"ifacialmocap://127.0.0.1:{port_of(udp)}?listen=0"
    with open_output(url, context=CONTEXT) as output:
        udp.sendto(b"hello", ("127.0.0.1", output.listen_port))
        udp.sendto(
            b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2",
            ("127.0.0.1", output.listen_port),
        )
        time.sleep(0.05)
        output.send(make_frame(0))
        text = udp.recv(8192).decode()
        assert "jawOpen&" in text and "jawOpen-" not in text
        assert output.stats.rejected == 1 and output.stats.clients == 1


# -- JSON lines


def test_jsonl_file_keeps_every_frame_in_order(tmp_path: Path) -> None:
    path = tmp_path / "take.jsonl"
    frames = [make_frame(i) for i in range(200)]
    with open_output(f"jsonl:{path}", context=CONTEXT) as output:
        for frame in frames:
            output.send(frame)
    hello, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert hello["schema"] == "mp2flame.stream/1" and hello["flame"]["release"] == "builtin"
    assert [line["index"] for line in lines] == list(range(200))
    np.testing.assert_allclose(lines[7]["weights"], frames[7].weights, atol=1e-6)
    assert (output.stats.sent, output.stats.dropped) == (200, 0)


_WRITER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from streams_kit import make_frame
from mp2flame.io.streams import StreamContext, open_output
frame = make_frame(1)
output = open_output("jsonl:", context=StreamContext(num_expression=10))
start = time.monotonic()
for i in range(3000):
    output.send(frame)
took = time.monotonic() - start
time.sleep(0.3)
sys.stderr.write(f"{took} {output.stats.dropped} {output.stats.errors}")
output.close()
"""


@pytest.mark.parametrize("reader", ["stalls", "leaves"])
def test_jsonl_reader_that_stalls_or_leaves_does_not_stop_the_loop(reader: str) -> None:
    """3,000 frames are 3 MB, far more than a pipe holds."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(Path(__file__).parents[1] / "kit")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    assert b'"hello"' in process.stdout.readline()
    if reader == "leaves":
        process.stdout.close()
    error = process.stderr.read().decode()
    assert process.wait(20) == 0, error  # a stalled thread does not make the interpreter abort at its end
    process.stdout.close()
    process.stderr.close()
    took, dropped, errors = error.split()[:3]
    assert float(took) < 5
    if reader == "stalls":
        assert int(dropped) > 1000
    else:
        assert int(errors) == 1


# -- ZeroMQ and shared memory


def test_zmq_into_a_subscriber() -> None:
    zmq = pytest.importorskip("zmq")
    frame = make_frame(9)
    with open_output("zmq://127.0.0.1:0", context=CONTEXT) as output, zmq.Context() as context:
        frames, hellos = context.socket(zmq.SUB), context.socket(zmq.SUB)
        for sock, prefix in ((frames, b"M2FS"), (hellos, b"{")):
            sock.setsockopt(zmq.SUBSCRIBE, prefix)
            sock.setsockopt(zmq.RCVTIMEO, 20)
            sock.connect(f"tcp://127.0.0.1:{output.port}")
        got: dict[str, bytes] = {}

        def receive() -> bool:
            output.send(frame)
            for key, sock in (("frame", frames), ("hello", hellos)):
                try:
                    got[key] = sock.recv()
                except zmq.Again:
                    pass
            return len(got) == 2

        assert wait_until(receive)
        frames.close(0)
        hellos.close(0)
    back = wire.decode_binary(got["frame"])
    np.testing.assert_array_equal(back.weights, frame.weights)
    assert json.loads(got["hello"])["num_expression"] == NUM_EXPRESSION


def test_zmq_slow_subscriber_does_not_grow_memory() -> None:
    """A subscriber that never reads: sending goes on at once and the queues stay at their limit."""
    zmq = pytest.importorskip("zmq")
    resource = pytest.importorskip("resource")
    with open_output("zmq://127.0.0.1:0", context=CONTEXT) as output, zmq.Context() as context:
        sock = context.socket(zmq.SUB)
        sock.setsockopt(zmq.SUBSCRIBE, b"")
        sock.setsockopt(zmq.RCVHWM, 2)
        sock.connect(f"tcp://127.0.0.1:{output.port}")
        time.sleep(0.2)
        frame = make_frame(1)
        for _ in range(2000):
            output.send(frame)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(10_000):
            output.send(frame)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
        sock.close(0)


_SHM_READER = """
import sys, time
from mp2flame.io.streams import SharedMemoryReader
reader = SharedMemoryReader(sys.argv[1])
print("ready", flush=True)
count, last, bad = 0, -1, 0
end = time.monotonic() + 20
while time.monotonic() < end:
    frame = reader.read(timeout_s=1.0)
    if frame is None:
        continue
    count += 1
    # the writer makes every number of a frame a function of its index: a torn frame cannot pass
    expected = frame.index % 1000 / 1000
    bad += abs(frame.weights - expected).max() > 1e-6 or abs(frame.params.transl - expected).max() > 1e-6
    bad += frame.index < last
    last = frame.index
    if frame.index >= 5_999:
        break
print(count, bad, last, reader.hello["num_expression"])
"""


def test_shared_memory_is_never_torn() -> None:
    """Another process reads while 6,000 frames are written as fast as they go."""
    name = f"test-{time.time_ns()}"
    with open_output(f"shm://{name}", context=CONTEXT) as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _SHM_READER, name], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        frame = make_frame(0)
        for i in range(6_000):
            value = np.float32(i % 1000 / 1000)
            frame.index = i
            frame.weights = np.full(52, value, np.float32)
            frame.params = FlameParams(
                np.full(NUM_EXPRESSION, value), *(np.full(n, value) for n in (3, 6, 3, 3, 3))
            )
            output.send(frame)
        count, bad, last, width = map(int, process.communicate(timeout=30)[0].split())
    assert (bad, last, width) == (0, 5_999, NUM_EXPRESSION)
    assert count > 50
    with pytest.raises(MissingFileError, match="--to shm://"):
        SharedMemoryReader(name)


def test_shared_memory_name_in_use_and_left_behind() -> None:
    name = f"test-{time.time_ns()}"
    output = open_output(f"shm://{name}", context=CONTEXT)
    with pytest.raises(InputError, match="in use by process"):
        open_output(f"shm://{name}", context=CONTEXT)
    output.send(make_frame(1))
    reader = SharedMemoryReader(f"shm://{name}")
    assert reader.read() is not None
    assert reader.read() is None  # each frame once
    reader.close()
    # as after a kill: the file of a process that is gone is taken over
    from mp2flame.io.streams.shm import path_of

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    data = bytearray(path_of(name).read_bytes())
    data[16:20] = dead.pid.to_bytes(4, "little")
    path_of(name).write_bytes(data)
    with open_output(f"shm://{name}", context=CONTEXT) as again:
        again.send(make_frame(2))
    output.close()


# -- VTube Studio, against a server written from its public API page


class FakeVts:
    """Answers as VTube Studio does: a token after the user allowed it, error 8 without authentication."""

    def __init__(self, *, deny_first_token: bool = False) -> None:
        import websockets.sync.server

        self.messages: list[dict[str, Any]] = []
        self.tokens = ["stale"] if deny_first_token else []
        self.valid: set[str] = set()
        self.delay_s = 0.0
        self.server = websockets.sync.server.serve(self._talk, "127.0.0.1", 0)
        self.port = self.server.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def _talk(self, connection: Any) -> None:
        allowed = False
        for text in connection:
            message = json.loads(text)
            self.messages.append(message)
            kind, data = message["messageType"], message.get("data", {})
            assert message["apiName"] == "VTubeStudioPublicAPI" and message["apiVersion"] == "1.0"
            answer: dict[str, Any]
            if kind == "AuthenticationTokenRequest":
                token = f"token-{len(self.valid)}"
                self.valid.add(token)
                kind, answer = "AuthenticationTokenResponse", {"authenticationToken": token}
            elif kind == "AuthenticationRequest":
                allowed = data["authenticationToken"] in self.valid
                kind, answer = "AuthenticationResponse", {"authenticated": allowed, "reason": ""}
            elif not allowed:
                kind, answer = "APIError", {"errorID": 8, "message": "not authenticated"}
            elif kind == "ParameterCreationRequest":
                assert data["parameterName"].isalnum() and 4 <= len(data["parameterName"]) <= 32
                kind, answer = "ParameterCreationResponse", {"parameterName": data["parameterName"]}
            else:
                assert kind == "InjectParameterDataRequest"
                time.sleep(self.delay_s)
                kind, answer = "InjectParameterDataResponse", {}
            reply = {
                "apiName": "VTubeStudioPublicAPI", "apiVersion": "1.0", "timestamp": 0,
                "requestID": message["requestID"], "messageType": kind, "data": answer,
            }  # fmt: skip
            connection.send(json.dumps(reply))

    def kinds(self) -> list[str]:
        return [m["messageType"] for m in self.messages]

    def injected(self) -> list[dict[str, Any]]:
        return [m["data"] for m in list(self.messages) if m["messageType"] == "InjectParameterDataRequest"]

    def close(self) -> None:
        self.server.shutdown()


def test_vts_token_flow_and_injection(tmp_path: Path) -> None:
    pytest.importorskip("websockets")
    token_file = tmp_path / "config" / "token"
    url = "vts://127.0.0.1:{}?custom=1&token_file=" + str(token_file)
    server = FakeVts()
    try:
        frame = make_frame(3)
        with open_output(url.format(server.port), context=CONTEXT) as output:
            output.send(frame)
            assert wait_until(lambda: len(server.injected()) == 1)
            output.send(make_frame(4, detected=False))
            assert wait_until(lambda: len(server.injected()) == 2)
        assert server.kinds()[:2] == ["AuthenticationTokenRequest", "AuthenticationRequest"]
        assert server.kinds().count("ParameterCreationRequest") == 51
        assert token_file.read_text() == "token-0"
        assert token_file.stat().st_mode & 0o077 == 0
        first, second = server.injected()
        assert (first["faceFound"], second["faceFound"]) == (True, False)
        values = {p["id"]: p["value"] for p in first["parameterValues"]}
        assert len(values) == len(first["parameterValues"]) <= 100
        blink = float(frame.weights[names.INDEX["eyeBlinkLeft"]])
        assert values["EyeOpenLeft"] == pytest.approx(1 - blink, abs=1e-4)
        assert values["ARKitEyeBlinkLeft"] == pytest.approx(blink, abs=1e-4)
        # the second time the token on file is used and nobody is asked
        count = len(server.messages)
        with open_output(url.format(server.port), context=CONTEXT) as output:
            output.send(frame)
            assert wait_until(lambda: len(server.injected()) == 3)
        assert "AuthenticationTokenRequest" not in server.kinds()[count:]
        # a token that was revoked in the program is asked for anew
        server.valid.clear()
        server.valid.add("other")
        with open_output(url.format(server.port), context=CONTEXT) as output:
            output.send(frame)
            assert wait_until(lambda: len(server.injected()) == 4)
        assert token_file.read_text() == "token-1"
    finally:
        server.close()


def test_vts_that_is_slow_or_not_there_costs_frames_not_time(tmp_path: Path) -> None:
    pytest.importorskip("websockets")
    server = FakeVts()
    server.delay_s = 0.1
    try:
        url = f"vts://127.0.0.1:{server.port}?token_file={tmp_path / 't'}"
        with open_output(url, context=CONTEXT) as output:
            output.send(make_frame(0))
            assert wait_until(lambda: len(server.injected()) == 1)
            start = time.monotonic()
            for i in range(500):
                output.send(make_frame(i))
            assert time.monotonic() - start < 2
            assert wait_until(lambda: output.stats.sent >= 2)
            assert output.stats.dropped > 450
    finally:
        server.close()
    with open_output(url, context=CONTEXT) as output:
        output.send(make_frame(0))
        assert wait_until(lambda: output.stats.errors > 0)
        assert "VTube Studio" in output.stats.last_error


def test_port_in_use_is_one_clear_error() -> None:
    pytest.importorskip("websockets")
    pytest.importorskip("zmq")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for scheme in ("ws", "zmq"):
            with pytest.raises(SourceError, match="choose another"):
                open_output(f"{scheme}://127.0.0.1:{port_of(taken)}", context=CONTEXT)


# -- ROS 2: rclpy comes with ROS only, so the calls are checked against a stand-in of its documented names


def test_ros2_without_rclpy_says_what_to_do() -> None:
    try:
        import rclpy  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependencyError, match="source its setup file"):
            open_output("ros2://face", context=CONTEXT)


def test_ros2_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import ModuleType, SimpleNamespace

    published: dict[str, Any] = {}

    def blank() -> SimpleNamespace:
        header = SimpleNamespace(stamp=None, frame_id="")
        pose = SimpleNamespace(orientation=SimpleNamespace(), position=SimpleNamespace())
        return SimpleNamespace(header=header, name=[], position=[], pose=pose)

    class Node:
        def create_publisher(self, kind: Any, name: str, depth: int) -> Any:
            assert depth == 1
            return SimpleNamespace(publish=lambda message: published.__setitem__(name, message))

        def get_clock(self) -> Any:
            return SimpleNamespace(now=lambda: SimpleNamespace(to_msg=lambda: "stamp"))

        def destroy_node(self) -> None:
            published["destroyed"] = True

    modules = {
        "rclpy": {"ok": lambda: False, "init": lambda: None, "shutdown": lambda: None,
                  "create_node": lambda name, namespace: Node()},
        "sensor_msgs.msg": {"JointState": blank},
        "geometry_msgs.msg": {"PoseStamped": blank},
        "std_msgs.msg": {"Bool": lambda data: SimpleNamespace(data=data)},
    }  # fmt: skip
    for name, content in modules.items():
        for part in (name.partition(".")[0], name):
            monkeypatch.setitem(sys.modules, part, ModuleType(part))
        sys.modules[name].__dict__.update(content)
    frame = make_frame(2)
    with open_output("ros2://face", context=CONTEXT) as output:
        output.send(frame)
        assert output.stats.sent == 1
    assert dict(zip(published["weights"].name, published["weights"].position))["jawOpen"] == pytest.approx(
        float(frame.weights[names.INDEX["jawOpen"]])
    )
    assert len(published["flame"].name) == len(published["flame"].position) == NUM_EXPRESSION + 12
    assert published["detected"].data is True and published["destroyed"]
    assert published["head"].header.frame_id == "camera"


def test_every_scheme_is_whole() -> None:
    """What ``io.schemes`` names is there, documented, installable, and its packets are among those that are mutated."""
    page = (Path(__file__).parents[2] / "docs" / "streams.md").read_text(encoding="utf-8")
    outputs, inputs = page.split("\n## Outputs\n")[1].split("\n## Inputs\n")
    installed = {module for parts, _ in EXTRAS.values() for _, module in parts}
    for name, scheme in SCHEMES.items():
        assert scheme.output or scheme.input, name
        assert not scheme.needs or scheme.needs in installed, (
            f"{name}: base/optional.py does not know {scheme.needs}"
        )
        if scheme.output:
            assert issubclass(load(scheme.output), Output) and scheme.listener
            assert scheme_of(scheme.example) == name and f"`{scheme.example}" in outputs, name
        if scheme.input:
            assert issubclass(load(scheme.input), NetworkInput)
            assert f"`{name}://" in inputs or name == "wss", f"docs/streams.md, Inputs, has no row for {name}"
            spoken = {"wss": "ws", "facemotion3d": "ifacialmocap"}.get(name, name)
            assert spoken in {kind.split("-")[0] for kind in parsers()}, f"tests/kit/streams_kit.py: {name}"
    assert good_packets().keys() == parsers().keys()
