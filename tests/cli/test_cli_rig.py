"""``mp2flame rig``: the layouts in use, and how much it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame.cli.tables import rig


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ("", (51, 103)),
        ("--rows 52", (52, 103)),
        ("--expression 50", (51, 53)),
        ("--rows 52 --expression 50 --columns expression,jaw,eyes", (52, 59)),
        ("--columns expression,jaw,eyes,neck", (51, 112)),
    ],
)
def test_the_layouts_in_use(lab_head_a: Path, tmp_path: Path, options: str, shape: tuple[int, int]) -> None:
    target = tmp_path / "m.npy"
    result = CliRunner().invoke(rig, [str(lab_head_a), "-o", str(target), *options.split()])
    assert result.exit_code == 0, result.output
    matrix = np.load(target)
    assert matrix.shape == shape and matrix.dtype == np.float32 and np.abs(matrix).max() > 0.1


def test_quiet_leaves_the_notes_out(lab_head_a: Path, tmp_path: Path) -> None:
    """A wide matrix of a file with fewer coefficients has something to note."""
    words = [str(lab_head_a), "-o", str(tmp_path / "m.npy"), "--expression", "200", "--overwrite"]
    loud, quiet = CliRunner().invoke(rig, words), CliRunner().invoke(rig, [*words, "--quiet"])
    assert "note: the file has 100 coefficients" in loud.stderr
    assert quiet.exit_code == 0 and quiet.stderr == "" and "wrote" in quiet.stdout
