"""Runs the project's dbt, in a worker process of its own."""

from sbdk.transform.results import Failure, NodeResult, TransformResult
from sbdk.transform.worker import Worker

__all__ = ["Failure", "NodeResult", "TransformResult", "Worker"]
