"""Quoting, judged by DuckDB itself."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbdk.core.sql import bare, literal, name_parts, qualified, quoted, quoted_table

CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
TEXTS = st.text(CHARACTERS, max_size=40)
NAMES = st.text(CHARACTERS, min_size=1, max_size=40)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=200, deadline=None)
@given(name=NAMES)
def test_a_column_has_the_name_that_was_quoted(connection, name):
    assert connection.execute(f"select 1 as {quoted(name)}").description[0][0] == name


@settings(max_examples=200, deadline=None)
@given(text=TEXTS)
def test_a_literal_is_the_text(connection, text):
    assert connection.execute(f"select {literal(text)}").fetchone() == (text,)


@settings(max_examples=50, deadline=None)
@given(schema=NAMES, table=NAMES)
def test_a_qualified_name_finds_its_table(schema, table):
    with duckdb.connect() as connection:
        connection.execute(f"create schema if not exists {quoted(schema)}")
        connection.execute(f"create table {qualified(schema, table)} as select 7 as n")
        rows = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        assert [(row[0].casefold(), row[1]) for row in rows] == [(schema.casefold(), table)]
        assert connection.execute(f"select n from {qualified(schema, table)}").fetchone() == (7,)


@pytest.mark.parametrize("name", ["a.b", 'say "hi"', "größe", "日本", "select", " ", "a\nb", "'"])
def test_awkward_names(connection, name):
    assert connection.execute(f"select 1 as {quoted(name)}").description[0][0] == name
    assert name_parts(qualified("main", name)) == ["main", name]


def test_only_the_first_dot_of_a_table_name_divides():
    assert quoted_table("raw.a.b") == '"raw"."a.b"'
    assert quoted_table("users") == '"users"'
    assert (bare("raw.a.b"), bare("users")) == ("a.b", "users")


def test_names_as_people_write_them():
    assert name_parts('db."a.b".c') == ["db", "a.b", "c"]
    assert name_parts('"say ""hi"""') == ['say "hi"']
