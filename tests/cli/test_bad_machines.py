"""Machines without a home, without room and with a clock that is set back; signals while the program starts."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from attacks import DOORS, Case
from live_kit import FakeDetector, Kept, Pictures, face
from mp2flame import Driver
from mp2flame.base.cache import cache_dir, cached_arrays
from mp2flame.base.home import expanded, home
from mp2flame.cli import doctor as module
from mp2flame.cli import main
from mp2flame.drive.live import LivePipeline

posix = pytest.mark.skipif(os.name != "posix", reason="signals and mounts of POSIX")


@pytest.fixture(autouse=True)
def _usual_signals() -> Iterator[None]:
    """The program sets them for a process of its own."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def scores(tmp_path: Path) -> Path:
    return Case(DOORS["scores csv"], tmp_path / "scores").path


def started(*words: str, cwd: Path, **env: str | None) -> subprocess.Popen[str]:
    whole = {key: value for key, value in {**os.environ, **env}.items() if value is not None}
    return subprocess.Popen(
        [sys.executable, "-m", "mp2flame", *words],
        cwd=cwd,
        env=whole,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = 1) -> Iterator[Path]:
    """A disk of its own; the test is skipped where none can be mounted."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if (
        not sys.platform.startswith("linux")
        or os.getuid()
        or subprocess.run(words, capture_output=True).returncode
    ):
        pytest.skip("a disk of its own needs root on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(disk: Path, leave: int = 0) -> None:
    with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    if leave:
        os.truncate(disk / "filler", (disk / "filler").stat().st_size - leave)


# --- no home, no cache -------------------------------------------------------------------------------------------


def test_a_user_that_no_list_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers run under such numbers: ``Path.home()`` raises ``RuntimeError`` there."""

    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("MP2FLAME_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert tmp_path in cache_dir().parents
    made = []
    for _ in range(2):
        found = cached_arrays("x", lambda: made.append(1) or {"a": np.ones(3)})
        np.testing.assert_array_equal(found["a"], 1)
    assert made == [1]
    if os.name == "posix":  # somebody else's folder of that name is not trusted
        monkeypatch.setattr(os, "getuid", lambda: 123456)
        (tmp_path / "mp2flame-home-123456").mkdir()
        assert home() == Path(os.devnull) / "home"
        np.testing.assert_array_equal(cached_arrays("y", lambda: {"a": np.ones(3)})["a"], 1)


def test_a_user_that_is_not_there_is_no_crash(capfd: pytest.CaptureFixture[str]) -> None:
    assert expanded("~nobody-of-this-name/flame.pkl") == Path("~nobody-of-this-name/flame.pkl")
    for words in (
        ("run", "demo.csv", "--flame", "~nobody-of-this-name/flame.pkl"),
        ("info", "~nobody-of-this-name/x.npz"),
    ):
        with pytest.raises(SystemExit) as end:
            main(words)
        assert end.value.code in (2, 4) and "Traceback" not in capfd.readouterr().err


@posix
@pytest.mark.parametrize("place", ["/dev/null/nowhere", "/proc"])
def test_a_home_that_cannot_be_written(place: str, tmp_path: Path) -> None:
    source = scores(tmp_path)
    nowhere = {"HOME": place, "XDG_CACHE_HOME": place, "MP2FLAME_CACHE": None, "XDG_CONFIG_HOME": place}
    run = started("run", str(source), "-o", "take.npz", "--quiet", cwd=tmp_path, **nowhere)
    said = run.communicate(timeout=120)[1]
    assert run.returncode == 0 and (tmp_path / "take.npz").exists() and "Traceback" not in said


def test_the_doctor_without_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_rendering", list)
    monkeypatch.setattr(module, "_detector", list)
    (tmp_path / "file").touch()
    monkeypatch.setenv("MP2FLAME_CACHE", str(tmp_path / "file" / "cache"))
    findings = json.loads(CliRunner().invoke(module.doctor, ["--json", "--offline"]).stdout)["findings"]
    (cache,) = [f for f in findings if f["topic"] == "cache"]
    assert cache["status"] == "note" and "MP2FLAME_CACHE" in cache["fix"]
    assert not any("could not be checked" in f["text"] for f in findings)


# --- no room -------------------------------------------------------------------------------------------------------


def test_the_doctor_sees_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_rendering", list)
    monkeypatch.setattr(module, "_detector", list)
    with small_disk(tmp_path / "disk") as disk:
        fill(disk)
        monkeypatch.chdir(disk)
        monkeypatch.setenv("MP2FLAME_CACHE", str(disk / "cache"))
        findings = json.loads(CliRunner().invoke(module.doctor, ["--json", "--offline"]).stdout)["findings"]
        monkeypatch.chdir(tmp_path)
    said = [f["text"] for f in findings if f["topic"] == "disk"]
    assert any("0 MB free" in text for text in said) and any("cannot be written" in text for text in said)
    assert [f["status"] for f in findings if f["topic"] == "cache"] == ["note"]


@pytest.mark.parametrize("leave", [0, 8192])
@pytest.mark.parametrize(
    "words",
    [
        "run SCORES -o DISK/take.npz --quiet", "convert TAKE --format vhap -o DISK/v.npz", "convert TAKE --format lam -o DISK/lam",
        "trim TAKE -o DISK/t.npz", "export TAKE -o DISK/head.glb", "render TAKE -o DISK/head.png --size 512",
        "tables --embedding DISK/tables.npz", "report TAKE -o DISK/page.html",
    ],
)  # fmt: skip
def test_a_full_disk_is_one_line_and_leaves_nothing(
    words: str, leave: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = scores(tmp_path)
    with pytest.raises(SystemExit):
        main(["run", str(source), "-o", "take.npz", "--quiet"])
    with small_disk(tmp_path / "disk") as disk:
        fill(disk, leave)
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main(
                words.replace("SCORES", str(source))
                .replace("TAKE", "take.npz")
                .replace("DISK", str(disk))
                .split()
            )
        said = capfd.readouterr().err
        left = sorted(p.name for p in disk.iterdir())
    assert "Traceback" not in said and end.value.code in ((7,) if not leave else (0, 7)), said
    assert ".mp2flame-" not in said, "the name that was asked for, not the one that it was begun under"
    assert "take.part.npz" in left or "part.npz" not in said, "no advice to read what is not there"
    assert not [name for name in left if name.startswith(".mp2flame")], left
    if end.value.code:
        assert left in (["filler"], ["filler", "take.part.npz"]), left


# --- signals while it starts -----------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.35, 0.5])
def test_sigterm_in_the_first_half_second(after_s: float, tmp_path: Path) -> None:
    source = scores(tmp_path)
    (tmp_path / "out").mkdir()
    run = started("run", str(source), "-o", "take.npz", "--quiet", cwd=tmp_path / "out")
    time.sleep(after_s)
    run.send_signal(signal.SIGTERM)
    said = run.communicate(timeout=30)[1]
    assert (
        run.returncode in (0, 130, -signal.SIGTERM, -signal.SIGINT) and "Traceback" not in said
    )  # -2: 130 in a shell
    assert {p.name for p in (tmp_path / "out").iterdir()} <= {"take.npz"}


def test_an_interruption_inside_a_callback_is_not_lost(tmp_path: Path) -> None:
    """Python prints and forgets what a weak reference's callback raises; imports have such callbacks."""
    code = """
        import os, signal, sys, weakref
        from mp2flame.__main__ import main
        import mp2flame.cli as cli

        class Thing:
            pass

        def work():
            cli._heed_signals()
            thing = Thing()
            watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGTERM) or sum(range(1000)))
            del thing
            import time
            time.sleep(10)

        cli.main = work
        main()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_ctrl_c_while_the_program_is_loaded(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from mp2flame.__main__ import main as begin

    class Slow:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "mp2flame.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "mp2flame.cli")
    monkeypatch.setattr(sys, "meta_path", [Slow(), *sys.meta_path])
    with pytest.raises(SystemExit) as end:
        begin()
    assert end.value.code == 130 and capfd.readouterr().err == "Interrupted.\n"


def test_an_interruption_that_a_module_in_c_turns_into_another_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """NumPy says ImportError when Ctrl-C comes while it is imported: that was "a defect of mp2flame"."""
    import mp2flame.cli as cli

    def work(**_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("_multiarray_umath failed to import") from None

    monkeypatch.setattr(cli.cli, "main", work)
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 130 and capfd.readouterr().err == "Interrupted.\n"
    monkeypatch.setattr(cli.cli, "main", lambda **_: 1 / 0)
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == cli.DEFECT and "defect" in capfd.readouterr().err


# --- a clock that is set back ------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_does_not_turn_a_live_take_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, kept, now = Driver(), Kept(), iter(range(2_000_000_000, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    monkeypatch.setattr(time, "time_ns", lambda: 10**9 * next(now))
    kept = Kept(driver.num_expression)
    source = Pictures(40, 5.0, live=True)
    detector = FakeDetector(lambda i: [face(jawOpen=0.5)])
    with LivePipeline(driver, source, [kept], tmp_path / "t.npz", detector=detector, retries=0) as pipeline:
        with contextlib.suppress(OSError):
            pipeline.wait(20)
        stats = pipeline.stats
    times = [frame.timestamp_ms for frame in kept.frames]
    assert len(times) >= 10 and (np.diff(times) > 0).all() and times[-1] - times[0] < 20_000
    assert stats.fps > 0 and all(0 <= value < 20_000 for pair in stats.latency_ms.values() for value in pair)
    monkeypatch.undo()
    from mp2flame.take.take import Take

    np.testing.assert_array_equal(np.diff(Take.load(tmp_path / "t.npz").timestamp_ms) > 0, True)


LONG = "a" * 300


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "TAKE", "-o", f"{LONG}.npz"), 7),
        (("export", "TAKE", "-o", f"{LONG}.csv"), 7),
        (("render", "TAKE", "-o", "loop.png", "--overwrite"), 7),
        (("demo", "-o", LONG), 7),
        (("demo", "-o", "TAKE"), 7),
        (("run", f"{LONG}.mp4"), 4),
        (("info", f"{LONG}.npz"), 4),
        (("report", LONG), 4),
        (("gather", LONG, "-o", "out"), 4),
        (("batch", LONG, "-o", "out"), 4),
        (("fit", LONG, "-o", "out.npz"), 4),
        (("web", "--head", f"{LONG}.m2f"), 4),
        (("web", "--head", "huge.m2f"), 3),
    ],
)
def test_names_that_no_file_can_have_are_one_line(words, code, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    Path("loop.png").symlink_to("loop.png")
    with open("huge.m2f", "wb") as file:
        file.truncate(1 << 36)  # a hole: no disk is used
    take = str(Case(DOORS["take"], tmp_path / "take").path)
    with pytest.raises(SystemExit) as ended:
        main([take if word == "TAKE" else word for word in words])
    said = capfd.readouterr().err
    assert ended.value.code == code, said
    assert said.count("Error:") == 1 and "Traceback" not in said and len(said) < 700


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("demo", "-o"), "take.npz"),
        (("web", "--write"), "index.html"),
        (("docs", "--no-open", "-o"), "thesis"),
    ],
)
def test_a_folder_of_somebody_elses_keeps_its_files(words, name, tmp_path, capfd):
    (tmp_path / name).write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main([*words, str(tmp_path)])
    assert ended.value.code == 2 and name in capfd.readouterr().err
    assert (tmp_path / name).read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
