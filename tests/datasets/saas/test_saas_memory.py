"""Memory does not grow with rows: measured as the peak of a fresh process that only counts what is made.

The peak is VmHWM: ru_maxrss would begin with the size of the process that starts it.
"""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from datetime import datetime
from sbdk.spec.world import WorldSettings
from sbdk.datasets.saas.dataset import SaasDataset
volumes = dict(zip(("users", "events", "orders"), map(int, sys.argv[1:])))
made = SaasDataset(WorldSettings(42, datetime(2025, 1, 1), datetime(2026, 1, 1), volumes), compiled=False)
rows = sum(batch.num_rows for batch in made.tables["raw_events"].batches())
assert rows == volumes["events"]
if volumes["orders"]:
    rows = sum(batch.num_rows for table in made.tables.values() for batch in table.batches())
    assert rows == sum(volumes.values())
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) // 1024)
"""


def peak_mb(users: int, events: int, orders: int = 0) -> int:
    command = [sys.executable, "-c", PROGRAM, str(users), str(events), str(orders)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_three_million_more_events_take_no_more_memory() -> None:
    """They are 150 MB as Arrow."""
    assert peak_mb(200_000, 5_000_000) < peak_mb(200_000, 2_000_000) + 50


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_flat_from_one_to_twenty_million_events() -> None:
    """The difference is 950 MB as Arrow."""
    assert peak_mb(1_000_000, 20_000_000) < peak_mb(1_000_000, 1_000_000) + 100


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_eight_million_rows_of_all_tables_stay_below_500_mb() -> None:
    assert peak_mb(1_000_000, 5_000_000, 2_000_000) < 500
