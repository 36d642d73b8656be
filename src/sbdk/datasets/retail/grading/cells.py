"""Cells in SQL: the right one and the found one in comparable form, and whether they differ.

What a table is stored in does not matter: integers of any width, decimals of any scale, numbers and times as text,
times with a zone. A double stands for a decimal if it is within 1e-6 of it, or within 1e-9 of its size.
"""

from __future__ import annotations

import re

from sbdk.core.sql import literal
from sbdk.datasets.retail.grading.asked_tables import Kind

NUMBERS = ("whole", "money", "flag")
QUOTIENTS: dict[str, float] = {"cent": 0.005, "ratio": 0.00005}
"""What a quotient may differ by: it is rounded, or it is not."""
TIMES = ("time", "until")
_EXACT = "decimal(38, 9)"
_OPEN = "timestamp '9999-01-01'"
"""A version that ends then or later is current: some pipelines write the end of time for null."""
_FILE = r"[^/\\]*$"


_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
_MONEY = re.compile(r"DECIMAL\((\d+),\s*([012])\)")


def is_float(sql_type: str) -> bool:
    return sql_type.upper() in ("DOUBLE", "FLOAT", "REAL")


def _form(kind: Kind, sql_type: str) -> str:
    """The type in which numbers are compared: the fastest that holds every value of the warehouse's type."""
    kept, money = sql_type.upper(), _MONEY.fullmatch(sql_type.upper())
    if kind == "flag" and kept in ("BOOLEAN", "VARCHAR"):
        return "tinyint"
    if kind == "whole" and kept in _WHOLE:
        return "bigint"
    return "decimal(18, 2)" if kind == "money" and money and int(money[1]) <= 18 - 2 else _EXACT


def found_cell(kind: Kind, column: str, sql_type: str) -> str:
    """The cell of a warehouse, null if it is none of its kind."""
    if kind in NUMBERS:
        if kind == "flag" and sql_type.upper() == "VARCHAR":
            column = f"try_cast({column} as boolean)"
        return f"try_cast({column} as {'double' if is_float(sql_type) else _form(kind, sql_type)})"
    if kind in QUOTIENTS:
        return f"try_cast({column} as double)"
    if kind == "until":
        time = f"try_cast({column} as timestamp)"
        return f"case when {time} < {_OPEN} then {time} end"
    if kind == "time":
        return f"try_cast({column} as timestamp)"
    text = f"try_cast({column} as varchar)"
    if kind == "file":
        return f"regexp_extract({text}, {literal(_FILE)})"
    return f"trim({text}, e' \\r\\n')" if kind == "record" else text


def right_cell(kind: Kind, column: str, sql_type: str) -> str:
    """The cell of the answer key, to be compared with one of that type."""
    if kind in NUMBERS:
        return f"try_cast({column} as {_form(kind, sql_type)})"
    return f"{column}::double" if kind in QUOTIENTS else column


def differs(kind: Kind, right: str, found: str, sql_type: str) -> str:
    """SQL: is the found cell wrong? Both in the form of the functions above."""
    if kind in QUOTIENTS:
        return _apart(right, found, f"{QUOTIENTS[kind]!r} + 1e-9 * abs({right})")
    if kind in NUMBERS and is_float(sql_type):
        return _apart(f"{right}::double", found, f"greatest(1e-6, 1e-9 * abs({right}::double))")
    if kind == "rule":
        return f"not coalesce({found} <> '' and list_contains(string_split({right}, '|'), {found}), false)"
    if kind == "reason":
        return f"not coalesce(trim({found}) <> '' and ({right} is null or contains({found}, {right})), false)"
    if kind in ("file", "record"):
        return f"({right} is not null and {found} is distinct from {right})"
    return f"{found} is distinct from {right}"


def _apart(right: str, found: str, most: str) -> str:
    return f"(({right} is null) <> ({found} is null) or coalesce(abs({found} - {right}) > {most}, false))"
