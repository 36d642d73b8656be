"""Contracts as YAML text, which the strict reader reads back as the same values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Quotes each text that the strict reader would take for something else; lists stand under their key, indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(document: Any) -> str:
    """The document as YAML."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="'" if _is_number(value) else None)


def _is_number(value: str) -> bool:
    """`1e5` is a text for PyYAML, and a number for everyone else."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    return dumper.represent_data(int(value) if value == value.to_integral_value() else float(value))


def _moment(dumper: yaml.SafeDumper, value: date | datetime) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value.isoformat(), style="'")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(Decimal, _decimal)
_Dumper.add_representer(date, _moment)
_Dumper.add_representer(datetime, _moment)
