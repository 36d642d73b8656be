"""Tell alerts to a webhook, each trouble once. Whatever goes wrong here is a warning, never an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from filelock import Timeout

from sbdk.core.events import Emit, Event
from sbdk.observe.alert import Alert
from sbdk.observe.ledger import Ledger, Trouble
from sbdk.observe.posting import NotDelivered, post_json
from sbdk.observe.slack import message
from sbdk.spec.alerts import Alerts
from sbdk.state.layout import StateDir


def _now() -> datetime:
    return datetime.now(UTC)


class Alerting:
    """`url` is the webhook's, `state` the project's `.sbdk`."""

    def __init__(
        self, url: str, settings: Alerts, state: Path, emit: Emit, *, now: Callable[[], datetime] = _now
    ) -> None:
        self._url, self._settings, self._emit, self._now = url, settings, emit, now
        self._ledger = Ledger(StateDir(state).alerts)

    def trouble(self, alert: Alert) -> None:
        """Tell it, unless it was told lately or is not asked for. What could not be told is news the next time, too."""
        if alert.kind not in self._settings.on:
            return
        self._guarded(lambda: self._tell_once(alert))

    def well(self, alert: Alert, kinds: tuple[str, ...]) -> None:
        """All is well with `kinds`: if it was not, that is told once, as `alert` with the troubles that are over."""
        self._guarded(lambda: self._tell_recovery(alert, kinds))

    def _tell_once(self, alert: Alert) -> None:
        with self._ledger.editing() as ledger:
            if ledger.is_news(alert, self._now(), self._settings.repeat_hours):
                self._post(alert)
                ledger.told(alert, self._now())

    def _tell_recovery(self, alert: Alert, kinds: tuple[str, ...]) -> None:
        with self._ledger.editing() as ledger:
            over = ledger.over(alert.subject, kinds)
            if over and "recovered" in self._settings.on:
                self._post(_with_troubles(alert, over))
            for fingerprint in over:
                del ledger.open[fingerprint]

    def _post(self, alert: Alert) -> None:
        post_json(self._url, message(alert), self._settings.timeout_seconds)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except NotDelivered as error:
            self._warn(f"the alert was not delivered: {error}")
        except (OSError, Timeout) as error:
            self._warn(f"the alert was not delivered: {type(error).__name__}")

    def _warn(self, text: str) -> None:
        self._emit(Event("warning", "", text))


def _with_troubles(alert: Alert, over: dict[str, Trouble]) -> Alert:
    facts = {one.title: f"since {one.since.replace('+00:00', 'Z')}, {one.times} ×" for one in over.values()}
    return Alert(alert.kind, alert.severity, alert.project, alert.target, alert.title, alert.text, facts)
