"""Finds personal data in columns: by what their values are, with check digits where there are some, or by their names.

Check digits: ISO/IEC 7812-1 (Luhn) of payment cards, ISO 7064 MOD 97-10 of IBANs (ISO 13616).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbdk.contracts.document import column_name
from sbdk.contracts.types import FAMILIES, family, full_pattern
from sbdk.core.sql import quoted

if TYPE_CHECKING:
    from sbdk.targets.base import ColumnInfo, Connection

CLASSIFICATION = "pii"
_EMAIL = r"regexp_full_match({0}, '[^@\s]+@[^@\s.]+(\.[^@\s.]+)+')"
_PHONE_SHAPE = (
    r"regexp_full_match({0}, '[+(]?[0-9][0-9 ().\/-]{{5,20}}[0-9]')"
    r" AND length(regexp_replace({0}, '[^0-9]', '', 'g')) BETWEEN 7 AND 15"
)
_PHONE_SIGNS = (
    r"regexp_full_match({0}, '(\+.*|(1[ .-]?)?\(?[0-9]{{3}}\)?[ .-]+[0-9]{{3}}[ .-][0-9]{{4}}|0[0-9]{{2,4}}[\/ -].*)')"
)
_DIGITS = r"list_reverse(string_split(regexp_replace({0}, '[ -]', '', 'g'), ''))"
_LUHN = (
    f"list_sum(list_transform({_DIGITS}, lambda d, i: CASE WHEN i % 2 = 1 THEN d::INTEGER"
    " WHEN d::INTEGER > 4 THEN 2 * d::INTEGER - 9 ELSE 2 * d::INTEGER END)) % 10 = 0"
)
_CARD_SHAPE = (
    r"regexp_full_match(regexp_replace({0}, '[ -]', '', 'g'), "
    r"'(4[0-9]{{15}}|4[0-9]{{18}}|(5[1-5]|2[2-7])[0-9]{{14}}|3[47][0-9]{{13}}|3[068][0-9]{{12}}"
    r"|(6011|65[0-9]{{2}}|64[4-9][0-9]|35[0-9]{{2}})[0-9]{{12}})')"
)
_IBAN_SHAPE = r"regexp_full_match(replace({0}, ' ', ''), '[A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{11,30}}')"
_IBAN_VALUES = (
    "list_transform(string_split(replace({0}, ' ', '')[5:] || replace({0}, ' ', '')[:4], ''),"
    " lambda c: CASE WHEN c >= 'A' THEN ascii(c) - 55 ELSE ascii(c) - 48 END)"
)
_MOD_97 = f"list_reduce({_IBAN_VALUES}, lambda a, v: (a * CASE WHEN v < 10 THEN 10 ELSE 100 END + v) % 97) = 1"
_IP = "|".join(str(full_pattern("string", each)) for each in ("ipv4", "ipv6")).replace("{", "{{").replace("}", "}}")

KINDS = {
    "email": _EMAIL,
    "phone": f"{_PHONE_SHAPE} AND {_PHONE_SIGNS}",
    "card": f"CASE WHEN {_CARD_SHAPE} THEN {_LUHN} ELSE false END",
    "iban": f"CASE WHEN {_IBAN_SHAPE} THEN {_MOD_97} ELSE false END",
    "ip": f"regexp_full_match({{0}}, '{_IP}')",
}
"""By kind: SQL over a text `{0}`, true where it is one. Names of persons are known by the name of their column."""
_PHONE_COLUMN = re.compile(r"(^|_)(phone|mobile|tel|telephone|fax|msisdn)(_|$|number)", re.IGNORECASE)
_NAME_COLUMN = re.compile(
    r"(^|_)(first|last|given|family|middle|maiden|full|user|customer|contact|person|employee|author|patient|cardholder)"
    r"_?name$|^(surname|forename|lastname|firstname|fullname)$",
    re.IGNORECASE,
)
_PERSONS = re.compile(
    r"(^|_)(user|customer|person|people|employee|contact|patient|member|student|author|passenger|guest|driver)s?$",
    re.IGNORECASE,
)
LEAST_SHARE = 0.1
"""A column of which at least this share of values is personal data is proposed for classification."""
LEAST_SHARE_OF_CARDS = 0.5  # one of ten numbers with a card's first digits has a valid check digit by chance


@dataclass(frozen=True)
class PersonalData:
    """Personal data in a column. `rows`: those with a value; `matches`: those whose value is of that kind."""

    column: str
    kind: str
    rows: int
    matches: int

    @property
    def proposed(self) -> bool:
        """Whether the column should be classified."""
        least = LEAST_SHARE_OF_CARDS if self.kind == "card" else LEAST_SHARE
        return self.matches >= least * self.rows > 0


def find_personal_data(connection: Connection, table: str, columns: list[ColumnInfo], name: str) -> list[PersonalData]:
    """What is found in the columns of a table. `table`: its name in SQL, quoted; `name`: as people call it."""
    searched = [each for each in columns if family(each.type) in {"VARCHAR", "ENUM"} | _WHOLE]
    if not searched:
        return []
    figures = [figure for column in searched for figure in _figures(column)]
    counted = connection.rows(f"SELECT {', '.join(figures)} FROM {table}")[0]
    found: list[PersonalData] = []
    for at, column in enumerate(searched):
        rows, *matches = counted[at * (len(KINDS) + 1) : (at + 1) * (len(KINDS) + 1)]
        found += _found(column, name, rows, dict(zip(KINDS, matches, strict=True)))
    return found


_WHOLE = FAMILIES["integer"]


def _figures(column: ColumnInfo) -> Iterator[str]:
    """Rows with a value, and per kind how many values are of it; numbers may be cards, and phones by their column."""
    text, name = f"CAST({quoted(column.name)} AS VARCHAR)", column.name
    yield f"count({quoted(name)})"
    for kind, condition in KINDS.items():
        if kind == "phone" and _PHONE_COLUMN.search(name):
            condition = _PHONE_SHAPE
        possible = column.type not in _WHOLE or kind == "card" or (kind == "phone" and _PHONE_COLUMN.search(name))
        yield f"count(*) FILTER (WHERE {condition.format(text)})" if possible else "0"


def _found(column: ColumnInfo, table: str, rows: int, matches: dict[str, int]) -> Iterator[PersonalData]:
    for kind, count in matches.items():
        if count:
            yield PersonalData(column.name, kind, rows, count)
    of_person = _NAME_COLUMN.search(column.name) or (column.name.lower() == "name" and _PERSONS.search(table))
    if rows and column.type not in _WHOLE and of_person:
        yield PersonalData(column.name, "name", rows, rows)


def is_personal(column: Any) -> bool:
    """Whether a property, or one inside it, is classified as personal data."""
    inside = [*(column.properties or []), *([column.items] if column.items else [])]
    return CLASSIFICATION in (column.classification or "").lower() or any(map(is_personal, inside))


def personal_columns(schema: Any) -> set[str]:
    """The columns of a table's contract that are classified as personal data."""
    return {column_name(each) for each in schema.properties or [] if is_personal(each)}
