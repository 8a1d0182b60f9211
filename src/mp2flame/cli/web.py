"""``mp2flame export-web``: a head and its estimator as one file for the browser."""

from __future__ import annotations

from pathlib import Path

import click

from ..base.errors import InputError
from .options import scenery_option, skin_option


@click.command("export-web")
@click.argument("flame", required=False, type=click.Path())
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("head.m2f"),
    show_default=True,
    help="The .m2f file to write.",
)
@click.option(
    "--profile", type=click.Path(path_type=Path), help="A profile whose identity the head gets (betas)."
)
@skin_option
@scenery_option
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
def export_web(
    flame: str | None, output: Path, profile: Path | None, skin: str, no_scenery: bool, overwrite: bool
) -> None:
    """Write a head for 'mp2flame web' and for the npm package mp2flame: rig, estimator, mesh, colours.

    FLAME is your own FLAME file: .pkl, .npz, or the .zip as downloaded; without it, the built-in head. The file stays
    yours: a FLAME file's licence holds for what is made from it.

    \b
    mp2flame export-web                                    the built-in head as head.m2f
    mp2flame export-web flame2023.pkl -o me.m2f
    mp2flame web --head me.m2f                             the page, with that head
    """
    from ..base.write import check_target
    from ..drive.driver import Driver
    from ..io.exports.m2f import write_m2f
    from ..io.exports.web import web_head
    from ..show.head import ShownHead

    if output.suffix != ".m2f":
        raise InputError(f"{output} must end in .m2f.")
    check_target(output, overwrite)
    driver = Driver(flame)
    if profile is not None:
        from ..response.profile import Profile
        from .session import of_person

        driver = of_person(driver, Profile.load(profile))
    shown = ShownHead(driver, skin=skin, scenery=not no_scenery)
    made = web_head(
        driver.mesh_model, driver.rig, driver.estimator, dressed=shown.dressed, betas=driver.betas
    )
    size = write_m2f(output, made.arrays, made.header)
    click.echo(
        f"wrote {output}: {size / 1e6:.1f} MB, {driver.model.release}, {driver.num_expression} coefficients, 16 bits "
        f"cost at most {made.basis_error_mm:.4f} mm"
    )
    if driver.model.release != "builtin":
        click.echo(f"note: {made.header['licence']}", err=True)
