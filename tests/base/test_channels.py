from __future__ import annotations

import itertools

import numpy as np
import pytest

from mp2flame.base import channels as names
from mp2flame.base.errors import InputError, ShapeError


def test_mediapipe_names_are_the_detectors_own() -> None:
    landmarker = pytest.importorskip("mediapipe.tasks.python.vision.face_landmarker")
    upper = [b.name.replace("_", "").lower() for b in landmarker.Blendshapes]
    assert upper == [n.replace("_", "").lower() for n in names.BLENDSHAPES]


def test_livelink_header_is_the_apps_own(shared) -> None:
    files = sorted((shared / "data" / "livelink").glob("*.csv"))
    assert files
    for file in files:
        with file.open() as text:
            header = text.readline().strip().split(",")
        assert tuple(header[2:]) == names.LIVELINK_CSV


def test_ict_names_are_the_lab_heads(shared) -> None:
    with np.load(shared / "models" / "lab_head_truth.npz") as truth:
        assert tuple(map(str, truth["shape_names"])) == names.ICT55


@pytest.mark.parametrize("order", names.ORDERS)
def test_every_order_holds_known_channels_once(order: str) -> None:
    columns = [names.canonical_name(n) for n in names.ORDERS[order]]
    assert None not in columns
    assert len(set(columns)) == len(columns)


def test_arkit_orders_hold_the_same_52() -> None:
    arkit = set(names.ARKIT)
    assert len(arkit) == 52 and "tongueOut" in arkit and "_neutral" not in arkit
    assert arkit == set(names.ARKIT_ALPHABETICAL) == {*names.BLENDSHAPES, "tongueOut"} - {"_neutral"}
    assert arkit == {names.canonical_name(n) for n in names.IFACIALMOCAP}
    for order in (names.LIVELINK_CSV, names.PYLIVELINKFACE):
        assert arkit == {names.canonical_name(n) for n in order[:52]}
        assert order[52:] == names.HEAD_AND_EYE_ANGLES


def test_csv_and_enum_differ_in_jaw_and_mouth_only() -> None:
    pairs = [(a, b) for a, b in zip(names.LIVELINK_CSV, names.PYLIVELINKFACE) if a != b]
    assert pairs == [
        ("JawRight", "JawLeft"),
        ("JawLeft", "JawRight"),
        ("MouthRight", "MouthLeft"),
        ("MouthLeft", "MouthRight"),
    ]


@pytest.mark.parametrize("source, target", itertools.permutations(names.ORDERS, 2))
def test_values_follow_their_names_and_come_back(source: str, target: str) -> None:
    rng = np.random.default_rng(1)
    x = rng.random((3, len(names.ORDERS[source]))).astype(np.float32)
    y = names.convert_order(x, source, target, fill=-1.0)
    assert y.dtype == np.float32
    have = {names.canonical_name(n): i for i, n in enumerate(names.ORDERS[source])}
    for i, name in enumerate(names.ORDERS[target]):
        canonical = names.canonical_name(name)
        if canonical in have:
            np.testing.assert_array_equal(y[:, i], x[:, have[canonical]])
    back = names.convert_order(y, target, source, fill=-1.0)
    both = {names.canonical_name(n) for n in names.ORDERS[source]} & {
        names.canonical_name(n) for n in names.ORDERS[target]
    }
    for name in both:
        np.testing.assert_array_equal(back[:, have[name]], x[:, have[name]])


def test_split_channels_are_averaged_and_doubled() -> None:
    x = np.zeros(55)
    x[names.ICT55.index("browInnerUp_L")], x[names.ICT55.index("browInnerUp_R")] = 1.0, 0.5
    merged = names.to_mediapipe(x, order="ict55")
    assert merged[names.INDEX["browInnerUp"]] == 0.75 and merged.sum() == 0.75
    sides = names.convert_order(merged, "mediapipe", "ict55")
    assert sides[names.ICT55.index("browInnerUp_L")] == sides[names.ICT55.index("browInnerUp_R")] == 0.75


@pytest.mark.parametrize(
    "spelling",
    [
        "EyeBlinkLeft",
        "eyeBlink_L",
        "eye_blink_left",
        "EYE_BLINK_LEFT",
        "eyeBlinkL",
        "eyeBlink.L",
        "face.eyeBlinkLeft",
        " eyeblinkleft ",
    ],
)
def test_spellings(spelling: str) -> None:
    assert names.canonical_name(spelling) == "eyeBlinkLeft"


@pytest.mark.parametrize("stranger", ["", "eyeBlink", "Timecode", "jawOpenL", "mouthRollL0wer", "left"])
def test_strangers_are_not_guessed(stranger: str) -> None:
    assert names.canonical_name(stranger) is None


@pytest.mark.parametrize("width", [51, 52, 61, 7])
def test_unnamed_columns_are_refused_with_the_way_out(width: int) -> None:
    with pytest.raises(InputError, match=r"order='mediapipe'.*names="):
        names.to_mediapipe(np.zeros((2, width)))


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"unknown channel order 'apple'.*mediapipe"):
        names.to_mediapipe(np.zeros(52), order="apple")
    with pytest.raises(ShapeError, match=r"52 columns.*\(3, 51\)"):
        names.to_mediapipe(np.zeros((3, 51)), order="arkit")
    with pytest.raises(InputError, match="two columns mean eyeBlinkLeft"):
        names.to_mediapipe(np.zeros(2), names=["eyeBlink_L", "EyeBlinkLeft"])
    with pytest.raises(InputError, match=r"unknown channel name 'jawOpn'.*unknown='ignore'"):
        names.to_mediapipe(np.zeros(2), names=["jawOpn", "jawLeft"])
    with pytest.raises(InputError, match="none of the column names"):
        names.to_mediapipe(np.zeros(2), names=["a", "b"], unknown="ignore")
    with pytest.raises(InputError, match="numbers"):
        names.to_mediapipe(np.array(["x"] * 52), order="arkit")
    kept = names.to_mediapipe([3, 5], names=["FM_SAD", "jawOpen"], unknown="ignore")
    assert kept[names.INDEX["jawOpen"]] == 5 and kept.sum() == 5


def test_mirror_swaps_sides_and_is_its_own_inverse() -> None:
    x = np.random.default_rng(0).random((4, 52))
    y = names.mirror_blendshapes(x)
    np.testing.assert_array_equal(names.mirror_blendshapes(y), x)
    np.testing.assert_array_equal(y[:, names.INDEX["mouthLeft"]], x[:, names.INDEX["mouthRight"]])
    np.testing.assert_array_equal(y[:, names.INDEX["jawOpen"]], x[:, names.INDEX["jawOpen"]])
    assert (names.MIRROR != np.arange(52)).sum() == 2 * sum(n.endswith("Left") for n in names.BLENDSHAPES)
    with pytest.raises(ShapeError, match="52"):
        names.mirror_blendshapes(np.zeros(51))


def test_groups_part_the_channels() -> None:
    members = [n for group in names.GROUPS.values() for n in group]
    assert len(members) == len(set(members)) == 51
    assert {*members, "_neutral"} == set(names.BLENDSHAPES)
    assert [names.BLENDSHAPES[i] for i in names.GROUP_INDEX["jaw"]] == list(names.GROUPS["jaw"])
