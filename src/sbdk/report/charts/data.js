"use strict";
// A chart's data: rows as objects, times as dates, several y columns as series of one.
{
  const { said } = sbdkCharts;

  function parsed(value, kind) {
    if (kind === "text") return value ?? "–"; // a category like the others
    return value === null || kind === "number" ? value : new Date(kind === "date" ? value : `${value}Z`);
  }

  function prepared(chart) {
    const rows = chart.rows.map((row) =>
      Object.fromEntries(chart.columns.map((one, at) => [one.name, parsed(row[at], one.kind)])));
    const monthly = ({ name, kind }) => kind === "date" && rows.every((row) => !row[name] || row[name].getUTCDate() === 1);
    const column = Object.fromEntries(chart.columns.map((one) => [one.name, { ...one, monthly: monthly(one) }]));
    if (chart.y.length < 2) return { ...chart, column, rows, y: chart.y[0] };
    const series = chart.y.map((name) => ({ name, label: column[name].label }));
    return {
      ...chart,
      wide_rows: rows,
      wide_y: chart.y,
      rows: series.flatMap(({ name, label }) => rows.map((row) => ({ ...row, " series": label, " value": row[name] }))),
      y: " value",
      colour: " series",
      dashed: chart.dashed && (column[chart.dashed]?.label ?? chart.dashed),
      column: {
        ...column,
        " series": { name: " series", label: "series", kind: "text" },
        " value": { ...column[chart.y[0]], label: sharedWords(series.map((one) => one.label)) },
      },
    };
  }

  /** What the labels have in common says what the axis shows; nothing, if they have nothing in common. */
  const sharedWords = (labels) =>
    labels[0].split(" ").filter((word) => labels.every((label) => label.split(" ").includes(word))).join(" ") || null;

  const isTime = (column) => column.kind === "date" || column.kind === "time";

  const categories = (c, name) => [...new d3.InternSet(c.rows.map((row) => row[name]))]; // two dates can be the same day

  function series(c) {
    if (!c.colour || c.mark === "cell") return [];
    return categories(c, c.colour).map((value) => ({
      value,
      text: said(value, c.column[c.colour]),
    }));
  }

  Object.assign(sbdkCharts, { prepared, isTime, categories, series });
}
