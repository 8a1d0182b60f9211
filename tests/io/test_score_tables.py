"""Tables of scores as people have them: any column of time, any unit, any rate, any spreadsheet's country."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motions import path_of, take
from mp2flame.base.channels import ARKIT, BLENDSHAPES, IFACIALMOCAP, INDEX, LIVELINK_CSV
from mp2flame.base.errors import FileFormatError, InputError, Mp2FlameError
from mp2flame.io.formats import FORMATS, WEIGHT_FORMATS, read_motion, write_motion
from mp2flame.io.formats.face_cap import read_face_cap
from mp2flame.io.formats.score_csv import read_score_csv
from mp2flame.io.formats.score_json import read_score_json
from mp2flame.io.formats.score_table import ScoreTable
from mp2flame.io.formats.table_time import find_times
from mp2flame.io.options import TableOptions
from mp2flame.io.sources import open_source

COUNT = 150
JAW = 0.5 + 0.4 * np.sin(np.arange(COUNT) / 9)


def times(columns: dict[str, list[Any]], **wish: Any) -> np.ndarray:
    count = len(next(iter(columns.values())))
    return np.asarray(find_times(columns, count, TableOptions(**wish)).ms) / 1000


def code(
    frame: float, nominal: int, behind: Callable[[float], str] = lambda _: "", drop: bool = False
) -> str:
    """Timecode of the frame with this number at a nominal rate."""
    number = int(frame)
    if drop:  # SMPTE: the first two (four) numbers of a minute are left out, except every tenth
        left_out = nominal // 15
        ten, rest = divmod(number, nominal * 600 - 9 * left_out)
        number += 9 * left_out * ten + left_out * max(0, (rest - left_out) // (nominal * 60 - left_out))
    seconds, part = divmod(number, nominal)
    mark = ";" if drop else ":"
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}{mark}{part:02d}{behind(number / nominal)}"


@pytest.mark.parametrize("rate", [8, 12, 15, 18, 23, 24, 25, 30, 47, 48, 50, 60, 72, 90, 100, 120, 144, 240])
def test_timecodes_at_any_rate(rate: int) -> None:
    for count, start in ((3 * rate, 0), (4 * rate + 3, 86_400 * rate - rate)):
        cells = [code((start + i) % (86_400 * rate), rate) for i in range(count)]
        np.testing.assert_allclose(times({"Timecode": cells}), np.arange(count) / rate, atol=1e-6)


@pytest.mark.parametrize(("nominal", "rate"), [(30, 30 / 1.001), (60, 60 / 1.001)])
def test_drop_frame_timecodes_keep_real_time(nominal: int, rate: float) -> None:
    start = round(59 * 60 * rate)  # over a minute that drops and one that does not
    cells = [code(start + i, nominal, drop=True) for i in range(nominal * 130)]
    np.testing.assert_allclose(times({"Timecode": cells}), np.arange(len(cells)) / rate, atol=1e-6)


@pytest.mark.parametrize("rate", [24, 25, 30, 60])
@pytest.mark.parametrize(
    "spelling", ["{}.000/{r}", "{}/{r}", "{}@{r}", "{} @ {r} fps", "{} ({r} fps)", "dot"]
)
def test_a_rate_behind_the_timecode_and_frames_behind_a_point(spelling: str, rate: int) -> None:
    """``10:00:00:00.000/30`` of an Unreal export; ``HH:MM:SS.FF`` counts frames when each number below a rate occurs."""
    codes = [code(36_000 * rate + i, rate) for i in range(3 * rate)]
    if spelling == "dot":
        cells = [".".join(c.rsplit(":", 1)) for c in codes]
    else:
        cells = [spelling.format(c, r=rate) for c in codes]
    np.testing.assert_allclose(times({"Timecode": cells}), np.arange(3 * rate) / rate, atol=1e-6)


def test_a_rate_behind_the_timecode_says_more_than_the_rows() -> None:
    """Half a second of film has no border that could tell the rate; 29.97 without drops runs slower than its code."""
    np.testing.assert_allclose(
        times({"Timecode": [f"10:00:00:{i:02d}/25" for i in range(12)]}), np.arange(12) / 25, atol=1e-9
    )
    cells = [f"{code(i, 30)}@29.97" for i in range(90)]
    np.testing.assert_allclose(times({"Timecode": cells}), np.arange(90) / 29.97, atol=1e-9)
    hundredths = [f"10:00:{i * 10 // 300:02d}.{i * 10 % 300 // 3:02d}" for i in range(90)]
    np.testing.assert_allclose(times({"Timecode": hundredths}), np.arange(90) / 30, atol=0.01)


@pytest.mark.parametrize(
    "spelling", ["{ms:.3f}ms", "{s:.6f} s", "{s:.6f} sec", "0h00m{s:.6f}s", "1.10:00:{s:09.6f}"]
)
def test_times_with_their_unit_in_the_cell(spelling: str) -> None:
    cells = [spelling.format(s=i / 30, ms=i * 1000 / 30) for i in range(90)]
    np.testing.assert_allclose(times({"t": cells}), np.arange(90) / 30, atol=1e-5)


def test_every_second_row_and_lost_rows_of_a_timecode() -> None:
    rows = np.sort(np.random.default_rng(0).choice(1200, 700, replace=False))
    np.testing.assert_allclose(
        times({"Timecode": [code(i, 60) for i in rows]}), (rows - rows[0]) / 60, atol=1e-6
    )
    cells = [code(2 * i, 60, lambda _: ".500") for i in range(200)]
    np.testing.assert_allclose(times({"Timecode": cells}), np.arange(200) / 30, atol=1e-6)


@pytest.mark.parametrize("rate", [15, 24, 25, 30, 50, 60, 120])
def test_milliseconds_in_either_field(rate: int) -> None:
    want = np.arange(3 * rate) / rate
    of_second = [code(i, rate, lambda s: f".{int(s % 1 * 1000 + 1e-6):03d}") for i in range(3 * rate)]
    np.testing.assert_allclose(times({"Timecode": of_second}), want, atol=0.0011)
    ms = np.floor(want * 1000 + 1e-6)
    in_field = [f"00:00:{int(m // 1000):02d}:{int(m % 1000):03d}.{i % 1000:03d}" for i, m in enumerate(ms)]
    np.testing.assert_allclose(times({"Timecode": in_field}), ms / 1000, atol=1e-9)
    # behind the point: part of a frame, which hardly changes
    part = [code(i, rate, lambda _: ".250") for i in range(3 * rate)]
    np.testing.assert_allclose(times({"Timecode": part}), want, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["timestamp", "Time", "t", "Timestamp (ms)", "time_ms", "timeMs", "TimeMS", "t[ms]", "elapsed_ms",
             "Zeit", "Horodatage", "时间", "capture"],
)  # fmt: skip
@pytest.mark.parametrize("rate", [10, 24, 30, 60, 120])
def test_milliseconds_under_any_name(name: str, rate: int) -> None:
    ms = np.round(np.arange(COUNT) * 1000 / rate)
    for first in (0, 1_700_000_000_123):
        cells = [str(int(first + m)) for m in ms]
        np.testing.assert_allclose(
            times({"frame": list(map(str, range(COUNT))), name: cells}), ms / 1000, atol=1e-6
        )


@pytest.mark.parametrize(
    ("name", "scale"), [("time", 1), ("seconds", 1), ("Time (s)", 1), ("timestamp_us", 1e6), ("t_ns", 1e9),
                        ("stamp", 1e6), ("clock", 1e9), ("time_min", 1 / 60), ("timeCode", 1), ("Zeit", 1)],
)  # fmt: skip
@pytest.mark.parametrize("rate", [5, 29.97, 60, 200])
def test_other_units(name: str, scale: float, rate: float) -> None:
    seconds = np.arange(COUNT) / rate
    cells = [repr(float(s * scale)) for s in seconds]
    np.testing.assert_allclose(times({name: cells}), seconds, atol=1e-6)


def test_a_unit_in_the_name_that_cannot_be_is_not_believed() -> None:
    seconds = np.arange(COUNT) / 30
    found = find_times({"time_ms": seconds.tolist()}, COUNT, TableOptions())
    np.testing.assert_allclose(found.ms, seconds * 1000, atol=1e-6)
    assert "although" in found.said


def test_clocks_and_dates() -> None:
    seconds = 86399.5 + np.arange(COUNT) / 30  # over midnight

    def clock(s: float, form: str) -> str:
        day, s = divmod(s, 86400)
        h, m = int(s // 3600), int(s // 60) % 60
        return form.format(
            d=12 + int(day), h=h, m=m, s=s % 60, half="PM" if h >= 12 else "AM", h12=(h - 1) % 12 + 1
        )

    for form in ("{h:02d}:{m:02d}:{s:06.3f}", "2026-05-{d}T{h:02d}:{m:02d}:{s:09.6f}Z", "2026/05/{d} {h:02d}:{m:02d}:{s:06.3f}",
                 "{d}.05.2026 {h:02d}:{m:02d}:{s:06.3f}+02:00", "{h12}:{m:02d}:{s:06.3f} {half}"):  # fmt: skip
        cells = [clock(s, form) for s in seconds]
        np.testing.assert_allclose(
            times({"Timestamp": cells}), seconds - seconds[0], atol=0.0006, err_msg=form
        )
        np.testing.assert_allclose(
            times({"when": [c.replace(".", ",") if "." in c[-9:] else c for c in cells]}), seconds - seconds[0], atol=0.0006
        )  # fmt: skip


@pytest.mark.parametrize("rate", [15, 30, 60])
def test_a_clock_of_whole_seconds_is_spread_and_may_wrap(rate: int) -> None:
    count, want = 70 * rate, np.arange(70 * rate) / rate
    for start in (0.0, 0.4, 1_700_000_000.7):
        whole = np.floor(start + want)
        np.testing.assert_allclose(
            times({"timestamp": [f"{w:.0f}" for w in whole]}), want, atol=0.6 / rate + 1e-6
        )
    minute = [f"{w:.0f}" for w in np.floor(17 + want) % 60]
    np.testing.assert_allclose(times({"seconds": minute}), want, atol=1e-6)
    assert len(minute) == count
    of_second = np.round((want * 1000) % 1000).astype(int)
    np.testing.assert_allclose(times({"ms": of_second.tolist()}), want, atol=0.001)
    clock = [f"{int(s) // 60:02d}:{int(s) % 60:02d}" for s in want]
    np.testing.assert_allclose(times({"time": clock}), want, atol=1e-6)


def test_irregular_times_stay_as_they_are() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        seconds = np.r_[0, np.cumsum(rng.exponential(0.05, 40) + 0.003)]
        np.testing.assert_allclose(times({"timeCode": [f"{s:.6f}" for s in seconds]}), seconds, atol=1e-6)
        np.testing.assert_allclose(
            times({"time": [f"{s * 1000:.0f}" for s in seconds]}), seconds, atol=0.0011
        )


def test_which_column_and_what_overrules() -> None:
    seconds = np.arange(COUNT) / 25
    columns = {
        "dt": [0.04] * COUNT, "date": ["Monday"] * COUNT, "wall_time": [str(1_700_000_000 + int(s)) for s in seconds],
        "session time": ["0"] * COUNT, "time_us": [f"{s * 1e6:.0f}" for s in seconds], "note": ["a"] * COUNT,
    }  # fmt: skip
    found = find_times(columns, COUNT, TableOptions())
    assert found.column == "time_us" and "time_us" in found.said and "microseconds" in found.said
    np.testing.assert_allclose(found.ms, seconds * 1000, atol=1e-3)
    np.testing.assert_allclose(times(columns, fps=50), np.arange(COUNT) / 50)
    np.testing.assert_allclose(
        times({"x": (seconds * 1000).tolist()}, time_column="x", time_unit="s"), seconds * 1000
    )
    with pytest.raises(InputError, match="no column 'nope'"):
        times(columns, time_column="nope")
    with pytest.raises(FileFormatError, match="frame 3"):
        times({"time": ["0", "1", "2", "x"]})
    assert find_times({"time": list(range(COUNT))}, COUNT, TableOptions(), stated_fps=24).ms[24] == 1000
    missing = [i for i in range(COUNT) if i % 7]
    np.testing.assert_allclose(times({"frame": missing}, fps=None), (np.array(missing) - 1) / 30)


# -- text ---------------------------------------------------------------------------------------------


def table_text(delimiter: str = ",", decimal: str = ".", names: tuple[str, ...] = LIVELINK_CSV) -> str:
    head = ["Timecode", "BlendShapeCount", *names]
    rows = []
    for i, jaw in enumerate(JAW):
        values = [f"{jaw:.6f}" if n == "JawOpen" else "0.000000" for n in names]
        rows.append([code(i, 60, lambda _: ".000"), str(len(names)), *values])
    lines = [head, *rows]
    return "\n".join(delimiter.join(c.replace(".", decimal) for c in line) for line in lines) + "\n"


def check(table: ScoreTable, seconds: np.ndarray | None = None, jaw: np.ndarray = JAW) -> None:
    seconds = np.arange(COUNT) / 60 if seconds is None else seconds
    np.testing.assert_allclose(table.timestamp_ms / 1000, seconds, atol=0.002)
    np.testing.assert_allclose(table.weights[:, INDEX["jawOpen"]], jaw, atol=1e-4)


@pytest.mark.parametrize(
    ("delimiter", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ","), ("\t", "."), ("|", ",")]
)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_any_spreadsheet(tmp_path: Path, delimiter: str, decimal: str, encoding: str) -> None:
    (tmp_path / "t.csv").write_bytes(table_text(delimiter, decimal).encode(encoding))
    check(read_score_csv(tmp_path / "t.csv"))
    assert read_motion(tmp_path / "t.csv").format == "livelink-csv"


def test_what_spreadsheets_put_around_a_table(tmp_path: Path) -> None:
    text = table_text(";", ",")
    for before in ("sep=;\r\n", "# made by hand\n\n", "Take 5;;;\nCamera A\n"):
        (tmp_path / "t.txt").write_bytes((before + text.replace("\n", "\r\n")).encode("utf-8-sig"))
        with open_source(tmp_path / "t.txt") as source:
            assert len(list(source)) == COUNT
    quoted = "\n".join(",".join(f'"{c}"' for c in line.split(";")) for line in text.splitlines())
    (tmp_path / "q.csv").write_text(quoted)
    check(read_score_csv(tmp_path / "q.csv"))


def test_strangers_are_left_out_with_a_word(tmp_path: Path) -> None:
    names = (*LIVELINK_CSV, "Angry", "Neutral", "Happy", "my own")
    text = table_text(names=names).replace(",0.000000\n", ",25.0\n")
    (tmp_path / "shapes.csv").write_text(text)
    table = read_score_csv(tmp_path / "shapes.csv")
    check(table)
    assert any("Angry" in n and "Neutral" in n and "my own" in n for n in table.notes)
    (tmp_path / "u.csv").write_text(table_text().replace("BlendShapeCount", "NumProperties"))
    check(read_score_csv(tmp_path / "u.csv"))
    assert read_motion(tmp_path / "u.csv").format == "livelink-csv"


@pytest.mark.parametrize("before", ["ARKit_", "face/", "my face ", "bs:", "Blend-Shapes-"])
def test_words_before_the_names(tmp_path: Path, before: str) -> None:
    rows = table_text(names=LIVELINK_CSV[:52]).split("\n", 1)[1]
    names = ["Timecode", "Note", *(before + n for n in LIVELINK_CSV[:52])]
    text = ",".join(names) + "\n" + rows
    (tmp_path / "t.csv").write_text(text)
    assert read_motion(tmp_path / "t.csv").format == "mediapipe-csv"
    check(read_score_csv(tmp_path / "t.csv", TableOptions(keep_sides=True)))
    plain = text.replace(before + "JawOpen", "jawOpen", 1).replace(before + "TongueOut", "tongueOut", 1)
    (tmp_path / "p.csv").write_text(plain)  # who has names of its own is not looked through for others
    table = read_score_csv(tmp_path / "p.csv")
    if before not in ("face/", "bs:"):
        assert any(before.strip() in note for note in table.notes)


def test_percent_units_under_the_header_and_drop_frames_with_colons(tmp_path: Path) -> None:
    rows = [",".join(["time", *ARKIT]), ",".join(["ms", *["-"] * 52])]
    rows += [
        ",".join([f"{i * 1000 / 60:.3f}", *[f"{100 * JAW[i] * (n == 'jawOpen'):.4f}" for n in ARKIT]])
        for i in range(COUNT)
    ]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    table = read_score_csv(tmp_path / "t.csv")
    check(table)
    assert any("percent" in note for note in table.notes) and any(
        "'time (ms)'" in note for note in table.notes
    )
    (tmp_path / "one.csv").write_text("\n".join(rows[:2] + ["0" + ",0.9" * 52, "17" + ",0.5" * 51 + ",80"]))
    with pytest.raises(FileFormatError, match="found 80"):  # one large number is none
        read_score_csv(tmp_path / "one.csv")
    for nominal in (30, 60):
        rate = nominal / 1.001
        start = round(59 * 60 * rate)
        cells = [code(start + i, nominal, drop=True).replace(";", ":") for i in range(nominal * 130)]
        np.testing.assert_allclose(times({"Timecode": cells}), np.arange(len(cells)) / rate, atol=1e-6)
        plain = [code(nominal * 3595 + i, nominal) for i in range(nominal * 130)]
        np.testing.assert_allclose(times({"Timecode": plain}), np.arange(len(plain)) / nominal, atol=1e-6)


@pytest.mark.parametrize("eyes", ["positions", "angles", "zero"])
@pytest.mark.parametrize("count", [51, 61])
def test_a_known_header_by_another_writer(tmp_path: Path, count: int, eyes: str) -> None:
    given = {
        "positions": (0.56, 0.41, 0, 0.44, 0.41, 0),
        "angles": (-0.2, 0.1, 0, -0.2, 0.1, 0),
        "zero": (0,) * 6,
    }[eyes]
    values = dict.fromkeys(LIVELINK_CSV, 0.0) | dict(zip(LIVELINK_CSV[-6:], given)) | {"JawLeft": 0.3}
    lines = ["Timecode,BlendShapeCount," + ",".join(LIVELINK_CSV)]
    lines += [f"{code(i, 60)}.000,{count}," + ",".join(map(str, values.values())) for i in range(COUNT)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    table = read_score_csv(tmp_path / "t.csv")
    from_film = count == 51 or eyes == "positions"
    assert table.kind == ("mediapipe" if from_film else "arkit")
    assert table.weights[0, INDEX["jawLeft" if from_film else "jawRight"]] == pytest.approx(0.3)
    assert any("MediaPipe" in note for note in table.notes) == from_film
    if from_film:
        assert table.eye_pose is not None and np.abs(table.eye_pose).max() < 0.01
    elif eyes == "angles":
        assert table.eye_pose is not None and table.eye_pose[0, 1] > 0.19
    assert read_score_csv(tmp_path / "t.csv", TableOptions(kind="arkit")).kind == "arkit"


def test_audio2face_tables_are_weights(tmp_path: Path) -> None:
    names = [f"blendShapes.{n[0].upper()}{n[1:]}" for n in ARKIT if n != "tongueOut"]
    lines = [",timeCode," + ",".join(names)]
    lines += [
        f"{i},{i / 60:.6f}," + ",".join(f"{j if 'JawOpen' in n else 0}" for n in names)
        for i, j in enumerate(JAW)
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    table = read_score_csv(tmp_path / "a.csv")
    check(table)
    assert table.kind == "arkit"


@pytest.mark.parametrize("suffix", [".csv", ".json"])
@pytest.mark.parametrize(
    ("cheeks", "scale", "kind"), [(0.002, 1, "mediapipe"), (0.3, 1, "arkit"), (0.3, 100, "arkit")]
)
def test_names_that_two_programs_share_are_settled_by_their_values(
    tmp_path: Path, cheeks, scale, kind, suffix
) -> None:
    """Neither _neutral nor tongueOut: MediaPipe's cheekPuff and noseSneer never move, an iPhone's do."""
    names = list(BLENDSHAPES[1:])
    rng = np.random.default_rng(0)
    values = rng.uniform(0.02, 0.9, (60, 51))
    for name in ("cheekPuff", "noseSneerLeft", "noseSneerRight"):
        values[:, names.index(name)] = rng.uniform(0, cheeks, 60)
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        rows = [
            ",".join([f"{i / 30:.4f}", *(f"{scale * v:.6f}" for v in row)]) for i, row in enumerate(values)
        ]
        path.write_text("\n".join(["time," + ",".join(names), *rows]))
        table = read_score_csv(path)
    else:
        path.write_text(
            json.dumps(
                [{"time": i / 30, **dict(zip(names, (scale * row).tolist()))} for i, row in enumerate(values)]
            )
        )
        table = read_score_json(path)
    assert table.kind == kind and any("--kind" in note for note in table.notes)
    np.testing.assert_allclose(table.weights[:, 1:], values, atol=1e-4)


def test_other_names_are_refused_with_the_way_out(tmp_path: Path) -> None:
    facs = [
        "innerBrowRaiserL",
        "innerBrowRaiserR",
        "jawDrop",
        "lipCornerPullerL",
        "cheekPuffL",
        "cheekPuffR",
        "pucker",
    ]
    (tmp_path / "f.json").write_text(
        json.dumps({"facsNames": facs, "weightMat": [[0.1] * 7] * 3, "exportFps": 60})
    )
    (tmp_path / "f.csv").write_text("timeCode," + ",".join(facs) + "\n0" + ",0.1" * 7)
    for name in ("f.json", "f.csv"):
        with pytest.raises(FileFormatError, match="ARKit"):
            open_source(tmp_path / name)


def test_face_cap(tmp_path: Path) -> None:
    ms = np.floor(np.arange(COUNT) * 1000 / 60)
    lines = ["info,x,60,1.5", "bs," + ",".join(IFACIALMOCAP)]
    for m, jaw in zip(ms, JAW):
        values = [jaw if n == "jawOpen" else 0.4 if n == "tongueOut" else 0 for n in IFACIALMOCAP]
        lines.append(f"k,{m:.0f},0,0,-0.4,2,10,0,1,2,1,2," + ",".join(map(str, values)))
    (tmp_path / "t.txt").write_text("\n".join(lines) + "\nk,99999,0,0")
    table = read_face_cap(tmp_path / "t.txt")
    check(table, ms / 1000)
    assert table.head_orient is not None and table.extras["tongueOut"][0] == pytest.approx(0.4)
    with open_source(tmp_path / "t.txt") as source:
        assert len(list(source)) == COUNT
    in_seconds = [",".join([k, f"{float(x) / 1000:.5f}", rest]) if k == "k" else line for line in lines
                  for k, x, rest in [(*line.split(",", 2), "", "")[:3]]]  # fmt: skip
    (tmp_path / "s.txt").write_text("\n".join(in_seconds))
    check(read_face_cap(tmp_path / "s.txt"), ms / 1000)
    lines[40] = lines[40][:60]
    (tmp_path / "t.txt").write_text("\n".join(lines))
    with pytest.raises(FileFormatError, match="line 41"):
        read_face_cap(tmp_path / "t.txt")


# -- JSON ---------------------------------------------------------------------------------------------


def named(i: int, names: tuple[str, ...] = BLENDSHAPES) -> dict[str, float]:
    return {name: float(JAW[i]) if name.lower() == "jawopen" else 0.0 for name in names}


def layouts() -> dict[str, Any]:
    ms = [round(i * 1000 / 60, 3) for i in range(COUNT)]
    web = [[{"index": k, "score": v, "categoryName": n, "displayName": ""} for k, (n, v) in enumerate(named(i).items())]
           for i in range(COUNT)]  # fmt: skip
    lists = {n: [named(i)[n] for i in range(COUNT)] for n in BLENDSHAPES}
    values = np.array([list(named(i, ARKIT).values()) for i in range(COUNT)]).tolist()
    return {
        "dict per frame": {"frames": [{"time": m / 1000, "blendShapes": named(i, ARKIT)} for i, m in enumerate(ms)]},
        "flat rows": [{"timestamp_ms": m, **named(i)} for i, m in enumerate(ms)],
        "deep": {"data": {"recording": [{"meta": {"t": m}, "face": {"scores": named(i)}} for i, m in enumerate(ms)]}},
        "lists": {"startTime": 1_700_000_000_000, "endTime": 1_700_000_000_000 + ms[-1], "blendshapes": lists},
        "lists with times": {"timestamps": ms, "channels": lists},
        "lists with rate": {"frameRate": 60, "channels": lists},
        "web": [{"timestamp": m, "faceBlendshapes": [{"categories": w}]} for m, w in zip(ms, web)],
        "web in results": {"results": [{"ts": m, "result": {"faceBlendshapes": [{"categories": w}]}} for m, w in zip(ms, web)]},
        "python": [{"timestamp_ms": m, "face_blendshapes": [[{"category_name": c["categoryName"], "score": c["score"]}
                                                            for c in w]]} for m, w in zip(ms, web)],
        "audio2face": {"exportFps": 60.0, "facsNames": list(ARKIT), "weightMat": values},
        "a2e": {"names": list(ARKIT), "metadata": {"fps": 60}, "frames": [{"weights": v} for v in values]},
        "matrix first": {"time": [m / 1000 for m in ms], "weights": values, "channels": list(ARKIT)},
        "row a name": {"frameRate": "60", "blendShapeNames": list(ARKIT), "weights": np.transpose(values).tolist()},
        "by number": {str(i): named(i, ARKIT) | {"time": m / 1000} for i, m in reversed(list(enumerate(ms)))},
        "by time": {f"{m / 1000:.4f}": named(i, ARKIT) for i, m in enumerate(ms)},
        "numbers as text": [{"time": f"{m / 1000:.4f}", **{k: f"{v:.5f}" for k, v in named(i, ARKIT).items()}}
                            for i, m in enumerate(ms)],
        "pairs": [{"time": m / 1000, "shapes": [[k, v] for k, v in named(i, ARKIT).items()]} for i, m in enumerate(ms)],
        "prefixed": [{"time": m / 1000, "shapes": {f"ARKit_{k}": v for k, v in named(i, ARKIT).items()}}
                     for i, m in enumerate(ms)],
        "percent": [{"time": m / 1000, **{k: 100 * JAW[i] if k == "jawOpen" else 0.0 for k in ARKIT}}
                    for i, m in enumerate(ms)],
        "data frame, split": {"columns": ["time_ms", *ARKIT], "index": list(range(COUNT)),
                              "data": [[m, *v] for m, v in zip(ms, values)]},
        "data frame, columns": {"time_ms": {str(i): m for i, m in enumerate(ms)},
                                **{n: {str(i): values[i][k] for i in range(COUNT)} for k, n in enumerate(ARKIT)}},
    }  # fmt: skip


@pytest.mark.parametrize("name", layouts())
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_in_any_layout(tmp_path: Path, name: str, encoding: str) -> None:
    (tmp_path / "t.json").write_bytes(json.dumps(layouts()[name]).encode(encoding))
    check(read_score_json(tmp_path / "t.json"))
    assert read_motion(tmp_path / "t.json").num_frames == COUNT
    with open_source(tmp_path / "t.json", fps=10) as source:
        assert [f.timestamp_ms for f in source][:3] == [0, 100, 200]


def test_json_of_one_object_a_line(tmp_path: Path) -> None:
    rows = [json.dumps({"t": i / 60, **named(i)}) for i in range(COUNT)]
    (tmp_path / "t.jsonl").write_text("\n".join(rows))
    with open_source(tmp_path / "t.jsonl") as source:
        assert len(list(source)) == COUNT


def test_mediapipe_web_results_bring_landmarks_and_matrix(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    points, matrix = rng.random((3, 478, 3)), np.eye(4)
    matrix[:3, 3] = 1, 2, -40
    frames: list[dict[str, Any]] = [
        {"timestamp": 33 * i, "faceBlendshapes": [{"categories": [{"categoryName": n, "score": v} for n, v in named(i).items()]}],
         "faceLandmarks": [[dict(zip("xyz", p)) for p in points[i].tolist()]],
         "facialTransformationMatrixes": [{"rows": 4, "columns": 4, "data": matrix.T.reshape(-1).tolist()}]}
        for i in range(3)
    ]  # fmt: skip
    frames[1].update(faceBlendshapes=[], faceLandmarks=[], facialTransformationMatrixes=[])
    (tmp_path / "t.json").write_text(json.dumps({"videoWidth": 640, "videoHeight": 480, "results": frames}))
    table = read_score_json(tmp_path / "t.json")
    assert table.detected.tolist() == [True, False, True] and table.kind == "mediapipe"
    assert table.landmarks is not None and table.face_matrix is not None and table.image_size == (480, 640)
    np.testing.assert_allclose(table.landmarks[2], points[2], atol=1e-6)
    np.testing.assert_allclose(table.face_matrix[0], matrix)


@pytest.mark.parametrize("rounds", [250, pytest.param(2_000, marks=pytest.mark.slow)])
def test_mutated_files_give_a_table_or_one_clear_error(tmp_path: Path, rounds: int) -> None:
    rng = np.random.default_rng(11)
    texts = {"web.json": json.dumps(layouts()["web"][:6]), "lists.json": json.dumps(layouts()["lists with rate"]),
             "rows.json": json.dumps(layouts()["flat rows"][:6]), "t.csv": table_text()[:9000]}  # fmt: skip
    face_cap = "bs," + ",".join(IFACIALMOCAP) + "\nk,0" + ",0.1" * 62 + "\nk,16" + ",0.2" * 62 + "\n"
    texts["cap.txt"] = "info,x\n" + face_cap
    for name, text in texts.items():
        data = text.encode()
        for round_ in range(rounds):
            damaged = bytearray(data)
            for at in rng.integers(0, len(data), rng.integers(1, 12)):
                damaged[at] = rng.choice(np.frombuffer(b'0,;:.[]{}"\n\x00\xffeN-', np.uint8))
            if round_ % 5 == 0:
                damaged = damaged[: rng.integers(0, len(data))]
            (tmp_path / name).write_bytes(bytes(damaged))
            try:
                with open_source(tmp_path / name) as source:
                    assert all(f.blendshapes is None or np.isfinite(f.blendshapes).all() for f in source)
            except Mp2FlameError as error:
                assert str(error)


@pytest.mark.parametrize(
    "name", [n for n, f in FORMATS.items() if n in WEIGHT_FORMATS or f.scores is not None]
)
@pytest.mark.parametrize("size", [1.0, 0.01], ids=["large", "hardly moving"])
def test_a_source_reads_what_a_take_reads(tmp_path: Path, name: str, size: float) -> None:
    """``run FILE`` and ``convert FILE`` are one reader."""
    given = take(3)
    for weights in (given.recording.arkit_weights, given.recording.blendshapes):
        weights *= np.float32(size)
    write_motion(given, path_of(tmp_path, name), name)
    found = read_motion(path_of(tmp_path, name), fps=25).recording
    with open_source(path_of(tmp_path, name), fps=25) as source:
        frames = list(source)
    arkit = name in WEIGHT_FORMATS
    seen = np.stack([f.arkit_weights if arkit else f.blendshapes for f in frames])
    np.testing.assert_array_equal(seen, found.arkit_weights if arkit else found.blendshapes)
    truth = given.recording.arkit_weights if arkit else given.recording.blendshapes
    np.testing.assert_allclose(seen, truth, atol=1e-6)
    np.testing.assert_allclose([f.timestamp_ms for f in frames], found.timestamp_ms)


def test_the_tongue_comes_through_every_format_that_has_it(tmp_path: Path) -> None:
    from mp2flame.io.streams import livelink, vmc

    tongue = np.linspace(0, 0.9, 5).astype(np.float32)
    lines = ["Timecode,BlendShapeCount," + ",".join(LIVELINK_CSV)]
    for i, value in enumerate(tongue):
        row = {"TongueOut": value, "JawOpen": 0.5}
        lines.append(f"{code(i, 60)}.000,61," + ",".join(str(row.get(n, 0.0)) for n in LIVELINK_CSV))
    (tmp_path / "t.csv").write_text("\n".join(lines))
    motion = read_motion(tmp_path / "t.csv")
    for name in {*WEIGHT_FORMATS, "recording"} - {"beat-json"}:  # BEAT has 51
        ending = FORMATS[name].extensions[0]
        write_motion(motion, tmp_path / f"out{ending}", name, overwrite=True)
        back = read_motion(tmp_path / f"out{ending}").recording
        assert back.tongue_out is not None
        np.testing.assert_allclose(back.tongue_out, tongue, atol=1e-6, err_msg=name)
    with open_source(tmp_path / "out.npz") as source:
        assert [f.tongue_out for f in source] == pytest.approx(tongue.tolist())
    frame = motion.recording.frame(4)
    packet = livelink.decode(
        livelink.encode(livelink.values_of(frame), subject="a", device_id="D" * 36, frame=1)
    )
    assert packet.tongue_out == pytest.approx(0.9)
    assert ["tongueOut", pytest.approx(0.9)] in [m[1] for m in vmc.messages(frame, seconds=0.0)]


def test_two_faces_a_frame_are_two_people_not_a_longer_film(tmp_path: Path) -> None:
    from mp2flame.io.formats.file_names import one_person

    for names, first, people in (
        ([f"{i:05d}_{p}.npz" for i in range(12) for p in (0, 1)], [f"{i:05d}_0.npz" for i in range(12)], ["0", "1"]),
        ([f"face{p}_frame_{i}.npz" for i in range(12) for p in (1, 2, 3)], [f"face1_frame_{i}.npz" for i in range(12)], ["1", "2", "3"]),
        ([f"{p}_{i}.npy" for p in (3, 7) for i in range(5, 9)], [f"3_{i}.npy" for i in range(5, 9)], ["3", "7"]),
        ([f"{i}.npz" for i in range(11)], [f"{i}.npz" for i in range(11)], []),
        ([f"take2_{i}.npz" for i in range(11)], [f"take2_{i}.npz" for i in range(11)], []),
        ([f"12_{i // 10}_{i}.npz" for i in range(30)], [f"12_{i // 10}_{i}.npz" for i in range(30)], []),
    ):  # fmt: skip
        shuffled = list(np.random.default_rng(0).permutation(names))
        assert one_person(shuffled) == (first, people), names
