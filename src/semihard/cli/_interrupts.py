"""Ctrl-C ends the process, also where Python cannot."""

import os
import signal
import socket
import sys
import threading
import time
from typing import NoReturn

STATUS = 130
MESSAGE = "semihard: interrupted; every file that was written is whole."
# Seconds that the command has for removing what it was in the middle of writing.
PATIENCE = 5.0


def watch_for_ctrl_c() -> None:
    """From now on, a process that still runs `PATIENCE` seconds after SIGINT is ended with status 130.

    Python raises `KeyboardInterrupt` between two of its own instructions, so never while the main thread waits inside
    of a backend. Its C handler wakes this watch at once. Only the main thread can call this.
    """
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.set_wakeup_fd(waking.detach(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(woken,), daemon=True).start()


def end() -> NoReturn:
    """End the process with status 130, without waiting for its threads.

    The orderly end of Python first joins the threads that Keras reads the losses in, some of which then wait for a step
    that JAX never finishes, or read from it while it is torn down (a crash).
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:  # nobody may be reading any more
        os._exit(STATUS)


def _watch(woken: socket.socket) -> None:
    while woken.recv(1) != bytes([signal.SIGINT]):
        pass  # another signal that somebody handles
    time.sleep(PATIENCE)
    print(MESSAGE, file=sys.stderr)
    end()
