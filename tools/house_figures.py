"""Figures of the house, of this tree or of another: rooms, floors, imports between them, circles, sizes.

    python tools/house_figures.py [SRC ...]

A room is a folder or a module directly under ``src/mp2flame``; an arrow is one room that imports another, counted once,
inside functions, under TYPE_CHECKING and in dotted strings too. Floors are the longest way down the arrows. A circle
is a set of modules that import each other, however far round.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOTTED = re.compile(r"^(?:mp2flame)?((?:\.[a-z_0-9]+)+)$")


def module_of(path: Path, package: Path) -> str:
    return ".".join(path.relative_to(package).with_suffix("").parts).removesuffix("__init__").rstrip(".")


def imports(path: Path, package: Path, known: set[str]) -> set[str]:
    """Modules below mp2flame that a file imports in any way."""
    found: set[str] = set()
    folder = path.parent.relative_to(package).parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name.removeprefix("mp2flame.") for a in node.names if a.name.startswith("mp2flame.")}
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = [*folder[: len(folder) - node.level + 1], *(node.module or "").split(".")]
            elif (node.module or "").split(".")[0] == "mp2flame":
                base = (node.module or "").split(".")[1:]
            else:
                continue
            whole = ".".join(part for part in base if part)
            for a in node.names:
                below = f"{whole}.{a.name}".strip(".")
                found.add(below if below in known else whole)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            match = DOTTED.match(node.value)
            if match:
                found.add(match[1].strip("."))
    return (found & known) - {module_of(path, package)}


def circles(graph: dict[str, set[str]]) -> int:
    """Strongly connected sets of more than one node (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    count = 0

    def visit(node: str) -> None:
        nonlocal count
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
            if target in stack:
                low[node] = min(low[node], low[target])
        if low[node] == index[node]:
            size = 0
            while True:
                size += 1
                if stack.pop() == node:
                    break
            count += size > 1

    sys.setrecursionlimit(10_000)
    for node in graph:
        if node not in index:
            visit(node)
    return count


def floors(arrows: dict[str, set[str]]) -> int:
    """Length of the longest way down; a room on a circle counts once."""

    def depth(room: str, seen: tuple[str, ...]) -> int:
        return 1 + max((depth(r, (*seen, r)) for r in arrows[room] if r not in seen), default=0)

    return max(depth(room, (room,)) for room in arrows) if len(arrows) < 25 else -1


def figures(src: Path) -> dict[str, object]:
    package = src / "mp2flame"
    modules = {module_of(path, package): path for path in sorted(package.rglob("*.py"))}
    graph = {name: imports(path, package, set(modules)) for name, path in modules.items()}
    graph = {name: {t for t in targets if t} for name, targets in graph.items() if name}
    room = {name: name.split(".")[0] for name in graph}
    arrows: dict[str, set[str]] = {r: set() for r in room.values()}
    for name, targets in graph.items():
        arrows[room[name]] |= {room[t] for t in targets} - {room[name]}
    files = [*modules.values(), *src.glob("*.py")]
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in files}
    functions = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {
        "rooms": len(arrows),
        "floors": floors(arrows),
        "arrows between rooms": sum(map(len, arrows.values())),
        "imports between modules": sum(map(len, graph.values())),
        "circles of rooms": circles(arrows),
        "circles of modules": circles(graph),
        "root entries": sum(1 for entry in package.iterdir() if entry.name != "__pycache__"),
        "files": len(files),
        "lines": sum(lines.values()),
        "functions": len(functions),
        "functions over 60 lines": sum(length > 60 for length in functions),
        "modules over 400 lines": sum(count > 400 for count in lines.values()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("places", nargs="*", type=Path, metavar="SRC", default=[ROOT / "src"])
    places = parser.parse_args().places
    for place in places:
        if not (place / "mp2flame").is_dir():
            parser.error(f"{place} holds no folder mp2flame; SRC is the src of a checkout")
    found = [figures(place) for place in places]
    print("| figure | " + " | ".join(str(place) for place in places) + " |")
    print("|---" * (len(places) + 1) + "|")
    for name in found[0]:
        cells = [str(one[name]) if one[name] != -1 else "too many rooms to say" for one in found]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
