"""Dirt on tables of any data set: off by default, and declared in the configuration."""

from __future__ import annotations

from support.shops import Shop


def test_doubled_events_reach_the_raw_table_and_no_mart(shop: Shop) -> None:
    before = shop.query("select * from fct_user_daily_activity order by all")
    shop.configure(dirt={"raw_events": {"duplicate": 0.1}})
    shop.dev("--pipelines-only")
    received, distinct = shop.query("select count(*), count(distinct event_id) from raw.raw_events")[0]
    assert distinct == 1_500
    assert 1_500 * 1.05 < received < 1_500 * 1.16
    shop.dev()
    assert shop.query("select count(*), count(distinct event_id) from stg_events") == [(1_500, 1_500)]
    assert shop.query("select * from fct_user_daily_activity order by all") == before


def test_a_rate_for_a_table_that_is_not_there_is_refused(shop: Shop) -> None:
    shop.configure(dirt={"raw_evnts": {"duplicate": 0.1}})
    answer = shop.sbdk("dev")
    assert answer.code == 2
    assert "raw_events" in answer.err
