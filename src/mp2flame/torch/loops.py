"""Rounds that go on while something changes: stopped early by Python, written out by a compiler, or one loop of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from .modes import may_stop, traced

Tensors = tuple[torch.Tensor, ...]
Step = Callable[[Tensors, Tensors], Tensors]


@dataclass(frozen=True)
class Body:
    """What one round does, kept while operations are written down.

    Attributes:
        step: state and fixed tensors to the next state; the last of a state says which rows are still active.
        state, fixed: tensors of the right shapes.
        rounds: at most.
    """

    step: Step
    state: Tensors
    fixed: Tensors
    rounds: int


_bodies: list[Body] | None = None


@contextmanager
def collected(into: list[Body] | None) -> Iterator[None]:
    """While operations are traced: rounds become one operator ``mp2flame::Rounds`` each, whose bodies are collected.

    None: they are written out, as without it.
    """
    global _bodies
    before, _bodies = _bodies, into
    try:
        yield
    finally:
        _bodies = before


def repeated(step: Step, state: Tensors, fixed: Tensors, rounds: int) -> Tensors:
    """The state after at most ``rounds`` steps; fewer when no row is active any more.

    Args:
        step: must leave rows alone that are not active, and use no other tensor than those given and its module's buffers.
        state: its last tensor is a mask, the rows that are still active.
        fixed: what every round reads.
        rounds: at most.
    """
    if _bodies is not None and traced():
        _bodies.append(
            Body(
                step,
                tuple(x.detach().clone() for x in state),
                tuple(x.detach().clone() for x in fixed),
                rounds,
            )
        )
        found = _Rounds.apply(len(_bodies) - 1, len(state), goes_on(state), *state, *fixed)  # type: ignore[no-untyped-call]
        return tuple(found)
    for _ in range(rounds):
        if may_stop(state[-1]):
            break
        state = step(state, fixed)
    return state


def goes_on(state: Tensors) -> torch.Tensor:
    """``()`` whether a row is active."""
    return state[-1].to(state[0].dtype).amax() > 0


class Once(nn.Module):
    """One round as a module, for an export: state and fixed tensors to whether it goes on, and the next state."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self._body = body
        owner = getattr(body.step, "__self__", None)
        self.owner = owner if isinstance(owner, nn.Module) else None

    def forward(self, *tensors: torch.Tensor) -> Tensors:
        size = len(self._body.state)
        state = self._body.step(tensors[:size], tensors[size:])
        return goes_on(state), *state


class _Rounds(torch.autograd.Function):
    """A place holder: its symbol names the body; in go whether it begins, the state, and what is fixed.

    Nothing but shapes is needed of its values while operations are written down.
    """

    @staticmethod
    def forward(ctx: Any, number: int, size: int, go: torch.Tensor, *tensors: torch.Tensor) -> Tensors:  # type: ignore[override]
        return tuple(x.clone() for x in tensors[:size])

    @staticmethod
    def symbolic(g: Any, number: int, size: int, *values: Any) -> Any:
        found = g.op("mp2flame::Rounds", *values, body_i=number, outputs=size)
        for out, value in zip(found, values[1:]):
            out.setType(value.type())
        return found
