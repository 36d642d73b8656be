"""How old tables are, by the load times dlt writes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from sbdk.quality import freshness
from sbdk.spec.config_sections import FreshnessLimits

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAAS = FreshnessLimits(warn_hours=2, error_hours=6)


@pytest.fixture
def loaded(connection):
    """Three loads, 10, 5 and 1 hours ago; the last did not finish."""
    connection.execute("CREATE SCHEMA raw")
    connection.execute("CREATE TABLE raw._dlt_loads (load_id VARCHAR, status BIGINT, inserted_at TIMESTAMPTZ)")
    for load, status, hours in (("a", 0, 10), ("b", 0, 5), ("c", 1, 1)):
        connection.execute("INSERT INTO raw._dlt_loads VALUES (?, ?, ?)", [load, status, NOW - timedelta(hours=hours)])
    connection.execute("CREATE TABLE raw.old AS SELECT 1 AS id, 'a' AS _dlt_load_id")
    connection.execute("CREATE TABLE raw.younger AS SELECT unnest(['a', 'b', 'c']) AS _dlt_load_id")
    connection.execute("CREATE TABLE raw.unmarked AS SELECT 1 AS id")
    return connection


def test_each_table_by_its_own_latest_finished_load(loaded):
    found = {each.table: each for each in freshness(loaded, "raw", SAAS, now=NOW)}
    assert sorted(found) == ["old", "unmarked", "younger"]
    assert (found["old"].hours, found["old"].status) == (10, "error")
    assert (found["younger"].hours, found["younger"].status) == (5, "warn")
    assert (found["unmarked"].hours, found["unmarked"].status) == (5, "warn")
    assert found["younger"].loaded_at == NOW - timedelta(hours=5)
    assert found["younger"].as_dict()["loaded_at"] == "2026-11-21T07:00:00+00:00"


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        (FreshnessLimits(), "pass"),
        (FreshnessLimits(warn_hours=5), "pass"),
        (FreshnessLimits(warn_hours=4.99), "warn"),
        (FreshnessLimits(warn_hours=1, error_hours=5), "warn"),
        (FreshnessLimits(warn_hours=1, error_hours=4.99), "error"),
    ],
)
def test_limits_are_the_last_good_hour(loaded, limits, status):
    found = {each.table: each.status for each in freshness(loaded, "raw", limits, now=NOW)}
    assert found["younger"] == status


def test_a_table_that_dlt_never_loaded_is_an_error(connection):
    connection.execute('CREATE SCHEMA "r""w"; CREATE TABLE "r""w"."t""x" (i INTEGER)')
    (only,) = freshness(connection, 'r"w', now=NOW)
    assert (only.table, only.loaded_at, only.hours, only.status) == ('t"x', None, None, "error")


def test_a_load_time_without_zone_is_utc(loaded):
    loaded.execute("SET TimeZone = 'Asia/Tokyo'")
    loaded.execute("CREATE SCHEMA plain; CREATE TABLE plain.t (i INTEGER)")
    loaded.execute(
        "CREATE TABLE plain._dlt_loads AS "
        "SELECT 'a' AS load_id, 0 AS status, TIMESTAMP '2026-11-21 09:00' AS inserted_at"
    )
    (only,) = freshness(loaded, "plain", now=NOW)
    assert only.hours == 3


def test_nothing_loaded_is_nothing_to_say(connection):
    assert freshness(connection, "raw", now=NOW) == []


def test_what_dlt_really_writes(tmp_path, monkeypatch):
    """Two tables loaded by dlt itself a moment ago; `now` is set two days on."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("HOME", str(tmp_path))
    dlt = pytest.importorskip("dlt")
    file = tmp_path / "x.duckdb"
    destination = dlt.destinations.duckdb(str(file))
    pipeline = dlt.pipeline("shop", destination=destination, dataset_name="raw", pipelines_dir=str(tmp_path / "dlt"))
    before = datetime.now(UTC)
    pipeline.run([{"id": 1}], table_name="ones")
    pipeline.run([{"id": 2}], table_name="twos")
    after = datetime.now(UTC)
    with duckdb.connect(str(file), read_only=True) as connection:
        ones, twos = freshness(connection, "raw", SAAS, now=after + timedelta(hours=48))
    assert (ones.table, twos.table) == ("ones", "twos")
    assert before <= ones.loaded_at < twos.loaded_at <= after
    assert 48 <= twos.hours < 49
    assert ones.status == twos.status == "error"
