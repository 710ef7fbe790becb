"""How often a search in a gallery of some size gives a wrong name, or none where it should: FPIR and FNIR.

The gallery is not drawn once. Of m identities that a search may be mistaken for, c are near; a gallery of N of them
drawn at random holds none of those c with probability C(m − c, N) / C(m, N), which is averaged over all searches: the
mean over all galleries that can be drawn.
"""

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard.evaluation._estimates import Estimate
from semihard.evaluation.calibration._binomial import binomial_interval
from semihard.evaluation.calibration._searches import Searches

RESAMPLES_AT_ONCE = 128


def hit_shares(others: int, size: int) -> NDArray[np.float64]:
    """Return the share of galleries of `size` out of `others` identities that hold any of c of them, [others + 1].

    Of a `size` beyond `others` a bound from above: the share is concave in the size and 0 at 0, so it is at most
    size / others of what it is with all of them. (It may exceed 1, for a single c.)

    Example:
        >>> hit_shares(4, 1).tolist(), hit_shares(4, 4).tolist(), hit_shares(2, 4).tolist()
        ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 1.0, 1.0, 1.0, 1.0], [0.0, 2.0, 2.0])
    """
    drawn = min(size, others)
    left = np.arange(others, 0, -1.0)
    none = np.cumprod(np.append(1.0, np.maximum(left - drawn, 0.0) / left))
    return (1.0 - none) * max(1.0, size / others)


class Errors(NamedTuple):
    """Errors of searches, by identity, [identities] each.

    Attributes:
        searches: how many searches each identity made.
        made: how many of them went wrong, on average over galleries.
        caused: how many searches of others go wrong because of this one, and would not without it; none of a gallery
            that stays as it is.
    """

    searches: NDArray[np.float64]
    made: NDArray[np.float64]
    caused: NDArray[np.float64]

    @property
    def rate(self) -> float:
        """The share of searches that go wrong; NaN without a search."""
        total = self.searches.sum()
        return float(min(self.made.sum() / total, 1.0)) if total else float("nan")


def false_positives(searches: Searches, reach: NDArray[np.float64], size: int) -> Errors:
    """Count searches of identities that are not enrolled which get a name, in a gallery of `size` identities.

    Args:
        searches: `Searches`.
        reach: float64 [searches], the threshold that each is judged by.
        size: how many identities are enrolled.
    """
    return _errors(searches, searches.distances <= reach[:, None], np.zeros(len(reach), bool), size)


def false_negatives(searches: Searches, reach: NDArray[np.float64], size: int) -> Errors:
    """Count searches of enrolled identities that do not get their own name: none, or another that is as near or nearer.

    Args:
        searches, reach: as of `false_positives`; only those with a mate count.
        size: how many identities are enrolled, with their own.
    """
    some = ~np.isnan(searches.mates)
    mated = searches._replace(distances=searches.distances[some], own=searches.own[some], mates=searches.mates[some])
    beyond = mated.mates > reach[some]
    near = (mated.distances <= mated.mates[:, None]) & ~beyond[:, None]
    return _errors(mated, near, beyond, size - 1)


def _errors(searches: Searches, near: NDArray[np.bool_], anyway: NDArray[np.bool_], size: int) -> Errors:
    others, identities = searches.others, searches.identities
    counts = np.minimum(np.count_nonzero(near, axis=1), others)
    shares = np.where(anyway, 1.0, hit_shares(others, size)[counts])
    # Of the others without one that is near: how much oftener a gallery holds any with it than without.
    without = hit_shares(others - 1, min(size, others - 1)) if others > 1 else np.array([1.0 - min(size, 1)])
    decides = np.append(0.0, np.diff(np.append(without, 1.0 if size else 0.0))) * max(1.0, size / others)
    caused = np.zeros(identities)
    # As numbers, the whole would be eight times as large. A gallery that stays as it is causes what it causes.
    for start in range(0, 0 if searches.fixed else len(near), 4096):
        some = slice(start, start + 4096)
        caused += decides[counts[some]] @ near[some]
    return Errors(
        searches=np.bincount(searches.own, minlength=identities).astype(np.float64),
        made=np.bincount(searches.own, shares, minlength=identities).astype(np.float64),
        caused=caused,
    )


def with_intervals(errors: Iterable[Errors], confidence: float, resamples: int, seed: int) -> list[Estimate]:
    """Return the rate of each of some `Errors` of the same identities, with its interval from resampled identities.

    An identity drawn w times makes its own errors w-fold, and causes those of others w-fold. The product of both is
    left out, as in `resampled_counts` and for its reasons. The draws, which of m identities vary by (m − 1) / m too
    little, give the standard error, and that `binomial_interval`. There is none where no draw differs.

    Args:
        errors: `Errors`.
        confidence: of the intervals.
        resamples: how many draws of identities.
        seed: of the draws.
    """
    kinds = list(errors)
    draws: list[list[NDArray[np.float64]]] = [[] for _ in kinds]
    for weights in _weights(len(kinds[0].made), resamples, seed):
        for kind, drawn in zip(kinds, draws, strict=True):
            made = weights @ (kind.made + kind.caused) - kind.caused.sum()
            whole = weights @ kind.searches
            drawn.append(np.divide(made, whole, out=np.full(len(whole), np.nan), where=whole > 0))
    return [
        Estimate(kind.rate, _interval(kind.rate, np.concatenate(drawn), len(kind.made), confidence))
        for kind, drawn in zip(kinds, draws, strict=True)
    ]


def _interval(
    rate: float, draws: NDArray[np.float64], identities: int, confidence: float
) -> tuple[float, float] | None:
    known = draws[~np.isnan(draws)]
    if not 0.0 < rate < 1.0 or 2 * len(known) < len(draws) or not (error := float(known.std())) > 1e-12:
        return None
    return binomial_interval(rate, error * math.sqrt(identities / (identities - 1)), confidence)


def _weights(identities: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, RESAMPLES_AT_ONCE):
        some = min(RESAMPLES_AT_ONCE, resamples - start)
        yield rng.multinomial(identities, np.full(identities, 1.0 / identities), size=some).astype(np.float64)
