"""`sbdk report`: what a project declares about pictures, drawn from what it published."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sbdk.core.errors import DiskError, SbdkError, UsageError
from sbdk.core.files import atomic_write

if TYPE_CHECKING:
    from sbdk.report import Origin, Part
    from sbdk.run.project_context import ProjectContext
    from sbdk.targets.base import TableInfo, Target

FOLDER = "report"
SECONDS = 60.0
"""Each chart's query is stopped after so long."""


@dataclass(frozen=True)
class Report:
    """The sections of a page with their pictures, and which build they are of."""

    parts: list[Part]
    origin: Origin
    declared: bool

    @property
    def errors(self) -> list[SbdkError]:
        """What kept charts from being drawn; in their places the page says the same."""
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


def make_report(project: ProjectContext) -> Report:
    """Ask for every chart, all of one build. ConfigError for the files in report/; UsageError before a first run."""
    from sbdk.report import Origin, default_charts, draw_section
    from sbdk.spec.report import read_report

    sections = read_report(project.root / FOLDER)
    published = project.published()
    config = project.loaded.config
    target = project.warehouse()
    with target.queries(max_seconds=SECONDS) as ask:
        run_id = str(ask("select run_id from _sbdk.build", None)["run_id"][0].as_py())
        build = next((one for one in target.builds() if one.run_id == run_id), published)
        parts = [draw_section(section, ask) for section in sections or default_charts(build.record, _catalogue(target))]
    origin = Origin(config.project, config.target, run_id, build.clock, build.record.made_at.isoformat())
    return Report(parts, origin, bool(sections))


def _catalogue(target: Target) -> list[TableInfo]:
    with target.reader() as connection:
        return connection.tables()


def write_page(report: Report, path: Path) -> int:
    """Put the page at `path`, at once or not at all; its size in bytes."""
    content = report.html().encode(errors="replace")  # YAML can write half of a character
    if path.is_dir():
        raise UsageError("is a folder; --out names a file", file=path)
    try:
        atomic_write(path, content)
    except OSError as error:
        raise DiskError(f"the report: {error.strerror}", file=path) from error
    return len(content)
