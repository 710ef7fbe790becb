"""One step of batches whose distances would not fit in memory: seconds, peak memory, and anchors against float64.

No peer can make it; the ratio is to one product X·Xᵀ of the same backend, and with --before to another checkout.

    python -m benchmarks large_batch --write
    python -m benchmarks large_batch --backends jax --cases "65536,K = 4" --loss batch-hard --before ../another-checkout
"""

import argparse
import math
from collections.abc import Sequence

from benchmarks.harness.checkout import CHECKOUT, BenchmarkError, checkout_of
from benchmarks.harness.environments import OURS
from benchmarks.harness.page import made_by, options, page, progress, publish, table, times
from benchmarks.harness.worker import Worker
from benchmarks.mining.batches import LAYOUTS
from benchmarks.mining.strategies import STRATEGIES


def case(text: str) -> tuple[int, str]:
    """Read "65536,K = 4"."""
    batch, _, layout = text.partition(",")
    if not batch.isdecimal() or layout not in LAYOUTS:
        raise argparse.ArgumentTypeError(f"Expected BATCH,LAYOUT with a layout of {LAYOUTS}. Received: {text!r}.")
    return int(batch), layout


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("large_batch", __doc__, "docs/benchmarks/large_batch.md, or large_batch_batch-hard.md …")
    parser.add_argument("--loss", choices=list(STRATEGIES), default="semi-hard", help="which triplets are mined")
    parser.add_argument("--cases", nargs="+", type=case, default=[(16384, "10 classes"), (65536, "K = 4")])
    parser.add_argument("--backends", nargs="+", choices=list(OURS), default=list(OURS))
    parser.add_argument("--before", type=checkout_of, metavar="CHECKOUT", help="measure another checkout, too")
    parser.add_argument("--dim", type=int, default=256, help="width of an embedding")
    parser.add_argument("--anchors", type=int, default=50, help="anchors to check against float64")
    arguments = parser.parse_args(line)
    columns = ["batch", "labels", "backend", "seconds", "peak, MB", "one X·Xᵀ in blocks, seconds", "of it"]
    columns += ["seconds before", "peak before, MB", "time now/before", "peak now/before"] if arguments.before else []
    columns += [f"largest relative error of {arguments.anchors} anchors"]
    rows, failed = [], []
    for batch, layout in arguments.cases:
        for backend in arguments.backends:
            found = []
            for checkout in (CHECKOUT, *([arguments.before] if arguments.before else [])):
                progress(f"{batch}, {layout}, {backend}, {checkout}")
                try:
                    with Worker(backend, "large_batch.ours", arguments.loss, checkout=checkout) as worker:
                        asked = {"layout": layout, "batch": batch, "dim": arguments.dim, "anchors": arguments.anchors}
                        found.append(worker.ask("step", **asked))
                except BenchmarkError as error:  # most often killed, for want of memory
                    found.append(dict.fromkeys(("seconds", "peak", "product", "error"), math.nan))
                    failed.append(f"* {batch:,}, {layout}, {'before, ' * (checkout != CHECKOUT)}{error}")
            got = found[0]
            cells = [f"{batch:,}", layout, OURS[backend].title, f"{got['seconds']:.1f}", f"{got['peak']:,.0f}"]
            cells += [f"{got['product']:.1f}", times(got["seconds"], got["product"])]
            for old in found[1:]:
                cells += [f"{old['seconds']:.1f}", f"{old['peak']:,.0f}"]
                cells += [times(got[what], old[what]) for what in ("seconds", "peak")]
            rows.append([*cells, f"{got['error']:.1e}"])
    progress("")
    text = page(
        f"{STRATEGIES[arguments.loss].title} of large batches",
        f"{made_by('large_batch')}. The first step of a fresh process, forward + backward, compilation included; "
        f"{arguments.dim}-dimensional random unit vectors. Peak memory is above the start, embeddings and gradient "
        'included. "Of it": how many times the product the step takes.',
        table(columns, rows, words=["labels", "backend"]),
        "\n".join(failed),
    )
    name = "large_batch" if arguments.loss == "semi-hard" else f"large_batch_{arguments.loss}"
    publish(name, text, arguments.write)
