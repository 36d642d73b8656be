"""`sbdk start`: builds whenever a file is saved, and shows the project on a local page."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sbdk.cli.output import Output
from sbdk.cli.project import Target, open_project
from sbdk.core.errors import AddressInUse, Interrupted

if TYPE_CHECKING:
    from sbdk.core.event_stream import Broadcast
    from sbdk.project import Project
    from sbdk.watch import Watch


def add_to(app: typer.Typer) -> None:
    app.command("start")(start)


def start(
    target: Target = None,
    host: Annotated[str, typer.Option("--host", help="The dashboard's address.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", min=0, max=65_535, help="Its port; 0: any free one.")] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Show the dashboard in a browser.")] = False,
    no_dashboard: Annotated[bool, typer.Option("--no-dashboard", help="Only watch and build.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show stages and notes, too.")] = False,
) -> None:
    """Watch the project, build just what an edit touches, and show it all on a local page. Ctrl-C ends it."""
    out = Output(verbose=verbose)
    project = open_project(out, target=target, warn=False)
    from sbdk.cli.watch_screen import Screen
    from sbdk.core.event_stream import Broadcast, Fanout
    from sbdk.core.redact import redact_command
    from sbdk.state.lock import StartLock
    from sbdk.watch import Watch

    broadcast, screen = Broadcast(), Screen(out)
    emit = Fanout([screen.receive, broadcast.emit]).emit
    watch = Watch(project.root, emit=emit, target=target, command=["sbdk", *sys.argv[1:]])
    with StartLock(project.loaded.state, redact_command(["sbdk", *sys.argv[1:]])), ExitStack() as served:
        screen.greet(project)
        if not no_dashboard:
            url = served.enter_context(_dashboard(project, broadcast, watch, host, port))
            screen.print_line(f"dashboard  {url}")
            if open_browser:
                typer.launch(url)
        _run(watch)


def _run(watch: Watch) -> None:
    """SIGTERM ends the loop after the present build; Ctrl-C ends it at once, and the published build stays."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        watch.run(stop)
    except KeyboardInterrupt:
        if watch.state().status == "building":
            raise
        raise SystemExit(Interrupted.exit_code) from None  # the usual way to end it: no message
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _dashboard(project: Project, broadcast: Broadcast, watch: Watch, host: str, port: int | None) -> Iterator[str]:
    """Serves the dashboard within the block; yields its address. If the configured port is taken: on any free one."""
    from sbdk.server.dashboard import create_app
    from sbdk.server.http.hosts import hosts_for
    from sbdk.server.http.server import Server

    app: Any = create_app(project, broadcast, watch=watch.state, request_run=watch.request_run, hosts=hosts_for(host))
    wanted = project.loaded.config.dashboard.port if port is None else port
    server = Server(app, host, wanted, on_stop=app.stop, drain=1)
    try:
        url = server.start()
    except AddressInUse:
        if port is not None:
            raise
        server = Server(app, host, 0, on_stop=app.stop, drain=1)
        url = server.start()
    try:
        yield url
    finally:
        server.stop()
