"""The ONNX driver through onnxruntime against Python: on the packaged sample, on real clips, in order of time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch.nn", reason="PyTorch is not installed; .ci/torch has it")
onnx = pytest.importorskip("onnx", reason="onnx is not installed; .ci/torch has it")
runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed; .ci/torch has it")

from click.testing import CliRunner  # noqa: E402

import mp2flame as m2f  # noqa: E402
from mp2flame.base.channels import BLENDSHAPES  # noqa: E402
from mp2flame.base.detection import Detection  # noqa: E402
from mp2flame.cli.export_onnx import export_onnx  # noqa: E402
from mp2flame.io.exports.onnx import INPUTS  # noqa: E402
from mp2flame.response.profile import Profile  # noqa: E402
from pinned import sample  # noqa: E402

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PARAMS = ("expression", "jaw_pose", "eye_pose", "global_orient", "transl")
# all of Unity's page "Supported ONNX operators" (com.unity.ai.inference 2): every one of them on its CPU backend
UNITY = set(
    "Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Bernoulli Cast "
    "CastLike Ceil Celu Clip Compress Concat Constant ConstantOfShape Conv ConvTranspose Cos Cosh CumSum "
    "DepthToSpace Div Dropout Einsum Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gemm "
    "GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual GridSample Hardmax HardSigmoid HardSwish Identity "
    "InstanceNormalization IsInf IsNaN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax LRN LSTM "
    "MatMul Max MaxPool Mean Min Mod Mish Mul Multinomial Neg NonMaxSuppression NonZero Not OneHot Or Pad Pow "
    "PRelu RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 "
    "ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu "
    "Reshape Resize RoiAlign Round Scatter ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Sin Sinh Size "
    "Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK "
    "Transpose Trilu Unsqueeze Upsample Where Xor".split()
)


@pytest.fixture(scope="module")
def driver() -> m2f.Driver:
    return m2f.Driver()


@pytest.fixture(scope="module", params=["plain", "loops"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("onnx") / f"{request.param}.onnx"
    more = ["--loops"] if request.param == "loops" else []
    done = CliRunner().invoke(export_onnx, ["-o", str(target), *more])
    assert done.exit_code == 0, done.output
    assert "operators of opset 15" in done.output
    assert not list(target.parent.glob("*.parts*"))
    yield target


def operators_of(graph: Any) -> Iterator[str]:
    """Those of loops' bodies too."""
    for node in graph.node:
        yield node.op_type
        for attribute in node.attribute:
            yield from operators_of(attribute.g)


class Engine:
    """What an engine does with the file: one frame after another."""

    def __init__(self, path: Path) -> None:
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.names = [output.name for output in self.session.get_outputs()]
        self.shapes = {i.name: i.shape for i in self.session.get_inputs()}

    def __call__(self, seen: Detection, i: int, **more: np.ndarray) -> dict[str, np.ndarray]:
        given = {name: np.zeros(shape, np.float32) for name, shape in self.shapes.items()} | {
            "scores": seen.blendshapes[i : i + 1].astype(np.float32),
            "landmarks": seen.landmarks[i : i + 1].astype(np.float32),
            "image_size": np.array([seen.image_size], np.float32),
            **more,
        }
        return dict(zip(self.names, self.session.run(None, given)))


@pytest.fixture(scope="module")
def engine(path: Path) -> Engine:
    return Engine(path)


def of_take(take: m2f.Take) -> Detection:
    at = take.detected
    return Detection(
        take.blendshapes[at], take.landmarks[at], None, take[int(np.flatnonzero(at)[0])].image_size
    )


def compare(driver: m2f.Driver, engine: Engine, seen: Detection, known: int | None = None) -> float:
    """Largest difference of weights and parameters; ``known``: the frame that is told to be at rest."""
    profile, neutral = None, {}
    if known is not None:
        profile = Profile.from_neutral(
            seen.blendshapes[known], landmarks=seen.landmarks[known], image_size=seen.image_size
        )
        neutral = {"neutral": engine(seen, known)["resting"]}
    params = driver.convert(seen, profile=profile)
    want = {"weights": driver.response(seen, profile=profile)}
    want |= {name: getattr(params, name) for name in PARAMS}
    worst = 0.0
    for i in range(len(seen)):
        got = engine(seen, i, **neutral)
        worst = max(worst, *(float(np.abs(got[name][0] - want[name][i]).max()) for name in want))
    return worst


def test_a_plain_file_that_says_what_it_is(path: Path) -> None:
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 15)] and model.ir_version <= 8
    operators = set(operators_of(model.graph))
    if path.stem == "plain":
        assert operators <= UNITY, operators - UNITY
        assert path.stat().st_size < 9e6
    else:
        assert operators - UNITY == {"Loop"}
        assert path.stat().st_size < 5e6 and len(model.graph.node) < 1500
    told = {p.key: p.value for p in model.metadata_props}
    assert tuple(json.loads(told["weight_names"])) == BLENDSHAPES
    assert tuple(json.loads(told["inputs"])) == INPUTS and "radians" in told["outputs"]
    assert json.loads(told["head"])["release"] == "builtin" and told["version"] == m2f.__version__
    assert all(d.dim_value > 0 for value in model.graph.input for d in value.type.tensor_type.shape.dim)


def test_hard_weights_in_order(driver: m2f.Driver, engine: Engine) -> None:
    """Rounds at their full number: scores at random, far from the frame before, whose lids and lips cross."""
    rng = np.random.default_rng(0)
    _, take = sample()
    clip = of_take(take)
    scores = rng.random((40, 52)).astype(np.float32) * (rng.random((40, 52)) < 0.6)
    seen = Detection(scores, clip.landmarks[rng.integers(len(clip), size=40)], None, clip.image_size)
    assert compare(driver, engine, seen) < 1e-4
    weights, seconds = np.zeros((1, 52), np.float32), 0.0
    for i in range(len(seen)):
        told = {"previous_weights": weights, "seconds": np.array([[seconds]], np.float32)}
        out = engine(seen, i, **told)
        params = driver.params_from_weights(out["weights"][0])
        np.testing.assert_allclose(out["expression"][0], params.expression, atol=1e-4)
        np.testing.assert_allclose(out["eye_pose"][0], params.eye_pose, atol=1e-4)
        weights, seconds = out["weights"], float(rng.choice([0.02, 0.033, 0.2, 5.0]))


def test_parity_on_the_sample(driver: m2f.Driver, engine: Engine) -> None:
    known, take = sample()
    clip = of_take(take)
    assert compare(driver, engine, clip) < 1e-4
    assert compare(driver, engine, clip, known=7) < 1e-4
    assert (
        compare(driver, engine, Detection(known["blendshapes"], known["landmarks"], None, (512, 512))) < 1e-4
    )


def test_parity_on_real_clips(driver: m2f.Driver, engine: Engine) -> None:
    folder = os.environ.get("MP2FLAME_CLIPS")
    if not folder:
        pytest.skip("MP2FLAME_CLIPS is not set: .ci/torch makes takes of the shared clips")
    frames, worst = 0, 0.0
    for file in sorted(Path(folder).glob("*.npz")):
        seen = of_take(m2f.Take.load(file))
        worst = max(worst, compare(driver, engine, seen), compare(driver, engine, seen[:60], known=5))
        frames += len(seen)
    assert frames >= 500 and worst < 1e-4, f"{frames} frames, {worst:.1e}"


def test_in_order_of_time(driver: m2f.Driver, engine: Engine) -> None:
    """With the weights of the frame before, it is what Python gives for one face in order of time."""
    _, take = sample()
    seen = of_take(take)
    profile = Profile.from_neutral(
        seen.blendshapes[7], landmarks=seen.landmarks[7], image_size=seen.image_size
    )
    face, neutral = driver.follow(profile), engine(seen, 7)["resting"]
    weights, seconds = np.zeros((1, 52), np.float32), 0.0
    for i in range(len(seen)):
        if i == 20:
            face.lost()
            seconds = 0.0
        want = face.step(seen[i], 40.0 * i)
        weights = engine(
            seen, i, neutral=neutral, previous_weights=weights, seconds=np.array([[seconds]], np.float32)
        )["weights"]
        np.testing.assert_allclose(weights[0], want, atol=1e-4)
        seconds = 0.04


def test_the_page_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of docs/onnx.md, word for word."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "driver.onnx").write_bytes(path.read_bytes())
    m2f.demo_take().save(tmp_path / "take.npz")
    page = (ROOT / "docs/onnx.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.S)
    scope: dict[str, Any] = {}
    exec(compile(block, "docs/onnx.md", "exec"), scope)
    assert scope["weights"].shape == (1, 52) and scope["out"]["expression"].shape[0] == 1
    for name in INPUTS:  # what the C++ and the C# set
        assert page.count(f'"{name}"') >= 3, name


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(export_onnx, ["-o", str(tmp_path / "driver.bin")])
    assert done.exit_code and "must end in .onnx" in str(done.exception)
    (tmp_path / "there.onnx").touch()
    done = CliRunner().invoke(export_onnx, ["-o", str(tmp_path / "there.onnx")])
    assert done.exit_code and "there.onnx" in str(done.exception)


def test_a_flame_file(tmp_path: Path, shared: Path) -> None:
    """Parameters of the user's own file."""
    head, target = shared / "models" / "lab_head_a.pkl", tmp_path / "a.onnx"
    done = CliRunner().invoke(
        export_onnx, ["--flame", str(head), "--num-expression", "50", "-o", str(target)]
    )
    assert done.exit_code == 0, done.output
    assert "licence holds" in done.output
    _, take = sample()
    driver, engine = m2f.Driver(head, num_expression=50), Engine(target)
    assert engine.session.get_outputs()[1].shape == [1, 50]
    assert compare(driver, engine, of_take(take)[:20]) < 1e-4
