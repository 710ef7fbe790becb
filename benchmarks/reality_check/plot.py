"""The picture: MAP@R of every row, and its difference to the semi-hard loss of ours."""

import math
from pathlib import Path

from benchmarks.harness.estimates import CONFIDENCE
from benchmarks.reality_check.definitions import BASE, LOSSES, TITLES
from benchmarks.reality_check.judge import FLOORS
from benchmarks.reality_check.measure import Results

COLORS = {"ours": "tab:blue", "pml": "tab:orange", "st": "tab:green", "floor": "tab:gray"}
MARKS = {"ours": "o", "pml": "s", "st": "D", "floor": "o"}


def plot(results: Results, path: Path) -> None:
    """Draw a line a method, the best first, with a mark for each library that has it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = list(dict.fromkeys(row.split(":")[-1] for row in results.ranked()))[::-1]
    figure, panels = pyplot.subplots(1, 2, figsize=(12, 0.34 * len(lines) + 1.4), layout="constrained")
    for panel, base in zip(panels, (None, BASE), strict=True):
        for row in [*results.runs, *results.floors]:
            if base is not None and row == "pixels":  # so far below that the others would be one dot
                continue
            side = "floor" if row in FLOORS else row.split(":")[0]
            found = results.estimate(row, "map_at_r", base)
            half = None if math.isnan(found.half) or row == base else found.half
            place = lines.index(row.split(":")[-1]) + {"pml": -0.24, "st": 0.24}.get(side, 0.0)
            panel.errorbar(
                found.mean, place, xerr=half, fmt=MARKS[side], color=COLORS[side], markersize=4, capsize=2, linewidth=1
            )
        panel.set_ylim(-0.7, len(lines) - 0.3)
        panel.set_yticks(range(len(lines)), [_title(line) for line in lines] if base is None else [], fontsize=8)
        panel.grid(alpha=0.3)
    for side, title in {**TITLES, "floor": "frozen, no training"}.items():
        panels[0].plot([], [], MARKS[side], color=COLORS[side], markersize=4, label=title)
    panels[0].legend(fontsize=8, loc="upper left")
    panels[1].axvline(0, color="tab:blue", linewidth=0.8)
    panels[0].set_title("MAP@R on unseen classes", fontsize=10)
    panels[1].set_title("less that of TripletSemiHardLoss, seed by seed", fontsize=10)
    count = len(next(iter(results.runs.values())))
    figure.supxlabel(f"mean over {count} seeds, and its {CONFIDENCE:.0%} interval", fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _title(line: str) -> str:
    return FLOORS.get(line) or LOSSES[line].title
