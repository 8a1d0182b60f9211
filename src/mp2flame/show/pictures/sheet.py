"""Contact sheets: many frames of a take in one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ...base.errors import InputError, ShapeError
from ...base.values import FloatArray, UInt8Array
from .overlay import fitted, font, pillow

PAPER = (24, 26, 30)


def evenly_spaced(num_frames: int, count: int) -> list[int]:
    """`count` of `num_frames` frame numbers, first and last among them; fewer when there are not so many."""
    if num_frames < 1 or count < 1:
        raise InputError(
            f"a contact sheet needs at least one frame, got {num_frames} frames and count {count}."
        )
    if count >= num_frames:
        return list(range(num_frames))
    return [round(k * (num_frames - 1) / max(count - 1, 1)) for k in range(count)]


def most_different(features: FloatArray, count: int) -> list[int]:
    """Frame numbers, in order of time, whose features lie farthest apart.

    Starts at the frame nearest to the median (the resting face) and adds the frame that is farthest from
    all chosen ones, again and again (Gonzalez, "Clustering to minimize the maximum intercluster
    distance", 1985).

    Args:
        features: ``(T, C)``, for example ARKit weights.
    """
    values = np.asarray(features, np.float64)
    if values.ndim != 2 or len(values) == 0:
        raise ShapeError(f"features must be (T, C) with at least one frame, got {values.shape}.")
    chosen = [int(np.argmin(((values - np.median(values, axis=0)) ** 2).sum(1)))]
    distance = ((values - values[chosen[0]]) ** 2).sum(1)
    while len(chosen) < min(count, len(values)):
        new = int(np.argmax(distance))
        if distance[new] <= 0:
            break
        chosen.append(new)
        distance = np.minimum(distance, ((values - values[new]) ** 2).sum(1))
    return sorted(chosen)


def contact_sheet(
    images: Sequence[UInt8Array],
    labels: Sequence[str] | None = None,
    *,
    above: Sequence[UInt8Array | None] | None = None,
    columns: int | None = None,
    cell: int = 240,
    title: str = "",
) -> UInt8Array:
    """A grid of pictures.

    Args:
        images: one ``(h, w, 3)`` uint8 picture per cell; scaled into the cell without distortion.
        labels: a line under each cell.
        above: a second picture over each one, the source frame; None leaves that place empty.
        columns: default: so many that the sheet is about as wide as a screen.
        cell: width of a cell in pixels.
        title: a line at the top.

    Returns:
        ``(H, W, 3)`` uint8.

    Raises:
        InputError: no pictures, or lists of different lengths.
        MissingDependencyError: no Pillow.
    """
    _check_sheet(images, labels, above, columns, cell)
    PIL = pillow()
    height = _cell_height(images, cell)
    tops = [] if above is None else [picture for picture in above if picture is not None]
    top_height = _cell_height(tops, cell) if tops else 0
    letters, gap = font(max(11, cell // 18)), max(4, cell // 40)
    line = max(11, cell // 18) + 2 * gap if labels else 0
    full = height + top_height + (gap if top_height else 0) + line
    if columns is None:
        columns = max(1, min(len(images), round(math.sqrt(len(images) * 1.7 * full / cell))))
        columns = math.ceil(len(images) / math.ceil(len(images) / columns))  # no almost empty last row
    rows = math.ceil(len(images) / columns)
    head = 2 * max(13, cell // 14) if title else 0
    sheet = np.empty((head + rows * (full + gap) + gap, columns * (cell + gap) + gap, 3), np.uint8)
    sheet[:] = PAPER
    texts: list[tuple[tuple[int, int], str]] = []
    for k, image in enumerate(images):
        y, x = head + gap + (k // columns) * (full + gap), gap + (k % columns) * (cell + gap)
        if top_height:
            source = above[k] if above is not None else None
            if source is not None:
                sheet[y : y + top_height, x : x + cell] = fitted(source, (top_height, cell))
            y += top_height + gap
        sheet[y : y + height, x : x + cell] = fitted(image, (height, cell))
        if labels:
            texts.append(((x + 2, y + height + gap), labels[k]))
    picture = PIL.Image.fromarray(sheet)
    draw = PIL.ImageDraw.Draw(picture)
    for place, text in texts:
        draw.text(place, text, font=letters, fill=(176, 182, 190))
    if title:
        draw.text((gap + 2, head // 4), title, font=font(max(13, cell // 14)), fill=(232, 235, 240))
    return np.array(picture)


def _check_sheet(
    images: Sequence[UInt8Array],
    labels: Sequence[str] | None,
    above: Sequence[UInt8Array | None] | None,
    columns: int | None,
    cell: int,
) -> None:
    if len(images) == 0:
        raise InputError("a contact sheet needs at least one picture.")
    for name, other in (("labels", labels), ("above", above)):
        if other is not None and len(other) != len(images):
            raise InputError(f"{name} must have one entry per picture: {len(images)}, got {len(other)}.")
    if cell < 16 or (columns is not None and columns < 1):
        raise InputError(f"cell must be at least 16 pixels and columns at least 1, got {cell} and {columns}.")


def _cell_height(images: Sequence[npt.NDArray[np.uint8]], cell: int) -> int:
    """Of the usual shape of these pictures, none taller than one and a half times its width."""
    ratio = float(np.median([image.shape[0] / image.shape[1] for image in images]))
    return max(8, round(cell * min(ratio, 1.5)))
