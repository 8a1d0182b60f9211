"""Which tuning constants could change by a fifth, and no pinned figure would tell?

    python tools/mutate_constants.py --list
    python tools/mutate_constants.py [NAME ...] [--by 1.2] [--test TESTS]

A constant is a number (or a tuple or list of them) that a module of the estimator or the rig sets at its top, or an entry
of ``constants`` in the header of ``response.npz``. Each is changed alone in a copy of the package, with an empty cache, and
the figures of ``tests/kit/pinned.py`` are measured; with ``--test`` those tests, which must pass unchanged, are run where
no figure tells, and the first that fails is named. NAME is part
of ``module:CONSTANT``; whole numbers (counts, indices) are changed only when they are named.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

HERE = Path(__file__).resolve().parents[1]
PACKAGE = HERE / "src/mp2flame"
ROOMS = ("response", "rig", "observe", "person", "flame", "drive")
DATA = "base/data/response.npz"


class Constant(NamedTuple):
    """``where`` is a module's path below the package, or the data file; ``span`` is in that module's text."""

    where: str
    name: str
    value: float
    span: tuple[int, int] | None

    @property
    def label(self) -> str:
        return f"{self.where.removesuffix('.py')}:{self.name}"


def numbers(node: ast.expr) -> list[ast.Constant]:
    """The numbers in an expression of numbers, tuples and lists; none if there is anything else."""
    if isinstance(node, ast.Constant):
        return [node] if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) else []
    if isinstance(node, (ast.Tuple, ast.List)):
        found = [numbers(element) for element in node.elts]
        return [n for of in found for n in of] if all(found) else []
    return numbers(node.operand) if isinstance(node, ast.UnaryOp) else []


def in_module(path: Path) -> list[Constant]:
    text = path.read_text(encoding="utf-8")
    starts = np.cumsum([0, *(len(line.encode()) for line in text.splitlines(True))])
    found = []
    for node in ast.parse(text).body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if isinstance(targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(targets[0].elts, node.value.elts))
        else:
            pairs = [(targets[0], node.value)]
        for target, value in pairs:
            held = numbers(value)
            for i, n in enumerate(held):
                name = getattr(target, "id", "?") + (f"[{i}]" if len(held) > 1 else "")
                span = (
                    int(starts[n.lineno - 1]) + n.col_offset,
                    int(starts[n.end_lineno - 1]) + n.end_col_offset,
                )
                found.append(Constant(str(path.relative_to(PACKAGE)), name, n.value, span))
    return found


def in_data() -> list[Constant]:
    with np.load(PACKAGE / DATA, allow_pickle=False) as data:
        header = json.loads(str(data["header"][()])) if "header" in data.files else {}
    constants = header.get("constants", {})
    flat = {
        name: of["value"] if isinstance(of, dict) and "value" in of else of for name, of in constants.items()
    }
    code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    read = [name for name, value in flat.items() if isinstance(value, (int, float)) and f'"{name}"' in code]
    return [Constant(DATA, name, flat[name], None) for name in read]  # the others are in the arrays already


def changed(constant: Constant, factor: float) -> float:
    value = constant.value * factor
    if isinstance(constant.value, int):
        value = round(value) if round(value) != constant.value else constant.value + 1
    return value


def mutate(package: Path, constant: Constant, factor: float) -> None:
    path, value = package / constant.where, changed(constant, factor)
    if constant.span is not None:
        raw, (start, end) = path.read_bytes(), constant.span
        path.write_bytes(raw[:start] + repr(value).encode() + raw[end:])
        return
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    header = json.loads(str(arrays["header"][()]))
    entry = header["constants"][constant.name]
    if isinstance(entry, dict):
        entry["value"] = value
    else:
        header["constants"][constant.name] = value
    np.savez(path, **arrays | {"header": np.array(json.dumps(header))})


def run(source: Path, cache: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(source), "MP2FLAME_CACHE": str(cache), "OMP_NUM_THREADS": "1",
                   "OPENBLAS_NUM_THREADS": "1"}  # fmt: skip
    return subprocess.run(
        [sys.executable, *command], cwd=HERE, env=environment, capture_output=True, text=True
    )


def outcome(constant: Constant, factor: float, tests: list[str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "src"
        shutil.copytree(PACKAGE.parent, source, ignore=shutil.ignore_patterns("__pycache__"))
        mutate(source / "mp2flame", constant, factor)
        done = run(source, Path(folder) / "cache", "tests/kit/pinned.py")
        if done.returncode:
            return "refused: " + (done.stderr.strip().splitlines() or ["?"])[-1][:80]
        lines = [line for line in done.stdout.splitlines() if line and not line.endswith(": as pinned")]
        if lines:
            return f"{len(lines)} figures, {lines[0]}"
        told = failing(source, Path(folder) / "cache", tests)
        return f"{len(told)} tests, {told[0]}" if told else "SURVIVES"


def failing(source: Path, cache: Path, tests: list[str]) -> list[str]:
    """The tests that fail by an assertion or a refusal; what cannot be collected or set up says nothing of a figure."""
    if not tests:
        return []
    lines = run(source, cache, "-m", "pytest", "-q", "-rf", "-n", "0", *tests).stdout.splitlines()
    return [line.split()[1].rpartition("::")[2] for line in lines if line.startswith("FAILED ")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*")
    parser.add_argument("--by", type=float, default=1.2)
    parser.add_argument("--test", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    paths = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]
    every = in_data() + [constant for path in paths for constant in in_module(path)]
    chosen = [c for c in every if any(name in c.label for name in args.names)] if args.names else [
        c for c in every if isinstance(c.value, float) and c.value
    ]  # fmt: skip
    if args.list:
        print("\n".join(f"{c.label} = {c.value}" for c in chosen))
        return
    print(f"| constant | value | times {args.by:g} is seen in |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        if failed := failing(PACKAGE.parent, Path(folder), args.test):
            sys.exit(f"these fail without any change: {', '.join(failed)}")
    survivors = 0
    for constant in chosen:
        seen = outcome(constant, args.by, args.test)
        survivors += seen == "SURVIVES"
        print(f"| `{constant.label}` | {constant.value:g} | {seen} |", flush=True)
    print(f"\n{survivors} of {len(chosen)} survive")


if __name__ == "__main__":
    main()
