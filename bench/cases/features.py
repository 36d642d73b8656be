"""Features of 10,000 books over 365 days, 1,000,000 sales: dbt on DuckDB against pandas, with equal results."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from bench.cases.projects import SBDK
from bench.measuring import Row, run
from sbdk.transform import Worker

BASELINE = Path(__file__).parent.parent / "baselines" / "pandas_features.py"
START, CLOCK = "2025-01-01", "2026-01-01"
WITHOUT_TESTS = {**os.environ, "DBT_INDIRECT_SELECTION": "empty"}
MARTS = ["stg_publishers", "stg_books", "stg_sales", "dim_publishers", "dim_books", "fact_sales"]
MODELS = ["demand_forecasting_features", "book_features_history", "book_features"]
TABLE = "ml_features.demand_forecasting_features"

# Sales fall off by rank and rise at weekends; one book in ten is listed during the year.
RAW = """
create schema raw; create schema _sbdk;
create table _sbdk.clock as select timestamp '2026-01-01' as now;
create table raw._dlt_loads (load_id varchar, status bigint, inserted_at timestamptz);
create table raw.publishers as
  select format('PUB_{:06d}', n) as publisher_id, 'House ' || n as publisher_name, 'Academic' as publisher_type,
    'Norway' as country, 1950 as established_year, 10 as total_titles, 'Active' as active_status,
    timestamp '2020-01-01' as created_at
  from range(1, 1001) as s(n);
create table raw.books as
  select format('BOOK_{:06d}', n) as book_id, format('978{:010d}', n) as isbn, 'Title ' || n as title,
    'Author' as author, format('PUB_{:06d}', 1 + n % 1000) as publisher_id, 'Science' as genre,
    2020 as publication_year, (100 + n % 700)::integer as page_count, (5 + n % 60)::decimal(12, 2) as price,
    'eBook' as format, 'English' as language,
    case when n % 10 = 0 then timestamp '2025-01-01' + interval 1 hour * (n % 8000) else timestamp '2024-01-01' end
      as created_at
  from range(1, 10001) as s(n);
create table raw.sales as
  with drawn as (
    select n, 1 + (hash(n) % 100 * (hash(n, 1) % 100))::bigint as rank,
      timestamp '2025-01-01' + to_seconds((hash(n, 2) % 31536000)::double) as moment
    from range(1, 1000001) as s(n))
  select format('TXN_{:08d}', n) as transaction_id, format('BOOK_{:06d}', rank) as book_id,
    greatest(moment, books.created_at)::date as sale_date, (1 + n % 3)::integer as quantity, books.price as unit_price,
    0::decimal(5, 2) as discount_percent, ((1 + n % 3) * books.price)::decimal(12, 2) as total_amount,
    'Online' as channel, 'Business' as customer_type, 'West' as region,
    greatest(moment, books.created_at) as created_at
  from drawn join raw.books on books.book_id = format('BOOK_{:06d}', rank);
create table raw.inventory as
  select '' as inventory_id, '' as book_id, '' as warehouse_location, 0 as stock_quantity, 0 as reorder_point,
    date '2025-01-01' as last_restock_date, 0.0 as storage_cost_per_unit, 1 as shelf_life_days,
    timestamp '2025-01-01' as created_at where false;
"""


def rows() -> Iterator[Row]:
    scratch = Path(tempfile.mkdtemp(prefix="sbdk-bench-"))
    try:
        run([SBDK, "init", "books", "--template", "bookstore", "--yes"], cwd=scratch)
        database = scratch / "books.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute(RAW)
        seconds, peak = _ours(scratch / "books" / "dbt", scratch, database)
        usual = _usual(database, scratch)
        note = _compare(database, scratch / "usual.parquet")
        yield Row("features, 10,000 books × 365 days", seconds, "s", "≤ 10 s", "pandas", usual[0], note)
        yield Row("features, peak memory", peak / 1024, "GiB", "≤ 3 GB", "pandas", usual[1] / 1024, note)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _ours(dbt: Path, scratch: Path, database: Path) -> tuple[float, float]:
    """Seconds of the three models alone, in a worker that has built the marts, and its peak memory, MiB."""
    with Worker.start(
        sys.executable, dbt, dbt, scratch / "target", scratch / "log", "dev", WITHOUT_TESTS,
        database=database, variables={"start_date": START},
    ) as worker:  # fmt: skip
        _build(worker, database, MARTS)
        began = time.perf_counter()
        _build(worker, database, MODELS)
        return time.perf_counter() - began, _peak_mb(worker.process.pid)


def _peak_mb(process: int) -> float:
    """The largest resident size so far (proc(5), VmHWM)."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def _build(worker: Worker, database: Path, models: list[str]) -> None:
    """These models, without their tests."""
    result = worker.build(database, select=models)
    failed = [model.message for model in result.models if model.status != "success"]
    if failed or len(result.models) != len(models):
        raise RuntimeError(f"the models failed: {failed}")


def _usual(database: Path, scratch: Path) -> tuple[float, float]:
    """Seconds and peak memory of the pandas script, from Parquet to Parquet."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"copy analytics.fact_sales to '{scratch}/sales.parquet'")
        connection.execute(f"copy analytics.dim_books to '{scratch}/books.parquet'")
    files = [str(scratch / name) for name in ("sales.parquet", "books.parquet")]
    sample = run([sys.executable, str(BASELINE), *files, START, CLOCK, str(scratch / "usual.parquet")])
    return sample.seconds, sample.peak_mb


def _compare(database: Path, usual: Path) -> str:
    """Every column that pandas made, equal in every row (averages and variances to 1e-8: pandas rolls them)."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"create temp view usual as from read_parquet('{usual}')")
        columns = [row[0] for row in connection.execute("describe usual").fetchall()]
        equal = " and ".join(f"({_equal(name)})" for name in columns if name not in ("book_id", "feature_date"))
        both, same = connection.execute(
            f"select count(*), count(*) filter ({equal}) from {TABLE} as ours full join usual "
            "on ours.book_id = usual.book_id and ours.feature_date = usual.feature_date::date"
        ).fetchall()[0]
    if both != same:
        raise RuntimeError(f"{both - same} of {both} rows are not those of pandas")
    return f"{both:,} rows, equal"


def _equal(name: str) -> str:
    ours, usual = f"ours.{name}", f"usual.{name}"
    if name == "units_stddev_7":  # the root of a variance that pandas has to 1e-9: 0 may come out as 1e-5
        ours, usual = f"{ours} * {ours}", f"{usual} * {usual}"
    if name.startswith(("units_average", "units_stddev")):
        return f"abs(coalesce({ours}, -1) - coalesce({usual}, -1)) < 1e-8"
    return f"{ours} is not distinct from {usual}"


if __name__ == "__main__":
    for row in rows():
        print(row)
