"use strict";
// Draws one declared chart with Observable Plot: sbdkCharts.draw(chart, width) gives an element. `chart` is what
// Picture.as_data() says. Colours are CSS variables (--c1 … --c10, --accent, --ink, --soft, --grid, --card), so that a
// switch between light and dark needs no new drawing. Values get into the page as text only.
globalThis.sbdkCharts = (() => {
  const PALETTE = d3.range(1, 11).map((number) => `var(--c${number})`);
  const MONEY = { dollars: "$", euros: "€", pounds: "£" };
  const FONT = 12;

  // --- numbers and times: the same rules as words.py ---

  const count = (size) =>
    size >= 1000 || Number.isInteger(size) ? d3.format(",.0f")(size)
      : size >= 1 ? d3.format(",.2f")(size)
        : size < 1e-4 ? size.toExponential(2) : String(Number(size.toPrecision(3)));

  /** A share in percent: a tenth of a percent, below 1 % a hundredth. */
  const share = (size) => d3.format(size === 0 ? ".0f" : size < 0.01 ? ".2f" : ",.1f")(100 * size);

  function formatted(value, style) {
    if (value === null || value === undefined) return "";
    const size = Math.abs(value);
    const text = style === "percent" || style === "change" ? share(size)
      : style === "plain" ? String(size)
        : MONEY[style] ? d3.format(size >= 1000 ? ",.0f" : ",.2f")(size) : count(size);
    const sign = !/[1-9]/.test(text) ? "" : value < 0 ? "−" : style === "change" ? "+" : "";
    const unit = style === "percent" || style === "change" ? "\u00a0%" : style === "days" ? "\u00a0days" : "";
    return sign + (MONEY[style] ?? "") + text + unit;
  }

  /** A tick: short, in the unit of the largest of its axis, with as many decimals as its neighbours. */
  function tick(value, style, ticks = [value]) {
    const size = Math.abs(value);
    const sign = value < 0 ? "−" : style === "change" && value > 0 ? "+" : "";
    if (style === "plain") return sign + size;
    const isShare = style === "percent" || style === "change";
    const largest = d3.max(ticks, Math.abs);
    const [unit, letter] = isShare ? [0.01, ""] : largest >= 1e9 ? [1e9, "B"] : largest >= 1e6 ? [1e6, "M"] : largest >= 1e4 ? [1e3, "k"] : [1, ""];
    const digits = d3.max(ticks, (one) => decimals(one / unit));
    return sign + (MONEY[style] ?? "") + d3.format(`,.${digits}f`)(size / unit) + (size ? letter : "") + (isShare ? "\u00a0%" : "");
  }

  const decimals = (value) => Math.min((String(Number(Math.abs(value).toPrecision(6))).split(".")[1] ?? "").length, 4);

  const day = d3.utcFormat("%a %-d %b %Y");
  const month = d3.utcFormat("%b %Y");
  const minute = d3.utcFormat("%-d %b %Y %H:%M");

  function said(value, column) {
    if (value === null || value === undefined) return "–";
    if (column.kind === "number") return formatted(value, column.format);
    if (column.kind === "text") return String(value);
    if (column.kind === "time") return minute(value);
    return (column.monthly ? month : day)(value);
  }

  // --- data: rows as objects, times as dates, several y columns as series of one ---

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

  function series(c) {
    if (!c.colour || c.mark === "cell") return [];
    return categories(c, c.colour).map((value) => ({
      value,
      text: said(value, c.column[c.colour]),
    }));
  }

  // --- scales and axes ---

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

  const categories = (c, name) => [...new d3.InternSet(c.rows.map((row) => row[name]))]; // two dates can be the same day

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

  // --- what all marks share: tips, reference lines, colours ---

  function tip(c, channels) {
    const format = {};
    const extra = {};
    for (const [key, name] of Object.entries(channels)) {
      if (!name) continue;
      extra[key] = { value: name, label: c.column[name].label };
      format[key] = (value) => said(value, c.column[name]);
    }
    for (const key of ["x", "y", "fill", "stroke", "z", "fx", "fy"]) format[key] ??= false;
    return { channels: extra, tip: { format, lineWidth: 28, stroke: "var(--line)" } };
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

  // --- the marks ---

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
    const series = Object.fromEntries(c.wide_y.map((name, at) => [`c${at}`, name]));
    const shown = tip(c, { when: c.x, ...series, low: c.low, high: c.high });
    const y = (row) => d3.max(c.wide_y, (name) => row[name]);
    return Plot.tip(c.wide_rows, Plot.pointerX({ x: c.x, y, channels: shown.channels, ...shown.tip }));
  }

  const stacking = (c) => (c.stack === "share" ? "normalize" : undefined);

  /** An axis that would begin a little above zero begins at zero. */
  function nearZero(c) {
    const [least, most] = d3.extent(c.rows, (row) => row[c.y]);
    return least > 0 && least < most / 2;
  }

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

  function dots(c, width) {
    const found = series(c);
    const axis = (name) => {
      const column = c.column[name];
      if (isTime(column)) return timeAxis(c, name, width);
      return column.kind === "number" ? { ...numeric(column), grid: true, nice: true } : categoryAxis(c, name);
    };
    const names = c.column[c.y].kind === "text" ? categories(c, c.y).map(String) : [];
    return plot(c, width, {
      height: c.height ?? (names.length ? names.length * 26 + 44 : 280),
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

  const short = (value, column) =>
    column.kind === "date" && !column.monthly ? d3.utcFormat("%-d %b %Y")(value) : said(value, column);

  const brief = (value, style) => (style === "percent" ? `${Math.round(100 * value)}\u00a0%` : tick(Number(value.toPrecision(3)), style));

  // --- the frame ---

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

  return { draw, formatted, PALETTE };
})();
