"""python -m bench [CASE …]: run the cases, print a table, write bench/results/<time>.json."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from pathlib import Path

from bench.measuring import Row, machine

CASES = (
    "startup",
    "start",
    "default_job",
    "events",
    "generation",
    "loading",
    "big_run",
    "retail",
    "bookstore",
    "streams",
    "cdc",
    "score",
    "dashboard",
    "features",
    "webhooks",
    "peer",
)
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"default: all of {', '.join(CASES)}")
    chosen = parser.parse_args().cases or CASES
    about = machine()
    print(" · ".join(f"{key} {value}" for key, value in about.items()))
    rows: list[Row] = []
    for name in chosen:
        for row in importlib.import_module(f"bench.cases.{name}").rows():
            print(line(row), flush=True)
            rows.append(row)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    path.write_text(
        json.dumps({"machine": about, "after": machine(), "rows": [row.as_dict() for row in rows]}, indent=1)
    )
    print(f"written to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    return 0


def line(row: Row) -> str:
    shown = row.as_dict()
    against = f"  {shown['ratio']:.3g} × {row.baseline} ({row.baseline_figure:,.2f})" if shown["ratio"] else ""
    note = f"  [{row.note}]" if row.note else ""
    return f"{row.what:<58} {row.figure:>14,.2f} {row.unit:<8} to reach: {row.target:<22}{against}{note}"


if __name__ == "__main__":
    sys.exit(main())
