"use strict";
// Numbers and times as people read them: the same rules as words.py.
globalThis.sbdkCharts = {};
{
  const MONEY = { dollars: "$", euros: "€", pounds: "£" };

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

  const short = (value, column) =>
    column.kind === "date" && !column.monthly ? d3.utcFormat("%-d %b %Y")(value) : said(value, column);

  const brief = (value, style) => (style === "percent" ? `${Math.round(100 * value)}\u00a0%` : tick(Number(value.toPrecision(3)), style));

  Object.assign(sbdkCharts, { formatted, tick, said, short, brief });
}
