"""All flights that left New York City in 2013: five CSV files, in which NA stands for a missing value."""

from collections.abc import Iterator
from pathlib import Path

import dlt
import pyarrow as pa
import pyarrow.csv as csv

import sbdk

OPTIONS = csv.ConvertOptions(
    null_values=["NA"], strings_can_be_null=True, column_types={"time_hour": pa.timestamp("us", tz="UTC")}
)


def read(files: list[Path], *key: str) -> Iterator[pa.Table]:
    for path in files:
        table = csv.read_csv(path, convert_options=OPTIONS)
        yield table.cast(pa.schema([field.with_nullable(field.name not in key) for field in table.schema]))


@dlt.resource(primary_key="carrier", write_disposition="replace")
def airlines():
    yield from read(sbdk.local_files("csv/airlines.csv"), "carrier")


@dlt.resource(primary_key="faa", write_disposition="replace")
def airports():
    yield from read(sbdk.local_files("csv/airports.csv"), "faa")


@dlt.resource(primary_key="tailnum", write_disposition="replace")
def planes():
    yield from read(sbdk.local_files("csv/planes.csv"), "tailnum")


@dlt.resource(primary_key=["origin", "time_hour"], write_disposition="replace")
def weather():
    yield from read(sbdk.local_files("csv/weather.csv"), "origin", "time_hour")


@dlt.resource(primary_key=["time_hour", "carrier", "flight"], write_disposition="replace")
def flights():
    yield from read(sbdk.local_files("csv/flights.csv"), "time_hour", "carrier", "flight")
