"""A server without HTTP, to be killed: deliveries as JSON lines in, outcomes out, each when it is durable.

python jobs_server.py ROOT BARE_REPOSITORY [SETTINGS AS JSON]
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
import time
from pathlib import Path

from hub import Hub, settings

from sbdk.server.jobs import Runner
from sbdk.server.store import Delivery, Push, Store


async def serve(state: Store) -> None:
    answering: set[asyncio.Task[None]] = set()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        task = asyncio.create_task(answer(state, json.loads(line)))
        answering.add(task)
        task.add_done_callback(answering.discard)


async def answer(state: Store, asked: dict[str, object]) -> None:
    outcome = await state.accept(Delivery(str(asked["id"]), "push", Push(7, "ada/shop", *asked["push"])))  # type: ignore[misc]
    print(json.dumps({"id": asked["id"], "outcome": outcome}), flush=True)


def main(root: Path, bare: Path, changed: str = "{}") -> None:
    state = Store(root / ".sbdk" / "server.sqlite")
    given = json.loads(changed)
    drain_seconds = given.pop("drain_seconds", 10.0)
    runner = Runner(
        state, None if given.get("repository_url", "") is None else settings(root, Hub(bare, bare), **given)
    )
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    runner.start()
    print(json.dumps({"ready": True}), flush=True)
    threading.Thread(target=lambda: asyncio.run(serve(state)), daemon=True).start()
    while not heard:  # a signal that another thread takes ends no wait of this one
        time.sleep(0.05)
    runner.stop(drain_seconds)
    state.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
