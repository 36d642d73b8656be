"""A line of compiled SQL, or of the file that a Python model becomes, as the line of the user's file."""

from __future__ import annotations

import traceback

import pytest

from sbdk.transform.source_lines import Mark, python_error, source_line, sql_error

SOURCE = """{# one #}
{% set names = ['x', 'y'] %}
select
{% for n in names %}
    1 as {{ n }},
{% endfor %}
    {{ cents('amount') }} as amount,
    id,
    nope as bad,
    id
from {{ ref('a') }}
where id > {{ 1 + 1 }}
"""
COMPILED = """

select

    1 as x,

    1 as y,

    amount / 100 as amount,
    id,
    nope as bad,
    id
from "dev"."main"."a"
where id > 2
"""
"""What dbt's Jinja makes of it, by hand."""


@pytest.mark.parametrize(
    ("compiled", "line"),
    [
        ("select", 3), ("1 as x,", 5), ("1 as y,", 5), ("amount / 100 as amount,", 7), ("nope as bad,", 9),
        ('from "dev"."main"."a"', 11), ("where id > 2", 12),
    ],
)  # fmt: skip
def test_a_line_goes_back_to_the_one_it_comes_from(compiled: str, line: int) -> None:
    lines = COMPILED.splitlines()
    at = next(at for at, text in enumerate(lines) if text.strip() == compiled)
    assert source_line(lines, at, SOURCE.splitlines()) == line


def test_equal_lines_are_told_apart_by_their_neighbours() -> None:
    lines = COMPILED.splitlines()
    assert [source_line(lines, at, SOURCE.splitlines()) for at in (9, 11)] == [8, 10]


def test_a_line_of_a_macro_is_no_line_of_the_model() -> None:
    compiled = ["select", "from a", "join b", "on c", "group by d"]
    assert source_line(compiled, 2, ["select", "from a", "{{ one() }}", "{{ two() }}", "group by d"]) is None


def test_the_message_shows_the_users_line_and_the_place_in_it() -> None:
    message = 'Binder Error: no column "nope"\n\nLINE 15:     nope as bad,\n             ^^^^'
    found = sql_error(message, COMPILED, SOURCE)
    assert found.line == 9
    assert found.message == 'Binder Error: no column "nope"\n\nLINE 9:     nope as bad,\n            ^^^^'


def test_a_place_in_no_line_of_the_file_is_said_to_be_in_the_compiled_sql() -> None:
    found = sql_error(
        "Parser Error: x\n\nLINE 3: from macro_b\n        ^^^^", "select\n from macro_b", "{{ a() }}{{ b() }}"
    )
    assert found.line in (None, 1)
    found = sql_error("Parser Error: x\n\nLINE 3: from macro_b\n        ^^^^", "select\n from macro_b", "select 1")
    assert (found.line, "in the compiled SQL: from macro_b" in found.message) == (None, True)


def test_without_a_place_the_name_is_looked_for() -> None:
    assert sql_error('Binder Error: Referenced column "nope" not found!', None, SOURCE).line == 9
    assert sql_error('Binder Error: Referenced column "id" not found!', None, SOURCE).line is None


def test_duckdbs_mark() -> None:
    assert Mark.of("x\n\nLINE 2:  nope from t\n         ^^^^") == Mark(2, " nope from t", 1, 4)
    assert Mark.of("x") is None


MODEL = """

import math


def model(dbt, session):
    def inner():
        return math.sqrt("four")

    return inner()
"""


def test_a_python_model_names_its_own_line_and_the_exception_alone() -> None:
    """dbt writes the model to a temporary file, without the empty lines before it, and calls it from its own."""
    stripped = compile(MODEL.strip(), "/tmp/tmpabc.py", "exec")
    space: dict[str, object] = {}
    exec(stripped, space)
    try:
        space["model"](None, None)  # type: ignore[operator]
    except TypeError as error:
        message = "Python model failed:\n" + "".join(traceback.format_exception(error))
    found = python_error(message, MODEL)
    assert found.line == 8
    assert found.message == "TypeError: must be real number, not str"
