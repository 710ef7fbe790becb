"""Fit the threshold of a search in a gallery on some identities, and report on others what it achieves."""

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import open_fraction, whole_number
from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard._core.labels import label_array, label_codes
from semihard.evaluation.calibration._identification import IdentificationCalibration
from semihard.evaluation.calibration._identification_rates import false_negatives, false_positives, with_intervals
from semihard.evaluation.calibration._identification_threshold import threshold_for_fpir, too_few_searches
from semihard.evaluation.calibration._searches import Searches, searches_of
from semihard.evaluation.calibration._split import held_out_rows

# So many thresholds are found to judge with.
GROUPS = 20


def calibrate_identification(
    embeddings: Any,
    labels: Any,
    *,
    target_fpir: float = 0.01,
    gallery: int = 50,
    enrolled: int | None = None,
    directions: bool = False,
    held_out: float | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> IdentificationCalibration:
    """Find the distance up to which a search in a gallery shall give a name, and beyond which "none of these".

    A stranger is compared with everybody in the gallery, so a threshold for a false accept rate of pairs (`calibrate`)
    names more strangers the more are enrolled. This one is for a gallery of a given size: at most `target_fpir` of the
    searches of identities that are not enrolled get a name.

    All identities fit the threshold. Each twentieth of them in turn is held out, and judged by the threshold that the
    others alone would have given (`held_out` splits them once instead). Every embedding searches among all other
    identities, so nobody is both a stranger and in the gallery, and the rates are means over all galleries of the size
    that can be drawn. Of a larger gallery than there are other identities the FPIR is at most so many times larger
    as the gallery is, and this bound is fitted and reported. Where the others alone are too few for the target, there
    are only the figures on what was fitted, which are too good.

    The threshold rests on few wrong names. In simulations with a target of 0.01 and 50 of 400 identities in the gallery
    its true FPIR was 0.011 on average, and from 0.0075 to 0.015 in nine of ten; of 100 identities, 0.005 to 0.024.

    Args:
        embeddings: real [n, dim], finite, and none that the model was trained on.
        labels: [n] or [n, 1], the identity of each row.
        target_fpir: share of searches of strangers that may get a name, in (0, 1).
        gallery: how many identities are enrolled.
        enrolled: how many embeddings of each identity are enrolled, as it will be in use, drawn at random. By default
            all; a search of an identity is then compared with all but itself. More of them find more, friend and
            stranger.
        directions: whether to compare embeddings by their directions, as a gallery of cosine distances does.
        held_out: share of the identities that only judges, in (0, 1). By default all fit, and all judge in turn.
        confidence: of the intervals, in (0, 1). In five simulations of 100 to 400 identities, 95 % intervals of the
            FPIR covered 95 to 100 %, those of the FNIR 89 to 94 %.
        resamples: draws of identities for the intervals.
        seed: of the groups or the split, and of the draws; they depend on the order of the labels too.

    Returns:
        `IdentificationCalibration`, which `Gallery.threshold` takes.

    Raises:
        TypeError, ValueError: for embeddings and labels that do not fit, fewer than three identities, a `held_out` that
            leaves too few in a part, and a target that so many searches cannot support.

    Source:
        FPIR and FNIR: Grother, Ngan, Hanaoka 2019, "Face Recognition Vendor Test (FRVT) Part 2: Identification", NISTIR
        8271, §3. There an identity has one entry in the gallery; here it has `enrolled`.

    Example:
        >>> import numpy as np
        >>> from semihard.evaluation import calibrate_identification
        >>> rng = np.random.default_rng(0)
        >>> labels = np.repeat(np.arange(200), 6)
        >>> embeddings = rng.normal(size=(200, 16))[labels] + 0.4 * rng.normal(size=(1200, 16))
        >>> calibration = calibrate_identification(embeddings, labels, target_fpir=0.02, gallery=50)
        >>> calibration.fitted["fpir"] <= 0.02
        True
        >>> low, high = calibration.achieved["fpir"].interval
        >>> low < 0.02 < high
        True
    """
    target, gallery = open_fraction("target_fpir", target_fpir), whole_number("gallery", gallery, 1)
    enrolled = None if enrolled is None else whole_number("enrolled", enrolled, 1)
    confidence, resamples = open_fraction("confidence", confidence), whole_number("resamples", resamples, 1)
    held_out = None if held_out is None else open_fraction("held_out", held_out)
    array = checked_embeddings("embeddings", embeddings)
    codes, _ = label_codes(label_array("labels", labels, len(array)), None)
    if (identities := int(codes.max()) + 1) < 3:
        raise ValueError(
            f"Expected `labels` of at least 3 identities. Received: {identities}. A stranger needs others to be "
            "mistaken for: give embeddings of more."
        )
    array = unit_vectors("embeddings", array) if directions else array

    def searches(rows: NDArray[np.bool_]) -> Searches:
        return searches_of(array[rows], np.unique(codes[rows], return_inverse=True)[1].reshape(-1), enrolled, seed)

    if held_out is None:
        fitting = judging = searches(np.ones(len(codes), bool))
    else:
        held = held_out_rows(codes, held_out, seed)
        fitting, judging = searches(~held), searches(held)
        if reason := too_few_searches(judging, target, gallery):
            raise ValueError(
                f"Expected held-out identities that can judge `target_fpir`. Received: {reason}. Leave out `held_out`: "
                "each identity is then judged by a threshold from the others."
            )
    threshold = threshold_for_fpir(fitting, target, gallery)
    reach, judged = np.full(len(judging.own), threshold), "held out"
    if held_out is None:
        judged = "in sample"
        with suppress(ValueError):  # the others alone cannot support the target
            reach, judged = _left_out(fitting, target, gallery, threshold, seed), "left out"
    achieved, growth = {}, {}
    if judged != "in sample":
        sizes = sorted({gallery, judging.others, *_sizes(max(gallery, judging.others))})
        errors = [false_positives(judging, reach, size) for size in sizes]
        found = with_intervals([*errors, false_negatives(judging, reach, gallery)], confidence, resamples, seed)
        growth = dict(zip(sizes, found, strict=False))
        achieved = {"fpir": growth[gallery], "fnir": found[-1]}
    same = np.full(len(fitting.own), threshold)
    return IdentificationCalibration(
        threshold=threshold,
        criterion=f"target_fpir={target:g}, gallery={gallery}",
        gallery=gallery,
        enrolled=enrolled,
        fitted={
            "fpir": false_positives(fitting, same, gallery).rate,
            "fnir": false_negatives(fitting, same, gallery).rate,
        },
        achieved=achieved,
        growth=growth,
        measured=judging.others,
        confidence=confidence,
        counts={**_counts("fitted", fitting), **({} if held_out is None else _counts("held_out", judging))},
        dim=array.shape[1],
        judged=judged,
        directions=bool(directions),
    )


def _left_out(searches: Searches, target: float, gallery: int, guess: float, seed: int) -> NDArray[np.float64]:
    """The threshold that each search is judged by, [searches]: that of the identities of all other groups."""
    identities = searches.others + 1
    group = np.random.default_rng(seed).permutation(identities) % min(GROUPS, identities)
    reach = np.empty(len(searches.own))
    for number in range(group.max() + 1):
        threshold = threshold_for_fpir(searches.of(group != number), target, gallery, guess)
        reach[group[searches.own] == number] = threshold
    return reach


def _sizes(most: int) -> list[int]:
    """1, 2, 5, 10, 20, 50, … up to `most`."""
    powers = range(len(str(most)))
    return [size for power in powers for size in (10**power, 2 * 10**power, 5 * 10**power) if size <= most]


def _counts(part: str, searches: Searches) -> dict[str, int]:
    return {
        f"{part}_identities": searches.others + 1,
        f"{part}_searches": len(searches.own),
        f"{part}_mate_searches": int(np.count_nonzero(~np.isnan(searches.mates))),
    }
