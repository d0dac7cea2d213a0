"""Commands of the audit: parse, call, print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from breachstudy.study import Study

__all__ = ["register"]

Root = Annotated[Path | None, typer.Option("--root", help="Checkout of the study "
                                           "(default: the one around the working folder).")]


def register(app: typer.Typer, study_of: Callable[[Path | None], Study]) -> None:
    """Add the group ``audit`` to the command line."""
    group = typer.Typer(help="Draw facts without their values, and score what readers found.",
                        no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(group, name="audit")

    @group.command()
    def draw(output: Annotated[Path, typer.Option("-o", "--output", help="Sheet to write (CSV).")],
             n: Annotated[int, typer.Option("--n", help="Facts to draw.", min=1)] = 60,
             seed: Annotated[int, typer.Option(help="Seed of the draw.", min=0)] = 1,
             kind: Annotated[list[str] | None, typer.Option(
                 "--kind", help="Draw this kind only: dates, who_first, numbers, codes, links, "
                 "securities, unseen (repeatable).")] = None,
             new_only: Annotated[bool, typer.Option(
                 "--new-only", help="Leave out facts that were audited before.")] = False,
             root: Root = None) -> None:
        """Write a sheet of random facts without their values, for a reader to fill in."""
        from breachstudy.study import write_atomic
        from breachstudy.workflow.audit import new_sheet

        if output.exists():
            raise ValueError(f"{output} exists already; name another file, or remove it")
        write_atomic(output, new_sheet(study_of(root), n, seed, kind or (), new_only))
        typer.echo(f"wrote {output}: {n} facts, seed {seed}")

    @group.command()
    def score(sheet: Annotated[Path, typer.Argument(help="A filled sheet (CSV).", exists=True,
                                                    dir_okay=False)],
              day: Annotated[dt.datetime | None, typer.Option(
                  "--day", formats=["%Y-%m-%d"], help="Day of the audit (default: today).")] = None,
              save: Annotated[bool, typer.Option(
                  "--save", help="Add the outcomes to data/raw/audits.csv.")] = False,
              root: Root = None) -> None:
        """Compare a filled sheet with the dataset, by kind, and list every difference."""
        from breachstudy.workflow.audit import save_audits, score_file, score_text

        study = study_of(root)
        scored = score_file(study, sheet.stem, sheet.read_bytes(),
                            (day or dt.datetime.now()).date())
        typer.echo(score_text(scored))
        if save:
            typer.echo(f"wrote {save_audits(study, scored)}; adjudicate the differences there "
                       "(who_right, reason), then run 'breachstudy build' and 'breachstudy readme'")
