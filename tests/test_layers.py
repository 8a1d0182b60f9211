"""Imports go one way: docs/architecture.md, read with ast, not trusted."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SRC / "mp2flame"

LAYERS: dict[str, int] = {
    "errors": 0, "names": 0, "types": 0, "checks": 0,
    "rotations": 1, "pickles": 1, "assets": 1, "headers": 1, "system_libs": 1, "growing_npz": 1,
    "flame": 2, "builtin": 2, "embedding": 2, "rig": 2, "landmark_frame": 2, "response": 2, "profile": 2,
    "head_pose": 2, "filters": 2, "mapping": 2, "measures": 2, "neutral": 2, "lost": 2, "faces": 2, "edits": 3,
    "lids": 2, "lid_contact": 2, "lips": 2, "calibration": 2, "limits": 2, "head_colors": 2, "head_shell": 2, "identity": 2, "mapping_network": 2,
    "box_qp": 2, "inverse": 2, "jaw_vertices": 2, "transfer": 2,
    "detector": 3, "sources": 3, "recording": 3, "formats": 3, "gltf": 3, "meshes_out": 3, "render": 3, "video_out": 3, "observe": 4,
    "driver": 4, "solver": 4, "live": 4, "streams": 4, "viewer": 4, "learn": 4, "evaluate": 4,
    "cli": 5, "__main__": 5, "mp_2_flame": 5,
}  # fmt: skip
CORE = {"numpy", "click"}


def parts() -> list[tuple[str, Path]]:
    """Top-level part of the package, file."""
    files = [(p.relative_to(PACKAGE).parts[0].removesuffix(".py"), p) for p in sorted(PACKAGE.rglob("*.py"))]
    return [(part, p) for part, p in files if part != "__init__"] + [("mp_2_flame", SRC / "mp_2_flame.py")]


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree: ast.AST, *, top_only: bool) -> list[ast.Import | ast.ImportFrom]:
    found: list[ast.Import | ast.ImportFrom] = []
    for node in ast.iter_child_nodes(tree):
        if is_type_checking(node):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(node)
        elif not (top_only and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))):
            found += imports(node, top_only=top_only)
    return found


def own_targets(node: ast.Import | ast.ImportFrom, path: Path) -> list[str]:
    """Dotted names below mp2flame that this statement imports."""
    if isinstance(node, ast.Import):
        return [a.name.removeprefix("mp2flame.") for a in node.names if a.name.startswith("mp2flame.")]
    if node.level == 0:
        if node.module == "mp2flame":
            return [a.name for a in node.names]
        return [node.module.removeprefix("mp2flame.")] if (node.module or "").startswith("mp2flame.") else []
    folder = path.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    base = list(folder.relative_to(PACKAGE).parts) + ((node.module or "").split(".") if node.module else [])
    if not base:
        return [a.name for a in node.names]
    names = []
    for a in node.names:  # from .package import module
        below = PACKAGE.joinpath(*base, a.name)
        whole = below.with_suffix(".py").exists() or below.is_dir()
        names.append(".".join([*base, a.name] if whole else base))
    return names


def module_name(path: Path) -> str:
    if path.parent == SRC:
        return "mp_2_flame"
    dotted = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    return dotted.removesuffix(".__init__")


def test_every_module_has_a_layer() -> None:
    assert {part for part, _ in parts()} <= LAYERS.keys()


def test_imports_go_one_way() -> None:
    wrong = []
    for part, path in parts():
        for node in imports(ast.parse(path.read_text()), top_only=False):
            for target in own_targets(node, path):
                other = target.split(".")[0]
                if other in LAYERS and LAYERS[other] > LAYERS[part]:
                    wrong.append(
                        f"{module_name(path)} (layer {LAYERS[part]}) imports {target} ({LAYERS[other]})"
                    )
    assert not wrong, "\n".join(wrong)


def test_no_cycles() -> None:
    """Among module-level imports; an import inside a function cannot hang a start."""
    graph: dict[str, set[str]] = {}
    for _, path in parts():
        nodes = imports(ast.parse(path.read_text()), top_only=True)
        targets = {t for n in nodes for t in own_targets(n, path)}
        graph[module_name(path)] = targets - {module_name(path)}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for target in sorted(graph.get(name, ())):
            visit(target, (*trail, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_only_numpy_and_click_at_module_level() -> None:
    """Every module of the package can be imported with the core dependencies alone."""
    wrong = []
    for _, path in parts():
        for node in imports(ast.parse(path.read_text()), top_only=True):
            if isinstance(node, ast.ImportFrom) and node.level:
                continue
            for name in [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top not in CORE | {"mp2flame"}:
                    wrong.append(f"{module_name(path)}: {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("statement", ["import mp2flame", "import mp2flame.cli", "import mp_2_flame"])
def test_start_is_light(statement: str) -> None:
    heavy = ["scipy", "cv2", "torch", "mediapipe", "matplotlib", "av", "viser", "PIL", "moderngl"]
    code = f"import sys; {statement}; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
