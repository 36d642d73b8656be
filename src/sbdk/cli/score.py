"""`sbdk score`: a pipeline's report card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Target, Verbose, open_project
from sbdk.core.errors import DiskError, UsageError

if TYPE_CHECKING:
    from sbdk.score.card import ScoredWarehouse


def add_to(app: typer.Typer) -> None:
    app.command("score")(score)


def score(
    fail_under: Annotated[
        float | None, typer.Option("--fail-under", help="Exit with 1 if the score, 0 to 100, is below this.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as one HTML file as well.")] = None,
    database: Annotated[
        Path | None, typer.Option("--database", help="A DuckDB file to grade in place of what was published.")
    ] = None,
    landing: Annotated[
        Path | None, typer.Option("--landing", help="Landing folder that was loaded; streams.folder if absent.")
    ] = None,
    target: Target = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Grade the pipeline against the answer key: planted defects, experiments, histories, what was lost."""
    out = Output(as_json=as_json, verbose=verbose)
    if fail_under is not None and not 0 <= fail_under <= 100:
        raise UsageError(f"--fail-under {fail_under:g} is not between 0 and 100")
    from sbdk.app.score import score_project

    project = open_project(out, target=target)
    scored = score_project(project, database=database, landing=landing)
    for note in scored.card.notes:
        out.warning(note)
    if html:
        _write_page(html, scored, project.loaded.config.project)
    if as_json:
        out.object(scored.card.report())
    _print_score(out, scored)
    if html:
        out.line(f"The report is in {html}")
    if fail_under is not None and scored.card.score < fail_under:
        out.line(f"below {fail_under:g}", style="bold red")
        raise typer.Exit(1)


def _write_page(path: Path, scored: ScoredWarehouse, project: str) -> None:
    from sbdk.score.render.html import html_page

    try:
        path.write_text(html_page(scored, project=project), encoding="utf-8")
    except OSError as error:
        raise DiskError(f"the report: {error.strerror}", file=path) from error


def _print_score(out: Output, scored: ScoredWarehouse) -> None:
    if out.as_json:
        return
    from sbdk.score.render.terminal import finding_lines, headline, listings

    out.line(headline(scored.card), style="bold green" if scored.card.score == 100 else "bold")
    for listing in listings(scored):
        out.table(listing.title, listing.columns, listing.rows)
    lines, more = finding_lines(scored.card)
    for line in lines:
        out.line(line, style="red")
    if more:
        out.line(f"… and {more} more; --html FILE shows all of it")
