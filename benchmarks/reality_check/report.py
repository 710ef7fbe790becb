"""The page: the table, what can be read off it, and where a peer is ahead."""

import argparse

from benchmarks.harness.environments import PEERS
from benchmarks.harness.estimates import CONFIDENCE
from benchmarks.harness.page import made_by, page, section, table
from benchmarks.reality_check.definitions import BASE, CENTERS, LOSSES, SLOW, TITLES
from benchmarks.reality_check.judge import FLOORS
from benchmarks.reality_check.measure import Results
from benchmarks.reality_check.settings import FACTORS, RATE, RATES, settings

OURS = "TripletSemiHardLoss"
LIMITS = """\
* A whole network. Only a linear map of frozen features is trained; a backbone that learns, too, gets farther, and may
  put the losses in another order.
* Long trainings. Losses over class vectors begin with random ones and see each class a few times: with more steps they
  gain more than losses between samples do (`--steps`).
* Well-searched options. The search is short, its ranges are ours, and the best of a few settings on some hundred
  classes is partly luck; that is so for every row.
* Other data. The three splits are of the same classes, and their test parts overlap, so intervals are too narrow for
  another set of drawings, let alone for photographs. They are not corrected for the number of comparisons.
"""


def name(row: str) -> str:
    """A row or a floor as the page calls it."""
    if row in FLOORS:
        return FLOORS[row]
    side, loss = row.split(":")
    called = LOSSES[loss].sides[side]
    return called if " of " in called or called.startswith("Keras") else f"`{called}`"


def counterpart(row: str) -> str | None:
    """The row of ours with the same loss, of a peer's row."""
    side, loss = row.split(":")
    return f"ours:{loss}" if side != "ours" and "ours" in LOSSES[loss].sides else None


def figures(results: Results) -> str:
    """A row a loss and a floor, the best first."""
    columns = ["method", "library", "called", "MAP@R", f"less {OURS}", "Recall@1"]
    columns += ["MAP@R less ours of this loss", "search gained", "settings chosen", "CPU s"]
    rows = []
    for row in results.ranked():
        cells = [f"{results.estimate(row, 'map_at_r'):.3f}"]
        cells.append(
            "" if row == BASE or BASE not in results.runs else f"{results.estimate(row, 'map_at_r', BASE):+.3f}"
        )
        cells.append(f"{results.estimate(row, 'recall_at_1'):.3f}")
        if row in FLOORS:
            rows.append([f"*{name(row)}*", "", "", *cells, "", "", "", ""])
            continue
        side, loss = row.split(":")
        same, runs = counterpart(row), results.runs[row].values()
        cells.append(f"{results.estimate(row, 'map_at_r', same):+.3f}" if same in results.runs else "")
        cells.append(f"{results.of_default(row):+.3f}")
        cells.append(" ".join(str(run.chosen) for run in runs))
        cells.append(f"{sum(run.seconds for run in runs) / len(runs):.1f}")
        rows.append([LOSSES[loss].title, TITLES[side], name(row), *cells])
    return table(columns, rows, words=["method", "library", "called"])


def ahead(results: Results) -> str:
    """Where a peer's mean is above that of ours, and by how much."""
    lines = []
    for row in results.ranked():
        same = None if row in FLOORS else counterpart(row)
        if same in results.runs:
            less = results.estimate(row, "map_at_r", same)
            if round(less.mean, 3) > 0:
                sure = "an interval that leaves out 0" if less.clear else "less than the interval"
                lines.append(f"* {TITLES[row.split(':')[0]]}'s {name(row)} over {name(same)}: {less:+.3f}, {sure}.")
    ours = [row for row in results.ranked() if row.startswith("ours:")]
    theirs = [row for row in results.ranked() if row not in FLOORS and not row.startswith("ours:")]
    if not theirs or not ours:
        return "No peer was asked." if not theirs else ""
    less = results.estimate(theirs[0], "map_at_r", ours[0])
    best = (
        f"The best of the peers is {TITLES[theirs[0].split(':')[0]]}'s {name(theirs[0])} "
        f"({results.estimate(theirs[0], 'map_at_r').mean:.3f}), the best of ours {name(ours[0])} "
        f"({results.estimate(ours[0], 'map_at_r').mean:.3f}): a difference of {less:+.3f}."
    )
    alone = [row for row in theirs if counterpart(row) is None]
    more = (
        f"Without a counterpart here: {', '.join(name(row) for row in alone)}; "
        f"{sum(results.estimate(row, 'map_at_r', BASE).mean > 0 for row in alone)} of {len(alone)} are above {OURS}."
        if alone and BASE in results.runs
        else ""
    )
    return "\n\n".join(part for part in (best, "\n".join(lines) or "Nowhere beside its counterpart.", more) if part)


def findings(results: Results) -> str:
    """What can be read off the table, in sentences that hold for any figures."""
    lines = []
    for floor, title in FLOORS.items():
        above = [results.estimate(row, "map_at_r", floor) for row in results.runs]
        lines.append(
            f"* {sum(less.mean > 0 for less in above)} of {len(above)} trainings are above {title} in MAP@R, "
            f"{sum(less.mean > 0 and less.clear for less in above)} by an interval that leaves out 0."
        )
    if BASE in results.runs:
        others = [results.estimate(row, "map_at_r", BASE) for row in results.runs if row != BASE]
        clear = [less.mean for less in others if less.clear]
        lines.append(
            f"* {sum(mean > 0 for mean in clear)} of {len(others)} other trainings are above {OURS} by an interval "
            f"that leaves out 0, and {sum(mean < 0 for mean in clear)} below it. Were there no differences at all, "
            f"about {len(others) * (1 - CONFIDENCE):.0f} of so many would look so."
        )
    pairs = [(row, same) for row in results.runs if (same := counterpart(row)) in results.runs]
    if pairs:
        widest = max(abs(results.estimate(row, "map_at_r", same).mean) for row, same in pairs)
        lines.append(
            f"* The {len(pairs)} losses that a peer has, too, differ from ours by {widest:.3f} at most: what a loss is "
            "matters more than whose it is."
        )
    return "\n".join(lines)


def searched(results: Results, count: int) -> str:
    """The ranges, and the settings by number."""
    rows = []
    for loss in dict.fromkeys(row.split(":")[1] for row in results.runs):
        ranges = [
            f"{option} {low:g} to {high:g}{' (log)' * (scale == 'log')}"
            for option, (low, high, scale) in LOSSES[loss].ranges.items()
        ]
        tried = [_said(setting, LOSSES[loss].vectors) for setting in settings(loss, count)[1:]]
        rows.append([LOSSES[loss].title, "; ".join(ranges) or "–", *tried])
    numbers = [str(number) for number in range(1, count)]
    return table(["method", "options", *numbers], rows, words=["method", "options", *numbers])


def _said(setting: dict, vectors: bool) -> str:
    factor = [f"factor {setting['factor']:g}"] if vectors else []
    options = [f"{option} {value:g}" for option, value in setting["options"].items()]
    return ", ".join([f"rate {setting['rate']:g}", *factor, *options])


def report(results: Results, arguments: argparse.Namespace) -> str:
    """The whole page."""
    count = len(results.classes)
    classes = sorted({found["classes"] for found in results.classes.values()})
    peers = " and ".join(PEERS[side].title for side in arguments.sides if side in PEERS)
    left_out = [row for row in SLOW if not arguments.slow and row.split(":")[0] in arguments.sides]
    rates, factors = (f"from {low:g} to {high:g}" for low, high, _ in (RATES, FACTORS))
    return page(
        "Every loss on unseen classes, tuned alike",
        f"{made_by('reality_check')}, with 1 thread: {results.version} on PyTorch{', ' * bool(peers)}{peers}. Emoji: "
        f"{results.about} ([what they are](datasets.md)). About a half of the classes is for testing, a quarter of the "
        f"rest for validation ({classes[0]:,} to {classes[-1]:,} classes to train on); the images of the test classes "
        f"are searched among themselves, by cosine. Each of {count} seeds has its split, batches and first weights.",
        f"Every row is a linear map from the features of a frozen EfficientNet-Lite0 to {arguments.dim} dimensions, "
        f"trained in one loop with {arguments.steps} steps of Adam on the same batches of "
        f"{arguments.classes_per_batch} × {arguments.samples_per_class} drawings or changed copies of them "
        f"({arguments.copies} of each: turned, zoomed, moved, mirrored), at a rate that falls along a cosine. "
        f"{arguments.settings} settings of each loss are tried: its library's defaults at a rate of {RATE:g}, and "
        f"{arguments.settings - 1} spread over the ranges below, the same for each library, with rates {rates}; class "
        f"vectors have the rate times a factor {factors}. The setting that is best in MAP@R on the validation classes "
        "is judged on the test classes, once. Embeddings are of unit length; those of lifted structure (ours), N-pairs "
        "and cross-entropy of any length, as they are defined.",
        f"± is Student's {CONFIDENCE:.0%} interval over the {count} seeds. Differences are taken seed by seed, so "
        'their intervals are the ones to compare by. "Search gained": validation MAP@R of the chosen settings less '
        'that of the defaults. "Settings chosen": by seed, numbered as [below](#what-was-searched), 0 for the '
        "defaults. CPU seconds: of a training; other work ran beside it, which makes them longer. Rows in italics are "
        "not trained.",
        figures(results),
        findings(results),
        section("Where a peer is ahead", ahead(results)) if peers else "",
        section("What it does not show", LIMITS.strip()),
        section("What was searched", searched(results, arguments.settings)),
        section("Notes on the rows", notes(left_out)),
    )


def notes(left_out: list[str]) -> str:
    """What a reader has to know of single rows."""
    lines = [
        "* Contrastive of given pairs: each even row of a batch with the next, of the same class, and with one of "
        "another class. N-pairs and ranked pairs: even rows with odd ones. sentence-transformers' ranking loss takes "
        "each second pair of a class in a batch of its own, since it would take it for another class.",
        "* N-pairs of class and superclass (Unicode's nine kinds of emoji): `NpairsMultilabelLoss`, for which two "
        "drawings of one kind have a label in common; it is told more than the others.",
        f"* Sub-center ArcFace and SoftTriple have {CENTERS} vectors a class. Class vectors begin the same in each "
        "library.",
        "* sentence-transformers' default margin of triplets, 5, is more than unit vectors can be apart.",
        "* pytorch-metric-learning's semi-hard miner takes every semi-hard triplet, with a margin of its own; here it "
        "is the loss's, but in the defaults.",
    ]
    if left_out:
        called = " and ".join(f"`{LOSSES[row.split(':')[1]].sides['pml']}`" for row in left_out)
        lines.append(
            f"* Left out: pytorch-metric-learning's {called}, whose steps take a second or more at this batch "
            "([measured](losses.md)); their values and gradients are those of ours there. `--slow` has them."
        )
    return "\n".join(lines)
