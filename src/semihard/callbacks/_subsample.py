"""Some samples of a set that stand for all of it."""

import numpy as np
from numpy.typing import NDArray

# Of a class that is in it: below, its figures would hang on a sample or two.
FEWEST = 4


def subsample(codes: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Choose at most `count` samples, of each class its share, but four at least where it has them.

    Of many small classes there is not room for all: then some of these are left out, drawn by chance. The choice is a
    function of the labels and the seed.

    Args:
        codes: [n] from 0, the class of each sample.
        count: how many, at least 1.
        seed: of the choice.

    Returns:
        Places of the chosen samples, ascending.

    Example:
        >>> np.bincount(np.arange(100)[subsample(np.arange(100) % 5, 30, 0)] % 5).tolist()  # 30 % of each class
        [6, 6, 6, 6, 6]
        >>> np.unique(subsample(np.arange(100) // 2, 30, 0) // 2).size  # whole classes of two
        15
    """
    if count >= len(codes):
        return np.arange(len(codes))
    rng = np.random.default_rng(seed)
    sizes = np.bincount(codes)
    share = sizes * (count / len(codes))
    wanted = np.minimum(sizes, np.maximum(FEWEST, np.floor(share).astype(np.int64)))
    order = rng.permutation(len(sizes))
    order = order[np.argsort(share[order] < FEWEST, kind="stable")]  # what has a share of four has room
    kept = order[np.cumsum(wanted[order]) <= count]
    # The first samples of each class that stays, in an order by chance.
    shuffled = rng.permutation(len(codes))
    shuffled = shuffled[np.argsort(codes[shuffled], kind="stable")]
    within = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    limit = np.zeros_like(sizes)
    limit[kept] = wanted[kept]
    return np.sort(shuffled[within < limit[codes[shuffled]]])
