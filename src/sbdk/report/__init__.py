"""Pages of charts over a published warehouse: what to draw is declared, the drawing is a library's."""

from __future__ import annotations

from sbdk.report.asking import draw, draw_section
from sbdk.report.overview import overview
from sbdk.report.page import LIBRARIES, Origin, chart_script, html_page
from sbdk.report.picture import Part, Picture

__all__ = [
    "LIBRARIES",
    "Origin",
    "Part",
    "Picture",
    "chart_script",
    "draw",
    "draw_section",
    "html_page",
    "overview",
]
