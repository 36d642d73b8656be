"""`sbdk tracking`: whether usage figures are sent, where to, and which."""

from __future__ import annotations

import json

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Json, Verbose, open_project


def add_to(app: typer.Typer) -> None:
    app.command("tracking")(tracking)


def tracking(as_json: Json = False, verbose: Verbose = False) -> None:
    """Show whether anonymous usage figures are sent (off by default), and all that would be sent."""
    from sbdk.observe.sinks.usage import tracking_state

    out = Output(as_json=as_json, verbose=verbose)
    state = tracking_state(open_project(out).loaded)
    if as_json:
        out.object(state)
        return
    if state["endpoint"] is None:
        out.line("Tracking is off: tracking.endpoint is not set, so there is nowhere to report to.")
        return
    out.line(f"Tracking is {'on' if state['enabled'] else 'off: tracking.enabled is false'}.")
    if state["last"]:
        out.line(f"Last report, {state['last']['at']}: {state['last']['outcome']}")
    out.line(f"A run that did nothing would send to {state['endpoint']}:")
    out.line(json.dumps(state["would_send"], indent=2))
