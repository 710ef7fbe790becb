"""Strangers that nothing was calibrated on: how many get a name, and whether that is in the interval that was promised.

Identities are drawn anew for each repeat: some calibrate a threshold, some are enrolled in a gallery, the others are
strangers to it. The target is the default: 0.01, or the least that those who calibrate support. Synthetic identities
are always measured; embeddings of pictures are made here, of files with `images` uint8 [n, height, width(, 3)] and
`labels` [n], and for --trained the rows `train_0` and `test_0`, of different labels.

    python -m benchmarks strangers
    python -m benchmarks strangers --frozen emoji.npz --trained glyphs.npz --write
"""

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from benchmarks.harness.worker import Worker

WAYS = {"size": "its size", "gallery": "the gallery itself"}
COLUMNS = ["gallery", "calibrated on", "for", "target", "FPIR promised", "strangers named", "5–95 %"]
COLUMNS += ["in the interval", "FNIR promised", "enrolled missed"]


def main(line: Sequence[str]) -> None:
    """Measure, print, and write what was asked for."""
    parser = options("strangers", __doc__)
    parser.add_argument("--frozen", type=Path, nargs="*", default=[], help="files, for a frozen efficientnet_lite0")
    parser.add_argument("--trained", type=Path, nargs="*", default=[], help="files, for a small net trained on train_0")
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 1000], help="of galleries (default: 50 1000)")
    parser.add_argument("--calibrating", type=int, default=250, help="identities (default: 250)")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args(line)
    sections = []
    with tempfile.TemporaryDirectory() as folder, Worker("torch", "strangers.ours") as worker:
        made = {"Synthetic": worker.ask("synthetic", folder=folder, seed=arguments.seed)}
        for kind in ("frozen", "trained"):
            for file in getattr(arguments, kind):
                progress(f"embedding {file.stem}")
                found = worker.ask(kind, images=str(file.resolve()), folder=folder, seed=arguments.seed)
                made[file.stem.capitalize()] = found
        for title, about in made.items():
            rows = []
            for size in arguments.sizes:
                for way in WAYS:
                    found = worker.ask(
                        "measure",
                        vectors=about["vectors"],
                        way=way,
                        size=size,
                        calibrating=arguments.calibrating,
                        repeats=arguments.repeats,
                        seed=arguments.seed,
                    )
                    rows.append(row(size, way, arguments.calibrating, found))
                    progress(f"{title}: {', '.join(rows[-1])}")
            sections.append(section(title, about["text"], table(COLUMNS, rows, words=["for"])))
    text = page(
        "Strangers at a gallery, measured",
        f"{made_by('strangers')}. {arguments.repeats} repeats, each with other identities: {arguments.calibrating} "
        "calibrate, so many as the table says are enrolled, and the others are strangers, of whom neither the model "
        "nor the calibration has seen anything. `calibrate_identification` promises an FPIR with a 95 % interval, and "
        "an FNIR, for galleries of a size, or for the one gallery that it is given. Of the first, whose promise is of "
        "the mean over galleries, three galleries a repeat are measured, of the second the one. “In the interval” says "
        "in what share of the repeats the strangers' rate is, which has an uncertainty of its own, from as many "
        "strangers as there are. “At most” marks a bound, of a gallery larger than the identities that calibrate; a "
        "lower rate is then in the interval, too.",
        *sections,
    )
    publish("strangers", text, arguments.write)


def row(size: int, way: str, calibrating: int, found: dict) -> list[str]:
    """One line of a table."""
    middle = {name: statistics.fmean(found[name]) for name in ("target", "fpir", "named", "fnir", "missed")}
    ends = statistics.quantiles(found["named"], n=20)
    bound = "at most " if way == "size" and size >= calibrating else ""
    return [
        f"{size:,}",
        f"{calibrating:,}",
        WAYS[way],
        f"{middle['target']:.3g}",
        f"{bound}{middle['fpir']:.2%}",
        f"{middle['named']:.2%}",
        f"{ends[0]:.2%}–{ends[-1]:.2%}",
        f"{statistics.fmean(found['holds']):.0%}",
        f"{middle['fnir']:.1%}",
        f"{middle['missed']:.1%}",
    ]
