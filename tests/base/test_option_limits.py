"""Options that are given in Python are held to the limits that the command line has."""

from __future__ import annotations

from typing import Any

import pytest

from mp2flame.base.errors import InputError
from mp2flame.io.formats import Options
from mp2flame.io.options import SourceOptions
from mp2flame.learn.batch import Settings as BatchSettings
from mp2flame.learn.clip import Settings as GatherSettings
from mp2flame.learn.fit import Options as FitOptions


@pytest.mark.parametrize(("kind", "name", "value"), [
    (FitOptions, "method", "magic"), (FitOptions, "balance", 1.5), (FitOptions, "strength", 0.0),
    (FitOptions, "max_weight", float("nan")), (FitOptions, "sparsity", float("inf")), (GatherSettings, "mode", "film"),
    (GatherSettings, "fps", -1), (BatchSettings, "mode", "film"), (BatchSettings, "num_expression", 0),
    (SourceOptions, "fps", 10_001), (SourceOptions, "kind", "iphone"), (SourceOptions, "width", "wide"),
    (Options, "time_unit", "h"), (Options, "num_vertices", 0), (Options, "world", "moon"), (Options, "fps", True),
])  # fmt: skip
def test_what_the_command_line_refuses_is_refused_in_python(kind: Any, name: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"^{name} must be "):
        kind(**{name: value})


def test_limits_and_what_is_not_given_are_allowed() -> None:
    assert FitOptions(balance=1, strength=None).balance == 1
    assert Options(fps=10_000, world="head", kind=None).fps == 10_000
