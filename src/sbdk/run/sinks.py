"""The sinks of a run: its record in the history, alerts, usage reports, and the caller's own, all of equal rank."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from sbdk.core.event_stream import EventStream
from sbdk.core.events import Emit, RunEvent, RunFinished, RunStarted, Sink, StageSummary
from sbdk.core.redact import Redactor
from sbdk.spec.config_sections import URL_VARIABLE
from sbdk.spec.project import ProjectSpec
from sbdk.state.history import History, StageRecord, new_run_id

if TYPE_CHECKING:
    from sbdk.observe.sinks.alerts import AlertSink


def open_stream(project: ProjectSpec, emit: Emit, *, report: bool) -> EventStream:
    """The stream of a new run: to the history, to `emit`, and to alerts and usage reports where they are set up.

    `report` False: no alert and no usage report, as for edits, whose author sees each of many errors at once.
    """
    stream = EventStream(new_run_id())
    stream.attach(HistorySink(History(project.state, emit=stream.emit)))
    stream.attach(emit)
    for sink in _reports(project, stream.emit) if report else ():
        stream.attach(sink)
    return stream


def _reports(project: ProjectSpec, emit: Emit) -> list[Sink]:
    sinks: list[Sink] = []
    if alerts := alert_sink(project, emit):
        sinks.append(alerts)
    if project.config.tracking.enabled and project.config.tracking.endpoint:
        from sbdk.observe.sinks.usage import usage_sink

        if usage := usage_sink(project):
            sinks.append(usage)
    return sinks


def alert_sink(project: ProjectSpec, emit: Emit) -> AlertSink | None:
    """None, and nothing is imported, unless a webhook's address is set. Alerts that cannot be sent are warnings."""
    url = project.secrets.get(URL_VARIABLE)
    if not url:
        return None
    from sbdk.observe.sinks.alerts import Alerter, AlertSink

    environment = {**os.environ, **project.dotenv}
    redact = Redactor.of_environment(environment, project.profiles, also=project.secrets.values()).text
    config = project.config
    return AlertSink(Alerter(url, config.alerts, project.state, emit), config.project, config.target, redact)


class HistorySink:
    """Records the start and the end of a run in the history. A run that never started is not recorded."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._started = False

    def __call__(self, event: RunEvent) -> None:
        """On disk when it returns. Raises DiskError."""
        if isinstance(event, RunStarted):
            self._history.start_run(event.command, run_id=event.run_id, target=event.target)
            self._started = True
        elif isinstance(event, RunFinished) and self._started:
            self._finish(event)

    def _finish(self, event: RunFinished) -> None:
        self._history.finish_run(
            event.run_id,
            event.status,
            seconds=event.seconds,
            error=asdict(event.error) if event.error else None,
            published=event.run_id if event.status == "success" else None,
            stages=[_record(stage) for stage in event.stages],
        )


def _record(stage: StageSummary) -> StageRecord:
    rate = stage.rows_per_second
    return StageRecord(stage.name, stage.status, stage.seconds, stage.rows, rate, stage.peak_mb)
