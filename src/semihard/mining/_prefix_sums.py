"""Sums of stretches of a row, good to the last digits: differences of sums along the row, whose rounding cancels.

A sum of thousands of float32 along a row, and the difference of two such sums, lose digits. Each number is therefore
split in two: a high part on a grid so coarse that sums of it are exact, and a low part thousands of times smaller.
"""

from typing import NamedTuple

from semihard import backend
from semihard.backend import Tensor, ops


class Parts(NamedTuple):
    """Numbers [rows, columns] as high + low."""

    high: Tensor
    low: Tensor

    @classmethod
    def of(cls, x: Tensor, grid: Tensor) -> "Parts":
        """Split x: adding the grid's number [rows, 1] rounds to its last digit, and taking it off is exact."""
        high = (x + grid) - grid
        return cls(high, x - high)

    def times(self, count: Tensor) -> "Parts":
        """Each number times a whole number that is at most the length of the row."""
        return Parts(self.high * count, self.low * count)

    def minus(self, sums: "Parts", start: Tensor, stop: Tensor) -> Tensor:
        """Each number less the sum of the row from `start` to before `stop`: int32 [rows, columns]."""
        high, low = (backend.take_along_rows(x, stop) - backend.take_along_rows(x, start) for x in sums)
        return (self.high - high) + (self.low - low)


def grid_of(x: Tensor, margin: Tensor) -> Tensor:
    """A number [rows, 1] whose last digit is coarse enough for exact sums of a whole row of x, each plus the margin."""
    length = ops.cast(ops.shape(x)[1], x.dtype)
    return 4.0 * length * (ops.amax(ops.abs(x), axis=1, keepdims=True) + ops.abs(margin))


def sums_along(x: Tensor, grid: Tensor) -> Parts:
    """For each place of a row [rows, columns], and after the last, the sum of what stands before it."""
    return Parts(*(ops.pad(backend.cumsum(part), [[0, 0], [1, 0]]) for part in Parts.of(x, grid)))
