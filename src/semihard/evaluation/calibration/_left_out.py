"""Few identities: a threshold from all of them, judged on each by what the others alone would have chosen."""

from collections.abc import Callable

import numpy as np

from semihard.evaluation.verification import PairHistograms

# Where there are more, as with many identities of one embedding each, several are left out together.
GROUPS = 64


def left_out(histograms: PairHistograms, fit: Callable[[PairHistograms], float]) -> PairHistograms:
    """Count the pairs of each group of identities that the threshold of all others accepts, and rejects.

    Args:
        histograms: `PairHistograms`, a group an identity.
        fit: finds a threshold, one of the edges.

    Returns:
        `PairHistograms` of two bins, accepted and rejected.

    Raises:
        ValueError: as `fit`.

    Source:
        Stone 1974, "Cross-validatory choice and assessment of statistical predictions".

    Example:
        >>> from semihard.evaluation import pair_histograms
        >>> histograms = pair_histograms([[0.0], [1.0], [5.0], [6.0], [9.0]], [0, 0, 1, 1, 2], bins=9, width=1.0)
        >>> left_out(histograms, lambda others: 1.0).genuine.tolist()
        [[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]
    """
    genuine, impostor = np.zeros((2, len(histograms.genuine), 2))
    for i, own in enumerate(zip(histograms.genuine, histograms.impostor, strict=True)):
        others = histograms._replace(
            genuine=np.delete(histograms.genuine, i, axis=0),
            impostor=np.delete(histograms.impostor, i, axis=0),
            all_impostor=histograms.all_impostor - own[1],
        )
        near = histograms.edges <= fit(others)
        genuine[i], impostor[i] = ((counts[near].sum(), counts[~near].sum()) for counts in own)
    # Each pair is in two groups, but for those within a group of several identities.
    share = histograms.all_impostor.sum() / impostor.sum()
    return histograms._replace(
        edges=np.array([np.nan, np.inf]), genuine=genuine, impostor=impostor, all_impostor=impostor.sum(axis=0) * share
    )
