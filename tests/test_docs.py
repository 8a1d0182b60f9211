"""Documentation that runs and links that lead somewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from mp2flame.cli import cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        own = re.match(r"https://github\.com/mp2flame/mp2flame/(?:blob|raw|tree)/main/(.+)", target)
        if own:
            assert (ROOT / own[1]).exists(), f"{page.name} links to {target}"
        elif not target.startswith(("http://", "https://", "mailto:")):
            assert page.name != "README.md" or page.parent != ROOT, (
                f"{target}: the package index has no such page"
            )
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_comes_to_a_first_success_soon() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert next(i for i, line in enumerate(lines) if line.startswith("mp2flame render")) < 60
    assert (ROOT / "docs/images/person_and_head.webp").stat().st_size < 3e6
    assert all(
        picture.stat().st_size > 1000 for picture in (ROOT / "docs/images").iterdir()
    )  # none was cut short


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Path:
    """A folder with what the pages take for granted: a take, another project's folder, a FLAME file."""
    import mp2flame as m2f
    from mp2flame.io.formats import read_motion, write_motion

    folder = tmp_path_factory.mktemp("reader")
    m2f.demo_take().save(folder / "take.npz")
    write_motion(read_motion(folder / "take.npz"), folder / "tracked_folder", "flame-head-tracker")
    shutil.copy(shared / "models/lab_head_a.pkl", folder / "generic_model.pkl")
    shutil.copytree(shared / "reference/linear_2025_09", folder / "mappings")
    return folder


WITH_PYTHON = [page for page in PAGES if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda p: p.stem)
def test_python_in_the_docs_runs(page: Path, place: Path) -> None:
    """The blocks of a page one after the other, as a reader would paste them."""
    text = re.sub(
        r"<!-- not run: [^>]*-->\n```python\n.*?```", "", page.read_text(encoding="utf-8"), flags=re.S
    )
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    for page in (*(ROOT / "docs").glob("*.md"), *(ROOT / "docs/tutorials").glob("*.md")):
        path = page.relative_to(ROOT / "docs").as_posix()
        assert path == "index.md" or f"({path})" in index, f"{path} is not in docs/index.md"


def test_the_installation_page_lists_every_extra() -> None:
    from mp2flame.base.optional import EXTRAS

    listed = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/install.md").read_text(encoding="utf-8"), re.M)
    assert set(listed) == {*EXTRAS, "all"} - {"mlp"}  # the name that torch had before
    text = (ROOT / "docs/install.md").read_text(encoding="utf-8").lower()
    for extra, (packages, _) in EXTRAS.items():
        for distribution, _ in packages if extra != "mlp" else ():
            row = re.search(rf"^\| `{extra}` \|.*", text, re.M)
            assert row and {"av": "pyav", "torch": "pytorch"}.get(distribution, distribution) in row[0], (
                distribution
            )


def options_of(command: click.Command) -> set[str]:
    return {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}


def test_every_command_and_option_in_the_pages_exists() -> None:
    """``mp2flame run ... --option`` in code, anywhere; an option alone has to be some command's."""
    context = click.Context(cli)
    commands = {name: options_of(cli.get_command(context, name)) for name in cli.list_commands(context)}
    others = {
        "--point_path",
        "--motion_path",
        "--prefix",
        "--rm",
        "--device",
        "--object",
        "--save",
        "--scene",
        "--slow",
    }
    known = set().union(*commands.values(), others)
    wrong = []
    for page in PAGES:
        if page.name in ("api.md", "commands.md"):  # made from the commands themselves
            continue
        text = re.sub(
            r"<!--.*?-->|^```python.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M
        )
        code = re.findall(r"^```\w*\n(.*?)^```", text, re.S | re.M) + re.findall(
            r"`([^`\n]+(?:\n[^`\n]+)?)`", text
        )
        for line in (line for block in code for line in block.replace("\\\n", " ").splitlines()):
            for name, rest in re.findall(r"(?:^|[;&|] *)mp2flame ([a-z-]+)\b([^|;&]*)", line.strip()):
                if name not in commands:
                    wrong.append(f"{page.name}: mp2flame {name}")
                    continue
                given = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9_-]*", rest.split(" #")[0]))
                wrong += [f"{page.name}: mp2flame {name} {o}" for o in given - commands[name]]
            if "mp2flame " not in line and re.match(r"--[a-z]", line):
                given = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9_-]*", line))
                wrong += [f"{page.name}: {o}" for o in given - known]
    assert not wrong, "\n".join(wrong)
