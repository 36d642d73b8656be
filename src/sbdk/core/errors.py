"""Every error that sbdk raises on purpose.

    SbdkError                      exit code 1: it ran and failed
    ├── UsageError                 exit code 2: refused before anything was written
    │   ├── ProjectNotFound        no sbdk_config.json here or above
    │   ├── ConfigError            a file, a key and what is wrong with its value
    │   ├── UnknownName            a registry does not know the name; lists those it knows
    │   └── MissingExtra           an optional dependency; says which pip line brings it
    ├── Terminal                   trying again changes nothing
    │   ├── SourceError            a file in pipelines/ raised, yielded nothing, or a wrong schema
    │   ├── LoadError              dlt could not write what a source yielded
    │   ├── TransformError         dbt: a project that does not parse, a model or a test that failed
    │   ├── CheckFailed            an error-level check or validation found rows
    │   ├── ChangeError            in sbdk.cdc, a ValueError too: changes that have no meaning
    │   ├── QueryError             the SQL of `sbdk query`
    │   │   ├── QueryForbidden     not one read-only statement, or it reaches outside the warehouse
    │   │   └── QueryTimeout       interrupted at its time limit
    │   ├── WarehouseDamaged       the published file is not what its manifest says
    │   ├── NewerFormat            a file of .sbdk is of a later version of sbdk
    │   └── DiskError            full, read-only, no permission
    ├── Interrupted                exit code 130: Ctrl-C
    └── Transient                  the same call may succeed later
        ├── LockHeld               another run works on this project
        ├── AddressInUse           something else listens on the port
        └── SourceUnavailable      a remote source did not answer

The text is for people: what happened, where, and in `hint` what to do. `code` is for programs and never changes.

`suggestion` is the hint for an unknown name: the nearest known name, and all known names.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class SbdkError(Exception):
    """Base of all: `message`, and optionally the `file` at fault and a `hint` on what to do."""

    code = "error"
    exit_code = 1

    def __init__(self, message: str, *, file: Path | str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = str(file) if file is not None else None
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.file}: {self.message}" if self.file else self.message

    def as_dict(self) -> dict[str, str | None]:
        """The error object of every `--json` output."""
        return {"code": self.code, "message": self.message, "file": self.file, "hint": self.hint}


class UsageError(SbdkError):
    code = "usage"
    exit_code = 2


class ProjectNotFound(UsageError):
    code = "no_project"


class ConfigError(UsageError):
    code = "config"


class UnknownName(UsageError):
    code = "unknown_name"


class MissingExtra(UsageError):
    code = "missing_extra"


class Terminal(SbdkError):
    code = "failed"


class SourceError(Terminal):
    code = "source"


class LoadError(Terminal):
    code = "load"


class TransformError(Terminal):
    code = "transform"


class CheckFailed(Terminal):
    code = "check"


class QueryError(Terminal):
    code = "query"


class QueryForbidden(QueryError):
    code = "sql_forbidden"


class QueryTimeout(QueryError):
    code = "sql_timeout"


class WarehouseDamaged(Terminal):
    code = "damaged"


class NewerFormat(Terminal):
    code = "newer_format"

    @classmethod
    def of(cls, what: str, found: int, known: int, *, file: Path | str | None = None) -> NewerFormat:
        """For a file that a later sbdk wrote: its format is `found`, and this version reads formats up to `known`."""
        message = f"{what} is of format {found}, and this version of sbdk reads formats up to {known}"
        return cls(message, file=file, hint="upgrade sbdk: a later version has worked on this project")


class DiskError(Terminal):
    code = "disk"


class Interrupted(SbdkError):
    code = "interrupted"
    exit_code = 130


class Transient(SbdkError):
    code = "transient"


class LockHeld(Transient):
    code = "locked"


class AddressInUse(Transient):
    code = "address_in_use"


class SourceUnavailable(Transient):
    """`retried`: whether who raised it has tried several times already."""

    code = "source_unavailable"
    retried = False


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name most similar to `name`; None if none is similar enough. `cutoff`: 0..1, of difflib's ratio."""
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return matches[0] if matches else None


def suggestion(
    name: str,
    known: Iterable[str],
    *,
    cutoff: float = 0.6,
    heading: str = "known",
    shown: Iterable[str] | None = None,
    within: Iterable[str] = (),
) -> str:
    """`did you mean 'users'? known: events, users`; without the question when no name is similar.

    `heading` precedes the list, which is `shown` in place of `known` if given. `within`: keys above `name`, with which
    the suggested key is written.
    """
    known = list(known)
    near = nearest(name, known, cutoff)
    question = f"did you mean {'.'.join([*within, near])!r}? " if near else ""
    return f"{question}{heading}: {', '.join(known if shown is None else shown) or 'none'}"
