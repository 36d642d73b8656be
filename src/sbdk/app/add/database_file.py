"""The pipeline file for tables of a database: what a user of dlt would write with `sql_table`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from sbdk.app.add.kinds import TITLES, secret_name
from sbdk.app.add.table_plan import TablePlan

_HEAD = '''"""{what}, as `sbdk add` wrote it: plain dlt, and yours to change.

The URL of the database is {variable}, in .env.
"""

import dlt
from dlt.sources.sql_database import sql_table

import sbdk


@dlt.source
def {name}(credentials: str = dlt.secrets.value):
    database = {{
        "credentials": credentials,
{schema}        "chunk_size": 100_000,
        "reflection_level": "full_with_precision",
        "defer_table_reflect": True,  # importing this file does not connect
    }}
'''
_BACKENDS = {
    "connectorx": {"backend": '"connectorx"', "backend_kwargs": '{"return_type": "arrow_stream"}'},
    "pyarrow": {"backend": '"pyarrow"'},
}


def database_file(name: str, dialect: str, schema: str | None, plans: Sequence[TablePlan]) -> str:
    """The text of `pipelines/NAME.py`."""
    what = f"{'Tables' if len(plans) > 1 else f'The table {plans[0].table.name}'} of {TITLES.get(dialect, dialect)}"
    schema_line = f'        "schema": {_quoted(schema)},\n' if schema else ""
    parts = [_HEAD.format(what=what, variable=secret_name(name), name=name, schema=schema_line)]
    ordered = sorted(plans, key=lambda plan: (plan.cursor is None, plan.backend, plan.text_columns))
    for plan in (each for each in ordered if each.cursor is not None):
        parts += _with_cursor(name, plan)
    whole = [each for each in ordered if each.cursor is None]
    for (backend, text), group in groupby(whole, key=lambda plan: (plan.backend, plan.text_columns)):
        parts.append(_whole(name, backend, text, list(group)))
    return "\n".join(parts)


def _with_cursor(source: str, plan: TablePlan) -> Iterable[str]:
    cursor, table = _quoted(plan.cursor or ""), plan.table.name
    missing = "exclude" if plan.parts_undated else "include"
    arguments = {"table": _quoted(table), **_reading(plan), **_key(plan)}
    lag = f", lag={plan.lag:g}" if plan.lag else ""
    nullable = plan.table.column(plan.cursor or "").nullable or plan.parts_undated
    on_missing = f', on_cursor_value_missing="{missing}"' if nullable else ""
    incremental = {"incremental": f"dlt.sources.incremental({cursor}{lag}{on_missing})"}
    adapter = {"query_adapter_callback": f"sbdk.dated({cursor})"} if plan.parts_undated else {}
    last = "" if plan.key else ", insert_at=2"  # after dlt's own step, which tells rows of one time apart by all values
    yield _comment(_since(plan)) + _call({**arguments, **incremental, **adapter}, f"{source}.{table}", at=last)
    if plan.parts_undated:
        yield _undated(source, plan, arguments)


def _since(plan: TablePlan) -> str:
    if plan.lag:
        return "What changed since the last run, and a while before: a transaction may commit its rows late."
    return "Rows that came since the last run. A table with a key would also get late ones, and changes."


def _undated(source: str, plan: TablePlan, arguments: dict[str, str]) -> str:
    """The resource of rows without a believable cursor: into the same table where a key tells them apart."""
    name = f"{plan.table.name}_undated"
    into = f', table_name="{plan.table.name}"' if plan.key else ""
    disposition = "merge" if plan.key else "replace"
    changed = {**arguments, "write_disposition": f'"{disposition}"'}
    changed["query_adapter_callback"] = f"sbdk.undated({_quoted(plan.cursor or '')})"
    where = "of that table" if plan.key else "in a table of their own"
    text = f"Rows {where} whose {plan.cursor} is missing or over a day ahead: all of them, in every run."
    tail = f'.with_name("{name}")' + (f".apply_hints({into[2:]})" if into else "")
    return _comment(text) + _call(changed, f"{source}.{plan.table.name}", tail)


def _whole(source: str, backend: str, text: Sequence[str], plans: list[TablePlan]) -> str:
    comment = "    # All rows, in every run: there is no column that says what changed.\n"
    if len(plans) == 1:
        plan = plans[0]
        arguments = {"table": _quoted(plan.table.name), **_reading(plan), **_key(plan)}
        return comment + _call(arguments, f"{source}.{plan.table.name}")
    names = "".join(f"        {_quoted(plan.table.name)},\n" for plan in plans)
    arguments = {"table": "table", **_reading(plans[0]), "write_disposition": '"replace"'}
    body = _call(arguments, f"{source}.{{table}}", indent=8)
    return f"{comment}    for table in (\n{names}    ):\n{body}"


def _reading(plan: TablePlan) -> dict[str, str]:
    text = ", ".join(map(_quoted, plan.text_columns))
    return {**_BACKENDS[plan.backend], **({"table_adapter_callback": f"sbdk.as_text({text})"} if text else {})}


def _key(plan: TablePlan) -> dict[str, str]:
    names = [_quoted(name) for name in plan.key]
    key = {"primary_key": names[0] if len(names) == 1 else f"[{', '.join(names)}]"} if names else {}
    return {**key, "write_disposition": f'"{plan.disposition}"'}


def _call(arguments: dict[str, str], stamp: str, tail: str = "", indent: int = 4, at: str = "") -> str:
    space = " " * indent
    lines = "".join(f"{space}    {name}={value},\n" for name, value in arguments.items())
    prefix = "f" if "{" in stamp else ""
    resource = f"{space}yield sql_table(\n{space}    **database,\n{lines}{space})"
    return f'{resource}{tail}.add_map(sbdk.stamped({prefix}"{stamp}"){at})\n'


def _comment(text: str) -> str:
    return f"    # {text}\n"


def _quoted(text: str) -> str:
    """The text as a literal with double quotes, as `ruff format` writes it."""
    import json

    return json.dumps(text, ensure_ascii=False)
