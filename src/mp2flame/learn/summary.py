"""One pass over shards: every sum that fitting and reporting need, in memory that does not grow with rows.

Rows are split by person and by what the face does, so that the fit can give rare shapes their weight and can
leave out people later without a second pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..base.channels import BLENDSHAPES, INDEX
from ..base.errors import FileFormatError, InputError
from .moments import F64, Moments
from .parallel import run_tasks
from .shards import ShardSet, read_info, read_rows
from .sketch import Sketch
from .solve import Linear

F32 = npt.NDArray[np.float32]
MAX_GROUPS = 32  # people are summed one by one up to here, then several share a sum
SAMPLE_ROWS = 4096
ACTIVE = 0.2  # a score above this counts as support of its channel
_NEAR = 0.05  # of the mean squared error: frames nearer than this count alike

_KINDS: dict[str, tuple[str, ...]] = {
    "rest": (),
    "brows": ("browDown", "browInnerUp", "browOuterUp"),
    "lids": ("eyeBlink", "eyeSquint", "eyeWide"),
    "gaze": ("eyeLook",),
    "jaw": ("jawOpen", "jawForward", "mouthClose"),
    "sideways": ("jawLeft", "jawRight", "mouthLeft", "mouthRight"),
    "smile": ("mouthSmile", "mouthDimple", "mouthStretch", "cheek"),
    "pucker": ("mouthPucker", "mouthFunnel"),
    "lips": ("mouthUpper", "mouthLower", "mouthPress", "mouthRoll", "mouthShrug", "mouthFrown", "noseSneer"),
}
KINDS: tuple[str, ...] = tuple(_KINDS)
"""What a frame mostly shows, by its highest score; ``rest`` when no score is high."""
# a score must pass this before its kind counts: gaze and lids are seldom zero
_THRESHOLD = {"brows": 0.4, "lids": 0.5, "gaze": 0.5, "lips": 0.35}


def _kind_of_channel() -> tuple[npt.NDArray[np.int64], F32]:
    kind, threshold = np.zeros(len(BLENDSHAPES), np.int64), np.full(len(BLENDSHAPES), np.inf, np.float32)
    for number, (name, prefixes) in enumerate(_KINDS.items()):
        for channel in BLENDSHAPES:
            if any(channel.startswith(prefix) for prefix in prefixes) and not kind[INDEX[channel]]:
                kind[INDEX[channel]] = number
                threshold[INDEX[channel]] = _THRESHOLD.get(name, 0.25)
    return kind, threshold


_CHANNEL_KIND, _CHANNEL_THRESHOLD = _kind_of_channel()


def kind_of_rows(blendshapes: F32) -> npt.NDArray[np.int64]:
    """``(N,)`` index into ``KINDS`` of what each row mostly shows."""
    excess = np.asarray(blendshapes, np.float32) - _CHANNEL_THRESHOLD
    best = excess.argmax(1)
    return np.where(excess[np.arange(len(best)), best] > 0, _CHANNEL_KIND[best], 0)


@dataclass(eq=False)
class Sample:
    """The rows whose name hashes lowest: a fair sample that is the same in any order of reading."""

    key: npt.NDArray[np.uint64]
    x: F32
    y: F32
    group: npt.NDArray[np.int32]
    limit: int = SAMPLE_ROWS

    def add(self, other: Sample) -> None:
        if len(self.key) == self.limit:  # most rows of a large set come too late
            other = other.take(np.flatnonzero(other.key < self.key[-1]))
        key = np.concatenate([self.key, other.key])
        chosen = np.argsort(key, kind="stable")[: self.limit]
        self.key = key[chosen]
        for name in ("x", "y", "group"):
            setattr(self, name, np.concatenate([getattr(self, name), getattr(other, name)])[chosen])

    def take(self, index: npt.NDArray[np.intp]) -> Sample:
        return Sample(self.key[index], self.x[index], self.y[index], self.group[index], self.limit)


@dataclass(frozen=True, eq=False)
class FrameWeights:
    """Weight of a frame by how far a first fit is off it: one over that distance.

    Sums of squares weighted so are sums of distances: few frames that no mapping can explain do not bend it
    for all others (one step of iteratively reweighted least squares, Holland and Welsch 1977).

    Attributes:
        linear: the first fit.
        blocks: which outputs belong together.
        spread: mean squared error of each block.
    """

    linear: Linear
    blocks: tuple[slice, ...]
    spread: tuple[float, ...]

    def __call__(self, x: F32, y: F32) -> F64:
        """``(N,)``, about 1; at most 4.5."""
        left = np.square(y - (x @ self._weights + self._intercept))
        off = [left[:, b].sum(1, dtype=np.float64) / max(s, 1e-30) for b, s in zip(self.blocks, self.spread)]
        return np.asarray(1 / np.sqrt(np.mean(off, axis=0) + _NEAR))

    @cached_property
    def _weights(self) -> F32:
        return self.linear.weights.astype(np.float32)

    @cached_property
    def _intercept(self) -> F32:
        return self.linear.intercept.astype(np.float32)


@dataclass(eq=False)
class Summary:
    """Sums over rows.

    Attributes:
        moments: sums of scores against outputs by (group of people, kind).
        x_sketch, y_sketch: distributions of the 52 scores and of the outputs.
        kind_counts: ``(groups, kinds)`` rows.
        support: ``(groups, 52)`` rows in which a score is above ``ACTIVE``.
        sample: some rows themselves.
        clips: shards that are in it.
        unreadable: shard and reason.
    """

    num_outputs: int
    moments: dict[tuple[int, int], Moments] = field(default_factory=dict)
    x_sketch: Sketch = field(default_factory=lambda: Sketch.zeros(52))
    y_sketch: Sketch = field(default_factory=lambda: Sketch.zeros(0))
    kind_counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    support: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 52), np.int64))
    sample: Sample | None = None
    clips: set[str] = field(default_factory=set)
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def zeros(cls, num_outputs: int, groups: int) -> Summary:
        return cls(
            num_outputs,
            y_sketch=Sketch.zeros(num_outputs),
            kind_counts=np.zeros((groups, len(KINDS)), np.int64),
            support=np.zeros((groups, 52), np.int64),
            sample=Sample(
                np.zeros(0, np.uint64),
                np.zeros((0, 52), np.float32),
                np.zeros((0, num_outputs), np.float32),
                np.zeros(0, np.int32),
            ),
        )

    @property
    def num_rows(self) -> int:
        return int(self.kind_counts.sum())

    def add_rows(
        self,
        x: F32,
        y: F32,
        group: int,
        keys: npt.NDArray[np.uint64],
        *,
        sketches: bool = True,
        weigh: FrameWeights | None = None,
    ) -> None:
        """Add rows of one person; ``keys`` name the rows for the sample, ``weigh`` changes ``moments`` only."""
        kinds = kind_of_rows(x)
        order = np.argsort(kinds.astype(np.int8), kind="stable")  # of small integers: a radix sort
        counts = np.bincount(kinds, minlength=len(KINDS))
        start = 0
        for kind in np.flatnonzero(counts):
            rows = order[start : start + counts[kind]]
            start += counts[kind]
            inputs, outputs = np.take(x, rows, axis=0), np.take(y, rows, axis=0)
            weights = None if weigh is None else weigh(inputs, outputs)
            self._add_moments((group, int(kind)), Moments.of(inputs, outputs, weights))
        self.kind_counts[group] += counts
        self.support[group] += _count(x > ACTIVE)
        if sketches:
            self.x_sketch.add(Sketch.of(x))
            self.y_sketch.add(Sketch.of(y))
        assert self.sample is not None
        low = np.arange(len(keys))
        if len(keys) > self.sample.limit:
            low = np.argpartition(keys, self.sample.limit)[: self.sample.limit]
        if len(self.sample.key) == self.sample.limit:
            low = low[keys[low] < self.sample.key[-1]]
        self.sample.add(Sample(keys[low], x[low], y[low], np.full(len(low), group, np.int32)))

    def _add_moments(self, key: tuple[int, int], moments: Moments) -> None:
        if key in self.moments:
            self.moments[key].add(moments)
        else:
            self.moments[key] = moments

    def add(self, other: Summary) -> None:
        """Add other sums to these, unless they hold a clip that is in here already.

        Raises:
            InputError: some of its clips are in here and some are not.
        """
        shared = self.clips & other.clips
        if shared and shared != other.clips:
            raise InputError(f"{len(shared)} clips would be counted twice, for example {min(shared)}.")
        if shared:
            return
        for key, moments in other.moments.items():
            self._add_moments(key, moments)
        self.x_sketch.add(other.x_sketch)
        self.y_sketch.add(other.y_sketch)
        self.kind_counts += other.kind_counts
        self.support += other.support
        assert self.sample is not None and other.sample is not None
        self.sample.add(other.sample)
        self.clips |= other.clips
        self.unreadable += other.unreadable


def _count(true: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """``(C,)`` how many of each column of ``(N, C)``; in bytes first, which is ten times faster."""
    counts = np.zeros(true.shape[1], np.int64)
    for start in range(0, len(true), 255):
        counts += true[start : start + 255].view(np.uint8).sum(0, dtype=np.uint8)
    return counts


def row_keys(clip: str, frames: npt.NDArray[np.integer]) -> npt.NDArray[np.uint64]:
    """A number per row that depends on its clip and frame only.

    It is splitmix64 of the frame, seeded by the clip.
    """
    seed = np.uint64(int.from_bytes(hashlib.blake2b(clip.encode(), digest_size=8).digest(), "little"))
    with np.errstate(over="ignore"):
        z = (frames.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + seed
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


@dataclass(frozen=True)
class _Task:
    path: Path
    group: int
    groups: int
    num_outputs: int
    sketches: bool
    weigh: FrameWeights | None = None

    def __str__(self) -> str:
        return self.path.name


def _summarise(task: _Task) -> Summary:
    info, _, _, _ = read_info(task.path)
    result = Summary.zeros(task.num_outputs, task.groups)
    for rows in read_rows(task.path):
        keys = row_keys(info.clip, rows.frame)
        result.add_rows(
            rows.blendshapes, rows.outputs, task.group, keys, sketches=task.sketches, weigh=task.weigh
        )
    result.clips = {info.clip}
    return result


def group_of(shards: ShardSet) -> dict[str, int]:
    """Which group a person's rows are summed in; each alone while there are few."""
    return {subject: i % MAX_GROUPS for i, subject in enumerate(shards.subjects)}


def summarise(
    shards: ShardSet,
    *,
    workers: int = 1,
    dask: str | None = None,
    sketches: bool = True,
    weigh: FrameWeights | None = None,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """The sums of all shards.

    Args:
        shards: from ``open_shards``.
        workers, dask: see ``parallel.run_tasks``.
        sketches: False leaves out distributions (a third of the time): then there is no coverage.
        weigh: weights of frames, from ``fit.frame_weights``.
        progress: called with the number of shards done.

    Raises:
        FileFormatError: no shard could be read.
    """
    groups = group_of(shards)
    total = Summary.zeros(shards.num_expression + 9, min(len(groups), MAX_GROUPS))
    tasks = [
        _Task(path, groups[info.subject], len(total.support), total.num_outputs, sketches, weigh)
        for path, info in zip(shards.paths, shards.infos)
    ]
    failed: list[tuple[str, str]] = list(shards.unreadable)
    for number, done in enumerate(run_tasks(_summarise, tasks, workers=workers, dask=dask)):
        if done.error is not None:
            failed.append((done.item.path.name, str(done.error)))
        else:
            total.add(done.result)
        if progress is not None:
            progress(number + 1)
    total.unreadable = sorted(failed)
    if not total.num_rows:
        raise FileFormatError(
            f"none of the {len(tasks)} shards could be read: {failed[0][1] if failed else 'no rows'}"
        )
    return total
