// The run that goes on, stage by stage.
import { onState } from "./stream.js";

let live = null, watch = null, at = 0;

function seconds(value) {
  if (value === null || value === undefined) return "–";
  if (value < 10) return `${value.toFixed(2)} s`;
  return value < 60 ? `${value.toFixed(1)} s` : `${Math.floor(value / 60)} min ${String(Math.floor(value % 60)).padStart(2, "0")} s`;
}

function what(stage) {
  if (stage.status === "running") {
    const done = stage.done == null ? "" : `${stage.done.toLocaleString("en")}${stage.total ? ` of ${stage.total.toLocaleString("en")}` : ""}`;
    return [done, stage.what].filter(Boolean).join(" · ");
  }
  return stage.rows ? `${stage.rows.toLocaleString("en")} rows` : stage.what;
}

function draw() {
  const panel = document.getElementById("live");
  if (!live || !panel || !(live.building || panel.dataset.number === String(live.number))) return;
  panel.dataset.number = live.number;
  const since = (performance.now() - at) / 1000;
  const word = live.status;
  panel.querySelector(".top .dot").className = `dot ${word}`;
  panel.querySelector(".top b").textContent = { running: "Running", failed: "Failed", success: "Published", up_to_date: "Up to date" }[word] ?? word;
  const when = panel.querySelector(".top a");
  if (when) when.hidden = live.building;
  const changed = watch?.changed ?? [];
  document.getElementById("changed").textContent = live.building ? changed.slice(0, 3).join(", ") + (changed.length > 3 ? ` and ${changed.length - 3} more` : "") : "";
  if (live.building) panel.querySelector(".top .right").textContent = seconds(live.seconds + since);
  for (const [place, stage] of live.stages.entries()) {
    const item = panel.querySelectorAll(".stages li")[place];
    if (!item) continue;
    const running = stage.status === "running";
    item.className = stage.status;
    item.querySelector(".dot").className = `dot ${stage.status}`;
    const time = stage.status === "waiting" || stage.status === "skipped" ? "–" : seconds(stage.seconds + (running ? since : 0));
    item.querySelector(".time").textContent = time;
    item.querySelector(".what").textContent = what(stage) ?? "";
    const bar = item.querySelector("svg.bar"), known = running && stage.total;
    bar.classList.toggle("unknown", running && !known);
    const full = stage.status === "success" || stage.status === "failed";
    bar.firstElementChild.setAttribute("width", full ? 100 : known ? 100 * stage.done / stage.total : running ? 35 : 0);
  }
  const lines = panel.querySelector(".lines");
  lines.hidden = !live.notes.length;
  if (lines.childElementCount !== live.notes.length) {
    lines.replaceChildren(...live.notes.map((note) => {
      const item = document.createElement("li");
      item.className = note.kind;
      item.textContent = note.text;
      return item;
    }));
  }
}

onState((state) => { live = state.live; watch = state.watch; at = performance.now(); draw(); });
setInterval(() => { if (live?.building) draw(); }, 100);
