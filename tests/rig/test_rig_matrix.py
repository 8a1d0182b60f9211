"""The matrix ARKit to FLAME in the layouts of other projects, and the landmarks in their key names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mp2flame import builtin_head, solve_rig
from mp2flame.base.channels import ARKIT_ALPHABETICAL, BEAT51, convert_order
from mp2flame.base.errors import InputError
from mp2flame.cli.tables import rig as rig_command
from mp2flame.cli.tables import tables as tables_command
from mp2flame.flame.landmarks import embedding_arrays, embedding_for
from mp2flame.rig.matrix import arkit_matrix, column_names


def test_a_row_of_weights_times_the_matrix_is_what_the_rig_applies() -> None:
    rig = solve_rig(builtin_head())
    weights = np.random.default_rng(0).random((7, 52)).astype(np.float32)
    weights[:, 0] = 0
    expression, jaw, eyes = rig.apply(weights)
    matrix = arkit_matrix(
        rig, "beat51", expression=rig.num_expression + 3, parts=("expression", "jaw", "eyes", "neck")
    )
    assert matrix.shape == (51, rig.num_expression + 3 + 12) and matrix.dtype == np.float32
    found = convert_order(weights, "mediapipe", BEAT51) @ matrix
    e = rig.num_expression
    np.testing.assert_allclose(found[:, :e], expression, atol=2e-5)
    assert not found[:, e : e + 3].any() and not found[:, -3:].any()
    np.testing.assert_allclose(found[:, e + 3 : e + 6], jaw, atol=1e-5)
    np.testing.assert_allclose(found[:, e + 6 : e + 12], eyes, atol=1e-5)
    names = column_names(e + 3, ("expression", "jaw", "eyes", "neck"))
    assert len(names) == matrix.shape[1] and names[e + 3] == "jaw_x" and names[-4] == "eyes_right_z"
    other = arkit_matrix(rig, "arkit_alphabetical")
    assert not other[ARKIT_ALPHABETICAL.index("tongueOut")].any() and len(other) == 52
    for wrong in ({"parts": ("jaw", "jaw")}, {"parts": ("nose",)}, {"expression": 1}, {"order": "nope"}):
        with pytest.raises(InputError):
            arkit_matrix(rig, **wrong)  # type: ignore[arg-type]


def test_the_commands_write_what_others_load(tmp_path: Path, lab_head_a: Path) -> None:
    out = tmp_path / "m.npy"
    done = CliRunner().invoke(rig_command, [str(lab_head_a), "-o", str(out)], catch_exceptions=False)
    assert done.exit_code == 0 and np.load(out).shape == (51, 103)
    jaw = np.load(out)[BEAT51.index("jawOpen"), 100:]
    assert jaw[0] > 0.25 and np.abs(jaw[1:]).max() < 0.02
    words = [str(lab_head_a), "-o", str(tmp_path / "m.npz"), "--rows", "52", "--expression", "50", "--columns", "expression,jaw,eyes"]  # fmt: skip
    assert CliRunner().invoke(rig_command, words, catch_exceptions=False).exit_code == 0
    with np.load(tmp_path / "m.npz") as found:
        assert found["matrix"].shape == (52, 59) == (len(found["rows"]), len(found["columns"]))
    points = tmp_path / "e.npz"
    assert (
        CliRunner().invoke(tables_command, ["--embedding", str(points)], catch_exceptions=False).exit_code
        == 0
    )
    with np.load(points) as found:
        assert {"lmk_face_idx", "lmk_b_coords", "landmark_indices", "uncertainty_mm"} <= set(found.files)
        np.testing.assert_allclose(found["lmk_b_coords"].sum(1), 1, atol=1e-5)


def test_the_embedding_under_other_names_gives_the_same_points(lab_head_a: Path) -> None:
    from mp2flame.flame import load_flame

    model = load_flame(lab_head_a)
    found = embedding_arrays(model)
    corners = np.asarray(model.faces)[found["lmk_face_idx"]]
    points = np.einsum("kcd,kc->kd", np.asarray(model.v_template)[corners], found["lmk_b_coords"])
    np.testing.assert_allclose(points, embedding_for(model).landmarks(model.v_template), atol=1e-6)
    off = found["uncertainty_mm"]
    assert off.shape == (478,) and 0.3 < float(np.median(off)) < 1.5 and off.max() < 5
