"""The page and its picture."""

import argparse
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness.checkout import CHECKOUT
from benchmarks.harness.environments import PEERS
from benchmarks.harness.page import made_by, page, section, table, times
from benchmarks.mining.batches import Batch
from benchmarks.mining.measure import Results, Side
from benchmarks.mining.strategies import STRATEGIES

LARGEST_CHECKED = 4096  # rows of a batch whose value is compared to float64


def report(results: Results, arguments: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    sides = arguments.sides
    now = [side for side in sides if side.is_ours and side.checkout == CHECKOUT]
    # Of each that runs here, the same from the other checkout.
    before = {side: Side(side.name, arguments.before) for side in now} if arguments.before else {}
    addons = next((side for side in sides if side.name == "tfa"), None)

    def figures(title: str, columns: list[Side], cell: Callable[[Side, Batch], str]) -> str:
        rows = [
            [f"{batch.size:,}", batch.layout, *(cell(side, batch) for side in columns)] for batch in arguments.batches
        ]
        return section(title, table(["batch", "labels", *(side.title for side in columns)], rows, words=["labels"]))

    def milliseconds(side: Side, batch: Batch) -> str:
        median = results.median(side, batch)
        return "–" if median is None else f"{median:,.4g}" if median < 1000 else f"{median:,.0f}"

    def megabytes(side: Side, batch: Batch) -> str:
        peak = results.peaks.get((side, batch))
        return "–" if peak is None else f"{peak['first']:,.0f} / {peak['second']:,.0f}"

    parts = [
        f"{made_by('mining')}. Forward + backward of the loss alone, margin 1, Euclidean, {arguments.dim}-dimensional "
        f"random unit vectors; medians of {arguments.rounds} interleaved rounds. "
        f"{'Huge pages. ' if arguments.huge_pages else ''}"
        '"10 classes" labels at random, "K = 4" has four rows a class in any order.',
        figures("Milliseconds a step", sides, milliseconds),
    ]
    if before:
        parts.append(
            figures(
                "Time now as a share of the time before",
                now,
                lambda side, batch: times(results.share(side, before[side], batch), 1.0),
            )
        )
    if addons:
        parts.append(
            figures(
                "How many times as fast as TensorFlow Addons",
                [side for side in sides if side != addons],
                lambda side, batch: times(results.median(addons, batch), results.median(side, batch)),
            )
        )
    for what, title in (("product", "one X·Xᵀ product"), ("three", "three B×B×d products")):
        parts.append(
            figures(
                f"Time as a multiple of {title} of the same backend",
                now or sides,
                lambda side, batch, what=what: times(results.median(side, batch), results.median(side, batch, what)),
            )
        )
        parts.append(
            figures(
                f"Milliseconds of {title}",
                now or sides,
                lambda side, batch, what=what: f"{results.median(side, batch, what) or float('nan'):,.3g}",
            )
        )
    if results.peaks:
        title = "Peak memory above the start, MB: first step (compiles) / second step"
        parts.append(figures(title, sides, megabytes))
        if before:
            parts.append(
                figures(
                    "Peak memory of the second step, now as a share of before",
                    now,
                    lambda side, batch: times(results.peak(side, batch), results.peak(before[side], batch)),
                )
            )
    return page(f"{STRATEGIES[arguments.loss].title}: time and memory", *parts, *notes(results, arguments.loss))


def notes(results: Results, loss: str) -> list[str]:
    """Return what a reader must know beside the tables: agreement of values, and what is missing and why."""
    strategy = STRATEGIES[loss]
    parts = []
    compared = {
        (side, batch): value
        for (side, batch), value in results.values.items()
        if side.name not in strategy.apart and batch.size <= LARGEST_CHECKED
    }
    if compared:
        references = {batch: strategy.loss(*batch.arrays()) for batch in {batch for _, batch in compared}}
        worst = max(abs(value - references[batch]) / references[batch] for (_, batch), value in compared.items())
        apart = [f"{PEERS[name].title} is left out of it: {why}." for name, why in strategy.apart.items()]
        said = f"Largest relative distance of a value (batches up to {LARGEST_CHECKED:,}) from a float64 NumPy loop: "
        parts.append(" ".join([f"{said}{worst:.1e}.", *apart]))
    missing = [
        f"* {batch.size:,}, {batch.layout}, {side.title}: {why}" for (side, batch), why in results.failed.items()
    ]
    return [*parts, "\n".join(missing)]


def plot(results: Results, arguments: argparse.Namespace, path: Path) -> None:
    """Draw milliseconds over batch size, one panel a layout, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(arguments.layouts), figsize=(11, 5.2), sharey=True, squeeze=False, layout="constrained"
    )
    for panel, layout in zip(panels[0], arguments.layouts, strict=True):
        batches = [batch for batch in arguments.batches if batch.layout == layout]
        for side in arguments.sides:
            points = [(batch.size, median) for batch in batches if (median := results.median(side, batch))]
            if points:
                panel.plot(*zip(*points, strict=True), "o-" if side.is_ours else "s--", label=side.title, markersize=4)
        products = {
            batch.size: [results.median(side, batch, "product") for side in arguments.sides] for batch in batches
        }
        floors = [(size, min(filter(None, known))) for size, known in products.items() if any(known)]
        if floors:
            panel.plot(*zip(*floors, strict=True), "k:", label="one X·Xᵀ, fastest backend")
        panel.set(xscale="log", yscale="log", xlabel="batch", title=layout)
        panel.set_xticks(arguments.sizes, [f"{size:,}" for size in arguments.sizes], minor=False)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0][0].set_ylabel("ms a step, forward + backward")
    # Below the panels, where it hides no line; they all have the same lines.
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
