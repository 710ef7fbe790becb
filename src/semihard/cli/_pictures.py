"""What the commands share that give pictures to a model: which pictures, which model, which backend."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from semihard.cli._choose_backend import BACKENDS, choose_backend
from semihard.cli._parsing import WrongUsage, a_path, at_least

# Done, but for some pictures that cannot be read.
LEFT_OUT = 3
STDIN = "-"


def add_run(parser: argparse.ArgumentParser) -> None:
    """Declare the run whose model is used: `run_`, since `run` is what the command does."""
    parser.add_argument(
        "run_", metavar="RUN", type=a_path, help="directory that `semihard train` wrote, or the .keras file of one"
    )


def add_batches(parser: argparse.ArgumentParser) -> None:
    """Declare how the work is done."""
    parser.add_argument(
        "--batch", type=at_least(1), default=64, metavar="N", help="pictures the model is given at a time (default: 64)"
    )
    parser.add_argument(
        "--workers", type=at_least(1), metavar="N", help="threads that decode pictures (default: one a processor)"
    )


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Declare what Keras runs on, and where."""
    parser.add_argument(
        "--backend",
        choices=BACKENDS,
        help="what Keras runs on (default: KERAS_BACKEND if it is set, else as in training if that is installed)",
    )
    parser.add_argument(
        "--device", default="auto", metavar="NAME", help="'auto', 'cpu', 'gpu', or one by its number: 'gpu:1'"
    )


def set_backend(asked: str | None, run: str) -> None:
    """Choose the backend before Keras comes; that of the run unless another is wanted."""
    from semihard.workflows.searching.run_files import backend_of

    if asked is None and "KERAS_BACKEND" not in os.environ:
        saved = backend_of(run)
        asked = saved if saved in BACKENDS and find_spec(saved) is not None else None
    os.environ["KERAS_BACKEND"] = choose_backend(asked, os.environ)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or a dozen lines about the CPU come first


def given_paths(arguments: Sequence[str]) -> str | list[str]:
    """The paths on the command line; "-" stands for those on stdin, a line each, or each ended by NUL."""
    if STDIN not in arguments:
        return arguments[0] if len(arguments) == 1 else list(arguments)
    data = sys.stdin.buffer.read()
    ends = b"\0" if b"\0" in data else b"\n"
    listed = [os.fsdecode(line.removesuffix(b"\r") if ends == b"\n" else line) for line in data.split(ends)]
    listed = [path for path in listed if path]
    if not listed:
        raise WrongUsage("expected paths of pictures on stdin, one a line. Received: none")
    return [path for one in arguments for path in (listed if one == STDIN else [one])]


def say_left_out(note: str | None) -> int:
    """Say what could not be read; return the exit status."""
    if note is None:
        return 0
    print(f"semihard: {note}", file=sys.stderr)
    return LEFT_OUT
