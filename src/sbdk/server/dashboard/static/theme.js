// Runs before anything is drawn, so that the page never flashes in the other colours.
(() => {
  try {
    const kept = localStorage.getItem("sbdk-theme");
    if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  } catch { /* no storage: the system's colours */ }
})();
