"""The distance threshold for a false positive identification rate."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation.calibration._identification_rates import hit_shares
from semihard.evaluation.calibration._searches import Searches
from semihard.evaluation.verification.rates import FEWEST_FALSE_ACCEPTS

# What is aimed at where nothing is asked for, and the most that is chosen then.
USUAL, MOST = 0.01, 0.25
# Distances that are sorted in the end.
_SORTED = 2**18


def threshold_for_fpir(searches: Searches, target: float, size: int, guess: float = 0.0) -> float:
    """Return a distance up to which at most `target` of the searches get a name in a gallery of `size` identities.

    It lies in the middle between two distances that occur: with the larger one there would be too many.

    Args:
        searches: `Searches`.
        target: in (0, 1).
        size: of the gallery.
        guess: a distance from which the search begins; for speed only.

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
    if reason := too_few_searches(len(searches.own), searches.others, target, size):
        raise ValueError(
            f"Expected a `target_fpir` that the data can support. Received: {reason}. "
            "Ask for a larger one, or a smaller gallery, or give embeddings of more identities."
        )
    shares, distances = hit_shares(searches.others, size), searches.distances
    most = len(shares) - 1  # one more may be near a search whose own is not in the gallery

    def few(counts: NDArray[np.int64]) -> bool:
        return float(shares[np.minimum(counts, most)].mean()) <= target * (1 + 1e-12)

    def kept(threshold: float) -> bool:
        return few(np.count_nonzero(distances <= threshold, axis=1))

    if not kept(0.0):
        raise ValueError(
            f"Expected a distance up to which at most {target:g} of the searches get a name. There is none: more "
            "have an identity of another label at a distance of 0. Look for collapsed embeddings, or for copies under "
            "different labels."
        )
    low, high = 0.0, float(distances.max(where=np.isfinite(distances), initial=0.0))
    for middle in (0.9 * guess, 1.1 * guess):
        if low < middle < high:
            low, high = (middle, high) if kept(middle) else (low, middle)
    while np.count_nonzero((distances > low) & (distances <= high)) > _SORTED and low < (low + high) / 2 < high:
        middle = (low + high) / 2
        low, high = (middle, high) if kept(middle) else (low, middle)
    # The rest one by one: how many each search has below, and which come when.
    base = np.count_nonzero(distances <= low, axis=1)
    rows, columns = np.nonzero((distances > low) & (distances <= high))
    values = distances[rows, columns]
    order = np.argsort(values)
    rows, values = rows[order], values[order]

    def too_many(threshold: float) -> bool:
        reached = rows[: np.searchsorted(values, threshold, side="right")]
        return not few(base + np.bincount(reached, minlength=len(base)))

    between = np.unique(values)
    first = _first(between, too_many)
    below = between[first - 1] if first else distances.max(where=distances <= low, initial=0.0)
    middle = (below + between[first]) / 2
    return float(middle if middle < between[first] else below)


def too_few_searches(searches: int, others: int, target: float, size: int) -> str | None:
    """Say why a threshold for a false positive identification rate cannot be found or judged; None if it can."""
    needed = int(np.ceil(round(FEWEST_FALSE_ACCEPTS * size / target, 6)))
    if searches * others >= needed:
        return None
    least = _least(searches, others, size)
    able = f", which support {least:g}" if least < 1 else ""
    return (
        f"FPIR {target:g} in a gallery of {size:,} needs {needed:,} comparisons of a search with an identity "
        f"({FEWEST_FALSE_ACCEPTS} wrong ones); there are {searches * others:,}, {searches:,} searches among "
        f"{others:,} others{able}"
    )


def _least(searches: int, others: int, size: int) -> float:
    """The least whole percent that so many comparisons support."""
    return float(np.ceil(round(100 * FEWEST_FALSE_ACCEPTS * size / max(searches * others, 1), 6)) / 100)


def supported_fpir(there: tuple[int, int], size: int) -> tuple[float, str | None]:
    """Choose a target where none was asked for: 0.01, or the least whole percent that the searches support.

    Args:
        there: how many searches there are, and identities that each may be mistaken for.
        size: of the gallery.

    Returns:
        The target, and why it is not 0.01; None if it is.

    Raises:
        ValueError: if they support none up to 0.25: whoever wants to name more strangers shall say so.

    Example:
        >>> supported_fpir((1000, 99), 50)[0], supported_fpir((108, 19), 50)[0]
        (0.01, 0.25)
    """
    reason = too_few_searches(*there, USUAL, size)
    if reason is None:
        return USUAL, None
    least = _least(*there, size)
    if least > MOST:
        raise ValueError(
            f"Expected identities that support a `target_fpir` of {MOST:g} or less. Received: {reason}. Give "
            "embeddings of more identities, or ask for a larger one."
        )
    return least, reason


def _first(values: NDArray[np.float64], found: Callable[[float], bool]) -> int:
    """The place of the first value for which `found` is true; it is so for all that follow, and the last."""
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if found(float(values[middle])) else (middle + 1, high)
    return low
