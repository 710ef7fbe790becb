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
        each: by how much the figure grew with one more, between the two largest.
    """

    exponent: float
    low: float
    high: float
    last: float
    size: int
    value: float
    each: float

    def at(self, size: int, law: float) -> tuple[float, float]:
        """What the last exponent, and that of the algorithm, make of the largest figure at another size; in order."""
        found = sorted(self.value * (size / self.size) ** exponent for exponent in (self.last, law))
        return found[0], found[1]

    def linear(self, size: int) -> tuple[float, float]:
        """What a part that is fixed and one that each adds, or the latter alone, make of it; in order."""
        found = sorted((self.value + self.each * (size - self.size), self.value * size / self.size))
        return found[0], found[1]

    def __str__(self) -> str:
        return f"{self.exponent:.2f} ({self.low:.2f} to {self.high:.2f})"


def power(sizes: list[int], values: list[float]) -> Power:
    """Fit at least two sizes, each with a figure above 0."""
    order = np.argsort(sizes)
    size, value = np.array(sizes, float)[order], np.maximum(np.array(values, float)[order], 1e-9)
    x, y = np.log(size), np.log(value)
    steps = np.diff(y) / np.diff(x)
    slope, each = float(np.polyfit(x, y, 1)[0]), float(np.diff(value)[-1] / np.diff(size)[-1])
    ends = float(steps.min()), float(steps.max()), float(steps[-1])
    return Power(slope, *ends, int(size[-1]), float(value[-1]), each)
