"""The page and its picture."""

import argparse
import math
import statistics
from collections import Counter
from pathlib import Path

from benchmarks.harness.estimates import CONFIDENCE, spread
from benchmarks.harness.page import made_by, page, section, table
from benchmarks.unseen_classes.measure import Results
from benchmarks.unseen_classes.rows import BASE, ROWS

LIMITS = """\
* One small set, a small encoder, a short training. Losses over classes and losses with many negatives are made for
  thousands of classes; what is learned from a handful need not help with others. Elsewhere the order can be another:
  `--images FOLDER` compares them on your own images.
* The losses at their best. A margin of 1 between unit vectors, TensorFlow Addons' default, asks for much; the
  defaults of other losses were found by their authors, on other data.
* Another data set. The divisions are of the same classes and overlap, so the intervals say what more divisions would
  give, and are too narrow even for that. Nor are they corrected for the number of comparisons.
* Well-chosen rates: each choice was made on few classes. That is so for every loss.
"""


def figures(results: Results) -> str:
    """A row a loss, the best first."""
    difference = f"less that of {ROWS[BASE].make}"
    columns = ["training", "MAP@R", difference, "Recall@1", difference, "MAP@R, training classes"]
    columns += ["rates chosen", "seconds"]
    rows = []
    for loss in results.ranked():
        row, runs = ROWS[loss], results.runs[loss].values()
        cells = [f"`{row}`" if row.is_call else str(row)]
        for figure in ("map_at_r", "recall_at_1"):
            cells.append(f"{results.estimate(loss, figure):.3f}")
            cells.append("" if loss == BASE else f"{results.estimate(loss, figure, BASE):+.3f}")
        seen = results.estimate(loss, "seen").mean
        cells.append("–" if math.isnan(seen) else f"{seen:.3f}")
        chosen = Counter(run.rate for run in runs if run.rate is not None)
        cells.append(", ".join(f"{rate:g} ×{chosen[rate]}" for rate in sorted(chosen)) or "–")
        cells.append(f"{statistics.median(run.seconds for run in runs):.2f}" if chosen else "–")
        rows.append(cells)
    return table(columns, rows, words=["training", "rates chosen"])


def findings(results: Results) -> str:
    """What can be read off the table, in sentences that hold for any figures."""
    trained = [loss for loss in results.runs if ROWS[loss].make]
    others = {loss: results.estimate(loss, "map_at_r", BASE) for loss in trained if loss != BASE}
    lines = []
    if len(results.splits) > 1 and others:
        above = [loss for loss, found in others.items() if found.clear and found.mean > 0]
        below = [loss for loss, found in others.items() if found.clear and found.mean < 0]
        over_splits = spread(
            [statistics.fmean(results.runs[loss][seed].map_at_r for loss in trained) for seed in results.splits]
        )
        over_losses = spread([results.estimate(loss, "map_at_r").mean for loss in trained])
        lines += [
            f"* In MAP@R, {len(above)} of the {len(others)} other trainings are above {ROWS[BASE].make} by an interval "
            f"that leaves out 0{named(above)}, and {len(below)} below it{named(below)}. Were there no differences at "
            f"all, about {len(others) * (1 - CONFIDENCE):.1f} of so many comparisons would look so.",
            f"* MAP@R has a standard deviation of {over_splits:.3f} over the divisions (means of all trainings), and "
            f"of {over_losses:.3f} over the trainings (means of all divisions).",
        ]
    if "untrained" in results.runs:
        for name, figure in (("MAP@R", "map_at_r"), ("Recall@1", "recall_at_1")):
            gains = {loss: results.estimate(loss, figure, "untrained") for loss in trained}
            lines.append(
                f"* {name} of the untrained encoder: {sum(gain.mean > 0 for gain in gains.values())} of {len(trained)} "
                f"trainings have a higher mean, {sum(gain.clear and gain.mean > 0 for gain in gains.values())} by an "
                f"interval that leaves out 0; {sum(gain.mean < 0 for gain in gains.values())} have a lower one, "
                f"{sum(gain.clear and gain.mean < 0 for gain in gains.values())} by such an interval."
            )
    return "\n".join(lines)


def named(losses: list[str]) -> str:
    """The losses in brackets, if any."""
    return f" ({', '.join(losses)})" if losses else ""


def divisions(results: Results) -> str:
    """MAP@R of each seed."""
    few = results.classes <= 20
    heads = [f"{seed}: {' '.join(split['train'])}" if few else str(seed) for seed, split in results.splits.items()]
    first = f"MAP@R, seed{' and its training classes' if few else ''}"
    rows = [[loss, *(f"{run.map_at_r:.3f}" for run in results.runs[loss].values())] for loss in results.ranked()]
    return table([first, *heads], rows, words=[first])


def report(results: Results, arguments: argparse.Namespace) -> str:
    """The whole page."""
    rates = ", ".join(f"{rate:g}" for rate in arguments.rates)
    return page(
        "The losses on unseen classes",
        f"{made_by('unseen_classes')}, with {arguments.threads} thread"
        f"{'s' * (arguments.threads > 1)}: {results.versions}. {results.source}, {results.images:,} images of "
        f"{results.classes:,} classes: one half of the classes trains, the "
        f"{'test ' * (arguments.images is None)}images of the other half are searched among themselves, by cosine. "
        f"Each of {len(results.splits)} seeds divides the classes anew, and sets the initial weights and the "
        "batches.",
        f"Every loss has the same divisions, the same encoder (two convolutions, {arguments.dim}-dimensional "
        f"embeddings) with the same initial weights, and {arguments.steps} steps of Adam on the same balanced "
        f"batches of about {arguments.batch_size} (of {arguments.classes_per_batch} classes, or all there are), at "
        "a rate that falls along a cosine. Its options are the defaults, but for those shown. It chooses its rate "
        f"from {rates} by MAP@R among two fifths of the training classes, having trained on the others"
        f"{f' ({arguments.folds} times)' if arguments.folds > 1 else ''}; class vectors have the model's rate. "
        "Triplet and contrastive losses train on embeddings of unit length, LiftedStructLoss and NpairsLoss on "
        "embeddings of any length, as they are defined; cross-entropy has a linear classifier behind the "
        "embeddings. Left out are ContrastiveLoss, which takes pairs (PairContrastiveLoss is it over all pairs of "
        "a batch), and NpairsMultilabelLoss, which takes several labels a sample.",
        f"± is Student's {CONFIDENCE:.0%} interval over seeds. Differences are taken seed by seed, so their "
        'intervals are the ones to compare losses by. "MAP@R, training classes": among test images of the classes '
        "that were trained on. Seconds: the median of one training, without compilation.",
        figures(results),
        findings(results),
        section("What it does not show", LIMITS.strip()),
        section("Each division", divisions(results)),
    )


def plot(results: Results, path: Path) -> None:
    """Draw MAP@R and the difference to the base with intervals, a row a loss."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    ranked = results.ranked()[::-1]
    figure, panels = pyplot.subplots(1, 2, figsize=(12, 0.28 * len(ranked) + 1.2), layout="constrained")
    for panel, base in zip(panels, (None, BASE), strict=True):
        for place, loss in enumerate(ranked):
            estimate = results.estimate(loss, "map_at_r", base)
            color = {"untrained": "tab:gray", BASE: "tab:red"}.get(loss, "tab:blue")
            half = None if math.isnan(estimate.half) or loss == base else estimate.half
            panel.errorbar(estimate.mean, place, xerr=half, fmt="o", color=color, markersize=4, capsize=2)
        panel.set_yticks(range(len(ranked)), [str(ROWS[loss]) for loss in ranked] if base is None else [], fontsize=8)
        panel.set_ylim(-0.7, len(ranked) - 0.3)
        panel.grid(alpha=0.3)
    panels[1].axvline(0, color="tab:red", linewidth=0.8)
    panels[0].set_title(f"MAP@R on unseen classes of {results.source}", fontsize=10)
    panels[1].set_title(f"less that of {ROWS[BASE].make}, division by division", fontsize=10)
    figure.supxlabel(f"mean over {len(results.splits)} divisions, and its {CONFIDENCE:.0%} interval", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
