"""What stands between two stages: room for one item."""

from __future__ import annotations

from typing import Any

from ...io.streams.base import LatestSlot


class Slot(LatestSlot):
    """``put`` replaces what was not taken (newest wins); ``put_when_free`` waits: nothing is lost."""

    def put_when_free(self, item: Any) -> bool:
        """Store once the place is free; False when the slot was closed first."""
        with self._condition:
            self._condition.wait_for(lambda: self._item is None or self._closed)
            if self._closed:
                return False
            self._item = item
            self._condition.notify_all()
            return True

    def get(self, timeout: float | None = None) -> Any:
        with self._condition:
            self._condition.wait_for(lambda: self._item is not None or self._closed, timeout)
            item, self._item = self._item, None
            self._condition.notify_all()
            return None if self._closed else item

    @property
    def empty(self) -> bool:
        return self._item is None
