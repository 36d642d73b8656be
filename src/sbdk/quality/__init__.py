"""Checks, freshness and validation of tables, on connections of the caller; this package opens no database."""

from sbdk.quality.checks import CheckResult, KeptRows, keep_rows, run_checks
from sbdk.quality.freshness import Freshness, freshness
from sbdk.quality.validation import TableRule, validate
from sbdk.state.record_parts import ForeignKey, TableValidation, Validation

__all__ = [
    "CheckResult",
    "ForeignKey",
    "Freshness",
    "KeptRows",
    "TableRule",
    "TableValidation",
    "Validation",
    "freshness",
    "keep_rows",
    "run_checks",
    "validate",
]
