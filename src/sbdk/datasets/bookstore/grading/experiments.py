"""The published analysis of each experiment beside the right one and the true lift."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from sbdk.core.sql import quoted
from sbdk.datasets.bookstore.grading.compare import TableDifference
from sbdk.datasets.bookstore.grading.results import ExperimentScore, Figures
from sbdk.datasets.bookstore.grading.tables import BookstoreTables
from sbdk.score.session import ScoreSession

ROLE = "experiments"
LEVEL = 0.05


def experiment_scores(
    session: ScoreSession, graded: BookstoreTables, difference: TableDifference | None, right: pa.Table, truth: pa.Table
) -> list[ExperimentScore]:
    """Every experiment of the truth that has a campaign. difference: None if the analysis was not compared."""
    rights = {row["experiment_id"]: row for row in right.to_pylist()}
    published = _published(session, graded, difference) if difference else {}
    wrong = _wrong(session, difference) if difference else {}
    return [
        _score(row, rights[row["experiment_id"]], published.get(row["experiment_id"], []), wrong)
        for row in truth.sort_by("experiment_id").to_pylist()
        if row["experiment_id"] in rights
    ]


def _published(session: ScoreSession, graded: BookstoreTables, difference: TableDifference) -> dict[str, list[Figures]]:
    """The rows of each experiment, with the figures that the table has."""
    names, rules = difference.comparison.graded, difference.comparison.rules
    cells = [rules[name].read(graded.require_column(ROLE, name)) for name in names]
    key = graded.require_column(ROLE, "experiment_id")
    published: dict[str, list[Figures]] = {}
    for experiment, *row in session.rows(
        f"select {', '.join([f'cast({key} as varchar)', *cells])} from {graded.relation(ROLE)}"
    ):
        published.setdefault(experiment, []).append(dict(zip(names, row, strict=True)))
    return published


def _wrong(session: ScoreSession, difference: TableDifference) -> dict[str, tuple[str, ...]]:
    """The wrong figures of each experiment."""
    names = difference.comparison.graded
    if not names:
        return {}
    flags = ", ".join(quoted(f"d_{name}") for name in names)
    rows = session.rows(f"select experiment_id, {flags} from {difference.wrong} where is_expected and is_found")
    return {row[0]: tuple(name for name, flag in zip(names, row[1:], strict=True) if flag) for row in rows}


def _score(
    truth: dict[str, Any], right: Figures, rows: list[Figures], wrong: Mapping[str, tuple[str, ...]]
) -> ExperimentScore:
    found = rows[0] if len(rows) == 1 else None
    return ExperimentScore(
        experiment=truth["experiment_id"],
        found=found,
        right=right,
        wrong=wrong.get(truth["experiment_id"], ()) if found is not None else (),
        verdict=None if found is None else _verdict(found),
        right_verdict=right["conclusion"],
        true_lift=truth["true_lift"],
        planted=truth["sample_ratio_mismatch"],
    )


def _verdict(found: Figures) -> str:
    """The published conclusion; where there is no such column, what follows from the others."""
    if "conclusion" in found:
        return str(found["conclusion"])
    if found.get("sample_ratio_mismatch"):
        return "mismatch"
    p_value = found.get("p_value")
    significant = found.get("is_significant", None if p_value is None else p_value < LEVEL)
    if significant is None:
        return "no_result"
    better = (found.get("relative_lift") or found.get("absolute_lift") or 0) > 0
    return ("better" if better else "worse") if significant else "undecided"
