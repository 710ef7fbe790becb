"""One step of batches whose distances would not fit in memory: seconds, peak memory, and anchors against float64.

python benchmarks/large_batch.py --write
python benchmarks/large_batch.py --backends jax --cases "65536,K = 4"
"""

import argparse
import sys

from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _mining_cases import LAYOUTS

BACKENDS = ("jax", "tensorflow", "torch")
DOCS = CHECKOUT / "docs" / "benchmarks"


def case(text: str) -> tuple[int, str]:
    """Read "65536,K = 4"."""
    batch, layout = text.split(",")
    if layout not in LAYOUTS:
        raise argparse.ArgumentTypeError(f"Expected BATCH,LAYOUT with a layout of {LAYOUTS}. Received: {text!r}.")
    return int(batch), layout


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", type=case, default=[(16384, "10 classes"), (65536, "K = 4")])
    parser.add_argument("--backends", nargs="+", choices=BACKENDS, default=list(BACKENDS))
    parser.add_argument("--dim", type=int, default=256, help="width of an embedding")
    parser.add_argument("--anchors", type=int, default=50, help="anchors to check against float64")
    parser.add_argument("--write", action="store_true", help="also write docs/benchmarks/large_batch.md")
    arguments = parser.parse_args()
    lines = [
        "# Semi-hard mining of large batches",
        "",
        f"Made by `benchmarks/large_batch.py` on {machine()}. The first step of a fresh process, forward + backward, "
        f"compilation included; {arguments.dim}-dimensional random unit vectors. Peak memory is above the start, "
        "embeddings and gradient included.",
        "",
        "| batch | labels | backend | seconds | peak, MB | one X·Xᵀ in blocks, seconds | "
        f"largest relative error of {arguments.anchors} anchors |",
        "|---:|---|---|---:|---:|---:|---:|",
    ]
    for batch, layout in arguments.cases:
        for backend in arguments.backends:
            print(f"{batch}, {layout}, {backend} …", file=sys.stderr)
            with Worker(backend, "_large_worker.py", environ={"KERAS_BACKEND": backend}) as worker:
                got = worker.ask("step", layout=layout, batch=batch, dim=arguments.dim, anchors=arguments.anchors)
            lines.append(
                f"| {batch:,} | {layout} | {backend} | {got['seconds']:.1f} | {got['peak']:,.0f} "
                f"| {got['product']:.1f} | {got['error']:.1e} |"
            )
    text = "\n".join([*lines, ""])
    print(text)
    if arguments.write:
        (DOCS / "large_batch.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"large_batch.py: {error}")
