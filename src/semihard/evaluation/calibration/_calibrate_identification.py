"""Fit the threshold of a search in a gallery on some identities, and report on others what it achieves."""

import math
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import open_fraction, whole_number
from semihard.evaluation.calibration._identification import IdentificationCalibration
from semihard.evaluation.calibration._identification_rates import false_negatives, false_positives, with_intervals
from semihard.evaluation.calibration._identification_threshold import (
    supported_fpir,
    threshold_for_fpir,
    too_few_searches,
)
from semihard.evaluation.calibration._people import people_of
from semihard.evaluation.calibration._searches import Searches
from semihard.evaluation.calibration._split import held_out_rows

# So many thresholds are found to judge with.
GROUPS = 20


def calibrate_identification(
    embeddings: Any,
    labels: Any,
    *,
    target_fpir: float | None = None,
    gallery: Any = 50,
    gallery_labels: Any = None,
    enrolled: int | None = None,
    directions: bool = False,
    held_out: float | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> IdentificationCalibration:
    """Find the distance up to which a search in a gallery shall give a name, and beyond which "none of these".

    A stranger is compared with everybody in the gallery, so a threshold for a false accept rate of pairs (`calibrate`)
    names more strangers the more are enrolled. This one is for a gallery of a given size, or for the gallery that is
    given: at most `target_fpir` of the searches of identities that are not enrolled get a name.

    All identities fit the threshold. Each twentieth of them in turn is held out, and judged by the threshold that the
    others alone would have given (`held_out` splits them once instead). Where the others alone are too few for the
    target, there are only the figures on what was fitted, which are too good.

    * For a size, every embedding searches among all other identities, so nobody is both a stranger and in the gallery,
      and the rates are means over all galleries of the size that can be drawn. Of a larger gallery than there are other
      identities the FPIR is at most so many times larger as the gallery is, and this bound is fitted and reported.
    * For a gallery that is given, every embedding searches there, among all identities but its own, and among the other
      embeddings for its own. That takes fewer embeddings of strangers, and the interval is that of this gallery.

    The threshold rests on few wrong names, and pictures of an identity are mistaken together: see the interval.

    Args:
        embeddings: real [n, dim], finite, and none that the model was trained on.
        labels: [n] or [n, 1], the identity of each row.
        target_fpir: share of searches of strangers that may get a name, in (0, 1). By default 0.01, or the least whole
            percent that all but a twentieth of the identities support; up to 0.25.
        gallery: how many identities are enrolled; or real [items, dim], with `gallery_labels`.
        gallery_labels: [items] or [items, 1], equal to `labels` for the same identity.
        enrolled: how many embeddings of each identity are enrolled, as it will be in use, drawn at random. By default
            all; a search of an identity is then compared with all but itself. More of them find more, friend and
            stranger.
        directions: whether to compare embeddings by their directions, as a gallery of cosine distances does.
        held_out: share of the identities that only judges, in (0, 1). By default all fit, and all judge in turn.
        confidence: of the intervals, in (0, 1). Where few names are wrong those of 95 % are somewhat too narrow:
            of a given gallery they held what fresh strangers got in 86 of 100 cases (docs/benchmarks/strangers.md).
        resamples: draws of identities for the intervals.
        seed: of the groups or the split, and of the draws; they depend on the order of the labels too.

    Returns:
        `IdentificationCalibration`, which `Gallery.threshold` takes.

    Raises:
        TypeError, ValueError: for embeddings and labels that do not fit, fewer than three identities, a `held_out` that
            leaves too few in a part, and a target that so many searches cannot support; without one, where they do not
            support 0.25.

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
    target = None if target_fpir is None else open_fraction("target_fpir", target_fpir)
    confidence, resamples = open_fraction("confidence", confidence), whole_number("resamples", resamples, 1)
    held_out = None if held_out is None else open_fraction("held_out", held_out)
    people = people_of(embeddings, labels, gallery, gallery_labels, enrolled, seed, directions=bool(directions))
    size, codes = people.size, people.codes
    if held_out is None:
        fitting = judging = people.searches(np.ones(len(codes), bool))
    else:
        held = held_out_rows(codes, held_out, seed)
        fitting, judging = people.searches(~held), people.searches(held)
    chosen = None
    if target is None:
        parts = [_fewest_left(fitting, seed)] if held_out is None else [_all(fitting), _all(judging)]
        target, chosen = supported_fpir(min(parts, key=math.prod), size)
    if held_out is not None and (reason := too_few_searches(*_all(judging), target, size)):
        raise ValueError(
            f"Expected held-out identities that can judge `target_fpir`. Received: {reason}. Leave out `held_out`: "
            "each identity is then judged by a threshold from the others."
        )
    threshold = threshold_for_fpir(fitting, target, size)
    reach, judged = np.full(len(judging.own), threshold), "held out"
    if held_out is None:
        judged = "in sample"
        with suppress(ValueError):  # the others alone cannot support the target
            reach, judged = _left_out(fitting, target, size, threshold, seed), "left out"
    achieved, growth = {}, {}
    if judged != "in sample":
        sizes = sorted({size, judging.others, *_sizes(max(size, judging.others))})
        errors = [false_positives(judging, reach, enrolled) for enrolled in sizes]
        found = with_intervals([*errors, false_negatives(judging, reach, size)], confidence, resamples, seed)
        growth = dict(zip(sizes, found, strict=False))
        achieved = {"fpir": growth[size], "fnir": found[-1]}
    same = np.full(len(fitting.own), threshold)
    return IdentificationCalibration(
        threshold=threshold,
        criterion=f"target_fpir={target:g}, gallery={size}",
        gallery=size,
        enrolled=people.enrolled,
        fitted={
            "fpir": false_positives(fitting, same, size).rate,
            "fnir": false_negatives(fitting, same, size).rate,
        },
        achieved=achieved,
        growth=growth,
        # Those whose own is in the gallery are compared with all but one of it, which the rates make up for.
        measured=size if judging.fixed else judging.others,
        confidence=confidence,
        counts={**_counts("fitted", fitting), **({} if held_out is None else _counts("held_out", judging))},
        dim=people.embeddings.shape[1],
        judged=judged,
        directions=bool(directions),
        chosen=chosen,
    )


def _groups(identities: int, seed: int) -> NDArray[np.int64]:
    """Which group each identity is left out with, [identities]."""
    return np.random.default_rng(seed).permutation(identities) % min(GROUPS, identities)


def _left_out(searches: Searches, target: float, size: int, guess: float, seed: int) -> NDArray[np.float64]:
    """The threshold that each search is judged by, [searches]: that of the identities of all other groups."""
    group = _groups(searches.identities, seed)
    reach = np.empty(len(searches.own))
    for number in range(group.max() + 1):
        threshold = threshold_for_fpir(searches.of(group != number), target, size, guess)
        reach[group[searches.own] == number] = threshold
    return reach


def _all(searches: Searches) -> tuple[int, int]:
    return len(searches.own), searches.others


def _fewest_left(searches: Searches, seed: int) -> tuple[int, int]:
    """How many searches there are, and others that each may be mistaken for, where a group is left out."""
    group = _groups(searches.identities, seed)
    made = len(searches.own) - np.bincount(group[searches.own], minlength=group.max() + 1)
    others = searches.others - (0 if searches.fixed else np.bincount(group))
    least = int(np.argmin(made * others))
    return int(made[least]), int(np.broadcast_to(others, made.shape)[least])


def _sizes(most: int) -> list[int]:
    """1, 2, 5, 10, 20, 50, … up to `most`."""
    powers = range(len(str(most)))
    return [size for power in powers for size in (10**power, 2 * 10**power, 5 * 10**power) if size <= most]


def _counts(part: str, searches: Searches) -> dict[str, int]:
    return {
        f"{part}_identities": searches.identities,
        f"{part}_searches": len(searches.own),
        f"{part}_mate_searches": int(np.count_nonzero(~np.isnan(searches.mates))),
    }
