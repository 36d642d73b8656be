"""A report as one self-contained HTML page: no address in it, and only its own scripts may run."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from sbdk import vendored
from sbdk.core.format import plural
from sbdk.report.chart_data import ChartColumn, ChartData, SectionCharts
from sbdk.report.number_format import as_text, compact

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
LIBRARIES = ("d3.min.js", "plot.umd.min.js")
"""What the scripts of the charts need before them, by name in `sbdk.vendored`."""
_SCRIPTS = ("values", "data", "axes", "parts", "lines", "bars", "points", "draw")
"""The files of charts/, in the order in which they need each other."""
_MARKS = {
    "line": "Line chart",
    "area": "Area chart",
    "bar": "Bar chart",
    "dot": "Scatter plot",
    "interval": "Values with their intervals",
    "histogram": "Histogram",
    "cell": "Heat map",
}


@dataclass(frozen=True)
class Origin:
    """The build that the figures are from. No field depends on when the page is rendered.

    `built`: ISO 8601, UTC.
    """

    project: str
    target: str
    run_id: str
    clock: datetime | None
    built: str


def html_page(sections: Sequence[SectionCharts], origin: Origin) -> str:
    """The page. The same build and declarations give the same bytes; every value is escaped, wherever it comes from."""
    numbered = _numbered(sections)
    data = {str(number): chart.as_dict() for _, charts in numbered for number, chart in charts if chart.is_drawn}
    scripts = _scripts(drawn=bool(data))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            origin=origin,
            sections=numbered,
            data=_embedded(data),
            scripts=scripts,
            policy=_policy(scripts),
            style=(_HERE / "page.css").read_text(encoding="utf-8"),
        )
    )


def _numbered(sections: Sequence[SectionCharts]) -> list[tuple[object, list[tuple[int, ChartData]]]]:
    """Each section with its charts, which are numbered from 0 over the whole page."""
    numbered: list[tuple[object, list[tuple[int, ChartData]]]] = []
    first = 0
    for part in sections:
        numbered.append((part.section, list(enumerate(part.charts, first))))
        first += len(part.charts)
    return numbered


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        as_text=as_text, compact=compact, description=description, minute=_minute, plural=plural, typeset=_typeset
    )
    return environment


def chart_script() -> str:
    """`sbdkCharts`, which draws `ChartData.as_dict()` with d3 and Plot; for any page that has these two."""
    return "\n".join((_HERE / "charts" / f"{name}.js").read_text(encoding="utf-8").strip() for name in _SCRIPTS)


def _scripts(*, drawn: bool) -> list[str]:
    """A page that only has tables needs none of the libraries."""
    page = (_HERE / "page.js").read_text(encoding="utf-8").strip()
    libraries = [vendored.path(name).read_text(encoding="utf-8").strip() for name in LIBRARIES]
    return [*libraries, chart_script(), page] if drawn else [page]


def _policy(scripts: Iterable[str]) -> str:
    """A content security policy: only the scripts of the page, known by their hashes, and no connection to anywhere."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"


def _embedded(data: object) -> str:
    """JSON that no value can end: `<`, `>`, `&` and the two line ends of JavaScript are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _minute(iso: str) -> str:
    """An ISO time as 2026-01-31 12:00."""
    return iso[:16].replace("T", " ")


def _typeset(text: str) -> str:
    """A text of the project; a percent sign stays on the line of its number."""
    return text.replace(" %", "\u00a0%")


def description(chart: ChartData) -> str:
    """Kind, title and range of the values, for screen readers."""
    head = f"{_MARKS[chart.mark]}: {chart.chart.title}. {plural(len(chart.rows), 'row')}."
    return head + "".join(f" {_range(chart, column)}" for column in chart.columns if column.kind == "number")


def _range(chart: ChartData, column: ChartColumn) -> str:
    at = chart.columns.index(column)
    values = [row[at] for row in chart.rows if row[at] is not None]
    if not values:
        return f"{column.label}: no values."
    return f"{column.label} from {as_text(min(values), column)} to {as_text(max(values), column)}."
