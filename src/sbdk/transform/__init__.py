"""Runs the project's dbt in a worker process. Light to import: only the worker imports dbt."""

from sbdk.transform.dbt_cli import run_dbt, warm_parse
from sbdk.transform.process import Interpreter, choose_python
from sbdk.transform.results import (
    BuiltRelation,
    Failure,
    NodeHashes,
    NodeReads,
    NodeResult,
    PreviousBuild,
    TransformResult,
    failure_to_error,
)
from sbdk.transform.worker import Worker

__all__ = [
    "BuiltRelation",
    "Failure",
    "Interpreter",
    "NodeHashes",
    "NodeReads",
    "NodeResult",
    "PreviousBuild",
    "TransformResult",
    "Worker",
    "choose_python",
    "failure_to_error",
    "run_dbt",
    "warm_parse",
]
