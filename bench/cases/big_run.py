"""2 M users, 10 M events, 4 M orders: a whole run with dbt and its tests."""

from __future__ import annotations

from collections.abc import Iterator

from bench.cases.projects import dev, project
from bench.measuring import Row


def rows() -> Iterator[Row]:
    with project(users=2_000_000, events=10_000_000, orders=4_000_000) as folder:
        sample, told = dev(folder)
        stages = ", ".join(
            f"{stage['name']} {stage['seconds']:.1f} s {stage['peak_mb']:.0f} MB" for stage in told["stages"]
        )
        yield Row("2 M / 10 M / 4 M, whole run", sample.seconds, "s", "≤ 30 s", note=stages)
        peak = max(stage["peak_mb"] for stage in told["stages"])
        yield Row("… peak memory of one process", peak, "MB", "≤ 2,500 MB")
