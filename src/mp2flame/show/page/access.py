"""Who may open the page: this machine alone, unless told otherwise.

The page library serves anybody who can reach its port, and does not look at where a request comes from; a web
page in another tab could read the camera picture. So a connection is closed before anything is sent when

- its ``Origin`` is not the viewer's own page, or its ``Host`` is not a name of the place we bound to,
- the address is not loopback and the token is missing or wrong,
- there are too many already.
"""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import secrets
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from ...base.errors import InputError, OutputError

MAX_CLIENTS = 16
MAX_MESSAGE = 1 << 20  # bytes that a browser may send at once
_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and the addresses of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_binding(host: str, port: int, *, public: bool) -> None:
    """Say now what would fail later.

    Raises:
        InputError: an address that other machines can reach without ``public``, or no such address or port.
        OutputError: the port is taken.
    """
    if not isinstance(port, int) or not 0 <= port <= 65535:
        raise InputError(f"a port is a whole number from 0 (any free one) to 65535, got {port!r}.")
    if not is_loopback(host) and not public:
        raise InputError(
            f"'{host}' can be reached from other machines, and the viewer shows the camera picture. If that "
            "is what you want, say --public (in Python: public=True); the page then needs the token in its "
            "address. Otherwise leave the host at 127.0.0.1, and use 'ssh -L' to look from elsewhere."
        )
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # as the server itself does: a port that was just closed is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise InputError(f"'{host}' is not an address of this machine: {error.strerror or error}.") from None
    except OverflowError as error:
        raise InputError(f"port {port}: {error}.") from None
    except OSError as error:
        raise OutputError(
            f"cannot open the viewer on {host}:{port}: {error.strerror or error}. "
            "Choose another port with --port (0: any free one)."
        ) from None


def free_port(host: str, first: int, tries: int = 20) -> int:
    """The first free port from ``first`` on; 0 (any) when all of them are taken."""
    for port in range(first, first + tries):
        with contextlib.suppress(OutputError):
            check_binding(host, port, public=True)
            return port
    return 0


class Guard:
    """Decides about each connection.

    Args:
        host: what the server is bound to.
        token: needed in the address unless ``host`` is loopback; None: made here.
    """

    def __init__(self, host: str, token: str | None = None) -> None:
        self.host, self.loopback = host, is_loopback(host)
        if token is not None and len(token) < 8:
            raise InputError("the viewer's token must have 8 or more characters.")
        self.token = token if token is not None else ("" if self.loopback else secrets.token_urlsafe(16))
        self.refused = 0

    def url(self, port: int) -> str:
        """What to open in a browser."""
        shown = socket.gethostname() if self.host in ("0.0.0.0", "::", "") else self.host
        shown = f"[{shown}]" if ":" in shown else shown
        page = f"http://{shown}:{port}"
        return f"{page}/?websocket=ws://{shown}:{port}/{self.token}" if self.token else page

    def refusal(self, path: str, headers: Any, clients: int) -> str:
        """Why a connection is not served; '' when it is."""
        if clients > MAX_CLIENTS:
            return f"{MAX_CLIENTS} viewers are open already"
        if self.token and not hmac.compare_digest(path.strip("/").encode(), self.token.encode()):
            return "wrong token"
        asked, origin = headers.get("Host", ""), headers.get("Origin")
        if self.loopback and _name(asked) not in _LOCAL_NAMES | {self.host}:
            return "wrong host"  # a name of somebody else's that points here
        if origin is not None and urlsplit(origin).netloc.lower() != asked.lower():
            return "wrong origin"
        return ""

    def watch(self, server: Any) -> None:
        """Look at every connection of a ``viser.ViserServer`` before anything is sent to it."""
        sockets = server._websock_server

        async def admit(connection: Any) -> None:
            live = sockets._live_connections
            raw = live.get(connection.client_id)
            if raw is None:
                return
            reason = self.refusal(raw.request.path, raw.request.headers, len(live))
            if reason:
                self.refused += 1
                await raw.close(1008, reason)
            else:
                with contextlib.suppress(AttributeError):
                    raw.protocol.max_message_size = MAX_MESSAGE

        sockets.on_client_connect(admit)
        sockets.disconnect_all_clients()  # whoever came before the guard comes back and is looked at


def _name(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""
