"""The viewer's server: who gets in, what a slow browser costs, how it ends. No browser here."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import numpy as np
import pytest

pytest.importorskip("viser")
pytest.importorskip("PIL")
import viser
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from mp2flame.base.channels import INDEX
from mp2flame.base.errors import InputError, OutputError
from mp2flame.base.signals import PRESETS
from mp2flame.base.values import FlameParams, Frame
from mp2flame.drive.driver import Driver
from mp2flame.drive.live import LivePipeline
from mp2flame.io.sources import Source, SourceFrame, SourceInfo
from mp2flame.show.page import serve, show
from mp2flame.take.take import Take

PROTOCOL = [f"viser-v{viser.__version__}"]


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


def frame_of(driver: Driver, index: int, jaw: float = 0.5, detected: bool = True) -> Frame:
    weights = np.zeros(52, np.float32)
    weights[INDEX["jawOpen"]] = jaw
    return Frame(index, 33.0 * index, detected, driver.params_from_weights(weights), weights, weights)


def wait_until(condition, seconds=15.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def received(address: str, *, origin: str | None = None, path: str = "/", most: int = 3) -> list[bytes]:
    """The first messages that a client of this origin gets; empty when it was turned away."""
    messages: list[bytes] = []
    try:
        with connect(
            f"ws://{address}{path}", origin=origin, subprotocols=PROTOCOL, max_size=None, close_timeout=0.5
        ) as client:
            while len(messages) < most:
                messages.append(client.recv(timeout=1.5))
    except InvalidStatus as error:
        assert error.response.status_code == 403
    except (ConnectionClosed, TimeoutError):
        pass
    return messages


def handshake(address: str, origin: str, *more: str) -> bytes:
    """A handshake in plain bytes."""
    lines = [
        "GET / HTTP/1.1", f"Host: {address}", "Upgrade: websocket", "Connection: Upgrade", f"Origin: {origin}",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Sec-WebSocket-Protocol: {PROTOCOL[0]}", *more,
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin1")


def test_what_comes_with_a_refused_handshake_is_not_heard(driver, monkeypatch):
    """A page elsewhere sends its message in the same packet as the handshake: no answer, nothing acted on."""
    heard = []
    with serve(None, driver, port=0) as viewer:
        sockets = viewer._server._websock_server
        usual = sockets._handle_incoming_message if hasattr(sockets, "_handle_incoming_message") else None
        if usual is not None:
            monkeypatch.setattr(sockets, "_handle_incoming_message", lambda *a: heard.append(a) or usual(*a))
        connected = []
        viewer._server.on_client_connect(lambda client: connected.append(client))
        message = b"\x82\x83\x00\x00\x00\x00abc"  # a masked binary frame
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", viewer.port), 5) as raw:
                raw.sendall(handshake(f"127.0.0.1:{viewer.port}", "http://evil.example") + message)
                raw.settimeout(5)
                assert raw.recv(4096).startswith(b"HTTP/1.1 403")
        assert viewer.guard.refused == 20 and not heard and not connected and viewer.num_clients == 0


def test_refused_sockets_do_not_lock_the_owner_out(driver):
    with serve(None, driver, port=0) as viewer, contextlib.ExitStack() as stack:
        address = f"127.0.0.1:{viewer.port}"
        for number in range(30):  # refused, or never finished: all stay open
            raw = stack.enter_context(socket.create_connection(("127.0.0.1", viewer.port), 5))
            whole = handshake(address, "http://evil.example")
            raw.sendall(whole if number % 2 else whole[:40])
        assert received(address, origin=viewer.url, most=1)


def test_only_its_own_page_gets_anything(driver):
    with serve(None, driver, port=0) as viewer:
        address = f"127.0.0.1:{viewer.port}"
        assert viewer.url == f"http://{address}"
        assert any(b"/head/part0" in m or len(m) > 1000 for m in received(address, origin=viewer.url))
        assert received(address, most=1)  # a program of this machine
        assert received(address, origin="http://evil.example") == []
        assert received(address, origin=f"http://127.0.0.1:{viewer.port + 1}") == []
        assert viewer.guard.refused == 2


def test_public_viewer_wants_its_token(driver):
    with pytest.raises(InputError, match="--public"):
        serve(None, driver, host="0.0.0.0", port=0)
    with serve(None, driver, host="0.0.0.0", port=0, public=True, token="correct-horse") as viewer:
        address = f"127.0.0.1:{viewer.port}"
        assert received(address, origin=f"http://{address}") == []
        assert received(address, origin=f"http://{address}", path="/wrong+horse") == []
        assert "correct-horse" in viewer.url
    with serve(None, driver, host="0.0.0.0", port=0, public=True) as viewer:
        address = f"127.0.0.1:{viewer.port}"
        assert received(address, origin=f"http://{address}", path=f"/{viewer.guard.token}")


def test_port_is_free_after_closing_and_taken_before(driver):
    first = serve(None, driver, port=0)
    port = first.port
    with pytest.raises(OutputError, match="--port"):
        serve(None, driver, port=port)
    with connect(f"ws://127.0.0.1:{port}", subprotocols=PROTOCOL, max_size=None):
        started = time.monotonic()
        first.close()
        first.close()
        assert time.monotonic() - started < 5
    with serve(None, driver, port=port) as second:
        assert second.port == port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    assert not [t for t in threading.enumerate() if t.name == "mp2flame-viewer"]


def test_nothing_is_printed(driver, capfd):
    with serve(None, driver, port=0):
        pass
    assert capfd.readouterr().out == ""


def test_a_page_cannot_open_a_tunnel(driver):
    from viser import _messages

    with serve(None, driver, port=0) as viewer:
        handlers = viewer._server._websock_server._incoming_handlers
        assert _messages.ShareUrlRequest not in handlers


def test_a_client_that_never_reads_costs_nothing(driver):
    """Frames are replaced, not queued: nothing grows."""
    with serve(None, driver, port=0) as viewer:
        address = f"ws://127.0.0.1:{viewer.port}"
        options = {"max_size": None, "max_queue": 1, "close_timeout": 0.2}
        with connect(address, subprotocols=PROTOCOL, **options) as slow:
            slow.recv(timeout=5)
            _say_camera(slow)
            wait_until(lambda: viewer.num_clients == 1)
            messages = viewer._server._websock_server._broadcast_buffer.message_from_id
            sizes = []
            for k in range(100):
                viewer.update(frame_of(driver, k, jaw=(k % 10) / 10))
                time.sleep(0.02)
                sizes.append(len(messages))
            assert sizes[-1] - sizes[20] <= 4, "messages pile up"
        assert viewer._thread.is_alive()


def _say_camera(client) -> None:
    """A client counts as a viewer once it has said where its camera is."""
    import msgspec

    client.send(
        msgspec.msgpack.encode(
            {
                "type": "ViewerCameraMessage",
                "wxyz": (1.0, 0.0, 0.0, 0.0), "position": (0.0, 0.0, 1.0),
                "fov": 0.5, "near": 0.1, "far": 10.0,
                "image_height": 100, "image_width": 100, "look_at": (0.0, 0.0, 0.0),
                "up_direction": (0.0, 1.0, 0.0),
            }
        )
    )  # fmt: skip


def test_show_in_a_notebook(driver, tmp_path):
    params = driver.params_from_weights(np.zeros((5, 52), np.float32))
    take = Take.from_params(params, 40.0 * np.arange(5), meta={"flame": driver.describe()})
    take.save(tmp_path / "take.npz")
    for what in (driver, take, tmp_path / "take.npz", None):
        with show(what, port=0) as viewer:
            page = viewer._repr_html_()
            assert page.startswith("<iframe") and viewer.url in page
            assert (viewer.player is not None) == (what is take or what == tmp_path / "take.npz")


def test_viewer_without_anything_to_show_says_so():
    with pytest.raises(InputError, match="needs a driver"):
        serve(None)


def test_frame_of_another_head_is_not_an_accident(driver):
    with serve(None, driver, port=0) as viewer:
        zeros = np.zeros(52, np.float32)
        viewer.update(Frame(0, 0.0, True, FlameParams.zeros(driver.num_expression + 3), zeros, zeros))
        viewer._show_head(True)
        assert viewer._thread.is_alive()


class Talking(Source):
    """Scores at 50 frames a second: a mouth that opens and closes."""

    prefetch = 0

    def __init__(self, count: int = 10_000) -> None:
        super().__init__()
        self.info = SourceInfo("take", "talking", 50.0, count, None)

    def _frames(self):
        for k in range(self.info.num_frames):
            weights = np.zeros(52, np.float32)
            weights[INDEX["jawOpen"]] = 0.5 + 0.5 * np.sin(0.3 * k)
            yield SourceFrame(k, 20.0 * k, arkit_weights=weights, detected=True)


def test_pipeline_is_followed_and_controlled(driver, tmp_path):
    with LivePipeline(driver, Talking()) as pipeline, serve(pipeline, port=0, folder=tmp_path) as viewer:
        assert viewer.driver is driver
        wait_until(lambda: viewer._frame is not None and viewer._frame.index > 5)
        read = viewer._controls.readout()
        assert read.state == "running" and read.face == "tracking"
        viewer._controls.start_recording(tmp_path / "live.npz")
        wait_until(lambda: pipeline.stats.frames > 20)
        time.sleep(0.3)
        assert viewer._controls.stop_recording() == tmp_path / "live.npz"
        viewer._controls.set_filter("steady")
        assert pipeline.solver.filter_settings == PRESETS["steady"]
    assert Take.load(tmp_path / "live.npz").num_frames > 3


def test_sliders_change_what_is_shown_and_recorded(driver, tmp_path):
    with serve(None, driver, port=0, folder=tmp_path) as viewer:
        weights = np.zeros(52, np.float32)
        weights[INDEX["jawOpen"]] = 0.8
        viewer._controls.start_recording(tmp_path / "hand.npz")
        viewer.sliders.set(weights)
        wait_until(lambda: viewer._shown_weights[INDEX["jawOpen"]] == np.float32(0.8))
        time.sleep(0.3)
        viewer._controls.stop_recording()
        viewer.sliders.reset()
        wait_until(lambda: not viewer.hand.values.any())
    take = Take.load(tmp_path / "hand.npz")
    assert take.num_frames > 4 and take.detected.all()
    np.testing.assert_allclose(take.jaw_pose[-1], driver.params_from_weights(weights).jaw_pose, atol=1e-6)
    assert np.all(np.diff(take.timestamp_ms) > 0)


def test_closing_finishes_the_recording(driver, tmp_path):
    viewer = serve(None, driver, port=0, folder=tmp_path)
    viewer._controls.start_recording(tmp_path / "cut.npz")
    wait_until(lambda: viewer._controls._writer.num_frames > 2)
    viewer.close()
    assert Take.load(tmp_path / "cut.npz").num_frames > 2
