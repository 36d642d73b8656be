"""After a run or a check: tell those who asked to hear of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sbdk.core.errors import CheckFailed, LockHeld
from sbdk.core.events import Emit
from sbdk.spec.alerts import URL_VARIABLE

if TYPE_CHECKING:
    from sbdk.observe.alert import Alert, Severity
    from sbdk.observe.alerting import Alerting
    from sbdk.pipeline.judging import Verdict
    from sbdk.project import Project
    from sbdk.run.result import RunResult
    from sbdk.spec.alerts import AlertKind

_OF_RUNS = ("failure", "check")


def tell_of_run(project: Project, result: RunResult, emit: Emit) -> None:
    """A run that failed, or the first good one after that. Another run's lock is no trouble worth an alert."""
    alerting = _alerting(project, emit)
    if alerting is None or isinstance(result.error, LockHeld):
        return
    if result.status == "failed":
        alerting.trouble(_failure(project, result))
    else:
        facts = {"run": result.run_id, "published": result.published or ""}
        alerting.well(_alert(project, "recovered", "info", "runs again", "", facts), _OF_RUNS)


def tell_of_freshness(project: Project, verdict: Verdict, emit: Emit) -> None:
    """Tables that are older than their limits, or that they are fresh again."""
    alerting = _alerting(project, emit)
    if alerting is None:
        return
    late = [one for one in verdict.freshness if one.status in {"warn", "error"}]
    if not late:
        alerting.well(_alert(project, "recovered", "info", "tables are fresh again", "", {}), ("freshness",))
        return
    severity: Severity = "critical" if any(one.status == "error" for one in late) else "warning"
    names = ", ".join(one.table for one in late)
    ages = {one.table: "never loaded" if one.hours is None else f"{one.hours:.1f} h old" for one in late}
    alerting.trouble(_alert(project, "freshness", severity, "stale tables", names, ages))


def _alerting(project: Project, emit: Emit) -> Alerting | None:
    """None unless an address is set: then nothing is imported either."""
    url = project.loaded.secrets.get(URL_VARIABLE)
    if not url:
        return None
    from sbdk.observe.alerting import Alerting

    return Alerting(url, project.loaded.config.alerts, project.loaded.state, emit)


def _failure(project: Project, result: RunResult) -> Alert:
    error, stage = result.error, next((one.name for one in result.stages if one.status == "failed"), "")
    kind: AlertKind = "check" if isinstance(error, CheckFailed) else "failure"
    facts = {"run": result.run_id, "stage": stage, "file": error.file if error and error.file else ""}
    text = "\n".join(part for part in (error.message, error.hint) if part) if error else ""
    return _alert(project, kind, "critical", "a check failed" if kind == "check" else "a run failed", text, facts)


def _alert(project: Project, kind: AlertKind, severity: Severity, what: str, text: str, facts: dict[str, str]) -> Alert:
    from sbdk.observe.alert import Alert
    from sbdk.transform.child.scrub import Scrubber

    loaded = project.loaded
    scrub = Scrubber({**os.environ, **loaded.dotenv, **loaded.secrets}, str(loaded.profiles)).text
    shown = {name: scrub(value) for name, value in facts.items() if value}
    name, target = loaded.config.project, loaded.config.target
    return Alert(kind, severity, name, target, f"{name} ({target}): {what}", scrub(text), shown)
