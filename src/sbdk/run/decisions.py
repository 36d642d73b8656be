"""Why each part of a run has to run, or need not: what was asked for, and what changed since the published build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbdk.load.stamps import Stamp, changed_files, pipeline_stamp
from sbdk.run.fingerprints import differing
from sbdk.run.options import RunOptions
from sbdk.spec.project import LoadedProject

SHOWN = 3  # changed files that a reason names


@dataclass(frozen=True)
class Action:
    """One part of a run: does it run, and why (not)."""

    part: str
    run: bool
    reason: str


@dataclass(frozen=True)
class Ground:
    """What reasons rest on. `before`: facts of the published build, empty when there is none; `moved`: the clock."""

    project: LoadedProject
    options: RunOptions
    before: dict[str, Any]
    inputs: dict[str, Any]
    moved: bool

    def known_inputs(self, part: str) -> Any:
        return self.before.get("inputs", {}).get(part)


def pipeline_action(path: Path, ground: Ground) -> Action:
    part, options = f"pipelines/{path.name}", ground.options
    if options.dbt_only:
        return Action(part, False, "--dbt-only")
    if options.full_refresh or options.interval:
        return Action(part, True, "--full-refresh" if options.full_refresh else "--from/--to")
    known = ground.before.get("pipelines", {}).get(path.name)
    if known is None:
        return Action(part, True, "never loaded")
    if known["stamp"] != pipeline_stamp(path, ground.project.root):
        return Action(part, True, "the file changed")
    reason = _stale_source(known, ground)
    return Action(part, reason is not None, reason or "up to date")


def _stale_source(known: dict[str, Any], ground: Ground) -> str | None:
    if known["kind"] == "other" and not ground.options.changes_only:
        return "a source of its own: what it would bring is not known before"
    if known["kind"] == "synthetic" or known.get("streams"):
        if ground.known_inputs("world") != ground.inputs["world"]:
            return "seed, volume, range, distributions or version changed: another world"
        if ground.moved:
            return "the clock moves"
    if known["kind"] == "synthetic":
        return None
    stamps = {name: Stamp(*stamp) for name, stamp in known["files"].items()}
    changed = changed_files(stamps, known["patterns"], ground.project.root)
    return f"{changed[0]} changed" if changed else None


def transform_action(ground: Ground, *, loads: bool, partial: bool) -> Action:
    options, before = ground.options, ground.before
    if options.pipelines_only:
        return Action("dbt", False, "--pipelines-only")
    if not has_dbt_work(ground.project.dbt):
        return Action("dbt", False, f"no models in {ground.project.dbt.name}/")
    if options.dbt_only or options.select or options.full_refresh:
        return Action("dbt", True, "asked for")
    if loads:
        return Action("dbt", True, "raw tables change: what reads them is built" if partial else "raw tables change")
    if ground.known_inputs("dbt") != ground.inputs["dbt"]:
        return Action("dbt", True, _what_changed(ground) if partial else "the dbt project changed")
    if before.get("stale"):
        return Action("dbt", True, f"{len(before['stale'])} models are stale")
    return Action("dbt", False, "up to date")


def _what_changed(ground: Ground) -> str:
    known = ground.known_inputs("dbt")
    names = differing(known, ground.inputs["dbt"]) if isinstance(known, dict) else []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN]) or 'the dbt project'}{more} changed: what that touches is built"


def check_action(ground: Ground, *, changes: bool) -> Action:
    if changes:
        return Action("checks", True, "tables change")
    if ground.known_inputs("checks") != ground.inputs["checks"]:
        return Action("checks", True, "checks changed")
    return Action("checks", False, "up to date")


def has_dbt_work(dbt: Path) -> bool:
    """True when the dbt project holds anything to build or test."""
    folders = ("models", "seeds", "snapshots", "tests")
    return any(path.suffix in {".sql", ".py", ".csv"} for name in folders for path in (dbt / name).rglob("*"))
