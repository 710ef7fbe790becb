"""The threshold of a new gallery: from the classes that a run has kept from its training, where they suffice."""

import math
from pathlib import Path

from semihard.evaluation import IdentificationCalibration, calibrate_identification
from semihard.visualization.projector import read_tsv
from semihard.workflows.training.config import CONFIG, read_config

HOW = (
    "Search finds neighbors all the same, and names nothing. For a threshold train on more classes, index with a "
    "higher target_fpir, or give a distance as threshold."
)
# As of `calibrate_identification`.
_WRONG_NAMES = 10


def threshold_of_run(run: Path, classes: int, target_fpir: float) -> tuple[IdentificationCalibration | None, str]:
    """Return the threshold of a gallery, and a line that says what it is worth; or why there is none.

    Args:
        run: directory of the run, whose held-out vectors are used if they are of classes that training never saw: of
            its test part, which has not chosen the best epoch either where there is a validation part.
        classes: in the gallery.
        target_fpir: share of searches of strangers that may get a name.
    """
    if not classes:
        return None, "No threshold: the pictures have no labels, so that there is nothing to name."
    if not all((run / name).is_file() for name in (CONFIG, "vecs.tsv", "meta.tsv")):
        return None, f"No threshold: {run} holds no vectors of classes that the model was not trained on. {HOW}"
    config = read_config(run / CONFIG)
    if config.get("split") != "class":
        return None, f"No threshold: {run} held out pictures of known classes, and it takes unknown ones. {HOW}"
    vectors, labels = read_tsv(run / "vecs.tsv", run / "meta.tsv", column="label")
    try:
        found = calibrate_identification(vectors, labels, target_fpir=target_fpir, gallery=classes)
    except ValueError:
        there = len(labels) * (len(set(labels)) - 1)
        needed = math.ceil(round(_WRONG_NAMES * classes / target_fpir, 6))
        least = _rounded_up(_WRONG_NAMES * classes / max(there, 1))
        able = f", which support a target_fpir of {least:g}" if least < 0.5 else ""
        return None, (
            f"No threshold: a target_fpir of {target_fpir:g} with {classes:,} classes takes {needed:,} comparisons "
            f"of a picture with another class. Those that {run} has held out make {there:,}{able}. {HOW}"
        )
    fpir = found.figures["fpir"]
    between = (
        f" ({found.confidence:.0%} interval {fpir.interval[0]:.2%} to {fpir.interval[1]:.2%})" if fpir.interval else ""
    )
    chose = "" if config.get("val_fraction") else ", and that have chosen the best epoch"
    bound = "at most " if classes > found.measured else ""
    return found, (
        f"Threshold {found.threshold:.4g}: of strangers, {bound}{fpir.value:.2%}{between} get a name among these "
        f"{classes:,} classes. Measured on {len(set(labels)):,} classes that training never saw{chose}, "
        f"{'judged ' if found.achieved else ''}{found.worth}."
    )


def _rounded_up(share: float) -> float:
    return math.ceil(round(100 * share, 6)) / 100
