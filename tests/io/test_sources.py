"""Sources: the right frames, at the right time, the right way up; and errors that help."""

from __future__ import annotations

import itertools
import json
import struct
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mp2flame.base.channels import ARKIT, BEAT51, BLENDSHAPES, INDEX, LIVELINK_CSV
from mp2flame.base.errors import (
    FileFormatError,
    InputError,
    MissingDependencyError,
    MissingFileError,
    SourceError,
)
from mp2flame.base.values import FlameParams
from mp2flame.io.formats.score_csv import read_score_csv
from mp2flame.io.formats.score_json import read_score_json
from mp2flame.io.options import TableOptions
from mp2flame.io.sources import Source, SourceFrame, SourceInfo, camera, open_source, register_scheme
from mp2flame.io.sources.base import Clock, read_ahead
from mp2flame.io.sources.images import natural_key
from mp2flame.show.page.chosen import choices
from mp2flame.take.take import Take


def corner_picture(width: int = 96, height: int = 64) -> np.ndarray:
    """Red top left, green top right, blue bottom left, white bottom right."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (255, 0, 0)
    picture[: height // 2, width // 2 :] = (0, 255, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 255)
    picture[height // 2 :, width // 2 :] = 255
    return picture


def corners(picture: np.ndarray) -> str:
    h, w = picture.shape[:2]
    names = {(1, 0, 0): "R", (0, 1, 0): "G", (0, 0, 1): "B", (1, 1, 1): "W", (0, 0, 0): "-"}
    spots = [(h // 4, w // 4), (h // 4, 3 * w // 4), (3 * h // 4, w // 4), (3 * h // 4, 3 * w // 4)]
    return "".join(names[tuple(int(v > 127) for v in picture[spot])] for spot in spots)  # type: ignore[index]


def write_video(path: Path, times_ms: list[int], codec: str = "mpeg4", **stream_options: object) -> None:
    """A video whose picture i is brighter than picture i - 1, at the given times."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for name, value in stream_options.items():
            setattr(stream.codec_context, name, value)
        for i, moment in enumerate(times_ms):
            picture = corner_picture()
            picture[24:40, 40:56] = min(5 * i, 255)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = moment, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def read_all(spec: object, **options: object) -> tuple[Source, list[SourceFrame]]:
    with open_source(spec, **options) as source:  # type: ignore[arg-type]
        return source, list(source)


# -- video ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "avi"])
def test_video_frames_in_order(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"v.{suffix}"
    write_video(path, [33 * i for i in range(20)])
    source, frames = read_all(path)
    assert [f.index for f in frames] == list(range(20))
    assert source.info.kind == "video" and source.info.image_size == (64, 96) and not source.info.live
    brightness = [float(f.image[30:34, 46:50].mean()) for f in frames]  # type: ignore[index]
    assert brightness == sorted(brightness) and brightness[-1] > 70
    assert all(corners(f.image) == "RGBW" for f in frames)  # type: ignore[arg-type]
    assert all(f.image.dtype == np.uint8 and f.image_size == (64, 96) for f in frames)  # type: ignore[union-attr]
    assert [f.image.shape for f in list(source)] == [(64, 96, 3)] * 20, "a file can be read again"  # type: ignore[union-attr]


def test_variable_frame_rate_keeps_the_containers_times(tmp_path: Path) -> None:
    times = [0, 33, 66, 300, 310, 1000, 1500]
    write_video(tmp_path / "v.mkv", times)
    _, frames = read_all(tmp_path / "v.mkv")
    assert [round(f.timestamp_ms) for f in frames] == times


def rotated(path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Write a display matrix into an mp4's track header (ISO 14496-12 8.3.2)."""
    raw = bytearray(path.read_bytes())
    at = raw.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrix)
    raw[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [((1, 0, 0, 1), "RGBW"), ((0, 1, -1, 0), "BRWG"), ((-1, 0, 0, -1), "WBGR"), ((0, -1, 1, 0), "GWRB"),
     ((-1, 0, 0, 1), "GRWB"), ((1, 0, 0, -1), "BWRG")],
    ids=["upright", "90 clockwise", "180", "90 counter-clockwise", "mirrored", "upside down mirrored"],
)  # fmt: skip
def test_rotation_in_the_container_is_honoured(
    tmp_path: Path, matrix: tuple[int, int, int, int], expected: str
) -> None:
    write_video(tmp_path / "v.mp4", [0, 33, 66])
    rotated(tmp_path / "v.mp4", matrix)
    source, frames = read_all(tmp_path / "v.mp4")
    assert [corners(f.image) for f in frames] == [expected] * 3  # type: ignore[arg-type]
    assert source.info.image_size == ((64, 96) if matrix[0] else (96, 64)) == frames[0].image_size


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    write_video(tmp_path / "v.mkv", [0, 33], sample_aspect_ratio=Fraction(2, 1))
    source, frames = read_all(tmp_path / "v.mkv")
    assert source.info.image_size == (64, 192) == frames[0].image_size


def test_broken_pictures_are_skipped_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    write_video(path, [33 * i for i in range(40)], codec="mjpeg", pix_fmt="yuvj420p")
    with pytest.importorskip("av").open(str(path)) as container:
        where = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    raw = bytearray(path.read_bytes())
    for start, size in where[10:13]:
        raw[start + 8 : start + 8 + size] = bytes(size)
    path.write_bytes(raw)
    source, frames = read_all(path)
    assert source.stats.broken == 3 and len(frames) == 37
    steps = np.diff([f.timestamp_ms for f in frames])
    assert steps.max() > 100 and (steps > 0).all(), "the others keep their times"


def test_a_truncated_video_gives_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "v.mkv"
    write_video(path, [33 * i for i in range(60)])
    path.write_bytes(path.read_bytes()[: int(0.5 * path.stat().st_size)])
    _, frames = read_all(path)
    assert 10 < len(frames) < 60


def test_gif_has_its_own_delays(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    pictures = [image.fromarray(np.roll(corner_picture(), 8 * i, axis=1)) for i in range(4)]
    pictures[0].save(
        tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[50, 200, 80, 80]
    )
    _, frames = read_all(tmp_path / "a.gif")
    assert np.diff([f.timestamp_ms for f in frames]) == pytest.approx([50, 200, 80])


def test_opencv_reads_video_where_pyav_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cv2")
    write_video(tmp_path / "v.mp4", [33 * i for i in range(12)])
    from mp2flame.io.sources import video

    def gone() -> None:
        raise MissingDependencyError('reading video needs PyAV: pip install "mp2flame[video]"')

    monkeypatch.setattr(video, "_import_av", gone)
    source, frames = read_all(tmp_path / "v.mp4")
    assert "OpenCV" in source.info.description and len(frames) == 12
    assert corners(frames[5].image) == "RGBW"  # type: ignore[arg-type]
    assert (np.diff([f.timestamp_ms for f in frames]) > 0).all()
    with pytest.raises(MissingDependencyError):
        open_source("rtsp://127.0.0.1:1/x")


def test_a_stream_nobody_serves() -> None:
    pytest.importorskip("av")
    started = time.monotonic()
    with pytest.raises(SourceError, match=r"cannot open rtsp://127\.0\.0\.1:9/x") as caught:
        open_source("rtsp://user:secret@127.0.0.1:9/x", timeout_s=2.0)
    assert time.monotonic() - started < 10 and "secret" not in str(caught.value)


# -- pictures ---------------------------------------------------------------------------------------


def test_one_picture_turned_as_exif_says(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture must be turned 90 degrees clockwise
    image.fromarray(corner_picture()).save(tmp_path / "a.png", exif=exif)
    source, (frame,) = read_all(tmp_path / "a.png")
    assert corners(frame.image) == "BRWG" and source.info.image_size == (96, 64)  # type: ignore[arg-type]
    assert frame.timestamp_ms == 0 and source.info.num_frames == 1


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "I;16", "1", "CMYK"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = image.fromarray(corner_picture())
    if mode == "I;16":
        picture = image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 256)
    else:
        picture = picture.convert(mode)
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    picture.save(path)
    _, (frame,) = read_all(path)
    assert frame.image is not None and frame.image.shape == (64, 96, 3) and frame.image.dtype == np.uint8
    assert frame.image[50, 80].min() > 240 and frame.image[50, 10].max() < 256


def test_a_folder_in_natural_order_with_a_broken_picture(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for i in (1, 2, 10, 11):
        image.fromarray(np.full((8, 8, 3), i, np.uint8)).save(tmp_path / f"Frame{i}.png")
    (tmp_path / "frame3.png").write_bytes(b"no picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("x")
    source, frames = read_all(tmp_path, fps=10)
    values = [None if f.image is None else int(f.image[0, 0, 0]) for f in frames]
    assert values == [1, 2, None, 10, 11]
    assert [f.timestamp_ms for f in frames] == [0, 100, 200, 300, 400]
    assert frames[2].detected is False and source.stats.broken == 1
    assert sorted(["b10", "b9", "a", "b"], key=natural_key) == ["a", "b", "b9", "b10"]


# -- scores -----------------------------------------------------------------------------------------


def livelink_text(rows: list[str], header: str = "Timecode,BlendShapeCount,") -> str:
    return header + ",".join(LIVELINK_CSV) + "\n" + "".join(row + "\n" for row in rows)


def livelink_row(timecode: str, **values: float) -> str:
    return f"{timecode},61," + ",".join(str(values.get(name, 0.0)) for name in LIVELINK_CSV)


def test_live_link_csv_by_name_with_all_its_quirks(tmp_path: Path) -> None:
    rows = [
        livelink_row("23:59:59:56.000", JawLeft=0.5, EyeBlinkLeft=1.08, TongueOut=0.3),
        "23:59:59:58.000,0",
        livelink_row("00:00:00:00.500", MouthRight=0.25, LeftEyeYaw=-0.3, LeftEyePitch=0.2),
        livelink_row("00:00:00:02.000")[:60],
    ]
    path = tmp_path / "take.csv"
    path.write_bytes(b"\xef\xbb\xbf" + livelink_text(rows, "Timecode,BlendshapeCount,").encode())
    table = read_score_csv(path)
    assert table.detected.tolist() == [True, False, True, False]
    np.testing.assert_allclose(table.timestamp_ms, [0, 100 / 3, 75, 100], atol=1e-6)
    weights = table.weights
    assert weights[0, INDEX["jawRight"]] == 0.5 and weights[0, INDEX["jawLeft"]] == 0
    assert weights[0, INDEX["eyeBlinkLeft"]] == 1.0 and table.clipped == 1
    assert weights[2, INDEX["mouthLeft"]] == 0.25 and not weights[[1, 3]].any()
    assert table.extras["tongueOut"][0] == pytest.approx(0.3)
    assert table.head_orient is None and table.eye_pose is not None
    # looking to the subject's left is +y in the FLAME frame, down is +x
    assert table.eye_pose[2, 1] > 0.29 and table.eye_pose[2, 0] > 0.19 and not table.eye_pose[2, 3:].any()
    turned = tmp_path / "turned.csv"
    same = {"HeadYaw": 0.3, "LeftEyeYaw": 0.3, "RightEyeYaw": 0.3}
    turned.write_text(livelink_text([livelink_row("00:00:00:00.000", **same)]))
    phone = read_score_csv(turned)  # the head turns left, the eyes keep to the phone
    np.testing.assert_allclose(phone.head_orient[0], [0, 0.3, 0], atol=1e-6)
    np.testing.assert_allclose(phone.eye_pose[0], [0, -0.3, 0, 0, -0.3, 0], atol=1e-6)
    as_written = read_score_csv(path, TableOptions(keep_sides=True)).weights
    assert as_written[0, INDEX["jawLeft"]] == 0.5 and as_written[2, INDEX["mouthRight"]] == 0.25
    source, frames = read_all(path, keep_sides=True)
    assert frames[0].arkit_weights[INDEX["jawLeft"]] == 0.5 and frames[0].blendshapes is None  # type: ignore[index]
    assert [f.detected for f in frames] == [True, False, True, False]
    assert source.stats.clipped == 1 and "ARKit weights" in source.info.description


@pytest.mark.parametrize(("rate", "step"), [(24, 1), (25, 1), (30, 1), (60, 1), (60, 2)])
def test_the_timecodes_rate_is_found(tmp_path: Path, rate: int, step: int) -> None:
    rows = []
    for i in range(0, 3 * rate, step):
        rows.append(livelink_row(f"10:00:{i // rate:02d}:{i % rate:02d}.000"))
    (tmp_path / "t.csv").write_text(livelink_text(rows))
    table = read_score_csv(tmp_path / "t.csv")
    assert table.fps == pytest.approx(rate / step)
    np.testing.assert_allclose(np.diff(table.timestamp_ms), 1000 * step / rate, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "frames", "lost", "clipped"),
    [("S88-001", 1939, 277, 0), ("alex_rom_3", 4030, 0, 1), ("alex_rom_4", 3809, 0, 91),
     ("apfel", 1926, 35, 52), ("facial", 1913, 0, 9)],
)  # fmt: skip
def test_real_live_link_takes(shared: Path, name: str, frames: int, lost: int, clipped: int) -> None:
    table = read_score_csv(shared / "data" / "livelink" / f"alexdjulin__{name}.csv")
    assert (len(table), int((~table.detected).sum()), table.clipped) == (frames, lost, clipped)
    assert table.fps == pytest.approx(30) and 0 <= table.weights.min() and table.weights.max() <= 1
    assert table.eye_pose is not None and table.head_orient is None
    # The eye angles, turned into the FLAME frame, must follow the scores that the rig uses.
    w, seen = table.weights[table.detected], table.eye_pose[table.detected]
    yaw = w[:, INDEX["eyeLookOutLeft"]] - w[:, INDEX["eyeLookInLeft"]]
    pitch = w[:, INDEX["eyeLookDownRight"]] - w[:, INDEX["eyeLookUpRight"]]
    assert np.corrcoef(yaw, seen[:, 1])[0, 1] > 0.95 and np.corrcoef(-yaw, seen[:, 4])[0, 1] < -0.8
    assert np.corrcoef(pitch, seen[:, 3])[0, 1] > 0.95
    assert np.polyfit(yaw, seen[:, 1], 1)[0] == pytest.approx(0.61, abs=0.05)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "first line"), ("a,b\n1,2\n", "first line"), (livelink_text([]), "no frames"),
     (livelink_text([livelink_row("1:2;x")]), "line 2: timecode"),
     (livelink_text([livelink_row("00:00:00:00.0").replace("0.0", "x", 3)]), "line 2")],
    ids=["empty", "other", "no rows", "timecode", "letters"],
)  # fmt: skip
def test_what_is_no_live_link_csv(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_score_csv(tmp_path / "t.csv")


def test_arkit_json_of_beat_and_of_audio2expression(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.random((5, 51))
    frames = [{"weights": list(row), "time": 0.1 * i, "rotation": []} for i, row in enumerate(values)]
    (tmp_path / "beat.json").write_text(json.dumps({"names": list(BEAT51), "frames": frames}))
    table = read_score_json(tmp_path / "beat.json")
    np.testing.assert_allclose(table.weights[:, 1:], values, atol=1e-6)
    assert table.fps == pytest.approx(10) and table.kind == "arkit" and not table.weights[:, 0].any()

    names = sorted(ARKIT)
    values = rng.random((4, 52))
    data = {"names": names, "metadata": {"fps": 25.0}, "frames": [{"weights": list(row)} for row in values]}
    (tmp_path / "a2e.json").write_text(json.dumps(data))
    source, got = read_all(tmp_path / "a2e.json")
    assert [f.timestamp_ms for f in got] == [0, 40, 80, 120] and source.info.fps == 25
    weights = got[2].arkit_weights
    assert weights is not None
    assert weights[INDEX["jawOpen"]] == pytest.approx(values[2, names.index("jawOpen")])

    data2 = {"exportFps": 60, "facsNames": names, "weightMat": values.tolist()}
    (tmp_path / "a2f.json").write_text(json.dumps(data2))
    np.testing.assert_array_equal(
        read_score_json(tmp_path / "a2f.json").weights, read_score_json(tmp_path / "a2e.json").weights
    )


@pytest.mark.parametrize(
    "data",
    ["{", "[]", "{}", '{"names": ["jawOpen"], "frames": []}',
     '{"names": ["jawOpen"], "frames": [{"weights": [1, 2]}]}',
     '{"names": ["jawOpne"], "frames": [{"weights": [1]}]}',
     '{"names": ["jawOpen"], "frames": [{"weights": [NaN]}]}',
     '{"names": ["jawOpen"], "frames": [{"weights": [55]}]}', '{"names": 5, "frames": [{"weights": [1]}]}',
     '{"names": ["jawOpen"], "frames": [{"weights": ["x"]}]}',
     '{"names": ["jawOpen"], "frames": [{"weights": [1], "time": 2}, {"weights": [1], "time": 1}]}'],
)  # fmt: skip
def test_what_is_no_arkit_json(tmp_path: Path, data: str) -> None:
    (tmp_path / "t.json").write_text(data)
    with pytest.raises(FileFormatError, match=r"t\.json"):
        open_source(tmp_path / "t.json")


def test_csv_of_mediapipe_scores(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    values, order = rng.random((3, 52)), rng.permutation(52)
    lines = ["frame,timestamp," + ",".join(BLENDSHAPES[i] for i in order)]
    lines += [f"{i},{0.04 * i}," + ",".join(str(values[i, j]) for j in order) for i in range(3)]
    lines.append("3,0.12," + "," * 51)
    (tmp_path / "s.csv").write_text("\r\n".join(lines))
    source, frames = read_all(tmp_path / "s.csv")
    assert [f.detected for f in frames] == [True, True, True, False]
    assert [f.timestamp_ms for f in frames] == pytest.approx([0, 40, 80, 120])
    np.testing.assert_allclose(np.stack([f.blendshapes for f in frames[:3]]), values, atol=1e-6)  # type: ignore[misc]
    assert frames[0].arkit_weights is None and source.info.fps == pytest.approx(25)


def test_csv_whose_scores_they_are_is_said(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("jawOpen,mouthClose\n0.1,0.2\n")
    assert any("--kind arkit" in note for note in open_source(tmp_path / "s.csv").stats.notes)
    table = read_score_csv(tmp_path / "s.csv", TableOptions(kind="arkit"))
    assert table.weights[0, INDEX["mouthClose"]] == pytest.approx(0.2)


def test_arrays_need_a_named_order(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    values = rng.random((4, 52)).astype(np.float32)
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(InputError, match="channels="):
        open_source(tmp_path / "a.npy")
    _, frames = read_all(tmp_path / "a.npy", channels="mediapipe", fps=50)
    np.testing.assert_array_equal(frames[3].blendshapes, values[3])
    assert frames[3].timestamp_ms == 60
    _, frames = read_all(tmp_path / "a.npy", channels="arkit")
    assert frames[0].arkit_weights[INDEX["jawOpen"]] == values[0, ARKIT.index("jawOpen")]  # type: ignore[index]
    np.savez(tmp_path / "b.npz", weights=values, names=np.array(ARKIT), timestamp_ms=[0, 5, 9, 30])
    _, frames = read_all(tmp_path / "b.npz")
    assert [f.timestamp_ms for f in frames] == [0, 5, 9, 30] and frames[0].arkit_weights is not None
    np.save(tmp_path / "c.npy", np.zeros((4, 100)))
    with pytest.raises(FileFormatError, match="mp2flame convert"):
        open_source(tmp_path / "c.npy")


def test_a_take_goes_through_everything_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    params = FlameParams.zeros(50, (3,)).replace(global_orient=rng.normal(size=(3, 3)))
    scores = rng.random((3, 52)).astype(np.float32)
    detected = np.array([True, False, True])
    matrix = np.stack([np.eye(4)] * 3)
    landmarks = rng.random((3, 478, 3)).astype(np.float32)
    take = Take.from_params(
        params, [0, 40, 80], detected=detected, blendshapes=scores, landmarks=landmarks, face_matrix=matrix,
        image_size=(480, 640),
    )  # fmt: skip
    take.save(tmp_path / "a.npz")
    _, frames = read_all(tmp_path / "a.npz")
    assert [f.detected for f in frames] == [True, False, True] and frames[1].blendshapes is None
    np.testing.assert_array_equal(frames[2].landmarks, landmarks[2])
    assert frames[2].image_size == (480, 640) and frames[2].arkit_weights is None
    # A take that came from ARKit weights has no detector scores.
    take = Take.from_params(params, [0, 40, 80], arkit_weights=scores)
    take.save(tmp_path / "b.npz")
    _, frames = read_all(tmp_path / "b.npz")
    np.testing.assert_array_equal(frames[1].arkit_weights, scores[1])
    np.testing.assert_array_equal(frames[1].head_orient, params.global_orient[1])


# -- opening ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [("nothing.mp4", MissingFileError, "no file or folder nothing.mp4"), ("", InputError, "empty"),
     (3.5, InputError, "got float"), (True, InputError, "got bool"),
     ("ftp://x/y", InputError, "unknown address ftp"),
     (97, (SourceError, MissingDependencyError), "camera 97|OpenCV")],
)  # fmt: skip
def test_what_cannot_be_opened(spec: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        open_source(spec)  # type: ignore[arg-type]


def test_files_of_other_kinds_are_refused_in_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("av")
    for name in ("a.mp4", "a.png", "a.json", "a.npz", "a.npy", "a.csv", "a.xyz", "a"):
        (tmp_path / name).write_bytes(b"this is nothing of the kind\n" * 20)
        with pytest.raises(FileFormatError) as caught:
            open_source(tmp_path / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match="it is empty"):
        open_source(tmp_path / "empty")


def test_options_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(livelink_text([livelink_row("00:00:00:00.0")]))
    with pytest.raises(InputError, match="has no option width"):
        open_source(tmp_path / "a.csv", width=640)
    read_all(tmp_path / "a.csv", width=None)


def test_schemes_register_themselves() -> None:
    class Two:
        closed = 0

        def __init__(self, address: str) -> None:
            self.address = address

        def __iter__(self) -> Iterator[SourceFrame]:
            return iter([SourceFrame(0, 0.0), SourceFrame(1, 5.0)])

        def close(self) -> None:
            Two.closed += 1

    register_scheme("two", Two)
    source, frames = read_all("two://here")
    assert isinstance(source, Source) and source.info.live and source.info.kind == "two"
    assert len(frames) == 2 and Two.closed == 1


# -- reading ahead ----------------------------------------------------------------------------------


def counted(total: int, made: list[int], closed: threading.Event) -> Iterator[SourceFrame]:
    try:
        for i in range(total):
            made.append(i)
            yield SourceFrame(i, 10.0 * i)
    finally:
        closed.set()


def test_reading_ahead_is_bounded_and_stops() -> None:
    made: list[int] = []
    closed = threading.Event()
    frames = read_ahead(counted(1000, made, closed), 4)
    assert next(frames).index == 0
    time.sleep(0.2)
    assert 4 <= len(made) <= 7
    frames.close()  # type: ignore[attr-defined]
    assert closed.wait(2.0) and len(made) <= 7


def test_reading_ahead_raises_after_the_frames_before() -> None:
    def broken() -> Iterator[SourceFrame]:
        yield SourceFrame(0, 0.0)
        raise SourceError("it stopped")

    got = []
    with pytest.raises(SourceError, match="it stopped"):
        for frame in read_ahead(broken(), 4):
            got.append(frame.index)
    assert got == [0]


def test_a_live_source_drops_the_old_and_counts() -> None:
    class Camera(Source):
        info = SourceInfo("camera", "made up", live=True)

        def _frames(self) -> Iterator[SourceFrame]:
            for i in range(40):
                time.sleep(0.005)
                yield SourceFrame(i, 5.0 * i)

    source, seen = Camera(), []
    for frame in source:
        seen.append(frame.index)
        time.sleep(0.03)
    assert seen == sorted(set(seen)) and 3 < len(seen) < 30
    assert source.stats.dropped + len(seen) == 40 and seen[-1] == 39


def test_leaving_the_loop_early_and_closing() -> None:
    made: list[int] = []
    closed = threading.Event()

    class Long(Source):
        info = SourceInfo("video", "made up")

        def _frames(self) -> Iterator[SourceFrame]:
            return counted(10**9, made, closed)

    with Long() as source:
        for frame in source:
            if frame.index == 5:
                break
    assert closed.wait(2.0)


def test_the_clock_always_goes_on() -> None:
    clock = Clock(25.0)
    assert [clock(t) for t in (None, 5.0, 5.0, None, float("nan"), 3.0, 500.0)] == [
        0,
        5,
        45,
        85,
        125,
        165,
        500,
    ]


# -- everything there is ----------------------------------------------------------------------------

VIDEOS = {
    "LP_drv__d0.mp4": (78, 78), "LP_drv__d12.mp4": (183, 183), "LP_drv__d13.mp4": (352, 352),
    "LP_drv__d19.mp4": (250, 250), "LP_drv__d20.mp4": (175, 175), "LP_src__s29.mp4": (160, 160),
    "intel_asl__again.mkv": (77, 77), "intel_asl__bird.mkv": (63, 63), "intel_asl__book.mkv": (109, 109),
    "intel_asl__eat.mkv": (47, 47), "intel_asl__help.mkv": (58, 58), "intel_asl__sister.mkv": (87, 87),
    "intel_asl__thanks.mkv": (51, 51), "intel_asl__yes.mkv": (65, 65),
    "intel_prev__head-pose-face-detection-female.gif": (23, 23),
    "intel_prev__head-pose-face-detection-male.gif": (62, 62),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", VIDEOS)
def test_every_shared_video_through_the_detector(shared: Path, name: str) -> None:
    pytest.importorskip("mediapipe")
    from mp2flame.observe.detector import Detector

    found = []
    with (
        open_source(shared / "data" / "videos" / name) as source,
        Detector(model_path=shared / "models" / "face_landmarker.task") as detector,
    ):
        for frame in source:
            assert frame.image is not None
            found.append(bool(detector.detect(frame.image, frame.timestamp_ms)))
    frames, detected = VIDEOS[name]
    assert len(found) == frames and source.stats.broken == 0
    assert abs(sum(found) - detected) <= 2  # MediaPipe's arithmetic differs a little between processors


# -- closed from elsewhere --------------------------------------------------------------------------


class Counting(Source):
    """Frames without end; says whether its generator was closed."""

    info = SourceInfo("video", "counting", fps=30.0)

    def __init__(self, prefetch: int) -> None:
        super().__init__()
        self.prefetch, self.tidy = prefetch, 0

    def _frames(self) -> Iterator[SourceFrame]:
        try:
            for i in itertools.count():
                yield SourceFrame(i, 33.0 * i)
        finally:
            self.tidy += 1


@pytest.mark.parametrize("prefetch", [0, 4])
def test_a_source_closed_from_another_thread_ends_silently(prefetch: int) -> None:
    """At every moment: while a frame is fetched, while it is looked at, and between."""
    for round_ in range(60):
        source, failed, taken = Counting(prefetch), [], []

        def read(
            source: Source = source, failed: list = failed, taken: list = taken, slow: bool = round_ % 3 == 0
        ) -> None:
            try:
                for frame in source:
                    taken.append(frame.index)
                    if slow:
                        time.sleep(0.0005)
            except BaseException as error:
                failed.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        while len(taken) < 3:
            time.sleep(0.0001)
        time.sleep(0.00003 * round_)
        source.close()
        reader.join(5)
        assert not reader.is_alive() and not failed and source.tidy == 1
        assert taken == list(range(len(taken)))


def test_animated_pictures_give_all_their_frames(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    frames = [image.fromarray(np.full((32, 48, 3), 40 * i, np.uint8)) for i in range(5)]
    for name in ("a.webp", "a.png"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], duration=40, lossless=True)
        source, got = read_all(tmp_path / name)
        assert [f.timestamp_ms for f in got] == [0, 40, 80, 120, 160] and source.info.num_frames == 5
        assert [int(f.image[0, 0, 0]) for f in got] == [0, 40, 80, 120, 160]  # type: ignore[index]


@pytest.mark.parametrize("name", ["notes.txt", "subtitles.srt", "script.ans", "README", "page.md"])
def test_a_text_file_is_no_video(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("1\n00:00:00,000 --> 00:00:02,000\nhello\n")
    with pytest.raises(FileFormatError, match="not a table"):
        open_source(tmp_path / name)


@pytest.fixture
def webcams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two cameras as Linux shows them: each with a node of pictures and one of what is known about them."""
    monkeypatch.setattr(camera, "_DEV", tmp_path / "dev")
    monkeypatch.setattr(camera, "_VIDEO4LINUX", tmp_path / "sys")
    monkeypatch.setattr(camera.sys, "platform", "linux")
    (tmp_path / "dev").mkdir()
    names = (b"HD Webcam: HD Webcam", b"HD Webcam: HD Webcam", b"Cam Link 4K\xff", b"Cam Link 4K\xff")
    for node, name in zip((0, 1, 2, 10), names):
        (tmp_path / "dev" / f"video{node}").touch()
        about = tmp_path / "sys" / f"video{node}"
        about.mkdir(parents=True)
        (about / "name").write_bytes(name + b"\n")
        (about / "index").write_text(f"{int(node in (1, 10))}\n")
    (tmp_path / "dev" / "video-dec0").touch()
    return tmp_path


def test_one_camera_is_listed_once_under_its_name(webcams: Path) -> None:
    assert camera.camera_devices() == [0, 2]
    assert list(camera.camera_names()) == [0, 2] and camera.camera_names()[0] == "HD Webcam: HD Webcam"
    assert camera.find_camera("hd webcam") == 0 and camera.find_camera("CAM LINK") == 2
    with pytest.raises(SourceError, match=r"present: 0: HD Webcam: HD Webcam, 2: Cam Link 4K"):
        camera.find_camera("brio")
    listed = [c["label"] for c in choices(webcams) if c["group"] == "Cameras"]
    assert len(listed) == 2 and listed[0] == "HD Webcam: HD Webcam (0)"


def test_a_camera_by_name_opens_that_node(webcams: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to OpenCV's own call: the number, and the size asked for."""
    opened: list[int] = []
    cv2 = camera.import_cv2()

    class Capture:
        def __init__(self, index: int, _: int) -> None:
            opened.append(index)

        def isOpened(self) -> bool:
            return True

        def set(self, *_: object) -> None: ...

        def get(self, what: int) -> float:
            return {cv2.CAP_PROP_FRAME_HEIGHT: 48.0, cv2.CAP_PROP_FRAME_WIDTH: 64.0}.get(what, 30.0)

        def read(self) -> tuple[bool, np.ndarray]:
            return True, np.full((48, 64, 3), (10, 20, 30), np.uint8)

        def release(self) -> None: ...

    monkeypatch.setattr(cv2, "VideoCapture", Capture)
    with open_source("camera:cam link") as source:
        first = next(iter(source))
    assert opened == [2] and source.info.image_size == (48, 64)
    np.testing.assert_array_equal(first.image[0, 0], (30, 20, 10))
    with open_source("10") as source:  # the second node by its number: as asked
        assert opened == [2, 10]
    with pytest.raises(SourceError, match=r"no camera 7; present: 0, 2\."):
        open_source("7")
    for node in webcams.joinpath("dev").iterdir():
        node.unlink()
    with pytest.raises(SourceError, match="this machine has no camera"):
        open_source("0")
