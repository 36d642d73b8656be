"""From the text that a database or Python executes to what it reads: words, files, and what nobody can know beforehand.

Comments count for nothing. A name counts wherever it stands: too much is built rather than too little.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"(?P<text>'(?:[^']|'')*')"
    r'|(?P<name>"(?:[^"]|"")*")'
    r"|(?P<dollar>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)"
    r"|(?P<note>--[^\n]*|/\*.*?\*/)",
    re.DOTALL,
)
_WORD = re.compile(r"\w+")
# Functions whose result differs from call to call. `age` with one argument counts from today.
_CHANGING = re.compile(
    r"\b(?:current_(?:date|time|timestamp|localtime|localtimestamp)|localtime|localtimestamp)\b"
    r"|\b(?:now|today|get_current_time|get_current_timestamp|transaction_timestamp|random|uuid|uuidv[47]|gen_random_uuid"
    r"|nextval|txid_current|getenv|getvariable)\s*\("
    r"|\bage\s*\(\s*[^,()]*(?:\([^()]*\))?[^,()]*\)"
    r"|\b(?:using\s+sample|tablesample)\b",
    re.IGNORECASE,
)
_CATALOG = re.compile(
    r"\binformation_schema\b|\bduckdb_\w+\s*\(|\bsqlite_master\b|\bpg_\w+\b|\bpragma\b|\bshow\s+(?:all\s+)?tables\b"
    r"|^\s*(?:show|describe|summarize)\b",
    re.IGNORECASE,
)
# What dbt asks for the columns of one table: that table alone is read.
_COLUMNS_OF_ONE = re.compile(r"information_schema\.columns.*\btable_name\s*=\s*'\w+'", re.IGNORECASE | re.DOTALL)
# Functions whose arguments name what is read. Anything but a literal cannot be followed.
_READER = re.compile(
    r"\b(?:read_\w+|parquet_\w+|sniff_csv|glob|\w+_scan|\w+_query|st_read|query|query_table)\s*\(\s*(?P<first>''|\[)?",
    re.IGNORECASE,
)
_REMOTE = re.compile(r"^(?:https?|s3|s3a|s3n|gs|gcs|r2|az|azure|abfss?|hf|ftp|md|postgres(?:ql)?|mysql|sqlite):", re.I)
_GLOB = re.compile(r"[*?\[]")

# Python code that reads more than the relations that dbt gives it.
_PYTHON_UNKNOWN = re.compile(
    r"\b(?:open|read_\w+|from_csv|connect|glob|listdir|scandir|iterdir|getenv|now|utcnow|today|sample)\s*\("
    r"|\b(?:requests|urllib|httpx|socket|subprocess|environ|random|uuid|secrets)\b|\btime\s*\."
    r"|\bsession\s*\.\s*(?:sql|query|execute|from_query|table_function|cursor)\b(?!\s*\(\s*['\"])"
    r"|\.format\s*\(|['\"]\s*[+%]"
)
# Jinja whose value differs from run to run, and Jinja that looks for relations.
_JINJA_CHANGING = re.compile(r"\b(?:run_started_at|invocation_id)\b|\b(?:datetime|date)\.(?:now|utcnow|today)\s*\(")
_JINJA_CATALOG = re.compile(
    r"\badapter\.(?:get_relation|list_relations\w*|check_schema_exists|list_schemas|get_missing_columns)\b"
    r"|\bload_(?:cached_)?relation\b|\b\w*get_tables_by_\w+|\b\w*get_relations_by_\w+"
)


@dataclass
class Reads:
    """What something reads. `words`: every word of it, in small letters. `patterns`: absolute globs of files.

    `unknown`: it may differ from run to run, and nothing tells beforehand. `catalog`: it asks which tables there are.
    """

    words: set[str] = field(default_factory=set)
    text: str = ""
    patterns: set[str] = field(default_factory=set)
    unknown: bool = False
    catalog: bool = False

    def names(self, known: Iterable[str]) -> list[str]:
        """Those of the known names, in small letters, that occur in it."""
        return sorted(name for name in known if name in self.words or (not _WORD.fullmatch(name) and name in self.text))

    def as_dict(self, known: Iterable[str]) -> dict[str, Any]:
        """As plain data, for a message."""
        return {
            "names": self.names(known),
            "patterns": sorted(self.patterns),
            "unknown": self.unknown,
            "catalog": self.catalog,
        }


def add_sql(reads: Reads, sql: str, folder: str, *, decides: bool) -> None:
    """Add a statement. `folder`: where relative paths start. `decides`: the rows depend on it; other statements, such
    as a log that a hook writes, count with their names and files only."""
    plain, literals = _split(sql)
    text = _without_comments(sql).lower()
    reads.words |= set(_WORD.findall(text))
    reads.text += text
    for literal in literals:
        _add_literal(reads, literal, folder, reading=bool(_READER.search(plain)))
    if decides:
        reads.unknown |= bool(_CHANGING.search(plain)) or _computed_argument(plain)
        reads.catalog |= bool(_CATALOG.search(plain)) and not _COLUMNS_OF_ONE.search(sql)


def add_python(reads: Reads, code: str, folder: str) -> None:
    """Add the code of a Python model."""
    reads.words |= set(_WORD.findall(code.lower()))
    reads.unknown |= bool(_PYTHON_UNKNOWN.search(code))
    for literal in re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'", code):
        _add_literal(reads, "".join(literal), folder, reading=False)


def add_jinja(reads: Reads, text: str) -> None:
    """Add the template of a node and of the macros that it calls."""
    reads.unknown |= bool(_JINJA_CHANGING.search(text))
    reads.catalog |= bool(_JINJA_CATALOG.search(text))


def _split(sql: str) -> tuple[str, list[str]]:
    """The statement with '' for each literal and without comments, and the literals."""
    literals: list[str] = []

    def replaced(found: re.Match[str]) -> str:
        if found["note"]:
            return " "
        if found["name"]:
            return found["name"]
        text = found["text"][1:-1].replace("''", "'") if found["text"] else found["dollar"].strip("$")
        literals.append(text)
        return "''"

    return _TOKEN.sub(replaced, sql), literals


def _without_comments(sql: str) -> str:
    return _TOKEN.sub(lambda found: " " if found["note"] else found.group(), sql)


def _computed_argument(plain: str) -> bool:
    """Whether a function that reads gets a name that is computed: not one literal, nor a list of them."""
    for found in _READER.finditer(plain):
        rest = plain[found.end() :]
        if found["first"] == "''" and re.match(r"\s*[,)]", rest):
            continue
        if found["first"] == "[" and re.match(r"\s*''(?:\s*,\s*'')*\s*\]\s*[,)]", rest):
            continue
        return True
    return False


def _add_literal(reads: Reads, literal: str, folder: str, *, reading: bool) -> None:
    """A literal may name files; one that matches none names nothing."""
    if not literal or len(literal) > 1_000 or "\n" in literal or "\0" in literal:
        return
    if _REMOTE.match(literal):
        reads.unknown |= reading or "." in literal
        return
    path = os.path.normpath(os.path.join(folder, os.path.expanduser(literal.removeprefix("file://"))))
    if _GLOB.search(literal):
        if reading or "/" in literal or "." in literal.strip("."):
            reads.patterns.add(path)
    elif os.path.isfile(path):
        reads.patterns.add(path)
    elif reading and literal.strip("./") and os.path.isdir(path):
        reads.patterns.add(os.path.join(path, "**", "*"))
