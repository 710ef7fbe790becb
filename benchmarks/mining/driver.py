"""Time and memory of exact triplet mining, forward + backward, against the peers and the matrix products under it.

Each peer is a worker in its own environment (made on first use). Rounds go batch by batch through all peers, so that a
busy moment of the machine touches each alike; the figures are medians. Peak memory is that of a fresh worker a batch.

    python -m benchmarks mining --write --plot
    python -m benchmarks mining --sizes 16384 65536 --peers jax torch --rounds 1
    python -m benchmarks mining --before ../another-checkout --peers jax torch
    python -m benchmarks mining --loss batch-hard
"""

import argparse
from collections.abc import Sequence

from benchmarks.harness.checkout import PAGES, BenchmarkError, checkout_of
from benchmarks.harness.page import options, publish
from benchmarks.mining.batches import LAYOUTS, Batch
from benchmarks.mining.measure import Side, run
from benchmarks.mining.report import plot, report
from benchmarks.mining.strategies import STRATEGIES

OURS = ("tensorflow", "tensorflow-xla", "jax", "torch")
PEERS = ("tfa", "pml", "st")  # other peers of the harness mine nothing


def parse(line: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = options("mining", __doc__, "docs/benchmarks/mining.md, or mining_batch-hard.md …")
    add = parser.add_argument
    add("--loss", choices=list(STRATEGIES), default="semi-hard", help="which triplets are mined")
    add("--sizes", type=int, nargs="+", default=[32, 256, 1024, 4096], help="batch sizes")
    add("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS), help="how rows are labelled")
    add("--peers", nargs="+", choices=[*OURS, *PEERS], default=[*OURS, *PEERS], help="what to measure")
    add("--before", type=checkout_of, metavar="CHECKOUT", help="measure the same backends of another checkout, too")
    add("--dim", type=int, default=256, help="width of an embedding")
    add("--rounds", type=int, default=5, help="interleaved rounds")
    add("--seconds", type=float, default=0.4, help="time for a batch in a round (one call at least)")
    add(
        "--huge-pages",
        action="store_true",
        help="2 MB pages for every worker (glibc): on virtual machines with slow page faults half of the time of a "
        "peer that makes a cubic mask is the kernel's",
    )
    add("--no-memory", dest="memory", action="store_false", help="skip peak memory")
    add("--plot", action="store_true", help="also draw the page's picture (needs matplotlib)")
    arguments = parser.parse_args(line)
    if arguments.loss == "batch-all":  # the one strategy that TensorFlow Addons has not
        arguments.peers = [name for name in arguments.peers if name != "tfa"]
    arguments.sides = []
    for name in arguments.peers:
        arguments.sides.append(Side(name))
        if arguments.before and name in OURS:
            arguments.sides.append(Side(name, arguments.before))
    arguments.batches = [Batch(layout, size, arguments.dim) for layout in arguments.layouts for size in arguments.sizes]
    return arguments


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse(line)
    results = run(arguments)
    if not results.times:
        raise BenchmarkError("Nothing was measured: " + "; ".join(dict.fromkeys(results.failed.values())))
    name = "mining" if arguments.loss == "semi-hard" else f"mining_{arguments.loss}"
    text = report(results, arguments)
    if arguments.plot:
        plot(results, arguments, PAGES / f"{name}.png")
        text += f"\n![Milliseconds a step over the batch size]({name}.png)\n"
    publish(name, text, arguments.write)
