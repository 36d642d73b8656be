"""The one thread that writes. Changes that arrive during a commit are committed together in the next one.

A commit costs one wait for the disk however much it holds, so the busier the server, the more changes each wait serves;
an idle server commits at once. No change is answered before the commit that holds it is on the disk.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sbdk.core.errors import SbdkError
from sbdk.core.failpoints import failpoint
from sbdk.server.store import database
from sbdk.server.store.database import connect, open_for_writing
from sbdk.server.store.deliveries import accept
from sbdk.server.store.records import Delivery, StoreBusy, StoreUnavailable, translate_errors

QUEUE = 4_096  # requests that may wait for the disk; more are refused, for each holds memory
BATCH = 512  # changes per commit

Change = Callable[[sqlite3.Connection], Any]


@dataclass
class PendingChange:
    """A delivery or another change, with the future that waits for it: of an event loop, or of a thread."""

    change: Delivery | Change
    future: Any
    loop: asyncio.AbstractEventLoop | None = None
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Opens and checks the file, or raises StoreUnavailable. Calls `accepted` when a new job is on the disk."""

    def __init__(self, path: Path, accepted: Callable[[], None]) -> None:
        self.path = path
        self._accepted = accepted
        self._connection: sqlite3.Connection | None = open_for_writing(path)
        self._requests: queue.SimpleQueue[PendingChange | None] = queue.SimpleQueue()
        self._closed = False
        self._changes = database.PRUNE_EVERY  # so that the first change prunes
        self._thread = threading.Thread(target=self._work, name="sbdk-state", daemon=True)
        self._thread.start()

    async def change(self, change: Delivery | Change) -> Any:
        """Wait until the change is on the disk. Raises StoreBusy, StoreUnavailable, or what the change raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._enqueue(PendingChange(change, future, loop))
        return await future

    def change_now(self, change: Change) -> Any:
        """The same for a thread."""
        future: Future[Any] = Future()
        self._enqueue(PendingChange(change, future))
        return future.result()

    def close(self) -> None:
        """Finish the pending changes, checkpoint the log into the file, and close."""
        if not self._closed:
            self._closed = True
            self._requests.put(None)
            self._thread.join()

    def _enqueue(self, request: PendingChange) -> None:
        if self._closed:
            raise StoreUnavailable("the server's state is closed", file=self.path)
        if self._requests.qsize() >= QUEUE:
            raise StoreBusy(f"{QUEUE} requests wait for the disk", hint="try again in a second")
        self._requests.put(request)

    def _work(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._take()
            if batch:
                self._commit(batch)
                _notify(batch)
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    def _take(self) -> tuple[list[PendingChange], bool]:
        """The pending changes, at least one; False after `close`."""
        batch: list[PendingChange] = []
        request = self._requests.get()
        while request is not None:
            batch.append(request)
            if len(batch) == BATCH:
                return batch, True
            try:
                request = self._requests.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _commit(self, batch: list[PendingChange]) -> None:
        """Commit all of the batch, or nothing: then each change gets the error."""
        try:
            with translate_errors(self.path):
                self._apply(batch)
        except BaseException as error:
            self._abandon()
            for request in batch:
                request.error = error
        else:
            if any(request.result == "accepted" for request in batch):
                self._accepted()

    def _apply(self, batch: list[PendingChange]) -> None:
        if self._connection is None:
            self._connection = connect(self.path)
        self._connection.execute("BEGIN IMMEDIATE")
        deliveries = [request for request in batch if isinstance(request.change, Delivery)]
        if deliveries:
            outcomes = accept(self._connection, [request.change for request in deliveries])  # type: ignore[misc]
            for request, outcome in zip(deliveries, outcomes, strict=True):
                request.result = outcome
        for request in batch:
            if not isinstance(request.change, Delivery):
                _apply_change(self._connection, request, request.change)
        self._changes += len(batch)
        if self._changes >= database.PRUNE_EVERY:
            self._changes = 0
            database.prune(self._connection)
        failpoint("before_commit")
        self._connection.execute("COMMIT")
        failpoint("after_commit")

    def _abandon(self) -> None:
        """After an error the next batch gets a fresh connection: the disk may have room again."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def _apply_change(connection: sqlite3.Connection, request: PendingChange, change: Change) -> None:
    """A change raises an SbdkError before it has written anything, so the other changes go on."""
    try:
        request.result = change(connection)
    except SbdkError as error:
        request.error = error


def _notify(batch: list[PendingChange]) -> None:
    """One wake-up per event loop, not one per request."""
    loops: dict[asyncio.AbstractEventLoop, list[PendingChange]] = {}
    for request in batch:
        if request.loop is None:
            _resolve([request])
        else:
            loops.setdefault(request.loop, []).append(request)
    for loop, requests in loops.items():
        with suppress(RuntimeError):  # the loop has ended: nothing waits any more
            loop.call_soon_threadsafe(_resolve, requests)


def _resolve(requests: list[PendingChange]) -> None:
    for request in requests:
        if request.future.done():  # its client has disconnected
            continue
        if request.error is not None:
            request.future.set_exception(request.error)
        else:
            request.future.set_result(request.result)
