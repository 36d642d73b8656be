"""A table of the warehouse against the exact one: how many rows differ, and which is the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sbdk.core.sql import quoted
from sbdk.datasets.retail.grading.roles import GradedStream, RetailTables
from sbdk.score.session import ScoreSession, truth

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does


_OPEN = "timestamp '9999-01-01'"
"""A version that ends then or later is current: some pipelines write the end of time for null."""


@dataclass(frozen=True)
class Comparison:
    """What is compared: a truth relation, by key and sequence, with the role's columns of the same names."""

    role: str
    expected: str
    key: str
    sequence: str
    columns: tuple[str, ...]


def history(graded: RetailTables, session: ScoreSession, stream: GradedStream) -> Comparison:
    """Every version, by key and valid_from; only columns that the graded table has, but valid_to always."""
    relation = truth(f"history_{stream.name}")
    names = [name for name in session.columns(relation) if name not in (stream.key, "valid_from", "valid_to")]
    kept = [name for name in names if not graded.has(stream.name) or graded.column(stream.name, name)]
    return Comparison(stream.name, relation, stream.key, "valid_from", ("valid_to", *kept))


def current(graded: RetailTables, session: ScoreSession, stream: GradedStream) -> Comparison:
    """The last version of each key."""
    role, relation = f"{stream.name}_current", truth(f"history_{stream.name}")
    names = [name for name in session.columns(relation) if name not in (stream.key, "valid_from", "valid_to")]
    kept = tuple(name for name in names if graded.column(role, name))
    return Comparison(role, f"(from {relation} where valid_to is null)", stream.key, "", kept)


def windows(graded: RetailTables, session: ScoreSession) -> Comparison:
    """Every store's window, by its start; only figures that the graded table has."""
    relation = truth("windows")
    names = [name for name in session.columns(relation) if name not in ("store_id", "window_start")]
    kept = [name for name in names if not graded.has("windows") or graded.column("windows", name)]
    return Comparison("windows", relation, "store_id", "window_start", tuple(kept))


def differences(
    session: ScoreSession, graded: RetailTables, comparison: Comparison
) -> tuple[int, int, dict[str, Any] | None]:
    """(rows expected, rows that differ or are on one side only, the first of those)."""
    types = session.columns(f"(from {comparison.expected})")
    wrong = session.create(f"wrong_{comparison.role}", _compared(graded, comparison, types))
    expected = session.row(f"select count(*) from {comparison.expected}")[0]
    found = session.row(f"select count(*) from {wrong}")[0]
    return expected, found, _first(session, wrong, comparison) if found else None


def _compared(graded: RetailTables, comparison: Comparison, types: dict[str, str]) -> str:
    sequence = quoted(comparison.sequence) if comparison.sequence else "null::timestamp"
    expected_cells = ", ".join(f'{quoted(name)}::{types[name]} as "e_{name}"' for name in comparison.columns)
    differ = " or ".join(f'"e_{name}" is distinct from "f_{name}"' for name in comparison.columns) or "false"
    return f"""
    select coalesce(e.key, f.key) as key, coalesce(e.sequence, f.sequence) as sequence,
      e.nth is not null as is_expected, f.nth is not null as is_found, {_both(comparison)}
    from (select {quoted(comparison.key)} as key, {sequence} as sequence, 1 as nth, {expected_cells}
          from {comparison.expected}) e
    full join ({_found(graded, comparison, types)}) f
      on e.key = f.key and e.sequence is not distinct from f.sequence and e.nth = f.nth
    where e.nth is null or f.nth is null or {differ}"""


def _both(comparison: Comparison) -> str:
    return ", ".join(f'"e_{name}", "f_{name}"' for name in comparison.columns)


def _found(graded: RetailTables, comparison: Comparison, types: dict[str, str]) -> str:
    if not graded.has(comparison.role):
        empty = ", ".join(f'null::{types[name]} as "f_{name}"' for name in comparison.columns)
        return f"select null::bigint as key, null::timestamp as sequence, null::bigint as nth, {empty} where false"
    key = f"try_cast({graded.require_column(comparison.role, comparison.key)} as bigint)"
    sequence = (
        f"try_cast({graded.require_column(comparison.role, comparison.sequence)} as timestamp)"
        if comparison.sequence
        else "null::timestamp"
    )
    cells = ", ".join(
        f'{_cell(graded, comparison.role, name, types[name])} as "f_{name}"' for name in comparison.columns
    )
    return f"""select {key} as key, {sequence} as sequence, {cells},
      row_number() over (partition by {key}, {sequence}) as nth from {graded.relation(comparison.role)}"""


def _cell(graded: RetailTables, role: str, name: str, kind: str) -> str:
    cell = f"try_cast({graded.require_column(role, name)} as {kind})"
    return f"case when {cell} < {_OPEN} then {cell} end" if name == "valid_to" else cell


def _first(session: ScoreSession, wrong: str, comparison: Comparison) -> dict[str, Any]:
    """The earliest wrong row, with the cells that differ as texts."""
    cells = ", ".join(f'"e_{name}"::varchar, "f_{name}"::varchar' for name in comparison.columns)
    row = session.row(
        f"select key, sequence, is_expected, is_found{', ' if cells else ''}{cells} from {wrong} "
        "order by sequence, key, is_found limit 1"
    )
    key, sequence, is_expected, is_found, *pairs = row
    both = list(zip(comparison.columns, pairs[::2], pairs[1::2], strict=True))
    shown = [each for each in both if each[1] != each[2]] if is_expected and is_found else both
    return {
        "key": key,
        "sequence": sequence.isoformat() if sequence else None,
        "expected": {name: value for name, value, _ in shown} if is_expected else None,
        "found": {name: value for name, _, value in shown} if is_found else None,
    }
