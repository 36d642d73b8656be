"""Resends a lost Ctrl-C: Python drops a KeyboardInterrupt that is raised inside a `__del__`."""

from __future__ import annotations

import signal
import sys
import threading

AGAIN_AFTER = 0.05  # seconds: by then the finalizer has returned


def resend_interrupts() -> None:
    """From now on, send an interrupt that a finalizer swallowed to the main thread again.

    For programs, not for libraries: it replaces `sys.unraisablehook`, to which Python reports such exceptions.
    """
    earlier = sys.unraisablehook

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            threading.Timer(AGAIN_AFTER, _interrupt_main).start()
        else:
            earlier(lost)

    sys.unraisablehook = hook


def _interrupt_main() -> None:
    main = threading.main_thread().ident
    if main is not None:
        signal.pthread_kill(main, signal.SIGINT)
