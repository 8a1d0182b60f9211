"""Network inputs over real sockets: newest wins, lost by word and by silence, floods, reconnecting."""

from __future__ import annotations

import contextlib
import csv
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mp2flame.base import channels as names
from mp2flame.base import rotations
from mp2flame.base.errors import InputError, SourceError
from mp2flame.io.schemes import INPUT_SCHEMES, OUTPUT_SCHEMES, SCHEMES, load
from mp2flame.io.sources import SourceFrame, open_source
from mp2flame.io.streams import StreamContext, ifacialmocap, livelink, open_input, open_output, wire
from mp2flame.io.streams.inputs import NetworkInput, PacketInput
from streams_kit import NUM_EXPRESSION, good_packets, hostile_packets, make_frame, wait_until

CONTEXT = StreamContext(num_expression=NUM_EXPRESSION)
UDP = [
    name
    for name in INPUT_SCHEMES
    if issubclass(load(SCHEMES[name].input), PacketInput) and name in OUTPUT_SCHEMES
]
TOLERANCES = {"ifacialmocap": 0.0051}  # whole percents
PORTLESS = {"ifacialmocap": "ifacialmocap://?listen=0"}
NOT_A_FRAME_EACH = ("vmc",)  # a frame may be spread over datagrams


def listening(scheme: str, more: str = "") -> str:
    """An address on any free port."""
    address = PORTLESS.get(scheme, f"{scheme}://127.0.0.1:0")
    return address + ("&" if "?" in address and more else "?" if more else "") + more


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


def opened(url: str) -> PacketInput:
    source = open_input(url)
    assert isinstance(source, PacketInput)
    return source


def check_frame(got: SourceFrame, frame: Any, tolerance: float = 1e-5) -> None:
    assert got.detected is True
    assert got.arkit_weights is not None and got.head_orient is not None and got.eye_pose is not None
    np.testing.assert_allclose(got.arkit_weights, frame.weights, atol=tolerance)
    head = rotations.compose(frame.params.global_orient, frame.params.neck_pose)
    np.testing.assert_allclose(got.head_orient, head, atol=1e-5)
    np.testing.assert_allclose(got.eye_pose, frame.params.eye_pose, atol=1e-5)


@pytest.mark.parametrize("scheme", UDP)
def test_our_output_drives_our_input(scheme: str) -> None:
    with opened(listening(scheme)) as source:
        frame = make_frame(3)
        with open_output(f"{scheme}://127.0.0.1:{source.port}", context=CONTEXT) as output:  # type: ignore[attr-defined]
            frames = iter(source)
            output.send(frame)
            first = next(frames)
            output.send(frame)
            second = next(frames)
        check_frame(first, frame, TOLERANCES.get(scheme, 1e-5))
        assert (first.index, second.index) == (0, 1)
        assert second.timestamp_ms > first.timestamp_ms
        assert first.image is None and first.blendshapes is None


def test_open_source_takes_the_same_addresses(sender: socket.socket) -> None:
    source = open_source("livelink://127.0.0.1:0")
    sender.sendto(good_packets()["livelink"][0], ("127.0.0.1", source._opened.port))  # type: ignore[attr-defined]
    assert next(iter(source)).detected is True
    source.close()


def test_newest_packet_wins_and_the_rest_is_counted(sender: socket.socket) -> None:
    with opened("livelink://127.0.0.1:0?sideways=keep") as source:
        for i in range(50):
            values = np.zeros(61)
            values[names.PYLIVELINKFACE.index("JawOpen")] = i / 100
            data = livelink.encode(values, subject="p", device_id="A" * 36, frame=i)
            sender.sendto(data, ("127.0.0.1", source.port))
        time.sleep(0.05)
        got = next(iter(source))
        assert got.arkit_weights is not None
        assert got.arkit_weights[names.INDEX["jawOpen"]] == pytest.approx(0.49)
        assert (source.stats.frames, source.stats.dropped) == (50, 49)


def test_lost_by_word_and_by_silence(sender: socket.socket) -> None:
    face, lost = good_packets()["livelink"]
    with opened("livelink://127.0.0.1:0?lost=0.1") as source:
        frames = iter(source)
        sender.sendto(face, ("127.0.0.1", source.port))
        assert next(frames).detected is True
        sender.sendto(lost, ("127.0.0.1", source.port))
        said = next(frames)
        start = time.monotonic()
        silent = next(frames)
        assert 0.05 < time.monotonic() - start < 2
        for frame in (said, silent):
            assert frame.detected is False and frame.arkit_weights is None
        sender.sendto(face, ("127.0.0.1", source.port))
        assert next(frames).detected is True


def test_only_the_named_sender_counts() -> None:
    with opened("livelink://127.0.0.1:0?from=192.0.2.7&lost=0.1") as source:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(good_packets()["livelink"][0], ("127.0.0.1", source.port))
        assert next(iter(source)).detected is False
        assert source.stats.frames == 0


@pytest.mark.parametrize("scheme", UDP)
def test_hostile_datagrams_through_the_socket(scheme: str, sender: socket.socket) -> None:
    """What arrives is taken or counted, and a good packet gets through right after."""
    good = good_packets()[scheme]
    with opened(listening(scheme, "lost=0.2")) as source:
        frames = iter(source)
        sent = 0
        for data in hostile_packets(good, 300, seed=1):
            sender.sendto(data, ("127.0.0.1", source.port))
            sent += 1
            if sent % 50 == 0:
                next(frames)
        next(frames)
        stats = source.stats
        assert stats.rejected > 3
        assert sum(stats.reasons.values()) == stats.rejected
        if scheme not in NOT_A_FRAME_EACH:
            taken = stats.frames - stats.rejected - stats.dropped
            assert 0 < taken <= stats.sent  # what was delivered besides is the silence
        assert len(source.stats.reasons) < 32
        sender.sendto(good[0], ("127.0.0.1", source.port))
        assert wait_until(lambda: next(frames).detected)


def test_a_flood_does_not_hold_a_frame_back(sender: socket.socket) -> None:
    good = good_packets()["livelink"][0]
    with opened("livelink://127.0.0.1:0") as source:
        stop = threading.Event()

        def flood() -> None:
            while not stop.is_set():
                sender.sendto(b"garbage", ("127.0.0.1", source.port))
                sender.sendto(good, ("127.0.0.1", source.port))

        thread = threading.Thread(target=flood, daemon=True)
        thread.start()
        start = time.monotonic()
        frames = iter(source)
        for _ in range(5):
            assert next(frames).detected is True
        assert time.monotonic() - start < 10
        stop.set()
        thread.join()


@pytest.mark.parametrize("url", ["livelink://127.0.0.1:0", "ws://127.0.0.1:9"])
def test_close_from_another_thread_ends_the_iteration(url: str) -> None:
    pytest.importorskip("websockets")
    source = open_input(url + "?lost=30")
    done = threading.Event()

    def consume() -> None:
        for _ in source:
            pass
        done.set()

    threading.Thread(target=consume, daemon=True).start()
    time.sleep(0.1)
    source.close()
    assert done.wait(3)


def test_ifacialmocap_asks_the_phone(sender: socket.socket) -> None:
    """The 'phone' here is a plain socket that answers the handshake as the developer page says."""
    port = sender.getsockname()[1]
    with opened(f"ifacialmocap://127.0.0.1:{port}?listen=0") as source:
        data, _ = sender.recvfrom(1000)
        assert data == b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719|sendDataVersion=v2"
        frame = make_frame(5)
        sender.sendto(ifacialmocap.encode(frame, version=2), ("127.0.0.1", source.port))
        check_frame(next(iter(source)), frame, 0.0051)


def test_ifacialmocap_over_tcp(sender: socket.socket) -> None:
    """The 'phone' connects when it is asked; packets come torn and joined as TCP does, and it is told to stop."""
    port = sender.getsockname()[1]
    words = b"sahuasouryya9218sauhuiayeta91555dy3719"
    with opened(f"ifacialmocap://127.0.0.1:{port}?listen=0&tcp=1&lost=5") as source:
        assert sender.recvfrom(1000)[0] == b"iFacialMocap_UDPTCP_" + words + b"|sendDataVersion=v2"
        sent = [make_frame(index) for index in range(3)]
        texts = [ifacialmocap.encode(frame, version=2) + b"___iFacialMocap" for frame in sent]
        with socket.create_connection(("127.0.0.1", source.port)) as phone:
            frames = iter(source)
            for cut in (
                1,
                len(texts[0]) - 7,
                len(texts[0]),
            ):  # inside the first field, inside the mark, at its end
                phone.sendall(texts[0][:cut])
                time.sleep(0.05)
                phone.sendall(texts[0][cut:])
                check_frame(next(frames), sent[0], 0.0051)
            phone.sendall(texts[1] + texts[2] + texts[0][:40])
            check_frame(next(frames), sent[2], 0.0051)
            assert source.stats.dropped == 1
            phone.sendall(b"x" * 30_000 + texts[1])  # what never ends counts once, with all to the mark
            phone.sendall(texts[2])
            check_frame(next(frames), sent[2], 0.0051)
            assert source.stats.dropped == 2
        with socket.create_connection(("127.0.0.1", source.port)) as phone:  # it went away and comes again
            phone.sendall(texts[1])
            check_frame(next(frames), sent[1], 0.0051)
    asked = [sender.recvfrom(1000)[0]]
    while b"STOP" not in asked[-1]:
        asked.append(sender.recvfrom(1000)[0])
    assert asked[-1] == b"iFacialMocap_UDPTCPSTOP_" + words


def test_tcp_is_taken_from_the_phone_alone(sender: socket.socket) -> None:
    """A port that is taken is one clear error; a stranger's connection is closed."""
    port = sender.getsockname()[1]
    with opened(f"ifacialmocap://127.0.0.2:{port}?listen=0&tcp=1&lost=0.3") as source:
        with socket.create_connection(("127.0.0.1", source.port)) as stranger:
            with contextlib.suppress(OSError):
                stranger.sendall(ifacialmocap.encode(make_frame(1)) + b"___iFacialMocap")
            assert not next(iter(source)).detected
        with pytest.raises(SourceError, match="another program using that port"):
            open_input(f"ifacialmocap://?tcp=1&listen={source.port}")


def test_facemotion3d_over_tcp(sender: socket.socket) -> None:
    """The words and the mark that three public receivers use."""
    port = sender.getsockname()[1]
    with opened(f"facemotion3d://127.0.0.1:{port}?listen=0&tcp=1") as source:
        assert sender.recvfrom(1000)[0] == b"FACEMOTION3D_OtherStreaming|protocol=tcp"
        with socket.create_connection(("127.0.0.1", source.port)) as phone:
            phone.sendall(
                b"___FACEMOTION3DeyeBlinkLeft&29|jawOpen&4|=head#-22.1,0.4,-4.8,0,0,-0.4|___FACEMOTION3D"
            )
            frame = next(iter(source))
            assert frame.arkit_weights[names.INDEX["eyeBlinkLeft"]] == pytest.approx(0.29)


def test_facemotion3d_is_asked_in_its_own_words(sender: socket.socket) -> None:
    """Its developer page's example packet: Left and Right in full, fields of its own, ``&``."""
    port = sender.getsockname()[1]
    with opened(f"facemotion3d://127.0.0.1:{port}?listen=0") as source:
        assert sender.recvfrom(1000)[0] == b"FACEMOTION3D_OtherStreaming"
        text = b"eyeBlinkLeft&29|jawOpen&4|jawOpen2&x|browInnerUp&zz|FM_SAD&0|=head#-22.1,0.4,-4.8,0,0,-0.4|"
        sender.sendto(text.replace(b"zz", b"19"), ("127.0.0.1", source.port))
        frame = next(iter(source))
        assert frame.arkit_weights[names.INDEX["eyeBlinkLeft"]] == pytest.approx(0.29)
        sender.sendto(text, ("127.0.0.1", source.port))
        frame = next(iter(source))
        assert frame.arkit_weights[names.INDEX["browInnerUp"]] == pytest.approx(0.19)
        assert source.stats.reasons == {"field: not a number": 1}
    assert sender.recvfrom(1000)[0] == b"StopStreaming_FACEMOTION3D"


def test_ifacialmocap_asks_again_while_the_phone_is_silent(sender: socket.socket) -> None:
    port = sender.getsockname()[1]
    with opened(f"ifacialmocap://127.0.0.1:{port}?listen=0&version=1&lost=1.5") as source:
        next(iter(source))
        sender.setblocking(False)
        asked = []
        for _ in range(10):
            try:
                asked.append(sender.recvfrom(1000)[0])
            except BlockingIOError:
                break
        assert len(asked) >= 2
        assert set(asked) == {b"iFacialMocap_sahuasouryya9218sauhuiayeta91555dy3719"}


@pytest.mark.parametrize("kind", ["json", "binary"])
def test_websocket_in_from_websocket_out(kind: str) -> None:
    pytest.importorskip("websockets")
    frame = make_frame(4)
    with open_output("ws://127.0.0.1:0?token=long-enough", context=CONTEXT) as output:
        url = f"ws://127.0.0.1:{output.port}?token=long-enough&format={kind}&lost=0.3"  # type: ignore[attr-defined]
        with open_input(url) as source:
            assert wait_until(lambda: output.stats.clients == 1)
            got = _next_detected(source, output, frame)
            check_frame(got, frame, 2e-6)
            output.send(make_frame(5, detected=False))
            assert any(not item.detected for item, _ in zip(source, range(5)))


def _next_detected(source: NetworkInput, output: Any, frame: Any) -> SourceFrame:
    frames = iter(source)
    for _ in range(50):
        output.send(frame)
        got = next(frames)
        if got.detected:
            return got
    raise AssertionError("nothing arrived")


def test_websocket_in_survives_a_hostile_server_and_a_restart() -> None:
    """Random and mutated messages, then the server goes away and comes back at the same port."""
    pytest.importorskip("websockets")
    import websockets.sync.server

    good = good_packets()["ws-binary"]
    messages = [*hostile_packets(good, 200, seed=2), "nonsense", '{"type":"frame"}', good[0]]

    leave = threading.Event()

    def talk(connection: Any) -> None:
        for message in messages:
            connection.send(message)
        leave.wait(20)

    server = websockets.sync.server.serve(talk, "127.0.0.1", 0)
    port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with open_input(f"ws://127.0.0.1:{port}?lost=0.2") as source:
        assert wait_until(lambda: source.stats.rejected + source.stats.frames >= 203)
        assert source.stats.rejected > 100 and source.stats.frames >= 1
        server.shutdown()
        leave.set()
        thread.join()
        assert wait_until(lambda: source.stats.clients == 0, 15)
        with open_output(f"ws://127.0.0.1:{port}", context=CONTEXT) as output:
            assert wait_until(lambda: output.stats.clients == 1, 20)
            assert _next_detected(source, output, make_frame(1)).detected


def test_wrong_token_is_said_in_words() -> None:
    pytest.importorskip("websockets")
    with open_output("ws://127.0.0.1:0?token=long-enough", context=CONTEXT) as output:
        with open_input(f"ws://127.0.0.1:{output.port}?token=wrong") as source:  # type: ignore[attr-defined]
            assert wait_until(lambda: source.stats.errors > 0)
            assert "401" in source.stats.last_error


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("tcp://x:1", "is no network input"),
        ("livelink://127.0.0.1:0?lost=0", "0.05 to 60"),
        ("livelink://127.0.0.1:0?what=1", "unknown option what"),
        ("livelink://127.0.0.1:70000", "port"),
        ("ifacialmocap://no-such-host.invalid", "cannot find the host"),
    ],
)
def test_bad_input_urls(url: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        open_input(url)


def test_port_in_use(sender: socket.socket) -> None:
    with pytest.raises(SourceError, match="is another program using that port"):
        open_input(f"livelink://127.0.0.1:{sender.getsockname()[1]}")


def test_memory_does_not_grow_with_hostile_names() -> None:
    """A sender that makes up names: the cache of spellings holds face channels only."""
    from mp2flame.io.streams import packets

    decoder = wire.InputDecoder()
    before = len(packets._COLUMNS)
    for i in range(2000):
        decoder.feed(f'{{"type":"frame","weights":{{"jawOpen":0.1,"made-up-{i}":1}}}}')
    assert len(packets._COLUMNS) <= before + 1


def test_a_recorded_take_reads_the_same_by_file_and_by_network(shared: Path) -> None:
    """Rows of a real Live Link Face CSV sent as packets: weights and angles as the file reader has them."""
    path = sorted((shared / "data" / "livelink").rglob("*.csv"))[0]
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("JawOpen")][:120]
    with open_source(path) as source:
        expected = [frame for frame in source if frame.detected is not False][:120]
    assert len(rows) == len(expected) > 50
    for row, frame in zip(rows[::10], expected[::10]):
        values = np.array([float(row[name]) for name in names.PYLIVELINKFACE])
        data = livelink.encode(values, subject="p", device_id="A" * 36, frame=1)
        packet = livelink.decode(data, keep_sides=False)
        assert packet.weights is not None and frame.arkit_weights is not None
        np.testing.assert_allclose(np.clip(packet.weights, 0, 1), frame.arkit_weights, atol=1e-6)
        for ours, theirs in ((packet.eye_pose, frame.eye_pose), (packet.head_orient, frame.head_orient)):
            if theirs is not None:
                assert ours is not None
                np.testing.assert_allclose(ours, theirs, atol=2e-3)
