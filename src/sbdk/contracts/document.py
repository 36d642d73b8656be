"""Contract documents: files `contracts/*.yaml` of the Open Data Contract Standard (ODCS) 3.1, read and held to it.

The standard's own JSON Schema validates a file, and its own model (`open-data-contract-standard`) reads it. What the
standard lacks stands in `customProperties`: `action` (of a contract, table, property or quality rule),
`maxRejectedRows` and `maxRejectedPercent` (of a contract or table), `newColumns` (of a table: allow, drop or fail).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from sbdk.core.errors import ConfigError, suggestion
from sbdk.spec import strict_yaml

if TYPE_CHECKING:
    from open_data_contract_standard.model import (
        CustomProperty,
        DataQuality,
        OpenDataContractStandard,
        SchemaObject,
    )

Action = Literal["fail", "quarantine", "warn", "drop value"]
"""On a broken clause: stop the run; set the row aside; load it and warn; load it with NULL in place of the value."""
NewColumns = Literal["allow", "drop", "fail"]

MOST_ROWS, MOST_PERCENT = 1_000, 5.0
_OURS = {"action", "maxRejectedRows", "maxRejectedPercent", "newColumns"}


@dataclass(frozen=True)
class Contract:
    """A valid document, and the file that it was read from; None for one that was made in memory."""

    document: OpenDataContractStandard
    file: Path | None

    @property
    def name(self) -> str:
        return self.document.name or self.document.id or (self.file.stem if self.file else "")

    @property
    def version(self) -> str:
        return str(self.document.version)

    @property
    def tables(self) -> list[TableContract]:
        """The tables, in the order of the document."""
        return [TableContract(self, schema) for schema in self.document.schema_ or []]


@dataclass(frozen=True)
class TableContract:
    """One table of a contract: an object of its `schema`."""

    contract: Contract
    schema: SchemaObject

    @property
    def table(self) -> str:
        """The name of the table in the warehouse."""
        return self.schema.physicalName or self.schema.name or ""

    @property
    def action(self) -> Action:
        """What happens to a row that breaks a clause which says nothing of its own."""
        return (
            action_of(self.schema.customProperties)
            or action_of(self.contract.document.customProperties)
            or "quarantine"
        )

    @property
    def most_rows(self) -> float:
        """A run in which more rows than this are rejected is stopped."""
        return float(self._custom("maxRejectedRows", MOST_ROWS))

    @property
    def most_percent(self) -> float:
        """A run in which more than this share of the rows is rejected is stopped."""
        return float(self._custom("maxRejectedPercent", MOST_PERCENT))

    @property
    def new_columns(self) -> NewColumns:
        """What happens to a column that the contract does not name."""
        return cast(NewColumns, self._custom("newColumns", "allow"))

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key, by their position; () where there is none."""
        parts = [each for each in self.schema.properties or [] if each.primaryKey]
        return tuple(column_name(each) for each in sorted(parts, key=lambda each: each.primaryKeyPosition or 0))

    def _custom(self, name: str, default: Any) -> Any:
        own = custom(self.schema.customProperties, name)
        value = own if own is not None else custom(self.contract.document.customProperties, name)
        return default if value is None else value


def column_name(column: Any) -> str:
    """The name of a property in the warehouse."""
    return str(column.physicalName or column.name or "")


def custom(properties: Iterable[CustomProperty] | None, name: str) -> Any:
    """The value of a custom property; None where it is not given."""
    return next((each.value for each in properties or () if each.property == name), None)


def action_of(properties: Iterable[CustomProperty] | None) -> Action | None:
    return cast("Action | None", custom(properties, "action"))


def rule_action(quality: DataQuality, inherited: Action) -> Action:
    """What a broken quality rule leads to: its own action, a warning if its severity is mild, or what is inherited."""
    mild = (quality.severity or "").lower() in ("info", "warning", "warn", "low")
    return action_of(quality.customProperties) or ("warn" if mild else inherited)


def read_contracts(folder: Path) -> list[Contract]:
    """The contracts in `folder`, by file name; ConfigError if two of them describe one table."""
    contracts = [read_contract(path) for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])]
    owners: dict[str, Path | None] = {}
    for contract in contracts:
        for table in contract.tables:
            if table.table in owners:
                two = f"{_name(owners[table.table])} and {_name(contract.file)}"
                raise ConfigError(f"two contracts describe the table {table.table!r}: {two}", file=contract.file)
            owners[table.table] = contract.file
    return contracts


def read_contract(path: Path) -> Contract:
    """The contract in a file. ConfigError names the place in the document."""
    return parse_contract(strict_yaml.load(path), path)


def parse_contract(content: Any, file: Path | None = None) -> Contract:
    """The contract of a document that was read as plain values. ConfigError names the place in it."""
    from open_data_contract_standard.model import OpenDataContractStandard

    if not isinstance(content, dict):
        raise ConfigError("a contract is a mapping: apiVersion, kind, id, version, schema", file=file)
    errors = sorted(_validator().iter_errors(content), key=lambda each: (-len(each.absolute_path), str(each.message)))
    if errors:
        raise _invalid(content, errors[0], file)
    contract = Contract(OpenDataContractStandard(**content), file)
    _check_customs(content, file)
    _check_names(contract)
    return contract


@cache
def _validator() -> Any:
    import json

    from jsonschema import Draft201909Validator
    from open_data_contract_standard.model import OpenDataContractStandard

    text = cast(str, OpenDataContractStandard.json_schema())  # type: ignore[no-untyped-call]
    return Draft201909Validator(_where_given(json.loads(text)))


def _where_given(schema: Any) -> Any:
    """The schema with its conditions on `logicalType` for properties that have one alone, as the standard means them.

    As published, `if: {properties: {logicalType: {const: map}}}` holds for a property without a logical type as well,
    which would then have to be a map.
    """
    if isinstance(schema, list):
        return [_where_given(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _where_given(value) for key, value in schema.items()}
    if isinstance(condition := made.get("if"), dict):
        for part in [condition, *condition.get("anyOf", [])]:
            if "logicalType" in part.get("properties", {}):
                part["required"] = ["logicalType", *part.get("required", [])]
    return made


def _invalid(content: Any, error: Any, file: Path | None) -> ConfigError:
    place = _place(content, error.absolute_path)
    message = " ".join(str(error.message).split())
    hint = None
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        unknown = message.split("'")[1] if "'" in message else ""
        hint = suggestion(unknown, list(error.schema.get("properties", {})), cutoff=0.5)
        message = f"{unknown}: the standard has no such key" if unknown else message
    return ConfigError(f"{place}: {message[:300]}" if place else message[:300], file=file, hint=hint)


def _place(content: Any, path: Sequence[Any]) -> str:
    """`schema.orders.properties.amount.logicalType`: items of lists by their names, where they have any."""
    words: list[str] = []
    for part in path:
        content = content[part]
        named = isinstance(part, int) and isinstance(content, dict)
        words.append(str((content.get("name") or content.get("property") or part) if named else part))
    return ".".join(words)


def _check_customs(content: Any, file: Path | None, place: str = "") -> None:
    """The custom properties that are ours have values that we know."""
    if isinstance(content, list):
        for each in content:
            _check_customs(each, file, place)
    if not isinstance(content, dict):
        return
    here = ".".join(filter(None, [place, str(content.get("name") or "")]))
    for each in content.get("customProperties") or []:
        _check_custom(each.get("property"), each.get("value"), here, file)
    for key, value in content.items():
        if key in ("schema", "properties", "quality", "items"):
            _check_customs(value, file, here)


def _check_custom(name: Any, value: Any, place: str, file: Path | None) -> None:
    where = f"{place}: {name}" if place else str(name)
    choices: tuple[str, ...] = {"action": get_args(Action), "newColumns": get_args(NewColumns)}.get(name, ())
    if choices and value not in choices:
        hint = suggestion(str(value), list(choices), cutoff=0.4)
        raise ConfigError(f"{where}: {value!r:.60} is not known", file=file, hint=hint)
    if name in ("maxRejectedRows", "maxRejectedPercent") and (
        isinstance(value, bool) or not isinstance(value, int | float) or value < 0
    ):
        raise ConfigError(f"{where}: must be a number of at least 0, not {value!r:.60}", file=file)


def _check_names(contract: Contract) -> None:
    for table in contract.tables:
        if not table.table:
            raise ConfigError("schema: an object without a name", file=contract.file)
        columns = [column_name(each) for each in table.schema.properties or []]
        twice = {each for each in columns if columns.count(each) > 1}
        if "" in columns or twice:
            what = f"the property {sorted(twice)[0]!r} is given twice" if twice - {""} else "a property without a name"
            raise ConfigError(f"{table.table}: {what}", file=contract.file)


def _name(path: Path | None) -> str:
    return path.name if path else "a contract in memory"
