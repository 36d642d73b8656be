// The SQL box: an editor with colours, history kept in this browser, results as a table, export.
const text = document.getElementById("sql"), paint = document.getElementById("paint");
const result = document.getElementById("result"), past = document.getElementById("past");
const KEPT = 50, STORE = `sbdk-sql-${document.body.dataset.project}`;
const WORDS = new Set(("select from where group by order having limit offset join left right full inner outer cross on using as and or not in is null "
  + "case when then else end with recursive union all except intersect distinct between like ilike exists cast interval date timestamp true false "
  + "over partition rows range filter qualify pivot unpivot describe summarize show explain asc desc nulls first last sample tablesample values exclude replace columns").split(" "));
const PIECES = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*'?)|("(?:[^"]|"")*"?)|(\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)|([A-Za-z_][A-Za-z_0-9]*)/gi;

function span(kind, words) {
  const piece = document.createElement("span");
  piece.className = kind;
  piece.textContent = words;
  return piece;
}

function colour(bad = null) {
  const source = text.value, pieces = [];
  let last = 0;
  for (const found of source.matchAll(PIECES)) {
    const kind = found[1] ? "c" : found[2] ? "s" : found[4] ? "n" : found[5] && WORDS.has(found[5].toLowerCase()) ? "k" : "";
    pieces.push(source.slice(last, found.index));
    const wrong = bad && found.index < bad.end && found.index + found[0].length > bad.start ? " bad" : "";
    pieces.push(kind || wrong ? span(kind + wrong, found[0]) : found[0]);
    last = found.index + found[0].length;
  }
  pieces.push(source.slice(last), "\n");
  paint.replaceChildren(...pieces);
}

// ---- editing

function put(start, end, words, from = start + words.length, to = from) {
  text.focus();
  text.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, words)) text.setRangeText(words);
  text.setSelectionRange(from, to);
  colour();
}

function indent(back) {
  const { selectionStart: start, selectionEnd: end, value } = text;
  if (start === end && !back) return put(start, end, "  ");
  const first = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(first, end), changed = back ? lines.replace(/^ {1,2}/gm, "") : lines.replace(/^/gm, "  ");
  return put(first, end, changed, Math.max(first, start + (back ? -2 : 2)), first + changed.length);
}

function comment() {
  const { selectionStart: start, selectionEnd: end, value } = text;
  const first = value.lastIndexOf("\n", start - 1) + 1, stop = value.indexOf("\n", end) < 0 ? value.length : value.indexOf("\n", end);
  const lines = value.slice(first, stop), all = lines.split("\n").every((line) => !line.trim() || /^\s*--/.test(line));
  const changed = all ? lines.replace(/^(\s*)-- ?/gm, "$1") : lines.replace(/^(?=.*\S)/gm, "-- ");
  put(first, stop, changed, first, first + changed.length);
}

let leaving = false;
text.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Escape") { leaving = true; return; }
  if (event.key === "Tab" && !leaving) { event.preventDefault(); indent(event.shiftKey); }
  else if (command && event.key === "Enter") { event.preventDefault(); run(); }
  else if (command && event.key === "/") { event.preventDefault(); comment(); }
  else if (event.key === "Enter" && !event.shiftKey) {
    const before = text.value.slice(0, text.selectionStart), line = before.slice(before.lastIndexOf("\n") + 1);
    const space = /^\s*/.exec(line)[0] + (/\($/.test(line.trimEnd()) ? "  " : "");
    if (space) { event.preventDefault(); put(text.selectionStart, text.selectionEnd, `\n${space}`); }
  }
  leaving = false;
});
text.addEventListener("input", () => colour());

// ---- history

function load() { try { return JSON.parse(localStorage.getItem(STORE)) ?? []; } catch { return []; } }
function keep(sql) {
  const list = [sql, ...load().filter((other) => other !== sql)].slice(0, KEPT);
  try { localStorage.setItem(STORE, JSON.stringify(list)); } catch { /* full or forbidden */ }
}
function showPast() {
  past.hidden = !past.hidden;
  const list = load();
  past.replaceChildren(...list.map((sql) => {
    const button = document.createElement("button");
    button.textContent = sql.replace(/\s+/g, " ");
    button.title = sql;
    button.addEventListener("click", () => { put(0, text.value.length, sql); past.hidden = true; });
    return button;
  }));
  if (!list.length) past.textContent = "Nothing was asked in this browser yet.";
  past.querySelector("button")?.focus();
}

// ---- asking

function ask(url) {
  return fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sql: text.value }) });
}

function say(words, kind = "soft") {
  const line = document.createElement("p");
  line.className = `pad ${kind}`;
  line.textContent = words;
  result.replaceChildren(line);
}

function complain({ error, detail, at }) {
  if (!at) { say(detail, "poor"); colour(); return; }
  const lines = text.value.split("\n"), line = lines[at.line - 1] ?? "";
  const start = lines.slice(0, at.line - 1).reduce((sum, one) => sum + one.length + 1, 0) + at.column - 1;
  const box = document.createElement("div");
  box.className = "pad";
  const words = document.createElement("p");
  words.className = "poor";
  words.textContent = detail;
  const place = document.createElement("pre");
  place.className = "log mono soft";
  const from = Math.max(0, at.column - 60);
  const head = `line ${at.line}: ${from ? "…" : ""}`;
  place.textContent = `${head}${line.slice(from, from + 120)}\n${" ".repeat(head.length + at.column - 1 - from)}${"^".repeat(at.length)}`;
  box.append(words, place);
  result.replaceChildren(box);
  result.dataset.error = error;
  colour({ start, end: start + at.length });
  text.focus();
  text.setSelectionRange(start, start);
}

function cell(value, kind) {
  const place = document.createElement("td");
  if (kind === "number") place.className = "num";
  if (value === null) { place.textContent = "null"; place.classList.add("null"); } else { place.textContent = value; if (value.length > 40) place.title = value; }
  return place;
}

function table({ columns, rows }) {
  const made = document.createElement("table"), head = made.createTHead().insertRow(), body = made.createTBody();
  made.className = "data";
  for (const column of columns) {
    const name = document.createElement("th"), type = document.createElement("small");
    if (column.kind === "number") name.className = "num";
    type.textContent = column.type.toLowerCase();
    name.append(column.name, type);
    head.append(name);
  }
  for (const row of rows) body.insertRow().append(...row.map((value, at) => cell(value, columns[at].kind)));
  return made;
}

const bar = document.getElementById("figures");
async function run() {
  const sql = text.value.trim();
  if (!sql) return;
  keep(sql);
  delete result.dataset.error;
  result.setAttribute("aria-busy", "true");
  bar.textContent = "asking …";
  try {
    const answer = await ask("/sql/run"), body = await answer.json();
    if (!answer.ok) { bar.textContent = ""; complain(body); return; }
    colour();
    const rows = body.rows.length.toLocaleString("en");
    bar.textContent = `${body.more ? `the first ${rows} rows` : `${rows} row${body.rows.length === 1 ? "" : "s"}`} · ${Math.max(1, Math.round(body.seconds * 1000)).toLocaleString("en")} ms`;
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.tabIndex = 0;
    scroll.append(table(body));
    result.replaceChildren(scroll);
  } catch {
    bar.textContent = "";
    say("The dashboard does not answer.", "poor");
  } finally {
    result.removeAttribute("aria-busy");
  }
}

async function save(form) {
  const answer = await ask(`/sql/export/${form}`);
  if (!answer.ok) { complain(await answer.json()); return; }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = `result.${form}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.export) save(button.dataset.export);
  else if (button?.id === "ask") run();
  else if (button?.id === "show-past") showPast();
  else if (button?.dataset.insert) put(text.selectionStart, text.selectionEnd, button.dataset.insert);
  if (!event.target.closest("#past, #show-past")) past.hidden = true;
});
const wanted = new URLSearchParams(location.search).get("sql");
text.value = wanted ?? load()[0] ?? text.value;
colour();
