"""Change events to SCD 2: a whole feed, late events into a kept history, and the tools that others use for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec

from bench.measuring import Row, middle, run

OPTIONS = """
options = dict(keys=["id"], sequence_by="updated_at", apply_as_deletes="operation = 'DELETE'",
               except_column_list=["operation", "updated_at"], stored_as_scd_type=2)
"""
WHOLE = """
import resource, time
from bench.baselines.changes import feed
from sbdk.cdc import apply_changes
changes = feed({events}, {events} // 10)
open("/proc/self/clear_refs", "w").write("5")  # peak from here on
began = time.perf_counter()
history = apply_changes(changes, **options)
seconds = time.perf_counter() - began
peak = next(int(line.split()[1]) / 2**20 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(seconds, peak)
"""
LATE = """
import tempfile, time
import duckdb
from bench.baselines.changes import feed, late
from sbdk.cdc import apply_changes_into
def timed(batch):
    began = time.perf_counter()
    apply_changes_into(connection, "history", batch, **options)
    return time.perf_counter() - began
with tempfile.TemporaryDirectory() as folder, duckdb.connect(folder + "/history.duckdb") as connection:
    rebuild = timed(feed({events}, {events} // 10))
    connection.execute("checkpoint")
    batches = [late(10_000, {events}, {events} // 10, seed) for seed in range(5)]
    pairs = [(timed(batch), timed(batch)) for batch in batches]
    first, again = (sorted(seconds)[2] for seconds in zip(*pairs))
    print(rebuild, first, again)
"""
EVENTS = 10_000_000
SMALL = 1_000_000


def rows() -> Iterator[Row]:
    whole = sorted(_figures(WHOLE, EVENTS) for _ in range(3))[1]
    yield Row("10 M changes of 1 M keys to SCD 2", whole[0], "s", "≤ 12 s")
    yield Row("… peak memory, Arrow in and out", whole[1], "GB", "≤ 3.5 GB")
    rebuild, first, again = _figures(LATE, EVENTS)
    yield Row(
        "10 k late changes into that history", first, "s", "≤ .6 s, ≤ 1/8", "the whole feed into a table", rebuild
    )
    yield Row("the same 10 k again", again, "s", "≤ .3 s", "the whole feed into a table", rebuild)
    small = middle([_figures(WHOLE, SMALL)[0] for _ in range(3)])
    for name, tool in (("dbt_snapshot", "dbt snapshot, each round"), ("dlt_scd2", "dlt scd2, each round")):
        theirs = float(run([sys.executable, "-m", f"bench.baselines.{name}", str(SMALL)]).output.split()[-1])
        yield Row("1 M changes of 100 k keys to SCD 2", small, "s", "≤ 1/10", tool, theirs)
    if not find_spec("pyspark"):
        print("cdc: Spark is not measured, it is not installed here (pip install 'pyspark>=4.3' and Java would do)")


def _figures(code: str, events: int) -> list[float]:
    output = run([sys.executable, "-c", OPTIONS + code.format(events=events)]).output
    return [float(word) for word in output.strip().splitlines()[-1].split()]
