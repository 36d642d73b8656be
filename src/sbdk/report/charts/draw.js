"use strict";
// Draws one declared chart: sbdkCharts.draw(chart, width) gives an element. `chart` is what ChartData.as_dict() says.
// Values get into the page as text only.
{
  const { prepared, series, key, ramp, lines, bars, histogram, dots, intervals, cells } = sbdkCharts;

  const MARKS = { line: lines, area: lines, bar: bars, dot: dots, interval: intervals, histogram, cell: cells };

  /** The picture as an element, `width` pixels wide: a legend where there are series, and the drawing. */
  function draw(chart, width) {
    const c = prepared(chart);
    const found = series(c);
    const around = document.createElement("div");
    if (found.length > 1) around.append(key(c, found));
    if (c.mark === "cell") around.append(ramp(c));
    around.append(MARKS[c.mark](c, width));
    return around;
  }

  Object.assign(sbdkCharts, { draw });
}
