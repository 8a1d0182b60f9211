"""Small made FLAME files in every dress that real ones come in: Python-2 pickles, chumpy, SciPy, npz."""

from __future__ import annotations

import contextlib
import io
import pickle
import struct
import sys
import types
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

V = 24


def sample(columns: int = 400, v: int = V, seed: int = 0) -> dict[str, Any]:
    """The content of a FLAME file with few vertices: random, but of the right shapes, scales and types."""
    r = np.random.default_rng(seed)
    weights = r.random((v, 5)) ** 4
    regressor = r.random((5, v))
    return {
        "v_template": r.normal(0, 0.1, (v, 3)),
        "f": np.stack([np.arange(v - 2), np.arange(1, v - 1), np.arange(2, v)], 1).astype(np.uint32),
        "weights": weights / weights.sum(1, keepdims=True),
        "J_regressor": regressor / regressor.sum(1, keepdims=True),
        "posedirs": r.normal(0, 1e-3, (v, 3, 36)),
        "shapedirs": r.normal(0, 1e-3, (v, 3, columns)),
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "J": np.zeros((5, 3)),
        "bs_type": "lrotmin",
        "bs_style": "lbs",
    }


class Python2Pickler(pickle._Pickler):  # type: ignore[name-defined]
    """Writes what Python 2 wrote: text and bytes alike as 8-bit strings."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)  # type: ignore[attr-defined]

    def _save_string(self, value: str | bytes) -> None:
        raw = value.encode("latin1") if isinstance(value, str) else value
        if len(raw) < 256:
            self.write(b"U" + bytes([len(raw)]) + raw)
        else:
            self.write(b"T" + struct.pack("<i", len(raw)) + raw)
        self.memoize(value)

    dispatch[str] = _save_string
    dispatch[bytes] = _save_string


@contextlib.contextmanager
def fake_module(name: str, **members: Any) -> Iterator[types.ModuleType]:
    """A module of that name while a pickle is written; the reader never sees it."""
    names = [".".join(name.split(".")[: i + 1]) for i in range(name.count(".") + 1)]
    before = {n: sys.modules.get(n) for n in names}
    for n in names:
        sys.modules[n] = types.ModuleType(n)
    for key, value in members.items():
        setattr(sys.modules[name], key, value)
    try:
        yield sys.modules[name]
    finally:
        for n, module in before.items():
            if module is None:
                del sys.modules[n]
            else:
                sys.modules[n] = module


def _stand_in(module: str, name: str) -> type:
    return type(name, (), {"__module__": module, "__qualname__": name})


def _filled(cls: type, state: dict[str, Any]) -> Any:
    made = cls()
    made.__dict__.update(state)
    return made


def python2_pickle(content: dict[str, Any], *, scipy_module: str = "scipy.sparse.csc") -> bytes:
    """Protocol 2 as Python 2 wrote it: ``shapedirs`` in chumpy, ``J_regressor`` sparse, old module paths."""
    ch = _stand_in("chumpy.ch", "Ch")
    csc = _stand_in(scipy_module, "csc_matrix")
    dense = np.asarray(content["J_regressor"])
    rows, cols = np.nonzero(dense.T)[::-1]
    counts = np.bincount(cols, minlength=dense.shape[1])
    with fake_module("chumpy.ch", Ch=ch), fake_module(scipy_module, csc_matrix=csc):
        changed = dict(content)
        changed["shapedirs"] = _filled(
            ch,
            {
                "x": np.asarray(content["shapedirs"]),
                "dterms": ["x"],
                "terms": [],
                "_dirty_vars": {"x"},
                "_itr": None,
                "_make_dense": False,
                "_status": "new",
            },
        )
        changed["J_regressor"] = _filled(
            csc,
            {
                "_shape": dense.shape,
                "maxprint": 50,
                "indices": rows.astype(np.int32),
                "indptr": np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
                "data": dense[rows, cols],
            },
        )
        out = io.BytesIO()
        Python2Pickler(out, protocol=2).dump(changed)
    data = out.getvalue()
    for module in (b"multiarray", b"numeric"):
        data = data.replace(b"cnumpy._core." + module, b"cnumpy.core." + module)
    return data


def npz_bytes(content: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    np.savez(out, **content)
    return out.getvalue()
