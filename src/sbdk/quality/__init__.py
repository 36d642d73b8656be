"""Checks: queries whose rows should not be there. Works on connections it is handed; opens no database."""

from sbdk.quality.checking import CheckResult, run_checks
from sbdk.quality.fresh import Freshness, freshness
from sbdk.quality.rows import KeptRows, keep_rows
from sbdk.quality.validation import TableRule, validate
from sbdk.state.record_parts import ForeignKey, TableVerdict, Validation

__all__ = [
    "CheckResult",
    "ForeignKey",
    "Freshness",
    "KeptRows",
    "TableRule",
    "TableVerdict",
    "Validation",
    "freshness",
    "keep_rows",
    "run_checks",
    "validate",
]
