"""Who may open the page: this machine alone, unless told otherwise.

Anybody who can reach a port may ask, and a web page in another tab could read the camera picture. So a handshake is
refused, and nothing of it heard or sent, when

- its ``Origin`` is not the viewer's own page, or its ``Host`` is not a name of the place we bound to,
- the address is not loopback and the token is missing or wrong,
- there are too many already.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
import sys
import weakref
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from ...base.errors import InputError, OutputError
from ...io.streams.base import check_token, is_loopback

MAX_CLIENTS = 16
MAX_MESSAGE = 1 << 16  # bytes that a browser may send at once
LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


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
        if token is not None and len(check_token(token)) < 8:
            raise InputError("the viewer's token must have 8 or more characters.")
        self.token = token if token is not None else ("" if self.loopback else secrets.token_urlsafe(16))
        self.refused = 0
        self._admitted: weakref.WeakSet[Any] = weakref.WeakSet()

    def url(self, port: int) -> str:
        """What to open in a browser."""
        shown = _own_address() if self.host in ("0.0.0.0", "::", "") else self.host
        shown = f"[{shown}]" if ":" in shown else shown
        page = f"http://{shown}:{port}"
        return f"{page}/?token={quote(self.token, safe='')}" if self.token else page

    def refusal(self, path: str, headers: Any, clients: int) -> str:
        """Why a connection is not served; '' when it is."""
        if clients >= MAX_CLIENTS:
            return f"{MAX_CLIENTS} viewers are open already"
        if not self.knows(path):
            return "wrong token"
        asked, origin = headers.get("Host", ""), headers.get("Origin")
        if wrong := self.wrong_host(headers):
            return wrong
        if origin is not None and urlsplit(origin).netloc.lower() != asked.lower():
            return "wrong origin"
        return ""

    def admit(self, connection: Any, request: Any) -> Any:
        """The answer to a handshake that is not served; None when it is."""
        open_now = [one for one in self._admitted if one.state.name != "CLOSED"]
        reason = self.refusal(request.path, request.headers, len(open_now))
        if reason:
            self.refused += 1
            return connection.respond(HTTPStatus.FORBIDDEN, f"{reason}\n")
        self._admitted.add(connection)
        return None

    def knows(self, path: str) -> bool:
        """Whether an address holds the token, where one is needed."""
        given = parse_qs(urlsplit(path).query).get("token", [""])[0]
        return not self.token or hmac.compare_digest(
            given.encode("utf-8", "surrogateescape"), self.token.encode()
        )

    def wrong_host(self, headers: Any) -> str:
        """Why a request for the page itself is not served: a name of somebody else's that points here."""
        asked = headers.get("Host", "")
        return "wrong host" if self.loopback and local_name(asked) not in LOCAL_NAMES | {self.host} else ""


def _own_address() -> str:
    """Of this machine in its network, by which a phone finds it; its name where there is no network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: the system says from where it would be
        return str(probe.getsockname()[0])
    return socket.gethostname()


def local_name(netloc: str) -> str:
    """The host of a ``Host`` header, lower case, without its port; '' when it is none."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").lower()
    except ValueError:
        return ""
