"""Optional packages and system libraries: imported in one way, and one sentence when they are missing.

    av = need("av", purpose="reading video")

``EXTRAS`` says which extra of the package brings what; everything that is missing is named at once, with one
command that installs it.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from .errors import MissingDependencyError

# extra: ((distribution, module) of what it brings, what it is for)
EXTRAS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "track": ((("mediapipe", "mediapipe"),), "finding faces in pictures"),
    "video": ((("av", "av"), ("pillow", "PIL")), "reading and writing video and pictures"),
    "render": (
        (("moderngl", "moderngl"), ("pillow", "PIL")),
        "fast pictures on a graphics card (without: slower, the same look)",
    ),
    "serve": ((("websockets", "websockets"),), "WebSocket outputs, inputs and VTube Studio"),
    "osc": ((("python-osc", "pythonosc"),), "VMC and OSC"),
    "zmq": ((("pyzmq", "zmq"),), "ZeroMQ"),
    "usd": ((("usd-core", "pxr"),), "USD files"),
    "view": ((("websockets", "websockets"), ("pillow", "PIL")), "the viewer, a page in the browser"),
    "fit": ((("pyarrow", "pyarrow"), ("matplotlib", "matplotlib")), "learning from your own data"),
    "table": ((("pandas", "pandas"),), "takes as data frames"),
    "cluster": ((("distributed", "distributed"),), "learning on many machines"),
    "torch": ((("torch", "torch"), ("pillow", "PIL")), "mp2flame.torch, and learning with a small network"),
    "onnx": (
        (("torch", "torch"), ("onnx", "onnx"), ("onnxruntime", "onnxruntime")),
        "writing the driver as an ONNX file for engines",
    ),
    "mlp": ((("torch", "torch"),), "the same, by its older name"),
    "docs": (
        (
            ("mkdocs", "mkdocs"),
            ("mkdocs-material", "material"),
            ("mkdocstrings-python", "mkdocstrings_handlers"),
        ),
        "the documentation as pages with search",
    ),
}
_NAMES = {
    "mediapipe": "MediaPipe",
    "av": "PyAV",
    "pillow": "Pillow",
    "torch": "PyTorch",
    "matplotlib": "Matplotlib",
}
_VIA = {"cv2": "mediapipe"}  # OpenCV comes with MediaPipe

# library: Debian/Ubuntu package. MediaPipe's own library needs EGL and GLES also on a CPU; the OpenCV that it
# brings is the one with a window system and needs the others.
TRACKING_LIBRARIES: dict[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libGL.so.1": "libgl1",
    "libxcb.so.1": "libxcb1",
    "libgthread-2.0.so.0": "libglib2.0-0",
}


def need(*modules: str, purpose: str, instead: str = "") -> Any:
    """Import optional modules.

    Args:
        modules: dotted names, each of a package in ``EXTRAS`` (or ``cv2``).
        purpose: what they are needed for, the beginning of the message: ``"reading video"``.
        instead: another way out, the end of the message: ``"or write a GIF"``.

    Returns:
        The module, or a tuple of them when several are named.

    Raises:
        MissingDependencyError: names all that are missing and the one command that installs them.
    """
    found, absent = [], []
    for name in modules:
        try:
            importlib.import_module(_root(name))
            found.append(importlib.import_module(name))
        except (ImportError, OSError, AttributeError) as error:
            absent.append((name, error))
    if not absent:
        return found[0] if len(found) == 1 else tuple(found)
    broken = [f"{name} is installed but cannot be used: {e}" for name, e in absent if is_installed(name)]
    libraries = (
        missing_libraries() if broken and any(_root(n) in ("cv2", "mediapipe") for n, _ in absent) else {}
    )
    tail = f", {instead}" if instead else ""
    if libraries:
        raise MissingDependencyError(
            f"{purpose} needs system libraries that are not installed ({', '.join(libraries)}): "
            f"{install_command(libraries)}{tail}"
        ) from absent[0][1]
    what = " and ".join(dict.fromkeys(_title(name) for name, _ in absent))
    why = "; ".join(broken) or (
        "which is not installed" if " and " not in what else "which are not installed"
    )
    command = (
        again_command(*(name for name, _ in absent)) if broken else pip_command(*(name for name, _ in absent))
    )
    raise MissingDependencyError(f"{purpose} needs {what} ({why}): {command}{tail}") from absent[0][1]


def check(*modules: str, purpose: str) -> None:
    """Raise for all of ``modules`` that are not installed, without importing the others (which is slow).

    Raises:
        MissingDependencyError: names all that are missing and the one command that installs them.
    """
    absent = [name for name in modules if not is_installed(name)]
    if absent:
        need(*absent, purpose=purpose)


def is_installed(module: str) -> bool:
    """Whether the package of a dotted name can be found; nothing is imported."""
    root = _root(module)
    if root in sys.modules:
        return sys.modules[root] is not None
    return importlib.util.find_spec(root) is not None


def pip() -> str:
    """How a shell that stands here calls this environment's pip: ``pip`` only where that is this one's."""
    here = Path(sys.executable).parent
    found = shutil.which("pip")
    if found and Path(found).parent == here:
        return "pip"
    python = Path(sys.executable)
    inside = python.is_relative_to(Path.cwd()) and here != Path.cwd()
    short = python.relative_to(Path.cwd()) if inside else python
    return f"{shlex.quote(str(short)) if os.name == 'posix' else short} -m pip"


def again_command(*modules: str) -> str:
    """The command that installs the packages of these modules once more, in their newest release."""
    wanted = {_VIA.get(_root(name), _root(name)) for name in modules}
    packages = dict.fromkeys(
        distribution for brought, _ in EXTRAS.values() for distribution, module in brought if module in wanted
    )
    return f"{pip()} install -U --force-reinstall {' '.join(packages)}"


def pip_command(*modules: str) -> str:
    """The command that brings these modules: the fewest extras in which they are.

    pip takes the extras of a package that is installed from what is installed, so this works in a clone too.
    """
    wanted = {_VIA.get(_root(name), _root(name)) for name in modules}
    extras: list[str] = []
    while wanted:
        best = max(EXTRAS, key=lambda extra: len(wanted & {module for _, module in EXTRAS[extra][0]}))
        brought = wanted & {module for _, module in EXTRAS[best][0]}
        if not brought:
            raise LookupError(f"no extra brings {', '.join(sorted(wanted))}")
        extras.append(best)
        wanted -= brought
    return extras_command(*extras)


def extras_command(*extras: str) -> str:
    """The command that installs these extras."""
    return f'{pip()} install "mp2flame[{",".join(extras)}]"'


def _root(module: str) -> str:
    return module.partition(".")[0]


def _title(module: str) -> str:
    """The name under which people know it."""
    root = _root(module)
    if root == "cv2":
        return "OpenCV"
    for packages, _ in EXTRAS.values():
        for distribution, name in packages:
            if name == root:
                return _NAMES.get(distribution, distribution)
    raise LookupError(f"no extra brings {module}")


def missing_libraries(wanted: dict[str, str] = TRACKING_LIBRARIES) -> dict[str, str]:
    """Those of ``wanted`` that cannot be loaded, library to package; always empty outside Linux."""
    if not sys.platform.startswith("linux"):
        return {}
    missing = {}
    for library, package in wanted.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    return missing


def install_command(missing: dict[str, str]) -> str:
    """The command that brings missing libraries on Debian and Ubuntu."""
    return f"sudo apt-get install -y {' '.join(dict.fromkeys(missing.values()))}"
