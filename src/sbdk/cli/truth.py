"""`sbdk truth`: the answer key as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project


def add_to(app: typer.Typer) -> None:
    app.command("truth")(truth)


def truth(
    out_dir: Annotated[Path, typer.Option("--out", "-o", help="Folder for the Parquet files; it may exist.")],
    landing: Annotated[
        Path | None, typer.Option("--landing", help="Landing folder whose records count; streams.folder if absent.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write the answer key: defects, buckets, scd1_*, scd2_*, windows, of exactly the records that have landed.

    Of a data set that knows its demand and its experiments: demand, experiments, ended.
    """
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.stream import write_answer_key

    files, positions = write_answer_key(open_project(out), out_dir, landing=landing)
    if as_json:
        out.object({"out": str(out_dir), "files": [path.name for path in files], "records": positions})
    out.table(f"Written to {out_dir}", ["file", "bytes"], [(path.name, path.stat().st_size) for path in files])
