"""A live source that sends nothing: the run says so, and leaves no take of empty frames."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from mp2flame.base.errors import SourceError
from mp2flame.cli import gather, progress, run


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.parametrize("scheme", ["livelink", "vmc", "ifacialmocap"])
def test_a_sender_that_sends_nothing_is_an_error_and_no_take(tmp_path, scheme):
    address, take = f"{scheme}://127.0.0.1:{free_port()}", tmp_path / "take.npz"
    done = CliRunner().invoke(run.run, [address, "--seconds", "1.2", "-o", str(take)])
    assert isinstance(done.exception, SourceError), done.output
    assert address.rpartition(":")[0] in str(done.exception) and "nothing was written" in str(done.exception)
    assert "next:" not in done.output and not take.exists()


def test_a_server_that_is_not_there_is_named_with_the_reason(tmp_path):
    pytest.importorskip("websockets")
    done = CliRunner().invoke(run.run, [f"ws://127.0.0.1:{free_port()}", "--seconds", "1.5"])
    assert isinstance(done.exception, SourceError)
    assert "no face came from ws://127.0.0.1" in str(done.exception)


def test_an_interruption_before_the_first_frame_leaves_no_take(tmp_path):
    words = [sys.executable, "-m", "mp2flame", "run", f"livelink://127.0.0.1:{free_port()}", "-o", "take.npz"]
    with subprocess.Popen(
        words, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Ctrl-C ends it" in line:
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert process.returncode == 130 and "before anything came" in said[1]
    assert "wrote" not in said[0] and not (tmp_path / "take.npz").exists()


def test_what_is_slow_is_not_told_as_nothing_per_second():
    assert progress.per_second(24.4) == "24 per second"
    assert progress.per_second(0.11) == "7 per minute"


def test_one_reason_for_thirty_clips_is_one_line(capsys):
    outcomes = [
        type(
            "Outcome", (), {"status": "failed", "clip": f"{n}.npz", "reason": "it was driven", "counts": {}}
        )()
        for n in range(30)
    ]
    with pytest.raises(Exception, match="no clip"):
        gather.report(outcomes)
    said = capsys.readouterr().err
    assert said.count("it was driven") == 1 and "and 27 more" in said
