"""Stands in for `sbdk dev`: on record in the history from its start, published in one step.

What it does in between, the commit says in behaviour.json: sleep before (seconds) and after publishing, say something,
fail, or start processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from sbdk.state.history import History

HANG = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"

behaviour = json.loads(Path("behaviour.json").read_text()) if Path("behaviour.json").exists() else {}
state = Path(".sbdk").readlink()
version = Path("version.txt").read_text() if Path("version.txt").exists() else "first"
seen = {"environment": dict(os.environ), "files": sorted(os.listdir()), "arguments": sys.argv[1:]}
(state / "seen.json").write_text(json.dumps(seen))
history = History(state)
run_id = history.start_run(version)
print(behaviour.get("say", "building"), flush=True)
for kind in behaviour.get("start", []):
    # A child; one in a session of its own; one that has lost its parent; one that does not listen to SIGTERM.
    code = HANG if kind == "deaf" else "import time; time.sleep(1000)"
    if kind == "orphan":
        code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {HANG!r}], start_new_session=True)"
    subprocess.Popen([sys.executable, "-c", code], start_new_session=kind in ("session", "deaf"))
time.sleep(behaviour.get("before", 0))
if behaviour.get("fail"):
    history.finish_run(run_id, "failed", seconds=0)
    sys.exit("the model orders is broken")
history.finish_run(run_id, "success", seconds=0, published=run_id)
time.sleep(behaviour.get("after", 0))
