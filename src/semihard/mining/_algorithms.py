"""Which way to search: decided here and nowhere else, from the size of the batch and of its largest class.

The figures were measured on CPUs (`python -m benchmarks mining`): looking at every key wins until an anchor has some
hundred positives, and the gradient of few triplets is cheaper one by one than by a matrix product.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from semihard import backend
from semihard.backend import Tensor, ops
from semihard.mining import _keys


class Algorithm(NamedTuple):
    """One way to mine a batch.

    Attributes:
        search: "scan" looks at every key for every positive, "sort" sorts each row once.
        positives: the most positives of an anchor that it can take; None for any number.
        least: the smallest batch for which it is worth while.
    """

    search: str
    positives: int | None
    least: int = 0


# A scan is compiled for a number of positives. These suit classes of 16, 64, 128 and 512 samples.
SCANNED = (15, 63, 127, 511)
# Triplets one by one: classes of 4 and 16 samples, in a batch with at least this many samples a positive.
FEW = (3, 15)
SAMPLES_A_POSITIVE = 192
# Batches of at most this many need no choice: a scan for all columns is instant.
SMALL = 64
# Without a kernel compiler each pass of a scan writes and reads a matrix, and sorting wins early.
SCANNED_EAGERLY = 8
# A block has fewer anchors than this only where the batch has: products of fewer rows are slow. A kernel compiler holds
# many matrices of a block at a time; its products of 64 rows are as fast as of 128 (JAX, 32,768 of 256 numbers).
ANCHORS_AT_ONCE = 64 if backend.FUSES else 128


def is_symbol(size: Any) -> bool:
    """Whether a size stands for any number, as when Keras infers shapes on JAX: it cannot be compared or divided."""
    return not (isinstance(size, int) or backend.is_tensor(size))


def can_scan(matrix: Tensor) -> bool:
    """Whether the keys of these distances [anchors, references] are integers, in rows that can be cut into pieces."""
    return _keys.are_integers(matrix) and not is_symbol(ops.shape(matrix)[1])


def matrix_algorithms(batch: int | None, positives: int | None = None, scans: bool = True) -> list[Algorithm]:
    """Ways to a matrix of slopes, in the order of preference; the last can take any batch.

    Args:
        batch: references a row, where that is known before the program runs.
        positives: the most positives of an anchor, where that is.
        scans: as `can_scan`.
    """
    if not scans:
        return [Algorithm("sort", positives)]
    if batch is not None and batch <= SMALL:
        return [Algorithm("scan", max(batch - 1, 1))]
    if backend.FUSES:
        return [*(Algorithm("scan", k) for k in SCANNED if batch is None or k < 2 * batch), Algorithm("sort", None)]
    if positives is not None and positives <= SCANNED_EAGERLY:
        return [Algorithm("scan", max(positives, 1))]
    return [Algorithm("sort", positives)]


def triplet_algorithms(batch: int | None, positives: int | None = None, scans: bool = True) -> list[Algorithm]:
    """Ways to few triplets, in the order of preference; there may be none for this batch."""
    if not scans:
        return []
    few = FEW if positives is None else [max(positives, 1)] if positives <= FEW[-1] else []
    found = [Algorithm("scan", k, k * SAMPLES_A_POSITIVE) for k in few]
    return [way for way in found if batch is None or max(way.least, SMALL + 1) <= batch]


def sizes(matrix: Tensor, positives: Callable[[], Tensor]) -> tuple[Any, Any, int | None]:
    """References a row, the most positives of an anchor, and the same if it is known and nothing is compiled.

    Args:
        matrix: [anchors, references].
        positives: gives how many each anchor has, [anchors].
    """
    batch = ops.shape(matrix)[1]
    if isinstance(batch, int) and batch <= SMALL:
        return batch, batch - 1, batch - 1  # near enough, where every way is instant
    most = ops.amax(positives(), axis=0)
    known = None if backend.FUSES else backend.concrete_int(most)
    return batch, most if known is None else known, known


def run(function: Any, way: Algorithm, **static: Any) -> Any:
    """The function with these options, compiled where that pays."""
    # Sorting is left to the backend's own kernels, which beat those of its compiler.
    fused = backend.jit if way.search == "scan" else functools.partial
    return fused(function, way=way, **static)


def choose(ways: Sequence[Algorithm], batch: Any, positives: Any) -> Any:
    """The place of the first way that fits, or how many ways there are: a number for numbers, else a tensor."""
    place: Any = len(ways)
    for i in reversed(range(len(ways))):
        most = ways[i].positives
        fits = (most is None or positives <= most) & (batch >= ways[i].least)
        place = (i if fits else place) if isinstance(fits, bool) else ops.where(fits, i, place)
    return place


def dispatch(
    ways: Sequence[Algorithm],
    batch: Any,
    positives: Any,
    run: Callable[[Algorithm], Any],
    other: Callable[[], Any] | None = None,
) -> Any:
    """Run the way that suits a batch, also when that is only known while the compiled program runs.

    Args:
        ways: to choose from.
        batch: references a row, an `int` or a tensor.
        positives: the most positives of an anchor, an `int` or a tensor.
        run: gives tensors of the same shapes for every way.
        other: what to run where none fits.
    """
    branches: list[Callable[[], Any]] = [functools.partial(run, way) for way in ways]
    branches += [] if other is None else [other]
    place = 0 if len(branches) == 1 else choose(ways, batch, positives)
    return branches[place]() if isinstance(place, int) else backend.switch(ops.cast(place, "int32"), branches)


def block_of(batch: Any, block_size: int | None) -> Any:
    """Anchors at a time; more than the batch means all of it."""
    if is_symbol(batch):
        return batch
    if block_size is not None:
        return block_size
    fit = backend.distances_at_once() // batch
    return max(fit, ANCHORS_AT_ONCE) if isinstance(fit, int) else ops.maximum(fit, ANCHORS_AT_ONCE)
