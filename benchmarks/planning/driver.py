"""Planning balanced batches of ten million samples in a hundred thousand classes: seconds and memory.

The peer is NumPy's stable sort of the labels, what any plan by class cannot do without.

    python -m benchmarks planning
    python -m benchmarks planning --samples 1000000 --weighting proportional
"""

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.harness.clock import Peak
from benchmarks.harness.memory import resident
from benchmarks.harness.page import made_by, options, page, publish, table, times
from semihard.data import BatchPlan, preflight


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("planning", __doc__)
    parser.add_argument("--samples", type=int, default=10_000_000)
    parser.add_argument("--classes", type=int, default=100_000)
    parser.add_argument("--steps", type=int, default=2000, help="batches to ask for")
    parser.add_argument("--weighting", choices=("uniform", "proportional", "sqrt"), default="uniform")
    arguments = parser.parse_args(line)
    labels = np.random.default_rng(0).integers(0, arguments.classes, arguments.samples).astype("int32")
    start = time.perf_counter()
    np.argsort(labels, kind="stable")
    sort = time.perf_counter() - start

    before = resident("VmRSS")
    with Peak() as planning:
        plan = BatchPlan(labels, 32, 4, class_weighting=arguments.weighting)
    kept = resident("VmRSS") - before
    with Peak() as asking:
        for step in range(arguments.steps):
            plan[0, step]
    asked = resident("VmRSS") - before
    with Peak() as looking:
        figures = preflight(labels, 128)
    rows = [
        ["stable sort of the labels", f"{sort:.2f}", "", "", ""],
        [
            "the plan",
            f"{planning.seconds:.2f}",
            times(planning.seconds, sort),
            f"{kept / 1e3:.0f}",
            f"{planning.megabytes:.0f}",
        ],
        [
            f"{arguments.steps:,} of its {plan.steps:,} batches of {plan.batch_size}",
            f"{asking.seconds:.2f}",
            times(asking.seconds, sort),
            f"{asked / 1e3:.0f}",
            f"{asking.megabytes:.0f}",
        ],
        ["preflight", f"{looking.seconds:.2f}", times(looking.seconds, sort), "", f"{looking.megabytes:.0f}"],
    ]
    text = page(
        "Planning balanced batches",
        f"{made_by('planning')}: {arguments.samples:,} samples (labels of {labels.nbytes / 1e6:.0f} MB), "
        f"{arguments.classes:,} classes, {arguments.weighting}. Preflight says that {figures.no_positive_pair:.2%} of "
        "random batches have no pair.",
        table(["step", "seconds", "of the sort", "MB kept", "peak MB"], rows, words=["step"]),
    )
    publish("planning", text, arguments.write)
