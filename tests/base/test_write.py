"""Putting a file in place: what stood there stays until the new one is complete, and only files are replaced."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from mp2flame.base import write
from mp2flame.base.errors import InputError, OutputError
from mp2flame.base.write import atomic_write, check_target, name_trouble, open_stream, replacing, write_text

posix = pytest.mark.skipif(os.name == "nt", reason="links, pipes and rights of POSIX")


def put(path: Path, text: str = "new") -> None:
    write_text(path, text)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_it_appears_at_the_end_and_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    with atomic_write(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new" and names(tmp_path) == ["a.txt"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 or os.name == "nt"
    other = tmp_path / "b.txt"
    put(other)
    (tmp_path / "plain").touch()
    assert other.stat().st_mode == (tmp_path / "plain").stat().st_mode, "the user's usual rights"


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")]
)
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with (
        pytest.raises(OutputError if isinstance(error, OSError) else type(error)),
        atomic_write(path) as file,
    ):
        file.write(b"half")
        raise error
    assert path.read_text() == "old" and names(tmp_path) == ["a.txt"]


@posix
def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    real, link = tmp_path / "disk" / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    put(link)
    assert link.is_symlink() and real.read_text() == "new"
    dangling = tmp_path / "later.txt"
    dangling.symlink_to(tmp_path / "disk" / "made.txt")
    put(dangling)
    assert dangling.is_symlink() and (tmp_path / "disk" / "made.txt").read_text() == "new"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OutputError, match="cannot write"):
        put(loop)


@posix
def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    import socket

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="is a pipe"):
        put(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    with pytest.raises(OutputError, match="is a pipe"):
        put(link)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(OutputError, match="is a folder"):
        put(tmp_path)
    listening = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(tmp_path)  # a socket's name is short
    try:
        listening.bind("s")
    finally:
        os.chdir(here)
    with listening, pytest.raises(OutputError, match="is a socket"):
        put(tmp_path / "s")
    with pytest.raises(OutputError, match="is a device"):
        check_target("/dev/null")  # asked only, never written to
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@posix
def test_a_stream_goes_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open_stream(pipe) as stream:
        stream.write("line\n")
    assert os.read(reader, 100) == b"line\n" and stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)
    with pytest.raises(OutputError, match="cannot write"):
        open_stream(tmp_path)


def test_names_and_folders_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="too long"):
        put(tmp_path / ("x" * 300))
    with pytest.raises(OutputError, match="too long"):
        put(Path(*["y" * 100] * 60) / "a")
    with pytest.raises(OutputError, match="does not exist; create it"):
        put(tmp_path / "no" / "a")
    with pytest.raises(OutputError, match="character 0"):
        put(Path(f"{tmp_path}/a\0b"))
    put(tmp_path / "file")
    with pytest.raises(OutputError, match="does not exist"):
        put(tmp_path / "file" / "a")
    with pytest.raises(InputError, match="exists"):
        check_target(tmp_path / "file", overwrite=False)
    longest = tmp_path / ("z" * write.MAX_NAME)
    put(longest)
    assert longest.read_text() == "new"


@posix
def test_a_read_only_file_or_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(OutputError, match="read-only"):
        put(path)
    if os.geteuid():
        tmp_path.chmod(0o500)
        try:
            with pytest.raises(OutputError, match="may write in"):
                put(tmp_path / "b.txt")
        finally:
            tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "bad"),
    [("CON", True), ("con.npz", True), ("NUL.tar.gz", True), ("com1.npz", True), ("LPT9", True), ("aux .txt", True),
     ("console.npz", False), ("com10.npz", False), ("a:b", True), ("a?.npz", True), ("end.", True), ("end ", True),
     ("take.npz", False), ("größe.npz", False)],
)  # fmt: skip
def test_names_of_windows(name: str, bad: bool) -> None:
    assert (name_trouble(name, windows=True) is not None) == bad
    assert name_trouble(name, windows=False) is None


def test_a_file_that_another_program_holds_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses to replace an open file: tried again for a moment, then said."""
    path, real, held = tmp_path / "a.txt", os.replace, [2]

    def replace(old: Path, new: Path) -> None:
        if held[0]:
            held[0] -= 1
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        real(old, new)

    path.write_text("old")
    monkeypatch.setattr(write, "_held_open", lambda error: isinstance(error, PermissionError))
    monkeypatch.setattr(write, "_PAUSE_S", 0.0)
    monkeypatch.setattr(write.os, "replace", replace)
    put(path)
    assert path.read_text() == "new"
    held[0] = 1000
    with pytest.raises(OutputError, match="close it there"):
        put(path, "newer")
    assert path.read_text() == "new" and names(tmp_path) == ["a.txt"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for text in ("1", "2"):
        with replacing(folder, folder=True) as new:
            (new / text).write_text(text)
    assert names(folder) == ["2"] and names(tmp_path) == ["set"]
    with pytest.raises(ValueError), replacing(folder, folder=True) as new:
        raise ValueError
    assert names(folder) == ["2"] and names(tmp_path) == ["set"]
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="no folder"), replacing(tmp_path / "file", folder=True):
        pass


@posix
def test_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    """The command takes SIGTERM as Ctrl-C; the old file stays, the new one's beginning goes."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    code = f"""
        import time
        import mp2flame.cli as cli
        from mp2flame.base.write import atomic_write
        def work(**_):
            with atomic_write({str(path)!r}) as file:
                file.write(b"half"); file.flush()
                print("go", flush=True); time.sleep(30)
        cli.cli.main = work
        cli.main([])
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"go\n"
    assert len(names(tmp_path)) == 2
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert time.monotonic() - started < 2
    assert path.read_text() == "old" and names(tmp_path) == ["a.txt"]


def test_nobody_else_puts_files_in_place() -> None:
    """One owner: renames, temporary names and plain writes elsewhere in the package are listed here, with why."""
    package = Path(write.__file__).parents[1]
    allowed = {
        "base/write.py": "the owner",
        "io/exports/meshes.py": "frames inside a new folder of filling",
        "io/formats/files.py": "frames inside a new folder of filling",
        "rig/mapping/linear.py": "checksums inside a new folder of filling",
    }
    found = set()
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        words = ("os.replace(", "os.rename(", "mkstemp(", "NamedTemporaryFile(", ".write_text(", ".write_bytes(",
                 "O_WRONLY | os.O_CREAT")  # fmt: skip
        if any(word in text for word in words):
            found.add(path.relative_to(package).as_posix())
    assert found <= set(allowed), found - set(allowed)


def killed_writer(folder: Path, what: str) -> None:
    """A process that is killed in the middle of ``what``."""
    code = f"""
        import os, time
        from pathlib import Path
        from mp2flame.base import write
        folder = Path({str(folder)!r})
        def stop(*_):
            os.kill(os.getpid(), 9)
        {what}
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)])
    assert done.returncode == -signal.SIGKILL


HALF_A_FILE = "with write.atomic_write(folder / 'a.npz') as file: file.write(b'half'); file.flush(); stop()"
HALF_A_FOLDER = "with write.replacing(folder / 'set', folder=True) as new: (new / 'x').touch(); stop()"
BETWEEN = "write.swap = lambda *_: False\n        with write.replacing(folder / 'set', folder=True) as new: (new / 'x').touch(); os.replace = stop"


@posix
def test_what_a_killed_process_began_is_cleared_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for what in (HALF_A_FILE, HALF_A_FOLDER, HALF_A_FILE):
        killed_writer(tmp_path, what)
        (left,) = names(tmp_path)  # the second process cleared the first one's
        assert left.startswith(".mp2flame-")
    with monkeypatch.context() as patch:
        patch.setattr(write, "alive", lambda pid: True)
        write._cleared.discard(tmp_path)
        put(tmp_path / "b.txt")
        assert left in names(tmp_path), "a living process needs it"
    write._cleared.discard(tmp_path)
    foreign = tmp_path / ".mp2flame-00000000-1-0123456789ab.tmp"
    mine = tmp_path / ".mp2flame-notes.tmp"
    for path in (foreign, mine):
        path.touch()
    with pytest.warns(write.Cleared, match=left), atomic_write(tmp_path / "c.txt") as file:
        file.write(b"new")
        write._cleared.discard(tmp_path)
        put(tmp_path / "b.txt")  # does not take the other's beginning away
    assert names(tmp_path) == sorted([foreign.name, mine.name, "b.txt", "c.txt"])
    os.utime(foreign, (0, 0))
    write._cleared.discard(tmp_path)
    with pytest.warns(write.Cleared, match=foreign.name):
        put(tmp_path / "b.txt")
    assert names(tmp_path) == sorted([mine.name, "b.txt", "c.txt"]), "another machine's, a day old"


@posix
def test_a_folder_whose_replacing_was_killed_comes_back(tmp_path: Path) -> None:
    with replacing(tmp_path / "set", folder=True) as new:
        (new / "old").write_text("good")
    killed_writer(tmp_path, BETWEEN)
    assert not (tmp_path / "set").exists()
    write._cleared.discard(tmp_path)
    with pytest.warns(write.Cleared, match="and 1 more"):
        put(tmp_path / "other")
    assert names(tmp_path) == ["other", "set"] and (tmp_path / "set" / "old").read_text() == "good"


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(OutputError) as refused, replacing(tmp_path / "me.csv") as temporary:
        raise OutputError(f"cannot write {temporary}: No space left on device.")
    assert str(refused.value) == f"cannot write {tmp_path / 'me.csv'}: No space left on device."


def test_a_folder_that_is_there_is_not_to_be_made(tmp_path):
    error = FileNotFoundError(errno.ENOENT, "No such file or directory")
    assert "create it first" in str(write.output_error(error, tmp_path / "new" / "x.glb"))
    assert "create" not in str(write.output_error(error, tmp_path / "x.glb"))
