"""Standard output and standard error, wherever they lead."""

import contextlib
import io
import os
import sys

# What a shell reports of a program that wrote on into a pipe which nobody reads (128 + SIGPIPE).
UNREAD = 141


def prepare() -> None:
    """Make both streams take any character and any line: of this process, before anything is printed.

    A character that the encoding lacks is written as its escape (`\\u2013`). Lines are passed on as they end, also into
    a file. A stream that was closed (`>&-`) leads nowhere.
    """
    # In this order, for each takes the lowest number that is free: or a file of a run would become the standard output,
    # and what a library prints go into it.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace", line_buffering=True)


def flush(status: int) -> int:
    """Write out what is left and return the exit status: `status`, or that of the failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return UNREAD
    except OSError as error:
        return status or fail(error, 1)
    return status


def fail(message: object, status: int) -> int:
    """Print a plain line about a failure, and return `status`."""
    with contextlib.suppress(OSError):  # the status says it too
        print(f"semihard: {message}", file=sys.stderr, flush=True)
    return status
