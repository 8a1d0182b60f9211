"""``mp2flame fit`` with a FLAME file that the data was not tracked with says so and recommends nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame.base.values import FlameParams
from mp2flame.cli.fit import fit
from mp2flame.cli.gather import gather
from mp2flame.io.formats import write_motion
from mp2flame.take.take import Take

PEOPLE = 10


@pytest.fixture(scope="module")
def shards(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's people, tracked with head A."""
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("lab")
    with np.load(shared / "data" / "lab" / "train.npz") as lab:
        data = {key: lab[key] for key in ("identity", "expression_a", "jaw_pose", "eye_pose", "blendshapes")}
    for person in range(PEOPLE):
        rows = np.flatnonzero(data["identity"] == person)
        params = FlameParams.zeros(50, (len(rows),)).replace(
            expression=data["expression_a"][rows].astype(np.float32),
            jaw_pose=data["jaw_pose"][rows].astype(np.float32),
            eye_pose=data["eye_pose"][rows].astype(np.float32),
        )
        take = Take.from_params(
            params, np.arange(len(rows)) * 40.0, blendshapes=data["blendshapes"][rows].astype(np.float32),
            image_size=np.array([512, 512]), meta={},
        )  # fmt: skip
        (folder / f"p{person}").mkdir()
        write_motion(take, folder / f"p{person}" / "clip", "flame-head-tracker")
    words = [str(folder), "-o", str(folder.with_name("shards")), "--fps", "25", "--quiet"]
    result = CliRunner().invoke(gather, words)
    assert result.exit_code == 0, result.output
    return folder.with_name("shards")


@pytest.mark.parametrize("right", [True, False])
def test_a_file_that_cannot_be_the_right_one(
    shards: Path, lab_head_a: Path, lab_head_b: Path, tmp_path: Path, right: bool
) -> None:
    """Head B is the same face with another basis: its coefficients mean something else."""
    words = [
        str(shards),
        "-o",
        str(tmp_path / "m.npz"),
        "--flame",
        str(lab_head_a if right else lab_head_b),
        "--quiet",
    ]
    result = CliRunner().invoke(fit, words)
    assert result.exit_code == 0, result.output
    assert ("to use it" in result.stdout) == right
    assert ("this is not the FLAME file that the data was tracked with" in result.stderr) != right
    assert right or ("No verdict" in result.stdout and "beats" not in result.stdout)
