"""Runs the project's dbt, in a worker process of its own. Light to import: dbt comes in with the worker."""

from sbdk.transform.by_hand import dbt_by_hand, warm_parse
from sbdk.transform.errors import failure_to_error
from sbdk.transform.interpreter import Interpreter, choose_python
from sbdk.transform.results import Failure, Marks, NodeResult, Relation, Since, TransformResult
from sbdk.transform.worker import Worker

__all__ = [
    "Failure",
    "Interpreter",
    "Marks",
    "NodeResult",
    "Relation",
    "Since",
    "TransformResult",
    "Worker",
    "choose_python",
    "dbt_by_hand",
    "failure_to_error",
    "warm_parse",
]
