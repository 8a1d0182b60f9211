"""Damaged, truncated and hostile files: one clear error, nothing run, memory and time bounded."""

from __future__ import annotations

import io
import json
import os
import pickle
import zipfile
import zlib

import numpy as np
import pytest

from format_fuzz import damaged_copy
from motions import path_of, take
from mp2flame.base.errors import FileFormatError, MissingFileError, Mp2FlameError, UnsafePickleError
from mp2flame.io.formats import FORMATS, Motion, detect_format, read_motion, write_motion
from mp2flame.io.formats import files as format_files

MUTATIONS = 250


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("originals"), {}

    def get(name):
        if name not in made:
            short = take()
            short = Motion(short.recording[:2], betas=short.betas, eyelids=short.eyelids[:2])
            path = path_of(folder, name, f"_{name}")
            write_motion(short, path, name, **({"num_vertices": 60} if name.startswith("gaussian") else {}))
            made[name] = path
        return made[name]

    return get


@pytest.mark.parametrize("name", FORMATS)
def test_damaged_files_give_a_take_or_one_clear_error(tmp_path, originals, name):
    source = originals(name)
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    refused = 0
    target = tmp_path / source.name
    if name == "animportrait3d":
        partner = source.with_name(source.name.replace("expressions", "poses"))
        (tmp_path / partner.name).write_bytes(partner.read_bytes())
    for index in range(MUTATIONS):
        path = damaged_copy(source, target, rng)
        try:
            motion = read_motion(path, format=name if index % 2 else None)
            assert isinstance(motion, Motion) and np.isfinite(motion.recording.expression).all()
        except (FileFormatError, MissingFileError) as error:
            refused += 1
            assert str(error) and len(str(error)) < 2000
            assert "\n" not in str(error)
    assert refused > MUTATIONS // 20


def npz_with(path, name, header, body=b""):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{name}.npy",
            b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n" + body,
        )
        for key in ("rotation", "translation"):
            buffer = io.BytesIO()
            np.save(buffer, np.zeros((1, 3), np.float32))
            archive.writestr(f"{key}.npy", buffer.getvalue())


def test_small_npz_that_claims_a_huge_array_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    npz_with(path, "expr", b"{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000, 100), }")
    with pytest.raises(FileFormatError, match="claims shape"):
        read_motion(path, format="gaussian-avatars")
    npz_with(path, "timestamp_ms", b"{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }")
    with pytest.raises(FileFormatError, match="claims shape"):
        read_motion(path, format="recording")


def test_compressed_bomb_is_refused(tmp_path):
    """100 MB of zeros in 100 kB that really unpack: refused before unpacking."""
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("expr.npy", "w") as stream:
        stream.write(format_files.npy_header(np.dtype("<f4"), (250_000, 100)))
        for _ in range(100):
            stream.write(bytes(1_000_000))
    assert path.stat().st_size < 200_000
    with pytest.raises(FileFormatError, match="almost nothing"):
        read_motion(path, format="gaussian-avatars")


def test_object_arrays_are_refused_and_not_unpickled(tmp_path):
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    path = tmp_path / "trap.npz"
    np.savez(
        path,
        expr=np.array([Trap()], object),
        rotation=np.zeros((1, 3), np.float32),
        translation=np.zeros((1, 3), np.float32),
    )
    with pytest.raises(FileFormatError, match="Python objects"):
        read_motion(path, format="gaussian-avatars")
    with pytest.raises(FileFormatError):
        read_motion(path)
    assert not marker.exists()


@pytest.mark.parametrize("layout", ["plain", "zip", "legacy"])
def test_a_frame_that_runs_code_is_refused(tmp_path, layout):
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(marker),)

    payload = {"flame": {"exp": Trap(), "neck": 0}}
    folder = tmp_path / "take"
    folder.mkdir()
    path = folder / "00000.frame"
    if layout == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(payload, protocol=2))
    elif layout == "legacy":
        from format_fuzz import dump_legacy

        path.write_bytes(dump_legacy(payload))
    else:
        path.write_bytes(pickle.dumps(payload))
    with pytest.raises(UnsafePickleError, match="mkdir"):
        read_motion(folder)
    assert not marker.exists()


def test_paths_that_leave_the_folder_are_refused(tmp_path, originals):
    for name, key in (("lam", "flame_param_path"), ("insta", "exp_path")):
        path = damaged_copy_of(originals(name), tmp_path / name)
        content = json.loads((path / "transforms.json").read_text())
        content["frames"][0][key] = "../../../etc/passwd"
        (path / "transforms.json").write_text(json.dumps(content))
        with pytest.raises(FileFormatError, match="outside the folder"):
            read_motion(path)


def damaged_copy_of(source, target):
    import shutil

    shutil.copytree(source, target)
    return target


def test_deep_json_is_refused(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text('{"names": ' + "[" * 200_000)
    with pytest.raises(FileFormatError):
        read_motion(path)


def test_frame_numbers_far_apart_make_no_huge_take(tmp_path, originals):
    path = damaged_copy_of(originals("flame-head-tracker"), tmp_path / "far")
    os.rename(path / "00001.npz", path / "99999999999.npz")
    motion = read_motion(path)
    assert motion.num_frames == 2 and any("jump" in text for text in motion.traps)


def test_nothing_there_and_nothing_known(tmp_path):
    with pytest.raises(MissingFileError):
        detect_format(tmp_path / "no.npz")
    (tmp_path / "empty.npz").write_bytes(b"")
    with pytest.raises(FileFormatError, match="is empty"):
        detect_format(tmp_path / "empty.npz")
    (tmp_path / "text.txt").write_text("hello")
    with pytest.raises(FileFormatError, match="no known format"):
        detect_format(tmp_path / "text.txt")
    with pytest.raises(FileFormatError, match="no known format"):
        detect_format(tmp_path)
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    with pytest.raises(FileFormatError, match="weights"):
        detect_format(tmp_path / "other.npz")


def test_nan_frames_are_marked_as_lost_and_held(tmp_path):
    source, path = take(), tmp_path / "nan.npz"
    write_motion(source, path, "vhap")
    arrays = dict(np.load(path))
    arrays["expr"][2, 5] = np.nan
    np.savez(path, **arrays)
    motion = read_motion(path)
    np.testing.assert_array_equal(motion.recording.detected, [True, True, False, True])
    np.testing.assert_array_equal(motion.recording.jaw_pose[2], motion.recording.jaw_pose[1])
    assert any("NaN" in text for text in motion.traps)
    arrays["expr"][:] = np.nan
    np.savez(path, **arrays)
    with pytest.raises(FileFormatError, match="finite"):
        read_motion(path)


def test_errors_are_ours(tmp_path):
    path = tmp_path / "t.npz"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(Mp2FlameError):
        read_motion(path)
