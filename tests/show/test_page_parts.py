"""Parts of the viewer that need no browser and no page library."""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import sys
import time

import numpy as np
import pytest

from mp2flame.base.channels import BLENDSHAPES, INDEX
from mp2flame.base.errors import InputError, MissingFileError, NoFaceError, OutputError
from mp2flame.base.signals import FILTER_GROUPS, KINDS, PRESETS
from mp2flame.base.values import FlameParams, Frame
from mp2flame.drive.driver import Driver
from mp2flame.flame.colors import TONES
from mp2flame.io.schemes import OUTPUT_SCHEMES, scheme_of
from mp2flame.response.profile import Profile
from mp2flame.show.head import ShownHead
from mp2flame.show.page.access import Guard, check_binding, free_port, is_loopback
from mp2flame.show.page.chosen import choices, file_in
from mp2flame.show.page.controls import OwnControls
from mp2flame.show.page.place import Place
from mp2flame.show.page.player import TakePlayer
from mp2flame.show.page.scene import HeadScene
from mp2flame.show.page.shown import Look
from mp2flame.show.page.sliders import HandWeights
from mp2flame.show.page.wizard import READY_S, STEPS, Step, Wizard
from mp2flame.show.page.words import NOT_FROM_HERE, calibrated, hello, rows
from mp2flame.show.pictures.shading import glsl_shade
from mp2flame.take.take import Take


@pytest.fixture(scope="module")
def driver() -> Driver:
    return Driver()


# -- who may look -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host, expected",
    [("localhost", True), ("127.0.0.1", True), ("127.5.0.1", True), ("::1", True), ("0.0.0.0", False),
     ("127.evil.com", False), ("127.0.0.1.evil.com", False), ("[::1]", True),
     ("192.168.1.2", False), ("example.com", False), ("", False)],
)  # fmt: skip
def test_loopback(host, expected):
    assert is_loopback(host) is expected


def test_public_address_needs_saying_so():
    with pytest.raises(InputError, match="--public"):
        check_binding("0.0.0.0", 0, public=False)
    check_binding("0.0.0.0", 0, public=True)


@pytest.mark.parametrize("port", [-1, 70000, 3.5, "80"])
def test_bad_ports_are_refused(port):
    with pytest.raises(InputError, match=r"0 .* to 65535"):
        check_binding("127.0.0.1", port, public=False)


def test_unknown_address_and_taken_port_say_so():
    with pytest.raises((InputError, OutputError), match=r"address|cannot open"):
        check_binding("203.0.113.7", 0, public=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OutputError, match="--port"):
            check_binding("127.0.0.1", port, public=False)
        assert free_port("127.0.0.1", port) != port


GOOD = {"Host": "127.0.0.1:8080", "Origin": "http://127.0.0.1:8080"}


@pytest.mark.parametrize(
    "headers, reason",
    [
        (GOOD, ""),
        ({"Host": "localhost:8080", "Origin": "http://localhost:8080"}, ""),
        ({"Host": "127.0.0.1:8080"}, ""),  # a program, not a page
        (GOOD | {"Origin": "http://evil.example"}, "wrong origin"),
        (GOOD | {"Origin": "http://127.0.0.1:9999"}, "wrong origin"),
        (GOOD | {"Origin": "null"}, "wrong origin"),
        ({"Host": "evil.example:8080", "Origin": "http://evil.example:8080"}, "wrong host"),  # rebinding
        ({}, "wrong host"),
        ({"Host": "[broken", "Origin": "http://[broken"}, "wrong host"),
    ],
)
def test_guard_on_loopback(headers, reason):
    assert Guard("127.0.0.1").refusal("/", headers, 1) == reason


def test_guard_elsewhere_needs_the_token():
    guard = Guard("0.0.0.0")
    headers = {"Host": "box.lan:8080", "Origin": "http://box.lan:8080"}
    assert len(guard.token) >= 16 and guard.token in guard.url(8080)
    right = f"/socket?token={guard.token}"
    assert guard.refusal(right, headers, 1) == ""
    assert guard.refusal(right, headers | {"Origin": "http://evil.example"}, 1) == "wrong origin"
    for path in ("/", "", f"/{guard.token}", f"/?token={guard.token}x", "/?token=ü", "/?token="):
        assert guard.refusal(path, headers, 1) == "wrong token"
    assert Guard("0.0.0.0").token != guard.token
    shown = guard.url(8080).split("/")[2]  # by a number: a phone does not know this machine's name
    assert re.fullmatch(r"(\d+\.){3}\d+:8080", shown) or shown == f"{socket.gethostname()}:8080"
    assert Guard("127.0.0.1").token == ""
    with pytest.raises(InputError, match="8 or more"):
        Guard("0.0.0.0", "short")
    for token in ("längliches", "two words", "new\nline!!"):
        with pytest.raises(InputError, match="ASCII"):
            Guard("0.0.0.0", token)


def test_guard_counts_viewers():
    assert "open already" in Guard("127.0.0.1").refusal("/", GOOD, 17)


@pytest.mark.parametrize("name", ["", "  ", ".", "..", "../x", "a/b", "a\\b", "c:x", "x\0"])
def test_the_page_cannot_name_other_folders(tmp_path, name):
    with pytest.raises(InputError, match="without folders"):
        file_in(tmp_path, name, ".npz")


def test_file_names_get_their_ending(tmp_path):
    assert file_in(tmp_path, "me", ".json") == file_in(tmp_path, "me.json", ".json") == tmp_path / "me.json"


def test_sources_are_cameras_by_name_and_the_newest_files(tmp_path, monkeypatch):
    monkeypatch.setattr("mp2flame.io.sources.camera.camera_names", lambda: {0: "FaceTime HD", 3: "OBS"})
    monkeypatch.setattr("mp2flame.io.sources.camera.camera_devices", lambda: [0, 1])
    for age, name in enumerate(
        ["new.npz", "old.npz", "me.MP4", "a.gif", "note.txt", "being.part.npz", "b.part2.npz"]
    ):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    (tmp_path / "folder.npz").mkdir()
    found = {}
    for one in choices(tmp_path):
        found.setdefault(one["group"], []).append(one["label"])
    assert found == {
        "Cameras": ["FaceTime HD (0)", "Camera 1", "OBS (3)"], "Takes": ["new.npz", "old.npz"],
        "Videos": ["me.MP4", "a.gif"], "No face": ["Sliders alone"],
    }  # fmt: skip
    assert choices(tmp_path / "nowhere")[-1]["value"] == "sliders"


# -- what is on the page ----------------------------------------------------------------------------


def test_rows_show_every_shape_once_and_say_what_it_does():
    shown = [row[side] for row in rows() for side in ("right", "left", "both") if row[side] is not None]
    assert sorted(shown) == list(range(1, 52))
    for row in rows():
        assert row["tip"], row["label"]
        if row["both"] is None:
            assert BLENDSHAPES[row["right"]].replace("Right", "") == BLENDSHAPES[row["left"]].replace(
                "Left", ""
            )


def test_every_number_of_every_filter_has_a_name_and_a_meaning():
    words = hello("takes", version="1")["filter"]
    assert list(words["kinds"]) == list(KINDS) and set(words["groups"]) == set(FILTER_GROUPS)
    for kind in KINDS:
        setting = next((s for table in PRESETS.values() for s in table.values() if s.kind == kind), None)
        numbers = words["kinds"][kind]["numbers"]
        assert all(len(label) > 4 and len(meaning) > 20 for label, meaning in numbers)
        if setting is not None:
            assert bool(setting.second) <= (len(numbers) > 1)


def test_what_came_of_a_calibration_is_said_of_the_face():
    wizard = Wizard(0.0)
    acted(wizard)
    lines = calibrated(wizard.result(Driver().estimator).meta["report"])
    text = " ".join(lines)
    assert lines[0].startswith("Resting face: ") and "Your smile measures" in text and "open mouth" in text
    assert not [name for name in BLENDSHAPES[1:] if name in text]


def test_hub_frames_are_the_head_to_a_hundredth_of_a_millimetre(driver):
    scene = HeadScene(driver)
    weights = np.linspace(0, 1, 52).astype(np.float32)
    params = driver.params_from_weights(weights)
    message = scene.frame(params, weights)
    kind, x, y, z, step = struct.unpack_from("<B3x3ff", message)
    assert kind == 2
    np.testing.assert_array_equal(np.frombuffer(message, "<f4", 52, 20), weights)
    moved = np.frombuffer(message, "<i2", offset=228).reshape(-1, 3)
    shown = ShownHead(driver).vertices(params)
    assert np.abs(moved * step + [x, y, z] - shown).max() < 1e-5


@pytest.mark.parametrize("skin", list(TONES))
@pytest.mark.parametrize("scenery", [True, False])
def test_the_page_gets_the_head_of_the_pictures(driver, skin, scenery):
    """The same vertices, triangles, colours, gloss and light as ``Renderer`` is given."""
    surface = HeadScene(driver, skin=skin, scenery=scenery).surface()
    kind, length = struct.unpack_from("<B3xI", surface)
    header = json.loads(surface[8 : 8 + length])
    head = ShownHead(driver, skin=skin, scenery=scenery)
    faces = np.frombuffer(surface, "<u4", 3 * header["faces"], 8 + length).reshape(-1, 3)
    paint = np.frombuffer(surface, np.uint8, offset=8 + length + faces.nbytes).reshape(-1, 4)
    assert kind == 1 and header["shade"] == glsl_shade()
    np.testing.assert_array_equal(faces, head.model.faces)
    np.testing.assert_array_equal(paint[:, :3], head.colors)
    np.testing.assert_allclose(paint[:, 3] / 255, head.gloss, atol=1 / 255)
    assert (header["vertices"] > driver.model.num_vertices) is scenery


# -- sliders ----------------------------------------------------------------------------------------


def test_hand_weights_add_or_replace():
    hand = HandWeights()
    face = np.full(52, 0.7, np.float32)
    assert not hand.active
    hand.values[3] = 0.5
    assert hand.active
    added = hand.apply(face)
    assert added[3] == 1.0 and added[4] == np.float32(0.7)
    hand.mode = "replace"
    np.testing.assert_array_equal(hand.apply(face), hand.values)
    hand.values[:] = 0
    assert hand.active  # a still head on purpose


# -- the wizard -------------------------------------------------------------------------------------


def acted(wizard: Wizard, steps=STEPS, *, seen=True, rest=None, amount=0.8):
    """A person who does what the wizard says, 20 frames a second."""
    from mp2flame.response.calibrate import EXTREMES

    now, size = 0.0, (480, 640)
    while not wizard.finished(now):
        prompt = wizard.prompt(now)
        scores = np.full(52, 0.02, np.float32) if rest is None else rest.copy()
        step = steps[prompt.step - 1]
        if prompt.phase == "hold":
            scores[[INDEX[name] for name in EXTREMES.get(step.extreme, ())]] = amount
        params = FlameParams.zeros(3)
        image = np.zeros((8, 8, 3), np.uint8)
        wizard.add(
            Frame(
                0,
                1e3 * now,
                seen,
                params,
                scores,
                scores if seen else 0 * scores,
                image_size=size,
                image=image,
            ),
            now,
        )
        now += 0.05


def test_wizard_leads_through_all_steps_and_measures_them():
    wizard = Wizard(0.0)
    first = wizard.prompt(0.0)
    assert first.phase == "ready" and first.step == 1 and "Relax" in first.title and first.count_s == 2
    assert wizard.prompt(READY_S + 0.01).phase == "hold"
    acted(wizard)
    done = wizard.prompt(1e9)
    assert done.phase == "done" and done.share == 1.0
    profile = wizard.result(Driver().estimator, made_by="test")
    assert profile.neutral_blendshapes[INDEX["jawOpen"]] == pytest.approx(0.02, abs=1e-4)
    assert "smile as broadly" in " ".join(step.title.lower() for step in STEPS)
    reach = profile.weight_range[INDEX["mouthSmileLeft"]]
    assert 0.5 <= reach < 1.0  # 0.8 is the most this person can
    assert profile.meta["made_by"] == "test"


def test_wizard_refuses_a_face_that_is_not_there():
    wizard = Wizard(0.0)
    acted(wizard, seen=False)
    with pytest.raises(NoFaceError, match="0 of 7"):
        wizard.result(Driver().estimator)


def test_wizard_keeps_no_pictures_and_a_bounded_number_of_frames():
    wizard = Wizard(0.0, (Step("rest", 1e6),))
    scores = np.full(52, 0.02, np.float32)
    frame = Frame(0, 0.0, True, FlameParams.zeros(3), scores, scores, image=np.zeros((8, 8, 3), np.uint8))
    for k in range(2000):
        wizard.add(frame, READY_S + 1 + k)
    assert len(wizard._kept[0]) == 600
    assert all(kept.image is None for kept in wizard._kept[0])


# -- takes ------------------------------------------------------------------------------------------


def take_of(driver: Driver, count=30, flame=True) -> Take:
    weights = np.zeros((count, 52), np.float32)
    weights[:, INDEX["jawOpen"]] = np.linspace(0, 1, count)
    params = driver.params_from_weights(weights)
    orient = np.tile(np.float32([0, 0.2, 0]), (count, 1))
    meta = {"flame": driver.describe()} if flame else {}
    return Take.from_params(
        params.replace(global_orient=orient), 20.0 * np.arange(count), arkit_weights=weights, meta=meta
    )


def test_player_shows_frames_in_order_pauses_and_seeks(driver):
    shown: list[Frame] = []
    player = TakePlayer(take_of(driver), driver, shown.append, loop=False).start()
    try:
        wait_until(lambda: shown and shown[-1].index == 29)
        indices = [frame.index for frame in shown]
        assert indices == sorted(indices) and indices[0] <= 3
        player.seek(7)
        wait_until(lambda: shown[-1].index >= 7)
        player.pause()
        wait_until(lambda: not player.playing)
        time.sleep(0.1)
        count = len(shown)
        time.sleep(0.15)
        assert len(shown) == count  # nothing moves
        player.seek(1000)
        wait_until(lambda: shown[-1].index == 29)
        player.seek(-5)
        wait_until(lambda: shown[-1].index == 0)
    finally:
        player.close()
    assert not player._thread.is_alive()


def test_player_loops(driver):
    shown: list[int] = []
    player = TakePlayer(take_of(driver, 4), driver, lambda frame: shown.append(frame.index)).start()
    try:
        wait_until(lambda: shown.count(0) >= 3)
    finally:
        player.close()


def test_player_solves_another_head_and_keeps_the_pose(driver, lab_head_a):
    other = Driver(lab_head_a)
    take = take_of(driver)
    player = TakePlayer(take, other, lambda frame: None)
    frame = player.frame(29)
    assert frame.params.num_expression == other.num_expression
    np.testing.assert_allclose(
        frame.params.jaw_pose, other.params_from_weights(take.arkit_weights[29]).jaw_pose
    )
    np.testing.assert_allclose(frame.params.global_orient, [0, 0.2, 0], atol=1e-6)
    same = TakePlayer(take, driver, lambda frame: None).frame(29)
    np.testing.assert_array_equal(same.params.expression, take.expression[29])


def test_player_refuses_what_cannot_be_played(driver):
    with pytest.raises(InputError, match="no frames"):
        TakePlayer(take_of(driver, 4)[:0], driver, lambda frame: None)
    player = TakePlayer(take_of(driver, 4), driver, lambda frame: None)
    for speed in (0, -1, np.nan, np.inf):
        with pytest.raises(InputError, match="speed"):
            player.set_speed(speed)


def wait_until(condition, seconds=10.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


# -- controls without a pipeline --------------------------------------------------------------------


def test_own_controls_record_what_is_shown(driver, tmp_path):
    controls = OwnControls(driver, "sliders")
    frame = TakePlayer(take_of(driver, 5), driver, lambda f: None).frame(4)
    controls.shown(frame)  # nothing is recorded yet
    controls.start_recording(tmp_path / "a.npz")
    with pytest.raises(InputError, match="stop that first"):
        controls.start_recording(tmp_path / "b.npz")
    with pytest.raises(InputError, match="stop the recording"):
        controls.set_driver(driver)
    for _ in range(3):
        controls.shown(frame)
    assert controls.stop_recording() == tmp_path / "a.npz"
    assert controls.stop_recording() is None
    take = Take.load(tmp_path / "a.npz")
    assert take.num_frames == 3 and take.meta["source"] == "sliders"
    np.testing.assert_allclose(take.jaw_pose[-1], frame.params.jaw_pose)
    assert take.meta["flame"]["sha256"] == driver.model.sha256


def test_profiles_on_disk_are_readable(tmp_path):
    wizard = Wizard(0.0)
    acted(wizard)
    wizard.result(Driver().estimator, made_by="test").save(tmp_path / "me.json")
    assert json.loads((tmp_path / "me.json").read_text())["made_by"] == "test"
    assert Profile.load(tmp_path / "me.json").weight_range is not None
    with pytest.raises(MissingFileError):
        Profile.load(tmp_path / "you.json")


def test_viewer_says_which_package_is_missing(driver, monkeypatch):
    from mp2flame.base.errors import MissingDependencyError
    from mp2flame.show.page import serve

    monkeypatch.setitem(sys.modules, "websockets", None)
    with pytest.raises(MissingDependencyError, match=re.escape('pip install "mp2flame[')):
        serve(None, driver)


# -- the picture ------------------------------------------------------------------------------------


def dotted(at, count=478):
    landmarks = np.zeros((count, 3), np.float32)
    landmarks[:, :2] = at
    return landmarks


def test_picture_has_the_landmarks_where_the_face_is():
    pytest.importorskip("PIL")
    from mp2flame.show.page.picture import draw_picture

    image = np.full((720, 1280, 3), 100, np.uint8)
    image[:, :640] = 60  # left half darker
    small = draw_picture(image, dotted((0.25, 0.5)), width=320)
    assert small.shape == (180, 320, 3)
    changed = np.argwhere(np.abs(small.astype(int) - [60]).max(2) > 60)
    assert np.abs(changed.mean(0) - (90, 80)).max() < 3  # row, column
    turned = draw_picture(image, dotted((0.25, 0.5)), width=320, mirrored=True)
    assert turned[10, 10, 0] > turned[10, 310, 0]  # the picture is turned back, the landmarks are not
    assert np.argwhere(np.abs(turned.astype(int) - [100]).max(2) > 60).mean(0)[1] < 160


def test_landmarks_alone_fill_the_picture():
    pytest.importorskip("PIL")
    from mp2flame.show.page.picture import draw_picture

    rng = np.random.default_rng(0)
    landmarks = dotted((0.1, 0.1)) + 0.02 * rng.random((478, 3), np.float32)
    drawn = draw_picture(None, landmarks, image_size=(720, 1280))
    rows, columns = np.nonzero(drawn.max(2) > 100)
    assert np.ptp(columns) > 0.8 * drawn.shape[1] and np.ptp(rows) > 0.5 * drawn.shape[0]
    assert draw_picture(None, None) is None
    landmarks[3] = np.nan
    assert draw_picture(None, landmarks).max() < 60  # nothing that could be drawn


def test_a_take_with_eyelids_is_shown_on_a_head_without(driver: Driver) -> None:
    """The lids stay open, but the page does not stand still."""
    take = take_of(driver, 3)
    take.eyelids = np.ones((3, 2), np.float32)
    player = TakePlayer(take, driver, lambda frame: None)
    assert player.frame(1).params.eyelids is None
    driver.vertices(player.frame(1).params)


def test_place_keeps_shoulders_turns_and_the_middle() -> None:
    look = Look(moves=True, shoulders=False)
    place, params = Place(look), FlameParams.zeros(3).replace(global_orient=np.float32([0, 0.4, 0]))
    first = place(params.replace(transl=np.float32([0.1, 0, -0.5])))
    assert not first.transl.any() and first.global_orient[1] == np.float32(0.4)
    np.testing.assert_allclose(
        place(params.replace(transl=np.float32([0.3, 0, -0.5]))).transl, [0.2, 0, 0], atol=1e-6
    )
    place.centre()
    assert not place(params.replace(transl=np.float32([0.3, 0, -0.5]))).transl.any()
    look.shoulders = True
    bent = place(params)
    assert not bent.global_orient.any() and bent.neck_pose[1] == pytest.approx(0.4)  # the bust does not turn
    look.turns = False
    assert not place(params).neck_pose.any()


def test_the_streams_offered_are_those_that_can_be_started_from_a_page():
    offered = hello("takes", version="1")["streams"]
    assert "vmc://127.0.0.1:39539" in offered and all(offered.values())
    assert {scheme_of(url) for url in offered} == set(OUTPUT_SCHEMES) - set(NOT_FROM_HERE)
