"""Dates, times and timestamps of contracts as DuckDB's SQL: how texts are read, in which time zone and format.

Formats are those of Java's DateTimeFormatter, which the standard prescribes. A text without a format is ISO 8601. A
timestamp without a time zone of its own is in `defaultTimezone`, UTC if that is not given, whatever the zone of the
session is; one with a zone is read into a column without zones as UTC.
"""

from __future__ import annotations

import re
from typing import Any

from sbdk.core.errors import ConfigError
from sbdk.core.sql import literal

ZONED = "TIMESTAMP WITH TIME ZONE"
_OFFSET = r"(Z|[+-]\d{2}(:?\d{2})?)"
_CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
_ISO = {
    "date": rf"[+-]?\d{{4,6}}-\d{{2}}-\d{{2}}([T ]00:00(:00(\.0+)?)?{_OFFSET}?)?",
    "time": _CLOCK,
    "timestamp": rf"[+-]?\d{{4,6}}-\d{{2}}-\d{{2}}([T ]{_CLOCK}{_OFFSET}?)?",
}
_JAVA = {
    "yyyy": ("%Y", r"\d{4}"), "uuuu": ("%Y", r"\d{4}"), "yy": ("%y", r"\d{2}"), "uu": ("%y", r"\d{2}"),
    "MMMM": ("%B", r"\p{L}+"), "MMM": ("%b", r"\p{L}+"), "MM": ("%m", r"\d{2}"), "M": ("%-m", r"\d{1,2}"),
    "dd": ("%d", r"\d{2}"), "d": ("%-d", r"\d{1,2}"), "DDD": ("%j", r"\d{3}"),
    "HH": ("%H", r"\d{2}"), "H": ("%-H", r"\d{1,2}"), "hh": ("%I", r"\d{2}"), "h": ("%-I", r"\d{1,2}"),
    "mm": ("%M", r"\d{2}"), "m": ("%-M", r"\d{1,2}"), "ss": ("%S", r"\d{2}"), "s": ("%-S", r"\d{1,2}"),
    "SSSSSSSSS": ("%n", r"\d{9}"), "SSSSSS": ("%f", r"\d{6}"), "SSS": ("%g", r"\d{3}"), "a": ("%p", r"[APap][Mm]"),
    "EEEE": ("%A", r"\p{L}+"), "EEE": ("%a", r"\p{L}+"),
    "X": ("%z", r"(Z|[+-]\d{2}(\d{2})?)"), "XX": ("%z", r"(Z|[+-]\d{4})"), "XXX": ("%z", r"(Z|[+-]\d{2}:\d{2})"),
    "x": ("%z", r"[+-]\d{2}(\d{2})?"), "xx": ("%z", r"[+-]\d{4}"), "xxx": ("%z", r"[+-]\d{2}:\d{2}"),
    "Z": ("%z", r"[+-]\d{4}"),
}  # fmt: skip
"""By letters of a Java format: DuckDB's specifier, and the regular expression of what they stand for."""


def strptime(pattern: str) -> tuple[str, str]:
    """A Java format as one of strptime, and as a regular expression of whole texts. ConfigError for letters that have
    no counterpart: `G`, `VV`, `[optional]`."""
    made, shape, at = "", "", 0
    while at < len(pattern):
        if pattern[at] == "'":
            text, at = _quoted_text(pattern, at)
            made, shape = made + text.replace("%", "%%"), shape + re.escape(text)
            continue
        run = len(pattern[at:]) - len(pattern[at:].lstrip(pattern[at]))
        word, at = pattern[at : at + run], at + run
        if word in _JAVA:
            made, shape = made + _JAVA[word][0], shape + _JAVA[word][1]
        elif word[0].isalpha() or word[0] in "[]{}#":
            hint = f"known: {', '.join(_JAVA)}, and texts in '…'"
            raise ConfigError(f"format {pattern!r}: {word!r} is not known", hint=hint)
        else:
            made, shape = made + word.replace("%", "%%"), shape + re.escape(word)
    return made, shape


def _quoted_text(pattern: str, at: int) -> tuple[str, int]:
    """The text in the quotes that begin at `at`, in which two quotes are one, and the place after them."""
    text, at = "", at + 1
    if pattern[at : at + 1] == "'":
        return "'", at + 1
    while at < len(pattern):
        if pattern[at] != "'":
            text, at = text + pattern[at], at + 1
        elif pattern[at : at + 2] == "''":
            text, at = text + "'", at + 2
        else:
            return text, at + 1
    raise ConfigError(f"format {pattern!r}: a quote is not closed")


def default_zone(column: Any) -> str:
    return str((column.logicalTypeOptions or {}).get("defaultTimezone") or "UTC")


def read_moment(column: Any, value: str, target: str) -> str:
    """SQL of a text as a date, time or timestamp; NULL where it is none. `target`: its DuckDB type."""
    pattern = (column.logicalTypeOptions or {}).get("format")
    if pattern:
        return _by_format(value, pattern, default_zone(column), target)
    shape = f"regexp_full_match({value}, {literal(_ISO[column.logicalType])})"
    return f"CASE WHEN {shape} THEN {_iso(value, default_zone(column), target)} END"


def _iso(value: str, zone: str, target: str) -> str:
    if target not in ("TIMESTAMP", ZONED):
        return f"TRY_CAST({value} AS {target})"
    offset = rf"regexp_matches({value}, '\d{{2}}:\d{{2}}.*{_OFFSET}$')"
    absolute = f"TRY_CAST({value} AS {ZONED})"
    local = f"TRY_CAST({value} AS TIMESTAMP)"
    if target == ZONED:
        return f"(CASE WHEN {offset} THEN {absolute} ELSE {_in_zone(local, zone)} END)"
    return f"(CASE WHEN {offset} THEN {absolute} AT TIME ZONE 'UTC' ELSE {local} END)"


def as_utc(text: str) -> str:
    """SQL of a text in ISO 8601 as a timestamp, UTC; NULL where it is none."""
    return _iso(literal(text), "UTC", "TIMESTAMP")


def _by_format(value: str, pattern: str, zone: str, target: str) -> str:
    written, shape = strptime(pattern)
    zoned = "%z" in written.replace("%%", "")
    text = f"regexp_replace({value}, 'Z$', '+00:00')" if zoned else value
    read = f"try_strptime({text}, {literal(written)})"
    if zoned:
        read = read if target == ZONED else f"TRY_CAST(({read} AT TIME ZONE 'UTC') AS {target})"
    elif target == ZONED:
        read = _in_zone(f"TRY_CAST({read} AS TIMESTAMP)", zone)
    else:
        read = f"TRY_CAST({read} AS {target})"
    return f"CASE WHEN regexp_full_match({value}, {literal(shape)}) THEN {read} END"


def _in_zone(local: str, zone: str) -> str:
    return f"({local} AT TIME ZONE {literal(zone)})"


def bound(column: Any, limit: Any, kind: str) -> str:
    """SQL of a limit on a date, time or timestamp, in the type that is compared with it. `kind`: that type."""
    text, pattern = literal(str(limit)), (column.logicalTypeOptions or {}).get("format")
    iso = re.fullmatch(_ISO[column.logicalType], str(limit)) or (
        column.logicalType == "date" and re.fullmatch(_ISO["timestamp"], str(limit))
    )
    if pattern and not iso:
        return f"CAST({_by_format(text, pattern, default_zone(column), kind)} AS {kind})"
    if not iso:
        raise ConfigError(f"{limit!r} is no {column.logicalType}", hint="limits are written in ISO 8601")
    return f"CAST({_iso(text, default_zone(column), kind)} AS {kind})"


def from_other(column: Any, value: str, kind: str, target: str) -> str:
    """SQL of a value of one of DuckDB's types of moments as another one; NULL where that would lose its time."""
    zone = default_zone(column)
    if column.logicalType == "timestamp" and kind == "DATE":
        return _in_zone(f"CAST({value} AS TIMESTAMP)", zone) if target == ZONED else f"CAST({value} AS TIMESTAMP)"
    if column.logicalType != "date" or not kind.startswith("TIMESTAMP"):
        return "NULL"
    local = f"({value} AT TIME ZONE {literal(zone)})" if kind == ZONED else value
    return f"CASE WHEN {local} = date_trunc('day', {local}) THEN CAST({local} AS DATE) END"
