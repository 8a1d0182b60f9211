"""Kill a writing process at random moments: how much of the recording is lost, and is an old file ever?

    python bench/bench_kill.py [--kills 20]
    python bench/bench_kill.py --commands [--kills 30] [--only run,fit] [--video short.mp4]

The first table is of the writer itself. ``--commands`` starts whole commands that replace a good old output, ends
each at random moments of its run (the last two of the kills are SIGTERM and SIGINT), and looks at what lies there: the
old file or the new one (``gather`` and ``batch``: every file of the folder), whole; hidden beginnings, and how many of
them the next good run leaves; recordings (``.part.npz``), whether they can be read; processes that stayed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mp2flame.base.errors import FileFormatError
from mp2flame.take.take import Take

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS / name) for name in ("take", "learn", "kit")]


def writer_table(kills: int) -> None:
    from test_take import kill_a_writer, write

    print("| kill | after s | frames appended | frames read | lost | monotone | old take kept |")
    print("|---|---|---|---|---|---|---|")
    worst = whole = 0
    for number in range(kills):
        after = random.uniform(0.05, 5.0)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "take.npz"
            write(path, 5)
            old = path.read_bytes()
            at_least, appended = kill_a_writer(path, after)
            kept = path.read_bytes() == old
            take = Take.load(path.with_name("take.part.npz"))
            monotone = bool((take.expression[:, 0] == np.arange(take.num_frames)).all())
            if take.num_frames < at_least:
                raise SystemExit(f"lost more than the last second: {take.num_frames} of {appended}")
            whole += kept
            worst = max(worst, appended - take.num_frames)
            print(
                f"| {number + 1} | {after:.2f} | {appended} | {take.num_frames} "
                f"| {appended - take.num_frames} | {monotone} | {kept} |"
            )
    print(
        f"\n{kills} of {kills} journals readable by Take.load, {whole} of {kills} old takes untouched;",
        end=" ",
    )
    print(f"most frames lost: {worst} (a frame every 3 to 4 ms).")


# --- whole commands --------------------------------------------------------------------------------------------


@dataclass
class Job:
    """A command, what it writes, and the question whether that is whole (raises when it is not)."""

    words: list[str]
    output: Path
    opens: Callable[[Path], object]
    resumes: bool = False  # a folder that the same command goes on with; no --overwrite
    other: list[str] = field(default_factory=list)  # for a folder that is replaced: writes another content
    wholes: list[dict[str, bytes]] = field(default_factory=list)  # what such a folder may hold


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def movie(path: Path) -> int:
    import av

    with av.open(str(path)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    assert frames > 1, f"{frames} frames"
    return frames


def glb(path: Path) -> None:
    data = path.read_bytes()
    assert data[:4] == b"glTF" and int.from_bytes(data[8:12], "little") == len(data), "cut"
    json.loads(data[20 : 20 + int.from_bytes(data[12:16], "little")])


def mapping(path: Path) -> None:
    from mp2flame.rig.mapping.files import load_mapping

    load_mapping(path)


def shards(folder: Path) -> None:
    from mp2flame.learn.shards import read_rows

    for path in folder.glob("*.parquet"):
        list(read_rows(path))


def takes(folder: Path) -> None:
    for path in folder.glob("*.npz"):
        Take.load(path)


def jobs(folder: Path, video: Path | None) -> dict[str, Job]:
    from test_learn_build import shard_folder
    from test_learn_gather import tracked

    from mp2flame.drive.demo import demo_take
    from mp2flame.io.formats import read_motion

    take = folder / "in.npz"
    demo_take().save(take)
    shard_folder(folder / "in_shards", n=30)
    for name in "abcd":
        tracked(folder / "in_tracked" / name, seed=ord(name))
    short = folder / "short.npz"
    Take.load(take)[:20].save(short)
    names = ("render", "export", "obj", "convert", "vhap", "smooth", "mirror", "fit", "run")
    out = {name: folder / name for name in names}
    for path in (*out.values(), folder / "gather", folder / "batch"):
        path.mkdir()
    found = {
        "render": Job([str(take), "--size", "160", "--end", "1"], out["render"] / "o.mp4", movie),
        "export": Job([str(take)], out["export"] / "o.glb", glb),
        "export --as obj": Job(
            [str(take), "--as", "obj", "--fps", "10"],
            out["obj"] / "o",
            content,
            other=[str(short), "--as", "obj", "--fps", "10"],
        ),
        "convert --format vhap-export": Job(
            [str(take), "--format", "vhap-export"],
            out["vhap"] / "o",
            content,
            other=[str(short), "--format", "vhap-export"],
        ),
        "convert": Job([str(take), "--format", "gaussian-avatars"], out["convert"] / "o.npz", read_motion),
        "smooth": Job([str(take)], out["smooth"] / "o.npz", Take.load),
        "mirror": Job([str(take)], out["mirror"] / "o.npz", Take.load),
        "fit": Job([str(folder / "in_shards")], out["fit"] / "o.npz", mapping),
        "gather": Job(
            [str(folder / "in_tracked"), "--workers", "2"], folder / "gather" / "o", shards, resumes=True
        ),
    }
    if video:
        videos = folder / "in_videos"
        videos.mkdir()
        for name in "ab":
            shutil.copy(video, videos / f"{name}{video.suffix}")
        found["run"] = Job([str(video)], out["run"] / "o.npz", Take.load)
        found["batch"] = Job([str(videos), "--workers", "2"], folder / "batch" / "o", takes, resumes=True)
    return found


def start(name: str, job: Job) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "mp2flame", name.split()[0], *job.words, "-o", str(job.output)]
    words += [] if job.resumes else ["--overwrite"]
    out = subprocess.DEVNULL
    return subprocess.Popen(words, stdout=out, stderr=subprocess.PIPE, text=True, start_new_session=True)


def members(session: int) -> list[int]:
    """Processes of a command's session that live (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def left_in(folder: Path) -> list[str]:
    found = []
    for place, folders, files in os.walk(folder):  # what goes meanwhile is no error
        names = [name for name in folders + files if name.startswith(".mp2flame-")]
        found += [os.path.relpath(os.path.join(place, name), folder) for name in names]
    return sorted(found)


def has_frames(part: Path) -> bool:
    """Whether a killed run's recording holds frames; raises when it cannot be read."""
    try:
        return Take.load(part).num_frames > 0
    except FileFormatError as error:
        if "before its first frame" in str(error):
            return False
        raise


def stay(session: int, wait_s: float = 5.0) -> list[int]:
    until = time.monotonic() + wait_s
    while (found := members(session)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def wait_for_its_moment(process: subprocess.Popen[str], job: Job, longest: float, at_write: bool) -> None:
    """Any moment of the run, or one shortly after a hidden beginning is there."""
    if not at_write:
        time.sleep(random.uniform(0, longest))
        return
    before = set(left_in(job.output.parent))
    while process.poll() is None and set(left_in(job.output.parent)) <= before:
        time.sleep(0.0005)
    time.sleep(random.uniform(0, 0.02))


def kill_one(
    name: str, job: Job, longest: float, how: signal.Signals, at_write: bool
) -> tuple[str, int, float]:
    """(old, new or lost; processes that stayed; seconds that it took to end)."""
    old = (job.output.read_bytes(), job.output.stat().st_ino) if job.output.is_file() else (b"", 0)
    before = content(job.output) if job.wholes else {}
    if job.other:  # writes what is not there
        job.words, job.other = job.other, job.words
    process = start(name, job)
    wait_for_its_moment(process, job, longest, at_write)
    process.send_signal(how)
    begun = time.monotonic()
    process.wait()
    took = time.monotonic() - begun
    behind = stay(process.pid)
    for pid in behind:
        os.kill(pid, signal.SIGKILL)
    if process.stderr:
        process.stderr.close()
    try:
        if job.output.exists():
            job.opens(job.output)
        elif not job.resumes:
            return "lost", len(behind), took
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        return "lost", len(behind), took
    if job.wholes:
        found = content(job.output)
        return "lost" if found not in job.wholes else "old" if found == before else "new", len(behind), took
    if job.resumes or job.output.stat().st_ino != old[1]:
        return "new", len(behind), took
    return "old" if job.output.read_bytes() == old[0] else "lost", len(behind), took


def whole_run(name: str, job: Job) -> tuple[str, float]:
    began = time.monotonic()
    process = start(name, job)
    said = process.communicate()[1]
    if process.returncode:
        raise SystemExit(f"{name}: exit {process.returncode}: {said}")
    job.opens(job.output)
    return said, time.monotonic() - began


def command_row(name: str, job: Job, kills: int) -> str:
    took = whole_run(name, job)[1]
    if job.other:
        job.wholes.append(content(job.output))
        job.words, job.other = job.other, job.words
        whole_run(name, job)
        job.wholes.append(content(job.output))
    counts, stayed, most, slowest, parts, read = {"old": 0, "new": 0, "lost": 0}, 0, 0, 0.0, 0, 0
    for number in range(kills):
        if job.resumes:
            shutil.rmtree(job.output, ignore_errors=True)
        how = {kills - 2: signal.SIGTERM, kills - 1: signal.SIGINT}.get(number, signal.SIGKILL)
        outcome, behind, ended = kill_one(name, job, 1.1 * took, how, number % 2 == 1)
        counts[outcome] += 1
        stayed += behind
        slowest = max(slowest, ended if how != signal.SIGKILL else 0)
        most = max(most, len(left_in(job.output.parent)))
        for part in job.output.parent.rglob("*.part*.npz"):
            parts += 1
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read += has_frames(part)
            if job.resumes or number < kills - 3:
                part.unlink()
    waiting = [p.name for p in job.output.parent.glob("*.part*.npz")]
    said = whole_run(name, job)[0]
    named = "-" if not waiting or job.resumes else str(all(part in said for part in waiting))
    return (
        f"| {name} | {took:.1f} | {kills} | {counts['old']} | {counts['new']} | {counts['lost']} | {most} "
        f"| {len(left_in(job.output.parent))} | {parts} | {read} | {named} | {stayed} | {slowest:.1f} |"
    )


def command_table(kills: int, only: list[str], video: Path | None) -> None:
    print(
        "| command | s | kills | old whole | new whole | lost | hidden beginnings, most | after the next run "
        "| parts | with frames | named | processes left | SIGTERM, SIGINT ended in s |"
    )
    print("|" + "---|" * 13)
    with tempfile.TemporaryDirectory() as folder:
        for name, job in jobs(Path(folder), video).items():
            if not only or name in only:
                print(command_row(name, job, kills), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--commands", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--video", type=Path, help="of a face, some seconds long: for run and batch")
    options = parser.parse_args()
    if options.commands:
        command_table(options.kills, [name for name in options.only.split(",") if name], options.video)
    else:
        writer_table(options.kills)


if __name__ == "__main__":
    main()
