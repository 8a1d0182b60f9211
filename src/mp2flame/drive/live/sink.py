"""Where frames go: the outputs and the recording, exchanged while it runs."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...base.errors import InputError, Mp2FlameError, OutputError
from ...base.values import Frame
from ...io.streams import Output, StreamContext, open_output
from ...take.writer import TakeWriter

if TYPE_CHECKING:
    from ..driver import Driver


class Sink:
    """Outputs by URL or object, and at most one take.

    Args:
        meta: what every take says about its source.
        trouble: told of an output or a take that fails; the others go on.
        options: of ``TakeWriter``: ``with_landmarks``, ``overwrite``.
    """

    def __init__(
        self, meta: dict[str, Any], trouble: Callable[[BaseException, str], None], **options: Any
    ) -> None:
        self._meta, self._trouble, self._options = meta, trouble, options
        self._lock = threading.RLock()
        self._own: set[int] = set()
        self._writer: TakeWriter | None = None
        self.outputs: tuple[Output, ...] = ()

    def open(self, outputs: Iterable[str | Output], driver: Driver) -> None:
        """Open what is given by URL; an object is used, and closed with the rest."""
        for output in outputs:
            if isinstance(output, str):
                output = open_output(output, context=StreamContext.of(driver))
                self._own.add(id(output))
            self.outputs = (*self.outputs, output)

    def add(self, url: str, driver: Driver) -> None:
        """One more output, while it runs."""
        with self._lock:
            if any(output.url == url for output in self.outputs):
                raise InputError(f"{url.partition('?')[0]} is on already.")
            self.open([url], driver)

    def remove(self, url: str) -> None:
        """Close an output."""
        with self._lock:
            gone = [output for output in self.outputs if output.url == url]
            self.outputs = tuple(output for output in self.outputs if output.url != url)
        for output in gone:
            self._own.discard(id(output))
            output.close()

    def send(self, frame: Frame) -> None:
        """One frame to everybody."""
        with self._lock:
            self._record(frame)
            for output in self.outputs:
                try:
                    output.send(frame)
                except Exception as error:  # an output's defect must not end the others  # noqa: BLE001
                    output.stats.fail(error)
                    self._trouble(error, f"{output.url}: ")

    def _record(self, frame: Frame) -> None:
        if self._writer is None:
            return
        try:
            self._writer.append(frame)
        except OutputError as error:  # a full disk ends the take, not the show
            writer, self._writer = self._writer, None
            self._trouble(error, "")
            with contextlib.suppress(OutputError):
                writer.close()

    @property
    def recording(self) -> Path | None:
        writer = self._writer
        return None if writer is None else Path(writer.path)

    def start_recording(
        self, path: str | os.PathLike[str], driver: Driver, overwrite: bool | None = None
    ) -> None:
        options = self._options if overwrite is None else {**self._options, "overwrite": overwrite}
        with self._lock:
            if self._writer is not None:
                raise InputError(f"{self._writer.path} is being recorded; stop that first.")
            self._writer = TakeWriter(
                path,
                meta={**self._meta, **driver.take_meta()},
                num_expression=driver.num_expression,
                **options,
            )

    def stop_recording(self) -> Path | None:
        with self._lock:
            writer, self._writer = self._writer, None
        if writer is None:
            return None
        writer.close()
        return Path(writer.path)

    @contextlib.contextmanager
    def other_head(self, old: Driver, new: Driver) -> Iterator[None]:
        """Nothing is sent within the block, in which the head is exchanged; then outputs know the new one.

        Raises:
            InputError: a take is being written, or an output cannot follow.
        """
        other = new.describe() != old.describe()
        with self._lock:
            if other and self._writer is not None:
                raise InputError("a take belongs to one FLAME file: stop the recording first.")
            if other and any(id(output) not in self._own for output in self.outputs):
                raise InputError(
                    "an output that was opened outside the pipeline cannot follow to another FLAME file; "
                    "give outputs as URLs."
                )
            yield
            if other:
                urls = [output.url for output in self.outputs]
                self._close_outputs()
                self.open(urls, new)

    def close(self) -> None:
        """Finish the take, close the outputs."""
        try:
            self.stop_recording()
        except Mp2FlameError as error:  # a full disk; no face at all, and a take to be replaced
            self._trouble(error, "")
        with self._lock:
            self._close_outputs()

    def _close_outputs(self) -> None:
        outputs, self.outputs = self.outputs, ()
        self._own.clear()
        for output in outputs:
            output.close()
