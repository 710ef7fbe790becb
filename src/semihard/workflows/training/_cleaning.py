"""What the trained model says about the data: labels that look wrong, near-duplicates, leakage across the split."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from semihard import evaluation
from semihard._core.files import whole_file
from semihard.data import ImageFiles
from semihard.workflows.training._features import Features, Pixels
from semihard.workflows.training._images import Images

FILE = "cleaning.csv"
COLUMNS = ("problem", "path", "part", "label", "other_path", "other_part", "other_label", "score")
# More images than this are not compared with each other: it would take minutes.
MOST = 100_000
NAMED = 5
LEAKED = "also in training"


class Cleaning(NamedTuple):
    """What was found.

    Attributes:
        text: for the report.
        counts: name → how many.
        leaked: of each image that judges, folder and name of its near-duplicate among those that learned, or "no".
    """

    text: str
    counts: dict[str, int]
    leaked: list[str]

    @property
    def sentence(self) -> str:
        """What to say of it in a line; empty where nothing was found."""
        found = [f"{name.replace('_', ' ')}: {count:,}" for name, count in self.counts.items() if count]
        return f"Look at the data ({FILE}): {', '.join(found)}." if found else ""


def look_at_data(
    vectors: Any,
    embedded: Callable[[Any], Any],
    inputs: Pixels | Features,
    images: Images,
    directory: Path,
    say: Callable[[str], None],
) -> Cleaning | None:
    """Look for what is wrong with the data, also of those that were trained on; `vectors` are of those that judge."""
    parts = {"train": images.train, "val": images.validation, "test": images.test}
    if images.test is images.validation:
        del parts["test"]
    count = sum(len(part) for part in parts.values())
    if count > MOST:
        say(f"Wrong labels and near-duplicates are not looked for: to compare {count:,} images takes long.")
        return None
    say(f"Looking for wrong labels and near-duplicates among {count:,} images")
    found = {"train": embedded(inputs.of_training_unchanged())}
    if len(parts) == 3:
        found["val"] = embedded(inputs.of_held_out(images.validation))
    found[list(parts)[-1]] = vectors
    cleaning = clean({name: (part, found[name]) for name, part in parts.items()}, directory)
    if cleaning.sentence:
        say(cleaning.sentence)
    return cleaning


def clean(parts: Mapping[str, tuple[ImageFiles, Any]], directory: Path) -> Cleaning:
    """Compare all images with each other, write what was found to `cleaning.csv`, and return it in words.

    Args:
        parts: name → images and their embeddings real [n, dim]: first what learned, last what judges.
        directory: of the run.
    """
    vectors = np.concatenate([vectors for _, vectors in parts.values()])
    part = np.repeat(list(parts), [len(images) for images, _ in parts.values()])
    paths = [str(path) for images, _ in parts.values() for path in images.paths]
    labels = [label for images, _ in parts.values() for label in images.labels]

    wrong = evaluation.label_errors(vectors, labels)
    within = evaluation.duplicates(vectors)
    across = evaluation.duplicates(vectors, split=part, threshold=within.threshold)
    pairs = sorted({*_pairs(within), *_pairs(across)})

    rows: list[tuple[Any, ...]] = [
        ("label", paths[i], part[i], labels[i], "", "", suggested, f"{wrong.margins[i]:.4f}")
        for i, suggested in zip(wrong.samples, wrong.suggested, strict=True)
    ]
    for apart, one, other in pairs:
        both = (x for i in (one, other) for x in (paths[i], part[i], labels[i]))
        rows.append(("near-duplicate", *both, f"{apart:.6g}"))
    with whole_file(directory / FILE) as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])

    split = [(one, other) for _, one, other in pairs if part[one] != part[other]]
    opposed = [(one, other) for _, one, other in pairs if labels[one] != labels[other]]
    first, last = next(iter(parts)), list(parts)[-1]
    nearest = [int(across.nearest[i]) for i in np.flatnonzero(part == last)]
    leaked = ["/".join(Path(paths[i]).parts[-2:]) if i >= 0 and part[i] == first else "no" for i in nearest]
    counts = {
        "labels_that_look_wrong": len(wrong),
        "near_duplicates_across_the_split": len(split),
        "near_duplicates_under_two_labels": len(opposed),
    }

    def named(pair: tuple[int, int]) -> str:
        one, other = (f"{paths[i]} ({part[i]}, {labels[i]})" for i in pair)
        return f"  {one} = {other}"

    lines = [f"the data, by what the model makes of {len(paths):,} images ({FILE} has all)", ""]
    lines += [str(wrong).splitlines()[0]]
    lines += [
        f"  {paths[i]} ({part[i]}, {labels[i]}): neighbors say {suggested}"
        for i, suggested in zip(wrong.samples[:NAMED], wrong.suggested, strict=False)
    ]
    lines += ["", f"Near-duplicates across the split: {len(split):,} pairs.", *map(named, split[:NAMED])]
    lines += ["", f"Near-duplicates under two labels: {len(opposed):,} pairs.", *map(named, opposed[:NAMED])]
    return Cleaning("\n".join(lines), counts, leaked)


def _pairs(found: evaluation.Duplicates) -> list[tuple[float, int, int]]:
    return list(zip(found.pair_distances.tolist(), *found.pairs.T.tolist(), strict=True))
