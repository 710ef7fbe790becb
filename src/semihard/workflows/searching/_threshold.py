"""The threshold of a new gallery: from the classes that a run has kept from its training, where they suffice."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation import IdentificationCalibration, calibrate_identification, nearest_neighbors
from semihard.evaluation.search import PreparedGallery
from semihard.gallery import Gallery
from semihard.visualization.projector import read_tsv
from semihard.workflows.training.config import CONFIG, read_config

HOW = (
    "Search finds neighbors all the same, and names nothing. For a threshold train on more classes, index with a "
    "higher target_fpir, or give a distance as threshold."
)
# What two vectors of one picture may differ by, of their length: batches of another size round otherwise.
_ROUNDING = 1e-4


def threshold_of_run(
    run: Path, gallery: Gallery, target_fpir: float | None
) -> tuple[IdentificationCalibration | None, str]:
    """Return the threshold of a gallery, and in lines what it is worth; or why there is none.

    Held-out pictures look for the classes of the gallery, each for all but its own: they are the strangers.

    Args:
        run: directory of the run, whose held-out vectors are used if they are of classes that training never saw: of
            its test part, which has not chosen the best epoch either where there is a validation part.
        gallery: with all its items.
        target_fpir: share of searches of strangers that may get a name; None for the least that is supported, and not
            below 0.01.
    """
    rows = [row for row, label in enumerate(gallery.labels) if label is not None]
    if not rows:
        return None, "No threshold: the pictures have no labels, so that there is nothing to name."
    if not all((run / name).is_file() for name in (CONFIG, "vecs.tsv", "meta.tsv")):
        return None, f"No threshold: {run} holds no vectors of classes that the model was not trained on. {HOW}"
    config = read_config(run / CONFIG)
    if config.get("split") != "class":
        return None, f"No threshold: {run} held out pictures of known classes, and it takes unknown ones. {HOW}"
    vectors, found_labels = read_tsv(run / "vecs.tsv", run / "meta.tsv", column="label")
    labels = [str(label) for label in found_labels]
    items, names = gallery.vectors[rows], [str(gallery.labels[row]) for row in rows]
    renamed = _under_another_label(vectors, labels, items, names)
    among: dict[str, Any] = {"gallery": items, "gallery_labels": names}
    if renamed:
        among = {"gallery": len(set(names))}
    try:
        found = calibrate_identification(vectors, labels, target_fpir=target_fpir, **among)
    except ValueError as error:
        return None, f"No threshold: {error} {HOW}"
    chose = "" if config.get("val_fraction") else ", and that have chosen the best epoch"
    lines = [
        _said(found),
        f"Measured on {len(set(labels)):,} classes that training never saw{chose}, "
        f"{'judged ' if found.achieved else ''}{found.worth}.",
    ]
    if renamed:
        lines.append(f"They look for each other: {renamed:,} of their pictures lie in the gallery under another label.")
    if found.chosen:
        lines.append(
            f"No target_fpir was given: {found.chosen}. For a lower one train on more classes, or with a larger "
            "test_fraction; one that is given is kept to, or there is no threshold."
        )
    return found, "\n".join(lines)


def _said(found: IdentificationCalibration) -> str:
    fpir, fnir = found.figures["fpir"], found.figures["fnir"]
    between = (
        f" ({found.confidence:.0%} interval {fpir.interval[0]:.2%} to {fpir.interval[1]:.2%})" if fpir.interval else ""
    )
    bound = "at most " if found.gallery > found.measured else ""
    return (
        f"Threshold {found.threshold:.4g}: of strangers, {bound}{fpir.value:.2%}{between} get a name among these "
        f"{found.gallery:,} classes; of pictures of one of them, {fnir.value:.2%} get none, or another."
    )


def _under_another_label(vectors: NDArray[Any], labels: list[str], items: NDArray[Any], names: list[str]) -> int:
    """How many held-out pictures lie in the gallery under another label: they are no strangers to it."""
    distances, found = nearest_neighbors(vectors, PreparedGallery(items), k=1)
    same = distances[:, 0] <= _ROUNDING * np.linalg.norm(vectors, axis=1)
    other = np.asarray(names, object)[found[:, 0]] != np.asarray(labels, object)
    return int(np.count_nonzero(same & other))
