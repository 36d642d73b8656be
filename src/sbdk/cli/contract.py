"""`sbdk contract`: data contracts of the Open Data Contract Standard, inferred, tested, compared and exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, here, open_project
from sbdk.core.errors import UsageError

if TYPE_CHECKING:
    from sbdk.contracts.verdict import TableVerdict

Name = Annotated[str, typer.Argument(metavar="NAME", help="A contract: its name, its table, or a file .yaml.")]
Forms = Annotated[
    str,
    typer.Option("--to", help="dbt, json-schema, avro, sql, pydantic, dlt or great-expectations."),
]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True)
    group.command("infer")(infer)
    group.command("test")(judge)
    group.command("diff")(diff)
    group.command("scan")(scan)
    group.command("export")(export)
    group.command("docs")(docs)
    group.command("generate")(generate)
    app.add_typer(group, name="contract", help="Data contracts: infer, test, diff, scan, export, docs, generate.")


def infer(
    source: Annotated[str, typer.Argument(metavar="TABLE|FILE", help="A published table, or a data file.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the contract to a file that is not there yet.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """A contract from what a published table or a file (CSV, JSON, JSON Lines, Parquet) holds now."""
    printed = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.infer import infer_from_file, infer_from_table, write_new
    from sbdk.contracts.yaml_text import as_yaml

    if out is not None and out.exists():
        raise UsageError("the file is there already", file=out, hint="remove it first, or write to another one")
    found = infer_from_file(Path(source)) if _is_file(source) else infer_from_table(open_project(printed), source)
    if out is not None:
        write_new(out, found)
    if as_json:
        printed.object({"contract": found, "file": str(out) if out else None})
    printed.line(f"{out}: {len(found['schema'][0]['properties'])} columns" if out else as_yaml(found).rstrip())


def judge(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|TABLE]", help="One contract or table; all if absent.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Judge this data file in place of the published table.")
    ] = None,
    show_pii: Annotated[bool, typer.Option("--show-pii", help="Show personal data in examples.")] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Judge published tables, or a file, by every clause of their contracts. Nothing is changed."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.judge import judge_file, judge_published

    if file is not None:
        folder = None if name and name.endswith((".yaml", ".yml")) else open_project(out).root / "contracts"
        verdicts = judge_file(file, name, folder, show_pii=show_pii)
    else:
        verdicts = judge_published(open_project(out), name, show_pii=show_pii)
    if as_json:
        out.object({"contracts": [each.as_dict() for each in verdicts]})
    for each in verdicts:
        _print_verdict(out, each)
    passed = all(each.passed for each in verdicts)
    out.line("PASS" if passed else "FAIL", style="bold green" if passed else "bold red")
    if not passed:
        raise typer.Exit(1)


def _print_verdict(out: Output, verdict: TableVerdict) -> None:
    judged = "is not there" if verdict.rows is None else f"{verdict.rows:,} rows"
    rows = [(each.rule, each.status, each.broken, each.expected, each.example) for each in verdict.clauses]
    title = f"{verdict.table} ({verdict.contract} {verdict.version}): {judged}"
    out.line(title)
    out.table(title, ["rule", "status", "broken", "expected", "for example"], rows)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The file of the earlier version.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The file of the later version.")],
    party: Annotated[
        str, typer.Option("--for", help="Whose work must not break: readers, writers or all.")
    ] = "readers",
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """What changed between two versions of a contract, and whose work it breaks. Exit 1 if it breaks readers'."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.publish import compare_files

    if party not in ("readers", "writers", "all"):
        raise UsageError(f"--for {party}: not known", hint="known: readers, writers, all")
    changes = compare_files(old, new)
    if as_json:
        out.object({"changes": [each.as_dict() for each in changes]})
    rows = [
        (each.change, each.table, each.property, each.old, each.new, each.for_ if each.breaking else "no one")
        for each in changes
    ]
    if rows:
        out.table("Changes", ["change", "table", "property", "old", "new", "breaks"], rows)
    else:
        out.line("nothing changed")
    if any(each.breaking and party in (each.for_, "all") for each in changes):
        raise typer.Exit(1)


def scan(
    table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="One table; all raw ones if absent.")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Columns with personal data: e-mail, phone, payment card, IBAN, IP address, names; which to classify as pii."""
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.infer import scan_tables

    found = scan_tables(open_project(out), table)
    if as_json:
        out.object({"columns": [each.as_dict() for each in found]})
    rows = [
        (
            each.table,
            each.column,
            each.kind,
            each.matches,
            each.rows,
            each.classification or ("pii?" if each.proposed else ""),
        )
        for each in found
    ]
    if rows:
        out.table("Personal data", ["table", "column", "kind", "matches", "values", "classification"], rows)
    else:
        out.line("no personal data was found")


def export(
    name: Name,
    to: Forms,
    out: Annotated[Path | None, typer.Option("--out", help="Write to a file that is not there yet.")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """A contract in the form of another tool. Rules that the form cannot hold are named as warnings."""
    printed = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.publish import export_to

    made = export_to(_contract(printed, name), to, out)
    if as_json:
        printed.object({"format": to, "file": str(out) if out else None, "text": made.text, "left_out": made.left_out})
    printed.line(str(out) if out else made.text.rstrip())
    if made.left_out:
        printed.warning(f"not in the export: {', '.join(made.left_out)}")


def docs(
    out: Annotated[Path, typer.Option("--out", help="The folder of the pages.")] = Path("contracts/docs"),
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """One HTML page per contract, self-contained."""
    printed = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.files import contracts_in
    from sbdk.app.contract.publish import write_pages

    written = write_pages(contracts_in(open_project(printed).root / "contracts"), out)
    if as_json:
        printed.object({"pages": [str(each) for each in written]})
    for each in written:
        printed.line(str(each))


def generate(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="A table of a contract, or a file .yaml of one table.")],
    out: Annotated[Path, typer.Option("--out", help="The folder of the files.")],
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many rows keep the contract.")] = 100,
    violating: Annotated[
        bool, typer.Option("--violating", help="One more row for each clause, which breaks just that; with its key.")
    ] = False,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Rows that keep a contract, as JSON Lines; with --violating also such as break it, and which ones they are."""
    printed = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.contract.files import is_contract_file
    from sbdk.app.contract.generate import generate_files
    from sbdk.app.contract.judge import one_table

    folder = None if is_contract_file(table) else open_project(printed).root / "contracts"
    found = one_table(table, folder)
    made, written = generate_files(found, rows, out, violating=violating)
    if as_json:
        printed.object({"files": [str(each) for each in written], **made.key(found)})
    for each in written:
        printed.line(str(each))
    if missed := made.key(found)["not_made"]:
        printed.warning(f"no row that breaks just this was found: {', '.join(missed)}")


def _contract(out: Output, name: str) -> Any:
    from sbdk.app.contract.files import find_contract, is_contract_file

    return find_contract(name, None if is_contract_file(name) else open_project(out).root / "contracts")


def _is_file(name: str) -> bool:
    """Whether TABLE|FILE is meant as a file: one that is there, or a name that only a file can have."""
    path = here() / name
    return path.is_file() or "/" in name or name.lower().endswith((".csv", ".json", ".jsonl", ".parquet", ".gz"))
