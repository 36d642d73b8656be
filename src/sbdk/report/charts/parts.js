"use strict";
// What all marks share: colours, tips, reference lines, the frame, the legend.
// Colours are CSS variables (--c1 … --c10, --accent, --ink, --soft, --card): light and dark need no new drawing.
{
  const { formatted, said, FONT } = sbdkCharts;

  const PALETTE = d3.range(1, 11).map((number) => `var(--c${number})`);

  function tip(c, channels) {
    const format = {};
    const extra = {};
    for (const [key, name] of Object.entries(channels)) {
      if (!name) continue;
      extra[key] = { value: name, label: c.column[name].label };
      format[key] = (value) => said(value, c.column[name]);
    }
    for (const key of ["x", "y", "fill", "stroke", "z", "fx", "fy"]) format[key] ??= false;
    return { channels: extra, tip: { format, lineWidth: 28, lineHeight: 1.3, stroke: "var(--line)" } };
  }

  function reference(c, horizontal) {
    if (!c.reference) return [];
    const { at, text } = c.reference;
    const when = typeof at === "string" ? new Date(at) : at;
    const across = typeof at === "string" || horizontal;
    const line = { stroke: "var(--soft)", strokeDasharray: "3 3" };
    const words = { text: [text], fill: "var(--soft)", fontSize: FONT };
    const [first, last] = d3.extent(c.rows, (row) => row[c.x]);
    const late = typeof at === "string" && when - first > last - when; // on its left there is more room
    const beside = late ? { textAnchor: "end", dx: -6 } : { textAnchor: "start", dx: 6 };
    return across
      ? [Plot.ruleX([when], line), ...(text ? [Plot.text([when], { ...words, ...beside, x: [when], frameAnchor: "top" })] : [])]
      : [Plot.ruleY([when], line), ...(text ? [Plot.text([when], { ...words, y: [when], frameAnchor: "right", textAnchor: "end", dy: -8 })] : [])];
  }

  const paint = (c, found) =>
    found.length ? { type: "ordinal", domain: found.map((one) => one.value), range: PALETTE } : undefined;

  const stacking = (c) => (c.stack === "share" ? "normalize" : undefined);

  function plot(c, width, options) {
    const svg = Plot.plot({
      width,
      marginRight: 16,
      marginTop: 26,
      marginBottom: 32,
      className: "sbdk-plot",
      ...options,
      style: { background: "none", color: "var(--ink)" },
    });
    svg.setAttribute("aria-hidden", "true"); // the element around it has the words
    return svg;
  }

  function key(c, found) {
    const list = document.createElement("ul");
    list.className = "keys";
    const stroke = c.mark === "line" ? "stroke" : "";
    found.forEach((one, at) => {
      const item = list.appendChild(document.createElement("li"));
      const mark = item.appendChild(document.createElement("i"));
      mark.className = one.value === c.dashed ? `${stroke} dashed` : stroke;
      mark.style.setProperty("--key", PALETTE[at % PALETTE.length]);
      item.append(one.text);
    });
    return list;
  }

  function ramp(c) {
    const column = c.column[c.colour];
    const values = c.rows.map((row) => row[c.colour]);
    const list = document.createElement("ul");
    list.className = "keys";
    const item = list.appendChild(document.createElement("li"));
    const bar = document.createElement("i");
    bar.className = "ramp";
    item.append(formatted(Math.min(0, d3.min(values)), column.format), bar, formatted(d3.max(values), column.format));
    return list;
  }

  Object.assign(sbdkCharts, { tip, reference, paint, stacking, plot, key, ramp });
}
