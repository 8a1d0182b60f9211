"""A web server for the page: this machine only unless told otherwise, nothing but its own files."""

from __future__ import annotations

import gzip
import hashlib
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Any

from ...base.closing import Closing
from ...base.errors import InputError
from ...io.streams.base import is_loopback
from ..page.access import LOCAL_NAMES, local_name
from .site import TYPES, Site

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""The page's own, and that it is in no other page's frame."""
_PACKED = (".html", ".js", ".mjs", ".css", ".svg", ".wasm", ".webmanifest")


class WebServer(Closing):
    """Serves a ``Site`` from a thread; a context manager.

    Args:
        site: the files.
        host: address to bind to.
        port: None: the first free one from 8088; 0: any free one.

    Raises:
        InputError: the port is taken, or the address is not this machine's.
    """

    def __init__(self, site: Site, *, host: str = "127.0.0.1", port: int | None = None) -> None:
        tries = range(8088, 8108) if port is None else (port,)
        for number in tries:
            try:
                self._server = ThreadingHTTPServer((host, number), _handler(site, host))
                break
            except OSError as error:
                last = error
        else:
            raise InputError(f"the page cannot be served at {host}:{tries[-1]}: {last.strerror or last}.")
        self._server.daemon_threads = True
        self._host = host
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What to open. A camera needs localhost (or https), so that is what this machine's own address is called."""
        name = "localhost" if self._host in ("127.0.0.1", "0.0.0.0", "::1", "::") else self._host
        return f"http://{name}:{self._server.server_address[1]}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(site: Site, host: str) -> type[BaseHTTPRequestHandler]:
    packed: dict[str, tuple[str, bytes]] = {}
    loopback = is_loopback(host)

    class Handler(BaseHTTPRequestHandler):
        server_version = "mp2flame"
        timeout = 30  # seconds that a client may be silent; its thread ends then
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, body: bool) -> None:
            if loopback and local_name(self.headers.get("Host", "")) not in {*LOCAL_NAMES, host}:
                self._send(403, b"wrong host\n", "text/plain; charset=utf-8", {}, body)
                return
            path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")
            content = site.read(path)
            if content is None:
                text = (site.missing.get(path) or f"there is no {path} here").encode()
                self._send(404, text, "text/plain; charset=utf-8", {}, body)
                return
            tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
            headers = {"ETag": tag, "Cache-Control": "no-cache"}
            if self.headers.get("If-None-Match") == tag:
                self._send(304, b"", "", headers, False)
                return
            ending = PurePosixPath(path or "index.html").suffix
            if ending in _PACKED and "gzip" in self.headers.get("Accept-Encoding", ""):
                if packed.get(path, ("",))[0] != tag:
                    packed[path] = (tag, gzip.compress(content, 6, mtime=0))
                content = packed[path][1]
                headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            self._send(200, content, TYPES.get(ending, "application/octet-stream"), headers, body)

        def _send(self, code: int, content: bytes, kind: str, headers: dict[str, str], body: bool) -> None:
            self.send_response(code)
            if kind:
                self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Referrer-Policy", "no-referrer")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                try:
                    self.wfile.write(content)
                except ConnectionError:  # the page was closed
                    self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: who opens the page sees what it does."""

    return Handler
