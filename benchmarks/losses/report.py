"""The page: milliseconds, peak memory, and where ours is behind."""

import argparse
from collections.abc import Callable

from benchmarks.harness.environments import OURS, PEERS
from benchmarks.harness.page import made_by, page, section, table
from benchmarks.harness.steps import FRAMEWORKS
from benchmarks.losses.definitions import CENTERS, DIM, FAR, LOSSES, MARGIN, PER_CLASS
from benchmarks.losses.measure import LEAST, TOLERANCE, Cell, Results

Figure = Callable[[Cell], float | None]

WHY = """\
* Every triplet: each row is sorted, so that the cost hardly grows with the samples a class. With four a class, as
  here, the peer's B² · 3 triplets are cheaper in small batches.
* Batch hard on PyTorch: tied references share the gradient, which is written as masks of [batch, batch], some 15
  operations in eager mode; the peers index one reference an anchor.
* N-pairs, and queries with documents: several references may have the label of a row, so targets are a matrix
  [batch, batch]; the peer of the second has one index a row.
* ArcFace, CosFace, Sub-center on PyTorch: logits, exponentials and what `where` keeps are matrices of their own in
  eager mode; the peer calls PyTorch's fused cross-entropy. The largest of several centers is one more.
* Contrastive over all pairs and every semi-hard triplet on PyTorch in large batches, and TensorFlow's contrastive of
  given pairs: not looked into.
"""


def report(results: Results, arguments: argparse.Namespace) -> str:
    """Return the figures as Markdown."""
    asked = [(loss, size, peer) for loss in arguments.losses for size in arguments.sizes for peer in LOSSES[loss].peers]
    refused = {row: why for row in asked if (why := results.disagreement(*row))}
    ours, behind = [backend.title for backend in OURS.values()], []
    ratios = ["best of ours", "ours on its framework"]

    def figures(title: str, what: str, of: Figure) -> str:
        rows = []
        for row in asked:
            start = [LOSSES[row[0]].title, f"{row[1]:,}", PEERS[row[2]].title]
            if row in refused:
                rows.append([*start, f"not shown: {refused[row]}", *[""] * (len(OURS) + 2)])
                continue
            found = [_ratio(row, list(OURS), of), _ratio(row, [FRAMEWORKS[row[2]]], of)]
            if any(is_behind for _, is_behind in found):
                behind.append([*start, what, *(text for text, _ in found)])
            cells = [_number(results, (*row[:2], side), of) for side in (row[2], *OURS)]
            rows.append([*start, *cells, *(text for text, _ in found)])
        columns = ["loss", "batch", "peer", "the peer", *ours, *ratios]
        return section(title, table(columns, rows, words=["loss", "peer"]))

    tables = [figures("Milliseconds", "time", results.time), figures("Peak MB", "memory", results.peak)]
    compared = []
    for loss in arguments.losses:
        there = "; ".join(f"{name} ({PEERS[peer].title})" for peer, name in LOSSES[loss].peers.items())
        compared.append([LOSSES[loss].title, LOSSES[loss].ours, there])
    columns = ["loss", "batch", "peer", "what", *ratios]
    return page(
        "Every loss beside its peers: time and memory",
        *_about(arguments),
        section(
            "Where ours is behind",
            table(columns, behind, words=["loss", "peer", "what"]) if behind else "Nowhere.",
        ),
        section("Why", WHY.strip()) if behind else "",
        *tables,
        section("What is compared", table(["loss", "here", "there"], compared, words=["loss", "here", "there"])),
    )


def _number(results: Results, cell: Cell, of: Figure) -> str:
    value = of(cell)
    if value is None:
        return results.failed.get(cell, "–")
    if of == results.peak and value == LEAST:
        return f"< {LEAST:g}"
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def _ratio(row: Cell, sides: list[str], of: Figure) -> tuple[str, bool]:
    """Return the peer's figure by the least of these sides', and whether that side is behind."""
    theirs, ours = of(row), [value for side in sides if (value := of((*row[:2], side))) is not None]
    if theirs is None or not ours:
        return "–", False
    times = theirs / min(ours)
    text = f"{times:.2g}×" if times < 0.1 else f"{times:.2f}×" if times < 10 else f"{times:,.0f}×"
    # Rounded as it is printed: 1.00 is as good.
    return (f"**{text} behind**", True) if round(times, 2) < 1 else (text, False)


def _about(arguments: argparse.Namespace) -> list[str]:
    return [
        f"{made_by('losses')}. One forward + backward by the embeddings, and by the class "
        f"vectors where a loss has them; {DIM}-dimensional unit embeddings round one center a class, "
        f"{PER_CLASS} a class in any order. TensorFlow in `tf.function` and JAX in `jax.jit`, as `fit` runs them on a "
        f"CPU; PyTorch eagerly. Medians of {arguments.rounds} interleaved rounds.",
        '"×" is how many times as much the peer takes: of the best of ours, and of ours on the framework of the peer. '
        "Peak memory is that of a compiled step, above data and libraries, with allocators that keep nothing "
        f"(TensorFlow without oneDNN); less than {LEAST:g} MB counts as {LEAST:g} MB. A step that wanted more than "
        f"{arguments.gigabytes:g} GB, or a side that took more than {arguments.patience} s for its steps of a batch, "
        "was stopped.",
        f"In every row shown, values and gradients of the peer and of all of ours differ by less than {TOLERANCE:g} of "
        "themselves (gradients by their length, across the embeddings: along them they differ by definition where a "
        "loss scales embeddings to unit length). So a row is one definition: pytorch-metric-learning's semi-hard "
        "miner keeps every semi-hard triplet and has a row apart from the semi-hard loss of the others, which take "
        "one negative for each pair; its batch hard loss is averaged over the anchors that pay; its NPairsLoss takes "
        f"two rows of each class. Margins: {MARGIN} of triplets, {FAR} of negative pairs; the rest as each paper has "
        f"it. Losses over classes have {1024:,} of them, or as many as the batch, with {CENTERS} vectors each in "
        "Sub-center ArcFace.",
    ]
