"""Runs: the one that goes on, those that were, and what failed."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from sbdk.server.dashboard.errors import NOT_FOUND
from sbdk.server.dashboard.page_context import PageContext
from sbdk.server.dashboard.queries.failures import failures_of, log_of
from sbdk.server.dashboard.queries.published_state import Standing
from sbdk.server.http.errors import HttpError
from sbdk.state.history import History, RunRecord

SHOWN = 60


async def overview(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "runs.html", **await site.pages.run(_overview, site))


async def one(request: Request) -> HTMLResponse:
    site: PageContext = request.app.state.site
    return site.render(request, "run.html", **await site.pages.run(_one, site, request.path_params["run_id"]))


async def start(request: Request) -> JSONResponse:
    """Ask the watcher for a run; it begins as soon as none goes on."""
    site: PageContext = request.app.state.site
    if site.request_run is None:
        raise HttpError(409, "not_watching", "nothing here starts runs: `sbdk dev` in a terminal does")
    await site.pages.run(site.request_run)
    return JSONResponse({"status": "requested"}, 202)


def _overview(site: PageContext) -> dict[str, Any]:
    history = History(site.state.root)
    found = history.runs(SHOWN)
    standing = site.standings.now()
    last = history.run(found[0].run_id) if found else None
    longest = max((run.seconds or 0 for run in found), default=0) or 1
    failed = last if last and last.status in ("failed", "killed", "interrupted") else None
    return {
        "standing": standing,
        "runs": found,
        "last": last,
        "longest": longest,
        "failed": failed,
        "error": local(failed.error, site) if failed else None,
        "failures": failures_of(site.state, failed.run_id) if failed else [],
        "places": _places(standing),
        "live": site.live.picture(),
        "empty": _is_empty(site),
    }


def _one(site: PageContext, run_id: str) -> dict[str, Any]:
    record: RunRecord | None = History(site.state.root).run(run_id)
    if record is None:
        raise NOT_FOUND
    return {
        "standing": (standing := site.standings.now()),
        "run": record,
        "error": local(record.error, site),
        "failures": failures_of(site.state, run_id),
        "log": log_of(site.state, run_id),
        "place": _places(standing).get(run_id),
    }


def local(error: dict[str, Any] | None, site: PageContext) -> dict[str, Any]:
    """The same error with paths as seen from the project's folder."""
    root = f"{site.project.root}/"
    return {key: value.replace(root, "") if isinstance(value, str) else value for key, value in (error or {}).items()}


def _places(standing: Standing) -> dict[str, str]:
    """Of each run whose build is there: published, or kept."""
    return {build.run_id: "published" if build.current else "kept" for build in standing.builds}


def _is_empty(site: PageContext) -> bool:
    """A project without a single pipeline and model."""
    loaded = site.project.loaded
    return not any(loaded.pipelines.glob("*.py")) and not any(loaded.dbt.glob("models/**/*.sql"))


ROUTES = [
    Route("/", overview),
    Route("/runs/{run_id}", one),
    Route("/run", start, methods=["POST"]),
]
