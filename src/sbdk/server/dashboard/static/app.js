// What every page does: follow the event stream, keys, colours, parts that come later.
import { onState } from "./stream.js";

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// ---- colours

function toggleTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("sbdk-theme", root.dataset.theme); } catch { /* kept for this page only */ }
}

// ---- parts of a page that are worked out after it is shown

export async function fetchPart(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok) {
    const { detail } = await answer.json().catch(() => ({ detail: "the dashboard does not answer" }));
    throw new Error(detail);
  }
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

async function loadPart(place) {
  place.setAttribute("aria-busy", "true");
  try {
    const body = await fetchPart(place.dataset.part);
    place.replaceChildren(...body.childNodes);
    place.classList.add("grow");
    delete place.dataset.part;
  } catch (error) {
    place.textContent = error.message;
  } finally {
    place.removeAttribute("aria-busy");
  }
  wire(place);
}

function wire(within) {
  for (const place of $$("[data-part]", within)) if (!place.hasAttribute("data-lazy")) loadPart(place);
  for (const fold of $$("details[data-fold]", within)) {
    fold.addEventListener("toggle", () => { const place = $("[data-part]", fold); if (fold.open && place) loadPart(place); });
  }
  for (const button of $$("[data-load]", within)) {
    button.addEventListener("click", () => { button.disabled = true; loadPart(document.getElementById(button.dataset.load)).finally(() => { button.hidden = true; }); });
  }
}

// ---- a page that is brought up to date in place

let swapping = false;
export async function refresh() {
  if (swapping) return;
  swapping = true;
  try {
    const body = await fetchPart(location.href);
    for (const old of $$("[data-fresh]")) {
      const fresh = body.querySelector(`#${old.id}`);
      if (fresh && !(document.body.dataset.building && old.id === "live")) { old.replaceWith(fresh); wire(fresh); }
    }
    if (latest) showStatus(latest.live, latest.watch);
    document.dispatchEvent(new Event("refreshed"));
  } catch { /* the next event tries again */ } finally { swapping = false; }
}

function toast(text, label, action) {
  $(".toast")?.remove();
  const box = document.createElement("div");
  box.className = "toast panel";
  box.setAttribute("role", "status");
  box.append(text);
  if (label) {
    const button = document.createElement("button");
    button.textContent = label;
    button.addEventListener("click", action);
    box.append(button);
  } else {
    setTimeout(() => box.remove(), 4000);
  }
  document.body.append(box);
}

// ---- the event stream

let latest = null, seen = { published: document.body.dataset.published, history: null }, watched = null;
onState((state) => {
  const { live, seen: now, watch } = latest = state;
  if (live.building) document.body.dataset.building = "1"; else delete document.body.dataset.building;
  showStatus(live, watch);
  const published = now.published !== seen.published, history = seen.history !== null && now.history !== seen.history;
  const judged = watched !== null && watch && watch.status !== watched && watch.status !== "building";
  seen = now;
  if (watch) watched = watch.status;
  const manner = $("main").dataset.news;
  if (manner === "swap" && (published || history || judged)) refresh();
  else if (manner === "toast" && published) toast("A new build is published.", "Show it", () => location.reload());
});

function showStatus(live, watch) {
  const dot = $("#status .dot"), text = $("#status span:last-child");
  const building = live.building || watch?.status === "building";
  dot.className = `dot ${building ? "building" : watch?.status === "failed" ? "failed" : dot.dataset.rest}`;
  text.textContent = building ? "Running …" : watch?.status === "failed" ? "The last change failed" : text.dataset.rest;
}

// ---- run

async function run() {
  const button = $("#run");
  if (!button || button.disabled) return;
  button.disabled = true;
  const answer = await fetch("/run", { method: "POST" }).catch(() => null);
  if (!answer?.ok) toast("The run could not be asked for.");
  setTimeout(() => { button.disabled = false; }, 1500);
}

// ---- keys

const PLACES = { 1: "/", 2: "/lineage", 3: "/tables", 4: "/checks", 5: "/sql", 6: "/score" };
const help = $("#help");

function onKey(event) {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "Escape") { if (typing) typing.blur(); $(".toast")?.remove(); return; }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || help.open && event.key !== "?") return;
  const act = {
    "?": () => help.open ? help.close() : help.showModal(),
    "/": () => $("[data-search]")?.focus(),
    t: toggleTheme,
    r: run,
    j: () => step(1),
    k: () => step(-1),
    "[": () => $("a[rel=prev]")?.click(),
    "]": () => $("a[rel=next]")?.click(),
  }[event.key] ?? (PLACES[event.key] && $(`.nav a[href="${PLACES[event.key]}"]`) ? () => { location.href = PLACES[event.key]; } : null);
  if (act) { event.preventDefault(); act(); }
}

function step(by) {
  const links = $$("main tr:not([hidden]) a[data-row]");
  const at = links.indexOf(document.activeElement);
  links[at < 0 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
}

// ---- filtering, times

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-search]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const row of $$("tr[data-name]")) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
  for (const group of $$("tbody[data-group]")) group.hidden = !$$("tr[data-name]:not([hidden])", group).length;
});

const UNITS = [[86400, "day"], [3600, "hour"], [60, "minute"]];
function ago(iso) {
  const passed = Math.max(Date.now() - Date.parse(iso), 0) / 1000;
  for (const [length, unit] of UNITS) {
    const number = Math.floor(passed / length);
    if (number) return `${number} ${unit}${number > 1 ? "s" : ""} ago`;
  }
  return "just now";
}
setInterval(() => { for (const time of $$("time[data-ago]")) time.textContent = ago(time.dateTime); }, 15000);

document.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  ({ theme: toggleTheme, help: () => help.showModal(), close: () => help.close(), run }[button.dataset.do])?.();
});
wire(document);
