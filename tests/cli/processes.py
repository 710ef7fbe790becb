"""The command in a process of its own."""

import signal
import subprocess
import sys


def start(arguments, before="", **options) -> "subprocess.Popen[str]":
    """Start `semihard` where Keras runs on the backend of these tests, after the code `before`."""
    code = f"""
import signal, sys
from semihard import cli
# A shell that runs the tests in the background makes its children ignore Ctrl-C, and `nohup` that it hangs up.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
{before}
cli.command()
"""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], **pipes | options)


def own_lines(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("semihard: ")]


def wait_for(process: "subprocess.Popen[str]", text: str) -> None:
    """Read what it prints up to the line that holds a text."""
    for printed in process.stdout:
        if text in printed:
            return
    raise AssertionError(process.stderr.read())


def end(process: "subprocess.Popen[str]", number: int = signal.SIGINT, times: int = 1) -> None:
    """Send a signal, and see that it ends as is promised."""
    for _ in range(times):
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert own_lines(err) == ["semihard: interrupted; every file that was written is whole."]
    assert "Traceback" not in err
    assert "Exception ignored" not in err
