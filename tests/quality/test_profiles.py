"""Figures of a table's columns, counted by hand."""

from __future__ import annotations

import pytest

from sbdk.core.errors import QueryError
from sbdk.quality import profile


def test_the_figures_of_a_small_table(connection):
    connection.execute(
        """CREATE TABLE t AS SELECT * FROM (VALUES (1, 'b'), (2, 'a'), (2, NULL), (NULL, NULL)) AS v("i""d", s)"""
    )
    number, text = profile(connection, "t", top=2)
    assert (number.name, number.rows, number.null_share, number.distinct) == ('i"d', 4, 0.25, 2)
    assert (number.smallest, number.largest, number.top) == (1, 2, [(2, 2), (1, 1)])
    assert (text.name, text.type, text.null_share, text.top) == ("s", "VARCHAR", 0.5, [("a", 1), ("b", 1)])


def test_an_empty_table_and_none(connection):
    connection.execute("CREATE TABLE t (i INTEGER)")
    (column,) = profile(connection, "main.t")
    assert (column.rows, column.null_share, column.smallest, column.top) == (0, 0.0, None, [])
    with pytest.raises(QueryError):
        profile(connection, "nowhere")
