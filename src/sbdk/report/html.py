"""A report as one self-contained HTML page."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from sbdk import vendored
from sbdk.core.format import plural
from sbdk.report.chart_data import Column, Part, Picture
from sbdk.report.number_format import as_text, compact

_HERE = Path(__file__).parent
LIBRARIES = ("d3.min.js", "plot.umd.min.js")
"""What the scripts of the charts need before them, by name in `sbdk.vendored`."""
_PARTS = ("values", "data", "axes", "parts", "lines", "bars", "points", "draw")


def chart_script() -> str:
    """`sbdkCharts`, which draws a picture's `as_data()` with d3 and Plot; for any page that has these two."""
    return "\n".join((_HERE / "charts" / f"{name}.js").read_text(encoding="utf-8").strip() for name in _PARTS)


@dataclass(frozen=True)
class Origin:
    """Whose figures they are, and of when. Nothing here is of the moment in which the page is made."""

    project: str
    target: str
    run_id: str
    clock: datetime | None
    built: str


def html_page(parts: list[Part], origin: Origin) -> str:
    """The page. The same build and declarations give the same bytes; every value is text, wherever it comes from."""
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    pictures = [picture for part in parts for picture in part.pictures]
    numbers = {id(picture): number for number, picture in enumerate(pictures)}
    data = {str(numbers[id(picture)]): picture.as_data() for picture in pictures if picture.drawn}
    scripts = _scripts(drawn=bool(data))
    body = "".join(_section(part, numbers) for part in parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<title>{escape(origin.project)}: report</title>\n<style>\n{style}</style>\n"
        f"</head>\n<body>\n<main>\n{_header(origin)}{body}{_footer(origin)}</main>\n"
        f'<script type="application/json" id="data">{_embedded(data)}</script>\n'
        + "".join(f"<script>{script}</script>\n" for script in scripts)
        + "</body>\n</html>\n"
    )


def _scripts(*, drawn: bool) -> list[str]:
    """A page that only has tables needs none of the libraries."""
    page = (_HERE / "page.js").read_text(encoding="utf-8").strip()
    libraries = [vendored.path(name).read_text(encoding="utf-8").strip() for name in LIBRARIES]
    return [*libraries, chart_script(), page] if drawn else [page]


def _policy(scripts: Iterable[str]) -> str:
    """Only the scripts that stand here, known by their hashes, and no connection to anywhere."""
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"


def _embedded(data: object) -> str:
    """JSON that no value can end: `<`, `>`, `&` and the two line ends of JavaScript are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _header(origin: Origin) -> str:
    facts = [f"target {escape(origin.target)}", f"run {escape(origin.run_id)}", f"built {_minute(origin.built)}"]
    if origin.clock:
        facts.insert(1, f"clock {origin.clock:%Y-%m-%d %H:%M}")
    said = "".join(f"<li>{fact}</li>" for fact in facts)
    return f'<header><h1>{escape(origin.project)}</h1><ul class="facts">{said}</ul></header>\n'


def _minute(iso: str) -> str:
    return escape(iso[:16].replace("T", " ")) + " UTC"


def _section(part: Part, numbers: dict[int, int]) -> str:
    text = f'<p class="lead">{_typeset(part.section.text)}</p>' if part.section.text else ""
    inside = "".join(_figure(picture, numbers[id(picture)]) for picture in part.pictures)
    return f'<section>\n<h2>{escape(part.section.title)}</h2>{text}\n<div class="grid">\n{inside}</div>\n</section>\n'


def _typeset(text: str) -> str:
    """A sentence of the project's; a percent sign stays with its number."""
    return escape(text.replace(" %", "\u00a0%"))


def _figure(picture: Picture, number: int) -> str:
    if picture.mark == "figures" and picture.rows and not picture.error:
        label = escape(picture.chart.title)
        return f'<dl class="figures full" aria-label="{label}">{figures(picture)}</dl>\n'
    text = f"<p>{_typeset(picture.chart.text)}</p>" if picture.chart.text else ""
    return (
        f'<figure class="panel {picture.chart.size}" id="chart-{number}">'
        f"<figcaption><h3>{escape(picture.chart.title)}</h3>{text}</figcaption>\n"
        f"{_content(picture, number)}</figure>\n"
    )


def _content(picture: Picture, number: int) -> str:
    if picture.error:
        hint = f"<br>{escape(picture.error.hint)}" if picture.error.hint else ""
        return f'<p class="poor error">{escape(picture.error.message)}{hint}</p>'
    note = f'<p class="note">{escape(picture.note)}</p>' if picture.note else ""
    if not picture.rows:
        return f'<p class="empty">No rows.</p>{note}'
    if picture.mark == "table":
        return table(picture) + note
    return (
        f'<div class="canvas" data-chart="{number}" role="img" aria-label="{escape(described(picture))}"></div>{note}'
        f"<details><summary>Data<span>{plural(len(picture.rows), 'row')}</span></summary>{table(picture)}</details>\n"
    )


def _footer(origin: Origin) -> str:
    return (
        "<noscript><p>Without JavaScript there are no drawings; the data of each chart are under Data.</p></noscript>"
        f"<footer><p>Drawn from what run {escape(origin.run_id)} published. "
        "The file needs no network and sends nothing.</p></footer>\n"
    )


_MARKS = {
    "line": "Line chart",
    "area": "Area chart",
    "bar": "Bar chart",
    "dot": "Scatter plot",
    "interval": "Values with their intervals",
    "histogram": "Histogram",
    "cell": "Heat map",
}


def table(picture: Picture) -> str:
    """All rows that the page holds, as an HTML table; every value is escaped."""
    head = "".join(f'<th scope="col"{_side(column)}>{escape(column.label)}</th>' for column in picture.columns)
    rows = "".join(f"<tr>{_cells(row, picture.columns)}</tr>\n" for row in picture.rows)
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>'
    )


def _cells(row: tuple[object, ...], columns: tuple[Column, ...]) -> str:
    return "".join(
        f"<td{_side(column)}>{escape(as_text(value, column))}</td>" for value, column in zip(row, columns, strict=True)
    )


def _side(column: Column) -> str:
    """Numbers to the right; days and times on one line."""
    return {"number": ' class="n"', "text": ""}.get(column.kind, ' class="t"')


def figures(picture: Picture) -> str:
    """The columns of the one row, large; what is shortened says itself in full when pointed at."""
    return "".join(
        _figure_of_tables(column, value) for column, value in zip(picture.columns, picture.rows[0], strict=True)
    )


def _figure_of_tables(column: Column, value: Any) -> str:
    full = as_text(value, column) or "–"
    short = compact(value, column.format) if column.kind == "number" and value is not None else full
    title = f' title="{escape(full)}"' if short != full else ""
    return f'<div class="figure"><dt>{escape(column.label)}</dt><dd{title}>{escape(short)}</dd></div>'


def described(picture: Picture) -> str:
    """Kind, title and range of the values, for those who do not see it."""
    what = f"{_MARKS[picture.mark]}: {picture.chart.title}. {plural(len(picture.rows), 'row')}."
    return what + "".join(f" {_range(picture, column)}" for column in picture.columns if column.kind == "number")


def _range(picture: Picture, column: Column) -> str:
    at = picture.columns.index(column)
    found = [row[at] for row in picture.rows if row[at] is not None]
    if not found:
        return f"{column.label}: no values."
    return f"{column.label} from {as_text(min(found), column)} to {as_text(max(found), column)}."
