"""A server on a thread of its own: uvicorn with uvloop and httptools.

    server = Server(app, "127.0.0.1", 0)
    url = server.start()
    …
    server.stop()

or, for a whole command, `Server(app).run(print)`: until SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from sbdk.core.errors import AddressInUse, SbdkError, UsageError
from sbdk.server.http.compat import ServerProtocol, check_uvicorn

DRAIN_SECONDS = 10


class Server:
    """Serves `app` on `host`:`port`; port 0 takes a free one.

    `drain`: seconds that requests under way have to end when it stops; `on_stop` is called first, so that a response
    without an end (server-sent events) can end itself. `proxies`: addresses whose X-Forwarded-For is trusted.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        drain: int = DRAIN_SECONDS,
        on_stop: Callable[[], None] | None = None,
        proxies: Sequence[str] = (),
    ) -> None:
        self.host = host
        self.port = port
        self._on_stop = on_stop
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._uvicorn = _Uvicorn(_config(app, drain, proxies))

    @property
    def url(self) -> str:
        """The address it serves; with the real port once it has started."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def start(self) -> str:
        """Listen, and return the URL once requests are answered. AddressInUse, or what the app's start-up raised."""
        listening = _bind(self.host, self.port)
        self.port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(listening,), name="server", daemon=True)
        self._thread.start()
        self._uvicorn.ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise _startup_error(self._failure) from self._failure
        return self.url

    def stop(self) -> None:
        """Take no more connections, let requests end within the drain time, and return when all is closed."""
        if self._thread is None:
            return
        if self._on_stop is not None:
            self._on_stop()
        self._uvicorn.should_exit = True
        self._thread.join()
        self._thread = None

    def run(self, on_ready: Callable[[str], Any]) -> signal.Signals | None:
        """In the main thread: serve until a signal, which is returned, or until it fails; then stop in good order."""
        with _signals() as (received, wake):
            self._uvicorn.on_end = wake.set
            url = self.start()
            try:
                on_ready(url)
                _freeze_loaded_objects()
                while not received and not wake.wait(0.2):
                    pass  # a signal that another thread takes runs its handler here, but ends no wait
            finally:
                self.stop()
        if self._failure is not None:
            raise _startup_error(self._failure) from self._failure
        return received[0] if received else None

    def _serve(self, listening: socket.socket) -> None:
        try:
            self._uvicorn.run([listening])
        except BaseException as error:
            self._failure = error
        finally:
            listening.close()
            self._uvicorn.ready.set()
            self._uvicorn.on_end()


class _Uvicorn(uvicorn.Server):
    """Sets `ready` when it accepts requests, and leaves signals to the owner of the main thread."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.on_end: Callable[[], None] = lambda: None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def _config(app: ASGIApp, drain: int, proxies: Sequence[str]) -> uvicorn.Config:
    check_uvicorn()
    return uvicorn.Config(
        app,
        http=ServerProtocol,
        ws="none",
        lifespan="auto",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=drain,
    )


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise UsageError(f"--host {host!r} is not an address of this machine", hint="for example 127.0.0.1") from error
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(2048)  # at once, so that no other program can take the port
    except OSError as error:
        listening.close()
        raise _bind_error(error, host, port) from error
    return listening


def _bind_error(error: OSError, host: str, port: int) -> SbdkError:
    if error.errno == errno.EADDRINUSE:
        hint = "end the program that listens there, or choose another port: --port 0 takes a free one"
        return AddressInUse(f"port {port} on {host} is in use", hint=hint)
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} needs rights that this user lacks", hint="choose a port from 1024 on")
    return UsageError(
        f"cannot listen on {host}, port {port}: {error.strerror}", hint="--host 127.0.0.1 is this machine"
    )


def _startup_error(error: BaseException) -> BaseException:
    if isinstance(error, SystemExit):  # uvicorn's way to report that the app's own start-up failed
        return SbdkError("the server did not start", hint="its log has the reason")
    return error


def _freeze_loaded_objects() -> None:
    """Exempt modules and routes from garbage collection: a scan of them stops all requests for 40 ms."""
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _signals() -> Iterator[tuple[list[signal.Signals], threading.Event]]:
    """The signals received so far, and an event for an end without one; a second Ctrl-C ends the wait for the drain."""
    received: list[signal.Signals] = []
    wake = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def record(number: int, _: object) -> None:
        received.append(signal.Signals(number))  # nothing else: this thread may hold a lock that more work needs
        signal.signal(signal.SIGINT, before[signal.SIGINT])

    for number in before:
        signal.signal(number, record)
    try:
        yield received, wake
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
