"""The published analysis of experiments against an exact one, and against the true lift."""

# ruff: noqa: S608 — names are quoted where they come in, and nothing else does

from __future__ import annotations

from typing import Any

import pyarrow as pa

from sbdk.datasets.bookstore.grading.results import BOUNDS, ESTIMATES, UNCERTAIN, ExperimentScore, Figures
from sbdk.datasets.bookstore.grading.roles import BookstoreTables
from sbdk.quality.experiments import analyse
from sbdk.score.session import ScoreSession

EXACT = 1e-6
"""Relative difference that an estimate, a ratio of sums, may have."""
NEAR = 0.1
"""Standard errors by which the end of an interval may differ: good methods do, a little."""
P_NEAR = 0.01
"""Difference that a p-value may have, for the same reason."""
LEVEL = 0.05
_WIDTH = 2 * 1.959963984540054
"""A 95 % interval in standard errors."""
_OTHERS = ("is_significant", "sample_ratio_mismatch", "conclusion")


def grade_experiments(
    session: ScoreSession, graded: BookstoreTables, campaigns: pa.Table, truth: pa.Table
) -> list[ExperimentScore]:
    """Every experiment of the truth; what else is published is not graded."""
    shares = truth.select(["experiment_id", "planned_share"])
    right = {row["experiment_id"]: row for row in analyse(campaigns.join(shares, "experiment_id")).to_pylist()}
    published = _published(session, graded)
    return [
        _score(row, right[row["experiment_id"]], published.get(row["experiment_id"], []))
        for row in truth.sort_by("experiment_id").to_pylist()
        if row["experiment_id"] in right
    ]


def _published(session: ScoreSession, graded: BookstoreTables) -> dict[str, list[Figures]]:
    """The rows of each experiment, with the figures that the table has."""
    if not graded.has("experiments"):
        return {}
    key = graded.require_column("experiments", "experiment_id")
    graded.require_column("experiments", "relative_lift")
    names = [name for name in (*ESTIMATES, *UNCERTAIN, *_OTHERS) if graded.column("experiments", name)]
    cells = ", ".join(_cell(graded, name) for name in names)
    published: dict[str, list[Figures]] = {}
    for experiment, *row in session.rows(f"select {key}::varchar, {cells} from {graded.relation('experiments')}"):
        published.setdefault(experiment, []).append(dict(zip(names, row, strict=True)))
    return published


def _cell(graded: BookstoreTables, name: str) -> str:
    kind = {"conclusion": "varchar", "is_significant": "boolean", "sample_ratio_mismatch": "boolean"}
    return f"try_cast({graded.require_column('experiments', name)} as {kind.get(name, 'double')})"


def _score(truth: dict[str, Any], right: Figures, rows: list[Figures]) -> ExperimentScore:
    found = rows[0] if len(rows) == 1 else None
    names = [name for name in (*ESTIMATES, *UNCERTAIN) if found is not None and name in found]
    return ExperimentScore(
        experiment=truth["experiment_id"],
        found=found,
        right=right,
        wrong=tuple(name for name in names if not _agree(name, (found or {})[name], right)),
        verdict=None if found is None else _verdict(found),
        right_verdict=right["conclusion"],
        true_lift=truth["true_lift"],
        planted=truth["sample_ratio_mismatch"],
    )


def _agree(name: str, found: float | None, right: Figures) -> bool:
    """Is the figure near enough to the right one? What is not defined is null on both sides."""
    exact = right[name]
    if found is None or exact is None:
        return found is exact
    return bool(abs(found - exact) <= _tolerance(name, right))


def _tolerance(name: str, right: Figures) -> float:
    if name in BOUNDS:
        stem = name.rpartition("_")[0]
        return float(NEAR * (right[f"{stem}_high"] - right[f"{stem}_low"]) / _WIDTH)
    return P_NEAR if name == "p_value" else float(EXACT * abs(right[name])) + 1e-12


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
    better = (found["relative_lift"] or found.get("absolute_lift") or 0) > 0
    return ("better" if better else "worse") if significant else "undecided"
