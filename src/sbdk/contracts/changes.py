"""Compares two versions of a contract: what changed, and whose work it breaks.

A contract is a promise to readers and a demand on writers. What takes a promise back (a column that is gone, a value
that may be missing now, a wider limit) breaks readers; what demands more (a column that must be there, a tighter limit)
breaks writers. A rule whose action is `warn` promises nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sbdk.contracts.document import Contract, TableContract, column_name
from sbdk.contracts.rule_changes import option_changes, rule_changes
from sbdk.contracts.type_width import type_change

Party = Literal["readers", "writers"]


@dataclass(frozen=True)
class Change:
    """One change. `breaking`: whether it breaks the work of the party `for_`."""

    change: str
    table: str
    property: str
    old: Any
    new: Any
    breaking: bool
    for_: Party

    def as_dict(self) -> dict[str, Any]:
        made = asdict(self)
        made["for"] = made.pop("for_")
        return made


KINDS: dict[str, tuple[Party, ...]] = {
    "table added": (),
    "table removed": ("readers", "writers"),
    "table renamed": ("readers", "writers"),
    "property added": (),
    "required property added": ("writers",),
    "property removed": ("readers",),
    "property renamed": ("readers", "writers"),
    "type changed": ("readers", "writers"),
    "type narrowed": ("readers", "writers"),
    "type widened": (),
    "no longer required": ("readers",),
    "now required": ("writers",),
    "no longer unique": ("readers",),
    "now unique": ("writers",),
    "primary key changed": ("readers", "writers"),
    "value added": ("readers",),
    "value removed": ("writers",),
    "rule loosened": ("readers",),
    "rule tightened": ("writers",),
    "rule changed": ("readers", "writers"),
    "relationship removed": ("readers",),
    "relationship added": ("writers",),
    "service level lowered": ("readers",),
    "service level raised": ("writers",),
    "classification changed": (),
}
"""By kind of change: whose work it breaks."""


def compare_contracts(old: Contract, new: Contract) -> list[Change]:
    """The changes from one version to the next, in the order of the new document, what is gone last."""
    before, after = _matched(old.tables, new.tables)
    found: list[Change] = []
    for table in new.tables:
        known = before.get(id(table.schema))
        if known is None:
            found += _changes("table added", table.table, "", None, table.table)
            continue
        if known.table != table.table:
            found += _changes("table renamed", table.table, "", known.table, table.table)
        found += _of_table(known, table)
    for table in old.tables:
        if id(table.schema) not in after:
            found += _changes("table removed", table.table, "", table.table, None)
    return [*found, *_of_service_levels(old, new)]


def _changes(kind: str, table: str, column: str, old: Any, new: Any) -> Iterator[Change]:
    """One entry for each party whose work it breaks; one for readers if it breaks nobody's."""
    for party in KINDS[kind]:
        yield Change(kind, table, column, old, new, True, party)
    if not KINDS[kind]:
        yield Change(kind, table, column, old, new, False, "readers")


def _matched(old: list[TableContract], new: list[TableContract]) -> tuple[dict[int, TableContract], set[int]]:
    """By the schema of a new table the old one, by name or else by `id`; and the old schemas that were found."""
    found: dict[int, TableContract] = {}
    for table in new:
        same = [each for each in old if each.schema.name == table.schema.name or each.table == table.table]
        same = same or [each for each in old if table.schema.id and each.schema.id == table.schema.id]
        if same:
            found[id(table.schema)] = same[0]
    return found, {id(each.schema) for each in found.values()}


def _of_table(old: TableContract, new: TableContract) -> Iterator[Change]:
    table = new.table
    yield from _of_properties(old.schema.properties or [], new.schema.properties or [], table, "")
    if old.key != new.key:
        yield from _changes("primary key changed", table, "", list(old.key), list(new.key))
    for kind, before, after in rule_changes(old.schema.quality or [], new.schema.quality or [], old.action, new.action):
        yield from _changes(kind, table, "", before, after)
    yield from _of_relationships(old.schema.relationships or [], new.schema.relationships or [], table, "")


def _of_properties(old: Iterable[Any], new: Iterable[Any], table: str, above: str) -> Iterator[Change]:
    before = list(old)
    left = list(before)
    for column in new:
        path = f"{above}{column_name(column)}"
        known = _same(column, before)
        if known is None:
            kind = "required property added" if column.required or column.primaryKey else "property added"
            yield from _changes(kind, table, path, None, _type_of(column))
            continue
        left = [each for each in left if each is not known]
        if column_name(known) != column_name(column):
            yield from _changes("property renamed", table, path, f"{above}{column_name(known)}", path)
        yield from _of_property(known, column, table, path)
    for column in left:
        yield from _changes("property removed", table, f"{above}{column_name(column)}", _type_of(column), None)


def _same(column: Any, among: list[Any]) -> Any:
    """The property of the same name, or else of the same `id`."""
    named = [each for each in among if column_name(each) == column_name(column)]
    named = named or [each for each in among if each.name and each.name == column.name]
    named = named or [each for each in among if column.id and each.id == column.id]
    return named[0] if named else None


def _of_property(old: Any, new: Any, table: str, path: str) -> Iterator[Change]:
    if kind := type_change(old, new):
        yield from _changes(kind, table, path, _type_of(old), _type_of(new))
    was, now = bool(old.required or old.primaryKey), bool(new.required or new.primaryKey)
    if was != now:
        yield from _changes("now required" if now else "no longer required", table, path, was, now)
    was, now = bool(old.unique), bool(new.unique)
    if was != now and not old.primaryKey and not new.primaryKey:
        yield from _changes("now unique" if now else "no longer unique", table, path, was, now)
    for kind, before, after in option_changes(old, new):
        yield from _changes(kind, table, path, before, after)
    for kind, before, after in rule_changes(old.quality or [], new.quality or [], None, None, old.enum, new.enum):
        yield from _changes(kind, table, path, before, after)
    if (old.classification or None) != (new.classification or None):
        yield from _changes("classification changed", table, path, old.classification, new.classification)
    yield from _of_relationships(old.relationships or [], new.relationships or [], table, path)
    yield from _of_properties(old.properties or [], new.properties or [], table, f"{path}.")
    if old.items and new.items:
        yield from _of_property(old.items, new.items, table, f"{path}[]")


def _of_relationships(old: Iterable[Any], new: Iterable[Any], table: str, path: str) -> Iterator[Change]:
    before, after = ({(_ends(each.from_), _ends(each.to)): each for each in many} for many in (old, new))
    for ends in before.keys() - after.keys():
        yield from _changes("relationship removed", table, path, ends[1], None)
    for ends in after.keys() - before.keys():
        yield from _changes("relationship added", table, path, None, ends[1])


def _ends(end: Any) -> str:
    return ", ".join(end) if isinstance(end, list | tuple) else str(end or "")


def _of_service_levels(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = (
        {(each.property, each.element): each for each in contract.document.slaProperties or []}
        for contract in (old, new)
    )
    for name in [*before, *(each for each in after if each not in before)]:
        was, now = (_level(levels.get(name)) for levels in (before, after))
        if was == now:
            continue
        lower = now is None or (was is not None and _seconds(after[name]) > _seconds(before[name]))
        kind = "service level lowered" if lower else "service level raised"
        yield from _changes(kind, "", f"{name[0]} {name[1] or ''}".strip(), was, now)


def _level(level: Any) -> str | None:
    return None if level is None else f"{level.value} {level.unit or ''}".strip()


def _seconds(level: Any) -> float:
    """A length of time to compare; another level (a percentage of availability) by its negative: more is better."""
    from sbdk.contracts.table_clauses import seconds_of

    try:
        return seconds_of(level.value, level.unit) if level.unit else -float(level.value)
    except (TypeError, ValueError):
        return 0.0


def _type_of(column: Any) -> str:
    return " ".join(filter(None, [column.logicalType, f"({column.physicalType})" if column.physicalType else ""]))
