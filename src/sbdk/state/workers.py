"""The list of worker processes in a build folder, by which workers that outlive their run are found and ended."""

from __future__ import annotations

import json
import os
from pathlib import Path

from sbdk.core.errors import LockHeld
from sbdk.core.events import Emit, Noted
from sbdk.core.process import alive, start_time, stop_process

WORKERS = "workers.jsonl"


def enroll(folder: Path, pid: int) -> None:
    """Add a process to the list of the build folder; before it gets the folder's path."""
    line = json.dumps({"pid": pid, "started": start_time(pid)}) + "\n"
    descriptor = os.open(folder / WORKERS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def dismiss(folder: Path, pid: int) -> None:
    """Remove a process from the list: it continues, but no longer uses the build."""
    kept = [(other, started) for other, started in _enrolled(folder) if other != pid]
    lines = [json.dumps({"pid": other, "started": started}) + "\n" for other, started in kept]
    if (folder / WORKERS).exists():
        (folder / WORKERS).write_text("".join(lines), encoding="utf-8")


def end_orphans(folder: Path, emit: Emit) -> None:
    """End every enrolled process that still runs; LockHeld when one cannot be ended."""
    for pid, started in _enrolled(folder):
        if pid == os.getpid() or not alive(pid, started):
            continue
        emit(Noted("", f"ending the worker of an earlier run (PID {pid})"))
        if not stop_process(pid, started):
            hint = "stop that process, then run again"
            raise LockHeld(f"a worker of an earlier run still uses the build (PID {pid})", file=folder, hint=hint)


def _enrolled(folder: Path) -> list[tuple[int, str | None]]:
    """The entries of `enroll`; a kill may have cut off the last line, whose worker then never got the path."""
    try:
        lines = (folder / WORKERS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found: list[tuple[int, str | None]] = []
    for line in lines:
        try:
            note = json.loads(line)
            found.append((int(note["pid"]), note["started"]))
        except (ValueError, KeyError, TypeError):
            continue
    return [(pid, started) for pid, started in found if started is not None]
