"""A process that has imported what sbdk and its dbt worker import, and forks a child for each command: see preload.py.

Run with the number of a listening socket. Each connection is one command: a JSON line with descriptors, answered by
the child's process id and, at its end, by its exit code.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import importlib.util
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from support import preload

TESTS = str(Path(__file__).parents[1])
FREE = 500  # descriptors from here on are used by no command
OPENED_BY_IMPORTS: set[int] = set()

MODULES = (
    "sbdk.cli.main", "sbdk.project", "sbdk.run.engine", "sbdk.load.session", "sbdk.transform.worker",
    "sbdk.app.init", "sbdk.load.loader", "sbdk.quality", "sbdk.spec.config", "sbdk.targets.duckdb.target",
    "sbdk.datasets.saas.dataset", "sbdk.datasets.retail.dataset", "sbdk.datasets.bookstore.dataset",
    "dynaconf.loaders", "dynaconf.vendor.ruamel.yaml", "pandas", "numpy.random", "pyarrow.pandas_compat",
    "dlt", "dlt.destinations", "dlt.destinations.impl.duckdb.duck", "dlt.pipeline.pipeline",
    "duckdb", "pyarrow", "pyarrow.parquet", "numpy", "psutil", "filelock", "rich.table", "rich.live",
    "dbt.cli.main", "dbt.adapters.duckdb", "dbt.adapters.duckdb.environments.local",
    "dbt.adapters.duckdb.__version__", "dbt.version", "dbt_common.clients.agate_helper", "babel.dates",
)  # fmt: skip


PROJECT = {
    "dbt_project.yml": "name: sample\nprofile: sample\n",
    "profiles.yml": "sample: {target: dev, outputs: {dev: {type: duckdb, path: 'sample.duckdb'}}}\n",
    "models/one.sql": "select 1 as id\n",
    "models/two.sql": "select id from {{ ref('one') }} join {{ source('raw', 'three') }} using (id)\n",
    "models/all.yml": """
sources: [{name: raw, tables: [{name: three, columns: [{name: id, data_tests: [not_null]}]}]}]
models: [{name: one, columns: [{name: id, data_tests: [unique, not_null]}]}]
exposures: [{name: page, type: dashboard, owner: {name: ada}, depends_on: [ref('two')]}]
unit_tests:
  - {name: whole, model: two, given: [{input: ref('one'), rows: [{id: 1}]}], expect: {rows: [{id: 1}]}}
""",
    "seeds/names.csv": "id,name\n1,one\n",
    "tests/none.sql": "select * from {{ ref('one') }} where id < 0\n",
    "macros/twice.sql": "{% macro twice(x) %} 2 * {{ x }} {% endmacro %}\n",
}
"""A dbt project with what the projects of the tests have, by file."""


def main(number: int) -> dict[str, Any]:
    """Serve until the connection's other end closes; in a child, return its command."""
    gc.disable()
    for module in MODULES:
        importlib.import_module(module)
    _import_worker()
    _make_codecs()
    gc.freeze()
    OPENED_BY_IMPORTS.update(int(name) for name in os.listdir("/proc/self/fd"))
    OPENED_BY_IMPORTS.discard(number)
    listening = socket.socket(fileno=number)
    running: dict[int, socket.socket] = {}
    ended, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = selectors.DefaultSelector()
    for source in (listening, ended, 0):
        waiting.register(source, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj == 0:  # the tests are over
                os._exit(0)
            if key.fileobj is listening:
                connection, _ = listening.accept()
                command = _receive(connection)
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    waiting.close()
                    return command
                for descriptor in command["received"]:
                    os.close(descriptor)
                running[pid] = connection
                connection.sendall(b"%d\n" % pid)
            else:
                os.read(ended, 4096)
                _report(running)


def _make_codecs() -> None:
    """Have dbt make the functions that read and write its parse state: it makes them at their first use, in a second.

    A child parses a project with a node of each kind, for dbt's own state must not stay here.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder

    with tempfile.TemporaryDirectory() as folder:
        for name, text in PROJECT.items():
            file = Path(folder, name)
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        pid = os.fork()
        if pid == 0:
            from dbt.cli.main import dbtRunner

            places = [f"--{place}={folder}" for place in ("project-dir", "profiles-dir", "target-path", "log-path")]
            dbtRunner().invoke(["parse", *places, "--quiet", "--no-send-anonymous-usage-stats"])
            os._exit(0)
        os.waitpid(pid, 0)
        state = Path(folder, "partial_parse.msgpack").read_bytes()
    Manifest.from_msgpack(state, decoder=extended_mashumuro_decoder).to_msgpack(encoder=extended_mashumaro_encoder)


def _report(running: dict[int, socket.socket]) -> None:
    """Tell the exit codes of the children that have ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with contextlib.suppress(OSError), running.pop(pid) as connection:
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _receive(connection: socket.socket) -> dict[str, Any]:
    line, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 8)
    while not line.endswith(b"\n"):
        line += connection.recv(1 << 16)
    command: dict[str, Any] = json.loads(line)
    return {**command, "received": descriptors}


def become(command: dict[str, Any]) -> None:
    """Take over the command's descriptors, environment and folder, as a new process has them."""
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, FREE) for descriptor in command["received"]]
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in {*high, *OPENED_BY_IMPORTS}:
            with contextlib.suppress(OSError):  # the one of this listing
                os.close(int(name))
    for descriptor, number in zip(high, command["descriptors"], strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(command["environment"])
    time.tzset()
    os.chdir(command["folder"])
    sys.argv[1:] = command["arguments"]


def run(command: dict[str, Any]) -> None:
    """Do what `python -m sbdk …` does, or the worker's file, or plain `dbt`, or a script of plain Python."""
    become(command)
    sys.path[:] = [entry for entry in sys.path if not entry.startswith(TESTS)]
    if command["program"] == "sbdk":
        gc.enable()
        sys.path.insert(0, command["folder"])
        preload.install(command["server"])
        _exit_as_python(partial(runpy.run_module, "sbdk", run_name="__main__", alter_sys=True))
    elif command["program"] == "dbt":
        from dbt.cli.main import cli

        gc.enable()
        _exit_as_python(partial(cli, prog_name="dbt"))
    elif command["program"] == "python":
        gc.enable()
        _exit_as_python(partial(runpy.run_path, command["arguments"][0], run_name="__main__"))
    else:
        warnings.filterwarnings("ignore", category=UserWarning, module="multiprocessing.resource_tracker")
        importlib.import_module(f"{WORKER}.main").main(sys.argv[1])


def _exit_as_python(program: Callable[[], object]) -> None:
    """Run the program and end as Python ends, but for the destruction of what the server imported."""
    code: object = 0
    try:
        program()
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    if not isinstance(code, int | None):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code or 0)


WORKER = "sbdk_dbt_worker"


def _import_worker() -> None:
    """Import the worker's package by its path, under its own name, as its `__main__` does."""
    import sbdk.transform.process

    folder = Path(sbdk.transform.process.CHILD).parent
    spec = importlib.util.spec_from_file_location(
        WORKER, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[WORKER] = package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    for module in ("main", "dbt_project", "warmup", "callbacks"):
        importlib.import_module(f"{WORKER}.{module}")


if __name__ == "__main__":
    run(main(int(sys.argv[1])))
