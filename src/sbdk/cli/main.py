"""The program `sbdk`: its commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys
import threading

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
    code = _run()
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        _leave(code)
    return code


def _run() -> int:
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except SbdkError as error:
        return current().fail(error)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        return current().fail(_unexpected(error))
    return 0


def _leave(code: int) -> None:
    """End now: a source that sleeps or waits for a socket in a thread of its own would keep the program alive."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _unexpected(error: Exception) -> SbdkError:
    wrapped = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback; please report it")
    wrapped.__cause__ = error
    return wrapped
