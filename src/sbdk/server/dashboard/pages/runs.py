"""The pages of the runs: the current one, earlier ones, and their failures."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from sbdk.server.dashboard.errors import NOT_FOUND
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.checks import failures_of, log_of
from sbdk.server.dashboard.queries.published_state import PublishedState
from sbdk.server.http.errors import HttpError
from sbdk.state.history import History, RunRecord

SHOWN = 60


async def overview(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "runs.html", **await context.pages.run(_overview, context))


async def run_page(request: Request) -> HTMLResponse:
    context: PageContext = request.app.state.page_context
    return context.render(request, "run.html", **await context.pages.run(_run, context, request.path_params["run_id"]))


async def start(request: Request) -> JSONResponse:
    """Request a run from the watcher; it begins when no other run is in progress."""
    context: PageContext = request.app.state.page_context
    if context.request_run is None:
        raise HttpError(409, "not_watching", "nothing here starts runs: `sbdk dev` in a terminal does")
    await context.pages.run(context.request_run)
    return JSONResponse({"status": "requested"}, 202)


def _overview(context: PageContext) -> dict[str, Any]:
    history = History(context.state.root)
    recent = history.runs(SHOWN)
    published = context.published.get()
    last = history.run(recent[0].run_id) if recent else None
    longest = max((run.seconds or 0 for run in recent), default=0) or 1
    failed = last if last and last.status in ("failed", "killed", "interrupted") else None
    return {
        "published": published,
        "runs": recent,
        "last": last,
        "longest": longest,
        "failed": failed,
        "error": _with_relative_paths(failed.error, context) if failed else None,
        "failures": failures_of(context.state, failed.run_id) if failed else [],
        "places": _places(published),
        "live": context.run_feed.snapshot(),
        "empty": _is_empty(context),
    }


def _run(context: PageContext, run_id: str) -> dict[str, Any]:
    record: RunRecord | None = History(context.state.root).run(run_id)
    if record is None:
        raise NOT_FOUND
    return {
        "published": (published := context.published.get()),
        "run": record,
        "error": _with_relative_paths(record.error, context),
        "failures": failures_of(context.state, run_id),
        "log": log_of(context.state, run_id),
        "place": _places(published).get(run_id),
    }


def _with_relative_paths(error: dict[str, Any] | None, context: PageContext) -> dict[str, Any]:
    """The error with its paths relative to the project's folder."""
    root = f"{context.project.root}/"
    return {key: value.replace(root, "") if isinstance(value, str) else value for key, value in (error or {}).items()}


def _places(published: PublishedState) -> dict[str, str]:
    """published or kept, by run id, of the runs whose build exists."""
    return {build.run_id: "published" if build.current else "kept" for build in published.builds}


def _is_empty(context: PageContext) -> bool:
    """Whether the project has neither a pipeline nor a model."""
    loaded = context.project.loaded
    return not any(loaded.pipelines.glob("*.py")) and not any(loaded.dbt.glob("models/**/*.sql"))


ROUTES = [
    Route("/", overview),
    Route("/runs/{run_id}", run_page),
    Route("/run", start, methods=["POST"]),
]
