"""The losses on classes that none of them was trained on: half of the classes trains, the other half is searched.

Each seed divides the classes anew, and is the seed of the initial weights and of the batches; all losses have the same
divisions, batches, steps and optimizer. A loss has its default options and chooses only its learning rate, from one
grid for all, by training on some of the training classes and searching among the rest of them. The classes that are
judged take no part in any choice. With so few classes the divisions differ more than the losses, so losses are compared
division by division.

    python benchmarks/unseen_classes.py --write
    python benchmarks/unseen_classes.py --losses arcface triplet_hard --seeds 0 1 2
    python benchmarks/unseen_classes.py --images FOLDER --size 64 --classes-per-batch 16 --steps 2000
"""

import argparse
import math
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from _environments import CHECKOUT, BenchmarkError, Worker, machine
from _unseen_losses import BASE, ROWS

DOCS = CHECKOUT / "docs" / "benchmarks"
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Run:
    """One loss on one division of the classes: the rate it chose, and how it did on the unseen ones."""

    rate: float | None
    map_at_r: float
    recall_at_1: float
    seen: float
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds, and half of the width of its interval; NaN for one seed."""

    mean: float
    half: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return abs(self.mean) > self.half

    def __format__(self, spec: str) -> str:
        return f"{self.mean:{spec}}" + ("" if math.isnan(self.half) else f" ± {self.half:{spec.lstrip('+')}}")


@dataclass
class Results:
    """What was measured, by loss and by seed."""

    source: str
    versions: str
    images: int
    classes: int
    splits: dict[int, dict[str, list[str]]]
    runs: dict[str, dict[int, Run]]

    def estimate(self, loss: str, figure: str, base: str | None = None) -> Estimate:
        """Of a figure of a loss, or of its difference to that of another, seed by seed."""
        values = [getattr(run, figure) for run in self.runs[loss].values()]
        if base is not None:
            values = [a - getattr(b, figure) for a, b in zip(values, self.runs[base].values(), strict=True)]
        half = math.nan
        if len(values) > 1:
            half = student(len(values) - 1) * spread(values) / math.sqrt(len(values))
        return Estimate(statistics.fmean(values), half)

    def ranked(self) -> list[str]:
        """Losses, the best mean first."""
        return sorted(self.runs, key=lambda loss: -np.nan_to_num(self.estimate(loss, "map_at_r").mean, nan=-1.0))


def spread(values: list[float]) -> float:
    """The standard deviation of what they are a sample of; NaN if one of them is."""
    return float(np.std(values, ddof=1))


def student(freedom: int) -> float:
    """How many standard errors Student's interval of `CONFIDENCE` goes either way."""
    x = np.linspace(0, 20, 200_001)
    factor = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    density = factor * (1 + x**2 / freedom) ** (-(freedom + 1) / 2)
    within = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1]) * (x[1] - x[0])])
    return float(np.interp(CONFIDENCE, within, x))


def measure(arguments: argparse.Namespace) -> Results:
    """Train and judge every loss with every seed."""
    threads = str(arguments.threads)
    environ = {
        "KERAS_BACKEND": arguments.backend,
        "TF_NUM_INTRAOP_THREADS": threads,
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": threads,
        "OPENBLAS_NUM_THREADS": threads,
    }
    if arguments.threads == 1:
        environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    images = None if arguments.images is None else str(arguments.images.resolve())
    options = ("size", "channels", "dim", "steps", "classes_per_batch", "batch_size", "folds", "validation")
    with Worker(arguments.backend, "_unseen_ours.py", environ=environ) as worker:
        began = time.perf_counter()
        known = worker.ask("start", images=images, **{name: getattr(arguments, name) for name in options})
        if known["classes"] < 8:
            raise BenchmarkError(
                "Expected 8 classes or more, so that the training half can be divided again. "
                f"Received: {known['classes']} in {images}."
            )
        splits = {seed: worker.ask("split", seed=seed) for seed in arguments.seeds}
        runs: dict[str, dict[int, Run]] = {loss: {} for loss in arguments.losses}
        for place, seed in enumerate(arguments.seeds, 1):
            for loss in arguments.losses:  # inside, so that a busy hour touches every loss
                runs[loss][seed] = run = one(worker, loss, seed, arguments.rates)
                print(
                    f"seed {seed} ({place} of {len(arguments.seeds)}), {loss}: MAP@R {run.map_at_r:.3f}, "
                    f"Recall@1 {run.recall_at_1:.3f}, rate {run.rate}, {time.perf_counter() - began:.0f} s so far",
                    file=sys.stderr,
                )
    source = "MNIST" if images is None else arguments.images.name
    return Results(source, known["version"], known["images"], known["classes"], splits, runs)


def one(worker: Worker, loss: str, seed: int, rates: list[float]) -> Run:
    """Choose a rate among the training classes, train on all of them, judge on the others."""
    chosen = None
    if ROWS[loss].make:
        scores = {rate: worker.ask("validate", loss=loss, seed=seed, rate=rate)["map_at_r"] for rate in rates}
        # Embeddings that are not finite have no score.
        chosen = max(rates, key=lambda rate: -1.0 if scores[rate] is None else scores[rate])
    got = worker.ask("test", loss=loss, seed=seed, rate=chosen)
    figures = {name: got.get(name) for name in ("map_at_r", "recall_at_1", "seen", "seconds")}
    return Run(chosen, **{name: math.nan if figure is None else figure for name, figure in figures.items()})


def table(results: Results) -> list[str]:
    """A row a loss, the best first."""
    difference = f"less that of {ROWS[BASE].make}"
    lines = [
        f"| training | MAP@R | {difference} | Recall@1 | {difference} | MAP@R, training classes | rates chosen "
        "| seconds |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
    ]
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
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def findings(results: Results) -> list[str]:
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
    return lines


def named(losses: list[str]) -> str:
    """The losses in brackets, if any."""
    return f" ({', '.join(losses)})" if losses else ""


def divisions(results: Results) -> list[str]:
    """MAP@R of each seed."""
    few = results.classes <= 20
    heads = [f"{seed}: {' '.join(split['train'])}" if few else str(seed) for seed, split in results.splits.items()]
    return [
        f"| MAP@R, seed{' and its training classes' if few else ''} | {' | '.join(heads)} |",
        f"|---|{'---:|' * len(heads)}",
        *(
            f"| {loss} | {' | '.join(f'{run.map_at_r:.3f}' for run in results.runs[loss].values())} |"
            for loss in results.ranked()
        ),
    ]


def report(results: Results, arguments: argparse.Namespace) -> str:
    """The whole page."""
    rates = ", ".join(f"{rate:g}" for rate in arguments.rates)
    return "\n".join(
        [
            "# The losses on unseen classes",
            "",
            f"Made by `benchmarks/unseen_classes.py` on {machine()}, with {arguments.threads} thread"
            f"{'s' * (arguments.threads > 1)}: {results.versions}. {results.source}, {results.images:,} images of "
            f"{results.classes:,} classes: one half of the classes trains, the "
            f"{'test ' * (arguments.images is None)}images of the other half are searched among themselves, by cosine. "
            f"Each of {len(results.splits)} seeds divides the classes anew, and sets the initial weights and the "
            "batches.",
            "",
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
            "",
            f"± is Student's {CONFIDENCE:.0%} interval over seeds. Differences are taken seed by seed, so their "
            'intervals are the ones to compare losses by. "MAP@R, training classes": among test images of the classes '
            "that were trained on. Seconds: the median of one training, without compilation.",
            "",
            *table(results),
            "",
            *findings(results),
            "",
            "## What it does not show",
            "",
            "* One small set, a small encoder, a short training. Losses over classes and losses with many negatives "
            "are made for thousands of classes; what is learned from a handful need not help with others. Elsewhere "
            "the order can be another: `--images FOLDER` compares them on your own images.",
            "* The losses at their best. A margin of 1 between unit vectors, TensorFlow Addons' default, asks for "
            "much; the defaults of other losses were found by their authors, on other data.",
            "* Another data set. The divisions are of the same classes and overlap, so the intervals say what more "
            "divisions would give, and are too narrow even for that. Nor are they corrected for the number of "
            "comparisons.",
            "* Well-chosen rates: each choice was made on few classes. That is so for every loss.",
            "",
            "## Each division",
            "",
            *divisions(results),
            "",
        ]
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


class Help(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """The module's text as it stands, and the defaults."""


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Help)
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
    add("--backend", choices=("tensorflow", "jax", "torch"), default="jax", help="of semihard")
    add("--threads", type=int, default=1, help="of the training")
    add("--write", action="store_true", help="also write docs/benchmarks/unseen_classes.md and .png (matplotlib)")
    arguments = parser.parse_args()
    if arguments.steps < 10 or arguments.steps % 10:
        parser.error(f"Expected --steps to be a multiple of 10. Received: {arguments.steps}.")
    wanted = {*ROWS} if "all" in arguments.losses else {*arguments.losses, BASE}
    arguments.losses = [loss for loss in ROWS if loss in wanted]
    return arguments


def main() -> None:
    """Measure, print, and write what was asked for."""
    arguments = parse()
    results = measure(arguments)
    text = report(results, arguments)
    print(text)
    if arguments.write:
        plot(results, DOCS / "unseen_classes.png")
        picture = f"![MAP@R of each loss, and less that of {ROWS[BASE].make}](unseen_classes.png)\n"
        (DOCS / "unseen_classes.md").write_text(f"{text}\n{picture}", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"unseen_classes.py: {error}")
