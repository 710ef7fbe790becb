"""Batches of hard classes: whether they bring anything on classes that were never seen, and what finding them costs.

A layer on the features of a frozen EfficientNet-Lite0 is trained with one loss and, of each batch, none to all of the
classes hard; found anew in each epoch. Each seed divides the classes anew, and is that of the weights and of the plan.
Everything else is the same, and nothing is tuned. Then the nearest classes of many are searched, beside what
sentence-transformers' `mine_hard_negatives` does with as many samples.

    python -m benchmarks hard_classes --images emoji.npz --write
    python -m benchmarks hard_classes --images FOLDER --shares 0 0.5 --seeds 0 1 2 --samples 0
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.checkout import BenchmarkError
from benchmarks.harness.environments import OURS
from benchmarks.harness.estimates import estimate
from benchmarks.harness.machine import busy
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker

LOSSES = ("TripletSemiHardLoss(0.3)", "SupervisedContrastiveLoss()", "MultiSimilarityLoss()")
FIGURES = {"map_at_r": "MAP@R", "recall_at_1": "Recall@1"}
SIDES = {
    "classes": "semihard, `nearest_classes(k=16)`",
    "samples": "semihard, `neighbor_blocks(depth=16)` of each sample among other classes",
    "peer": "sentence-transformers 6.2, `mine_hard_negatives`",
}


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("hard_classes", __doc__)
    add = parser.add_argument
    add("--images", type=Path, help="a folder with a folder of images a class, or a file of LabeledImages.save")
    add("--size", type=int, default=96, help="height and width of a folder's images (96)")
    add("--losses", nargs="+", choices=LOSSES, default=list(LOSSES[:2]), metavar="LOSS")
    add("--shares", type=float, nargs="+", default=[0, 0.25, 0.5, 0.75, 1], help="of a batch's classes that are hard")
    add("--seeds", type=int, nargs="+", default=list(range(5)))
    add("--epochs", type=int, nargs="+", default=[12, 24], help="all shares with the first, none and most with others")
    add("--classes-per-batch", type=int, default=16)
    add("--samples-per-class", type=int, default=4)
    add("--backend", choices=list(OURS), default="torch", help="of semihard (torch)")
    add("--samples", type=int, nargs="+", default=[20_000, 100_000], help="of a search; ten a class (20000 100000)")
    add("--sides", nargs="+", choices=SIDES, default=list(SIDES), metavar="SIDE")
    add("--most", type=int, default=20_000, help="samples that are searched one by one (20000)")
    arguments = parser.parse_args(line)
    beside = busy()
    parts = [] if arguments.images is None else [section("On classes that were never seen", *unseen(arguments))]
    if any(arguments.samples):
        parts.append(section("Finding them", *search(arguments)))
    text = page("Batches of hard classes", f"{made_by('hard_classes')}. {beside}", *parts)
    publish("hard_classes", text, arguments.write)


def unseen(arguments: argparse.Namespace) -> list[str]:
    """Train and judge each loss with each share and seed; what was done, and a table."""
    shares = sorted({0.0, *arguments.shares})
    options = {name: getattr(arguments, name) for name in ("classes_per_batch", "samples_per_class")}
    cases = [
        (loss, epochs, share)
        for loss in arguments.losses
        for place, epochs in enumerate(arguments.epochs)
        for share in (shares[:1] + shares[-1:] if place else shares)
    ]
    found: dict[tuple[str, int, float], list[dict[str, float]]] = {case: [] for case in cases}
    with Worker(arguments.backend, "hard_classes.ours") as worker:
        known = worker.ask("start", images=str(arguments.images.resolve()), size=arguments.size)
        for seed in arguments.seeds:
            for loss, epochs, share in cases:  # inside, so that a busy minute touches every share
                got = worker.ask("train", loss=loss, hard=share, seed=seed, epochs=epochs, **options)
                found[loss, epochs, share].append(got)
                progress(
                    f"seed {seed}, {loss}, {epochs} epochs, {share:g} hard: MAP@R {got['map_at_r']:.4f}, "
                    f"{got['seconds']:.1f} s"
                )
    columns = ["loss", "epochs", "hard"]
    for title in FIGURES.values():
        columns += [title, "more than without"]
    columns += ["beside a near class", "seconds"]
    rows = []
    for (loss, epochs, share), runs in found.items():
        cells = [f"`{loss}`", f"{epochs}", f"{share:g}"]
        for figure in FIGURES:
            values = [run[figure] for run in runs]
            usual = [run[figure] for run in found[loss, epochs, 0.0]]
            cells.append(f"{statistics.fmean(values):.4f}")
            cells.append(f"{estimate([a - b for a, b in zip(values, usual, strict=True)]):+.4f}" if share else "")
        cells.append(f"{statistics.fmean(run['beside'] for run in runs):.2f}")
        cells.append(f"{statistics.median(run['seconds'] for run in runs):.1f}")
        rows.append(cells)
    return [
        f"{known['version']}. {arguments.images.name}: {known['images']:,} images of {known['classes']:,} classes; "
        f"{len(arguments.seeds)} seeds, each with another division into classes to learn from and classes to be "
        "searched among themselves. Features of EfficientNet-Lite0, frozen; on them 256 dimensions of unit length, "
        f"Adam from 0.001 along a cosine, batches of {arguments.classes_per_batch} classes of "
        f"{arguments.samples_per_class}.",
        "Hard: `BatchPlan(hard=…)`, with `HardClasses` and its defaults. ± is Student's 95 % interval over the seeds, "
        "of differences seed by seed. Beside a near class: the part of a batch's classes with another one in the batch "
        "that is one of its 16 nearest or has it among its own, at the end of training. Seconds: of one training, "
        "finding hard classes included.",
        table(columns, rows, words=["loss"]),
        "Not shown: other losses, a net that learns all of its weights, a learning rate for each share. The default "
        "number of near classes was looked at on the validation classes of three seeds; nothing else was chosen.",
    ]


def search(arguments: argparse.Namespace) -> list[str]:
    """Time each side with each number of samples, each in a fresh process."""
    rows, missing = [], []
    for count in filter(None, arguments.samples):
        with tempfile.TemporaryDirectory() as folder:
            for side in arguments.sides:
                if side != "classes" and count > arguments.most:
                    continue
                try:
                    name, module = ("st", "peer_st") if side == "peer" else (arguments.backend, "search")
                    with Worker(name, f"hard_classes.{module}") as worker:
                        got = worker.ask("search", folder=folder, side=side, count=count)
                except BenchmarkError as error:
                    missing.append(f"{SIDES[side]}, {count:,}: {error}")
                    continue
                seconds, spent = f"{got['seconds']:,.3g}", f"{got['busy']:,.3g}"
                rows.append([SIDES[side], f"{count:,}", seconds, spent, f"{got['peak']:,.0f}"])
                progress(", ".join(rows[-1]))
    return [
        "Unit vectors of 256 dimensions, float32, ten of each class. The nearest classes of each class are all that a "
        f"plan needs. Searching them for each sample is another task, and done up to {arguments.most:,} of them: "
        "there, 16 of other classes for each sample; sentence-transformers is told of one positive a sample and of no "
        "classes, so that it also gives what is of the same class. Peak: memory above the vectors. On the cores: what "
        "all threads together spent there.",
        table(["", "samples", "seconds", "on the cores", "peak MB"], rows, words=[""]),
        *([f"Left out: {'; '.join(missing)}."] if missing else []),
    ]
