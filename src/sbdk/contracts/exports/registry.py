"""The forms into which a contract can be exported."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from sbdk.contracts.document import Contract
from sbdk.contracts.exports.export import Export
from sbdk.core.errors import UnknownName, suggestion

FORMATS = {
    "avro": "avro",
    "dbt": "dbt_sources",
    "dlt": "dlt_hints",
    "great-expectations": "expectations",
    "json-schema": "json_schema",
    "pydantic": "pydantic_models",
    "sql": "sql_tables",
}
"""By name of the form: the module that writes it."""


def export_contract(contract: Contract, form: str) -> Export:
    """The contract in a form. UnknownName for another one."""
    if form not in FORMATS:
        raise UnknownName(f"no form is called {form!r}", hint=suggestion(form, FORMATS, cutoff=0.4))
    return cast(Export, import_module(f"sbdk.contracts.exports.{FORMATS[form]}").export(contract))
