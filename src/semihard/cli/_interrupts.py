"""Ctrl-C ends the command at once, whatever it is doing."""

import atexit
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, NoReturn

from semihard._core.files import discard_unfinished

MESSAGE = "semihard: interrupted; every file that was written is whole."
# Ctrl-C; `kill` and batch systems; a terminal that is closed (Windows has none).
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
# Seconds that a reader who reads no more can hold up the end, and those that a server has for closing.
SAYING, CLOSING = 0.3, 5.0

_served = False
_number = int(signal.SIGINT)


def watch() -> None:
    """From now on, a signal that asks to end ends the process with 128 + its number, 130 for Ctrl-C, and one line.

    A thread does it, and no `KeyboardInterrupt` is raised: that would come between any two instructions of Python, also
    in a function that a compiler or a drawing library calls from C. There it is dropped and the command goes on to the
    end, or it leaves the library half way, which then crashes. Nor does it come while the main thread waits inside of a
    backend. Python's C handler wakes the thread in each of these cases.

    A signal that is ignored (`nohup`, a script's background) stays so. Only the main thread can call this.
    """
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.set_wakeup_fd(waking.detach(), warn_on_full_buffer=False)
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _pass_on)
    threading.Thread(target=_watch, args=(woken,), daemon=True).start()


@contextlib.contextmanager
def served_until_ctrl_c() -> Iterator[None]:
    """While the block runs, Ctrl-C raises `KeyboardInterrupt` in it: a server then closes itself before the end."""
    global _served
    _served = True
    try:
        yield
    finally:
        _served = False


def end(status: int) -> NoReturn:
    """End the process after what was registered with `atexit`, without waiting for its threads.

    The orderly end of Python joins the threads that Keras reads the losses in, some of which may wait for a step that
    JAX never finishes, or read from it while it is torn down (a crash); and Ctrl-C does nothing from there on.
    """
    atexit._run_exitfuncs()
    os._exit(status)


def status() -> int:
    """Of a process that a `KeyboardInterrupt` ends: 128 + the number of the signal that raised it."""
    return 128 + _number


def _pass_on(number: int, frame: Any) -> None:
    global _number
    if _served:
        _number = number
        raise KeyboardInterrupt


def _watch(woken: socket.socket) -> None:
    while (number := woken.recv(1)[0]) not in SIGNALS or signal.getsignal(number) is not _pass_on:
        pass  # another signal, which somebody else handles
    if _served:
        time.sleep(CLOSING)
    _say_goodbye()
    discard_unfinished()
    os._exit(128 + number)


def _say_goodbye() -> None:
    # Each in a thread of its own: whoever reads may not do so any more, and a full pipe holds up its writer for good.
    for write in (_flush, _say):
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        thread.join(SAYING)


def _flush() -> None:
    # Nothing that goes wrong with a line may keep the process from its end.
    with contextlib.suppress(Exception):
        sys.stdout.flush()


def _say() -> None:
    with contextlib.suppress(Exception):
        print("\n" * sys.stderr.isatty() + MESSAGE, file=sys.stderr, flush=True)
