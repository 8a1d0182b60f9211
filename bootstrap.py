#!/usr/bin/env python3
"""Set everything up on a fresh machine, then run something. Needs nothing but Python 3.11 or newer.

    python3 bootstrap.py demo       the main job on the built-in head, results in ./mp2flame_demo; then ./mp2flame ...
    python3 bootstrap.py test       the tests (add --slow for the long ones; further words go to pytest)
    python3 bootstrap.py lowest     the core's fast tests on every Python from 3.11 on that is found here, with the lowest
                                    versions of its dependencies that pyproject.toml allows
    python3 bootstrap.py setup      only the environment with everything in it
    python3 bootstrap.py check      the linter and the type checker
    python3 bootstrap.py refresh    everything in the repository that is computed from the code: pages of the API and of the
                                    commands, pinned figures, golden vectors, the built page; look at git diff after it
    python3 bootstrap.py bench      every benchmark in bench/, results in bench/table.md (add names for some of them,
                                    --minutes N for the most that one may take; the files are in MP2FLAME_SHARED)

The environment is made in .venv beside this file. Missing system libraries are installed with apt-get where
that is possible (as root, or with sudo that asks nothing); elsewhere the command to run is printed.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LIBRARIES = {  # soname: Debian package
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libGL.so.1": "libgl1",
    "libxcb.so.1": "libxcb1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
GL_DRIVER = (
    "libgl1-mesa-dri",
    ("/usr/lib/*/dri/*_dri.so", "/usr/lib64/dri/*_dri.so", "/usr/lib/*/libgallium-*.so"),
)


def say(text: str) -> None:
    print(f"[bootstrap] {text}", file=sys.stderr, flush=True)


def find_python() -> str:
    if sys.version_info >= (3, 11):
        return sys.executable
    for name in ("python3.13", "python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return found
    sys.exit(
        f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Install one and run this again with it."
    )


def apt_install(packages: list[str], why: str) -> bool:
    """Install Debian packages if that can be done without asking; else say what to run."""
    if not packages:
        return True
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    manual = "sudo apt-get update && sudo " + " ".join(command[:3] + packages)
    if not shutil.which("apt-get"):
        say(f"{why}: this machine has no apt-get; install what corresponds to {' '.join(packages)}.")
        return False
    prefix = []
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            say(f"{why}. Please run: {manual}")
            return False
        prefix = ["sudo", "-n"]
    say(f"{why}: installing {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run([*prefix, *command], capture_output=True, env=environment).returncode == 0:
        return True
    subprocess.run([*prefix, "apt-get", "update", "-q"], capture_output=True, env=environment)
    done = subprocess.run([*prefix, *command], capture_output=True, text=True, env=environment)
    if done.returncode:
        say(f"could not install them: {done.stderr.strip()[-400:]}\nPlease run: {manual}")
    return done.returncode == 0


def system_packages() -> None:
    if not sys.platform.startswith("linux"):
        return
    missing = []
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    import glob

    if not any(glob.glob(pattern) for pattern in GL_DRIVER[1]):
        missing.append(GL_DRIVER[0])
    apt_install(missing, "system libraries for the detector and for rendering are missing")


def environment(extras: str) -> None:
    """Make .venv and install the package with ``extras``, again only when pyproject.toml has changed."""
    python = BIN / "python"
    if not python.exists():
        say("making the environment in .venv")
        base = find_python()
        made = subprocess.run([base, "-m", "venv", str(VENV)], capture_output=True, text=True)
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            version = subprocess.run(
                [base, "-c", "import sys; print('python%d.%d-venv' % sys.version_info[:2])"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            if not apt_install([version], "Python's venv module is missing"):
                sys.exit(made.stderr or made.stdout)
            subprocess.run([base, "-m", "venv", str(VENV)], check=True)
    stamp = VENV / f"installed-{extras.replace(',', '-') or 'core'}"
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing the package with [{extras}] (a minute or two the first time)")
    subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-e", f"{HERE}[{extras}]"],
        check=True,
    )
    stamp.write_text(wanted)


def launcher() -> Path:
    """A file beside this one that calls the command of the environment, and is named in what it suggests."""
    if os.name == "nt":
        path = HERE / "mp2flame.cmd"
        path.write_text(
            f'@echo off\r\nset "MP2FLAME_PROGRAM=%~0"\r\n"{BIN / "mp2flame.exe"}" %*\r\n', encoding="utf-8"
        )
        return path
    path = HERE / "mp2flame"
    path.write_text(
        "#!/bin/sh\n# Made by bootstrap.py: the command of the environment in .venv, wherever this is called from.\n"
        'MP2FLAME_PROGRAM=$0 exec "$(dirname "$0")/.venv/bin/mp2flame" "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def shown(path: Path) -> str:
    """A path as it is typed here."""
    try:
        return f"./{path.relative_to(Path.cwd())}"
    except ValueError:
        return str(path)


def run(*command: str) -> int:
    return subprocess.run([str(BIN / command[0]), *command[1:]], cwd=HERE).returncode


REFRESHED = (
    ("tools/make_api_page.py",),
    ("tests/test_api.py",),
    ("tools/make_web_golden.py",),
    ("tests/kit/pinned.py", "--write"),
)


def refresh() -> int:
    """What tests hold to the code, made again; the page of web/ where there is npm."""
    for script in REFRESHED:
        if code := run("python", *script):
            return code
    if not shutil.which("npm"):
        say(
            "npm is missing: src/mp2flame/show/web/static was left as it is, which is right unless web/ changed"
        )
        return 0
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    for command in (install, ["node", "scripts/build.mjs", "page"]):
        if code := subprocess.run(command, cwd=HERE / "web").returncode:
            return code
    return 0


def bench(words: list[str]) -> int:
    """Every script in bench/, one after the other; what they print and how long they took in one file."""
    minutes = float(words.pop(words.index("--minutes") + 1)) if "--minutes" in words else 20.0
    names = [word for word in words if word != "--minutes"]
    scripts = sorted((HERE / "bench").glob("bench_*.py"))
    chosen = [s for s in scripts if not names or any(name in s.stem for name in names)]
    if not chosen:
        sys.exit(
            f"no benchmark is called {' or '.join(names)}; there are {', '.join(s.stem for s in scripts)}."
        )
    environment = {
        "MP2FLAME_SHARED": str(HERE.parent / "shared"),
        **os.environ,
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    rows, texts = [], []
    for script in chosen:
        say(script.stem)
        started = time.monotonic()
        command = [str(BIN / "python"), str(script)]
        try:
            done = subprocess.run(
                command, env=environment, cwd=HERE, timeout=60 * minutes, capture_output=True, text=True
            )
            end = "done" if done.returncode == 0 else f"failed ({done.returncode})"
            text = done.stdout if done.returncode == 0 else done.stdout + done.stderr[-2000:]
        except subprocess.TimeoutExpired as late:
            end, text = f"stopped after {minutes:g} minutes", (late.stdout or b"").decode("utf-8", "replace")
        purpose = script.read_text(encoding="utf-8").split('"""')[1].strip().splitlines()[0]
        rows.append(
            f"| [{script.stem}](#{script.stem}) | {purpose} | {end} | {time.monotonic() - started:.0f} |"
        )
        texts.append(f"## {script.stem}\n\n{purpose}\n\n{text.strip()}\n")
        table = ["| benchmark | what | end | s |", "|---|---|---|---|", *rows, "", *texts]
        (HERE / "bench" / "table.md").write_text("\n".join(table), encoding="utf-8")
    print("\n".join(table[: len(rows) + 2]))
    return int(any("| done |" not in row for row in rows))


CORE_TESTS = (
    "tests/base",
    "tests/flame",
    "tests/rig",
    "tests/response",
    "tests/take",
    "tests/cli/test_cli_options.py",
)


FIRST_NUMPY = {
    "3.13": "numpy==2.1.0",
    "3.14": "numpy==2.3.2",
}  # the first with a wheel for it; earlier: what is pinned


def pythons() -> list[str]:
    """Interpreters from 3.11 on: on the path, pyenv's, and the one that runs this."""
    import re

    found: dict[tuple[int, int], str] = {}
    places = [Path(shutil.which(f"python3.{minor}") or "/nowhere") for minor in range(11, 15)]
    places.append(Path(sys.executable))
    places += sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    for path in places:
        if path.exists():
            told = subprocess.run([str(path), "--version"], capture_output=True, text=True).stdout
            match = re.match(r"Python 3\.(\d+)", told)
            if match and int(match[1]) >= 11:
                found.setdefault((3, int(match[1])), str(path))
    return [found[version] for version in sorted(found)]


def lowest(words: list[str]) -> int:
    """The core with the lowest dependencies, in an environment of its own for each interpreter; 0 when all pass."""
    import tomllib

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = [one.replace(">=", "==") for one in project["dependencies"]]
    worst, lines = 0, []
    for python in pythons():
        name = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
        ).stdout.strip()
        chosen = [FIRST_NUMPY.get(name, pin) if pin.startswith("numpy") else pin for pin in pins]
        place = HERE / f".venv-lowest-{name}"
        inner = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        say(f"Python {name}: {', '.join(chosen)}")
        if not inner.exists():
            subprocess.run([python, "-m", "venv", str(place)], check=True)
        wanted = [*chosen, "pytest>=8", "pytest-xdist>=3.6", "hypothesis>=6.100", "scipy"]
        stamp = place / "installed"
        if not stamp.exists() or stamp.read_text() != " ".join(wanted):
            subprocess.run(
                [str(inner), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted], check=True
            )
            stamp.write_text(" ".join(wanted))
        environment = {**os.environ, "PYTHONPATH": str(HERE / "src")}
        code = subprocess.run(
            [str(inner), "-m", "pytest", "-n", "2", "-m", "not slow and not browser", *(words or CORE_TESTS)],
            cwd=HERE, env=environment,
        ).returncode  # fmt: skip
        worst = max(worst, code)
        lines.append(f"Python {name}, {', '.join(chosen)}: {'passed' if code == 0 else f'FAILED ({code})'}")
    print("\n".join(lines))
    return worst


def main() -> int:
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    job, rest = words[0], words[1:]
    if job == "demo":
        system_packages()
        environment("track,video,render,view")
        return subprocess.run([shown(launcher()), "demo", *rest]).returncode
    if job == "setup":
        system_packages()
        environment("all")
        say(f"ready: {shown(launcher())} --help")
        return 0
    if job == "lowest":
        return lowest(rest)
    if job == "bench":
        system_packages()
        environment("dev")
        return bench(rest)
    if job in ("test", "check", "refresh"):
        system_packages()
        environment("dev")
        if job == "refresh":
            return refresh()
        if job == "check":
            return run("ruff", "check", ".") or run("ruff", "format", "--check", ".") or run("mypy")
        slow = "--slow" in rest
        rest = [word for word in rest if word != "--slow"]
        if not slow:
            return run("python", "-m", "pytest", "-n", "2", "-m", "not slow", *rest)
        # Pages drawn in software want the machine for themselves; what fails there is tried once more.
        plain = [
            word for word in rest if not word.startswith("--cov")
        ]  # the gate is for the whole, not for these
        browser = run("python", "-m", "pytest", "-m", "browser", *plain)
        if browser:
            browser = run("python", "-m", "pytest", "-m", "browser", "--last-failed", *plain)
        return browser or run("python", "-m", "pytest", "-n", "2", "-m", "not browser", *rest)
    print(f"there is no job '{job}'.\n{__doc__}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
