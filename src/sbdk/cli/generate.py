"""`sbdk generate` and `sbdk verify`: synthetic tables as files, and the comparison of a copy with its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Raw, Verbose, open_project
from sbdk.core.errors import UsageError


def add_to(app: typer.Typer) -> None:
    app.command("generate")(generate)
    app.command("verify")(verify)


def generate(
    tables: Annotated[list[str] | None, typer.Argument(help="Tables, for example raw_users; none means all.")] = None,
    out_dir: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files and manifest.json.")] = Path("out"),
    file_format: Annotated[str, typer.Option("--format", "-f", help="parquet, csv or jsonl.")] = "parquet",
    rows: Annotated[str | None, typer.Option("--rows", help="Only rows a:b in id order, from 0, b exclusive.")] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Default: all cores. No effect on the data.")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", min=1, help="Rows per batch. No effect on the data.")
    ] = None,
    raw: Raw = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write synthetic tables as files, with a manifest of their contents."""
    out = Output(as_json=as_json, verbose=verbose)
    span = parse_rows(rows) if rows else None
    from sbdk.app.generate import write_files
    from sbdk.cli.progress import sink

    project = open_project(out)
    with sink(out) as emit:
        manifest = write_files(
            project,
            tables or [],
            out_dir,
            file_format,
            rows=span,
            threads=threads,
            batch_size=batch_size,
            raw=raw,
            emit=emit,
        )
    if as_json:
        out.object(manifest.model_dump(mode="json"))
    shown = [
        (name, entry.rows, ", ".join(file.name for file in entry.files), entry.content_hash)
        for name, entry in manifest.tables.items()
    ]
    out.table(f"Written to {out_dir}", ["table", "rows", "files", "content hash"], shown)


def parse_rows(text: str) -> tuple[int, int]:
    """'10:20' → (10, 20): 0-based, half-open."""
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit()) or int(first) >= int(last):
        raise UsageError(f"--rows {text!r} is not a range a:b with a < b", hint="for example --rows 0:1000")
    return int(first), int(last)


def verify(
    manifest: Annotated[Path, typer.Argument(help="manifest.json that `sbdk generate` wrote.")],
    path: Annotated[Path | None, typer.Argument(help="The copy: a folder, a file, or a .duckdb file.")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Compare a copy with its manifest, cell by cell: one changed cell or one doubled row is found."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.generate import verify_files

    differences = verify_files(manifest, path)
    if as_json:
        out.object({"same": not differences, "differences": [difference.as_dict() for difference in differences]})
    for difference in differences:
        out.line(str(difference), style="red")
    out.line(
        "different" if differences else "the same, cell by cell", style="bold red" if differences else "bold green"
    )
    if differences:
        raise typer.Exit(1)
