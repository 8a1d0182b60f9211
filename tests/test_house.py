"""The house keeps its order: docs/architecture.md, read with ast, not trusted.

Every import counts, inside functions, under TYPE_CHECKING and in dotted strings; a room imports only from the rooms
before it in ``ROOMS``; no two modules import each other, however far round.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
PACKAGE = SRC / "mp2flame"
ROOMS = (
    "base", "flame", "observe", "rig", "response", "torch", "take", "io", "drive", "show", "evaluate", "learn", "cli",
)  # fmt: skip
CORE = {"numpy", "click"}
DOTTED = re.compile(r"^(?:mp2flame)?((?:\.[a-z_0-9]+)+)$")


def module_of(path: Path) -> str:
    """Dotted name below mp2flame; the package itself is empty."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix("__init__").rstrip(".")


FOREIGN = PACKAGE / "io/exports/blender/extension"  # runs in Blender's Python, imported by nothing here
MODULES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if FOREIGN not in path.parents}


def targets(path: Path) -> set[str]:
    """Modules below mp2flame that this file imports, in any way."""
    found: set[str] = set()
    package = path.parent.relative_to(PACKAGE).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name.removeprefix("mp2flame.") for a in node.names if a.name.startswith("mp2flame.")}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            elif (node.module or "").split(".")[0] == "mp2flame":
                base = (node.module or "").split(".")[1:]
            else:
                continue
            whole = ".".join(part for part in base if part)
            for a in node.names:
                below = f"{whole}.{a.name}".strip(".")
                found.add(below if below in MODULES else whole)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = DOTTED.match(node.value)
            if match:  # from the package, or as importlib takes it: from this folder
                found |= {match[1].strip("."), ".".join((*package, match[1].strip(".")))}
    return {name for name in found if name in MODULES} - {module_of(path)}


GRAPH = {name: targets(path) for name, path in MODULES.items() if name not in ("", "__main__")}


def test_the_tree_is_the_table() -> None:
    entries = {p.name for p in PACKAGE.iterdir() if p.name != "__pycache__"}
    assert entries == {*ROOMS, "__init__.py", "__main__.py", "py.typed"}
    assert len(entries) <= 16
    table = re.findall(r"^\| `(\w+)/` \|", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"), re.M)
    assert tuple(table) == ROOMS


def test_the_table_names_every_module_of_a_room() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for room in set(ROOMS) - {"cli"}:  # one module a command
        row = re.search(rf"^\| `{room}/` \| .* \| (.*) \|$", text, re.M)
        assert row is not None, room
        named = set(re.findall(r"`([\w/]+)`", row[1]))
        there = {
            f"{p.name}/" if p.is_dir() else p.stem for p in (PACKAGE / room).iterdir()
            if not p.name.startswith("__") and (p.is_dir() or p.suffix == ".py")
        }  # fmt: skip
        assert named == there, f"docs/architecture.md, row {room}/: {sorted(named ^ there)}"


def test_what_the_maintainers_pages_name_is_there() -> None:
    """Files and folders that architecture.md and CONTRIBUTING.md send a reader to, by the end of their path."""
    tops = ("src", "tests", "tools", "docs", "web/src", ".ci", "bench")
    paths = [
        f"/{p.relative_to(ROOT).as_posix()}{'/' * p.is_dir()}"
        for top in tops
        for p in (ROOT / top).rglob("*")
    ]
    paths += [f"/{top}/" for top in tops] + [f"/{p.name}" for p in ROOT.iterdir()]
    for page in ("docs/architecture.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for name in re.findall(r"`([\w./]+(?:\.py|\.md|\.npz|\.json|/))`", text):
            if "NAME" not in name:
                assert any(path.endswith(f"/{name}") for path in paths), (
                    f"{page} names {name}, which is not there"
                )


def test_every_room_says_its_job_in_one_sentence() -> None:
    for name, path in MODULES.items():
        if path.name == "__init__.py" and name:
            doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            assert doc and doc.split("\n")[0].rstrip().endswith((".", ":", "``")), name


def test_tests_lie_in_folders_of_the_same_names() -> None:
    # torch_: a folder "torch" beside conftest.py would be imported for PyTorch where that is missing
    folders = {
        p.name.rstrip("_") for p in (ROOT / "tests").iterdir() if p.is_dir() and any(p.glob("test_*.py"))
    }
    assert folders <= set(ROOMS) and {"base", "flame", "observe", "rig", "io", "drive", "cli"} <= folders


def test_imports_go_one_way() -> None:
    wrong = [
        f"{name} imports {target}"
        for name, found in GRAPH.items()
        for target in sorted(found)
        if ROOMS.index(target.split(".")[0]) > ROOMS.index(name.split(".")[0])
    ]
    assert not wrong, "\n".join(wrong)


def test_no_circles() -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in sorted(GRAPH.get(name, ())):
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(GRAPH):
        visit(name, ())


def top_level_imports(tree: ast.AST) -> list[str]:
    found: list[str] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module or "")
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found += top_level_imports(node)
    return found


def test_only_numpy_and_click_at_module_level() -> None:
    """Every module of the package can be imported with the core dependencies alone; the room of torch needs torch."""
    wrong = [
        f"{name}: {other}"
        for name, path in {**MODULES, "mp_2_flame": SRC / "mp_2_flame.py"}.items()
        for other in top_level_imports(ast.parse(path.read_text(encoding="utf-8")))
        if other.split(".")[0] not in sys.stdlib_module_names | CORE | {"mp2flame"}
        and not (name.startswith("torch") and other.split(".")[0] == "torch")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("statement", ["import mp2flame", "import mp2flame.cli", "import mp_2_flame"])
def test_start_is_light(statement: str) -> None:
    heavy = [
        "scipy",
        "cv2",
        "torch",
        "mp2flame.torch",
        "mediapipe",
        "matplotlib",
        "av",
        "websockets",
        "PIL",
        "moderngl",
    ]
    code = f"import sys; {statement}; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_dataclass_that_holds_arrays_compares_without_raising() -> None:
    """What dataclasses generate asks an array for its truth; ``base.values.Comparable`` does not."""
    wrong = []
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            made = [text for d in node.decorator_list if (text := ast.unparse(d)).startswith("dataclass")]
            held = [ast.unparse(item.annotation) for item in node.body if isinstance(item, ast.AnnAssign)]
            if made and "eq=False" not in made[0] and any("Array" in one or "ndarray" in one for one in held):
                wrong.append(f"{name}.{node.name}")
    assert not wrong, f"without eq=False: {wrong}"
