"""The losses on classes that none of them was trained on: half of the classes trains, the other half is searched.

Each seed divides the classes anew, and is the seed of the initial weights and of the batches; all losses have the same
divisions, batches, steps and optimizer. A loss has its default options and chooses only its learning rate, from one
grid for all, by training on some of the training classes and searching among the rest of them. The classes that are
judged take no part in any choice. With so few classes the divisions differ more than the losses, so losses are compared
division by division.

    python -m benchmarks unseen_classes --write
    python -m benchmarks unseen_classes --losses arcface triplet_hard --seeds 0 1 2
    python -m benchmarks unseen_classes --images FOLDER --size 64 --classes-per-batch 16 --steps 2000
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.checkout import PAGES
from benchmarks.harness.environments import OURS
from benchmarks.harness.page import options, publish
from benchmarks.unseen_classes.measure import measure
from benchmarks.unseen_classes.report import plot, report
from benchmarks.unseen_classes.rows import BASE, ROWS


class Help(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """The module's text as it stands, and the defaults."""


def parse(line: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = options("unseen_classes", __doc__, "docs/benchmarks/unseen_classes.md and .png (matplotlib)")
    parser.formatter_class = Help
    add = parser.add_argument
    add("--losses", nargs="+", choices=["all", *ROWS], default=["all"], help=f"{BASE} always runs")
    add("--seeds", type=int, nargs="+", default=list(range(10)), help="each divides the classes anew")
    add("--images", type=Path, help="a folder with a folder of images for each class, instead of MNIST")
    add("--size", type=int, default=64, help="height and width of --images, once read")
    add("--channels", type=int, choices=(1, 3), default=3, help="of --images: grey or RGB")
    add("--steps", type=int, default=200, help="batches a training, a multiple of 10")
    add("--classes-per-batch", type=int, default=5, help="at most")
    add("--batch-size", type=int, default=80, help="about: every class has the same even number of images")
    add("--dim", type=int, default=64, help="width of an embedding")
    add("--rates", type=float, nargs="+", default=[3e-4, 1e-3, 3e-3, 1e-2], help="learning rates to choose from")
    add("--folds", type=int, default=1, help="divisions of the training classes for that choice")
    add("--validation", type=int, default=2000, help="images to judge a rate on, at most")
    add("--backend", choices=list(OURS), default="jax", help="of semihard")
    add("--threads", type=int, default=1, help="of the training")
    arguments = parser.parse_args(line)
    if arguments.steps < 10 or arguments.steps % 10:
        parser.error(f"Expected --steps to be a multiple of 10. Received: {arguments.steps}.")
    wanted = {*ROWS} if "all" in arguments.losses else {*arguments.losses, BASE}
    arguments.losses = [loss for loss in ROWS if loss in wanted]
    return arguments


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse(line)
    results = measure(arguments)
    text = report(results, arguments)
    if arguments.write:
        plot(results, PAGES / "unseen_classes.png")
        text += f"\n![MAP@R of each loss, and less that of {ROWS[BASE].make}](unseen_classes.png)\n"
    publish("unseen_classes", text, arguments.write)
