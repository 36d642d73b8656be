"""An error of a model is at the user's file and line, whatever dbt made of the file."""

from __future__ import annotations

import pytest

from support.shops import Shop

MODEL = """{% set names = ['x', 'y', 'z'] %}
select
{% for n in names %}
    1 as {{ n }},
{% endfor %}
    id,
    BAD
from {{ source('raw', 'things') }}
"""
SOURCES = "sources: [{name: raw, tables: [{name: things}]}]\n"
PYTHON = """

def model(dbt, session):
    dbt.config(materialized="table")

    def inner():
        return {}["nothing"]

    return inner()
"""
UNIT_TEST = """unit_tests:
  - name: doubles
    model: twice
    given:
      - input: ref('doubled')
        rows: [{VALUES}]
    expect:
      rows: [{double: 4}]
"""


def failed(tiny: Shop) -> tuple[str, str]:
    answer = tiny.sbdk("dev", "--json")
    assert answer.code == 1
    error = answer.object["error"]
    return error["file"].removeprefix(f"{tiny.path}/"), error["message"]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("nope as bad", 'Referenced column "nope" not found'),
        ("size size2 size3", "syntax error"),
        ("sum(id, 3, 4) as s", "sum"),
        ("error('late') as e", "late"),
    ],
)
def test_a_model_with_jinja(bad: str, words: str, tiny_built: Shop) -> None:
    tiny_built.write("dbt/models/sources.yml", SOURCES)
    tiny_built.write("dbt/models/looped.sql", MODEL.replace("BAD", bad))
    if "error(" in bad:  # a view would fail only when it is read
        tiny_built.write("dbt/models/looped.sql", '{{ config(materialized="table") }}' + MODEL.replace("BAD", bad))
    file, message = failed(tiny_built)
    assert (file, words in message) == ("dbt/models/looped.sql", True), message
    if "error(" not in bad:
        assert message.startswith("line 7: the model looped failed"), message
        assert "LINE 7: " in message


def test_a_python_model(tiny_built: Shop) -> None:
    tiny_built.write("dbt/models/py.py", PYTHON)
    assert failed(tiny_built) == ("dbt/models/py.py", "line 7: the model py failed: KeyError: 'nothing'")


def test_a_broken_model_is_not_blamed_on_its_unit_test(tiny_built: Shop) -> None:
    model = tiny_built.write("dbt/models/twice.sql", "select\n    sizee * 2 as double\nfrom {{ ref('doubled') }}\n")
    column = tiny_built.query("describe doubled")[0][0]
    tiny_built.write("dbt/models/unit_tests.yml", UNIT_TEST.replace("VALUES", f"{column}: 2"))
    file, message = failed(tiny_built)
    assert file == "dbt/models/twice.sql"
    assert message.startswith("line 2: the model twice failed in its unit test doubles: Binder Error")
    model.write_text(model.read_text().replace("sizee", column))
    tiny_built.write("dbt/models/unit_tests.yml", UNIT_TEST.replace("VALUES", f'{column}: "no number"'))
    assert failed(tiny_built)[0] == "dbt/models/unit_tests.yml"
