"""The WebSocket server: access, both formats, slow and hostile clients, a real browser page."""

from __future__ import annotations

import functools
import http.server
import json
import os
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
from mp2flame.base.errors import InputError
from mp2flame.io.sources import open_source
from mp2flame.io.streams import StreamContext, open_output, wire
from mp2flame.io.streams.websocket import WebSocketOutput
from streams_kit import NUM_EXPRESSION, decode_json, make_frame, wait_until

websockets = pytest.importorskip("websockets")
client = pytest.importorskip("websockets.sync.client")

CONTEXT = StreamContext(num_expression=NUM_EXPRESSION, flame_release="builtin")
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def server() -> Iterator[WebSocketOutput]:
    with open_output("ws://127.0.0.1:0", context=CONTEXT) as output:
        assert isinstance(output, WebSocketOutput)
        yield output


def connect(server: WebSocketOutput, query: str = "", **options: Any) -> Any:
    return client.connect(f"ws://127.0.0.1:{server.port}/{query}", **options)


def feed(server: WebSocketOutput, stop: threading.Event, fps: float = 200.0) -> threading.Thread:
    def run() -> None:
        for i in range(1_000_000):
            if stop.wait(1 / fps):
                return
            server.send(make_frame(1, index=i))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_json_then_binary(server: WebSocketOutput) -> None:
    stop = threading.Event()
    feed(server, stop)
    with connect(server) as socket_:
        hello = json.loads(socket_.recv(5))
        assert (hello["type"], hello["schema"]) == ("hello", "mp2flame.stream/1")
        assert hello["names"] == list(names.BLENDSHAPES)
        frame = decode_json(socket_.recv(5))
        np.testing.assert_allclose(frame.weights, make_frame(1).weights, atol=1e-6)
        socket_.send('{"type":"subscribe","format":"binary"}')
        assert wait_until(lambda: isinstance(socket_.recv(5), bytes))
        frame = wire.decode_binary(socket_.recv(5))
        np.testing.assert_array_equal(frame.params.expression, make_frame(1).params.expression)
        indices = [wire.decode_binary(socket_.recv(5)).index for _ in range(20)]
        assert indices == sorted(set(indices))
    stop.set()
    assert wait_until(lambda: server.stats.clients == 0)


def test_max_fps_is_kept(server: WebSocketOutput) -> None:
    stop = threading.Event()
    feed(server, stop, fps=300)
    with connect(server) as socket_:
        socket_.recv(5)
        socket_.send('{"type":"subscribe","format":"json","max_fps":20}')
        time.sleep(0.2)
        start, count = time.monotonic(), 0
        while time.monotonic() - start < 1:
            socket_.recv(5)
            count += 1
    stop.set()
    assert count < 40  # against 300 offered; what the socket had buffered before counts in


def status_of(error: Any) -> int:
    return int(error.value.response.status_code)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://localhost:3000", True),
        ("http://127.0.0.1", True),
        ("https://evil.example", False),
        ("http://localhost.evil.example", False),
        ("null", False),
    ],
)
def test_origin(server: WebSocketOutput, origin: str | None, allowed: bool) -> None:
    if allowed:
        with connect(server, origin=origin) as socket_:
            assert socket_.recv(5)
    else:
        with pytest.raises(websockets.exceptions.InvalidStatus) as error:
            connect(server, origin=origin)
        assert status_of(error) == 403


def test_further_origins_can_be_named() -> None:
    with open_output("ws://127.0.0.1:0?origin=https://my.page,null", context=CONTEXT) as output:
        for origin in ("https://my.page", "null"):
            with connect(output, origin=origin) as socket_:  # type: ignore[arg-type]
                assert socket_.recv(5)


def test_token() -> None:
    with open_output("ws://127.0.0.1:0?token=correct-horse", context=CONTEXT) as output:
        assert isinstance(output, WebSocketOutput)
        for query, headers in (
            ("", None),
            ("?token=wrong", None),
            ("?token=", None),
            ("?token=%C3%A9", None),
            ("", {"Authorization": "Bearer wrong"}),
        ):
            with pytest.raises(websockets.exceptions.InvalidStatus) as error:
                connect(output, query, additional_headers=headers)
            assert status_of(error) == 401
        with connect(output, "?token=correct-horse") as socket_:
            assert socket_.recv(5)
        with connect(output, additional_headers={"Authorization": "Bearer correct-horse"}) as socket_:
            assert socket_.recv(5)
        assert output.stats.reasons == {"wrong token": 5}


def test_loopback_only_by_default(server: WebSocketOutput) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: this asks which address we would use
        except OSError:
            pytest.skip("this machine has no other network address")
        address = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no other network address")
    with pytest.raises(OSError):
        socket.create_connection((address, server.port), timeout=2)


@pytest.mark.parametrize("host", ["127.evil.com", "127.0.0.1.nip.io", "localhost.evil.com"])
@pytest.mark.parametrize("scheme", ["ws", "zmq"])
def test_a_name_that_looks_like_loopback_is_none(host: str, scheme: str) -> None:
    with pytest.raises(InputError, match="other machines"):
        open_output(f"{scheme}://{host}:0", context=CONTEXT)


def test_a_token_that_no_header_takes() -> None:
    for url in ("ws://127.0.0.1:0?token=l%C3%A4ngliches", "ws://127.0.0.1:0?token=two%20words"):
        with pytest.raises(InputError, match="ASCII"):
            open_output(url, context=CONTEXT)
        with pytest.raises(InputError, match="ASCII"):
            open_source(url)
    with open_output("ws://127.0.0.1:0?token=correct-horse", context=CONTEXT) as output:
        assert isinstance(output, WebSocketOutput)
        with socket.create_connection(("127.0.0.1", output.port), 5) as raw:
            raw.sendall(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                b"Authorization: Bearer l\xe4ngliches\r\n\r\n"
            )
            assert raw.recv(100).startswith(b"HTTP/1.1 401")
        assert output.stats.reasons == {"wrong token": 1}


def test_connection_limit() -> None:
    with open_output("ws://127.0.0.1:0?clients=2", context=CONTEXT) as output:
        assert isinstance(output, WebSocketOutput)
        with connect(output), connect(output):
            assert wait_until(lambda: output.stats.clients == 2)
            with pytest.raises(websockets.exceptions.InvalidStatus) as error:
                connect(output)
            assert status_of(error) == 503
        assert wait_until(lambda: output.stats.clients == 0)
        with connect(output) as socket_:
            assert socket_.recv(5)


@pytest.mark.parametrize(
    "message",
    ["nonsense", b"\x00\x01", '{"type":"subscribe","format":"xml"}', '{"type":"subscribe","max_fps":-1}',
     '{"type":"subscribe","max_fps":true}', '{"type":"other"}', "[" * 4000],
)  # fmt: skip
def test_malformed_message_is_counted_and_the_stream_goes_on(server: WebSocketOutput, message: str) -> None:
    with connect(server) as socket_:
        socket_.recv(5)
        socket_.send(message)
        assert wait_until(lambda: server.stats.rejected == 1)
        server.send(make_frame(1))
        assert decode_json(socket_.recv(5)).index == 1


def test_too_many_or_too_long_messages_end_the_connection(server: WebSocketOutput) -> None:
    with connect(server) as socket_:
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            for _ in range(100):
                socket_.send("nonsense")
                time.sleep(0.005)
            socket_.recv(5)
            socket_.recv(5)
    assert 0 < server.stats.rejected <= 100
    with connect(server) as socket_:
        socket_.recv(5)
        socket_.send("x" * 100_000)
        with pytest.raises(websockets.exceptions.ConnectionClosed) as error:
            socket_.recv(5)
        assert error.value.rcvd is not None and error.value.rcvd.code == 1009
    assert wait_until(lambda: server.stats.clients == 0)


def raw_client(port: int) -> socket.socket:
    """A client that shakes hands and then never reads; with a small receive buffer."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", port))
    sock.sendall(
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return sock


def test_a_client_that_never_reads_costs_nothing(server: WebSocketOutput) -> None:
    """Memory stays, sending stays fast, the reading client beside it gets the newest frames."""
    resource = pytest.importorskip("resource")
    frozen = [raw_client(server.port) for _ in range(3)]
    try:
        assert wait_until(lambda: server.stats.clients == 3)
        with connect(server, max_queue=1, close_timeout=0.2) as reader:
            reader.recv(5)
            frames = [make_frame(i) for i in range(10)]

            def burst(count: int) -> float:
                longest = 0.0
                for i in range(count):
                    frame = frames[i % 10]
                    start = time.monotonic()
                    server.send(frame)
                    longest = max(longest, time.monotonic() - start)
                    if i % 100 == 0:
                        time.sleep(0.001)
                return longest

            burst(1000)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            assert burst(3000) < 1.0
            assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
            assert server.stats.dropped > 3_000
            last = make_frame(99, index=99)

            def newest() -> bool:
                server.send(last)
                return any(decode_json(reader.recv(5)).index == 99 for _ in range(10))

            assert wait_until(newest)
    finally:
        for sock in frozen:
            sock.close()
    assert wait_until(lambda: server.stats.clients == 0)


def test_a_frozen_client_is_dropped(server: WebSocketOutput, monkeypatch: pytest.MonkeyPatch) -> None:
    from mp2flame.io.streams import ws_server

    monkeypatch.setattr(ws_server, "SEND_TIMEOUT_S", 0.3)
    frozen = raw_client(server.port)
    try:
        assert wait_until(lambda: server.stats.clients == 1)

        def gone() -> bool:
            server.send(make_frame(1))
            return server.stats.clients == 0

        assert wait_until(gone, 30)
        assert "took nothing" in server.stats.last_error
    finally:
        frozen.close()


def test_close_with_frozen_client_is_quick_and_frees_the_port() -> None:
    output = open_output("ws://127.0.0.1:0", context=CONTEXT)
    assert isinstance(output, WebSocketOutput)
    frozen = raw_client(output.port)
    assert wait_until(lambda: output.stats.clients == 1)
    for _ in range(3000):
        output.send(make_frame(1))
    start = time.monotonic()
    output.close()
    assert time.monotonic() - start < 5
    assert not output._server.thread.is_alive()
    frozen.close()
    with open_output(f"ws://127.0.0.1:{output.port}", context=CONTEXT) as again, connect(again) as socket_:  # type: ignore[arg-type]
        assert socket_.recv(5)


def test_python_example_client(server: WebSocketOutput) -> None:
    stop = threading.Event()
    feed(server, stop, fps=50)
    command = [sys.executable, str(EXAMPLES / "websocket_client.py"), f"ws://127.0.0.1:{server.port}",
               "--frames", "5"]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    stop.set()
    first, *lines = result.stdout.splitlines()
    assert first == "mp2flame.stream/1, FLAME 'builtin'"
    assert len(lines) == 5 and all("face" in line for line in lines)
    strongest = names.BLENDSHAPES[int(np.argmax(make_frame(1).weights))]
    assert strongest in lines[0]


@pytest.fixture
def page_server() -> Iterator[int]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            return None

    handler = functools.partial(Quiet, directory=str(EXAMPLES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as http_server:
        thread = threading.Thread(target=http_server.serve_forever, daemon=True)
        thread.start()
        yield int(http_server.server_address[1])
        http_server.shutdown()


@pytest.mark.browser
def test_browser_page(server: WebSocketOutput, page_server: int, tmp_path: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = os.environ.get("MP2FLAME_CHROMIUM", "/usr/bin/chromium")
    if not os.path.exists(chromium):
        pytest.skip("needs Chromium; set MP2FLAME_CHROMIUM to its path")
    complaints: list[str] = []
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        for kind in ("json", "binary"):
            url = f"ws://127.0.0.1:{server.port}"
            page.goto(f"http://127.0.0.1:{page_server}/websocket_client.html?url={url}&format={kind}")
            check_page(page, server)
        page.screenshot(path=os.environ.get("MP2FLAME_SCREENSHOT") or str(tmp_path / "page.png"))
        browser.close()
    assert complaints == []


def check_page(page: Any, server: WebSocketOutput) -> None:
    """The page shows the frame that was sent, number for number, and says when the face is lost."""
    frame = make_frame(1, index=4_000_000_000)
    frame.weights = frame.weights.copy()
    frame.weights[names.INDEX["jawOpen"]] = 0.9
    frame.weights[names.INDEX["eyeBlinkRight"]] = 1.0
    frame.weights[names.INDEX["eyeBlinkLeft"]] = 0.0
    page.wait_for_function("window.received.hello !== null", timeout=10_000)
    for detected, words in ((False, "face lost"), (True, "face")):
        frame.detected = detected
        for _ in range(20):
            server.send(frame)
            page.wait_for_timeout(10)
        page.wait_for_function(f"document.getElementById('state').textContent === '{words}'", timeout=10_000)
    got = page.evaluate("window.received.frame")
    np.testing.assert_allclose(got["weights"], frame.weights, atol=1e-6)
    np.testing.assert_allclose(got["expression"], frame.params.expression, atol=1e-5)
    np.testing.assert_allclose(got["transl"], frame.params.transl, atol=1e-6)
    assert (got["index"], got["detected"]) == (4_000_000_000, True)
    assert float(page.get_attribute("#mouth", "ry")) == pytest.approx(2 + 22 * 0.9, abs=1e-3)
    assert float(page.get_attribute("#right", "ry")) == pytest.approx(1)  # the subject's right, closed
    assert float(page.get_attribute("#left", "ry")) == pytest.approx(7)
    assert page.evaluate("window.received.errors") == []


def test_unfinished_handshakes_do_not_hold_up_the_end() -> None:
    import socket

    with open_output("ws://127.0.0.1:0", context=CONTEXT) as output:
        assert isinstance(output, WebSocketOutput)
        halves = [socket.create_connection(("127.0.0.1", output.port)) for _ in range(20)]
        for half in halves:
            half.sendall(b"GET / HTTP/1.1\r\nHo")
        output.close()
        assert "mp2flame-ws" not in {thread.name for thread in threading.enumerate()}
    for half in halves:
        half.close()
