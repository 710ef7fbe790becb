"""The interval of a share of searches that depend on each other, as those of one identity do."""

import math


def binomial_interval(share: float, error: float, confidence: float) -> tuple[float, float]:
    """Return the interval of a share with a known standard error: that of as many independent searches as have it.

    Where few went wrong it is skewed, and wider than that of a normal logit: ten wrong searches of two identities are
    worth little more than two. The searches are share · (1 − share) / error² in number, and need not be whole.

    Args:
        share: in (0, 1).
        error: its standard error, above 0.
        confidence: in (0, 1).

    Source:
        Clopper, Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the binomial"; with
        the effective number of searches: Korn, Graubard 1998, "Confidence intervals for proportions with small expected
        number of positive counts estimated from survey data", without their factor for degrees of freedom.

    Example:
        2 of 100:

        >>> low, high = binomial_interval(0.02, 0.014, 0.95)
        >>> round(low, 4), round(high, 4)
        (0.0024, 0.0704)
    """
    searches = share * (1.0 - share) / error**2
    wrong, right, tail = share * searches, (1.0 - share) * searches, (1.0 - confidence) / 2
    return _beta_quantile(tail, wrong, right + 1.0), 1.0 - _beta_quantile(tail, right, wrong + 1.0)


def _beta_quantile(probability: float, a: float, b: float) -> float:
    low, high = 0.0, 1.0
    while low < (middle := (low + high) / 2) < high and high - low > 1e-12 * high:
        low, high = (middle, high) if _beta_below(middle, a, b) < probability else (low, middle)
    return middle


def _beta_below(x: float, a: float, b: float) -> float:
    """The share of a beta distribution below x in (0, 1): the regularized incomplete beta function."""
    if x > (a + 1.0) / (a + b + 2.0):  # there the fraction converges slowly
        return 1.0 - _beta_below(1.0 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log) * _beta_fraction(x, a, b) / a


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the function, 1 / (1 + d₁ / (1 + d₂ / …)), by the method of Lentz (DLMF 8.17.22)."""
    ratio = found = 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    above = 1.0
    for m in range(1, 100_000):
        before = found
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            ratio = 1.0 / _not_zero(1.0 + term * ratio)
            above = _not_zero(1.0 + term / above)
            found *= ratio * above
        if abs(found - before) < 1e-14 * abs(found):
            break
    return found


def _not_zero(value: float) -> float:
    return value or 1e-300
