"""``mp2flame calibrate``: a clip or the camera in, a person's profile out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from ..base.option import argument, option
from ..base.write import check_target
from ..drive.options import FlameFile
from ..show.page.wizard import Wizard
from .next_step import free, suggest
from .options import command
from .progress import Progress
from .session import check_extras, default_output
from .words import Overwrite, Quiet, Tracking, written

if TYPE_CHECKING:
    from ..drive.observations import Observations
    from ..response.profile import Profile

_SURE = 0.6


@dataclass(frozen=True, kw_only=True)
class Asked(FlameFile, Overwrite, Quiet):
    """What only ``calibrate`` has."""

    source: str = argument(completes="sources")
    output: Path = written("The profile to write.", Path("me.json"), completes="profiles")
    guided: bool | None = option(
        None,
        "Say when to rest and which faces to make. Default: only with a camera.",
        "Input",
        "--guided/--not-guided",
    )
    assume_neutral: int | None = option(
        None,
        "This frame (0 is the first) shows the resting face; do not look for it.",
        "Person",
        metavar="FRAME",
        least=0,
    )


@command(Asked, Tracking)
def calibrate(asked: Asked, tracking: Tracking) -> None:
    """Learn one person's face from SOURCE, so that rest is rest and a full smile is a full smile.

    SOURCE is a camera number, a video, an image of the resting face, or a recorded .npz take. A video should
    show a second or more of the relaxed face, mouth closed, looking at the camera. With --flame the person's
    identity (betas) is fitted to that FLAME file too.

    \b
    mp2flame calibrate 0 -o me.json            the camera tells you what to do
    mp2flame calibrate me.mp4 -o me.json       a video
    mp2flame run me.mp4 --profile me.json      use it
    """
    from ..drive.driver import Driver
    from ..drive.observations import observe
    from ..flame import load_flame
    from ..io.sources import open_source
    from ..response.calibrate import calibrate as learn

    source, output = asked.source, asked.output
    check_target(output, asked.overwrite)
    check_extras(source)
    model = load_flame(asked.flame) if asked.flame else None
    opened = open_source(source)
    script = Script() if (opened.info.live if asked.guided is None else asked.guided) else None
    progress = Progress(opened.info.num_frames, quiet=asked.quiet)
    found = observe(
        opened, on_frame=script or (lambda index, _moment, _seen: progress.step(index + 1)), **vars(tracking)
    )
    progress.close()
    shown = script.frames if script else None
    profile = learn(
        found.blendshapes,
        response=Driver(model).estimator,
        landmarks=found.landmarks,
        face_matrix=found.face_matrix,
        image_size=found.image_size,
        detected=found.detected,
        assume_neutral=asked.assume_neutral,
        rest_frames=shown.pop("") if shown else None,
        extremes=shown,
        model=model,
        detector_mode=tracking.mode if found.landmarks is not None else "",
        **_provenance(source, found),
    )
    profile.save(output)
    if not asked.quiet:
        _tell(profile, found)
    click.echo(f"wrote {output}")
    take = default_output(source)
    clash = ["-o", free(take)] if take is not None and take.exists() else []
    flame = ["--flame", asked.flame] if asked.flame else []
    live = ["--seconds", "10", "-o", free(Path("take.npz"))] if opened.info.live else []
    suggest("run", source, "--profile", output, *flame, *tracking.words, *clash, *live)


def _provenance(source: str, found: Observations) -> dict[str, Any]:
    from datetime import datetime

    from ..base.version import __version__

    return {
        "made_by": f"mp2flame {__version__}",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": Path(source).name or source,
        "frames": len(found.detected),
        "frames_with_a_face": int(found.detected.sum()),
    }


def _tell(profile: Profile, found: Observations) -> None:
    """What was found, in words."""
    report = profile.meta["report"]
    click.echo(
        f"{int(found.detected.sum())} of {len(found.detected)} frames show a face; rest: {report['rest']}"
    )
    if (
        report["rest"].startswith("estimated")
        and found.landmarks is not None
        and (profile.sure or 0.0) < _SURE
    ):
        click.echo(
            "that is not sure: show the resting face for two seconds or more, mouth closed, or name a frame of it: "
            "--assume-neutral"
        )
    if report["range_from"]:
        ranges = profile.weight_range
        assert ranges is not None
        from ..base.channels import INDEX

        text = ", ".join(
            f"{name} {ranges[INDEX[name]]:.2f} ({why})" for name, why in report["range_from"].items()
        )
        click.echo(f"full reach: {text}")
    if profile.betas is not None:
        click.echo(f"identity: {np.count_nonzero(profile.betas)} betas for {profile.flame_release}")
    if report["twitches_at_rest"]:
        click.echo("restless at rest: " + _listed(report["twitches_at_rest"]))
    if report["weak"]:
        click.echo("weak in this clip: " + _listed(report["weak"]))
    if report["never_moved"]:
        click.echo("did not move in this clip: " + _listed(report["never_moved"]))
    if profile.neutral_landmarks is None:
        click.echo("no landmarks: only the scores are calibrated; a video gives a better profile")


class Script:
    """Tells a person what to do, by the source's own clock, and remembers which frames showed it."""

    def __init__(self) -> None:
        self._wizard: Wizard | None = None
        self._said = ""

    def __call__(self, index: int, timestamp_ms: float, seen: bool) -> bool:
        """Note a frame; True when the script is over."""
        now = timestamp_ms / 1e3
        if self._wizard is None:
            if not seen:  # the clock starts with the face
                self._say("looking for your face ...")
                return False
            self._wizard = Wizard(now)
        self._wizard.add(index, now)
        prompt = self._wizard.prompt(now)
        if prompt.phase != "done":
            ready = f"get ready: {prompt.title}"
            self._say(ready if prompt.phase == "ready" else f"    {prompt.title}   {prompt.count_s}")
        return self._wizard.finished(now)

    def _say(self, text: str) -> None:
        if text != self._said:
            click.echo(text, err=True)
        self._said = text

    @property
    def frames(self) -> dict[str, Any]:
        """Frame numbers of each extreme that was reached, and under ``''`` of the rest."""
        kept = {"": []} if self._wizard is None else self._wizard.kept
        return {extreme: np.array(rows, dtype=np.int64) for extreme, rows in kept.items()}


_MOST_NAMES = 6


def _listed(names: Sequence[str]) -> str:
    """Channels for a line: both sides as one, so many of them, how many more; the profile holds all."""
    bare = {name: name.removesuffix("Left").removesuffix("Right") for name in names}
    both = [base for base in bare.values() if f"{base}Left" in bare and f"{base}Right" in bare]
    short = list(
        dict.fromkeys(f"{base} on both sides" if base in both else name for name, base in bare.items())
    )
    more = len(short) - _MOST_NAMES
    return ", ".join(short[:_MOST_NAMES]) + (
        f" and {more} more (in the profile's report)" if more > 0 else ""
    )
