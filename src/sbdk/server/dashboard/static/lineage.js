// The map of the data: move, zoom, choose a node and see its way up and down.
import { onState } from "./stream.js";

const svg = document.querySelector("svg.graph");
if (svg) {
  const nodes = new Map([...svg.querySelectorAll(".node")].map((node) => [node.dataset.key, node]));
  const edges = [...svg.querySelectorAll(".edge")];
  const parents = new Map(), children = new Map();
  for (const edge of edges) {
    const { from, to } = edge.dataset;
    parents.set(to, [...(parents.get(to) ?? []), from]);
    children.set(from, [...(children.get(from) ?? []), to]);
  }
  const whole = svg.viewBox.baseVal;
  const all = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let view = { ...all }, chosen = null;

  const show = () => svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
  const scale = () => Math.max(view.width / svg.clientWidth, view.height / svg.clientHeight);

  function zoom(factor, x = view.x + view.width / 2, y = view.y + view.height / 2) {
    const width = Math.min(Math.max(view.width * factor, 240), all.width * 3), by = width / view.width;
    view = { x: x - (x - view.x) * by, y: y - (y - view.y) * by, width, height: view.height * by };
    show();
  }

  function fit() { view = { ...all }; show(); }

  function begin() { // on a narrow screen the sources, large enough to be read
    const width = svg.clientWidth * 1.3, height = svg.clientHeight * 1.3;
    if (all.width <= 1.5 * width) return;
    view = { x: all.x, y: all.y + all.height / 2 - height / 2, width, height };
    show();
  }

  function point(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [at.x, at.y];
  }

  svg.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(event.deltaY * 0.0015), ...point(event)); }, { passive: false });
  let drag = null, moved = false;
  svg.addEventListener("pointerdown", (event) => { if (event.button === 0) { drag = { x: event.clientX, y: event.clientY, view }; moved = false; } });
  addEventListener("pointermove", (event) => {
    if (!drag) return;
    const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
    if (!moved && Math.hypot(dx, dy) < 4) return;
    moved = true;
    svg.classList.add("drag");
    const by = scale();
    view = { ...drag.view, x: drag.view.x - dx * by, y: drag.view.y - dy * by };
    show();
  });
  addEventListener("pointerup", () => { drag = null; svg.classList.remove("drag"); });
  svg.addEventListener("dragstart", (event) => event.preventDefault());

  function reach(start, next) {
    const found = new Set([start]), left = [start];
    while (left.length) for (const other of next.get(left.pop()) ?? []) if (!found.has(other)) { found.add(other); left.push(other); }
    return found;
  }

  function choose(key) {
    chosen = key;
    for (const detail of document.querySelectorAll(".detail")) detail.hidden = detail.dataset.key !== key;
    svg.classList.toggle("focused", key !== null);
    const up = key === null ? new Set() : reach(key, parents), down = key === null ? new Set() : reach(key, children);
    for (const [name, node] of nodes) {
      node.classList.toggle("near", up.has(name) || down.has(name));
      node.classList.toggle("chosen", name === key);
    }
    for (const edge of edges) {
      const { from, to } = edge.dataset;
      edge.classList.toggle("near", (up.has(from) && up.has(to)) || (down.has(from) && down.has(to)));
    }
  }

  svg.addEventListener("click", (event) => {
    const node = event.target.closest(".node");
    if (moved) { event.preventDefault(); return; }
    if (!node) { choose(null); return; }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.detail === 0 || node.dataset.key === chosen) { if (!node.hasAttribute("href")) choose(node.dataset.key); return; }
    event.preventDefault();
    choose(node.dataset.key);
  });
  svg.addEventListener("focusin", (event) => { const node = event.target.closest(".node"); if (node?.matches(":focus-visible")) { choose(node.dataset.key); reveal(node); } });

  function reveal(node) {
    const box = node.getBBox();
    if (box.x < view.x || box.y < view.y || box.x + box.width > view.x + view.width || box.y + box.height > view.y + view.height) {
      view = { ...view, x: box.x + box.width / 2 - view.width / 2, y: box.y + box.height / 2 - view.height / 2 };
      show();
    }
  }

  function nearest(way) {
    const here = nodes.get(chosen)?.getBBox();
    if (!here) return nodes.values().next().value;
    const near = way === "ArrowLeft" ? parents.get(chosen) : way === "ArrowRight" ? children.get(chosen) : null;
    const options = near ? near.map((key) => nodes.get(key)) : way.endsWith("Up") || way.endsWith("Down") ? [...nodes.values()].filter((node) => {
      const box = node.getBBox();
      return Math.abs(box.x - here.x) < 4 && (way === "ArrowUp" ? box.y < here.y : box.y > here.y);
    }) : [];
    return options.sort((a, b) => Math.abs(a.getBBox().y - here.y) - Math.abs(b.getBBox().y - here.y))[0];
  }

  addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) { const node = nearest(event.key); if (node) { event.preventDefault(); node.focus({ focusVisible: true }); choose(node.dataset.key); reveal(node); } }
    else if (event.key === "+" || event.key === "=") zoom(0.8);
    else if (event.key === "-") zoom(1.25);
    else if (event.key === "0") fit();
    else if (event.key === "Escape") choose(null);
  });
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", () => ({ in: () => zoom(0.8), out: () => zoom(1.25), fit }[button.dataset.zoom]()));
  }
  for (const button of document.querySelectorAll(".detail .close")) button.addEventListener("click", () => choose(null));

  begin();

  const STATES = ["ok", "failed", "stale", "running", "new"];
  let asking = false;
  onState(async () => {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch("/lineage/states");
      if (!answer.ok) return;
      const now = await answer.json();
      for (const [key, state] of Object.entries(now)) {
        const node = nodes.get(key);
        if (!node || node.classList.contains(state)) continue;
        node.classList.remove(...STATES);
        node.classList.add(state);
        const dot = document.querySelector(`.detail[data-key="${CSS.escape(key)}"] .dot`);
        if (dot) { dot.className = `dot ${state}`; dot.nextSibling.textContent = document.querySelector(`.legend [data-state="${state}"]`)?.textContent ?? state; }
      }
    } catch { /* the next event asks again */ } finally { setTimeout(() => { asking = false; }, 300); }
  });
}
