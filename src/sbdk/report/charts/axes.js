"use strict";
// Scales and axes, and how much room their words take.
{
  const { tick, said, categories } = sbdkCharts;

  const FONT = 12;

  const numeric = (column) => ({
    tickFormat: (value, at, ticks) => tick(value, column.format, ticks),
    label: column.label,
    labelArrow: "none",
  });

  function valueAxis(c, name, across) {
    const column = c.column[name];
    const share = c.stack === "share" && (c.mark === "bar" || c.mark === "area") && c.colour;
    const shown = share ? { ...column, format: "percent", label: `share of ${column.label ?? "all"}` } : column;
    return { ...numeric(shown), nice: true, grid: true, ticks: across, line: false };
  }

  /** Categories in the order of the rows; `width`: what their names have together, when they stand side by side. */
  function categoryAxis(c, name, padding, width) {
    const domain = categories(c, name);
    const most = width ? width / domain.length + 2 : Infinity;
    return { type: "band", domain, padding, label: null, tickSize: 0, tickFormat: (value) => clipped(said(value, c.column[name]), most) };
  }

  /** Days, months and years as Plot says them; hours of a few days by the clock of 24, with the day where it begins. */
  function timeAxis(c, name, width) {
    const [first, last] = d3.extent(c.rows, (row) => row[name]);
    const axis = { type: "utc", label: null, tickSize: 4, ticks: Math.max(3, Math.floor(width / 90)) };
    const date = d3.utcFormat("%-d %b");
    const daily = c.column[name].kind === "date" || last - first > 4 * 864e5;
    if (daily && last - first < 14 * 864e5) return { ...axis, ticks: d3.utcDay.every(Math.ceil((last - first) / 864e5 / axis.ticks) || 1), tickFormat: date };
    if (daily) return axis;
    const hour = d3.utcFormat("%H:%M");
    const begins = (value, at, ticks) => at === 0 || date(ticks[at - 1]) !== date(value);
    return { ...axis, tickFormat: (value, at, ticks) => hour(value) + (begins(value, at, ticks) ? `\n${date(value)}` : "") };
  }

  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${FONT}px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif`;
  const long = (text) => pen.measureText(text).width;
  const room = (texts, width) => Math.min(Math.ceil(d3.max(texts, long) ?? 0) + 14, Math.floor(width * 0.42));

  /** The text, or as much of it as fits. */
  function clipped(text, width) {
    if (long(text) <= width) return text;
    const letters = d3.range(1, text.length).filter((letters) => long(`${text.slice(0, letters)}…`) <= width);
    return `${text.slice(0, letters.length)}…`;
  }

  /** Days, months … of which each row is one: what the smallest step between two of them is. */
  function interval(dates) {
    const sorted = d3.sort(new Set(dates.filter(Boolean).map(Number)));
    const step = d3.min(d3.pairs(sorted, (a, b) => b - a)) ?? 864e5;
    const steps = [[31536e6, "year"], [24192e5, "month"], [6048e5, "week"], [864e5, "day"], [36e5, "hour"], [6e4, "minute"]];
    const found = steps.find(([length]) => step >= length);
    if (found?.[1] === "week") return d3.utcDay.every(1) && weekOf(sorted[0]);
    return found?.[0] === step || ["year", "month"].includes(found?.[1]) ? found[1] : fixed(step, sorted[0]);
  }

  const weekOf = (first) => [d3.utcSunday, d3.utcMonday, d3.utcTuesday, d3.utcWednesday, d3.utcThursday, d3.utcFriday, d3.utcSaturday][new Date(first).getUTCDay()];

  const fixed = (step, first) => ({
    floor: (date) => new Date(first + Math.floor((date - first) / step) * step),
    offset: (date, steps = 1) => new Date(+date + step * steps),
    range: (start, stop) => d3.range(Math.ceil((start - first) / step), Math.ceil((stop - first) / step)).map((k) => new Date(first + k * step)),
  });

  Object.assign(sbdkCharts, { FONT, numeric, valueAxis, categoryAxis, timeAxis, room, clipped, interval });
}
