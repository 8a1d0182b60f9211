"""The page's files and their server: fresh, only its own, and a sentence where something is missing."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from mp2flame.base.errors import FileFormatError, InputError, MissingFileError
from mp2flame.cli import cli
from mp2flame.show.web import tasks_vision
from mp2flame.show.web.server import WebServer
from mp2flame.show.web.site import MODEL, Site
from mp2flame.show.web.tasks_vision import FILES, TasksVision, find_tasks_vision

WEB = Path(__file__).resolve().parents[2] / "web"
STATIC = WEB.parent / "src/mp2flame/show/web/static"


def package(path: Path, names: tuple[str, ...] = FILES) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            folder = "package" if name.endswith(".mjs") else "package/wasm"
            info = tarfile.TarInfo(f"{folder}/{name}")
            content = f"content of {name}".encode()
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    model = tmp_path / "face_landmarker.task"
    model.write_bytes(b"\0\0PK\x03\x04 a model")
    return Site(lambda: b"a head", mediapipe=package(tmp_path / "vision.tgz"), model_path=model)


@pytest.fixture
def server(site: Site) -> Iterator[WebServer]:
    with WebServer(site, port=0) as running:
        yield running


def ask(
    server: WebServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    host = server.url.removeprefix("http://").rstrip("/").replace("localhost", "127.0.0.1")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    return answer.status, dict(answer.getheaders()), answer.read()


def test_the_built_page_is_that_of_the_sources() -> None:
    names = ["package.json", "scripts/build.mjs"]
    names += [f"{folder}/{p.name}" for folder in ("page", "src") for p in (WEB / folder).iterdir()]
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode() + b"\0" + (WEB / name).read_bytes() + b"\0")
    assert (STATIC / "sources.sha256").read_text().strip() == digest.hexdigest(), (
        "src/mp2flame/show/web/static is stale: run npm install and node scripts/build.mjs page in web/, and commit it"
    )


def test_the_page_is_small() -> None:
    assert sum(p.stat().st_size for p in STATIC.iterdir()) < 1.5e6


def test_everything_is_served_with_the_policy(server: WebServer, site: Site) -> None:
    for name in ("", *site.names):
        status, headers, body = ask(server, f"/{name}")
        assert (status, bool(body)) == (200, True), name
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert ask(server, "/head.m2f")[2] == b"a head"
    assert b"content of vision_bundle.mjs" in ask(server, "/mediapipe/vision_bundle.mjs")[2]
    assert ask(server, "/app.js")[1]["Content-Type"].startswith("text/javascript")
    status, headers, body = ask(server, "/app.js", "HEAD")
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 1e5


def test_packed_and_not_sent_twice(server: WebServer) -> None:
    _, headers, body = ask(server, "/app.css", Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == (STATIC / "app.css").read_bytes()
    assert ask(server, "/app.css", If_None_Match=headers["ETag"])[0] == 304


@pytest.mark.parametrize(
    "path",
    ["/../site.py", "/..%2fsite.py", "/%2e%2e/%2e%2e/etc/passwd", "/mediapipe/../app.js", "/sources.sha256",
     "/mediapipe/evil.js", "/server.py", "//etc/passwd", "/static/app.js"],
)  # fmt: skip
def test_nothing_else_is_served(server: WebServer, path: str) -> None:
    assert ask(server, path)[0] == 404


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path))
    monkeypatch.delenv("MP2FLAME_TASKS_VISION", raising=False)
    monkeypatch.setattr(tasks_vision.shutil, "which", lambda _: None)
    site = Site(lambda: b"a head", model_path=tmp_path / "none.task")
    with WebServer(site, port=0) as server:
        status, _, body = ask(server, "/mediapipe/vision_bundle.mjs")
        assert status == 404 and b"npm pack @mediapipe/tasks-vision@1.1.0" in body
        status, _, body = ask(server, f"/{MODEL}")
        assert status == 404 and b"MP2FLAME_FACE_LANDMARKER" in body
    assert set(site.write(tmp_path / "site")) == {MODEL, *(f"mediapipe/{name}" for name in FILES)}
    assert (tmp_path / "site/index.html").exists() and (tmp_path / "site/demo.npz").exists()


def test_the_web_package_as_folder_and_file(tmp_path: Path) -> None:
    for name in FILES:
        at = tmp_path / "node" / ("wasm" if "wasm" in name else "") / name
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(name.encode())
    assert TasksVision(tmp_path / "node").read("vision_wasm_internal.wasm") == b"vision_wasm_internal.wasm"
    assert TasksVision(tmp_path / "node").read("package.json") is None
    with pytest.raises(MissingFileError, match="npm pack"):
        find_tasks_vision(tmp_path / "nowhere")
    (tmp_path / "text.tgz").write_text("no archive")
    (tmp_path / "empty").mkdir()
    for wrong in (tmp_path / "text.tgz", package(tmp_path / "half.tgz", FILES[:1]), tmp_path / "empty"):
        with pytest.raises(FileFormatError, match=r"npm|lacks"):
            find_tasks_vision(wrong)


def test_only_the_known_package_is_taken_from_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("MP2FLAME_TASKS_VISION", raising=False)
    npm = tmp_path / "npm"
    package(tmp_path / "other.tgz")
    npm.write_text(f'#!/bin/sh\ncp "{tmp_path}/other.tgz" "$4/{tasks_vision.TGZ}"\n')
    npm.chmod(0o755)
    monkeypatch.setattr(tasks_vision.shutil, "which", lambda _: str(npm))
    with pytest.raises(MissingFileError):
        find_tasks_vision()
    digest = hashlib.sha256((tmp_path / "other.tgz").read_bytes()).hexdigest()
    monkeypatch.setattr(tasks_vision, "TGZ_SHA256", digest)
    assert find_tasks_vision().read(FILES[0]) is not None
    npm.unlink()
    assert find_tasks_vision().read(FILES[0]) is not None  # from the cache


def test_the_command_writes_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = tmp_path / "me.m2f"
    CliRunner().invoke(cli, ["export-web", "-o", str(head)], catch_exceptions=False)
    vision = package(tmp_path / "vision.tgz")
    (tmp_path / "m.task").write_bytes(b"PK\x03\x04")
    common = ["--mediapipe", str(vision), "--face-model", str(tmp_path / "m.task"), "--write"]
    done = CliRunner().invoke(
        cli, ["web", "--head", str(head), *common, str(tmp_path / "out")], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out/head.m2f").read_bytes() == head.read_bytes()
    assert (tmp_path / "out/mediapipe/vision_wasm_internal.wasm").exists() and (
        tmp_path / "out" / MODEL
    ).exists()
    told = CliRunner().invoke(cli, ["info", str(head)], catch_exceptions=False).output
    assert "head for the browser" in told and "builtin" in told and "web --head" in told
    for arguments, error in (
        (["web", "--head", str(tmp_path / "no.m2f")], MissingFileError),
        (["web", "--head", str(vision)], FileFormatError),
        (
            ["web", "--face-model", str(head), *common[:2], "--write", str(tmp_path / "other")],
            FileFormatError,
        ),
        (["web", "--head", str(head), "--flame", "x.pkl"], InputError),
    ):
        with pytest.raises(error):
            CliRunner().invoke(cli, arguments, standalone_mode=False, catch_exceptions=False)


def test_a_taken_port_is_said(server: WebServer, site: Site) -> None:
    port = int(server.url.rstrip("/").rsplit(":", 1)[1])
    with pytest.raises(InputError, match=str(port)):
        WebServer(site, port=port)


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "127.evil.com", "[::1", ""])
def test_a_name_of_somebody_elses_that_points_here_is_refused(server: WebServer, name: str) -> None:
    status, _, content = ask(server, "/head.m2f", Host=name)
    assert status == 403 and b"a head" not in content


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:8088", "[::1]:9", "LOCALHOST:80"])
def test_names_of_this_machine_are_served(server: WebServer, name: str) -> None:
    assert ask(server, "/head.m2f", Host=name)[2] == b"a head"
