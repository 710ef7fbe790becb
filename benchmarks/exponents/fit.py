"""Powers that times and memory follow, and what they say of sizes that nobody measured."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Power:
    """A figure that grows about as size ** exponent.

    Attributes:
        exponent: of the line through all sizes, by least squares of the logarithms.
        low, high: the least and the largest exponent between two sizes that follow each other.
        last: the exponent between the two largest, where what is fixed counts least.
        size, value: the largest that was measured.
    """

    exponent: float
    low: float
    high: float
    last: float
    size: int
    value: float

    def at(self, size: int, law: float) -> tuple[float, float]:
        """What the last exponent, and that of the algorithm, make of the largest figure at another size; in order."""
        found = sorted(self.value * (size / self.size) ** exponent for exponent in (self.last, law))
        return found[0], found[1]

    def __str__(self) -> str:
        return f"{self.exponent:.2f} ({self.low:.2f} to {self.high:.2f})"


def power(sizes: list[int], values: list[float]) -> Power:
    """Fit at least two sizes, each with a figure above 0."""
    x, y = np.log(sizes), np.log(np.maximum(values, 1e-9))
    order = np.argsort(x)
    x, y = x[order], y[order]
    steps = np.diff(y) / np.diff(x)
    slope = float(np.polyfit(x, y, 1)[0])
    return Power(
        slope, float(steps.min()), float(steps.max()), float(steps[-1]), int(max(sizes)), float(values[int(order[-1])])
    )
