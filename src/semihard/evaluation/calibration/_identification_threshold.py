"""The distance threshold for a false positive identification rate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.calibration._identification_rates import hit_shares
from semihard.evaluation.calibration._searches import Searches
from semihard.evaluation.verification.rates import FEWEST_FALSE_ACCEPTS


def threshold_for_fpir(searches: Searches, target: float, size: int) -> float:
    """Return a distance up to which at most `target` of the searches get a name in a gallery of `size` identities.

    It lies in the middle between two distances that occur: with the larger one there would be too many.

    Raises:
        ValueError: if there are too few searches for the target, or too many have a distance of 0.

    Example:
        Ten identities a step apart. Of those at the ends one is within 1, of the others two: in a gallery of one
        identity out of nine, 18 / 9 / 10 = 0.2 of the searches get a name.

        >>> from semihard.evaluation.calibration._searches import searches_of
        >>> positions = np.repeat(np.arange(10.0), 40)[:, None]
        >>> searches = searches_of(positions, np.repeat(np.arange(10), 40), None, 0)
        >>> threshold_for_fpir(searches, 0.2, 1)
        1.5
    """
    if reason := too_few_searches(searches, target, size):
        raise ValueError(
            f"Expected a `target_fpir` that the data can support. Received: {reason}. "
            "Ask for a larger one, or a smaller gallery, or give embeddings of more identities."
        )
    shares, distances = hit_shares(searches.others, size), searches.distances

    def kept(threshold: float) -> bool:
        return float(shares[np.count_nonzero(distances <= threshold, axis=1)].mean()) <= target * (1 + 1e-12)

    if not kept(0.0):
        raise ValueError(
            f"Expected a distance up to which at most {target:g} of the searches get a name. There is none: more "
            "have an identity of another label at a distance of 0. Look for collapsed embeddings, or for copies under "
            "different labels."
        )
    low, high = 0.0, float(distances.max(where=np.isfinite(distances), initial=0.0))
    # All distances between the two are few enough to be sorted in the end.
    while np.count_nonzero((distances > low) & (distances <= high)) > 4096 and low < (low + high) / 2 < high:
        middle = (low + high) / 2
        low, high = (middle, high) if kept(middle) else (low, middle)
    between = np.unique(distances[(distances > low) & (distances <= high)])
    first = _first(between, lambda value: not kept(value))
    below = between[first - 1] if first else distances.max(where=distances <= low, initial=0.0)
    middle = (below + between[first]) / 2
    return float(middle if middle < between[first] else below)


def too_few_searches(searches: Searches, target: float, size: int) -> str | None:
    """Say why a threshold for a false positive identification rate cannot be found or judged; None if it can."""
    there = searches.distances.shape[0] * searches.others
    needed = int(np.ceil(round(FEWEST_FALSE_ACCEPTS * size / target, 6)))
    if there >= needed:
        return None
    return (
        f"FPIR {target:g} in a gallery of {size:,} needs {needed:,} comparisons of a search with an identity "
        f"({FEWEST_FALSE_ACCEPTS} wrong ones); there are {there:,}, {searches.distances.shape[0]:,} searches among "
        f"{searches.others:,} others"
    )


def _first(values: NDArray[np.float64], found: Callable[[float], bool]) -> int:
    """The place of the first value for which `found` is true; it is so for all that follow, and the last."""
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if found(float(values[middle])) else (middle + 1, high)
    return low
