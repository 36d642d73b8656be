"use strict";
// Lines and areas, with bands and dashes.
{
  const { isTime, series, numeric, valueAxis, categoryAxis, timeAxis, tip, reference, paint, stacking, plot } = sbdkCharts;

  function lines(c, width) {
    const time = isTime(c.column[c.x]);
    const found = series(c);
    const stroke = c.colour ?? "var(--c1)";
    const plain = found.length ? c.rows.filter((row) => row[c.colour] !== c.dashed) : c.rows;
    const rest = found.length ? c.rows.filter((row) => row[c.colour] === c.dashed) : [];
    const path = { x: c.x, y: c.y, stroke, z: c.colour ?? null, strokeWidth: 1.75, strokeLinejoin: "round" };
    const behind = c.wide_rows ? plain.filter((row) => row[c.colour] !== found[0].value) : [];
    const front = c.wide_rows ? plain.filter((row) => row[c.colour] === found[0].value) : plain;
    const single = d3.rollups(c.rows, (rows) => rows.length, (row) => row[c.colour]).some(([, n]) => n === 1);
    const marks = [
      ...(c.low ? [band(c)] : []),
      ...(c.mark === "area" ? [Plot.areaY(c.rows, { x: c.x, y: c.y, fill: stroke, z: c.colour ?? null, fillOpacity: found.length ? 0.85 : 0.18, offset: stacking(c) })] : []),
      ...(c.mark === "area" && found.length ? [] : [Plot.lineY(behind, { ...path, strokeWidth: 1.25, strokeOpacity: 0.6 }), Plot.lineY(front, path), Plot.lineY(rest, { ...path, strokeDasharray: "5 4" })]),
      ...(single ? [Plot.dot(c.rows, { x: c.x, y: c.y, fill: stroke, r: 3 })] : []),
      Plot.ruleX(c.rows, Plot.pointerX({ x: c.x, stroke: "var(--soft)", strokeOpacity: 0.5 })),
      pointed(c, stroke),
    ];
    return plot(c, width, {
      height: c.height ?? (c.wide ? 300 : 240),
      marginLeft: 52,
      x: time ? timeAxis(c, c.x, width) : c.column[c.x].kind === "number" ? { ...numeric(c.column[c.x]), tickSize: 4 } : { ...categoryAxis(c, c.x, 0.5, width - 68), type: "point" },
      y: { ...valueAxis(c, c.y, 5), zero: c.mark === "area" || nearZero(c) },
      color: paint(c, found),
      marks: [...marks, ...reference(c, false)],
    });
  }

  /** low to high, of each series if rows tell their series apart. */
  function band(c) {
    const own = c.wide_rows ? null : c.colour;
    return Plot.areaY(c.wide_rows ?? c.rows, { x: c.x, y1: c.low, y2: c.high, fill: own ?? "var(--accent)", z: own, fillOpacity: 0.14 });
  }

  /** The tip of a line or an area: the nearest row, with all its series or its band. */
  function pointed(c, stroke) {
    const stacked = c.mark === "area" && c.colour;
    if (c.wide_rows) return together(c);
    const shown = tip(c, { when: c.x, what: c.colour, value: c.y, low: c.low, high: c.high });
    const options = { x: c.x, y: c.y, z: c.colour ?? null, channels: shown.channels, ...shown.tip };
    if (stacked) return Plot.tip(c.rows, Plot.pointer(Plot.stackY2({ offset: stacking(c) }, options)));
    return Plot.tip(c.rows, Plot.pointer(options));
  }

  /** One tip for all the series of a row. */
  function together(c) {
    const columns = Object.fromEntries(c.wide_y.map((name, at) => [`c${at}`, name]));
    const shown = tip(c, { when: c.x, ...columns, low: c.low, high: c.high });
    const y = (row) => d3.max(c.wide_y, (name) => row[name]);
    return Plot.tip(c.wide_rows, Plot.pointerX({ x: c.x, y, channels: shown.channels, ...shown.tip }));
  }

  /** An axis that would begin a little above zero begins at zero. */
  function nearZero(c) {
    const [least, most] = d3.extent(c.rows, (row) => row[c.y]);
    return least > 0 && least < most / 2;
  }

  Object.assign(sbdkCharts, { lines });
}
