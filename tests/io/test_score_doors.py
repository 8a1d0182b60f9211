"""Scores without the names, axes and fields that a reader would like: arrays, bare rows, one channel, five fields."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from motions import path_of, take
from mp2flame.base.channels import ARKIT, BLENDSHAPES, INDEX, ORDERS, bare_name, canonical_name
from mp2flame.base.errors import FileFormatError, InputError
from mp2flame.io.formats import read_motion, write_motion
from mp2flame.io.formats.file_names import SeveralPeopleWarning
from mp2flame.io.formats.score_csv import read_score_csv
from mp2flame.io.formats.score_json import read_score_json
from mp2flame.io.formats.table_time import find_times
from mp2flame.io.options import TableOptions
from mp2flame.io.sources import open_source

COUNT = 90
JAW = 0.5 + 0.4 * np.sin(np.arange(COUNT) / 9)


def seconds(cells: list[str]) -> np.ndarray:
    return np.asarray(find_times({"Timecode": cells}, len(cells), TableOptions()).ms) / 1000


def code(number: int, rate: int) -> str:
    whole, frame = divmod(number + 36_000 * rate, rate)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frame:02d}"


@pytest.mark.parametrize("rate", [12, 15, 24, 25, 30, 48, 50, 60])
@pytest.mark.parametrize("mark", [".", ":", ";"])
@pytest.mark.parametrize("part", ["000", "437", "40", "00", "0"])
def test_a_fifth_field_that_is_part_of_a_frame(rate: int, mark: str, part: str) -> None:
    cells = [f"{code(i, rate)}{mark}{part}" for i in range(3 * rate)]
    np.testing.assert_allclose(seconds(cells), np.arange(3 * rate) / rate, atol=1e-6)


@pytest.mark.parametrize("rate", [24, 25, 30, 60])
def test_a_fifth_field_of_milliseconds_and_days_in_front(rate: int) -> None:
    count = 3 * rate
    cells = [f"{code(i, rate)}:{i % rate * 1000 // rate:03d}" for i in range(count)]
    np.testing.assert_allclose(seconds(cells), np.arange(count) / rate, atol=0.0011)
    start = 14 * 3600 * rate - rate  # a second before midnight of the first day
    cells = []
    for i in range(count):
        day, inside = divmod(start + i + 36_000 * rate, 86_400 * rate)
        cells.append(f"{7 + day:02d}:" + code(inside - 36_000 * rate, rate))
    np.testing.assert_allclose(seconds(cells), np.arange(count) / rate, atol=1e-6)


@pytest.mark.parametrize("half", [".500", ":50", ":40", ":1", ";50"])
def test_two_rows_a_frame_by_the_fifth_field(half: str) -> None:
    """Hundredths, eightieths of sound programs, and the number of the field."""
    none = half[0] + "0" * (len(half) - 1)
    cells = [code(i // 2, 30) + (half if i % 2 else none) for i in range(COUNT)]
    np.testing.assert_allclose(seconds(cells), np.arange(COUNT) / 60, atol=1e-6)


def test_drop_frames_with_a_fifth_field() -> None:
    cells = []
    for i in range(60):
        second, frame = divmod(i + 30 * 59, 30)
        cells.append(f"00:{second // 60:02d}:{second % 60:02d};{frame + 2 * (second // 60):02d}:000")
    cells = [c for c in cells if int(c.split(";")[1][:2]) < 30]
    np.testing.assert_allclose(seconds(cells), np.arange(len(cells)) * 1.001 / 30, atol=1e-6)


@pytest.mark.parametrize(
    "around", ["ARBlendShapeLocation{C}", "BlendShape{C}", "{c}_weight", "{c} score", 'morphs["{c}"]', "w[{c}]",
               "ARKit_{c}", "blendShape1.{c}", "{c} (0-1)"],
)  # fmt: skip
def test_what_programs_put_around_a_name(tmp_path: Path, around: str) -> None:
    names = [around.format(c=n, C=n[0].upper() + n[1:]) for n in ARKIT]
    assert [canonical_name(bare_name(n)) for n in names] == list(ARKIT)
    rows = [",".join(["time", *names])]
    rows += [
        ",".join([f"{i / 60:.5f}", *(f"{JAW[i] * (n == 'jawOpen'):.6f}" for n in ARKIT)])
        for i in range(COUNT)
    ]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    table = read_score_csv(tmp_path / "t.csv")
    np.testing.assert_allclose(table.weights[:, INDEX["jawOpen"]], JAW, atol=1e-5)
    assert bare_name("jawOpen velocity") == "jawOpen velocity"


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form", ["rows", "columns", "batch", "middle", "percent", "fortran"])
def test_arrays_of_any_axes(tmp_path: Path, order: str, form: str) -> None:
    names = ORDERS[order]
    values = np.tile(np.float32(0.01), (COUNT, len(names)))
    values[:, [n.lower() for n in names].index("jawopen")] = JAW
    given = {
        "rows": values, "columns": values.T, "batch": values[None], "middle": values[:, None],
        "percent": np.round(values * 100).astype(np.uint8), "fortran": np.asfortranarray(values.astype(np.float64)),
    }[form]  # fmt: skip
    np.save(tmp_path / "t.npy", given)
    with open_source(tmp_path / "t.npy", channels=order, kind="arkit", fps=60) as source:
        frames = list(source)
    found = [frame.arkit_weights[INDEX["jawOpen"]] for frame in frames if frame.arkit_weights is not None]
    np.testing.assert_allclose(found, JAW, atol=0.006 if form == "percent" else 1e-6)


@pytest.mark.parametrize("key", ["blendshapes", "blendshape_scores", "bs", "data", "arr_0"])
@pytest.mark.parametrize("names", ["names", "blendshape_names", "columns"])
@pytest.mark.parametrize("rate", ["fps", "frame_rate", "frameRate"])
def test_archives_by_any_names(tmp_path: Path, key: str, names: str, rate: str) -> None:
    np.savez(
        tmp_path / "t.npz", **{key: np.tile(JAW[:, None], (1, 52)), names: np.array(BLENDSHAPES), rate: 50}
    )
    with open_source(tmp_path / "t.npz") as source:
        assert [f.timestamp_ms for f in source] == pytest.approx(np.arange(COUNT) * 20)


def test_flame_coefficients_are_no_scores(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", exp=np.zeros((9, 52), np.float32), pose=np.zeros((9, 6), np.float32))
    with pytest.raises(FileFormatError, match="mp2flame convert"):
        open_source(tmp_path / "t.npz")


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_rows_without_a_header(tmp_path: Path, mark: str, before: int) -> None:
    rows = []
    for i in range(COUNT):
        cells = [*[f"{i / 25:.5f}", str(i)][:before], *(f"{JAW[i] * (n == 'jawOpen'):.6f}" for n in ARKIT)]
        rows.append(mark.join(c.replace(".", ",") if mark == ";" else c for c in cells))
    (tmp_path / "t.csv").write_text("\n".join(rows))
    with pytest.raises(InputError, match="--channels"):
        read_score_csv(tmp_path / "t.csv")
    with pytest.raises(InputError, match="beat51"):
        read_score_csv(tmp_path / "t.csv", TableOptions(channels="livelink_csv"))
    table = read_score_csv(tmp_path / "t.csv", TableOptions(channels="arkit"))
    np.testing.assert_allclose(table.weights[:, INDEX["jawOpen"]], JAW, atol=1e-5)
    assert table.fps == pytest.approx(25 if before else 30, rel=1e-3)
    take = read_motion(tmp_path / "t.csv", format="mediapipe-csv", channels="arkit", kind="arkit").recording
    np.testing.assert_allclose(take.arkit_weights[:, INDEX["jawOpen"]], JAW, atol=1e-5)


@pytest.mark.parametrize("form", ["csv", "json", "json columns", "jsonl"])
def test_a_table_of_one_channel(tmp_path: Path, form: str) -> None:
    path = tmp_path / ("t.csv" if form == "csv" else "t.json")
    rows = [{"time": i / 60, "jawOpen": float(JAW[i])} for i in range(COUNT)]
    path.write_text({
        "csv": "time,jawOpen\n" + "\n".join(f"{r['time']:.6f},{r['jawOpen']:.6f}" for r in rows),
        "json": json.dumps(rows),
        "json columns": json.dumps({"fps": 60, "jawOpen": JAW.tolist()}),
        "jsonl": "\n".join(map(json.dumps, rows)),
    }[form])  # fmt: skip
    with open_source(path) as source:
        frames = list(source)
    np.testing.assert_allclose([f.timestamp_ms for f in frames], np.arange(COUNT) / 0.06, atol=0.01)
    assert read_motion(path).num_frames == COUNT


def test_a_list_of_categories_a_frame(tmp_path: Path) -> None:
    """What ``faceBlendshapes[0].categories`` gives, frame after frame, without a word around it."""
    frames = [
        [{"categoryName": n, "score": float(JAW[i]) * (n == "jawOpen")} for n in BLENDSHAPES]
        for i in range(COUNT)
    ]
    (tmp_path / "t.json").write_text(json.dumps(frames))
    table = read_score_json(tmp_path / "t.json")
    assert table.kind == "mediapipe"
    np.testing.assert_allclose(table.weights[:, INDEX["jawOpen"]], JAW, atol=1e-6)


def test_whole_milliseconds_give_the_rate_that_was_meant(tmp_path: Path) -> None:
    rows = ["time_ms,jawOpen,jawForward", *(f"{i * 1000 // 60},0.1,0.2" for i in range(COUNT))]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    assert read_score_csv(tmp_path / "t.csv").fps == pytest.approx(60, rel=1e-3)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    from PIL import Image

    folder = tmp_path / "some thing (1)"
    folder.mkdir()
    for name in ("b 2.png", "b 10.png", "ä.png"):
        Image.new("RGB", (40, 30)).save(folder / name)
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"inner/{file.name}")
    return tmp_path


def test_a_zip_of_pictures_or_of_a_table_is_a_source(packed: Path) -> None:
    with open_source(packed / "pictures.zip") as source:
        assert "pictures.zip" in source.info.description or "inner" in source.info.description
        for _ in range(2):  # it can be gone through again
            assert [f.image.shape for f in source if f.image is not None] == [(30, 40, 3)] * 3
    rows = ["time,jawOpen,jawForward", *(f"{i / 60},{JAW[i]},0" for i in range(COUNT))]
    (packed / "t.csv").write_text("\n".join(rows))
    with zipfile.ZipFile(packed / "table.zip", "w") as archive:
        archive.write(packed / "t.csv", "t.csv")
    with open_source(packed / "table.zip", fps=10) as source:
        assert [f.timestamp_ms for f in source][:2] == [0, 100]
    with zipfile.ZipFile(packed / "notes.zip", "w") as archive:
        archive.writestr("notes.md", "nothing")
        archive.writestr("more.md", "nothing")
    with pytest.raises(FileFormatError, match="notes"):
        open_source(packed / "notes.zip")


@pytest.mark.parametrize("ending", ["npz", "zip", "bak", ""])
def test_arrays_are_known_by_their_content(tmp_path: Path, ending: str) -> None:
    take().recording.save(tmp_path / "t.npz")
    (tmp_path / "t.npz").rename(tmp_path / f"x.{ending}".rstrip("."))
    with open_source(tmp_path / f"x.{ending}".rstrip(".")) as source:
        assert source.info.kind == "take" and len(list(source)) == take().num_frames


def test_takes_of_others_are_driven_by_their_scores_or_sent_to_render(tmp_path: Path) -> None:
    write_motion(take(), tmp_path / "tracked", "flame-head-tracker")
    with open_source(tmp_path / "tracked") as source:
        frames = list(source)
    np.testing.assert_array_equal([f.blendshapes for f in frames], take().recording.blendshapes)
    for format in ("gaussian-avatars", "pixel3dmm", "smplx"):
        path = path_of(tmp_path, format, format)
        write_motion(take(), path, format)
        with pytest.raises(FileFormatError, match=f"{format} take.*mp2flame render"):
            open_source(path)


def test_pictures_whose_names_say_whose_they_are(tmp_path: Path) -> None:
    from PIL import Image

    for i in range(3):
        for person in (0, 1):
            Image.new("RGB", (8, 8), (60 * i, 200 * person, 0)).save(tmp_path / f"frame{i}_face{person}.png")
            Image.new("RGB", (8, 8)).save(tmp_path / f"frame{i}_face{person}.png.tmp", "png")
    with pytest.warns(SeveralPeopleWarning), open_source(tmp_path) as source:
        seen = [tuple(f.image[0, 0]) for f in source if f.image is not None]
    assert seen == [(0, 0, 0), (60, 0, 0), (120, 0, 0)]
