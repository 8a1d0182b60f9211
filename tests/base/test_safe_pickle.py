"""The inert pickle reader: real dresses in, everything else refused, nothing ever run."""

from __future__ import annotations

import builtins
import collections
import io
import os
import pickle
import random
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from flame_samples import V, _filled, _stand_in, fake_module, python2_pickle, sample
from mp2flame.base.errors import FileFormatError, MissingFileError, UnsafePickleError
from mp2flame.base.safe_pickle import MAX_STEPS, ChumpyArray, SparseMatrix, load_pickle


class Evil:
    """Pickles to a call of ``function(*args)``."""

    def __init__(self, function: Any, *args: Any) -> None:
        self.call = (function, args)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "f4", "f2", "i8", "<u4", "u1", "?"])
def test_arrays_come_back_as_they_were(protocol: int, dtype: str) -> None:
    array = (np.random.default_rng(1).random((4, 5, 3)) * 100).astype(dtype)
    for value in (array, np.asfortranarray(array), array[::2], array[:0], np.array(3).astype(dtype)):
        got = load_pickle(pickle.dumps({"x": value}, protocol))["x"]
        assert got.dtype == value.dtype and got.shape == value.shape
        np.testing.assert_array_equal(got, value)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_come_back(protocol: int) -> None:
    value = {
        "a": [
            1,
            -5,
            2**31,
            2**62,
            1.5,
            True,
            False,
            None,
            "naïve ☃",
            b"\x00\xff",
            (),
            (1,),
            (1, 2, 3, 4),
            [],
            {},
        ],
        7: ("x", {"y": [1]}),
        "scalar": np.float64(2.5),
        "ordered": collections.OrderedDict(p=1),
    }
    got = load_pickle(pickle.dumps(value, protocol))
    assert got == value
    assert sorted(load_pickle(pickle.dumps({3, 1}, protocol))) == [1, 3]


def test_shared_references_are_the_same_object() -> None:
    array = np.arange(3.0)
    got = load_pickle(pickle.dumps([array, array, {"k": array}], 2))
    assert got[0] is got[1] is got[2]["k"]


@pytest.mark.parametrize("kind", ["csc", "csr", "coo"])
@pytest.mark.parametrize("form", ["matrix", "array"])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_scipy_sparse_without_scipy(kind: str, form: str, protocol: int) -> None:
    dense = np.random.default_rng(2).random((5, 9))
    dense[dense < 0.7] = 0
    matrix = getattr(scipy.sparse, f"{kind}_{form}")(dense)
    got = load_pickle(pickle.dumps(matrix, protocol))
    assert isinstance(got, SparseMatrix)
    np.testing.assert_allclose(got.toarray(), dense)


@pytest.mark.parametrize("module", ["scipy.sparse.csc", "scipy.sparse._csc"])
def test_python_2_file_with_chumpy_and_scipy(module: str) -> None:
    content = sample()
    data = python2_pickle(content, scipy_module=module)
    assert b"chumpy.ch" in data and b"numpy.core.multiarray" in data and b"__builtin__\nset" in data
    got = load_pickle(data)
    assert isinstance(got["shapedirs"], ChumpyArray)
    np.testing.assert_array_equal(got["shapedirs"].toarray(), content["shapedirs"])
    np.testing.assert_allclose(got["J_regressor"].toarray(), content["J_regressor"])
    assert got["bs_style"] == "lbs"


def test_chumpy_selection() -> None:
    ch, select = _stand_in("chumpy.ch", "Ch"), _stand_in("chumpy.reordering", "Select")
    x = np.arange(24.0).reshape(4, 6)
    with fake_module("chumpy.ch", Ch=ch), fake_module("chumpy.reordering", Select=select):
        import sys

        sys.modules["chumpy.ch"] = type(sys)("chumpy.ch")
        sys.modules["chumpy.ch"].Ch = ch  # type: ignore[attr-defined]
        data = pickle.dumps(
            _filled(
                select,
                {"a": _filled(ch, {"x": x}), "idxs": np.array([0, 5, 23, 1]), "preferred_shape": (2, 2)},
            ),
            2,
        )
        outside = pickle.dumps(_filled(select, {"a": _filled(ch, {"x": x}), "idxs": np.array([24])}), 2)
    np.testing.assert_array_equal(load_pickle(data).toarray(), [[0, 5], [23, 1]])
    with pytest.raises(FileFormatError, match="outside"):
        load_pickle(outside).toarray()


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (Evil(os.system, "echo hit"), "system"),
        (Evil(subprocess.Popen, "true"), "Popen"),
        (Evil(eval, "1"), "eval"),
        (Evil(exec, "x=1"), "exec"),
        (Evil(getattr, "a", "upper"), "getattr"),
        (Evil(__import__, "os"), "__import__"),
        (Evil(open, "hit", "w"), "open"),
        (Evil(bytearray, 1 << 40), "bytearray"),
        (Evil(np.load, "x.npy"), "numpy.load"),
        (Evil(np.zeros, 1 << 40), "zeros"),
        (Path("x"), "pathlib"),
        (collections.Counter("a"), "Counter"),
        (range(1 << 40), "range"),
        (1 + 2j, "complex"),
    ],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_everything_else_is_refused_by_name(
    thing: Any, name: str, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = pickle.dumps({"v_template": np.zeros(3), "extra": thing}, protocol)
    with pytest.raises(UnsafePickleError, match=name) as caught:
        load_pickle(data)
    assert "nothing was run" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00rot\x86R.", "codec"),
        (b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00utf-7\x86R.", "codec"),
        (b"\x80\x02Pid\n.", "persistent"),
        (b"\x80\x02NQ.", "persistent"),
        (b"\x80\x02\x82\x01.", "extension"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system"),
        (b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.", "os.system"),
        (b"(S'ls'\nios\nsystem\n.", "os.system"),
        (b"\x80\x02X\x02\x00\x00\x00os)R.", "not a known name"),
        (b"\x80\x02}X\x01\x00\x00\x00aK\x01sb.", "damaged|state|stack"),
        (b"\x80\x02]}b.", "state of a plain value"),
        # attributes on a class or function that stands for a name
        (
            b"\x80\x02cchumpy.ch\nCh\nN}X\x07\x00\x00\x00__new__cnumpy\ndtype\ns\x86b.",
            "state of a plain value",
        ),
        (b"\x80\x02cnumpy\ndtype\nX\x02\x00\x00\x00O8\x85R.", "Python objects"),
        (b"\x80\x05\x97.", "out-of-band"),
    ],
)
def test_hand_made_attacks(data: bytes, why: str) -> None:
    with pytest.raises(FileFormatError, match=why):
        load_pickle(data)


def test_object_array_is_refused() -> None:
    with pytest.raises(UnsafePickleError, match="Python objects"):
        load_pickle(pickle.dumps(np.array([1, "a", None], object), 2))


def _array_pickle(shape: Any, dtype: str, raw: bytes) -> bytes:
    """An array whose header says what we like."""
    good = np.zeros(2, "f8")
    state = (1, shape, np.dtype(dtype), False, raw)

    class Fake:
        def __reduce__(self) -> Any:
            function, args, _ = good.__reduce__()
            return function, args, state

    return pickle.dumps(Fake(), 2)


@pytest.mark.parametrize(
    "shape",
    [
        (1 << 50,),
        (1 << 30, 1 << 30),
        (-1,),
        (-2, -1),
        (3,),
        (2.0,),
        ("a",),
        "ab",
        None,
        (2, 0),
        (1,) * 40,
        (True, 2),
    ],
)
def test_arrays_that_claim_what_they_do_not_hold(shape: Any) -> None:
    with pytest.raises(FileFormatError):
        load_pickle(_array_pickle(shape, "f8", bytes(16)))


def test_array_bytes_that_do_not_fit_the_type() -> None:
    with pytest.raises(FileFormatError, match="do not fit"):
        load_pickle(_array_pickle((2,), "f8", bytes(15)))
    with pytest.raises(FileFormatError):
        load_pickle(_array_pickle((2,), "S4", bytes(8)))


def test_sparse_matrix_that_claims_too_much() -> None:
    matrix = scipy.sparse.csc_matrix(np.eye(3))
    for change in (
        {"_shape": (1 << 30, 1 << 30)},
        {"_shape": (3, -3)},
        {"_shape": "xx"},
        {"indices": np.array([0, 1, 99])},
        {"indices": np.array([0, -1, 2])},
        {"indptr": np.array([0, 5, 2, 3])},
        {"indptr": np.array([0, 1, 2, 99])},
        {"data": np.array([1.0])},
        {"data": None},
    ):
        state = {
            "_shape": (3, 3),
            "indptr": matrix.indptr,
            "indices": matrix.indices,
            "data": matrix.data,
        } | change
        made = SparseMatrix("csc")
        made.state = state
        with pytest.raises(FileFormatError):
            made.toarray()


def test_bombs_end_quickly() -> None:
    # each line was chosen to grow: nesting, doubling, marks, repeated keys, large integers, endless
    # instructions
    deep = b"\x80\x02" + b"]" * 90_000 + b"a" * 89_999 + b"."
    doubling = b"\x80\x02]" + b"2\x86" * 5_000 + b"."
    doubled_key = b"\x80\x02}N" + b"2\x86" * 60 + b"K\x01s."
    endless = b"\x80\x02" + b"N0" * MAX_STEPS + b"N."
    digits = b"I" + b"9" * 200_000 + b"\n."
    long_integer = b"\x80\x02\x8b" + struct.pack("<i", 1 << 20) + bytes(1 << 20) + b"."
    text = b"\x80\x02X" + struct.pack("<I", 1 << 31) + b"a."
    for data in (doubled_key, endless, digits, long_integer, text):
        with pytest.raises(FileFormatError):
            load_pickle(data)
    load_pickle(deep)
    load_pickle(doubling)


def _text(value: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value


LARGE = _text(b"a" * 50_000)
LIST = b"(" + b"N" * 50_000 + b"l"


@pytest.mark.parametrize(
    "data",
    [
        b"c_codecs\nencode\nq\x00" + LARGE + b"q\x01" + (b"h\x00h\x01X\x06\x00\x00\x00latin1\x86R0" * 2000),
        b"c__builtin__\nset\nq\x00" + LIST + b"q\x01" + b"h\x00h\x01\x85R" * 2000,
        b"ccollections\nOrderedDict\nq\x000(" + (_text(b"a") + b"K\x01\x86") * 9000 + b"lq\x01" + b"h\x00h\x01\x85R" * 2000,
        b"}(" + b"".join(_text(b"%d" % i) + b"N" for i in range(9000)) + b"uq\x00"
        + b"cscipy.sparse.csc\ncsc_matrix\nq\x01" + b"h\x01)\x81h\x00b0" * 2000,
        b"}(" + b"".join(b"L%dL\nN" % (i * ((1 << 61) - 1)) for i in range(9000)) + b"u",
        b"Np%d\n" % (1 << 61),
    ],
    ids=["bytes", "set", "ordered", "state", "colliding keys", "colliding places"],
)  # fmt: skip
def test_what_costs_more_than_the_file_is_large(data: bytes) -> None:
    """Each copies one remembered value again and again, or makes a dictionary that takes ever longer."""
    with pytest.raises(FileFormatError, match=r"too often|without its contents|small number|memory"):
        load_pickle(b"\x80\x02" + data + b".")


def test_later_references_to_an_array_get_the_finished_one() -> None:
    start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    state = b"(K\x01K\x01\x85cnumpy\ndtype\nU\x02u1\x85R\x89U\x01atb"
    first, second, third = load_pickle(b"\x80\x02" + start + b"q\x05q\x06" + state + b"h\x05h\x06\x87.")
    assert first is second is third and first.tolist() == [97]


@pytest.mark.parametrize(
    "data", [b"", b".", b"\x80", b"\x80\x09N.", b"hello", b"\xff\xd8\xff\xe0JFIF", b"(", b"N0.", b"t."]
)
def test_what_is_no_pickle(data: bytes) -> None:
    with pytest.raises(FileFormatError):
        load_pickle(data)


def test_missing_file_and_path(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        load_pickle(tmp_path / "none.pkl")
    (tmp_path / "a.pkl").write_bytes(pickle.dumps([1]))
    assert load_pickle(tmp_path / "a.pkl") == [1]


def _safe(value: Any, depth: int = 0) -> bool:
    if (
        depth > 12
        or value is None
        or isinstance(value, (bool, int, float, str, bytes, np.generic, SparseMatrix, ChumpyArray))
    ):
        return True
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biuf"
    if type(value) in (list, tuple):
        return all(_safe(v, depth + 1) for v in value[:50])
    return type(value) is dict and all(_safe(v, depth + 1) for v in value.values())


def fuzz(rounds: int, seed: int) -> dict[str, int]:
    """Mutate, splice and cut small FLAME files; every outcome is an error of ours or plain content."""
    rng = random.Random(seed)
    content = sample(columns=6, v=8)
    bases = [python2_pickle(content)] + [pickle.dumps(content, p) for p in (0, 2, 4, 5)]
    bases.append(pickle.dumps({**content, "J_regressor": scipy.sparse.csc_matrix(content["J_regressor"])}, 2))
    words = [
        b"cos\nsystem\n",
        b"c__builtin__\neval\n",
        b"cnumpy\ndtype\n",
        b"R",
        b"b",
        b"\x81",
        b"(",
        b"t",
        b"o",
        b"O8",
        b"\xff\xff\xff\x7f",
    ]
    outcome = {"refused": 0, "loaded": 0}
    for _ in range(rounds):
        data = bytearray(rng.choice(bases))
        for _ in range(rng.randint(1, 6)):
            if len(data) < 2:
                break
            at = rng.randrange(min(len(data), 400) if rng.random() < 0.5 else len(data))
            way = rng.random()
            if way < 0.45:
                data[at] = rng.randrange(256)
            elif way < 0.6:
                data[at:at] = rng.choice(words)
            elif way < 0.75:
                del data[at : at + rng.randint(1, 30)]
            elif way < 0.9:
                other = rng.choice(bases)
                start = rng.randrange(len(other))
                data[at : at + 20] = other[start : start + rng.randint(1, 60)]
            else:
                del data[max(at, 1) :]
        try:
            value = load_pickle(bytes(data))
            assert _safe(value), type(value)
            for part in value.values() if type(value) is dict else ():
                if isinstance(part, (SparseMatrix, ChumpyArray)):
                    part.toarray()
            outcome["loaded"] += 1
        except FileFormatError:
            outcome["refused"] += 1
    return outcome


def _no_running(monkeypatch: pytest.MonkeyPatch) -> None:
    def hit(*_: Any, **__: Any) -> None:
        raise AssertionError("a pickle ran something")

    for owner, name in (
        (os, "system"),
        (os, "popen"),
        (subprocess, "Popen"),
        (builtins, "eval"),
        (builtins, "exec"),
    ):
        monkeypatch.setattr(owner, name, hit)


def test_mutated_files_are_refused_or_read(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_running(monkeypatch)
    outcome = fuzz(2_500, seed=5)
    assert outcome["refused"] > 1_000 and outcome["loaded"] > 10


@pytest.mark.slow
def test_many_more_mutated_files(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_running(monkeypatch)
    assert sum(fuzz(10_000, seed=77).values()) == 10_000


def test_every_truncation_of_a_file_is_an_error() -> None:
    data = python2_pickle(sample(columns=6, v=8))
    for end in range(0, len(data) - 1, 7):
        with pytest.raises(FileFormatError):
            load_pickle(data[:end])


def test_lab_head_reads_like_pickle_does(lab_head_a: Path) -> None:
    got = load_pickle(lab_head_a)
    pytest.importorskip("numpy._core")  # the file names it, and pickle takes it at its word
    with lab_head_a.open("rb") as file:
        expected = pickle.load(io.BytesIO(file.read()), encoding="latin1")
    assert set(got) == set(expected)
    for key, value in expected.items():
        if scipy.sparse.issparse(value):
            np.testing.assert_array_equal(got[key].toarray(), value.toarray())
        else:
            np.testing.assert_array_equal(got[key], value)


def test_sample_sizes() -> None:
    assert sample()["shapedirs"].shape == (V, 3, 400)
