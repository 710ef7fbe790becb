"""Time and memory of one forward + backward of every loss that a peer has too, on the peer and on each backend.

Ours and TensorFlow Addons run as their `fit` runs them on a CPU (`tf.function`, `jax.jit`), PyTorch eagerly, as all its
peers do. Memory is measured first, in a process of its own; what fails there, or takes too long, is not timed. The
timing rounds of a loss go through all sides in turn, so that a busy moment touches each alike; the figures are medians.
A row whose two sides differ in value or gradient is not printed.

    python -m benchmarks losses --write
    python -m benchmarks losses --sizes 256 1024 --losses supcon circle --rounds 5
    taskset -c 0 python -m benchmarks losses

The last is for a machine that does other work, where PyTorch's threads spend their time waiting for each other.
"""

import argparse
from collections.abc import Sequence

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.machine import bytes_available
from benchmarks.harness.page import options, publish
from benchmarks.losses.definitions import LOSSES, PER_CLASS
from benchmarks.losses.measure import run
from benchmarks.losses.report import report


def batch_size(text: str) -> int:
    """Read a batch size that holds whole classes."""
    size = int(text)
    if size < 2 * PER_CLASS or size % PER_CLASS:
        raise argparse.ArgumentTypeError(f"a multiple of {PER_CLASS} from {2 * PER_CLASS} on, not {size}")
    return size


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("losses", __doc__)
    parser.add_argument("--sizes", type=batch_size, nargs="+", default=[256, 1024, 4096], help="batch sizes")
    parser.add_argument(
        "--losses", nargs="+", choices=LOSSES, default=list(LOSSES), metavar="LOSS", help=", ".join(LOSSES)
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    parser.add_argument("--seconds", type=float, default=0.4, help="time for a cell in a round (one call at least)")
    parser.add_argument("--gigabytes", type=float, default=14.0, help="the most that a step may ask for")
    parser.add_argument("--patience", type=int, default=120, help="seconds that a cell may take in a round, at most")
    arguments = parser.parse_args(line)
    free = bytes_available() / 1e9
    if free < 1.1 * arguments.gigabytes:
        raise BenchmarkError(
            f"{free:.1f} GB are free, and a step may ask for {arguments.gigabytes:g} GB. Free some, or give less with "
            "--gigabytes."
        )
    results = run(arguments)
    if not results.rounds:
        raise BenchmarkError("Nothing was measured: " + "; ".join(dict.fromkeys(results.failed.values())))
    publish("losses", report(results, arguments), arguments.write)
