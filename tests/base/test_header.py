"""Headers: round trip, refusal of what is no header, refusal of what does not belong together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from flame_samples import sample
from mp2flame.base.errors import FileFormatError, MismatchError
from mp2flame.base.header import Header
from mp2flame.flame import FlameModel


def model(sha: str = "a" * 64, release: str = "flame2020") -> FlameModel:
    c = sample(60)
    return FlameModel(
        v_template=c["v_template"],
        faces=c["f"],
        shapedirs=c["shapedirs"][:, :, :10],
        exprdirs=c["shapedirs"][:, :, 10:],
        posedirs=c["posedirs"],
        J_regressor=c["J_regressor"],
        lbs_weights=c["weights"],
        sha256=sha,
        release=release,
    )


def test_round_trip_and_stamp() -> None:
    header = Header.for_flame(
        "mp2flame.mapping/2",
        model(),
        20,
        licence="CC-BY-4.0",
        provenance={"frames": 6000},
        detector_mode="image",
    )
    assert (header.schema, header.num_expression, header.has_jaw) == ("mp2flame.mapping/2", 20, True)
    assert header.flame_release == "flame2020" and header.made_by.startswith("mp2flame ")
    again = Header.from_json(header.to_json(), kind="mapping", max_version=2)
    assert again == header
    assert Header.for_flame("mp2flame.rig/1", model()).num_expression == 50


def test_unknown_keys_are_kept_as_notes() -> None:
    text = json.dumps({"schema": "mp2flame.profile/1", "notes": {"a": 1}, "colour": "red"})
    assert Header.from_json(text).notes == {"a": 1, "colour": "red"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "no 'schema'"),
        ('{"schema": 3}', "no 'schema'"),
        ('{"schema": "other/1"}', "unknown schema"),
        ('{"schema": "mp2flame.rig.mapping.linear"}', "unknown schema"),
        ('{"schema": "mp2flame.mapping/x"}', "unknown schema"),
        ('{"schema": "mp2flame.mapping/-1"}', "unknown schema"),
        ('{"schema": "mp2flame.profile/1"}', "a mapping file was expected"),
        ('{"schema": "mp2flame.mapping/9"}', "reads up to 2"),
        ('{"schema": "mp2flame.mapping/1", "num_expression": "many"}', "num_expression"),
        ('{"schema": "mp2flame.mapping/1", "num_expression": true}', "num_expression"),
        ('{"schema": "mp2flame.mapping/1", "notes": [1]}', "notes"),
        ('{"schema": "mp2flame.mapping/1", "has_jaw": 1}', "has_jaw"),
    ],
)
def test_what_is_no_header(text: str | bytes, says: str) -> None:
    with pytest.raises(FileFormatError, match=says):
        Header.from_json(text, kind="mapping", max_version=2)


def test_check_refuses_what_does_not_belong() -> None:
    header = Header.for_flame("mp2flame.mapping/1", model(), detector_mode="video")
    header.check(model=model(), detector_mode="video")
    # the hash decides, not the name
    header.check(model=model(release="renamed"))
    with pytest.raises(MismatchError, match=r"flame2020.*aaaaaaaa.*flame2023.*bbbbbbbb.*Load"):
        header.check(model=model("b" * 64, "flame2023"), remedy="Load the other file.")
    with pytest.raises(MismatchError, match=r"video mode.*image mode"):
        header.check(detector_mode="image", label="take.npz")
    Header("mp2flame.profile/1").check(model=model("c" * 64), detector_mode="image")


def test_not_a_number_does_not_get_into_a_header() -> None:
    with pytest.raises(ValueError):
        Header("mp2flame.mapping/1", notes={"x": float(np.nan)}).to_json()
