"""Planning balanced batches of ten million samples in a hundred thousand classes: seconds and memory.

python benchmarks/planning.py
python benchmarks/planning.py --samples 1000000 --weighting proportional
"""

import argparse
import sys
import time

import numpy as np
from _environments import CHECKOUT, machine
from _memory import reset_peak, resident

sys.path.insert(0, str(CHECKOUT / "src"))  # so that a checkout needs no installation
from semihard.data import BatchPlan, preflight


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--classes", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=2000, help="batches to ask for")
    parser.add_argument("--weighting", choices=("uniform", "proportional", "sqrt"), default="uniform")
    arguments = parser.parse_args()
    labels = np.random.default_rng(0).integers(0, arguments.classes, arguments.samples).astype("int32")

    start, before = time.perf_counter(), resident("VmRSS")
    reset_peak()
    plan = BatchPlan(labels, 32, 4, class_weighting=arguments.weighting)
    made, kept, peak = time.perf_counter() - start, resident("VmRSS") - before, resident("VmHWM") - before
    start = time.perf_counter()
    for step in range(arguments.steps):
        plan[0, step]
    asked = time.perf_counter() - start
    start = time.perf_counter()
    figures = preflight(labels, 128)
    print(
        f"{arguments.samples:,} samples, {arguments.classes:,} classes, {arguments.weighting}, on {machine()}\n"
        f"labels {labels.nbytes / 1e6:.0f} MB\n"
        f"plan {made:.1f} s, keeps {kept / 1e3:.0f} MB, peak {peak / 1e3:.0f} MB\n"
        f"{arguments.steps:,} of {plan.steps:,} batches of {plan.batch_size}: {asked / arguments.steps * 1e3:.2f} ms "
        f"each, {(resident('VmRSS') - before) / 1e3:.0f} MB kept after them\n"
        f"preflight {time.perf_counter() - start:.1f} s: {figures.no_positive_pair:.2%} of batches without a pair"
    )


if __name__ == "__main__":
    main()
