"""Fit a distance threshold on some identities, and report on others what it achieves."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Literal

import numpy as np

from semihard._core.checks import one_of, open_fraction, whole_number
from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array, label_codes
from semihard.evaluation.calibration._calibration import Calibration
from semihard.evaluation.calibration._left_out import GROUPS, left_out
from semihard.evaluation.calibration._rates import achieved_rates, rates
from semihard.evaluation.calibration._split import FEWEST_IDENTITIES, held_out_rows
from semihard.evaluation.calibration._threshold import threshold_for_f1, threshold_for_far, threshold_for_precision
from semihard.evaluation.verification import PairHistograms, pair_histograms, too_few_impostors

# Edges among which the threshold is chosen. No pairs are kept apart by group while fitting, so many bins cost little.
BINS = 2**14


def calibrate(
    embeddings: Any,
    labels: Any,
    *,
    target_far: float | None = None,
    target_precision: float | None = None,
    maximize: Literal["f1"] | None = None,
    held_out: float | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Calibration:
    """Find the Euclidean distance up to which two embeddings shall count as the same identity.

    The identities are split. All pairs within one part fit the threshold, exactly one criterion saying how; all pairs
    within the other, of identities that the threshold has not seen, tell what it achieves. The threshold lies on one of
    16,384 edges evenly spread over the distances, so the fitted rate keeps to its target.

    Fewer than 20 identities with two embeddings are not split: all fit the threshold, and each is judged by the
    threshold that the others alone would have given. Of fewer than three, or where the target is out of reach without
    one of them, there are only the figures on what was fitted, which are too good. `Calibration.judged` says which it
    was, and `Calibration.worth` what that is worth.

    FAR and TAR carry over to other data of the same kind. Precision and F1 do not by themselves: they depend on the
    share of genuine pairs, which falls as identities are added (about 1 / identities). Aim at a FAR where the share
    will be another one in use.

    Args:
        embeddings: real [n, dim], finite, and none that the model was trained on: distances of those are smaller.
        labels: [n] or [n, 1], the identity of each row: integers, strings or anything NumPy can order.
        target_far: accept as much as possible with at most this share of impostor pairs accepted, in (0, 1).
        target_precision: accept as much as possible with at least this share of genuine pairs among the accepted.
        maximize: "f1", the harmonic mean of precision and recall; of equally good thresholds, the middle one.
        held_out: share of the identities that is kept for judging, in (0, 1). By default a half, of 20 identities or
            more.
        confidence: of the intervals, in (0, 1). In simulations, 95 % intervals of the FAR covered 89 % with 10
            identities held out, 94 % with 30 and 95 % or more with 100; of 3 to 19 left out in turn 93 to 95 %, and
            those of the TAR 90 to 94 %.
        resamples: draws of held-out identities for the intervals.
        seed: of the split and the draws; both depend on the order of the labels too.

    Returns:
        `Calibration`.

    Raises:
        TypeError, ValueError: for none or several criteria, embeddings and labels that do not fit, no genuine or no
            impostor pair, a `held_out` that leaves fewer than 10 identities with two embeddings in a part, and a target
            that so many pairs cannot support.

    Example:
        >>> import numpy as np
        >>> import semihard
        >>> rng = np.random.default_rng(0)
        >>> labels = np.repeat(np.arange(40), 10)
        >>> embeddings = rng.normal(size=(40, 16))[labels] + 0.2 * rng.normal(size=(400, 16))
        >>> calibration = semihard.calibrate(embeddings, labels, target_far=0.01)
        >>> calibration.fitted["far"] <= 0.01
        True
        >>> calibration.match(embeddings[:2] + [[0.0], [9.0]], embeddings[5:], labels[5:]).labels.tolist()
        [0, None]
    """
    criteria = {"target_far": target_far, "target_precision": target_precision, "maximize": maximize}
    given = {name: value for name, value in criteria.items() if value is not None}
    if len(given) != 1:
        raise ValueError(f"Expected exactly one of {', '.join(criteria)}. Received: {', '.join(given) or 'none'}.")
    if maximize is not None:
        one_of("maximize", maximize, ["f1"])
    target = {name: open_fraction(name, value) for name, value in given.items() if name != "maximize"}
    confidence, resamples = open_fraction("confidence", confidence), whole_number("resamples", resamples, 1)
    held_out = held_out if held_out is None else open_fraction("held_out", held_out)
    embeddings = checked_embeddings("embeddings", embeddings)
    codes, _ = label_codes(label_array("labels", labels, len(embeddings)), None)
    fit: Callable[[PairHistograms], float] = threshold_for_f1
    if maximize is None:
        of_target = threshold_for_far if target_far is not None else threshold_for_precision
        fit = partial(of_target, target=next(iter(target.values())))

    several = int(np.count_nonzero(np.bincount(codes) > 1))
    split = held_out is not None or several >= 2 * FEWEST_IDENTITIES
    held = held_out_rows(codes, held_out or 0.5, seed) if split else np.zeros(len(codes), bool)
    groups = 1 if split else GROUPS
    fitting = pair_histograms(embeddings[~held], codes[~held], bins=BINS, groups=groups, seed=seed)
    threshold = fit(fitting)
    judging = None
    if split:
        judging = pair_histograms(embeddings[held], codes[held], bins=2, width=threshold, seed=seed)
        if target_far is not None and (reason := too_few_impostors(target_far, int(judging.all_impostor.sum()))):
            raise ValueError(
                f"Expected held-out identities that can judge `target_far`. Received: {reason}. Hold out more."
            )
    elif several > 2:
        with suppress(ValueError):  # the others alone cannot support the target
            judging = left_out(fitting, fit)

    accepted = fitting.edges <= threshold
    genuine, impostor = (
        np.array([counts[accepted].sum(), counts[~accepted].sum()])
        for counts in (fitting.genuine.sum(axis=0), fitting.all_impostor)
    )
    (name, value) = next(iter(given.items()))
    return Calibration(
        threshold=threshold,
        criterion=f"{name}={target.get(name, value)}",
        fitted={name: float(rate) for name, rate in rates(genuine, impostor).items()},
        achieved={} if judging is None else achieved_rates(judging, confidence, resamples, seed),
        confidence=confidence,
        counts={**_counts("fitted", fitting), **(_counts("held_out", judging) if split and judging else {})},
        dim=embeddings.shape[1],
        judged="held out" if split else "in sample" if judging is None else "left out",
    )


def _counts(part: str, histograms: PairHistograms) -> dict[str, int]:
    return {
        f"{part}_identities": histograms.identities,
        f"{part}_genuine_pairs": int(histograms.genuine.sum()),
        f"{part}_impostor_pairs": int(histograms.all_impostor.sum()),
    }
