// The event stream. It is closed while nobody looks: a browser opens six connections to one place, and no more.
const listeners = new Set();
let source = null;

function open() {
  if (source) return;
  source = new EventSource("/events");
  source.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    for (const listener of listeners) listener(state);
  });
}

function close() {
  source?.close();
  source = null;
}

export function onState(listener) {
  listeners.add(listener);
  if (!document.hidden) open();
}

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
