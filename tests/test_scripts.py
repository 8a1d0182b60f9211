"""The scripts of bench/ and tools/ say what they do, before anything that is optional is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = [
    path
    for folder in ("bench", "tools")
    for path in sorted((ROOT / folder).glob("*.py"))
    if "__main__" in path.read_text(encoding="utf-8")
]
# One process for all of them, in which only what mp2flame itself depends on can be imported.
HELP = """
import contextlib, io, runpy, sys
from pathlib import Path

class OnlyTheCore:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in known or any((Path(p) / f"{top}.py").exists() for p in sys.path if p.startswith(root)):
            return None
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

root, *scripts = sys.argv[1:]
known = {*sys.stdlib_module_names, "numpy", "click", "threadpoolctl", "loky", "mp2flame", "mp_2_flame"}
sys.meta_path.insert(0, OnlyTheCore())
paths = list(sys.path)
for script in scripts:
    sys.argv, sys.path[:], out = [script, "--help"], [str(Path(script).parent), *paths], io.StringIO()
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(script, run_name="__main__")
        print(script, "does not end at --help")
    except SystemExit as end:
        if end.code or "usage:" not in out.getvalue():
            print(script, "ends with", end.code, out.getvalue()[:200])
    except BaseException as error:
        print(script, repr(error))
"""


def test_every_script_has_a_help_that_needs_no_optional_package() -> None:
    assert len(SCRIPTS) > 40
    done = subprocess.run(
        [sys.executable, "-c", HELP, str(ROOT), *map(str, SCRIPTS)], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_figures_of_the_house_are_those_of_this_tree() -> None:
    from test_house import GRAPH, MODULES, PACKAGE

    script = ROOT / "tools/house_figures.py"
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    figures = dict(line.strip("| ").split(" | ") for line in done.stdout.splitlines() if line[:3] != "|--")
    assert figures["rooms"] == str(len({name.split(".")[0] for name in GRAPH}) + 1)  # __main__ is one there
    assert figures["circles of modules"] == "0"
    assert int(figures["files"]) > len(MODULES) and int(figures["root entries"]) == len(
        [p for p in PACKAGE.iterdir() if p.name != "__pycache__"]
    )
    wrong = subprocess.run([sys.executable, script, "nowhere"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "nowhere holds no folder mp2flame" in wrong.stderr
