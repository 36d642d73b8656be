"""Time whole processes: wall seconds and peak memory of a command, several runs, medians."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One finished process: wall seconds, and the largest resident size of it or one of its children, MiB."""

    seconds: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Row:
    """One line of the report. `ratio` is figure ÷ baseline in the same unit, so below 1 is less of it."""

    what: str
    figure: float
    unit: str
    target: str
    baseline: str = ""
    baseline_figure: float | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        ratio = self.figure / self.baseline_figure if self.baseline_figure else None
        return {**vars(self), "ratio": ratio}


def run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> Sample:
    """Run `command` once; RuntimeError with the end of its output when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    peak = _watch(process)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {peak[1][-2000:]}")
    return Sample(seconds, peak[0], peak[1])


def _watch(process: subprocess.Popen[str]) -> tuple[float, str]:
    output, _ = process.communicate()
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return children, output


def median(command: list[str], runs: int = 5, **options: Any) -> Sample:
    """The run with the median wall time, after one that is not counted."""
    run(command, **options)
    samples = sorted((run(command, **options) for _ in range(runs)), key=lambda sample: sample.seconds)
    return samples[len(samples) // 2]


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor()
    )
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def middle(values: list[float]) -> float:
    return statistics.median(values)
