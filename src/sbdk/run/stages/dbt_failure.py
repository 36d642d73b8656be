"""The error of a run whose dbt build failed: the user's file and line, and where the failing rows are."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from sbdk.core.errors import CheckFailed, QueryError, SbdkError
from sbdk.run.context import RunContext
from sbdk.transform.source_lines import Located, Mark, python_error, sql_error

if TYPE_CHECKING:
    from sbdk.transform import Failure, NodeResult, TransformResult

_OF_UNIT_TEST = re.compile(r"An error occurred during execution of unit test .*?\n\s*Runtime Error\s*\n", re.DOTALL)
"""What dbt puts before the database's message."""
_IN_SQL = re.compile(r"\s*(Binder|Catalog|Parser) Error: ")
"""Errors of the SQL, which is the model's own; others may come from the values of the test."""


def error_of(context: RunContext, result: TransformResult, failure: Failure) -> SbdkError:
    """The error of a failed model, project or test; for a test, with a hint on where its rows are."""
    from sbdk.transform.results import failure_to_error

    failure = _located(context, result, failure)
    error: SbdkError = failure_to_error(failure, context.loaded.dbt)
    if failure.code != "test":
        return error
    return CheckFailed(error.message, file=error.file, hint=_keep_failing_rows(context, result) or error.hint)


def _located(context: RunContext, result: TransformResult, failure: Failure) -> Failure:
    """The failure with the line of the user's file; of a unit test whose model is broken it is the model's failure."""
    from sbdk.transform.results import message_of

    node = failure.node
    if node is None or node.status == "fail" or not node.message:
        return failure
    broken = _model_of(result, node)
    if broken is not None:
        node = replace(node, message=textwrap.dedent(_OF_UNIT_TEST.sub("", node.message)).strip())
    file = broken.file if broken else node.file
    place = _place(context, node, file)
    message = message_of(replace(node, message=place.message))
    if broken is None:
        return replace(failure, message=message, line=place.line)
    message = f"the model {broken.name} failed in its unit test {node.name}: {place.message}"
    return replace(failure, message=message, code="model", file=file, line=place.line)


def _model_of(result: TransformResult, node: NodeResult) -> NodeResult | None:
    """The model of a unit test that the database could not run because the model's SQL is wrong."""
    head = _OF_UNIT_TEST.match(node.message or "") if node.type == "unit_test" else None
    if head is None or not _IN_SQL.match(node.message or "", head.end()):
        return None
    return next((model for model in result.models if model.name == node.model), None)


def _place(context: RunContext, node: NodeResult, file: str | None) -> Located:
    message = node.message or ""
    path = context.loaded.dbt / (file or "")
    if path.suffix not in (".sql", ".py") or not path.is_file():
        return Located(message)
    source = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".py":
        return python_error(message, source)
    return sql_error(message, node.compiled_sql, source, exact=_exact_mark(context, node))


def _exact_mark(context: RunContext, node: NodeResult) -> Mark | None:
    """Where DuckDB finds the same error in the compiled SQL alone: dbt's message is about the statement around it."""
    sql = (node.compiled_sql or "").strip().rstrip(";")
    if not sql or ";" in sql:
        return None
    try:
        with context.build.connect() as connection:
            connection.execute(f"explain\n{node.compiled_sql}")
    except QueryError as error:
        mark, first = Mark.of(error.message), error.message.splitlines()[0]
        if mark is not None and first in (node.message or ""):
            return replace(mark, line=mark.line - 1)
    except SbdkError:
        return None
    return None


def _keep_failing_rows(context: RunContext, result: TransformResult) -> str | None:
    """Keep the rows that failing data tests select; a hint on where they are."""
    from sbdk.quality import keep_rows

    tests = [test for test in result.failed_tests if test.compiled_sql and test.status == "fail"]
    if not tests:
        return None
    folder, cap = context.failures, context.loaded.config.quality.keep_rows
    with context.build.connect() as connection:
        for test in tests:
            sql = (test.compiled_sql or "").rstrip().rstrip(";")
            keep_rows(connection, sql, folder / f"{test.name[:120]}.jsonl", cap)
    return f"the failing rows are in {folder}"
