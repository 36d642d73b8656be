"""A real PostgreSQL on the loopback address, for the tests of one process; it ends with them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

MISSING = "no PostgreSQL here: `sh tools/databases.sh` installs it where apt-get and root are available"
SETTINGS = ("fsync=off", "full_page_writes=off", "listen_addresses=127.0.0.1", "unix_socket_directories=")
PASSWORD = "geheim-42x"


def binaries() -> Path | None:
    """The folder with initdb and postgres; None where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = shutil.which("postgres") or (str(installed[-1]) if installed else None)
    return Path(found).parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running() -> Iterator[str]:
    """A server with one database `shop`, whose owner `shop` has a password; yields the URL. Stopped by its process."""
    folder = binaries()
    assert folder is not None
    root = os.geteuid() == 0
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if root else {}
    home = Path(tempfile.mkdtemp(prefix="sbdk-postgres", dir="/tmp" if root else None))  # which `postgres` can reach
    try:
        if root:
            shutil.chown(home, "postgres", "postgres")
        secret = home / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        made = [folder / "initdb", "-D", home / "data", "-U", "shop", "-A", "scram-sha-256", "--pwfile", secret, "-N"]
        subprocess.run(made, check=True, capture_output=True, cwd="/", **user)  # type: ignore[call-overload]
        yield from _served(folder, home, user)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _served(folder: Path, home: Path, user: dict[str, object]) -> Iterator[str]:
    port = free_port()
    options = [word for setting in (*SETTINGS, f"port={port}") for word in ("-c", setting)]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [folder / "postgres", "-D", home / "data", *options], stdout=log, stderr=log, cwd="/", **user
        )  # type: ignore[call-overload]
    try:
        url = f"postgresql://shop:{PASSWORD}@127.0.0.1:{port}/"
        _wait(f"{url}postgres")
        with psycopg.connect(f"{url}postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE shop")
        yield f"{url}shop"
    finally:
        server.send_signal(2)  # fast shutdown
        server.wait(60)


def _wait(url: str) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
