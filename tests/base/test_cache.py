"""Cache folder, packaged tables, FLAME file search, and the one download."""

from __future__ import annotations

import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base import cache, tables
from mp2flame.base.errors import FileFormatError, InputError, MissingFileError
from mp2flame.flame import find
from mp2flame.observe import model_file

TASK = b"PK\x03\x04" + bytes(range(256)) * 800


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MP2FLAME_SHARED", str(tmp_path / "nowhere"))
    for name in ("MP2FLAME_FLAME", "MP2FLAME_FACE_LANDMARKER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


class Server(http.server.ThreadingHTTPServer):
    hits = 0
    body = TASK
    status = 200
    cut = 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.hits += 1
        self.send_response(server.status)
        self.send_header("Content-Length", str(len(server.body)))
        self.end_headers()
        self.wfile.write(server.body[: len(server.body) - server.cut])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A stand-in for Google's address, and for the file's hash and size."""
    with Server(("127.0.0.1", 0), Handler) as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(
            model_file, "FACE_LANDMARKER_URL", f"http://127.0.0.1:{made.server_port}/face.task"
        )
        monkeypatch.setattr(model_file, "FACE_LANDMARKER_SHA256", hashlib.sha256(TASK).hexdigest())
        monkeypatch.setattr(model_file, "_FACE_LANDMARKER_BYTES", len(TASK))
        yield made
        made.shutdown()


def cached(folder: Path) -> Path:
    return folder / "cache" / "face_landmarker.task"


def test_one_download_then_the_cache(server: Server, clean: Path) -> None:
    steps: list[tuple[int, int]] = []
    path = model_file.find_face_landmarker(progress=lambda done, total: steps.append((done, total)))
    assert path == cached(clean) and path.read_bytes() == TASK
    assert [s[0] for s in steps] == sorted({s[0] for s in steps}) and steps[-1] == (len(TASK), len(TASK))
    assert len(steps) > 1
    assert model_file.find_face_landmarker() == path and server.hits == 1
    assert model_file.find_face_landmarker(download=False) == path
    assert [p.name for p in path.parent.iterdir() if p.is_file()] == ["face_landmarker.task"]


def test_a_damaged_cache_is_fetched_again(server: Server, clean: Path) -> None:
    cached(clean).parent.mkdir()
    cached(clean).write_bytes(TASK[:-1] + b"x")
    assert model_file.find_face_landmarker().read_bytes() == TASK and server.hits == 1


@pytest.mark.parametrize("cut", [0, 1000])
def test_what_is_not_the_file_never_gets_there(server: Server, clean: Path, cut: int) -> None:
    server.body, server.cut = (TASK, cut) if cut else (b"<html>please log in</html>", 0)
    with pytest.raises((FileFormatError, MissingFileError), match=model_file.FACE_LANDMARKER_SHA256):
        model_file.find_face_landmarker()
    assert not any(p.is_file() for p in cached(clean).parent.rglob("*"))


def test_server_error_and_offline_say_what_to_do(
    server: Server, clean: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.status = 503
    with pytest.raises(MissingFileError) as caught:
        model_file.find_face_landmarker()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setattr(model_file, "FACE_LANDMARKER_URL", f"http://127.0.0.1:{free.getsockname()[1]}/x")
        with pytest.raises(MissingFileError) as offline:
            model_file.find_face_landmarker()
    with pytest.raises(MissingFileError) as not_asked:
        model_file.find_face_landmarker(download=False)
    for error in (caught, offline, not_asked):
        message = str(error.value)
        assert (
            model_file.FACE_LANDMARKER_SHA256 in message
            and str(cached(clean)) in message
            and "http://" in message
        )
        assert "MP2FLAME_FACE_LANDMARKER" in message


def test_given_file_and_variable_come_first(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = clean / "mine.task", clean / "other.task"
    mine.write_bytes(TASK)
    other.write_bytes(TASK)
    monkeypatch.setenv("MP2FLAME_FACE_LANDMARKER", str(other))
    assert model_file.find_face_landmarker(mine) == mine
    assert model_file.find_face_landmarker() == other
    monkeypatch.setenv("MP2FLAME_FACE_LANDMARKER", str(clean / "none"))
    with pytest.raises(MissingFileError, match="MP2FLAME_FACE_LANDMARKER"):
        model_file.find_face_landmarker()
    mine.write_bytes(b"<html>")
    with pytest.raises(FileFormatError, match=r"is a web page.*face_landmarker\.task"):
        model_file.find_face_landmarker(mine)


def test_real_address_and_hash(shared: Path) -> None:
    path = shared / "models" / "face_landmarker.task"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == model_file.FACE_LANDMARKER_SHA256
    assert path.stat().st_size == model_file._FACE_LANDMARKER_BYTES
    assert model_file.find_face_landmarker(path) == path


def test_cache_dir_follows_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache.cache_dir() == tmp_path / "cache"
    monkeypatch.delenv("MP2FLAME_CACHE")
    monkeypatch.setattr(cache.Path, "home", lambda: tmp_path)
    monkeypatch.setattr(cache.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.cache_dir() == tmp_path / "xdg" / "mp2flame"
    for unusable in ("relative/path", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", unusable)
        assert cache.cache_dir() == tmp_path / ".cache" / "mp2flame"
    monkeypatch.setattr(cache.sys, "platform", "darwin")
    assert cache.cache_dir() == tmp_path / "Library" / "Caches" / "mp2flame"
    monkeypatch.setattr(cache.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache.cache_dir() == tmp_path / "local" / "mp2flame" / "Cache"


def test_cached_arrays_are_made_once_and_heal(tmp_path: Path) -> None:
    calls = []

    def make() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"a": np.arange(5000.0), "b": np.array([[True]])}

    for _ in range(3):
        got = cache.cached_arrays("thing-1", make)
        np.testing.assert_array_equal(got["a"], np.arange(5000.0))
        assert got["b"].dtype == bool and len(calls) == 1
    entry = tmp_path / "cache" / "arrays" / "thing-1.npz"
    data = bytearray(entry.read_bytes())
    data[2000] ^= 1
    for spoilt in (bytes(data), data[:50], b"", b"x"):
        entry.write_bytes(spoilt)
        before = len(calls)
        np.testing.assert_array_equal(cache.cached_arrays("thing-1", make)["a"], np.arange(5000.0))
        assert len(calls) == before + 1
    for key in ("", "../x", "a/b", ".hidden", "a b", "ä"):
        with pytest.raises(InputError):
            cache.cached_arrays(key, make)


def test_file_hash_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for content in (b"a", b"b" * 10):
        path.write_bytes(content)
        for _ in range(2):
            assert cache.file_sha256(path) == hashlib.sha256(content).hexdigest()
    for entry in (tmp_path / "cache" / "sha256").iterdir():
        entry.write_text("{broken")
    assert cache.file_sha256(path) == hashlib.sha256(b"b" * 10).hexdigest()


def test_flame_files_are_found_by_name(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find.find_flame_files() == []
    places = {
        "here": [
            "generic_model.pkl",
            "FLAME_masks.pkl",
            "flame_static_embedding.pkl",
            "notes.txt",
            "other.pkl",
        ],
        "cache/flame": ["flame2023.pkl", "FLAME2020.zip"],
        "models": ["flame2023_Open.npz", "x.pkl"],
    }
    for folder, names in places.items():
        (clean / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            (clean / folder / name).write_bytes(b"x")
    (clean / "mine.pkl").write_bytes(b"x")
    monkeypatch.setenv(
        "MP2FLAME_FLAME",
        cache.os.pathsep.join(map(str, (clean / "mine.pkl", clean / "models", clean / "none"))),
    )
    found = [p.name for p in find.find_flame_files()]
    assert found == ["mine.pkl", "flame2023_Open.npz", "generic_model.pkl", "FLAME2020.zip", "flame2023.pkl"]


def test_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "tables.npz"
    np.savez(path, one=np.arange(3))
    monkeypatch.setattr(tables, "_FILES", [path])
    tables._tables.cache_clear()
    try:
        one = tables.table("one")
        with pytest.raises(ValueError):
            one[0] = 5
        with pytest.raises(InputError, match="there are one"):
            tables.table("two")
        tables._tables.cache_clear()
        monkeypatch.setattr(tables, "_FILES", [tmp_path / "gone.npz"])
        with pytest.raises(MissingFileError, match="install"):
            tables.table("one")
    finally:
        tables._tables.cache_clear()
