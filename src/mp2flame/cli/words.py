"""Options that several commands share: the head, how it looks, the page, the machine, what is written."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..base.option import Option, option
from ..drive.options import FlameFile, Tracking

if TYPE_CHECKING:
    from ..drive.driver import Driver
    from ..response.profile import Profile
    from ..show.head import ShownHead


__all__ = [
    "Address",
    "DrivenHead",
    "FlameFile",
    "Head",
    "Look",
    "Machine",
    "Overwrite",
    "Page",
    "Quiet",
    "Tracking",
    "written",
]


def written(help: str, default: Any = MISSING, **more: Any) -> Any:
    """The field of ``-o``, ``--output``; without a default it must be given."""
    return field(default=default, metadata={"option": Option(help, "Output", ("-o", "--output"), **more)})


@dataclass(frozen=True, kw_only=True)
class Lids:
    """The lids of trackers."""

    eyelids: str | None = option(
        None,
        "The two extra eyelid offsets of trackers such as SMIRK or metrical-tracker, for a FLAME file whose "
        "expressions blink badly: a folder with l_eyelid.npy and r_eyelid.npy, or one file with both.",
        "Head",
        metavar="PATH",
    )


@dataclass(frozen=True, kw_only=True)
class Head(Lids, FlameFile):
    """Which head, with the lids of trackers."""

    def driver(self, person: Profile | None = None, **more: Any) -> Driver:
        """The head, with the identity of a profile where that was fitted to this FLAME file."""
        from ..drive.driver import Driver

        made = Driver(**(vars(self) | more))
        betas = None if person is None else person.betas_for(made.model)
        return (
            made
            if betas is None
            else Driver(made.model, mapping=made.mapping, eyelids=made.eyelids, betas=betas)
        )

    @property
    def words(self) -> list[str]:
        """The same head in the next command."""
        return [
            *(["--flame", self.flame] if self.flame else []),
            *(["--eyelids", self.eyelids] if self.eyelids else []),
        ]


@dataclass(frozen=True, kw_only=True)
class DrivenHead(Head):
    """Which head, and what turns scores into its parameters."""

    mapping: Path | None = option(
        None,
        "A mapping file or a bs2exp folder to use instead of the built-in response and rig.",
        "Estimator",
    )
    num_expression: int | None = option(
        None, "Use only the first so many expression coefficients (50, say).", "Estimator"
    )


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a head looks in pictures and files."""

    skin: Literal["light", "deep"] = option("light", "The skin's tone.", "Look")
    scenery: bool = option(
        True,
        "Without the brows, teeth, tongue and dark mouth that are added to a FLAME file's mesh.",
        "Look",
        "--no-scenery",
    )

    def shown(self, driver: Driver) -> ShownHead:
        """The head dressed."""
        from ..show.head import ShownHead

        return ShownHead(driver, skin=self.skin, scenery=self.scenery)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a page is served, and whether it is opened."""

    host: str = option("127.0.0.1", "Address to bind to.", "Page")
    port: int | None = option(
        None, "Port; 0: any free one. Default: the first free one from 8080.", "Page", least=0, most=65_535
    )
    open_browser: bool = option(
        True, "Open the page in the browser. Default: open it.", "Page", "--open/--no-open"
    )


@dataclass(frozen=True, kw_only=True)
class Page(Address):
    """The viewer's; the keywords of ``show.page.serve``."""

    public: bool = option(False, "Allow an address that other machines reach; a token is made.", "Page")
    token: str | None = option(None, "Your own token.", "Page", envvar="MP2FLAME_VIEW_TOKEN")


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """Less talk."""

    quiet: bool = option(False, "No progress.")


@dataclass(frozen=True, kw_only=True)
class Overwrite:
    """What is there."""

    overwrite: bool = option(False, "Replace what is there.", "Output")


@dataclass(frozen=True, kw_only=True)
class Machine(Quiet):
    """Who does the work."""

    workers: int = option(1, "Processes; 0: one per core.", "Machine", least=0)
    dask: str | None = option(None, "Use this Dask cluster instead.", "Machine", metavar="tcp://HOST:PORT")
