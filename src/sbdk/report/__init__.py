"""Pages of charts over a published warehouse: what to draw is declared, the drawing is a library's."""

from __future__ import annotations

from sbdk.report.asking import draw, draw_section
from sbdk.report.overview import overview
from sbdk.report.page import CHART_SCRIPT, LIBRARIES, Origin, html_page
from sbdk.report.picture import Part, Picture

__all__ = [
    "CHART_SCRIPT",
    "LIBRARIES",
    "Origin",
    "Part",
    "Picture",
    "draw",
    "draw_section",
    "html_page",
    "overview",
]
