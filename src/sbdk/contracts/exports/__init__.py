"""Contracts in the forms of other tools. One file per form, with a function `export(contract) -> Export`."""

from __future__ import annotations

from sbdk.contracts.exports.export import Export
from sbdk.contracts.exports.registry import FORMATS, export_contract

__all__ = ["FORMATS", "Export", "export_contract"]
