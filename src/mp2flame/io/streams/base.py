"""What every output shares: context, statistics, URL options, the latest-wins slot, the interface."""

from __future__ import annotations

import contextlib
import ipaddress
import math
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np

from ...base.channels import BLENDSHAPES
from ...base.closing import Closing
from ...base.errors import InputError
from ...base.optional import need
from ...base.values import Frame
from ...flame.model import FlameModel


class DrivesHead(Protocol):
    """What a stream must know of a ``Driver``."""

    @property
    def model(self) -> FlameModel: ...
    @property
    def num_expression(self) -> int: ...


@dataclass(frozen=True, slots=True)
class StreamContext:
    """What a receiver must know to read the numbers, the same for a whole run.

    Attributes:
        num_expression: E, the width of ``expression``.
        flame_release: release of the FLAME file ('2020', '2023', 'builtin', ...).
        flame_sha256: hash of the FLAME file, '' when unknown.
        mirrored: True when the picture was mirrored on purpose, so that left and right are swapped.
        names: the 52 channel names of ``weights``, in order.
        subject: the name that receivers show for this face.
    """

    num_expression: int = 50
    flame_release: str = ""
    flame_sha256: str = ""
    mirrored: bool = False
    names: tuple[str, ...] = BLENDSHAPES
    subject: str = "mp2flame"

    @classmethod
    def of(cls, driver: DrivesHead) -> StreamContext:
        """The context of a head."""
        model = driver.model
        return cls(driver.num_expression, model.release, model.sha256 or "")


@dataclass(slots=True)
class StreamStats:
    """Counters of one output or input. ``dropped`` is by design (newest wins), ``errors`` is not.

    Attributes:
        frames: frames given to an output, or packets that reached an input.
        sent: messages that left (per client for a server), or frames an input delivered.
        dropped: frames replaced by a newer one before they could leave or be read.
        rejected: malformed packets or messages, or frames with NaN, thrown away.
        errors: failed sends and lost connections; ``last_error`` says the latest in words.
        clients: connected now.
    """

    frames: int = 0
    sent: int = 0
    dropped: int = 0
    rejected: int = 0
    errors: int = 0
    clients: int = 0
    last_error: str = ""
    reasons: dict[str, int] = field(default_factory=dict)

    def reject(self, reason: str) -> None:
        """Count a thrown-away packet under a short, fixed reason (the set of reasons is bounded)."""
        self.rejected += 1
        if reason in self.reasons or len(self.reasons) < 32:
            self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def fail(self, error: BaseException | str) -> None:
        self.errors += 1
        self.last_error = str(error)[:200]


class Output(Closing):
    """A place frames go to. ``send`` never blocks and never raises for a receiver's fault."""

    def __init__(self, url: str, context: StreamContext) -> None:
        self.url, self.context = url, context
        self.stats = StreamStats()
        self._closed = False

    def send(self, frame: Frame) -> None:
        """Hand over one frame; a frame with NaN or infinity is counted as rejected and not sent."""
        if self._closed:
            return
        self.stats.frames += 1
        problem = _problem(frame, self.context.num_expression)
        if problem:
            self.stats.reject(problem)
            return
        try:
            self._send(frame)
        except OSError as error:  # a receiver that is gone must not stop the loop
            self.stats.fail(error)

    @abstractmethod
    def _send(self, frame: Frame) -> None: ...

    def close(self) -> None:
        """Release the socket, thread or file; may be called twice."""
        if not self._closed:
            self._closed = True
            self._close()

    def _close(self) -> None:
        return None


def _problem(frame: Frame, num_expression: int) -> str:
    params = frame.params
    if params.expression.shape != (num_expression,):
        return f"expression is not ({num_expression},)"
    if np.shape(frame.weights) != (len(BLENDSHAPES),):
        return "weights are not (52,)"
    # a sum is finite only when every term is, and it costs one pass
    total = float(frame.weights.sum()) + frame.timestamp_ms + float(params.expression.sum())
    for value in (params.jaw_pose, params.eye_pose, params.neck_pose, params.global_orient, params.transl):
        total += float(value.sum())
    return "" if math.isfinite(total) else "not finite"


class LatestSlot:
    """One place for the newest item; a writer never waits, an item not taken in time is replaced."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: Any = None
        self._closed = False

    def put(self, item: Any) -> bool:
        """Store; True when an item that nobody had taken was replaced."""
        with self._condition:
            replaced = self._item is not None
            self._item = item
            self._condition.notify()
            return replaced

    def get(self, timeout: float | None = None) -> Any:
        """Take the newest item; None at the timeout or after ``close``."""
        with self._condition:
            self._condition.wait_for(lambda: self._item is not None or self._closed, timeout)
            item, self._item = self._item, None
            return item

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed


class Backoff:
    """Waiting times 0.25, 0.5, 1, ... up to 8 seconds; ``reset`` after a success."""

    def __init__(self, first: float = 0.25, most: float = 8.0) -> None:
        self._first, self._most, self._next = first, most, first

    def reset(self) -> None:
        self._next = self._first

    def wait(self, stopped: threading.Event) -> None:
        stopped.wait(self._next)
        self._next = min(2 * self._next, self._most)


@dataclass(frozen=True, slots=True)
class StreamUrl:
    """A parsed stream URL; ``options`` are the query, checked against what the protocol knows."""

    text: str
    scheme: str
    host: str
    port: int
    path: str
    options: dict[str, str]

    def flag(self, name: str, default: bool) -> bool:
        text = self.options.get(name)
        if text is None:
            return default
        if text.lower() in ("1", "true", "yes", "on", ""):
            return True
        if text.lower() in ("0", "false", "no", "off"):
            return False
        raise InputError(f"option {name}={text!r} in {self.text!r} must be 1 or 0.")

    def number(self, name: str, default: float, low: float, high: float) -> float:
        text = self.options.get(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise InputError(
                f"option {name}={text!r} in {self.text!r} must be a number from {low:g} to {high:g}."
            )
        return value

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.options.get(name, default)
        if value not in allowed:
            raise InputError(f"option {name}={value!r} in {self.text!r} must be one of {', '.join(allowed)}.")
        return value

    @property
    def loopback(self) -> bool:
        """Whether only this machine is meant; no host means that too."""
        return not self.host or is_loopback(self.host)

    def token(self) -> str:
        """The option ``token``, '' when there is none.

        Raises:
            InputError: it cannot be sent in a header.
        """
        return check_token(self.options.get("token", ""))


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and the addresses of this machine alone; a name is never taken for an address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_token(token: str) -> str:
    """The token itself, when it can be sent in an address and in a header.

    Raises:
        InputError: it has other characters than visible ASCII.
    """
    if not token.isascii() or any(not "!" <= c <= "~" for c in token):
        raise InputError("a token is made of ASCII letters, digits and signs without spaces; choose another.")
    return token


SIDES = ("keep_sides", "sideways")
"""The URL options that ``keeps_sides`` reads."""


def keeps_sides(url: StreamUrl, default: bool) -> bool:
    """Whether jawLeft/jawRight and mouthLeft/mouthRight are taken as they are named (docs/streams.md, sides).

    ``sideways=keep|swap`` is the older spelling of ``keep_sides=1|0``.
    """
    default = url.choice("sideways", "keep" if default else "swap", ("swap", "keep")) == "keep"
    return url.flag("keep_sides", default)


def parse_url(text: str, *, default_port: int = 0, options: tuple[str, ...] = ()) -> StreamUrl:
    """Split ``scheme://host:port/path?option=value``; unknown options and bad ports are refused.

    Raises:
        InputError: no scheme, a port outside 1..65535 (0 is 'any free port'), or an unknown option.
    """
    parts = urlsplit(text)
    if not parts.scheme:
        raise InputError(f"{text!r} is no stream URL; expected for example vmc://127.0.0.1:39539.")
    try:
        port = parts.port
    except ValueError:
        raise InputError(f"the port in {text!r} must be a number from 1 to 65535.") from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(query) - set(options))
    if unknown:
        known = ", ".join(options) or "none"
        raise InputError(
            f"unknown option {', '.join(unknown)} in {text!r}; options of {parts.scheme}://: {known}."
        )
    return StreamUrl(
        text, parts.scheme, parts.hostname or "", default_port if port is None else port,
        unquote(parts.path), query,
    )  # fmt: skip


class Worker:
    """A thread that handles the newest item; for outputs whose receiver can make one wait."""

    def __init__(self, name: str, run: Callable[[], None]) -> None:
        self.thread = threading.Thread(target=run, name=name, daemon=True)
        self.thread.start()

    def join(self, timeout: float = 3.0) -> None:
        if self.thread is not threading.current_thread():
            self.thread.join(timeout)


class Line:
    """A WebSocket connection to somebody's server, in a thread that makes it again with growing pauses.

    Args:
        name: of the thread.
        url: host and port are used; its scheme unless ``scheme`` is given.
        talk: what is done with the connection until it ends or is lost.
        stats: ``clients`` is 1 while the connection holds; what goes wrong is counted.
        label: what stands before the address in an error.
        options: of ``websockets.sync.client.connect``.

    Raises:
        MissingDependencyError: websockets is not installed.
    """

    def __init__(
        self, name: str, url: StreamUrl, talk: Callable[[Any], None], stats: StreamStats,
        *, scheme: str = "", label: str = "", **options: Any,
    ) -> None:  # fmt: skip
        host = f"[{url.host}]" if ":" in url.host else url.host or "127.0.0.1"
        self._connect = need("websockets.sync.client", purpose=f"speaking {url.scheme}://").connect
        self._address = f"{scheme or url.scheme}://{host}:{url.port}{'' if scheme else url.path}"
        self._talk, self._stats, self._label, self._options = talk, stats, label, options
        self.slot, self.stopped = LatestSlot(), threading.Event()
        self._connection: Any = None
        self._worker: Worker | None = None
        self._name = name

    def start(self) -> None:
        """Begin; ``talk`` is called from now on."""
        self._worker = Worker(self._name, self._run)

    def _run(self) -> None:
        backoff = Backoff()
        while not self.stopped.is_set():
            try:
                with self._connect(
                    self._address, open_timeout=5, close_timeout=1, compression=None, **self._options
                ) as connection:
                    self._connection = connection
                    self._talk(connection)
            except Exception as error:  # any network, handshake or protocol fault: say it and try again  # noqa: BLE001
                if not self.stopped.is_set():
                    self._stats.fail(f"{self._label}{self._address}: {error}")
            finally:
                if self._stats.clients:
                    backoff.reset()
                self._stats.clients, self._connection = 0, None
            backoff.wait(self.stopped)

    def close(self) -> None:
        """End it, whether it waits for the slot or for the connection."""
        self.stopped.set()
        self.slot.close()
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
        if self._worker is not None:
            self._worker.join()


def now_s() -> float:
    return time.monotonic()
