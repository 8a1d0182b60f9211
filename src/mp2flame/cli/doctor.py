"""``mp2flame doctor``: what this machine has, what is missing, and the command that fixes it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from ..base.errors import FileFormatError, MissingFileError, Mp2FlameError
from ..base.option import option
from ..base.optional import EXTRAS, again_command, extras_command, is_installed
from .next_step import as_called
from .options import command

OK, NOTE, BAD = "ok", "note", "bad"

_ROOM_MB = 200


@dataclass
class Finding:
    """One line of the report.

    Attributes:
        topic: what was looked at.
        status: ``ok``, ``note`` (something optional is missing) or ``bad`` (the main job cannot run).
        text: what was found.
        fix: the command or step that changes it, '' when there is nothing to do.
    """

    topic: str
    status: str
    text: str
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What ``doctor`` can be told."""

    json: bool = option(False, "The report as JSON, for scripts.", "Output")
    offline: bool = option(False, "Do not download the face model when it is missing.", "Input")


@command(Asked)
def doctor(asked: Asked) -> None:
    """Check this machine: what is missing, and the command that fixes it.

    Exit code 0 when video can be turned into FLAME parameters here, 4 when something for that is missing.
    Notes are about things that you may or may not want.
    """
    findings = examine(download=not asked.offline)
    bad = any(finding.status == BAD for finding in findings)
    if asked.json:
        click.echo(json.dumps({"ok": not bad, "findings": [asdict(f) for f in findings]}, indent=2))
    else:
        width = max(len(finding.topic) for finding in findings)
        mark = {OK: "ok  ", NOTE: "note", BAD: "BAD "}
        for finding in findings:
            click.echo(f"{mark[finding.status]}  {finding.topic:<{width}}  {finding.text}")
            if finding.fix:
                click.echo(f"      {'':<{width}}  fix: {finding.fix}")
        click.echo()
        click.echo(
            as_called(
                "Something is missing for 'mp2flame run'; see the lines marked BAD."
                if bad
                else "All that 'mp2flame run' needs is here. Without video: 'mp2flame demo'."
            )
        )
    if bad:
        raise SystemExit(4)


def examine(download: bool = False) -> list[Finding]:
    """All checks, in the order of the report. A check that fails unexpectedly becomes a line, not a crash."""
    checks: list[tuple[str, Callable[[], list[Finding]]]] = [
        ("python", _python),
        ("extras", _extras),
        ("system libraries", _system_libraries),
        ("face model", lambda: _face_model(download)),
        ("face detector", _detector),
        ("cameras", _cameras),
        ("FLAME files", _flame_files),
        ("rendering", _rendering),
        ("cache", _cache),
        ("disk", _disk),
    ]
    findings: list[Finding] = []
    for topic, check in checks:
        try:
            findings += check()
        except Exception as error:  # a doctor must finish the round  # noqa: BLE001
            findings.append(Finding(topic, NOTE, f"could not be checked: {type(error).__name__}: {error}"))
    return findings


def _python() -> list[Finding]:
    from ..base.version import __version__

    text = f"{platform.python_version()} ({platform.system()} {platform.machine()}), mp2flame {__version__}"
    return [Finding("python", OK, text)]


def _extras() -> list[Finding]:
    import importlib.metadata

    out = []
    for extra, (packages, purpose) in EXTRAS.items():
        missing = [name for name, module in packages if not is_installed(module)]
        if extra == "mlp":  # another name of torch's
            continue
        if missing:
            status = BAD if extra == "track" else NOTE
            text = f"{', '.join(missing)} not installed: {purpose}"
            if "av" in missing and is_installed("cv2"):
                text += " (OpenCV reads most videos instead)"
            elif "av" in missing:
                status = BAD
            out.append(Finding(f"extra {extra}", status, text, extras_command(extra)))
        else:
            versions = []
            for name, _ in packages:
                try:
                    versions.append(f"{name} {importlib.metadata.version(name)}")
                except importlib.metadata.PackageNotFoundError:
                    versions.append(name)
            out.append(Finding(f"extra {extra}", OK, ", ".join(versions)))
    return out


def _system_libraries() -> list[Finding]:
    from ..base.optional import TRACKING_LIBRARIES, install_command, missing_libraries

    missing = missing_libraries()
    if missing:
        text = f"{', '.join(missing)} not found: MediaPipe cannot start"
        return [Finding("system libraries", BAD, text, install_command(missing))]
    found = (
        ", ".join(TRACKING_LIBRARIES) if sys.platform.startswith("linux") else "none needed on this system"
    )
    return [Finding("system libraries", OK, found)]


def _face_model(download: bool) -> list[Finding]:
    from ..base.cache import cache_dir
    from ..observe.model_file import FACE_LANDMARKER_NAME, FACE_LANDMARKER_URL, find_face_landmarker

    target = cache_dir() / FACE_LANDMARKER_NAME
    if download and not target.exists() and not os.environ.get("MP2FLAME_FACE_LANDMARKER"):
        click.echo("looking for the face model (3.8 MB, downloaded once) ...", err=True)
    try:
        path = find_face_landmarker(download=download)
    except FileFormatError as error:
        return [
            Finding("face model", BAD, str(error).split(" Fetch ")[0], "delete that file, then doctor again")
        ]
    except Mp2FlameError as error:
        fix = f"curl -L --create-dirs -o '{_short(target)}' {FACE_LANDMARKER_URL}".replace("'~/", "~/'")
        return [Finding("face model", BAD, str(error).split(" Fetch ")[0], fix)]
    return [Finding("face model", OK, _short(path))]


def _detector() -> list[Finding]:
    """Run it in a process of its own: a broken system library may end the process."""
    from ..base.optional import missing_libraries
    from ..observe.model_file import find_face_landmarker

    try:
        find_face_landmarker(download=False)
    except (MissingFileError, FileFormatError):
        return [Finding("face detector", NOTE, "not tried: the face model is missing")]
    if not is_installed("mediapipe") or missing_libraries():
        return [Finding("face detector", NOTE, "not tried: see above")]
    code = (
        "import numpy as np\n"
        "from mp2flame.observe.model_file import find_face_landmarker\n"
        "from mp2flame.observe.detector import Detector\n"
        "path = find_face_landmarker(download=False)\n"
        "with Detector('image', model_path=path) as d: d.detect(np.zeros((64, 64, 3), np.uint8))\n"
    )
    said, good = _tried(code, 120)
    if good:
        return [Finding("face detector", OK, "starts and looks at a picture")]
    if said is None:
        return [Finding("face detector", BAD, "did not answer within two minutes")]
    return [Finding("face detector", BAD, f"does not start: {said[:300]}", again_command("mediapipe"))]


def _tried(code: str, timeout_s: float) -> tuple[str | None, bool]:
    """What a program said last (None: it did not end in time), and whether it ended well."""
    try:
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return None, False
    if run.returncode == 0:
        return run.stdout.strip(), True
    return (run.stderr.strip().splitlines() or [f"ended with code {run.returncode}"])[-1], False


def _cameras() -> list[Finding]:
    from ..io.sources.camera import camera_devices, camera_names

    if not sys.platform.startswith("linux"):
        return [Finding("cameras", NOTE, "can only be listed on Linux", "try: mp2flame run 0 --view")]
    present = camera_devices()
    if not present:
        return [Finding("cameras", NOTE, "none (no /dev/video*); videos and pictures work without")]
    locked = [i for i in present if not os.access(f"/dev/video{i}", os.R_OK | os.W_OK)]
    called = camera_names()
    names = ", ".join(f"{i} ({called.get(i, 'unnamed')})" for i in present)
    if locked:
        fix = "sudo usermod -aG video $USER   (then log in again)"
        return [Finding("cameras", NOTE, f"{names}; no right to use {', '.join(map(str, locked))}", fix)]
    return [Finding("cameras", OK, names)]


def _flame_files() -> list[Finding]:
    from ..flame import load_flame
    from ..flame.find import find_flame_files

    paths = find_flame_files()
    if not paths:
        return [
            Finding(
                "FLAME files",
                NOTE,
                "none found; the built-in head is used",
                "FLAME is at https://flame.is.tue.mpg.de; then pass --flame FILE or set MP2FLAME_FLAME",
            )
        ]
    out = []
    for path in paths:
        try:
            model = load_flame(path)
        except Mp2FlameError as error:
            out.append(Finding("FLAME files", NOTE, f"{_short(path)}: {error}"))
            continue
        jaw = "" if model.has_jaw else ", no jaw"
        text = f"{_short(path)}: release {model.release}, {model.num_expression} expression coefficients{jaw}"
        out.append(Finding("FLAME files", OK, text))
    return out


def _rendering() -> list[Finding]:
    """A graphics context in a process of its own: a broken driver may end the process."""
    if not is_installed("moderngl"):
        return [Finding("rendering", OK, "software (works everywhere)", extras_command("render"))]
    code = (
        "from mp2flame.show.pictures.gl import create_context\n"
        "context = create_context()\n"
        "print(context.info['GL_RENDERER'], '/ OpenGL', context.version_code / 100)\n"
    )
    said, good = _tried(code, 60)
    if said is None:
        return [Finding("rendering", NOTE, "OpenGL does not answer; software rendering is used")]
    if good:
        return [Finding("rendering", OK, said)]
    fix = "sudo apt-get install -y libegl1 libgl1-mesa-dri" if sys.platform.startswith("linux") else ""
    return [Finding("rendering", NOTE, f"no OpenGL ({said[:200]}); software rendering is used", fix)]


def _cache() -> list[Finding]:
    from ..base.cache import cache_dir

    folder = cache_dir()
    if _writable(folder):
        return [Finding("cache", OK, _short(folder))]
    fix = "set MP2FLAME_CACHE to a folder that you may write to"
    return [Finding("cache", NOTE, f"{_short(folder)} cannot be written: FLAME files load slower", fix)]


def _disk() -> list[Finding]:
    """Room where takes are written and where the cache lies: an hour of landmarks is 600 MB."""
    from ..base.cache import cache_dir

    out = []
    places = {
        "this folder": Path.cwd(),
        "the cache": cache_dir(),
        "temporary files": Path(tempfile.gettempdir()),
    }
    for what, place in places.items():
        try:
            free = shutil.disk_usage(_existing(place)).free >> 20
        except OSError as error:
            out.append(Finding("disk", NOTE, f"{what}, {_short(place)}: {error.strerror or error}"))
            continue
        if free < _ROOM_MB:
            out.append(Finding("disk", NOTE, f"{what}, {_short(place)}: {free} MB free", "free some space"))
    if not _writable(Path.cwd()):
        out.append(
            Finding(
                "disk", NOTE, "this folder cannot be written", "mp2flame run ... -o /another/folder/take.npz"
            )
        )
    return out or [Finding("disk", OK, f"more than {_ROOM_MB} MB free")]


def _existing(place: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    while not os.path.exists(place) and place != place.parent:
        place = place.parent
    return place


def _writable(place: Path) -> bool:
    """Whether files can be made there: asked by making one, rights alone do not tell of a disk without room."""
    existing = _existing(place)
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError:
        return False
    return True


def _short(path: Path) -> str:
    """A path with the home folder as ``~``."""
    try:
        return f"~/{path.resolve().relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
