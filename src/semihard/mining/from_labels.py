"""A batch mined in NumPy from its labels and embeddings on: what surrounds the blocks, too, is calls.

On a CPU without a compiler a small batch takes as long as the words that are said about it.
"""

import dataclasses

import numpy as np

from semihard import _inputs, backend, distances
from semihard.backend import Tensor
from semihard.mining import _on_host
from semihard.mining._algorithms import block_of
from semihard.mining.pairs import Classes, classes_on_host
from semihard.mining.semi_hard import SemiHard


@dataclasses.dataclass(frozen=True)
class FromLabels:
    """Program: embeddings [batch, dim], label codes [batch] → one value an anchor [anchors], gradient [batch, dim].

    With `own`, int32 [anchors], only these rows are anchors.

    Attributes:
        strategy, metric, block_size: as in `Blockwise`.
        average: as in `Choices`.
        margin: as in `values_by_label`.
    """

    strategy: SemiHard
    metric: distances.Metric
    average: str | None
    margin: float
    block_size: int | None = None

    def __call__(
        self, embeddings: Tensor, weights: Tensor | None, codes: Tensor, own: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        rows, labels = backend.on_host(embeddings), backend.on_host(codes)
        given = None if weights is None else backend.on_host(weights)
        classes = classes_on_host(labels)
        if self.metric.of_differences:
            rows = distances.centred_on_host(rows)
        block, average = block_of(len(rows), self.block_size), self.strategy.average
        some = None if own is None else classes.place[backend.on_host(own)]
        cost, gradient = _on_host.mined(
            self.strategy, self.metric, average, block, self.margin, rows, given, classes, some
        )
        if self.average != average:
            scale = _scale(classes, self.average == "addons_pairs")
            cost, gradient = cost * scale, gradient * scale
        return backend.off_host(cost), backend.off_host(gradient)


def can_mine(embeddings: Tensor, codes: Tensor) -> bool:
    """Whether NumPy has the memory of both, in the dtype that it searches, and distances between rows are finite."""
    if not _on_host.can_mine(embeddings) or backend.on_host(codes) is None:
        return False
    return _inputs.are_finite(backend.on_host(embeddings))


def _scale(classes: Classes, addons: bool) -> np.float32:
    """Batch / number of positive pairs."""
    batch = len(classes.start)
    alone = classes.stop[0] == batch  # one class is the whole batch
    paired = 0 if alone and not addons else int(np.subtract(classes.stop, classes.start).sum(dtype=np.int64)) - batch
    if addons and not paired:
        return np.float32(np.nan)
    return np.float32(batch / max(paired, 1))
