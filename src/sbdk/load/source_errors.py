"""What a database or an HTTP server meant by an error: whether it did not respond, and a sentence about it.

Drivers are told apart by the names of their classes, so that none has to be installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from sbdk.core.redact import Redactor, secrets_of_url

_MYSQL_GONE = {1040, 1053, 1077, 1205, 1213, 2002, 2003, 2005, 2006, 2013}
_POSTGRES_GONE = re.compile(r"^(08|57P0[123]|53300|40001|40P01)")
_GONE = re.compile(
    r"connection refused|could not connect|connection (?:was |is )?(?:closed|lost|reset|failed:)"
    r"|server closed the connection|starting up|shutting down|network is unreachable|no route to host"
    r"|timed out|too many (?:clients|connections)|temporary failure in name resolution|database is locked"
    r"|failed to resolve host|name or service not known|nodename nor servname",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"authentication failed|access denied|no password supplied|does not exist|unknown database|no pg_hba\.conf entry"
    r"|permission denied|role .* is not permitted",
    re.IGNORECASE,
)
_CONNECTORX = re.compile(r"not implemented: (\w+)|cx writer failed|cannot convert", re.IGNORECASE)
_PACKAGE = re.compile(r"No module named '([\w.]+)'")


@dataclass(frozen=True)
class Explained:
    """A sentence, what to do, and whether the same call may succeed later."""

    message: str
    hint: str | None = None
    transient: bool = False


def explain(error: BaseException, secrets: Iterable[str] = ()) -> Explained | None:
    """What an error of SQLAlchemy, of a driver or of connectorx means; None for any other. `secrets` are masked."""
    kinds = {f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__}
    text = Redactor(secrets).text(_first_line(error))
    if "sqlalchemy.NoSuchTableError" in kinds:
        hint = "was it renamed or dropped? change table= in the file; `sbdk add` lists the tables that there are"
        return Explained(f"the table {_quoted(text)} is not in the database", hint)
    if "sqlalchemy.ArgumentError" in kinds or "sqlalchemy.NoSuchModuleError" in kinds:
        return Explained(f"the URL of the database is not understood: {text}", "see the variable in .env")
    if isinstance(error, ModuleNotFoundError) and (package := _PACKAGE.search(text)):
        return _of_package(package[1])
    if isinstance(error, RuntimeError) and _CONNECTORX.search(text):
        return _of_connectorx(text)
    if kinds & {"sqlalchemy.DBAPIError", "psycopg.Error", "pymysql.MySQLError", "sqlite3.Error"}:
        return _of_database(error, text)
    if isinstance(error, RuntimeError) and _GONE.search(text):
        return Explained(f"the database does not respond: {text}", transient=True)
    return None


def _of_connectorx(text: str) -> Explained:
    as_text = 'table_adapter_callback=sbdk.as_text("COLUMN")'
    if "NaN" in text:
        hint = f"in the file, {as_text} with each numeric column reads them as text; a contract sets NaN aside then"
        return Explained("connectorx cannot read NaN in a numeric column", hint)
    hint = f'set backend="pyarrow" in the file, which reads every type; or {as_text} reads a column as text'
    return Explained(f"connectorx cannot read a column: {text}", hint)


def _of_database(error: BaseException, text: str) -> Explained:
    original = getattr(error, "orig", None) or error
    if _is_gone(original, text):
        return Explained(f"the database does not respond: {text}", "is it running, and are host and port right?", True)
    if _WRONG.search(text):
        return Explained(f"the database refuses: {text}", "see user, password and database in the URL, in .env")
    return Explained(f"the database reports: {text}")


def _is_gone(original: BaseException, text: str) -> bool:
    """By the code of the driver where there is one, else by its text: a failed connection has none."""
    state = getattr(original, "sqlstate", None)
    if state:
        return _POSTGRES_GONE.match(state) is not None
    code = original.args[0] if original.args else None
    if isinstance(code, int):
        return code in _MYSQL_GONE
    return _GONE.search(text) is not None and _WRONG.search(text) is None


def _of_package(package: str) -> Explained | None:
    known = {"psycopg": "sql", "pymysql": "sql", "connectorx": "sql", "sqlalchemy": "sql", "openpyxl": "files"}
    extra = known.get(package.partition(".")[0].lower()) or ("files" if package.startswith("s3fs") else None)
    if extra is None:
        return Explained(f"the driver {package!r} is not installed", f"pip install {package}")
    return Explained(f"{package} is not installed", f"pip install 'sbdk[{extra}]'")


def secrets_in(url: str) -> tuple[str, ...]:
    """What must not be shown of the URL of a database: the password, as it is and as the URL spells it."""
    spelled = secrets_of_url(url)
    return (url, *spelled, *map(unquote, spelled))


def _first_line(error: BaseException) -> str:
    """The text without SQL, background links and repetitions of the driver's class."""
    original = getattr(error, "orig", None)
    text = str(original if original is not None else error)
    if isinstance(original, Exception) and len(original.args) == 2 and isinstance(original.args[0], int):
        text = str(original.args[1])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


def _quoted(text: str) -> str:
    return repr(text.strip("'\""))
