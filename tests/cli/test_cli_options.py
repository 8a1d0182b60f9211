"""The command line is the options' dataclasses: every field is a word, every word a field, with the same default."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from mp2flame.base.errors import InputError
from mp2flame.base.option import Option, argument, described, needed, option
from mp2flame.cli import COMMANDS, TASKS, cli
from mp2flame.cli.complete import OFFERS
from mp2flame.cli.options import GROUPS, build, command, settable
from mp2flame.drive.face_lost import LostPolicy
from mp2flame.drive.options import LiveOptions, RunOptions, Tracking
from mp2flame.io.options import MotionOptions, SourceOptions
from mp2flame.io.schemes import EXAMPLES, OUTPUT_SCHEMES
from mp2flame.learn.batch import Settings as BatchSettings
from mp2flame.learn.clip import Settings as GatherSettings
from mp2flame.learn.fit import Options as FitOptions

LIBRARY = {  # what a command takes whole
    "run": (LiveOptions, SourceOptions),
    "calibrate": (Tracking,),
    "view": (Tracking,),
    "convert": (MotionOptions,),
    "batch": (BatchSettings,),
    "gather": (GatherSettings,),
    "fit": (FitOptions,),
}
PYTHON_ONLY = {"keep_images"}


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    return {name: cli.get_command(context, name) for name in cli.list_commands(context)}


def test_every_field_of_the_library_is_a_word() -> None:
    for name, kinds in LIBRARY.items():
        words = {param.name for param in commands()[name].params}
        for kind in kinds:
            fields = {one.name for one in dataclasses.fields(kind)}
            assert fields - words <= PYTHON_ONLY, (name, kind)
            assert {one.name for one in dataclasses.fields(kind) if Option.at(one) is None} == set()
    assert {one.name for one in dataclasses.fields(RunOptions)} - {
        one.name for one, *_ in settable(RunOptions)
    } == PYTHON_ONLY


@pytest.mark.parametrize("name", COMMANDS)
def test_every_word_is_a_field_with_a_help_and_a_heading(name: str) -> None:
    """A command has nothing but what was made from fields: no option is written by hand."""
    for param in commands()[name].params:
        if isinstance(param, click.Option):
            assert hasattr(param, "group"), param.name
            assert param.hidden or (param.help and param.group in (*GROUPS, "Another head")), param.name


def test_what_is_not_given_stays_as_the_library_has_it() -> None:
    """The words of an empty command line make the same value as the class without arguments."""
    seen: list[object] = []

    @command(LiveOptions, SourceOptions, FitOptions, GatherSettings, BatchSettings)
    def probe(*values: object) -> None:
        seen.extend(values)

    result = CliRunner(env={"MP2FLAME_FLAME": "", "MP2FLAME_FACE_LANDMARKER": ""}).invoke(probe, [])
    assert result.exit_code == 0, result.output
    assert seen == [LiveOptions(), SourceOptions(), FitOptions(), GatherSettings(), BatchSettings()]


def test_words_become_values() -> None:
    seen: list[LiveOptions] = []

    @command(LiveOptions)
    def probe(value: LiveOptions) -> None:
        seen.append(value)

    words = "--faces 3 --face largest --no-pose --camera 40 --lost 1,2,3 --no-landmarks --every-frame --filter steady"
    assert CliRunner().invoke(probe, words.split()).exit_code == 0
    one = seen[0]
    assert (one.num_faces, one.face, one.head_pose_from, one.camera) == (3, "largest", "off", 40.0)
    assert one.lost == LostPolicy(1, 2, 3)
    assert (one.with_landmarks, one.realtime, one.filter) == (False, False, "steady")
    for wrong in (
        "--faces 0",
        "--face best",
        "--camera 1,2",
        "--lost a,b,c",
        "--filter strong",
        "--mode fast",
    ):
        assert CliRunner().invoke(probe, wrong.split()).exit_code == 2, wrong


def test_the_filter_suits_what_the_detector_does() -> None:
    assert RunOptions().smoothing == "off" and LiveOptions().smoothing == "light"
    assert LiveOptions(num_faces=2).smoothing == LiveOptions(mode="image").smoothing == "steady"
    assert LiveOptions(num_faces=2, filter="off").smoothing == "off"


def test_one_word_for_two_classes_and_several_values() -> None:
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class One:
        where: tuple[str, ...] = argument()
        speed: float | None = option(None, "How fast.", "Motion", above=0)

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Other:
        speed: float = needed("How fast.", "Motion")

        def __post_init__(self) -> None:
            if self.speed > 10:
                raise InputError("too fast")

    seen: list[object] = []

    @command(One, Other)
    def probe(one: One, other: Other) -> None:
        seen.extend([one, other])

    assert CliRunner().invoke(probe, ["a", "b", "--speed", "2"]).exit_code == 0
    assert seen == [One(where=("a", "b"), speed=2.0), Other(speed=2.0)]
    assert isinstance(CliRunner().invoke(probe, ["a", "--speed", "11"]).exception, InputError)
    assert CliRunner().invoke(probe, ["a", "--speed", "0"]).exit_code == 2
    assert build(One, {"where": ("x",), "speed": None}) == One(where=("x",))


def test_the_help_is_the_docstring() -> None:
    @described
    @dataclasses.dataclass
    class Some:
        """Of a sort.

        Raises:
            InputError: never.
        """

        speed: float = option(1.0, "How fast.", "Motion")

    text = Some.__doc__ or ""
    assert "Attributes:\n    speed: How fast.\n" in text and text.index("speed:") < text.index("Raises:")
    assert "mirrored:" in (RunOptions.__doc__ or "") and "retries:" in (LiveOptions.__doc__ or "")


def test_headings() -> None:
    text = CliRunner().invoke(cli, ["run", "--help"]).output
    found = [line[:-1] for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert found == [group for group in GROUPS if group in found] and len(found) >= 8
    assert sorted(name for names in TASKS.values() for name in names) == sorted(COMMANDS)


def offered(*words: str) -> set[str]:
    shell = ShellComplete(cli, {}, "mp2flame", "_MP2FLAME_COMPLETE")
    return {item.value for item in shell.get_completions(list(words[:-1]), words[-1])}


def test_a_shell_completes_values(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mp2flame.io.sources import camera

    monkeypatch.chdir(tmp_path)
    for name in ("me.json", "me.mp4", "head.pkl", "sub"):
        (tmp_path / name).mkdir() if name == "sub" else (tmp_path / name).touch()
    monkeypatch.setattr(camera, "camera_names", lambda: {2: "BRIO"})
    assert offered("ex") >= {"export", "export-web"}
    assert offered("convert", "x", "--format", "vh") == {"vhap", "vhap-export"}
    assert offered("run", "x", "--to", "vm") == {"vmc://127.0.0.1:39539"}
    assert offered("run", "x", "--profile", "") == {"me.json", "sub/"}
    assert offered("run", "") >= {"2", "camera:BRIO", "me.mp4", "sub/"}
    assert offered("run", "x", "--flame", "") == {"head.pkl", "sub/"}
    assert offered("run", "x", "--filter", "s") == {"steady"}
    assert offered("rig", "x", "--rows", "beat") == {"beat51"}


def test_every_stream_has_an_address_to_complete() -> None:
    assert {url.partition(":")[0] for url in EXAMPLES} == set(OUTPUT_SCHEMES)
    used = {
        Option.at(one).completes
        for kinds in LIBRARY.values()
        for kind in kinds
        for one in dataclasses.fields(kind)
    }
    assert used - {""} <= set(OFFERS)


def test_nothing_heavy_is_imported_for_the_list_of_commands() -> None:
    code = (
        "import sys, mp2flame.cli as c\n"
        "c.cli(['--help'], standalone_mode=False)\n"
        "print(sorted(m for m in sys.modules if m in ('numpy', 'mp2flame.drive')), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
