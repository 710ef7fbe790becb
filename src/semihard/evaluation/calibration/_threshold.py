"""The distance threshold that a criterion asks for, among the edges of a histogram."""

import math

import numpy as np

from semihard.evaluation.calibration._rates import rates
from semihard.evaluation.verification import PairHistograms, tar_at_far, too_few_impostors, verification_curve
from semihard.evaluation.verification.rates import FEWEST_FALSE_ACCEPTS


def threshold_for_far(histograms: PairHistograms, target: float) -> float:
    """Return the largest edge at which at most `target` of the impostor pairs are accepted.

    Raises:
        ValueError: if there are too few impostor pairs for the target, or no edge keeps to it.

    Example:
        Of 10 · 9 / 2 · 9 = 405 impostor pairs, those of neighbours, 9 · 9 = 81, are at distances around 1.

        >>> import numpy as np
        >>> from semihard.evaluation import pair_histograms
        >>> positions = np.repeat(np.arange(10.0), 3)[:, None]
        >>> histograms = pair_histograms(positions, np.repeat(np.arange(10), 3), bins=20, width=0.75)
        >>> threshold_for_far(histograms, 0.25)
        1.5
    """
    impostors = int(histograms.all_impostor.sum())
    if reason := too_few_impostors(target, impostors):
        raise ValueError(
            f"Expected a `target_far` that the data can support. Received: {reason}. Ask for a larger one."
        )
    curve = verification_curve(histograms.edges, histograms.genuine.sum(axis=0), histograms.all_impostor)
    threshold = float(tar_at_far(curve, target).threshold)
    if not math.isfinite(threshold):
        raise ValueError(
            f"Expected a distance at which at most {target:g} of the impostor pairs are accepted. There is none: "
            f"{curve.far[1]:.3g} of them are nearer than {histograms.edges[0]:.3g}. Look for collapsed embeddings, for "
            f"copies under different labels, or for one embedding far from all others."
        )
    return threshold


def threshold_for_precision(histograms: PairHistograms, target: float) -> float:
    """Return the largest edge at which at least `target` of the accepted pairs are genuine.

    So many pairs must be accepted that the target allows 10 false accepts among them.

    Raises:
        ValueError: if there are too few genuine pairs for the target, no edge reaches it, or all pairs together do.
    """
    genuine, impostor = np.cumsum(histograms.genuine.sum(axis=0)), np.cumsum(histograms.all_impostor)
    # So many false accepts come with all genuine pairs at the precision wanted.
    most = genuine[-1] * (1.0 - target) / target
    if most < FEWEST_FALSE_ACCEPTS:
        raise ValueError(
            f"Expected a `target_precision` that the data can support. Received {target:g} with {int(genuine[-1]):,} "
            f"genuine pairs, which allow {most:.2g} false accepts where {FEWEST_FALSE_ACCEPTS} are needed. "
            f"Ask for a smaller one."
        )
    accepted = genuine + impostor
    precision = np.divide(genuine, accepted, out=np.zeros(len(accepted)), where=accepted > 0)
    # The nearest few pairs may have any precision by luck.
    precision[accepted * (1.0 - target) < FEWEST_FALSE_ACCEPTS] = 0.0
    good = np.flatnonzero(precision >= target)
    if not len(good):
        raise ValueError(
            f"Expected a `target_precision` that a threshold reaches. Received {target:g}; the best with enough pairs "
            f"is {precision.max():.4g}, at a distance of {histograms.edges[precision.argmax()]:.4g}. "
            f"Ask for a smaller one."
        )
    if good[-1] == len(precision) - 1:
        raise ValueError(
            f"Expected a `target_precision` above the share of genuine pairs, {precision[-1]:.4g}. Received "
            f"{target:g}, which accepting all pairs reaches."
        )
    return float(histograms.edges[good[-1]])


def threshold_for_f1(histograms: PairHistograms) -> float:
    """Return the edge with the largest F1; of several the middle one, which keeps away from both kinds of pairs."""
    genuine, impostor = histograms.genuine.sum(axis=0), histograms.all_impostor
    counts = [np.stack([np.cumsum(kind), kind.sum() - np.cumsum(kind)], axis=-1) for kind in (genuine, impostor)]
    f1 = rates(*counts)["f1"]
    best = np.flatnonzero(f1 == f1.max())
    return float(histograms.edges[best[len(best) // 2]])
