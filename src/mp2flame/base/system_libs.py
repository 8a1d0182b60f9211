"""Shared libraries of the operating system that optional packages need and ``pip`` does not bring."""

from __future__ import annotations

import ctypes
import sys

# library: Debian/Ubuntu package. MediaPipe's own library needs EGL and GLES also on a CPU; the OpenCV that it
# brings is the one with a window system and needs the others.
TRACKING_LIBRARIES: dict[str, str] = {
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libGL.so.1": "libgl1",
    "libxcb.so.1": "libxcb1",
    "libgthread-2.0.so.0": "libglib2.0-0",
}


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
