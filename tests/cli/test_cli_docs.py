"""``mp2flame docs``: pages from the Markdown, and what it says where they cannot be made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mp2flame.base.errors import MissingDependencyError, MissingFileError
from mp2flame.cli import cli
from mp2flame.cli import docs as command

PAGES = ("mkdocs", "material", "mkdocstrings_handlers")


def test_without_the_extra_it_says_where_the_text_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PAGES:
        monkeypatch.setitem(sys.modules, name, None)
    error = CliRunner().invoke(cli, ["docs", "--no-open"]).exception
    assert isinstance(error, MissingDependencyError)
    assert 'pip install "mp2flame[docs]"' in str(error)
    place = Path(str(error).rsplit(": ", 1)[1])
    assert place.name == "index.md" and place.exists()


def test_an_installation_without_pages_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "_PACKAGE", tmp_path / "lib" / "site-packages" / "mp2flame")
    with pytest.raises(MissingFileError, match=r"https://\S+/docs"):
        command.find_config()


def test_a_changed_page_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("")
    (tmp_path / "docs" / "index.md").write_text("# One")
    before = command.fingerprint(tmp_path / "mkdocs.yml")
    assert command.fingerprint(tmp_path / "mkdocs.yml") == before
    (tmp_path / "docs" / "index.md").write_text("# Another")
    assert command.fingerprint(tmp_path / "mkdocs.yml") != before


def test_pages_are_made_into_a_folder(tmp_path: Path) -> None:
    for name in PAGES:
        pytest.importorskip(name)
    done = CliRunner().invoke(cli, ["docs", "--no-open", "-o", str(tmp_path / "pages")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "pages" / "index.html").exists() and (tmp_path / "pages" / "search").is_dir()
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(cli, ["docs", "--no-open", "-o", str(tmp_path / "file")])
    assert done.exit_code
