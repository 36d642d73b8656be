"""A table of the warehouse against the right one: which rows correspond, and which cells differ.

Rows are aligned by their key. Where that leaves rows alone, or rows with hardly a right cell, the key itself may be
wrong; then other alignments are tried (by all cells but a part of the key, by rank, by a column that holds the key),
and the one with the fewest wrong cells counts.
"""

# ruff: noqa: S608 — names are constants, or quoted where they come in

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sbdk.datasets.retail.grading.asked_tables import AskedColumn, AskedTable
from sbdk.datasets.retail.grading.cells import NUMBERS, QUOTIENTS, TIMES, differs, found_cell, is_float, right_cell
from sbdk.datasets.retail.grading.roles import STREAMS, RetailTables
from sbdk.score.session import ScoreSession, truth

_INEXACT = (*QUOTIENTS, "rule", "reason", "file")
"""Kinds whose right and found cells need not be equal."""
_BETTER = 0.6
"""Another alignment has at most this share of the wrong cells; else the rows that are alone are what is wrong. For one
by all cells but one, fewer suffice."""
_SUSPICIOUS = 3
"""So many wrong cells in a row, on average, or a third of them, suggest that rows are aligned wrongly."""


@dataclass(frozen=True)
class Compared:
    """A role whose table is there. columns: the graded ones, without the key. types: SQL types in the warehouse, by
    column, those of the key included. claims: SQL of the defect that the rule of a quarantine stands for."""

    asked: AskedTable
    key: tuple[AskedColumn, ...]
    columns: tuple[AskedColumn, ...]
    relation: str
    names: dict[str, str]
    types: dict[str, str]
    strict: bool
    claim: str = ""

    @property
    def cells(self) -> tuple[AskedColumn, ...]:
        return (*self.key, *self.columns)

    def right(self, column: AskedColumn, cell: str = "") -> str:
        """SQL: a cell of the answer key, by default of the column's name, in comparable form."""
        return right_cell(column.kind, cell or f'"{column.name}"', self.types[column.name])

    def is_wrong(self, column: AskedColumn, right: str = "", found: str = "") -> str:
        """SQL: is the cell of an aligned pair wrong?"""
        name = column.name
        return differs(column.kind, right or f'"e_{name}"', found or f'"f_{name}"', self.types[name])


def compared(graded: RetailTables, asked: AskedTable, claim: str = "") -> Compared:
    """The role with those of its columns that the table has. Raises ConfigError if it has no key."""
    role = asked.role
    key = _identity(graded, asked)
    kept = [column for column in asked.columns if column.name not in key and graded.column(role, column.name)]
    theirs = {**key, **{column.name: column.name for column in kept}}
    return Compared(
        asked,
        tuple(_column(asked, name) for name in key),
        tuple(kept),
        graded.relation(role),
        {name: graded.require_column(role, their) for name, their in theirs.items()},
        {name: graded.column_type(role, their) for name, their in theirs.items()},
        strict=not graded.is_mapped(role),
        claim=claim,
    )


def _identity(graded: RetailTables, asked: AskedTable) -> dict[str, str]:
    """The columns of the answer key that identify a row, and the role's columns that hold them: of a quarantine
    without positions the record, and without records its key and time."""
    if not asked.role.startswith("quarantine"):
        return {column.name: column.name for column in asked.key}
    for name in ("source_position", "raw_record"):
        if graded.column(asked.role, name):
            return {name: name}
    stream = next(stream for stream in STREAMS if asked.role == f"quarantine_{stream.name}")
    return {"key": stream.key, "time": stream.time} if stream.time else {"key": stream.key}


def _column(asked: AskedTable, name: str) -> AskedColumn:
    known = {column.name: column for column in asked.all_columns}
    return known.get(name) or AskedColumn(name, "whole" if name == "key" else "time")


@dataclass
class TableDiff:
    """rows: right ones. pairs: the name of a table of the aligned rows that differ, and of rows without a counterpart:
    is_expected, is_found, e_<column>, f_<column>. wrong: wrong cells by column, if any. duplicates: surplus rows whose
    key is right."""

    compared: Compared
    rows: int
    pairs: str = ""
    wrong: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    surplus: int = 0
    duplicates: int = 0

    @property
    def is_right(self) -> bool:
        return not (self.wrong or self.missing or self.surplus or self.duplicates)


def differences(session: ScoreSession, compared: Compared, rows: int) -> TableDiff:
    """The table against `expected_<role>` of the truth, which has `rows` rows."""
    if _is_right(session, compared, rows):
        return TableDiff(compared, rows)
    role = compared.asked.role
    diff = session.create(f"diff_{role}", _by_key(compared))
    counts = _counts(session, compared, diff)
    if counts.is_suspicious:
        diff, counts = _best(session, compared, diff, counts)
    duplicates = _duplicates(session, compared, diff) if counts.found_alone else 0
    surplus = counts.found_alone - duplicates
    return TableDiff(compared, rows, diff, counts.wrong, counts.expected_alone, surplus, duplicates)


def _is_right(session: ScoreSession, compared: Compared, rows: int) -> bool:
    """Are there as many rows as in the answer key, and each of its rows? Cheaper than what tells the faults."""
    if compared.key != compared.asked.key:
        return False
    found = session.row(f"select count(*) from {compared.relation}")[0]
    if found != rows:
        return False
    keys = ", ".join(f'"e_{column.name}"' for column in compared.key)
    expected = f"(select {_right_cells(compared)} from {truth(f'expected_{compared.asked.role}')})"
    right, of_right, of_all = session.row(
        f"""select count(*), bit_xor(hash({keys})), (select bit_xor(hash({keys})) from {expected})
        from {expected} e join (select {_found_cells(compared)} from {compared.relation}) f
          on {_same_key(compared)} and not {_differ(compared)}"""
    )
    return bool(right == rows and of_right == of_all)  # so no key is there twice in place of another


def _same_key(compared: Compared) -> str:
    return " and ".join(f'"e_{column.name}" = "f_{column.name}"' for column in compared.key)


def _differ(compared: Compared) -> str:
    """SQL: is any cell of an aligned pair wrong?"""
    return f"({' or '.join(compared.is_wrong(column) for column in compared.columns) or 'false'})"


def _by_key(compared: Compared) -> str:
    """SQL: the rows that differ, aligned by key; the n-th of a key is the n-th."""
    return f"""
    select row_number() over () as id, nth is not null as is_expected, nth_found is not null as is_found,
      * exclude (nth, nth_found)
    from (select {_right_cells(compared)}, {_nth(compared, "e")} as nth
          from {truth(f"expected_{compared.asked.role}")}) e
    full join ({_found_rows(compared)}) f on {_same_key(compared)} and nth = nth_found
    where nth is null or nth_found is null or {_differ(compared)}"""


def _right_cells(compared: Compared) -> str:
    cells = []
    for column in compared.cells:
        cell = compared.right(column)
        if column.kind == "reason" and not compared.strict:
            cell = "null::varchar"
        cells.append(f'{cell} as "e_{column.name}"')
    return ", ".join(cells)


def _nth(compared: Compared, side: str) -> str:
    """Keys of the answer key are unique, except where records are identified by something else than their position."""
    if side == "e" and compared.key == compared.asked.key:
        return "1"
    key = ", ".join(f'"{side}_{column.name}"' for column in compared.key)
    return f"row_number() over (partition by {key})"


def _found_rows(compared: Compared) -> str:
    """SQL: the rows of the warehouse in comparable form, f_<column>, and nth_found of each key."""
    return f"""select *, {_nth(compared, "f")} as nth_found
    from (select {_found_cells(compared)} from {compared.relation})"""


def _found_cells(compared: Compared) -> str:
    cells = []
    for column in compared.cells:
        cell = found_cell(column.kind, compared.names[column.name], compared.types[column.name])
        cells.append(f'{compared.claim if column.kind == "rule" else cell} as "f_{column.name}"')
    return ", ".join(cells)


@dataclass(frozen=True)
class _Counts:
    pairs: int
    expected_alone: int
    found_alone: int
    wrong: dict[str, int]
    columns: int

    @property
    def alone(self) -> int:
        return self.expected_alone + self.found_alone

    @property
    def cost(self) -> float:
        """Wrong cells; a row alone counts as one that is wrong for the most part."""
        return sum(self.wrong.values()) + self.alone * max(1.0, self.columns / 2)

    @property
    def is_suspicious(self) -> bool:
        if self.expected_alone and self.found_alone:
            return True
        return bool(self.pairs) and sum(self.wrong.values()) >= min(_SUSPICIOUS, self.columns / 3) * self.pairs


def _counts(session: ScoreSession, compared: Compared, pairs: str) -> _Counts:
    both = "is_expected and is_found"
    wrong = [f"count(*) filter ({both} and {compared.is_wrong(column)})" for column in compared.cells]
    row = session.row(
        f"""select count(*) filter ({both}), count(*) filter (not is_found), count(*) filter (not is_expected),
          {", ".join(wrong)} from {pairs}"""
    )
    by_column = {column.name: count for column, count in zip(compared.cells, row[3:], strict=True) if count}
    together, expected_alone, found_alone = row[:3]
    return _Counts(together, expected_alone, found_alone, by_column, len(compared.cells))


def _best(session: ScoreSession, compared: Compared, diff: str, by_key: _Counts) -> tuple[str, _Counts]:
    """The alignment of the rows that differ with the least cost."""
    best, least = diff, by_key
    for number, pairing in enumerate(_pairings(compared)):
        aligned = session.create(f"{diff.removeprefix('__score_')}_{number}", _aligned(compared, diff, pairing))
        counts = _counts(session, compared, aligned)
        if counts.cost < min(least.cost, pairing.better * by_key.cost):
            best, least = aligned, counts
    return best, least


@dataclass(frozen=True)
class _Pairing:
    """SQL expressions over e_… and f_…: rows with equal ones are aligned, the n-th in that order with the n-th.
    better: the share of the cost by key below which it is preferred."""

    right: str
    found: str
    right_order: str
    found_order: str
    better: float = _BETTER


def _pairings(compared: Compared) -> Iterator[_Pairing]:
    keys = [column.name for column in compared.key]
    for name in keys:
        same = [column.name for column in compared.cells if column.name != name and _is_exact(compared, column)]
        if any(column not in keys for column in same):
            right, found = (", ".join(f'"{side}_{each}"' for each in same) for side in "ef")
            yield _Pairing(f"hash({right})", f"hash({found})", f'"e_{name}"', f'"f_{name}"', 1.0)
    last = keys[-1]
    right, found = (", ".join([f'"{side}_{name}"' for name in keys[:-1]] or ["1"]) for side in "ef")
    yield _Pairing(f"({right})", f"({found})", f'"e_{last}"', f'"f_{last}"')
    for key in compared.key:
        for column in compared.columns:
            if _family(column) == _family(key):
                others = [name for name in keys if name != key.name]
                right = ", ".join(f'"e_{name}"' for name in [key.name, *others])
                found = ", ".join([f'"f_{column.name}"', *(f'"f_{name}"' for name in others)])
                yield _Pairing(f"({right})", f"({found})", "id", "id")


def _is_exact(compared: Compared, column: AskedColumn) -> bool:
    return column.kind not in _INEXACT and not is_float(compared.types[column.name])


def _family(column: AskedColumn) -> str:
    return "number" if column.kind in NUMBERS else "time" if column.kind in TIMES else "text"


def _aligned(compared: Compared, diff: str, pairing: _Pairing) -> str:
    """SQL: the rows of `diff` aligned by the pairing, and what that leaves by key, as before."""
    right = ", ".join(f'"e_{column.name}"' for column in compared.cells)
    found = ", ".join(f'"f_{column.name}"' for column in compared.cells)

    def side(cells: str, by: str, order: str, flag: str) -> str:
        nth = f"row_number() over (partition by {by} order by {order}, id)"
        return f"select id, {cells}, {by} as by, {nth} as nth from {diff} where {flag}"

    return f"""
    with e as materialized ({side(right, pairing.right, pairing.right_order, "is_expected")}),
    f as materialized ({side(found, pairing.found, pairing.found_order, "is_found")}),
    together as materialized (select e.id as e_id, f.id as f_id from e join f on e.by = f.by and e.nth = f.nth),
    rest as (
      select e.id as e_id, f.id as f_id from (from e anti join together on e.id = e_id) e
      full join (from f anti join together on f.id = f_id) f on e.id = f.id
    )
    select row_number() over () as id, e_id is not null as is_expected, f_id is not null as is_found, {right}, {found}
    from (from together union all from rest) p left join e on e.id = e_id left join f on f.id = f_id"""


def _duplicates(session: ScoreSession, compared: Compared, pairs: str) -> int:
    right = ", ".join(compared.right(column) for column in compared.key)
    found = ", ".join(f'"f_{column.name}"' for column in compared.key)
    expected = truth(f"expected_{compared.asked.role}")
    return int(
        session.row(
            f"select count(*) from {pairs} where not is_expected and ({found}) in (select ({right}) from {expected})"
        )[0]
    )
