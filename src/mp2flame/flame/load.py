"""Read a FLAME file of any release into a ``FlameModel``, and say clearly when it is not one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..base.cache import cached_arrays, file_sha256
from ..base.damage import reading
from ..base.errors import FileFormatError, MissingFileError
from ..base.home import expanded
from ..base.safe_pickle import MAX_BYTES
from .check import check_count, read_arrays
from .model import FlameModel
from .releases import identify

Array = npt.NDArray[Any]

CACHE_VERSION = 2
_FREE_BYTES, _MAX_RATIO = 64 << 20, 50  # FLAME files pack by a tenth
_SKIP = re.compile(r"mask|embedding|texture|landmark|__macosx|(^|/)\.", re.IGNORECASE)


def load_flame(
    path: str | os.PathLike[str],
    num_expression: int | None = None,
    *,
    num_betas: int | None = None,
    has_jaw: bool | None = None,
    cache: bool = True,
) -> FlameModel:
    """Read a FLAME file: a pickle or ``.npz`` of any release, or the zip it was downloaded in.

    Args:
        path: the file; ``FLAME2020.zip!female_model.pkl`` names one file in a zip.
        num_expression: keep the first so many expression columns; None keeps all there are.
        num_betas: how many leading columns of ``shapedirs`` are identity; None: by the rule in
            ``flame.content.split_columns``. Not needed for a file that has ``exprdirs`` of its own.
        has_jaw: overrides what the file shows, for a model without jaw rotation that was renamed.
        cache: keep the parsed arrays on disk under the file's hash, so that the next load is quick.

    Raises:
        MissingFileError: no such file.
        FileFormatError: damaged, cut short, or not a FLAME file.
        UnsafePickleError: the pickle asks to run code.
        InputError: more expression columns than there are, or columns that cannot be told apart.
    """
    check_count("num_betas", num_betas)
    file, member = _split_member(path)
    container = file_sha256(file)

    def parse() -> dict[str, Array]:
        data, inside = _payload(file, member)
        sha = hashlib.sha256(data).hexdigest() if inside else container
        arrays, texts = read_arrays(data, f"{file.name}!{inside}" if inside else file.name, num_betas)
        about = json.dumps({"sha": sha, "texts": texts, "inside": inside})
        return {**arrays, "about": np.frombuffer(about.encode("utf-8", "backslashreplace"), np.uint8)}

    if cache:
        part = hashlib.sha256(member.encode("utf-8", "surrogateescape")).hexdigest()[:8] if member else "file"
        split = "auto" if num_betas is None else str(num_betas)
        arrays = cached_arrays(f"flame-v{CACHE_VERSION}-{container[:40]}-{part}-{split}", parse)
    else:
        arrays = parse()
    stored = json.loads(arrays.pop("about").tobytes())
    hint = f"{file.parent.name}/{file.name}" + (f"!{stored['inside']}" if stored["inside"] else "")
    release = identify(stored["sha"], arrays["lbs_weights"], stored["texts"], hint)
    given: dict[str, Any] = dict(arrays)
    model = FlameModel(
        **given,
        release=release.name,
        gender=release.gender,
        certainty=release.certainty,
        has_jaw=release.has_jaw if has_jaw is None else bool(has_jaw),
        sha256=stored["sha"],
        path=file,
    )
    if num_expression is not None:
        model = replace(model, exprdirs=model.exprdirs[:, :, : model.check_num_expression(num_expression)])
    return model


# --- containers -----------------------------------------------------------------------------------------


def _split_member(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """The file on disk and the name inside a zip, if one is given after ``!``."""
    text = os.fspath(path)
    whole = expanded(text)
    member = ""
    if "!" in text and not whole.exists():
        outer, _, member = text.rpartition("!")
        whole = expanded(outer)
    if whole.is_dir():
        names = sorted(p.name for p in whole.iterdir() if p.suffix.lower() in (".pkl", ".npz", ".zip"))[:8]
        there = f" It holds {', '.join(names)}." if names else ""
        raise FileFormatError(f"{whole} is a folder; name the FLAME file in it.{there}")
    if not whole.is_file():
        raise MissingFileError(
            f"There is no FLAME file {whole}. FLAME models come from https://flame.is.tue.mpg.de after "
            "registration; "
            "without one, leave the option out and the built-in head is used."
        )
    if whole.stat().st_size > MAX_BYTES:
        raise FileFormatError(
            f"{whole.name} is larger than {MAX_BYTES >> 20} MiB; a FLAME file is 30 to 120 MB."
        )
    return whole, member


def _payload(file: Path, member: str) -> tuple[bytes, str]:
    """The bytes of the FLAME file, and its name inside the zip ('' when there is no zip)."""
    with reading(file.name, "a FLAME file", "Download it again."):
        data = file.read_bytes()
        if data[:4] != b"PK\x03\x04":
            if member:
                raise FileFormatError(f"{file.name} is not a zip, so there is no {member!r} in it.")
            return data, ""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [i.filename for i in archive.infolist() if not i.is_dir()]
            if not member and any(n.endswith(".npy") for n in names):
                return data, ""  # an .npz
            inside = _choose(names, member, file.name)
            most = min(MAX_BYTES, _FREE_BYTES + _MAX_RATIO * len(data))
            if archive.getinfo(inside).file_size > most:
                raise FileFormatError(
                    f"{inside} in {file.name} claims to be larger than {most >> 20} MiB, most of it from nothing; refused."
                )
            with archive.open(inside) as stream:
                content = stream.read(most + 1)
    if len(content) > most:
        raise FileFormatError(f"{inside} in {file.name} is larger than {most >> 20} MiB.")
    return content, inside


def _choose(names: list[str], member: str, label: str) -> str:
    """The FLAME model among the files of a zip.

    The named one, else the only one, else the gender-neutral one.
    """
    models = sorted(n for n in names if n.lower().endswith((".pkl", ".npz")) and not _SKIP.search(n))
    if member:
        matches = [n for n in names if n == member] or [n for n in models if n.rsplit("/", 1)[-1] == member]
        if len(matches) == 1:
            return matches[0]
        raise FileFormatError(
            f"{label} has no single file {member!r}; FLAME files in it: {', '.join(models[:12]) or 'none'}."
        )
    if not models:
        some = ", ".join(names[:5]) or "nothing"
        raise FileFormatError(
            f"{label} is a zip without a FLAME model (.pkl or .npz) in it; it holds {some}."
        )
    if len(models) == 1:
        return models[0]
    bases = {n: n.rsplit("/", 1)[-1].lower() for n in models}
    for wanted in (
        "flame2023.pkl",
        "flame2023_open.pkl",
        "generic_model.pkl",
        "flame_neutral.pkl",
        "generic_model.npz",
    ):
        matches = [n for n, base in bases.items() if base == wanted]
        if len(matches) == 1:
            return matches[0]
    raise FileFormatError(
        f"{label} holds several FLAME models; say which one, for example {label}!{models[0]}. In it: "
        f"{', '.join(models[:12])}."
    )
