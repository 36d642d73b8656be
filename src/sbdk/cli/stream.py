"""`sbdk stream` and `sbdk truth`: continuous streams, and the answer key of what has landed, as files."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project
from sbdk.core.errors import Interrupted, UsageError
from sbdk.core.events import Emit, Progress, RunEvent, StageStarted, silent
from sbdk.core.format import plural

if TYPE_CHECKING:
    from sbdk.synth.streams import StreamsResult


SECONDS = {"": 1, "s": 1, "min": 60, "h": 3600}


def add_to(app: typer.Typer) -> None:
    app.command("stream")(stream)
    app.command("truth")(truth)


def stream(
    rate: Annotated[
        str | None, typer.Option("--rate", "-r", help="Records of all streams: 200/s, 5000/min, 1000000/h.")
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option("--interval", help="Seconds between batches in real time; streams.interval if absent."),
    ] = None,
    batches: Annotated[
        int | None, typer.Option("--batches", "-n", help="End after so many batches of five virtual minutes.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="End at this virtual time, UTC: 2026-01-02T12:00.")
    ] = None,
    sink: Annotated[
        str, typer.Option("--sink", help="landing (the folder) or stdout; each goes on where it stopped.")
    ] = "landing",
    file_format: Annotated[
        str | None, typer.Option("--format", "-f", help="jsonl or parquet; streams.format if absent.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Emit the streams of a data set, from where they stopped. Without an end, in real time until Ctrl-C."""
    out = Output(as_json=as_json, verbose=verbose)
    chosen = _checked(sink, file_format, interval, batches, as_json=as_json)
    per_second, end = parse_rate(rate) if rate else None, parse_time(until) if until else None
    from sbdk.app.stream import stream_project

    project = open_project(out)
    with _progress(out, to_stdout=sink == "stdout") as emit, _ctrl_c() as stop:
        result = stream_project(
            project, rate=per_second, interval=interval, batches=batches, until=end, stop=stop, emit=emit, **chosen
        )
    if stop.is_set():
        raise Interrupted(
            "interrupted", hint=f"{_summary(result)}; all files are complete, and the next run continues from there"
        )
    _show(out, result, to_stdout=sink == "stdout")


def _checked(sink: str, file_format: str | None, interval: float | None, batches: int | None, *, as_json: bool) -> Any:
    if sink not in ("landing", "stdout"):
        raise UsageError(f"--sink {sink!r} is not known", hint="landing or stdout")
    if file_format not in (None, "jsonl", "parquet"):
        raise UsageError(f"--format {file_format!r} is not known", hint="jsonl or parquet")
    if sink == "stdout" and (as_json or file_format == "parquet"):
        option = "--json" if as_json else "--format parquet"
        raise UsageError(
            f"--sink stdout and {option} exclude each other", hint="the records themselves are written there"
        )
    if batches is not None and batches < 1:
        raise UsageError(f"--batches {batches} is not 1 or more")
    if interval is not None and not 0 < interval <= 86_400:
        raise UsageError(f"--interval {interval:g} is not between 0 and 86400 seconds")
    return {"to": sink, "file_format": file_format}


def parse_rate(text: str) -> float:
    """'200/s' → 200.0 records a second; without a unit: records a second."""
    number, _, unit = text.partition("/")
    try:
        rate = float(number) / SECONDS[unit.strip()]
    except (ValueError, KeyError):
        rate = float("nan")
    if not 0 < rate < float("inf"):
        raise UsageError(f"--rate {text!r} is not a rate", hint="for example --rate 200/s, 5000/min or 1000000/h")
    return rate


def parse_time(text: str) -> datetime:
    """A virtual time, UTC and naive. A time with an offset is converted."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--until {text!r} is not a time", hint="for example --until 2026-01-02T12:00") from None
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


@contextmanager
def _ctrl_c() -> Iterator[Flag]:
    """A flag that the first Ctrl-C sets: producers stop after the present file. A second Ctrl-C ends the program."""
    stop, before = Flag(), signal.getsignal(signal.SIGINT)

    def request_stop(*_: object) -> None:
        stop.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, request_stop)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(out: Output, *, to_stdout: bool) -> Iterator[Emit]:
    """On a terminal: the number of records so far, and the virtual time that they reach."""
    if to_stdout or not out.terminal:
        yield silent
        return
    from sbdk.cli.progress import sink

    done: dict[str, int] = {}
    with sink(out) as emit:

        def total(event: RunEvent) -> None:
            if isinstance(event, Progress):
                done[event.item] = event.done or 0
                reached = f"up to {event.reached:%Y-%m-%d %H:%M}"
                emit(Progress("stream", sum(done.values()), unit="records", item=reached))

        emit(StageStarted("stream"))
        yield total


def _summary(result: StreamsResult) -> str:
    return f"{plural(sum(result.emitted.values()), 'record')} written, up to {result.until.isoformat()}"


def _show(out: Output, result: StreamsResult, *, to_stdout: bool) -> None:
    if to_stdout:
        typer.echo(_summary(result), err=True)
        return
    if out.as_json:
        out.object(
            {
                "emitted": result.emitted,
                "positions": result.positions,
                "until": result.until.isoformat(),
                "seconds": round(result.seconds, 3),
            }
        )
    rows = [(name, result.emitted[name], result.positions[name]) for name in result.positions]
    out.table(_summary(result), ["stream", "emitted", "position"], rows)


def truth(
    out_dir: Annotated[Path, typer.Option("--out", "-o", help="Folder for the Parquet files; it may exist.")],
    landing: Annotated[
        Path | None, typer.Option("--landing", help="Landing folder whose records count; streams.folder if absent.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Write the answer key: defects, buckets, scd1_*, scd2_*, windows, of exactly the records that have landed.

    Of a data set that knows its demand and its experiments: demand, experiments, ended.
    """
    out = Output(as_json=as_json, verbose=verbose)
    from sbdk.app.stream import write_answer_key

    files, positions = write_answer_key(open_project(out), out_dir, landing=landing)
    if as_json:
        out.object({"out": str(out_dir), "files": [path.name for path in files], "records": positions})
    out.table(f"Written to {out_dir}", ["file", "bytes"], [(path.name, path.stat().st_size) for path in files])
