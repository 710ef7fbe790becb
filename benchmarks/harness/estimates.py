"""Means over seeds, with Student's intervals."""

import math
import statistics
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds, and half of the width of its interval; NaN for one seed."""

    mean: float
    half: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return abs(self.mean) > self.half

    def __format__(self, spec: str) -> str:
        return f"{self.mean:{spec}}" + ("" if math.isnan(self.half) else f" ± {self.half:{spec.lstrip('+')}}")


def estimate(values: list[float]) -> Estimate:
    """The mean of what they are a sample of, with its interval."""
    half = math.nan
    if len(values) > 1:
        half = student(len(values) - 1) * spread(values) / math.sqrt(len(values))
    return Estimate(statistics.fmean(values), half)


def spread(values: list[float]) -> float:
    """The standard deviation of what they are a sample of; NaN if one of them is."""
    return float(np.std(values, ddof=1))


def student(freedom: int) -> float:
    """How many standard errors Student's interval of `CONFIDENCE` goes either way."""
    x = np.linspace(0, 20, 200_001)
    factor = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    density = factor * (1 + x**2 / freedom) ** (-(freedom + 1) / 2)
    within = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1]) * (x[1] - x[0])])
    return float(np.interp(CONFIDENCE, within, x))
