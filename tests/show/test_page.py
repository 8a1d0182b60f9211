"""The viewer's server: who gets in, what a slow browser costs, how it ends. No browser here."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("websockets")
pytest.importorskip("PIL")
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
        with connect(f"ws://{address}{path}", origin=origin, max_size=None, close_timeout=0.5) as client:
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
        *more,
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin1")


def test_what_comes_with_a_refused_handshake_is_not_heard(driver, monkeypatch):
    """A page elsewhere sends its command in the same packet as the handshake: no answer, nothing acted on."""
    heard = []
    monkeypatch.setattr(
        "mp2flame.show.page.desk.Desk.__call__", lambda self, message: heard.append(message) or {}
    )
    with serve(None, driver, port=0) as viewer:
        text = b'{"do":"record"}'
        message = bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text  # masked with zeros
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", viewer.port), 5) as raw:
                raw.sendall(handshake(f"127.0.0.1:{viewer.port}", "http://evil.example") + message)
                raw.settimeout(5)
                assert raw.recv(4096).startswith(b"HTTP/1.1 403")
        assert viewer.guard.refused == 20 and not heard and viewer.num_clients == 0
        with socket.create_connection(
            ("127.0.0.1", viewer.port), 5
        ) as raw:  # and the same from its own page is
            raw.sendall(handshake(f"127.0.0.1:{viewer.port}", viewer.url) + message)
            raw.settimeout(5)
            assert raw.recv(4096).startswith(b"HTTP/1.1 101")
            wait_until(lambda: heard)


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
        assert any(isinstance(m, bytes) and len(m) > 10_000 for m in received(address, origin=viewer.url))
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
        assert received(address, origin=f"http://{address}", path="/?token=wrong+horse") == []
        assert "correct-horse" in viewer.url
    with serve(None, driver, host="0.0.0.0", port=0, public=True) as viewer:
        address = f"127.0.0.1:{viewer.port}"
        assert received(address, origin=f"http://{address}", path=f"/?token={viewer.guard.token}")


def test_port_is_free_after_closing_and_taken_before(driver):
    first = serve(None, driver, port=0)
    port = first.port
    with pytest.raises(OutputError, match="--port"):
        serve(None, driver, port=port)
    with connect(f"ws://127.0.0.1:{port}", max_size=None):
        started = time.monotonic()
        first.close()
        first.close()
        assert time.monotonic() - started < 5
    with serve(None, driver, port=port) as second:
        assert second.port == port
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
    assert not [t for t in threading.enumerate() if t.name in ("mp2flame-viewer", "mp2flame-page")]


def test_nothing_is_printed(driver, capfd):
    with serve(None, driver, port=0):
        pass
    assert capfd.readouterr().out == ""


class Browser:
    """What the page does, without a page."""

    def __init__(self, viewer) -> None:
        self._line = connect(f"ws://127.0.0.1:{viewer.port}/socket", max_size=None, close_timeout=0.5)
        self.socket = self._line.__enter__()
        self.state, self.number = None, 0

    def __enter__(self):
        return self

    def __exit__(self, *error) -> None:
        self._line.__exit__(*error)

    def hear(self, seconds=10.0):
        message = self.socket.recv(timeout=seconds)
        if isinstance(message, str):
            message = json.loads(message)
            if message["kind"] == "state":
                self.state = message
        return message

    def ask(self, todo, **more):
        self.number += 1
        self.socket.send(json.dumps({"do": todo, "id": self.number, **more}))
        while True:
            message = self.hear()
            if isinstance(message, dict) and message.get("id") == self.number:
                return message

    def wait(self, condition, seconds=20.0):
        until = time.monotonic() + seconds
        while self.state is None or not condition(self.state):
            assert time.monotonic() < until, f"it did not happen in time: {self.state}"
            self.hear()


def get(address: str, path: str, **headers: str):
    """(status, headers, body) of a plain request."""
    import http.client

    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def test_the_page_and_its_files_are_served_and_nothing_else(driver, tmp_path):
    with serve(None, driver, port=0, folder=tmp_path) as viewer:
        address = f"127.0.0.1:{viewer.port}"
        status, headers, body = get(address, "/")
        assert status == 200 and b"<title>mp2flame viewer</title>" in body and b'href="icon.svg"' in body
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        kinds = {"app.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml"}
        for name, kind in kinds.items():
            status, headers, body = get(address, f"/{name}")
            assert status == 200 and headers["Content-Type"].startswith(kind) and len(body) > 200
        for path in (
            "/nothing",
            "/../server.py",
            "/static/index.html",
            "/takes/",
            "/takes/..%2f..%2fetc%2fpasswd",
        ):
            assert get(address, path)[0] == 404, path
        assert get(address, "/", Host="evil.example")[0] == 403


def test_takes_are_downloaded_by_who_may(driver, tmp_path):
    params = driver.params_from_weights(np.zeros((5, 52), np.float32))
    take = Take.from_params(params, 40.0 * np.arange(5), meta={"flame": driver.describe()})
    take.save(tmp_path / "mein täke.npz")
    (tmp_path / "secret.json").write_text("{}")
    with serve(None, driver, port=0, folder=tmp_path, host="0.0.0.0", public=True) as viewer:
        address, query = f"127.0.0.1:{viewer.port}", f"?token={viewer.guard.token}"
        for name in ("mein%20t%C3%A4ke.npz", "mein%20t%C3%A4ke"):
            status, headers, body = get(address, f"/takes/{name}{query}")
            assert status == 200 and body == (tmp_path / "mein täke.npz").read_bytes()
            assert headers["Content-Disposition"].startswith("attachment")
        assert get(address, "/takes/mein%20t%C3%A4ke.npz")[0] == 403
        assert get(address, "/takes/mein%20t%C3%A4ke.npz?token=wrong")[0] == 403
        assert get(address, f"/takes/secret.json{query}")[0] == 404


def test_commands_that_make_no_sense_are_answered_in_words(driver, tmp_path):
    with serve(None, driver, port=0, folder=tmp_path) as viewer, Browser(viewer) as browser:
        for todo, more, words in [
            ("fly", {}, "there is not"), ("__init__", {}, "there is not"), ("play", {}, "cannot be paused"),
            ("slider", {"index": 0, "value": 0.5}, "no slider"), ("slider", {"index": 99, "value": 0.5}, "no slider"),
            ("slider", {"index": 3, "value": "x"}, "must be a number"), ("slider", {}, "cannot be understood"),
            ("record", {"value": "../evil"}, "without folders"), ("record", {"value": 7}, "must be a text"),
            ("look", {"name": "folder", "value": 1}, "no 'folder'"), ("look", {"name": "skin", "value": "x"}, "skin tones"),
            ("source", {"value": "0"}, "chosen where the viewer was started"), ("head", {"value": "nope.pkl"}, "nope.pkl"),
            ("calibrate", {}, "no live face"), ("stream", {"value": "vmc://127.0.0.1:1"}, "live face"),
            ("profile", {"what": "load", "value": "a/b"}, "without folders"), ("mode", {"value": "x"}, "sliders are"),
        ]:  # fmt: skip
            answer = browser.ask(todo, **more)
            assert not answer["ok"] and words in answer["text"], (todo, more, answer)
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("message", [b"\0", "no json", "[]", '{"do": 3}', "[" * 5000, "x" * 100_000])
def test_what_is_no_command_ends_the_connection_and_no_more(driver, message):
    with serve(None, driver, port=0) as viewer, Browser(viewer) as good:
        with connect(f"ws://127.0.0.1:{viewer.port}/socket", max_size=None, close_timeout=0.5) as bad:
            bad.send(message)
            with pytest.raises(ConnectionClosed):
                while True:
                    bad.recv(timeout=5)
        assert good.ask("centre")["ok"]
        wait_until(lambda: viewer.num_clients == 1)


def test_a_client_that_never_reads_costs_nothing(driver):
    """Frames are replaced, not queued: nothing grows, and others see every state."""
    with serve(None, driver, port=0) as viewer, Browser(viewer) as good:
        line = connect(f"ws://127.0.0.1:{viewer.port}", max_size=None, max_queue=1, close_timeout=0.2)
        slow = line.__enter__()
        wait_until(lambda: viewer.num_clients == 2)
        started = time.monotonic()
        for k in range(100):
            viewer.update(frame_of(driver, k, jaw=(k % 10) / 10))
            time.sleep(0.01)
        assert time.monotonic() - started < 10
        assert sorted(viewer._hub._newest) == ["0 hello", "1 surface", "2 frame", "4 state"]
        assert good.ask("centre")["ok"] and viewer._thread.is_alive()
        slow.socket.close()


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
        wait_until(lambda: viewer.frame is not None and viewer.frame.index > 5)
        read = viewer.controls.readout()
        assert read.state == "running" and read.face == "tracking"
        viewer.controls.start_recording(tmp_path / "live.npz")
        wait_until(lambda: pipeline.stats.frames > 20)
        time.sleep(0.3)
        assert viewer.controls.stop_recording() == tmp_path / "live.npz"
        viewer.controls.set_filter("steady")
        assert pipeline.solver.filter_settings == PRESETS["steady"]
    assert Take.load(tmp_path / "live.npz").num_frames > 3


def test_sliders_change_what_is_shown_and_recorded(driver, tmp_path):
    with serve(None, driver, port=0, folder=tmp_path) as viewer:
        weights = np.zeros(52, np.float32)
        weights[INDEX["jawOpen"]] = 0.8
        viewer.controls.start_recording(tmp_path / "hand.npz")
        viewer.hand.set(weights)
        viewer.wake()
        wait_until(lambda: viewer.shown_weights[INDEX["jawOpen"]] == np.float32(0.8))
        time.sleep(0.3)
        viewer.controls.stop_recording()
        viewer.hand.reset()
        wait_until(lambda: not viewer.hand.values.any())
    take = Take.load(tmp_path / "hand.npz")
    assert take.num_frames > 4 and take.detected.all()
    np.testing.assert_allclose(take.jaw_pose[-1], driver.params_from_weights(weights).jaw_pose, atol=1e-6)
    assert np.all(np.diff(take.timestamp_ms) > 0)


def test_closing_finishes_the_recording(driver, tmp_path):
    viewer = serve(None, driver, port=0, folder=tmp_path)
    viewer.controls.start_recording(tmp_path / "cut.npz")
    wait_until(lambda: viewer.controls._writer.num_frames > 2)
    viewer.close()
    assert Take.load(tmp_path / "cut.npz").num_frames > 2


def test_another_source_is_chosen_in_the_page(driver, tmp_path):
    """Sliders, then a take, then sliders; what cannot be opened leaves what was there."""
    params = driver.params_from_weights(np.zeros((50, 52), np.float32))
    take = Take.from_params(params, 40.0 * np.arange(50), meta={"flame": driver.describe()})
    take.save(tmp_path / "one.npz")
    with serve(None, driver, port=0, folder=tmp_path, live_options={}) as viewer, Browser(viewer) as browser:
        listed = browser.ask("choices")["sources"]
        assert {"group": "Takes", "value": str(tmp_path / "one.npz"), "label": "one.npz"} in listed
        assert browser.ask("source", value="one.npz", in_folder=True)["ok"]
        browser.wait(lambda s: s["player"] is not None and s["source"]["title"] == "one.npz")
        assert browser.ask("play")["ok"] and not viewer.player.playing
        browser.ask("seek", value=33)
        browser.wait(lambda s: s["player"]["index"] == 33)
        answer = browser.ask("source", value=str(tmp_path / "nothing.mp4"))
        assert not answer["ok"] and "nothing.mp4" in answer["text"]
        browser.wait(lambda s: s["source"]["title"] == "one.npz" and s["player"]["index"] == 33)
        threads = [t for t in threading.enumerate() if t.name == "mp2flame-player"]
        assert browser.ask("source", value="sliders")["ok"]
        browser.wait(lambda s: s["player"] is None and not s["withFace"])
        assert len(threads) == 1 and not threads[0].is_alive()


def test_streams_are_named_started_and_ended_in_the_page(driver, tmp_path):
    pytest.importorskip("pythonosc")
    with (
        LivePipeline(driver, Talking(), ["ws://127.0.0.1:0?token=sesame-open"]) as pipeline,
        serve(pipeline, port=0, folder=tmp_path) as viewer,
        Browser(viewer) as browser,
    ):
        browser.wait(lambda s: [x["url"] for x in s["streams"]] == ["ws://127.0.0.1:0"])
        assert "sesame" not in json.dumps(browser.state)
        assert browser.state["source"] == {"text": "", "title": "talking", "canChoose": False}
        assert browser.ask("stream", value="vmc://127.0.0.1:39999")["ok"]
        browser.wait(lambda s: len(s["streams"]) == 2 and s["streams"][1]["sent"] > 3)
        assert "on already" in browser.ask("stream", value="vmc://127.0.0.1:39999")["text"]
        for url in ("jsonl:/tmp/x", "JSONL:x", "shm:x"):
            assert "not into files" in browser.ask("stream", value=url)["text"]
        assert "no output" in browser.ask("stream", value="carrier-pigeon://")["text"]
        gone = pipeline.outputs[1]
        assert browser.ask("stream", value="vmc://127.0.0.1:39999", off=True)["ok"]
        browser.wait(lambda s: len(s["streams"]) == 1)
        sent = gone.stats.sent
        time.sleep(0.2)
        assert gone.stats.sent == sent and len(pipeline.outputs) == 1


def test_what_the_viewer_opened_it_ends(driver, tmp_path):
    """Closing ends the pipeline that was chosen, and its recording; nobody's else."""
    take = Take.from_params(driver.params_from_weights(np.zeros((9, 52), np.float32)), 40.0 * np.arange(9))
    take.save(tmp_path / "own.npz")
    with LivePipeline(driver, Talking()) as pipeline:
        with serve(pipeline, port=0, folder=tmp_path):
            pass
        assert pipeline.stats.state == "running"
    before = {t.name for t in threading.enumerate()}
    viewer = serve(None, driver, port=0, folder=tmp_path, source=str(tmp_path / "own.npz"), live_options={})
    viewer.controls.start_recording(tmp_path / "again.npz")
    with contextlib.ExitStack() as stack:
        stack.enter_context(Browser(viewer))
        wait_until(lambda: viewer.controls._writer.num_frames > 2)
    viewer.close()
    assert Take.load(tmp_path / "again.npz").num_frames > 2
    assert {t.name for t in threading.enumerate()} <= before | {"MainThread"}


def test_quality_is_on_the_page_and_advises_who_can_act(driver, tmp_path):
    frame = frame_of(driver, 1)
    frame.quality = np.float32([64, 5, 0, 0.4, 0.1])
    with serve(None, driver, port=0) as viewer, Browser(viewer) as browser:
        viewer.update(frame)
        browser.wait(lambda s: s["quality"] is not None)
        assert browser.state["quality"]["face_px"] == 64
        assert browser.state["quality"]["advice"] == "face 64 px wide: come closer; 150 are enough"
    take = Take.from_frames([frame, replace(frame, index=2, timestamp_ms=80.0)])
    with serve(None, driver, port=0, take=take) as viewer, Browser(viewer) as browser:
        browser.wait(lambda s: s["quality"] is not None)
        assert browser.state["quality"]["advice"] == ""  # nobody comes closer in a film


def test_browsers_that_vanish_leave_nothing_behind(driver):
    """A reset connection, a half-read one, a page that closes while its command runs: the others go on."""
    with serve(None, driver, port=0) as viewer, Browser(viewer) as good:
        for k in range(6):
            line = connect(f"ws://127.0.0.1:{viewer.port}/socket", max_size=None, close_timeout=0.1)
            gone = line.__enter__()
            if k % 2:
                gone.send(json.dumps({"do": "head", "id": 1, "value": "nope.pkl"}))
            if k % 3 == 0:
                gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.socket.close()
            viewer.update(frame_of(driver, k))
        wait_until(lambda: viewer.num_clients == 1)
        assert good.ask("slider", index=INDEX["jawOpen"], value=0.5)["ok"]
        good.wait(lambda s: s["hand"]["values"][INDEX["jawOpen"]] == 0.5)
    names = {t.name for t in threading.enumerate()}
    assert not names & {"mp2flame-viewer", "mp2flame-page", "mp2flame-player"}, names


def test_closing_while_the_person_calibrates_and_records(driver, tmp_path):
    with LivePipeline(driver, Talking()) as pipeline:
        viewer = serve(pipeline, port=0, folder=tmp_path)
        with Browser(viewer) as browser:
            assert browser.ask("calibrate")["ok"] and browser.ask("record", value="a")["ok"]
            browser.wait(lambda s: s["calibration"]["running"] and s["recording"] == "a.npz")
            started = time.monotonic()
            viewer.close()
            assert time.monotonic() - started < 5
        assert pipeline.recording is not None  # it is the pipeline's own, and goes on
        frames, until = pipeline.stats.frames + 5, time.monotonic() + 30
        while (
            pipeline.stats.frames < frames and time.monotonic() < until
        ):  # a busy machine has given none yet
            time.sleep(0.01)
        assert pipeline.solver.profile is None
    assert Take.load(tmp_path / "a.npz").num_frames > 3


def test_unfinished_handshakes_do_not_hold_up_the_end(driver):
    viewer = serve(None, driver, port=0)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", viewer.port)))
            half.sendall(b"GET / HTTP/1.1\r\nHo")
        with connect(f"ws://127.0.0.1:{viewer.port}") as owner:  # nobody is locked out
            owner.recv(timeout=5)
        viewer.close()
        assert "mp2flame-page" not in {thread.name for thread in threading.enumerate()}
