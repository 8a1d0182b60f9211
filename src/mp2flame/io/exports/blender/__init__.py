"""What Blender installs: an extension that plays takes and live frames, and the same as one script.

``extension/`` is Blender's side and runs in its Python; nothing here imports it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zipfile
from importlib.metadata import Distribution, distribution
from importlib.resources import files

from ....base.errors import InputError
from ....base.optional import need
from ....base.version import __version__
from ....base.write import atomic_write, write_text

_LIBRARIES = ("websockets", "python-osc")
"""What Blender's Python lacks for ``ws://`` and ``osc://``; both run without compiled parts."""
_MANIFEST = """schema_version = "1.0.0"
id = "mp2flame"
version = "{version}"
name = "mp2flame"
tagline = "Takes and live faces from MediaPipe and ARKit onto FLAME heads"
maintainer = "The mp2flame authors"
type = "add-on"
website = "https://github.com/mp2flame/mp2flame"
tags = ["Animation", "Import-Export"]
blender_version_min = "4.2.0"
license = ["SPDX:Apache-2.0"]
wheels = [{wheels}]

[permissions]
network = "Receive live frames from mp2flame"
files = "Read takes and heads"
"""


def write_extension(path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """The extension as a zip for Blender 4.2 and later; the same bytes for the same versions.

    The manifest is of schema 1.0.0 (docs.blender.org, "How to Create Extensions"). The two libraries that receive
    live frames come with it as wheels, since Blender's Python has no package index.

    Raises:
        MissingDependencyError: ``websockets`` or ``python-osc`` is not installed.
        InputError: ``path`` exists; OutputError: it cannot be written.
    """
    need("websockets", purpose="receiving ws:// in Blender")
    need("pythonosc", purpose="receiving osc:// in Blender")
    parts = {f"wheels/{name}": data for name, data in map(_wheel, map(distribution, _LIBRARIES))}
    wheels = ", ".join(f'"./{name}"' for name in parts)
    version = re.match(r"\d+\.\d+\.\d+", __version__)
    if version is None:
        raise InputError(f"the version {__version__} does not begin with three numbers.")
    manifest = _MANIFEST.format(version=version[0], wheels=wheels)
    parts["blender_manifest.toml"] = manifest.encode()
    licence = distribution("mp2flame").read_text("licenses/LICENSE")
    if licence:
        parts["LICENSE"] = licence.encode()
    folder = files(__name__) / "extension"
    parts.update((item.name, item.read_bytes()) for item in folder.iterdir() if item.name.endswith(".py"))
    with atomic_write(path, overwrite) as file:
        file.write(_zip(parts))


def write_script(path: str | os.PathLike[str], overwrite: bool = False) -> None:
    """The playing of takes as one script, for ``blender --python`` in Blender 3.6 and later.

    Raises:
        InputError: ``path`` exists; OutputError: it cannot be written.
    """
    write_text(path, (files(__name__) / "extension" / "play.py").read_text(encoding="utf-8"), overwrite)


def _zip(parts: dict[str, bytes]) -> bytes:
    """The same bytes for the same parts: sorted, without times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(parts):
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            file.writestr(entry, parts[name])
    return out.getvalue()


def _wheel(found: Distribution) -> tuple[str, bytes]:
    """An installed distribution as a wheel of its Python files alone (binary distribution format, PyPA)."""
    name = re.sub(r"[-_.]+", "_", found.metadata["Name"]).lower()
    info = f"{name}-{found.version}.dist-info/"
    parts: dict[str, bytes] = {}
    for item in found.files or ():
        whole = item.as_posix()
        if whole.endswith((".py", "/py.typed")) and not whole.startswith(".."):
            parts[whole] = item.read_binary()
        elif re.search(r"\.dist-info/(METADATA|licenses/|LICENSE)", whole):
            parts[info + whole.split(".dist-info/", 1)[1]] = item.read_binary()
    parts[info + "WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: mp2flame\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    lines = []
    for part, data in parts.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{part},sha256={digest},{len(data)}")
    parts[info + "RECORD"] = "\n".join([*lines, f"{info}RECORD,,", ""]).encode()
    return f"{name}-{found.version}-py3-none-any.whl", _zip(parts)
