"use strict";
// Bars to the right and upwards, and histograms.
{
  const {
    formatted, said, isTime, categories, series, numeric, valueAxis, categoryAxis,
    timeAxis, room, clipped, interval, tip, reference, paint, stacking, plot,
  } = sbdkCharts;

  function bars(c, width) {
    const found = series(c);
    const across = c.column[c.y].kind !== "number";
    return across ? horizontal(c, width, found) : vertical(c, width, found);
  }

  function horizontal(c, width, found) {
    const names = categories(c, c.y).map((value) => said(value, c.column[c.y]));
    const margin = room(names, width);
    const bar = { x: c.x, y: c.y, fill: c.colour ?? "var(--c1)", offset: stacking(c), rx: 2 };
    const oneEach = names.length === c.rows.length;
    const label = { x: c.x, y: c.y, text: (row) => formatted(row[c.x], c.column[c.x].format), fill: "var(--soft)" };
    const [left, right] = [c.rows.filter((row) => row[c.x] < 0), c.rows.filter((row) => row[c.x] >= 0)];
    const texts = c.rows.map((row) => formatted(row[c.x], c.column[c.x].format));
    return plot(c, width, {
      height: c.height ?? names.length * 26 + (oneEach ? 16 : 44),
      marginLeft: margin,
      marginRight: oneEach ? room(texts, width) : 24,
      marginTop: 4,
      marginBottom: oneEach ? 8 : 36,
      x: oneEach ? { axis: null, nice: false, label: null, insetLeft: left.length ? room(texts, width) : 0 } : valueAxis(c, c.x, Math.min(6, width / 90)),
      y: { ...categoryAxis(c, c.y, 0.22), axis: null },
      color: paint(c, found),
      marks: [
        Plot.axisY({ label: null, tickSize: 0, tickFormat: (value) => clipped(said(value, c.column[c.y]), margin - 10) }),
        Plot.barX(c.rows, { ...bar, ...tip(c, { category: c.y, what: c.colour === c.y ? null : c.colour, value: c.x }) }),
        Plot.ruleX([0], { stroke: "var(--soft)", strokeOpacity: 0.5 }),
        ...(oneEach ? [Plot.text(right, { ...label, dx: 6, textAnchor: "start" }), Plot.text(left, { ...label, dx: -6, textAnchor: "end" })] : []),
        ...reference(c, true),
      ],
    });
  }

  function vertical(c, width, found) {
    const column = c.column[c.x];
    const time = isTime(column);
    const step = time ? interval(c.rows.map((row) => row[c.x])) : null;
    const bar = { y: c.y, fill: c.colour ?? "var(--c1)", z: c.colour ?? null, offset: stacking(c) };
    const shown = tip(c, { when: c.x, what: c.colour, value: c.y });
    const mark = time
      ? Plot.rectY(c.rows, { ...bar, x: c.x, interval: step, insetLeft: 0.5, insetRight: 0.5, ...shown })
      : Plot.barY(c.rows, { ...bar, x: c.x, rx: 2, ...shown });
    return plot(c, width, {
      height: c.height ?? (c.wide ? 280 : 240),
      marginLeft: 52,
      x: time ? timeAxis(c, c.x, width) : { ...categoryAxis(c, c.x, 0.22, width - 68), ...(column.kind === "number" ? { ...numeric(column), domain: d3.sort(categories(c, c.x)) } : {}) },
      y: valueAxis(c, c.y, 5),
      color: paint(c, found),
      marks: [mark, Plot.ruleY([0], { stroke: "var(--soft)", strokeOpacity: 0.5 }), ...reference(c, false)],
    });
  }

  function histogram(c, width) {
    const [from, to, rows] = c.columns.map((one) => one.name);
    const axis = { ...numeric(c.column[from]), label: null };
    return plot(c, width, {
      height: c.height ?? 220,
      marginLeft: 52,
      x: axis,
      y: { ...numeric(c.column[rows]), grid: true, ticks: Math.min(5, d3.max(c.rows, (row) => row[rows])), nice: true },
      marks: [
        Plot.rectY(c.rows, { x1: from, x2: to, y: rows, fill: "var(--c1)", insetLeft: 0.5, insetRight: 0.5, ...tip(c, { from, to, rows }) }),
        Plot.ruleY([0], { stroke: "var(--soft)", strokeOpacity: 0.5 }),
        ...reference(c, true),
      ],
    });
  }

  Object.assign(sbdkCharts, { bars, histogram });
}
