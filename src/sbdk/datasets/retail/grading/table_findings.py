"""What is wrong with a table, as findings with their points: missing, surplus and repeated rows, and wrong columns.

Of the tables that are summed from the facts, what follows from wrong facts is told apart: a cell is inherited if it is
right for the facts that the warehouse has. It costs by how far the sums are off, so that one lost sale costs little.
"""

# ruff: noqa: S608 — names are constants, or quoted where they come in

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sbdk.datasets.retail.grading.asked_tables import AskedColumn
from sbdk.datasets.retail.grading.causes import cause, cell_text
from sbdk.datasets.retail.grading.cells import NUMBERS, QUOTIENTS
from sbdk.datasets.retail.grading.expected import SUMMED
from sbdk.datasets.retail.grading.results import TableScore
from sbdk.datasets.retail.grading.roles import RetailTables
from sbdk.datasets.retail.grading.table_diff import Compared, TableDiff
from sbdk.score.finding import Example, Finding, cell_harm, row_harm
from sbdk.score.session import ScoreSession, truth

FOLLOWS = "follows from the facts, which are wrong"
_BOTH = "is_expected and is_found"


def table_findings(
    session: ScoreSession, graded: RetailTables, diff: TableDiff, facts: TableDiff | None
) -> list[Finding]:
    """The findings of one table. facts: how those of the warehouse are wrong; None if they are not graded."""
    if diff.is_right:
        return []
    role, asked = diff.compared.asked.role, diff.compared.asked
    inherited = _Inherited.of(session, graded, diff, facts)
    findings = list(_rows(session, graded, diff, inherited))
    for column in diff.compared.cells:
        if wrong := diff.wrong.get(column.name, 0):
            harm, words = inherited.column(column, wrong) if inherited else (cell_harm(wrong, diff.rows), "")
            findings.append(
                Finding(
                    asked.column_worth * harm,
                    graded.table_name(role),
                    words or cause(session, diff, column),
                    graded.column_name(role, column.name),
                    wrong,
                    _example(session, diff, column),
                )
            )
    return findings


def capped(findings: list[Finding], worth: float) -> list[Finding]:
    """The findings, cheaper in proportion where they cost more than the table is worth."""
    total = sum(finding.points for finding in findings)
    return [finding.times(worth / total) for finding in findings] if total > worth else findings


def _rows(
    session: ScoreSession, graded: RetailTables, diff: TableDiff, inherited: _Inherited | None
) -> Iterator[Finding]:
    asked, table = diff.compared.asked, graded.table_name(diff.compared.asked.role)

    def finding(rows: int, words: str, harm: float, side: str, where: str) -> Finding:
        return Finding(asked.worth * harm, table, words, None, rows, _row_example(session, diff, side, where))

    if diff.missing:
        words = _follows(inherited, "not is_found", diff.missing) or _missing(session, diff)
        yield finding(diff.missing, f"missing: {words}", row_harm(diff.missing, 0, diff.rows), "e", "not is_found")
    known = _is_known(diff)
    if diff.surplus:
        words = _follows(inherited, "not is_expected", diff.surplus) or _surplus(session, diff)
        harm = row_harm(0, diff.surplus, diff.rows)
        yield finding(diff.surplus, f"surplus: {words}", harm, "f", f"not is_expected and not coalesce({known}, false)")
    if diff.duplicates:
        harm = row_harm(0, diff.duplicates, diff.rows)
        words = "there more than once"
        yield finding(diff.duplicates, words, harm, "f", f"not is_expected and {known}")


def _is_known(diff: TableDiff) -> str:
    right = ", ".join(diff.compared.right(column) for column in diff.compared.key)
    found = ", ".join(f'"f_{column.name}"' for column in diff.compared.key)
    return f"({found}) in (select ({right}) from {truth(f'expected_{diff.compared.asked.role}')})"


def _follows(inherited: _Inherited | None, where: str, rows: int) -> str:
    return FOLLOWS if inherited and inherited.rows(where) >= rows / 2 else ""


_PLACES = {
    "in_kept": "among the sales",
    "in_returns": "among the returns",
    "in_late_sales": "among the late sales",
    "in_held_sales": "among the held sales",
    "in_quarantine": "in quarantine",
    "in_facts": "in the facts",
}
_BUCKETS = {
    "quarantined": "records that belong in quarantine",
    "late": "late sales",
    "held": "sales whose dimension record has not come",
    "loaded": "sales that belong elsewhere",
}


def _missing(session: ScoreSession, diff: TableDiff) -> str:
    """Where the records of the missing rows are instead."""
    role, key = diff.compared.asked.role, diff.compared.key[0].name
    own = {"sales": "in_kept", "returns": "in_returns", "facts": "in_facts"}.get(role, f"in_{role}")
    if role.startswith("quarantine"):
        return "not set aside"
    if key != "transaction_id":
        return _of_versions(session, diff)
    places = " ".join(f"when {place} > 0 then '{words}'" for place, words in _PLACES.items() if place != own)
    rows = session.rows(
        f"""select case {places} else 'nowhere' end as place, count(*) from {diff.pairs} p
        left join __score_outcome_sales o on o.key = p."e_transaction_id"
        where not is_found group by 1 order by 2 desc, 1"""
    )
    return ", ".join(f"{count:,} {place}" for place, count in rows)


def _of_versions(session: ScoreSession, diff: TableDiff) -> str:
    if "valid_to" not in [column.name for column in diff.compared.columns]:
        return "no row of these keys"
    old = session.row(f'select count("e_valid_to") from {diff.pairs} where not is_found')[0]
    return "versions that were followed by others" if old == diff.missing else "versions"


def _surplus(session: ScoreSession, diff: TableDiff) -> str:
    """What the surplus rows are."""
    key = diff.compared.key[0].name
    if key != "transaction_id":
        return "no record makes such a row"
    buckets = " ".join(f"when {bucket} > 0 then '{words}'" for bucket, words in _BUCKETS.items())
    rows = session.rows(
        f"""select case {buckets} else 'no sales that were received' end as what, count(*) from {diff.pairs} p
        left join __score_outcome_sales o on o.key = p."f_transaction_id"
        where not is_expected and not coalesce({_is_known(diff)}, false) group by 1 order by 2 desc, 1"""
    )
    return ", ".join(f"{count:,} {what}" for what, count in rows)


def _row_example(session: ScoreSession, diff: TableDiff, side: str, where: str) -> Example:
    names = [column.name for column in diff.compared.key]
    cells = ", ".join(f'"{side}_{name}"' for name in names)
    row = session.row(f"select {cells} from {diff.pairs} where {where} order by {cells} limit 1")
    return Example({name: cell_text(cell) for name, cell in zip(names, row, strict=True)})


def _example(session: ScoreSession, diff: TableDiff, column: AskedColumn) -> Example:
    """The first wrong cell by the key."""
    names = [key.name for key in diff.compared.key]
    cells = ", ".join(f'"e_{name}"' for name in names)
    row = session.row(
        f"""select {cells}, "e_{column.name}", "f_{column.name}" from {diff.pairs}
        where {_BOTH} and {diff.compared.is_wrong(column)} order by {cells} limit 1"""
    )
    *key, right, found = map(cell_text, row)
    return Example(dict(zip(names, key, strict=True)), right, found)


@dataclass(frozen=True)
class _Inherited:
    """What of a summed table follows from the facts of the warehouse."""

    session: ScoreSession
    diff: TableDiff
    relation: str

    @classmethod
    def of(
        cls, session: ScoreSession, graded: RetailTables, diff: TableDiff, facts: TableDiff | None
    ) -> _Inherited | None:
        """None for a table that is not summed, where the facts are right, or where they lack a column of the sums."""
        role = diff.compared.asked.role
        found = found_facts(graded, facts.compared) if facts and role in SUMMED and not facts.is_right else None
        if found is None:
            return None
        names = {"facts": found, "products": truth("history_products"), "customers": truth("history_customers")}
        cells = ", ".join(f'{diff.compared.right(column)} as "i_{column.name}"' for column in diff.compared.cells)
        on = " and ".join(
            f'coalesce("e_{column.name}", "f_{column.name}") = "i_{column.name}"' for column in diff.compared.key
        )
        sql = f"""select p.*, i."i_{diff.compared.key[0].name}" is not null as is_inherited,
          i.* from {diff.pairs} p left join (select {cells} from ({SUMMED[role].format(**names)})) i on {on}"""
        return cls(session, diff, session.create(f"inherited_{role}", sql))

    def rows(self, where: str) -> int:
        """Missing rows that the facts do not make, or surplus ones that they make."""
        made = "not is_inherited" if "is_found" in where else "is_inherited"
        return int(self.session.row(f"select count(*) from {self.relation} where {where} and {made}")[0])

    def column(self, column: AskedColumn, wrong: int) -> tuple[float, str]:
        """(harm of the column, the cause if most of it is inherited)."""
        e, f, i = (f'"{side}_{column.name}"' for side in "efi")
        compared = self.diff.compared
        follows = f"is_inherited and not {compared.is_wrong(column, right=i)}"
        off = f"sum(least(abs({f}::double - {e}::double), abs({e}::double))) filter ({follows})"
        number = column.kind in (*NUMBERS, *QUOTIENTS)
        inherited, by = self.session.row(
            f"""select count(*) filter ({follows}), {off if number else "null"} from {self.relation}
            where {_BOTH} and {compared.is_wrong(column)}"""
        )
        share = inherited / max(self.diff.rows, 1)
        if number and inherited:
            whole = self.session.row(
                f"select sum(abs({column.name}::double)) from {truth(f'expected_{compared.asked.role}')}"
            )[0]
            share = min(share, (by or 0) / whole) if whole else share
        own = wrong - inherited
        harm = cell_harm(own, self.diff.rows) + cell_harm(share, 1)
        return min(1.0, harm), FOLLOWS if inherited > own else ""


def found_facts(graded: RetailTables, compared: Compared) -> str | None:
    """SQL of the warehouse's facts, as `SUMMED` takes them; None if a column is not there."""
    kinds = {
        "store_id": "bigint", "customer_id": "bigint", "product_id": "bigint", "event_time": "timestamp",
        "quantity": "bigint", "total_amount": "decimal(18, 2)", "tax_amount": "decimal(18, 2)",
        "discount_applied": "decimal(18, 2)",
    }  # fmt: skip
    if not all(name in compared.names for name in kinds):
        return None
    cells = ", ".join(f"try_cast({compared.names[name]} as {kind}) as {name}" for name, kind in kinds.items())
    return f"(select *, quantity < 0 as is_return from (select {cells} from {compared.relation}))"


def table_score(session: ScoreSession, role: str, diff: TableDiff | None, rows: int) -> TableScore:
    """How many of `rows` are wrong, and the earliest; all are, where there is no table."""
    if diff is None:
        return TableScore(role, rows, rows)
    if diff.is_right:
        return TableScore(role, rows, 0)
    wrong = session.row(f"select count(*) from {diff.pairs}")[0]
    return TableScore(role, rows, wrong, _first_wrong(session, diff))


def _first_wrong(session: ScoreSession, diff: TableDiff) -> dict[str, Any]:
    """The earliest wrong row, with the cells that differ as texts."""
    columns = diff.compared.columns
    key, *sequence = [f'coalesce("e_{column.name}", "f_{column.name}")' for column in diff.compared.key]
    cells = "".join(f', "e_{column.name}", "f_{column.name}"' for column in columns)
    order = ", ".join([*sequence, key])
    row = session.row(
        f"select {key}, {sequence[0] if sequence else 'null'}, is_expected, is_found{cells} from {diff.pairs} "
        f"order by {order}, is_found limit 1"
    )
    entity, at, is_expected, is_found, *pairs = row
    both = list(
        zip([column.name for column in columns], map(cell_text, pairs[::2]), map(cell_text, pairs[1::2]), strict=True)
    )
    differ = [each for each in both if each[1] != each[2]] if is_expected and is_found else both
    return {
        "key": None if entity is None else int(entity),
        "sequence": at.isoformat() if at else None,
        "expected": {name: right for name, right, _ in differ} if is_expected else None,
        "found": {name: found for name, _, found in differ} if is_found else None,
    }
