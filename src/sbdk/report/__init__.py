"""Pages of charts over a published warehouse: what to draw is declared, the drawing is a library's."""

from __future__ import annotations

from sbdk.report.build_charts import draw, draw_section
from sbdk.report.chart_data import Part, Picture
from sbdk.report.default_section import default_charts
from sbdk.report.html import LIBRARIES, Origin, chart_script, html_page

__all__ = [
    "LIBRARIES",
    "Origin",
    "Part",
    "Picture",
    "chart_script",
    "default_charts",
    "draw",
    "draw_section",
    "html_page",
]
