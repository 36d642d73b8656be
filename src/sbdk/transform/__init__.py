"""Runs the project's dbt, in a worker process of its own. Light to import: dbt comes in with the worker."""

from sbdk.transform.dbt_cli import dbt_by_hand, warm_parse
from sbdk.transform.python import Interpreter, choose_python
from sbdk.transform.results import (
    Failure,
    NodeHashes,
    NodeResult,
    PreviousBuild,
    Relation,
    TransformResult,
    failure_to_error,
)
from sbdk.transform.worker import Worker

__all__ = [
    "Failure",
    "Interpreter",
    "NodeHashes",
    "NodeResult",
    "PreviousBuild",
    "Relation",
    "TransformResult",
    "Worker",
    "choose_python",
    "dbt_by_hand",
    "failure_to_error",
    "warm_parse",
]
