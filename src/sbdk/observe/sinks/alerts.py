"""The sink that alerts people through a webhook: about failed and recovered runs, and about stale tables.

Any problem of an alert is a warning, never an error. An alert is sent as the JSON of Slack's incoming webhooks and
their imitations (Mattermost, Discord's /slack): Slack, "Incoming webhooks" and "Block Kit" (header ≤ 150 characters,
section ≤ 3,000, 10 fields ≤ 2,000).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import Timeout

from sbdk.core.errors import CheckFailed, LockHeld
from sbdk.core.events import Emit, RunEvent, RunFinished, Warned
from sbdk.observe.alert_state import Alert, AlertState, OpenAlert, Severity
from sbdk.observe.http import NotDelivered, post_json
from sbdk.spec.config_sections import AlertKind, Alerts
from sbdk.state.layout import StateDir

OF_RUNS: tuple[AlertKind, ...] = ("failure", "check")
OF_TABLES: tuple[AlertKind, ...] = ("freshness",)


def _now() -> datetime:
    return datetime.now(UTC)


class Alerter:
    """Sends each alert once. `url` is the webhook's, `state` the project's `.sbdk`; problems go to `emit`."""

    def __init__(
        self, url: str, settings: Alerts, state: Path, emit: Emit, *, now: Callable[[], datetime] = _now
    ) -> None:
        self._url, self._settings, self._emit, self._now = url, settings, emit, now
        self._state = AlertState(StateDir(state).alerts)

    def raise_alert(self, alert: Alert) -> None:
        """Send it, unless its kind is turned off or it was sent recently. If the delivery fails it stays unsent."""
        if alert.kind in self._settings.on:
            self._guarded(lambda: self._send_once(alert))

    def resolve(self, alert: Alert, kinds: tuple[AlertKind, ...]) -> None:
        """Close the open alerts of `kinds`; if there are any, send `alert` with a list of them."""
        self._guarded(lambda: self._send_recovery(alert, kinds))

    def _send_once(self, alert: Alert) -> None:
        with self._state.editing() as state:
            if state.is_due(alert, self._now(), self._settings.repeat_hours):
                self._post(alert)
                state.mark_sent(alert, self._now())

    def _send_recovery(self, alert: Alert, kinds: tuple[AlertKind, ...]) -> None:
        with self._state.editing() as state:
            resolved = state.open_alerts(alert.subject, kinds)
            if resolved and "recovered" in self._settings.on:
                self._post(replace(alert, facts=_as_facts(resolved)))
            for fingerprint in resolved:
                del state.open[fingerprint]

    def _post(self, alert: Alert) -> None:
        post_json(self._url, slack_message(alert), self._settings.timeout_seconds)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except NotDelivered as error:
            self._emit(Warned("", f"the alert was not delivered: {error}"))
        except (OSError, Timeout) as error:
            self._emit(Warned("", f"the alert was not delivered: {type(error).__name__}"))


def _as_facts(resolved: Mapping[str, OpenAlert]) -> dict[str, str]:
    return {old.title: f"since {old.since.replace('+00:00', 'Z')}, {old.times} ×" for old in resolved.values()}


class AlertSink:
    """Alerts about `project` on `target`. `redact` removes secrets from a text."""

    def __init__(self, alerter: Alerter, project: str, target: str, redact: Callable[[str], str]) -> None:
        self._alerter, self._project, self._target, self._redact = alerter, project, target, redact

    def __call__(self, event: RunEvent) -> None:
        """A run that failed, or the first good one after that. Another run's lock is no reason for an alert."""
        if not isinstance(event, RunFinished) or not event.has_result:
            return
        if event.status != "failed":
            facts = {"run": event.run_id, "published": event.published or ""}
            self._alerter.resolve(self._alert("recovered", "info", "runs again", "", facts), OF_RUNS)
        elif event.error and event.error.code != LockHeld.code:
            self._alerter.raise_alert(self._failure(event))

    def report_freshness(self, late: Mapping[str, float | None], *, critical: bool) -> None:
        """Tables older than their limits, with their age in hours (None: never loaded); empty: all are fresh."""
        if not late:
            self._alerter.resolve(self._alert("recovered", "info", "tables are fresh again", "", {}), OF_TABLES)
            return
        severity: Severity = "critical" if critical else "warning"
        ages = {table: "never loaded" if hours is None else f"{hours:.1f} h old" for table, hours in late.items()}
        self._alerter.raise_alert(self._alert("freshness", severity, "stale tables", ", ".join(late), ages))

    def _failure(self, event: RunFinished) -> Alert:
        error = event.error
        kind: AlertKind = "check" if error and error.code == CheckFailed.code else "failure"
        facts = {"run": event.run_id, "stage": event.failed_stage, "file": (error and error.file) or ""}
        text = "\n".join(part for part in (error.message, error.hint) if part) if error else ""
        return self._alert(kind, "critical", "a check failed" if kind == "check" else "a run failed", text, facts)

    def _alert(self, kind: AlertKind, severity: Severity, what: str, text: str, facts: dict[str, str]) -> Alert:
        shown = {name: self._redact(value) for name, value in facts.items() if value}
        title = f"{self._project} ({self._target}): {what}"
        return Alert(kind, severity, self._project, self._target, title, self._redact(text), shown)


MARK = {"info": ":white_check_mark:", "warning": ":warning:", "critical": ":rotating_light:"}
HEADER, SECTION, FIELD, FIELDS = 150, 3000, 2000, 10


def slack_message(alert: Alert) -> dict[str, Any]:
    """The body to send. `text` is shown in the notification; text from data or errors is never markup."""
    heading = f"{MARK[alert.severity]} {alert.title}"
    blocks: list[dict[str, Any]] = [{"type": "header", "text": {"type": "plain_text", "text": cut(heading, HEADER)}}]
    if alert.text:
        blocks.append({"type": "section", "text": _markdown(escaped(alert.text), SECTION)})
    if alert.facts:
        fields = [_markdown(f"*{escaped(name)}*\n{escaped(value)}", FIELD) for name, value in alert.facts.items()]
        blocks.append({"type": "section", "fields": fields[:FIELDS]})
    return {
        "text": cut(escaped(f"{alert.title}: {alert.text}" if alert.text else alert.title), SECTION),
        "blocks": blocks,
    }


def escaped(text: str) -> str:
    """The three control characters of Slack's markup, escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _markdown(text: str, most: int) -> dict[str, str]:
    return {"type": "mrkdwn", "text": cut(text, most)}
