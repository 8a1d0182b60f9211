#!/usr/bin/env python3
"""Write the tables of docs/response.md and README from what ``bench/bench_judges.py --json figures.json`` kept.

python tools/judges_tables.py figures.json
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROWS = ("driven", "scores as they are", "usual method", "scores minus neutral")
REGIONS = ("lips outer", "lips inner", "brows", "lids", "cheeks", "chin", "nose")
WEIGHTS = (
    "frown in blinks, none in the scores", "frown in smiles, none in the scores", "brows up and down",
    "channels at the stop", "unfounded twitches, brows", "unfounded twitches, lids", "Mahalanobis",
    "weight noise over the scores'", "lag, frames",
)  # fmt: skip
SETS = {
    "anny/test.npz": "MakeHuman heads, their own shapes",
    "anny/test_ours.npz": "MakeHuman heads, our shapes",
    "lab/test.npz": "lab test set",
}
TRUTH = ("MAE", "active", "false", "r", "false at rest")
LAB = ("face", "lips", "lids", "jaw", "eyes", "head")


def number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(line) + " |" for line in lines)
        .replace("| --- ", "|---")
        .replace("|--- |", "|---|")
    )


def tables(figures: dict[str, Any]) -> dict[str, str]:
    summary, again = figures["summary"], figures["again"]
    rows = [(row, *(number(summary[row][f"not shown, {r}"]) for r in REGIONS)) for row in ROWS]
    counted = (
        f"{len(figures['clips'])} clips of real people, {sum(c['used'] for c in figures['clips'])} frames, built-in head, "
        "default command. Share of the person's motion that the head does not\nshow (0 perfect, 1 a head that stands still):\n\n"
    )
    names = [name for name, value in summary["driven"].items() if isinstance(value, dict) and "gain" in value]
    distances = [
        (name, *(f"{number(summary[row][name]['r'])} / {number(summary[row][name]['gain'])}" for row in ROWS))
        for name in names
    ]
    real = figures["real"]
    weights = [
        (name, *(number(summary[row].get(name)) for row in ROWS), number(real.get(name))) for name in WEIGHTS
    ]
    seen = tuple(
        f"{number(again[r]['scores, all'], 3)} / {number(again[r]['scores, all, active'], 3)}" for r in ROWS
    )
    weights.append(("scores detected again, mean / active", *seen, "-"))
    head = summary["head"]
    nod = (
        f"\n\nHead: pitch noise {number(head[PITCH])} of that of MediaPipe's matrix; {number(head['nod per jawOpen, degrees'], 1)} degrees of nod "
        f"per jawOpen ({number(head[NOD], 1)} in the matrix)."
    )
    truth = [
        (title, row, *(number(found.get(key), 3 if key != "false at rest" else 2) for key in TRUTH))
        for name, title in SETS.items()
        for row, found in figures["sets"][name].items()
    ]
    for found in figures["sets"]["lab/test.npz"].values():
        found["eyes"] = (found["left eye"] + found["right eye"]) / 2
    lab = [
        (row, *(number(found.get(key)) for key in LAB))
        for row, found in figures["sets"]["lab/test.npz"].items()
    ]
    return {
        "not shown": counted + table(("", *REGIONS), rows),
        "distances": table(("", *ROWS), distances),
        "weights": table(("", *ROWS, "iPhone takes"), weights) + nod,
        "truth": table(("set", "", *TRUTH), truth),
        "lab": table(("", *LAB), lab),
    }


def readme(figures: dict[str, Any]) -> list[str]:
    """The rows of README's table that the judges give."""
    ours, usual, again = figures["summary"]["driven"], figures["summary"]["usual method"], figures["again"]
    lab = figures["sets"]["lab/test.npz"]
    driven = lab["driven: scores, landmarks, neutral"]
    regions = ("lips outer", "brows", "chin")

    def short(value: float, digits: int = 2) -> str:
        return f"{value:.{digits}f}".replace("0.", ".", 1) if value < 1 else f"{value:.{digits}f}"

    def shares(row: dict[str, Any]) -> str:
        return ", ".join(short(row[f"not shown, {name}"]) for name in regions)

    def follows(row: dict[str, Any]) -> str:
        names = ("mouth opening", "lids", "chin height")
        return ", ".join(f"{short(row[n]['r'])} / {short(row[n]['gain'])}" for n in names)

    def seen(row: str) -> str:
        return ", ".join(short(again[row][name], 3) for name in ("scores, all", "scores, all, active"))

    rows = [
        (
            f"{len(figures['clips'])} clips of people, motion that the head does not show (0 all, 1 a still head): lips, brows, chin",
            shares(ours),
            shares(usual),
        ),
        ("mouth opening, lids, chin height: correlation / gain", follows(ours), follows(usual)),
        (
            "the head drawn, its scores detected again: mean error, where active",
            seen("driven"),
            seen("usual method"),
        ),
        (
            "face error on 20 rendered identities, scores + landmarks + profile",
            f"{driven['face']:.2f} mm",
            f"{lab['usual method']['face']:.2f} mm",
        ),
        (
            "head rotation on them",
            f"{driven['head']:.1f}°",
            f"{lab['scores as they are']['head']:.1f}° (MediaPipe's matrix)",
        ),
    ]
    return [f"| {what} | {here} | {peer} | `bench_judges.py` |" for what, here, peer in rows]


PITCH, NOD = "pitch noise over MediaPipe's", "nod per jawOpen, MediaPipe's"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figures", type=Path)
    figures = json.loads(parser.parse_args().figures.read_text(encoding="utf-8"))
    made = tables(figures)
    page = ROOT / "docs/response.md"
    text = page.read_text(encoding="utf-8")
    for name, new in made.items():
        text, count = re.subn(
            rf"(<!-- judges: {name} -->\n).*?(<!-- end -->)",
            lambda m, new=new: f"{m[1]}\n{new}\n\n{m[2]}",
            text,
            flags=re.S,
        )
        if not count:
            print(f"docs/response.md has no place for '{name}'", file=sys.stderr)
            return 1
    page.write_text(text, encoding="utf-8")
    start = ROOT / "README.md"
    lines = start.read_text(encoding="utf-8").splitlines()
    at = [i for i, line in enumerate(lines) if line.endswith("| `bench_judges.py` |")]
    lines[at[0] : at[-1] + 1] = readme(figures)
    start.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"wrote {len(made)} tables into {page.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
