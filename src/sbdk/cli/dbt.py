"""`sbdk dbt`: any dbt command on a working copy of the warehouse."""

from __future__ import annotations

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import open_project


def add_to(app: typer.Typer) -> None:
    app.command(
        "dbt",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
        add_help_option=False,
    )(dbt)


def dbt(context: typer.Context) -> None:
    """Run any dbt command on a working copy of the warehouse: sbdk dbt test --select dim_users."""
    out = Output()
    from sbdk.app.dbt import dbt_on_working_copy

    raise typer.Exit(dbt_on_working_copy(open_project(out), context.args))
