"""What can be read off the figures, in sentences that hold for any of them, and what a reader has to know."""

from benchmarks.harness.estimates import CONFIDENCE, spread
from benchmarks.reality_check.definitions import BASE, CENTERS, LOSSES, TITLES
from benchmarks.reality_check.judge import FLOORS
from benchmarks.reality_check.measure import Results

OURS = "TripletSemiHardLoss"

LIMITS = """\
* A whole network. Only a linear map of frozen features is trained; a backbone that learns, too, gets farther, and may
  put the losses in another order.
* Long trainings. Losses over class vectors begin with random ones, and in so few steps see each class a few times: that
  they are far down says as much about the budget as about them.
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


def ahead(results: Results) -> str:
    """Where a peer's mean is above that of ours, and by how much."""
    lines = []
    for row in results.ranked():
        same = None if row in FLOORS else counterpart(row)
        if same in results.runs:
            less = results.estimate(row, "map_at_r", same)
            if round(less.mean, 3) > 0:
                sure = "an interval that leaves out 0" if less.clear else "less than the interval"
                lines.append(f"* {name(row)} of {TITLES[row.split(':')[0]]} over {name(same)}: {less:+.3f}, {sure}.")
    ours = [row for row in results.ranked() if row.startswith("ours:")]
    theirs = [row for row in results.ranked() if row not in FLOORS and not row.startswith("ours:")]
    if not theirs or not ours:
        return "No peer was asked." if not theirs else ""
    less = results.estimate(theirs[0], "map_at_r", ours[0])
    best = (
        f"The best of the peers is {name(theirs[0])} of {TITLES[theirs[0].split(':')[0]]} "
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
    if len(pairs) > 1:
        widest = max(abs(results.estimate(row, "map_at_r", same).mean) for row, same in pairs)
        methods = spread([results.estimate(row, "map_at_r").mean for row in results.runs if row.startswith("ours:")])
        lines.append(
            f"* The {len(pairs)} rows of peers whose loss is here, too, differ from ours by {widest:.3f} at most. The "
            f"methods of ours have a standard deviation of {methods:.3f}."
        )
    return "\n".join(lines)


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
