"""Identities for fitting, and others for judging what was fitted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# An interval from resampling fewer identities than this is far too narrow.
FEWEST_IDENTITIES = 10


def held_out_rows(codes: NDArray[np.int64], fraction: float, seed: int) -> NDArray[np.bool_]:
    """Choose identities at random and return which rows are theirs, bool [n].

    Identities with one embedding have no genuine pair; they are split by themselves, so that both parts get their share
    of the others.

    Args:
        codes: int64 [n], identities numbered from 0 without gaps.
        fraction: of the identities, in (0, 1).
        seed: of the choice.

    Raises:
        ValueError: if a part gets fewer than 10 identities with at least two embeddings.

    Example:
        >>> import numpy as np
        >>> held_out_rows(np.repeat(np.arange(40), 2), 0.5, seed=0).sum().item()
        40
    """
    rng = np.random.default_rng(seed)
    members = np.bincount(codes)
    chosen = np.zeros(len(members), bool)
    for kind in (members > 1, members == 1):
        order = rng.permutation(np.flatnonzero(kind))
        chosen[order[: round(len(order) * fraction)]] = True
    parts = [int(np.count_nonzero(part & (members > 1))) for part in (~chosen, chosen)]
    if min(parts) < FEWEST_IDENTITIES:
        raise ValueError(
            f"Expected at least {FEWEST_IDENTITIES} identities with two embeddings or more, both to fit and held out. "
            f"Received {parts[0]} and {parts[1]}. Give embeddings of more identities, or leave out `held_out`: each is "
            f"then judged by a threshold from all others."
        )
    rows: NDArray[Any] = chosen[codes]
    return rows
