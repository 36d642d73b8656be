"""`sbdk quarantine`: lists and shows rejected records, and validates them again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project
from sbdk.core.errors import SbdkError

Stream = Annotated[str | None, typer.Option("--stream", help="Records of this stream only.")]
Rule = Annotated[str | None, typer.Option("--rule", help="Records that broke this rule only.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("export")(export)
    app.add_typer(group, name="quarantine", help="Records that were rejected: list, show, replay, export.")


def list_(as_json: Json = False, verbose: Verbose = False) -> None:
    """How many records each rule has in quarantine."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.quarantine import list_quarantine

    counts = list_quarantine(open_project(out))
    if as_json:
        out.object({"rules": [asdict(count) for count in counts]})
    if not counts:
        out.line("nothing is in quarantine")
        return
    rows = [(each.stream, each.rule, each.rule_version, each.records, each.example) for each in counts]
    out.table("In quarantine", ["stream", "rule", "version", "records", "for example"], rows)


def show(
    stream: Stream = None,
    rule: Rule = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most N records of a stream.")] = 20,
    show_pii: Annotated[bool, typer.Option("--show-pii", help="Show what a contract classifies as pii.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """The records themselves, with the reason, the landing file and the position in it."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.quarantine import show_quarantine, without_pii

    project = open_project(out)
    records = show_quarantine(project, stream=stream, rule=rule, limit=limit)
    if not show_pii:
        records = without_pii(project, records)
    if as_json:
        out.object({"records": [asdict(record) for record in records]})
    if not records:
        out.line("nothing is in quarantine")
        return
    rows = [(r.stream, r.rule, r.reason, f"{r.source_file}:{r.source_position}", r.raw_record) for r in records]
    out.table("In quarantine", ["stream", "rule", "reason", "file:position", "record"], rows)


def export(
    stream: Stream = None,
    rule: Rule = None,
    file: Annotated[Path | None, typer.Option("--out", help="Write to this file.")] = None,
    verbose: Verbose = False,
) -> None:
    """Write records as JSON Lines, to be mended and replayed: the whole records, personal data too."""
    out = Output(verbose=verbose)
    from sbdk.app.quarantine import export_quarantine
    from sbdk.core.files import atomic_write

    lines = export_quarantine(open_project(out), stream=stream, rule=rule)
    if file is None:
        out.line(lines.removesuffix("\n"))
        return
    atomic_write(file, lines)
    out.line(f"{lines.count(chr(10))} records in {file}")


def replay(
    stream: Stream = None,
    rule: Rule = None,
    mended: Annotated[
        Path | None, typer.Option("--from", help="Records as this edited export has them, and only these.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Validate records again, after a rule or the data was fixed. Doing it twice is harmless."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.quarantine import replay as replay_records

    result = replay_records(open_project(out), stream=stream, rule=rule, mended=mended)
    error: SbdkError | None = result.run.error if result.run else None
    if as_json:
        answer: dict[str, Any] = {name: value for name, value in vars(result).items() if name != "run"}
        out.object({**answer, "run": result.run.as_dict() if result.run else None})
    if error is not None:
        if as_json:
            raise typer.Exit(error.exit_code)
        raise error
    out.line(
        f"{result.requested} validated again ({result.mended} fixed): "
        f"{result.released} released, {result.kept} stay in quarantine"
    )
