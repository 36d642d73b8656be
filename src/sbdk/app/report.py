"""`sbdk report`: draws the charts that a project declares, from its published build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import DiskError, SbdkError, UsageError
from sbdk.core.files import atomic_write

if TYPE_CHECKING:
    from sbdk.report import Origin, SectionCharts
    from sbdk.run.project_context import ProjectContext
    from sbdk.targets.base import TableInfo, Target

FOLDER = "report"
SECONDS = 60.0
"""Time limit of each chart's query."""


@dataclass(frozen=True)
class ChartPage:
    """The sections of a page with their charts, and the build that they show."""

    sections: list[SectionCharts]
    origin: Origin
    declared: bool

    @property
    def errors(self) -> list[SbdkError]:
        """Why charts could not be drawn; the page shows each error in the place of its chart."""
        return [chart.error for part in self.sections for chart in part.charts if chart.error]

    def html(self) -> str:
        from sbdk.report import html_page

        return html_page(self.sections, self.origin)

    def as_dict(self) -> dict[str, Any]:
        """`run_id`, `clock`, and of each chart its section, title, mark, rows of its query and rows on the page."""
        charts = [
            {
                "section": part.section.title,
                "title": chart.chart.title,
                "mark": None if chart.error else chart.mark,
                "rows": chart.total,
                "shown": len(chart.rows),
                "error": chart.error.as_dict() if chart.error else None,
            }
            for part in self.sections
            for chart in part.charts
        ]
        return {"run_id": self.origin.run_id, "clock": self.origin.clock, "declared": self.declared, "charts": charts}


def make_report(project: ProjectContext) -> ChartPage:
    """Build every chart, all from one build. ConfigError for the files in report/; UsageError before a first run."""
    from sbdk.report import Origin, build_section, default_charts
    from sbdk.spec.report import read_report

    declared = read_report(project.root / FOLDER)
    published = project.published()
    config = project.loaded.config
    target = project.warehouse()
    with target.queries(max_seconds=SECONDS) as query:
        run_id = str(query("select run_id from _sbdk.build", None)["run_id"][0].as_py())
        build = next((kept for kept in target.builds() if kept.run_id == run_id), published)
        sections = declared or default_charts(build.record, _catalogue(target))
        charts = [build_section(section, query) for section in sections]
    origin = Origin(config.project, config.target, run_id, build.clock, build.record.made_at.isoformat())
    return ChartPage(charts, origin, bool(declared))


def _catalogue(target: Target) -> list[TableInfo]:
    with target.reader() as connection:
        return connection.tables()


def write_page(report: ChartPage, path: Path) -> int:
    """Write the page to `path` atomically; returns its size in bytes."""
    content = report.html().encode(errors="replace")  # YAML can write half of a character
    if path.is_dir():
        raise UsageError("is a folder; --out names a file", file=path)
    try:
        atomic_write(path, content)
    except OSError as error:
        raise DiskError(f"the report: {error.strerror}", file=path) from error
    return len(content)
