"""`sbdk report`: draws the charts that a project declares, from its published build."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import DiskTrouble, SbdkError, UsageError
from sbdk.core.files import atomic_write

if TYPE_CHECKING:
    from sbdk.report import Origin, Part
    from sbdk.run.project_context import ProjectContext
    from sbdk.targets.base import TableInfo, Target

FOLDER = "report"
SECONDS = 60.0
"""Time limit of each chart's query."""


@dataclass(frozen=True)
class ChartPage:
    """The sections of a page with their charts, and the build that they show."""

    parts: list[Part]
    origin: Origin
    declared: bool

    @property
    def errors(self) -> list[SbdkError]:
        """Errors of charts that could not be drawn; the page shows them in place of the charts."""
        return [picture.error for part in self.parts for picture in part.pictures if picture.error]

    def html(self) -> str:
        from sbdk.report import html_page

        return html_page(self.parts, self.origin)

    def as_dict(self) -> dict[str, Any]:
        """`run_id`, `clock`, and of each chart its section, title, mark, rows of its query and rows on the page."""
        charts = [
            {
                "section": part.section.title,
                "title": picture.chart.title,
                "mark": None if picture.error else picture.mark,
                "rows": picture.total,
                "shown": len(picture.rows),
                "error": picture.error.as_dict() if picture.error else None,
            }
            for part in self.parts
            for picture in part.pictures
        ]
        return {"run_id": self.origin.run_id, "clock": self.origin.clock, "declared": self.declared, "charts": charts}


def make_report(project: ProjectContext) -> ChartPage:
    """Query the data of all charts, of one build. ConfigError for files in report/; UsageError before a first run."""
    from sbdk.report import Origin, default_charts, draw_section
    from sbdk.spec.report import read_report

    sections = read_report(project.root / FOLDER)
    published = project.published()
    config = project.loaded.config
    target = project.warehouse()
    with target.queries(max_seconds=SECONDS) as run_query:
        run_id = str(run_query("select run_id from _sbdk.build", None)["run_id"][0].as_py())
        build = next((each for each in target.builds() if each.run_id == run_id), published)
        parts = [
            draw_section(section, run_query) for section in sections or default_charts(build.record, _catalogue(target))
        ]
    origin = Origin(config.project, config.target, run_id, build.clock, build.record.made_at.isoformat())
    return ChartPage(parts, origin, bool(sections))


def _catalogue(target: Target) -> list[TableInfo]:
    with target.reader() as connection:
        return connection.tables()


def write_page(report: ChartPage, path: Path) -> int:
    """Write the page to `path`, atomically; returns its size in bytes."""
    content = report.html().encode(errors="replace")  # YAML can write half of a character
    if path.is_dir():
        raise UsageError("is a folder; --out names a file", file=path)
    try:
        atomic_write(path, content)
    except OSError as error:
        raise DiskTrouble(f"the report: {error.strerror}", file=path) from error
    return len(content)
