"""Ctrl-C at random moments of a small tutorial: `python -m tests.cli.stress_ctrl_c [times] [seed]`.

It learns how long a whole run takes, then interrupts so many others, each at a moment of its own, and looks at the exit
status, at how long the end took, and at what is left. Exit status 1 if any was not as it should be. A process that ends
before its Python has read the command has no handler yet, and dies of the signal itself; a shell calls that 130 too.
"""

import collections
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = """
import functools, sys
from semihard import cli
from semihard.cli import _interrupts, tutorial
watch, run = _interrupts.watch, tutorial.run
def watch_and_say():
    watch()
    print("watching", file=sys.stderr, flush=True)
def run_small(arguments):
    from semihard.workflows.tutorial import mnist_tutorial
    mnist_tutorial.run = functools.partial(mnist_tutorial.run, train_digits=640, test_digits=200)
    run(arguments)
_interrupts.watch, tutorial.run = watch_and_say, run_small
cli.command()
"""
# Seconds from the signal to the end, on a machine that may be busy.
SOON = 2.0


def start(directory: Path) -> "subprocess.Popen[str]":
    arguments = ["tutorial", "--epochs", "2", "--keep-epochs", "--out", str(directory)]
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A script in the background has it ignored, and so have its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def hidden(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob(".*") if path.is_file())


def interrupt(delay: float, times: int) -> tuple[int, float, list[str], list[str]] | None:
    """Interrupt a run `delay` seconds after its start: exit status, seconds until the end, stderr, hidden files.

    None if it was complete before.
    """
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder))
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            for _ in range(times):
                process.send_signal(signal.SIGINT)
        else:
            process.communicate()
            return None
        sent = time.monotonic()
        _, err = process.communicate(timeout=600)
        took = time.monotonic() - sent
        return process.returncode, took, err.splitlines(), hidden(Path(folder))


def main() -> None:
    times, seed = (int(text) for text in (*sys.argv[1:], *("40", "0")[len(sys.argv) - 1 :]))
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        process = start(Path(folder))
        _, err = process.communicate()
        assert process.returncode == 0, err
        whole = time.monotonic() - began
    print(f"A whole run takes {whole:.1f} s.", flush=True)
    found: collections.Counter[int] = collections.Counter()
    wrong, slowest, number = 0, 0.0, 0
    while number < times:
        delay = rng.uniform(0.0, whole)
        interrupted = interrupt(delay, times=1 + number % 2)
        if interrupted is None:
            whole = delay  # this machine has less to do than it had
            continue
        number += 1
        status, took, lines, left = interrupted
        found[status] += 1
        slowest = max(slowest, took)
        early = status == -signal.SIGINT and "watching" not in lines
        bad = (status != 130 and not early) or took > SOON or left
        wrong += bool(bad)
        note = "WRONG " if bad else ""
        print(f"{note}after {delay:6.2f} s: status {status}, {took:.2f} s later, left {left}: {lines[-1:]}", flush=True)
    print(f"statuses: {dict(found)}; slowest end {slowest:.2f} s; wrong: {wrong}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
