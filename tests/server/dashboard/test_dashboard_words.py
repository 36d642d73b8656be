"""Values as words, and errors without any of the input."""

from __future__ import annotations

from datetime import UTC, datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.core.errors import QueryError
from sbdk.server.dashboard import filters
from sbdk.server.dashboard.errors import SqlError, sql_error_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-21T11:59:30+00:00", "just now"),
        ("2026-11-21T11:59:00", "1 minute ago"),
        ("2026-11-21T10:00:00+00:00", "2 hours ago"),
        ("2026-11-01T12:00:00+01:00", "20 days ago"),
        ("2027-01-01T00:00:00", "just now"),
    ],
)
def test_times_are_distances(text: str, words: str) -> None:
    assert filters.ago(text, NOW) == words


@pytest.mark.parametrize(
    ("sql_type", "kind"),
    [("BIGINT", "number"), ("DECIMAL(18,2)", "number"), ("DOUBLE[]", "nested"), ("STRUCT(a INTEGER)", "nested"),
     ("TIMESTAMP WITH TIME ZONE", "time"), ("DATE", "time"), ("BOOLEAN", "flag"), ("VARCHAR", "text"),
     ("INTERVAL", "text"), ("MAP(VARCHAR, INTEGER)", "nested"), ("ENUM('INT')", "text")],
)  # fmt: skip
def test_columns_are_drawn_by_their_kind(sql_type: str, kind: str) -> None:
    assert filters.type_kind(sql_type) == kind


def said_of(sql: str) -> SqlError | None:
    """What a page is told when DuckDB refuses this SQL."""
    try:
        duckdb.execute(sql)
    except duckdb.Error as error:
        refusal = sql_error_of(QueryError(str(error)), sql)
        assert isinstance(refusal, SqlError)
        return refusal
    return None


SECRETS = st.from_regex(r"zq[a-z]{6,12}", fullmatch=True)
WRONG = [
    "select {} from range(3)",
    "select * from {}",
    "select\n\n  1,\n  {}(2)",
    "select '{}'::int",
    "{} 1",
    "select * from range(3) {} {}",
    "with {} as (select 1) select {}.nope from {}",
    'select "{}" from range(2)',
    "select 1 as a order by {}",
]


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(WRONG), SECRETS)
def test_no_word_of_the_sql_comes_back_and_the_place_is_in_it(pattern: str, secret: str) -> None:
    sql = pattern.replace("{}", secret)
    refusal = said_of(sql)
    assert refusal is not None
    assert secret not in refusal.detail
    assert 0 < len(refusal.detail) <= 200
    if refusal.at is not None:
        line = sql.split("\n")[refusal.at["line"] - 1]
        assert 1 <= refusal.at["column"] <= len(line)
