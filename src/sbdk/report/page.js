"use strict";
// The page around the charts: draws each at the width it has, again when that changes, and switches light and dark.
(() => {
  const charts = JSON.parse(document.getElementById("data").textContent);

  const draw = (canvas, width) => {
    try {
      canvas.replaceChildren(sbdkCharts.draw(charts[canvas.dataset.chart], width));
    } catch (error) {
      const told = document.createElement("p");
      told.className = "poor error";
      told.textContent = `This chart cannot be drawn: ${error.message}`;
      canvas.replaceChildren(told);
    }
  };

  const widths = new WeakMap();
  const sized = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      const width = Math.floor(contentRect.width);
      if (width > 0 && widths.get(target) !== width) {
        widths.set(target, width);
        draw(target, width);
      }
    }
  });
  for (const canvas of document.querySelectorAll("[data-chart]")) sized.observe(canvas);

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const shown = () => document.documentElement.dataset.theme || (dark.matches ? "dark" : "light");
  const other = () => (shown() === "dark" ? "light" : "dark");
  const button = document.createElement("button");
  button.className = "theme";
  button.type = "button";
  const label = () => { button.textContent = other() === "dark" ? "Dark" : "Light"; };
  const choose = (theme) => {
    document.documentElement.dataset.theme = theme;
    label();
  };
  button.addEventListener("click", () => {
    choose(other());
    try { localStorage.setItem("sbdk-theme", shown()); } catch { /* no storage for this page: the choice ends with it */ }
  });
  dark.addEventListener("change", label);
  try {
    const kept = localStorage.getItem("sbdk-theme");
    if (kept === "dark" || kept === "light") choose(kept);
  } catch { /* as above */ }
  label();
  document.querySelector("header").append(button);
})();
