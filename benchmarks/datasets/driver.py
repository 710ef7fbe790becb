"""The emoji and the letters: how many there are, how long they take to make, what pixels find, and a picture.

The floor: raw pixels as embeddings, of the test classes of each seed, by Euclidean distance. Half as many pixels a side
(means of 2 × 2), so that it takes a minute.

    npm install --prefix icons @iconify-json/noto@1.2.9 @iconify-json/twemoji@1.2.5 @iconify-json/openmoji@1.2.29 \
        @iconify-json/fluent-emoji-flat@1.2.6
    mkdir fonts && (cd fonts && apt-get download $(cat ../benchmarks/datasets/fonts.txt) && for each in *.deb; \
        do dpkg -x $each .; done)
    python -m benchmarks datasets --icons icons --fonts fonts --write
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.datasets.picture import draw
from benchmarks.harness.checkout import CHECKOUT, BenchmarkError
from benchmarks.harness.clock import Peak
from benchmarks.harness.page import made_by, options, page, progress, publish, section, table
from semihard import datasets, evaluation

SEEDS = (0, 1, 2)
PICTURE = CHECKOUT / "docs" / "pictures" / "datasets.png"


def main(line: Sequence[str]) -> None:
    """Make both, count, print, and write what was asked for."""
    parser = options("datasets", __doc__, "docs/benchmarks/datasets.md and docs/pictures/datasets.png")
    parser.add_argument("--icons", type=Path, help="where npm installed the four sets of icons (needed)")
    parser.add_argument("--fonts", type=Path, help="folder of the fonts (needed)")
    arguments = parser.parse_args(line)
    if not (arguments.icons and arguments.fonts):
        raise BenchmarkError(
            "Expected --icons and --fonts. `python -m benchmarks datasets --help` says how to get them."
        )
    made, rows = {}, []
    for name, make in (
        ("emoji", lambda: datasets.emoji(arguments.icons)),
        ("emoji, no variants", lambda: datasets.emoji(arguments.icons, variants=False)),
        ("letters", lambda: datasets.glyphs(arguments.fonts)),
    ):
        progress(name)
        with Peak() as making:
            made[name] = drawn = make()
        sizes = np.bincount(drawn.labels)
        rows.append(
            [
                name,
                f"{len(drawn):,}",
                f"{len(drawn.names):,}",
                f"{sizes.min()} to {sizes.max()}" if sizes.min() < sizes.max() else str(sizes.max()),
                f"{len(set(drawn.families)):,}",
                f"{len(set(drawn.sources)):,}",
                f"{making.seconds:.0f}",
                f"{making.megabytes:,.0f}",
            ]
        )
    heads = ["", "images", "classes", "images a class", "families", "sources", "seconds", "MB at most"]
    scripts = Counter(made["letters"].superclasses.tolist()).most_common()
    text = page(
        "Data sets of drawings",
        f"{made_by('datasets')}.",
        table(heads, rows, words=["", "images a class"]),
        section("Fixed splits", table(*splits(made), words=[""])),
        section(
            "Letters by script",
            "Classes: " + ", ".join(f"{script} {count:,}" for script, count in scripts) + ".",
        ),
    )
    if arguments.write:
        draw(made["emoji"], made["letters"], PICTURE)
    publish("datasets", text, arguments.write)


def splits(made: dict[str, datasets.LabeledImages]) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of a table of the three seeds: sizes of the parts, and what pixels find in the test."""
    rows = []
    for name, drawn in made.items():
        for seed in SEEDS:
            progress(f"{name}, seed {seed}")
            parts = drawn.split(seed)
            sizes = [f"{len(np.unique(drawn.labels[places])):,} ({len(places):,})" for places in parts]
            test = parts[2]
            floor = evaluation.evaluate(pixels(drawn.images[test]), drawn.labels[test], ks=[1], resamples=0).figures
            rows.append([name, str(seed), *sizes, *(f"{floor[key].value:.3f}" for key in ("recall_at_1", "map_at_r"))])
    heads = ["training classes (images)", "validation classes (images)", "test classes (images)"]
    return ["", "seed", *heads, "Recall@1 of pixels", "MAP@R of pixels"], rows


def pixels(images: np.ndarray) -> np.ndarray:
    """Images as vectors of means over 2 × 2 pixels, from 0 to 1."""
    n, height, width = images.shape[:3]
    blocks = images.reshape(n, height // 2, 2, width // 2, 2, -1)
    return blocks.mean(axis=(2, 4), dtype=np.float32).reshape(n, -1) / 255
