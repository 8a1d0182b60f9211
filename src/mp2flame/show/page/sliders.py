"""Drive any of the shapes by hand: 51 sliders in folders, added to the face or instead of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from ...base.channels import GROUPS, INDEX, NUM_BLENDSHAPES
from ...base.values import FloatArray

Mode = Literal["add", "replace"]
MODES: dict[str, Mode] = {"Add to the face": "add", "Instead of the face": "replace"}
_TITLES = {
    "brows": "Brows", "lids": "Lids", "gaze": "Gaze", "cheeks_nose": "Cheeks and nose", "jaw": "Jaw",
    "mouth": "Mouth",
}  # fmt: skip


class HandWeights:
    """What the sliders say, without the sliders."""

    def __init__(self) -> None:
        self.values: FloatArray = np.zeros(NUM_BLENDSHAPES, np.float32)
        self.mode: Mode = "add"

    @property
    def active(self) -> bool:
        """False when the face passes unchanged."""
        return self.mode == "replace" or bool(self.values.any())

    def apply(self, weights: FloatArray) -> FloatArray:
        """``(52,)`` weights of the face to those that are shown, 0..1."""
        if self.mode == "replace":
            return self.values.copy()
        return np.clip(weights + self.values, 0.0, 1.0).astype(np.float32)


class SliderPanel:
    """The sliders, in the container that is open when this is made.

    Args:
        server: a ``viser.ViserServer``.
        hand: takes the values.
        changed: called when somebody moved something.
        current: the weights that are shown now, for "Take the face".
        with_face: False hides what makes no sense without a face.
    """

    def __init__(
        self,
        server: Any,
        hand: HandWeights,
        changed: Callable[[], None],
        current: Callable[[], FloatArray],
        *,
        with_face: bool,
    ) -> None:
        self._server, self._hand, self._changed = server, hand, changed
        gui = server.gui
        if not with_face:
            hand.mode = "replace"
        labels = list(MODES)
        self._mode = gui.add_dropdown(
            "Sliders act", tuple(labels), initial_value=labels[list(MODES.values()).index(hand.mode)],
            visible=with_face,
        )  # fmt: skip
        self._mode.on_update(self._on_mode)
        if with_face:
            take = gui.add_button("Take the face", hint="Set the sliders to what the face does now; hold it")
            take.on_click(lambda _: self.hold(current()))
        gui.add_button("Reset sliders").on_click(lambda _: self.reset())
        self._sliders: dict[str, Any] = {}
        for group, names in GROUPS.items():
            with gui.add_folder(_TITLES.get(group, group), expand_by_default=group in ("brows", "jaw")):
                for name in names:
                    slider = gui.add_slider(
                        _short(name), min=0.0, max=1.0, step=0.01, initial_value=0.0, hint=name
                    )
                    slider.on_update(self._on_slider(name))
                    self._sliders[name] = slider

    def set(self, weights: FloatArray) -> None:
        """Move all sliders."""
        values = np.clip(np.nan_to_num(np.asarray(weights, np.float32)), 0.0, 1.0)
        with self._server.atomic():
            for name, slider in self._sliders.items():
                value = round(float(values[INDEX[name]]), 2)
                self._hand.values[INDEX[name]] = value
                if slider.value != value:
                    slider.value = value
        self._changed()

    def hold(self, weights: FloatArray) -> None:
        """Show these weights instead of the face."""
        self._hand.mode = "replace"
        self._mode.value = next(label for label, mode in MODES.items() if mode == "replace")
        self.set(weights)

    def reset(self) -> None:
        """All sliders to 0, and the face drives again."""
        if self._mode.visible:
            self._hand.mode = "add"
            self._mode.value = next(iter(MODES))
        self.set(np.zeros(NUM_BLENDSHAPES, np.float32))

    def _on_mode(self, event: Any) -> None:
        self._hand.mode = MODES[event.target.value]
        self._changed()

    def _on_slider(self, name: str) -> Callable[[Any], None]:
        at = INDEX[name]

        def moved(event: Any) -> None:
            self._hand.values[at] = float(np.clip(event.target.value, 0.0, 1.0))
            self._changed()

        return moved


def _short(name: str) -> str:
    """``browDownL`` for ``browDownLeft``: the page breaks longer labels."""
    return name[:-4] + "L" if name.endswith("Left") else name[:-5] + "R" if name.endswith("Right") else name
