"use strict";
// Dots, estimates with their intervals, heat maps.
{
  const {
    formatted, said, short, brief, isTime, categories, series, numeric,
    valueAxis, categoryAxis, timeAxis, room, clipped, tip, reference, paint, plot,
  } = sbdkCharts;

  function dots(c, width) {
    const found = series(c);
    const axis = (name) => {
      const column = c.column[name];
      if (isTime(column)) return timeAxis(c, name, width);
      return column.kind === "number" ? { ...numeric(column), grid: true, nice: true } : categoryAxis(c, name);
    };
    const names = c.column[c.y].kind === "text" ? categories(c, c.y).map(String) : [];
    return plot(c, width, {
      height: c.height ?? (names.length ? names.length * 26 + 60 : 280),
      marginBottom: names.length ? 48 : 32,
      marginLeft: names.length ? room(names, width) : 52,
      x: axis(c.x),
      y: axis(c.y),
      color: paint(c, found),
      marks: [
        Plot.dot(c.rows, { x: c.x, y: c.y, fill: c.colour ?? "var(--c1)", fillOpacity: names.length ? 0.9 : 0.55, r: names.length ? 5 : 3, ...tip(c, Object.fromEntries(c.columns.map((one, at) => [`c${at}`, one.name]))) }),
        ...reference(c, false),
      ],
    });
  }

  function intervals(c, width) {
    const found = series(c);
    const names = categories(c, c.y).map((value) => said(value, c.column[c.y]));
    const style = c.column[c.x].format;
    const words = (row) => row[c.x] === null ? "" : `${formatted(row[c.x], style)}  (${formatted(row[c.low], style)} to ${formatted(row[c.high], style)})`;
    const told = width > 480 ? room(c.rows.map(words), width) : 16;
    const stroke = c.colour ?? "var(--c1)";
    return plot(c, width, {
      height: c.height ?? names.length * 34 + 48,
      marginLeft: room(names, width),
      marginRight: told,
      marginTop: 18,
      x: { ...valueAxis(c, c.x, Math.min(6, (width - told - room(names, width)) / 70)), inset: 6 },
      y: categoryAxis(c, c.y),
      color: paint(c, found),
      marks: [
        ...reference(c, true),
        Plot.ruleY(c.rows, { x1: c.low, x2: c.high, y: c.y, stroke, strokeWidth: 2 }),
        Plot.dot(c.rows, { x: c.x, y: c.y, fill: stroke, r: 5, ...tip(c, { what: c.y, value: c.x, low: c.low, high: c.high, group: c.colour }) }),
        ...(width > 480 ? [Plot.text(c.rows, { y: c.y, text: words, frameAnchor: "right", textAnchor: "start", dx: 10, fill: "var(--soft)" })] : []),
      ],
    });
  }

  function cells(c, width) {
    const column = c.column[c.colour];
    const values = c.rows.map((row) => row[c.colour]);
    const domain = [Math.min(0, d3.min(values)), d3.max(values)];
    const names = categories(c, c.y).map((value) => short(value, c.column[c.y]));
    const across = categories(c, c.x);
    const margin = room(names, width);
    const wide = (width - margin) / across.length;
    const every = Math.ceil(24 / wide);
    const sideways = c.column[c.x];
    const high = (row) => (row[c.colour] - domain[0]) / (domain[1] - domain[0] || 1) > 0.55;
    const marks = [Plot.cell(c.rows, { x: c.x, y: c.y, fill: c.colour, inset: 0.75, rx: 2, ...tip(c, { row: c.y, column: c.x, value: c.colour }) })];
    if (wide > 34) {
      const text = (row) => row[c.colour] === null ? "" : brief(row[c.colour], column.format);
      marks.push(Plot.text(c.rows, { x: c.x, y: c.y, text, fill: (row) => (high(row) ? "var(--card)" : "var(--ink)"), fontSize: 11, pointerEvents: "none" }));
    }
    return plot(c, width, {
      height: c.height ?? names.length * 26 + 48,
      marginLeft: margin,
      marginTop: 4,
      x: {
        type: "band",
        domain: sideways.kind === "number" ? d3.sort(across) : across,
        label: sideways.kind === "number" ? sideways.label : null,
        labelArrow: "none",
        tickSize: 0,
        tickFormat: (value, at) => (at % every ? "" : clipped(short(value, sideways), wide * every - 4)),
      },
      y: { type: "band", domain: categories(c, c.y), label: null, tickSize: 0, tickFormat: (value) => short(value, c.column[c.y]) },
      color: { type: "linear", domain, interpolate: (t) => `color-mix(in oklab, var(--accent) ${(6 + 94 * t).toFixed(1)}%, var(--card))` },
      marks,
    });
  }

  Object.assign(sbdkCharts, { dots, intervals, cells });
}
