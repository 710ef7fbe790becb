"""The page: its tables, and what was done."""

import argparse
from typing import Any

from benchmarks.harness.environments import PEERS
from benchmarks.harness.estimates import CONFIDENCE, estimate
from benchmarks.harness.page import made_by, page, section, table
from benchmarks.reality_check.definitions import BASE, LOSSES, SLOW, TITLES
from benchmarks.reality_check.findings import LIMITS, OURS, ahead, counterpart, findings, name, notes
from benchmarks.reality_check.judge import FLOORS
from benchmarks.reality_check.measure import Results
from benchmarks.reality_check.settings import FACTORS, RATE, RATES, settings


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


def lengthened(results: Results, longer: Results) -> str:
    """What more steps bring, row by row."""
    rows = []
    for row in sorted(longer.runs, key=lambda row: -longer.estimate(row, "map_at_r").mean):
        more = estimate([b - a for a, b in zip(results.values(row), longer.values(row), strict=True)])
        cells = [f"{results.estimate(row, 'map_at_r'):.3f}", f"{longer.estimate(row, 'map_at_r'):.3f}", f"{more:+.3f}"]
        chosen = " ".join(str(run.chosen) for run in longer.runs[row].values())
        rows.append([LOSSES[row.split(":")[1]].title, name(row), *cells, chosen])
    columns = ["method", "called", "MAP@R", "with more steps", "gained", "settings chosen"]
    return table(columns, rows, words=["method", "called"])


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


def _said(setting: dict[str, Any], vectors: bool) -> str:
    factor = [f"factor {setting['factor']:g}"] if vectors else []
    options = [f"{option} {value:g}" for option, value in setting["options"].items()]
    return ", ".join([f"rate {setting['rate']:g}", *factor, *options])


def report(results: Results, longer: Results | None, arguments: argparse.Namespace) -> str:
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
        'and cross-entropy of any length, as they are defined. The protocol follows Musgrave, Belongie, Lim, "A Metric '
        'Learning Reality Check", 2020.',
        f"± is Student's {CONFIDENCE:.0%} interval over the {count} seeds. Differences are taken seed by seed, so "
        'their intervals are the ones to compare by. "Search gained": validation MAP@R of the chosen settings less '
        'that of the defaults. "Settings chosen": by seed, numbered as [below](#what-was-searched), 0 for the '
        "defaults. CPU seconds: of a training; other work ran beside it, which makes them longer. Rows in italics are "
        "not trained.",
        figures(results),
        findings(results),
        section("Where a peer is ahead", ahead(results)) if peers else "",
        section(f"With {arguments.longer} times the steps", lengthened(results, longer)) if longer else "",
        section("What it does not show", LIMITS.strip()),
        section("What was searched", searched(results, arguments.settings)),
        section("Notes on the rows", notes(left_out)),
    )
