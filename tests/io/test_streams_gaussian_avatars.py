"""The GaussianAvatars example, read back the way GaussianAvatars reads it (no torch needed for that)."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from streams_kit import make_frame

EXAMPLE = Path(__file__).parents[2] / "examples" / "gaussian_avatars.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gaussian_avatars_example", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_live_dictionary(example: ModuleType) -> None:
    params = make_frame(1, num_expression=50).params
    found = example.live_dictionary(params, params.transl)
    assert {k: (v.shape, v.dtype.name) for k, v in found.items()} == {
        "expr": ((1, 100), "float32"), "rotation": ((1, 3), "float32"), "neck": ((1, 3), "float32"),
        "jaw": ((1, 3), "float32"), "eyes": ((1, 6), "float32"), "translation": ((1, 3), "float32"),
    }  # fmt: skip
    np.testing.assert_array_equal(found["expr"][0, :50], params.expression)
    assert not found["expr"][0, 50:].any() and not found["translation"].any()
    np.testing.assert_array_equal(found["eyes"][0], params.eye_pose)
    with pytest.raises(ValueError, match="100 expression"):
        example.live_dictionary(make_frame(1, num_expression=101).params)


def test_motion_file_survives_the_viewers_reading(tmp_path: Path) -> None:
    """``load_ply`` keeps float32 arrays only and then indexes these seven keys."""
    path = tmp_path / "motion.npz"
    command = [sys.executable, str(EXAMPLE), "-o", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert "'eyes': (1, 6)" in result.stdout
    with np.load(path, allow_pickle=False) as stored:
        kept = {k: v for k, v in stored.items() if v.dtype == np.float32}
    for key, width in (("translation", 3), ("rotation", 3), ("neck_pose", 3), ("jaw_pose", 3),
                       ("eyes_pose", 6), ("expr", 100)):  # fmt: skip
        assert kept[key].shape == (60, width)
    assert kept["dynamic_offset"].shape == (60, 5143, 3)
    # the made-up mouth opens twice: the jaw turns about x, up to well over ten degrees, and comes back
    opening = kept["jaw_pose"][:, 0]
    assert opening.max() > 0.17 and abs(opening[[0, 30]]).max() < 0.01
    assert opening[15] == pytest.approx(opening.max()) and opening[45] == pytest.approx(
        opening.max(), rel=0.01
    )
