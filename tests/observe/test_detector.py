"""The detector on real pictures; its promises about time, order, errors and silence."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base import optional
from mp2flame.base.channels import INDEX
from mp2flame.base.detection import Detection
from mp2flame.base.errors import FileFormatError, InputError, MissingDependencyError, ShapeError
from mp2flame.observe import detector as module

pytest.importorskip("mediapipe")


@pytest.fixture(scope="module")
def model(shared: Path) -> Path:
    return shared / "models" / "face_landmarker.task"


@pytest.fixture(scope="module")
def astronaut(shared: Path) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(shared / "data" / "images" / "skimage__astronaut.png").convert("RGB"))


@pytest.fixture(scope="module")
def seen(model: Path, astronaut: np.ndarray) -> Detection:
    with module.Detector("image", model_path=model) as detector:
        (face,) = detector.detect(astronaut)
    return face


def test_a_face_in_a_photograph(seen: Detection) -> None:
    assert seen.blendshapes.shape == (52,) and seen.landmarks.shape == (478, 3)
    assert seen.face_matrix.shape == (4, 4) and seen.image_size == (512, 512)
    assert all(a.dtype == np.float32 for a in (seen.blendshapes, seen.landmarks, seen.face_matrix))
    assert 0 <= seen.blendshapes.min() and seen.blendshapes.max() <= 1
    assert min(seen.blendshapes[INDEX["mouthSmileLeft"]], seen.blendshapes[INDEX["mouthSmileRight"]]) > 0.5
    x, y = seen.landmarks[1, :2] * 512  # the nose tip in this well-known picture
    assert abs(x - 220) < 20 and abs(y - 115) < 25
    # 33 is the outer corner of the subject's right eye: on the left of the picture
    assert seen.landmarks[33, 0] < seen.landmarks[263, 0]
    assert (
        np.linalg.det(seen.face_matrix[:3, :3]) == pytest.approx(1, abs=0.05) and seen.face_matrix[2, 3] < -20
    )


def test_a_picture_need_not_be_contiguous(model: Path, astronaut: np.ndarray, seen: Detection) -> None:
    wide = np.concatenate([astronaut, astronaut], axis=1)[:, :512]
    bgr_backwards = np.ascontiguousarray(astronaut[..., ::-1])[..., ::-1]
    with module.Detector("image", model_path=model) as detector:
        for picture in (wide, bgr_backwards):
            assert not picture.flags.c_contiguous
            np.testing.assert_array_equal(detector.detect(picture)[0].landmarks, seen.landmarks)


def test_mirrored_input_gives_the_subjects_sides(model: Path, astronaut: np.ndarray, seen: Detection) -> None:
    with module.Detector("image", model_path=model, mirrored=True) as detector:
        (face,) = detector.detect(astronaut[:, ::-1])
    np.testing.assert_allclose(face.blendshapes, seen.blendshapes, atol=1e-6)
    np.testing.assert_allclose(face.landmarks, seen.landmarks, atol=1e-6)
    np.testing.assert_allclose(face.face_matrix, seen.face_matrix, atol=1e-4)


def test_mirroring_matters(model: Path, astronaut: np.ndarray, seen: Detection) -> None:
    """Without the option the face is where the mirror image has it: the option is not a formality."""
    with module.Detector("image", model_path=model) as detector:
        (face,) = detector.detect(astronaut[:, ::-1])
    shift = [f.landmarks[1, 0] - 0.5 for f in (seen, face)]
    assert shift[0] * shift[1] < 0


def test_no_face(model: Path) -> None:
    with module.Detector("video", model_path=model) as detector:
        assert detector.detect(np.zeros((100, 80, 3), np.uint8), 0) == []
        assert detector.detect(np.full((1, 1, 3), 255, np.uint8), 1) == []


def test_time_in_video_mode(model: Path, astronaut: np.ndarray, seen: Detection) -> None:
    """Repeated, missing, fractional, negative and backward times all work; only backwards starts afresh."""
    with module.Detector("video", model_path=model) as detector:
        first = detector._landmarker
        sent = []
        for moment in (-7.5, -7.5, 0, 0.2, 33, None, 5e6):
            (face,) = detector.detect(astronaut, moment)
            assert np.abs(face.landmarks - seen.landmarks).max() < 0.05
            sent.append(detector._sent_ms)
        assert sent == sorted(set(sent)) and detector._landmarker is first
        assert len(detector.detect(astronaut, 10.0)) == 1
        assert detector._landmarker is not first
        with pytest.raises(InputError, match="finite"):
            detector.detect(astronaut, float("nan"))


def test_video_mode_is_steadier_than_image_mode(model: Path, astronaut: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    noisy = [
        np.clip(astronaut + rng.normal(0, 6, astronaut.shape), 0, 255).astype(np.uint8) for _ in range(15)
    ]
    spread = {}
    for mode in ("video", "image"):
        with module.Detector(mode, model_path=model) as detector:  # type: ignore[arg-type]
            points = [detector.detect(picture, 33.0 * i)[0].landmarks for i, picture in enumerate(noisy)]
        spread[mode] = np.std(points[5:], axis=0)[:, :2].mean()
    assert spread["video"] < 0.5 * spread["image"]


def test_two_faces_the_larger_first_and_it_stays(model: Path, astronaut: np.ndarray) -> None:
    from PIL import Image

    face = Image.fromarray(astronaut).crop((130, 20, 310, 200))

    def scene(left: int, right: int) -> np.ndarray:
        picture = np.full((190, 380, 3), 90, np.uint8)
        picture[:left, :left] = np.asarray(face.resize((left, left)))
        picture[:right, 190 : 190 + right] = np.asarray(face.resize((right, right)))
        return picture

    def nose(left: int, right: int) -> list[float]:
        return [float(found.landmarks[1, 0]) for found in detector.detect(scene(left, right))]

    with module.Detector("image", num_faces=2, model_path=model) as detector:
        assert nose(180, 140) == pytest.approx([0.25, 0.69], abs=0.04)
        # The right one is now a little larger: the main face does not jump.
        assert nose(150, 180) == pytest.approx([0.2, 0.75], abs=0.04)
        assert nose(110, 180) == pytest.approx([0.75, 0.15], abs=0.04)
    with module.Detector("image", num_faces=2, model_path=model) as detector:
        assert nose(150, 180) == pytest.approx([0.75, 0.2], abs=0.04)


@pytest.mark.parametrize(
    "picture",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((0, 5, 3), np.uint8),
     np.zeros((5, 5, 3)), None, "a.png"],
    ids=["grey", "rgba", "empty", "float", "none", "text"],
)  # fmt: skip
def test_what_is_no_picture(model: Path, picture: object) -> None:
    with module.Detector("image", model_path=model) as detector:
        with pytest.raises((ShapeError, InputError), match="a picture must be"):
            detector.detect(picture)  # type: ignore[arg-type]


def test_options_are_checked(model: Path) -> None:
    for wrong in ({"mode": "live"}, {"num_faces": 0}, {"num_faces": 1.5}, {"min_confidence": 2}):
        with pytest.raises(InputError):
            module.Detector(**{"model_path": model, **wrong})  # type: ignore[arg-type]


def test_closed_means_closed(model: Path, astronaut: np.ndarray) -> None:
    detector = module.Detector("image", model_path=model)
    detector.close()
    detector.close()
    with pytest.raises(InputError, match="closed"):
        detector.detect(astronaut)


def test_a_damaged_model_file(tmp_path: Path, model: Path) -> None:
    cut = tmp_path / "face_landmarker.task"
    cut.write_bytes(model.read_bytes()[:100_000])
    with pytest.raises(FileFormatError):
        module.Detector("image", model_path=cut)


def test_missing_packages_and_libraries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}
    monkeypatch.setattr(module, "missing_libraries", lambda: gone)
    with pytest.raises(MissingDependencyError, match=r"libEGL.*apt-get install -y libegl1 libgles2"):
        module.Detector("image")
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(MissingDependencyError, match=r"pip install \"mp2flame\[track\]\""):
        module.Detector("image")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only looked at on Linux")
def test_a_library_that_is_not_there_is_found_missing() -> None:
    wanted = {"libnosuchthing.so.9": "libnosuchthing9", "libc.so.6": "libc6"}
    missing = optional.missing_libraries(wanted)
    assert missing == {"libnosuchthing.so.9": "libnosuchthing9"}
    assert optional.install_command(missing) == "sudo apt-get install -y libnosuchthing9"


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)"])
def test_nothing_is_said_at_start_or_exit(model: Path, ending: str) -> None:
    code = f"""
        import numpy as np
        from mp2flame.observe.detector import Detector
        detector = Detector("video", model_path={str(model)!r})
        detector.detect(np.zeros((64, 64, 3), np.uint8), 0)
        print("done", flush=True)
        {ending}
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (3 if "Exit" in ending else 0, "done\n", "")


def test_real_messages_on_stderr_come_through(capfd: pytest.CaptureFixture[str]) -> None:
    with module.quiet_stderr():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nE0000 something is wrong\n")
    assert capfd.readouterr().err == "E0000 something is wrong\n"


def test_a_folder_of_different_pictures_is_not_one_video(shared: Path) -> None:
    """Three portraits of different sizes after one another, in video mode: each is found."""
    from mp2flame.io.sources import open_source

    with module.Detector(mode="video", model_path=shared / "models/face_landmarker.task") as detector:
        with open_source(str(shared / "data/images")) as source:
            found = [bool(detector.detect(frame.image, frame.timestamp_ms)) for frame in source]
    assert sum(found) == 3  # the fourth shows no face
