"""The program `sbdk`: its commands, and how errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import typer

from sbdk.cli import (
    add,
    check,
    contract,
    dbt,
    dev,
    doctor,
    generate,
    init,
    quarantine,
    query,
    report,
    runs,
    score,
    start,
    stream,
    tracking,
    webhooks,
)
from sbdk.cli.output import current, escape_unencodable
from sbdk.core.errors import Interrupted, SbdkError, UsageError
from sbdk.core.signals import resend_interrupts

app = typer.Typer(
    name="sbdk",
    help="A local-first data pipeline kit: realistic data, dlt, DuckDB and dbt, published atomically in seconds.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    init,
    add,
    dev,
    start,
    generate,
    query,
    report,
    quarantine,
    runs,
    stream,
    score,
    tracking,
    webhooks,
    check,
    contract,
    dbt,
    doctor,
):
    command.add_to(app)

# Click's UsageError and ClickException: Click's own, or those of the copy that some versions of Typer contain.
_ClickUsageError: Any = typer.BadParameter.__mro__[1]
_ClickException: Any = typer.BadParameter.__mro__[2]


def main() -> int:
    """Be the process: run the program, and end even while a source's own thread still works."""
    escape_unencodable()
    resend_interrupts()
    code = run()
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        _exit_now(code)
    return code


def run() -> int:
    """Run the command in `sys.argv`; 0 success, 1 it ran and failed, 2 wrong usage, 130 Ctrl-C."""
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
        sys.stdout.flush()
        return _interrupted() if code == Interrupted.exit_code else int(code or 0)
    except SbdkError as error:
        return _interrupted() if _after_interrupt(error) else current().fail(error)
    except _ClickException as error:
        return current().fail(_wrong_arguments(error))
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        return _pipe_closed()
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # which Typer makes of it inside a command
            return _pipe_closed()
        raise
    except Exception as error:
        return _interrupted() if _after_interrupt(error) else current().fail(_unexpected(error))


def _exit_now(code: int) -> None:
    """A source that sleeps or waits for a socket in a thread of its own would keep the process alive."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _interrupted() -> int:
    return current().fail(Interrupted("interrupted", hint="the published build is unchanged"))


def _after_interrupt(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: libraries report it as one of their own, and cleaning up after it may fail."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt) or type(error).__name__ in ("InterruptException", "ArrowCancelled"):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _pipe_closed() -> int:
    """The reader of standard output has enough (`| head -1`): no failure, no message, nor Python's own last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _wrong_arguments(error: Any) -> UsageError:
    command = error.ctx.command_path if isinstance(error, _ClickUsageError) and error.ctx else "sbdk"
    return UsageError(error.format_message(), hint=f"`{command} --help` shows what there is")


def _unexpected(error: Exception) -> SbdkError:
    wrapped = SbdkError(f"{type(error).__name__}: {error}", hint="--verbose shows the traceback; please report it")
    wrapped.__cause__ = error
    return wrapped
