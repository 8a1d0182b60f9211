"""Processes with an owner: whatever ends the parent ends its workers, and nothing of them is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mp2flame.base.errors import Mp2FlameError
from mp2flame.take.take import Take

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

TASKS = """
import sys, time
from pathlib import Path
from mp2flame.learn.parallel import run_tasks, stopping

folder = Path(sys.argv[1])

def task(item):
    (folder / f"began{item}").touch()
    temporary = folder / f"temporary{item}"
    temporary.touch()
    try:
        while not (item == 1 and stopping()):
            time.sleep(0.01)
        (folder / f"kept{item}").touch()
    finally:
        temporary.unlink()

if __name__ == "__main__":
    list(run_tasks(task, [1, 2], workers=2))
"""


def of_session(session: int) -> list[str]:
    """Command lines of the processes that were started, however indirectly, by the leader of ``session``."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if entry.name.isdigit() and int(fields[3]) == session and fields[0] != "Z":
                found.append((entry / "cmdline").read_text().replace("\0", " ").strip())
        except (OSError, IndexError):
            continue
    return found


def wait_for(condition, timeout_s: float) -> bool:
    until = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def semaphores(pid: int) -> list[str]:
    return [name for name in os.listdir("/dev/shm") if f"-{pid}-" in name]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_their_parent(tmp_path: Path, number: int) -> None:
    (tmp_path / "tasks.py").write_text(TASKS)
    folder = tmp_path / "out"
    folder.mkdir()
    command = [sys.executable, str(tmp_path / "tasks.py"), str(folder)]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) as parent:
        try:
            assert wait_for(lambda: {p.name for p in folder.glob("began*")} == {"began1", "began2"}, 30)
            parent.send_signal(number)
            assert wait_for(lambda: not of_session(parent.pid), 10), of_session(parent.pid)
        finally:
            parent.kill()
    # the task that asks has kept what it had, the other was made to tidy up
    assert {p.name for p in folder.iterdir()} == {"began1", "began2", "kept1"}
    assert not semaphores(parent.pid)


def seen_in(part: Path) -> int:
    """Frames in the journal of a run, 0 while there is none."""
    try:
        return Take.load(part).num_frames
    except Mp2FlameError:
        return 0


def twice(video: Path, target: Path) -> None:
    """A video and itself again: longer than what is looked at before the first frame is given out."""
    import av

    with av.open(str(target), "w") as out:
        stream, start = None, 0
        for _ in range(2):
            with av.open(str(video)) as source:
                stream = stream or out.add_stream_from_template(source.streams.video[0])
                end = start
                for packet in source.demux(video=0):
                    if packet.dts is not None:
                        packet.pts, packet.dts, packet.stream = packet.pts + start, packet.dts + start, stream
                        end = max(end, packet.pts + packet.duration)
                        out.mux(packet)
                start = end


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_seen_before_the_first_frame_is_kept_too(shared: Path, tmp_path: Path, number: int) -> None:
    """A file is looked at for ten seconds before its first frame is given out; those frames are not lost."""
    pytest.importorskip("mediapipe")
    out, part = tmp_path / "take.npz", tmp_path / "take.part.npz"
    pytest.importorskip("av")
    video = tmp_path / "talk.mp4"
    twice(shared / "data" / "videos" / "LP_drv__d13.mp4", video)
    command = [sys.executable, "-m", "mp2flame", "run", str(video), "-o", str(out)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert wait_for(lambda: seen_in(part) > 3, 120)
        before = seen_in(part)
        parent.send_signal(number)
        said, errors = parent.communicate(timeout=60)
    assert parent.returncode == (0 if out.exists() else 130), errors
    assert "stopped early" in said
    kept = Take.load(out if out.exists() else part)  # on a busy machine they are not all driven in time
    assert before <= kept.num_frames < 704 and (out.exists() or str(part) in said)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_batch_leaves_no_process_and_keeps_the_part(shared: Path, tmp_path: Path, number: int) -> None:
    pytest.importorskip("mediapipe")
    pytest.importorskip("av")
    videos = tmp_path / "videos"
    videos.mkdir()
    for name in ("a.mp4", "b.mp4"):
        twice(shared / "data" / "videos" / "LP_drv__d13.mp4", videos / name)
    takes = tmp_path / "takes"
    command = [
        sys.executable,
        "-m",
        "mp2flame",
        "batch",
        str(videos),
        "-o",
        str(takes),
        "--workers",
        "2",
        "--quiet",
    ]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True) as parent:
        first: dict[str, int] = {}

        def both_grow() -> bool:
            grown = [
                p.stat().st_size > first.setdefault(p.name, p.stat().st_size)
                for p in takes.glob("*.part.npz")
            ]
            return len(grown) == 2 and all(grown)

        assert wait_for(both_grow, 60), first
        parent.send_signal(number)
        assert parent.wait(30) == {signal.SIGKILL: -9}.get(number, 130)
        assert wait_for(lambda: not of_session(parent.pid), 10), of_session(parent.pid)
        assert parent.stderr is not None
        if number != signal.SIGKILL:
            assert "goes on from here" in parent.stderr.read()
    names = {p.name for p in takes.iterdir()}
    parts = {name for name in names if name.endswith(".part.npz")}
    assert len(parts) == 2 and names - parts == {"batch.jsonl"}, names
    for part in parts:
        assert 0 < len(Take.load(takes / part).timestamp_ms)
