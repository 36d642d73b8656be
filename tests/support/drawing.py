"""Small projects of the templates, and pages made by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from sbdk.app.init import scaffold
from sbdk.report import Origin, SectionCharts, build_section, html_page
from sbdk.spec.report import Chart, Section
from sbdk.targets.base import QueryFunction
from support.shops import Shop

TEMPLATES = ("bookstore", "saas", "retail")

ORIGIN = Origin("shop", "dev", "20260101T000000-abcdef", datetime(2026, 1, 1), "2026-01-01T03:04:05+00:00")


def new_project(folder: Path, template: str, **settings: Any) -> Shop:
    """What `sbdk init` writes, without the parse that it then does ahead of the first run."""
    return Shop(scaffold(folder, template, template, today=date(2026, 1, 1), settings=settings))


def chart(title: str = "A chart", **keys: Any) -> Chart:
    return Chart.model_validate({"title": title, "sql": "select 1", **keys})


def part(query: QueryFunction, *charts: Chart, title: str = "A section") -> SectionCharts:
    return build_section(Section(title=title, charts=list(charts), file=Path("report/1.yml")), query)


def page(folder: Path, *parts: SectionCharts, origin: Origin = ORIGIN) -> Path:
    """The page of these parts, as a file."""
    path = folder / "report.html"
    path.write_text(html_page(list(parts), origin), encoding="utf-8")
    return path


def wait_until(page: Any, expression: str) -> None:
    """Playwright's own waiting evaluates text inside the page when it polls, which the page's policy forbids."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"still not true: {expression}")


def drawn_page(page: Any) -> None:
    """Wait until every place for a chart holds one."""
    wait_until(page, "[...document.querySelectorAll('[data-chart]')].every(one => one.childElementCount)")
