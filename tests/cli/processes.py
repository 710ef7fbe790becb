"""The command in a process of its own."""

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
