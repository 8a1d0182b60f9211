"""Laws of the response, and its figures on the lab test set where that is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.channels import BLENDSHAPES, INDEX, MIRROR
from mp2flame.base.errors import InputError, ShapeError
from mp2flame.base.rotations import axis_angle_to_matrix, geodesic_angle
from mp2flame.observe.head_frame import align, mean_neutral_points, mirror_landmarks, neutral_frame
from mp2flame.response.response import Response, distances

SIZE = (480, 640)
LAB = (
    Path(os.environ.get("MP2FLAME_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    / "data/lab/test.npz"
)
needs_lab = pytest.mark.skipif(not LAB.exists(), reason="the lab set is not at hand (MP2FLAME_SHARED)")


def to_image(
    points: np.ndarray, turn: tuple[float, float, float] = (0, 0, 0), scale: float = 150.0
) -> np.ndarray:
    """Head-frame points as normalised image coordinates of a picture of ``SIZE``."""
    height, width = SIZE
    camera = points @ axis_angle_to_matrix(np.array(turn)).T * scale
    return np.stack(
        [camera[..., 0] / width + 0.5, 0.5 - camera[..., 1] / height, -camera[..., 2] / width], -1
    )


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    out = landmarks[..., mirror_landmarks(), :].copy()
    out[..., 0] = 1 - out[..., 0]
    return out


@pytest.fixture(scope="module")
def response() -> Response:
    return Response.default()


@pytest.fixture(scope="module")
def faces() -> dict[str, np.ndarray]:
    """Faces that move: smooth random displacements of the mean face, seen from several sides."""
    rng = np.random.default_rng(3)
    rest = mean_neutral_points()
    moved = rest + 0.05 * rng.normal(size=(12, 478, 3)) * np.exp(-np.square(rest[:, 1:2] + 0.6) / 0.1)
    moved[:, [13, 82, 312], 1] += rng.uniform(0, 0.15, (12, 1))
    turns = rng.normal(0, 0.2, (12, 3))
    return {
        "scores": rng.uniform(0, 1, (12, 52)).astype(np.float32) ** 3,
        "landmarks": np.stack([to_image(p, tuple(t)) for p, t in zip(moved, turns)]),
        "neutral_scores": rng.uniform(0, 0.1, 52).astype(np.float32),
        "neutral": to_image(rest),
        # a resting face that is unlike the rendered ones, so that the measured distances count
        "strange": to_image(rest * np.array([1.0, 1.15, 0.8]) + 0.01 * rng.normal(size=rest.shape)),
    }


def arguments(faces: dict[str, np.ndarray], regime: str) -> dict[str, object]:
    lm = {"landmarks": faces["landmarks"], "image_size": SIZE}
    return {
        "scores": {},
        "scores_neutral": {"neutral_blendshapes": faces["neutral_scores"]},
        "landmarks": lm,
        "full": {**lm, "neutral_blendshapes": faces["neutral_scores"], "neutral_landmarks": faces["neutral"]},
        "landmarks_rest": {**lm, "neutral_landmarks": faces["neutral"]},
        "strange": {
            **lm,
            "neutral_blendshapes": faces["neutral_scores"],
            "neutral_landmarks": faces["strange"],
        },
    }[regime]


REGIMES = ("scores", "scores_neutral", "landmarks", "full", "landmarks_rest", "strange")


@pytest.mark.parametrize("regime", REGIMES)
def test_range_dtype_and_dead_channel(response: Response, faces: dict[str, np.ndarray], regime: str) -> None:
    out = response(faces["scores"], **arguments(faces, regime))
    assert out.shape == (12, 52) and out.dtype == np.float32
    assert out.min() >= 0 and out.max() <= 1
    assert not out[:, 0].any()
    assert out.std(0).max() > 0.05, "the answer does not depend on the input"


@pytest.mark.parametrize("regime", REGIMES)
def test_one_frame_is_a_row_of_the_batch(
    response: Response, faces: dict[str, np.ndarray], regime: str
) -> None:
    kwargs = arguments(faces, regime)
    batch = response(faces["scores"].reshape(3, 4, 52), **{
        k: v.reshape(3, 4, 478, 3) if k == "landmarks" else v for k, v in kwargs.items()
    })  # fmt: skip
    for i in (0, 7):
        one = {k: v[i] if k == "landmarks" else v for k, v in kwargs.items()}
        np.testing.assert_allclose(response(faces["scores"][i], **one), batch[i // 4, i % 4], atol=1e-4)


@pytest.mark.parametrize("regime", REGIMES)
def test_mirrored_input_gives_mirrored_output(
    response: Response, faces: dict[str, np.ndarray], regime: str
) -> None:
    kwargs = arguments(faces, regime)
    flipped = dict(kwargs)
    for key in ("landmarks", "neutral_landmarks"):
        if key in kwargs:
            flipped[key] = mirrored(kwargs[key])
    if "neutral_blendshapes" in kwargs:
        flipped["neutral_blendshapes"] = kwargs["neutral_blendshapes"][MIRROR]
    straight = response(faces["scores"], **kwargs)
    np.testing.assert_allclose(
        response(faces["scores"][:, MIRROR], **flipped), straight[:, MIRROR], atol=2e-3
    )


@pytest.mark.parametrize("rest", ["neutral", "strange"])
def test_rest_gives_nothing(response: Response, faces: dict[str, np.ndarray], rest: str) -> None:
    neutral = faces["neutral_scores"]
    out = response(
        neutral, faces[rest], image_size=SIZE, neutral_blendshapes=neutral, neutral_landmarks=faces[rest]
    )
    assert out.max() < 1e-3
    assert response(neutral, neutral_blendshapes=neutral).max() == 0


def test_a_turned_resting_face_stays_at_rest(response: Response, faces: dict[str, np.ndarray]) -> None:
    neutral, points = faces["neutral_scores"], mean_neutral_points()
    for turn in ((0.2, 0, 0), (0, 0.3, 0), (0, 0, 0.4)):
        out = response(neutral, to_image(points, turn, 90.0), image_size=SIZE,
                       neutral_blendshapes=neutral, neutral_landmarks=faces["neutral"])  # fmt: skip
        assert out.max() < 0.05


def test_a_neutral_per_row(response: Response, faces: dict[str, np.ndarray]) -> None:
    neutrals = np.stack([faces["neutral"], faces["strange"]] * 6)
    scores = np.stack([faces["neutral_scores"], faces["neutral_scores"] * 0.5] * 6)
    kwargs = {"image_size": SIZE, "neutral_blendshapes": scores, "neutral_landmarks": neutrals}
    batch = response(faces["scores"], faces["landmarks"], **kwargs)
    for i in range(3):
        alone = response(faces["scores"][i], faces["landmarks"][i], image_size=SIZE,
                         neutral_blendshapes=scores[i], neutral_landmarks=neutrals[i])  # fmt: skip
        np.testing.assert_allclose(alone, batch[i], atol=1e-4)


@pytest.mark.parametrize("kind", ["zeros", "equal", "huge", "far", "noise", "turned away"])
def test_any_finite_input_gives_weights(response: Response, faces: dict[str, np.ndarray], kind: str) -> None:
    rng = np.random.default_rng(0)
    rest = mean_neutral_points()
    landmarks = {
        "zeros": np.zeros((478, 3)),
        "equal": np.full((478, 3), 0.3),
        "huge": rng.normal(size=(478, 3)) * 1e30,
        "far": to_image(rest) + 50.0,
        "noise": rng.uniform(0, 1, (478, 3)),
        "turned away": to_image(rest, (0, 3.0, 0)),
    }[kind]
    for now, neutral in (
        (landmarks, faces["strange"]),
        (faces["landmarks"][0], landmarks),
        (landmarks, landmarks),
    ):
        for scores in (np.zeros(52), np.ones(52), np.full(52, -1e30)):
            out = response(
                scores, now, image_size=SIZE, neutral_blendshapes=np.ones(52), neutral_landmarks=neutral
            )
            assert np.isfinite(out).all() and out.min() >= 0 and out.max() <= 1


def test_bad_input_is_refused(response: Response, faces: dict[str, np.ndarray]) -> None:
    scores, landmarks = faces["scores"], faces["landmarks"]
    with pytest.raises(ShapeError, match="52"):
        response(scores[:, :51])
    with pytest.raises(InputError, match="NaN"):
        response(np.full(52, np.nan))
    with pytest.raises(InputError, match="image_size"):
        response(scores, landmarks)
    with pytest.raises(ShapeError, match="478"):
        response(scores, landmarks[:, :468], image_size=SIZE)
    with pytest.raises(ShapeError, match="batch"):
        response(scores[:3], landmarks, image_size=SIZE)
    with pytest.raises(InputError, match="NaN"):
        response(scores, landmarks * np.nan, image_size=SIZE)
    with pytest.raises(ShapeError, match="batch"):
        response(scores, neutral_blendshapes=scores[:5])


def test_both_eyes_look_the_same_way(response: Response, faces: dict[str, np.ndarray]) -> None:
    out = response(faces["scores"])
    left, right = INDEX["eyeLookOutLeft"], INDEX["eyeLookInRight"]
    np.testing.assert_allclose(out[:, left], out[:, right], atol=1e-5)
    both = np.minimum(out[:, INDEX["eyeLookDownLeft"]], out[:, INDEX["eyeLookUpLeft"]])
    assert both.max() == 0


def test_measured_distances_are_followed(response: Response, faces: dict[str, np.ndarray]) -> None:
    """On a face unlike the rendered ones, brows and lids move as far as measured, whatever the scores say."""
    neutral = faces["strange"]
    frame = neutral_frame(neutral, SIZE)
    raised = frame.points.copy()
    raised[[105, 334], 1] += 0.05
    shut = frame.points.copy()
    shut[[159, 386], 1] = shut[[145, 374], 1] + 0.005
    kwargs = {
        "image_size": SIZE,
        "neutral_blendshapes": faces["neutral_scores"],
        "neutral_landmarks": neutral,
    }
    brows = response(faces["neutral_scores"], to_image(raised), **kwargs)
    lids = response(faces["neutral_scores"], to_image(shut), **kwargs)
    assert brows[[INDEX["browOuterUpLeft"], INDEX["browOuterUpRight"]]].min() > 0.3
    assert lids[[INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]].min() > 0.85


def test_identity_passes_scores() -> None:
    scores = np.linspace(-0.5, 1.5, 52).astype(np.float32)
    out = Response.identity()(scores)
    np.testing.assert_array_equal(out[1:], np.clip(scores, 0, 1)[1:])
    assert Response.identity().is_identity and out[0] == 0


def test_align_takes_pose_away_and_gives_it() -> None:
    rest = mean_neutral_points()
    still = align(to_image(rest), SIZE)
    for turn in ((0.3, 0, 0), (0, -0.4, 0), (0, 0, 0.5), (0.1, 0.2, -0.1)):
        frame = align(to_image(rest, turn, 77.0), SIZE)
        np.testing.assert_allclose(frame.points, rest, atol=1e-5)
        np.testing.assert_allclose(frame.scale, 77.0, rtol=1e-5)
        # the refinement scales and shifts a little; the turn itself has to come out
        assert (
            np.degrees(
                geodesic_angle(frame.rotation @ still.rotation.T, axis_angle_to_matrix(np.array(turn)))
            )
            < 9
        )
    moved = align(to_image(rest) + [0.2, 0.1, 0], SIZE)
    np.testing.assert_allclose(moved.rotation, still.rotation, atol=1e-6)


def test_distances_of_a_mirrored_face() -> None:
    rng = np.random.default_rng(1)
    points = mean_neutral_points() + 0.02 * rng.normal(size=(478, 3))
    flipped = points[mirror_landmarks()] * np.array([-1.0, 1.0, 1.0])
    order = [0, 1, 3, 2, 5, 4, 7, 6, 9, 8]
    np.testing.assert_allclose(distances(flipped[None])[0], distances(points[None])[0][order], atol=1e-9)


def test_the_shipped_file_is_small_and_says_where_it_comes_from(response: Response) -> None:
    import importlib.resources

    path = importlib.resources.files("mp2flame") / "base" / "data" / "response.npz"
    assert len(path.read_bytes()) < 3e6
    for key in ("made_by", "data", "detector", "licences", "frames"):
        assert response.header[key]


@needs_lab
def test_lab_figures(response: Response) -> None:
    """Correlations with the truth on other identities than the network was trained on (docs/response.md)."""
    with np.load(LAB) as file:
        data = {k: file[k] for k in file.files}
    row = data["identity"]
    out = response(
        data["blendshapes"], data["landmarks"], image_size=(512, 512),
        neutral_blendshapes=data["neutral_blendshapes"][row],
        neutral_landmarks=data["neutral_landmarks"][row],
    )  # fmt: skip
    names = [str(n) for n in data["arkit_names"]]
    mesh_like = []
    for i, name in enumerate(BLENDSHAPES):
        sides = [n for n in names if n.replace("_L", "Left").replace("_R", "Right") == name]
        if sides:
            truth = data["arkit_weights"][:, names.index(sides[0])]
            mesh_like.append(np.corrcoef(truth, out[:, i])[0, 1])
    assert np.mean(mesh_like) > 0.62
    least = {
        "jawOpen": 0.96,
        "eyeBlinkLeft": 0.93,
        "mouthSmileLeft": 0.85,
        "browOuterUpLeft": 0.8,
        "noseSneerLeft": 0.7,
    }
    for name, value in least.items():
        key = name.replace("Left", "_L")
        assert np.corrcoef(data["arkit_weights"][:, names.index(key)], out[:, INDEX[name]])[0, 1] > value
    frame = align(data["landmarks"], (512, 512))
    error = np.degrees(geodesic_angle(frame.rotation, axis_angle_to_matrix(data["global_orient"])))
    assert error.mean() < 1.85
