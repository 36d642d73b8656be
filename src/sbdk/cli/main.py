"""The program `sbdk`: its commands, and what becomes of an error."""

from __future__ import annotations

import sys

import typer

from sbdk.cli import by_hand, data, dev, history, new, query, system
from sbdk.cli.output import current
from sbdk.core.errors import SbdkError

app = typer.Typer(
    name="sbdk",
    help="A local-first data pipeline kit: realistic data, dlt, DuckDB and dbt, published atomically in seconds.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (new, dev, data, query, history, by_hand, system):
    group.add_to(app)


def main() -> int:
    """Run the program; 0 success, 1 it ran and failed, 2 wrong usage, 130 Ctrl-C."""
    try:
        app()
    except SbdkError as error:
        return current().fail(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        return current().fail(_unexpected(error))
    return 0


def _unexpected(error: Exception) -> SbdkError:
    wrapped = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback; please report it")
    wrapped.__cause__ = error
    return wrapped
