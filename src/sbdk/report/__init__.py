"""Pages of charts over a published warehouse: a chart is declared; d3 and Observable Plot draw it."""

from __future__ import annotations

from sbdk.report.build_charts import build_chart, build_section
from sbdk.report.chart_data import ChartData, SectionCharts
from sbdk.report.default_section import default_charts
from sbdk.report.html import LIBRARIES, Origin, chart_script, html_page

__all__ = [
    "LIBRARIES",
    "ChartData",
    "Origin",
    "SectionCharts",
    "build_chart",
    "build_section",
    "chart_script",
    "default_charts",
    "html_page",
]
