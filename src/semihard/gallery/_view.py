"""What a search needs to see of a gallery, wherever that keeps its items."""

from collections.abc import Collection
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from semihard.gallery._chosen import Chosen
from semihard.gallery._nearest_of import Found
from semihard.gallery._threshold import Threshold


class Facts(NamedTuple):
    """What holds for all items of a gallery.

    Attributes:
        metric: "euclidean" or "cosine_distance".
        model: which model makes the vectors, or None.
        dim: of the vectors; None until the first is there.
        threshold: up to which distance a query is named, or None.
    """

    metric: str
    model: str | None
    dim: int | None
    threshold: Threshold | None


class View(Protocol):
    """The items of a gallery at one moment.

    Attributes:
        facts: what holds for all of them.
        columns: names of the metadata.
        unlabeled: how many have no label.
        several: whether there is more than one label.
        elsewhere: whether the items are not in memory: then it takes long to look through thousands.
    """

    @property
    def facts(self) -> Facts: ...
    @property
    def columns(self) -> Collection[str]: ...
    @property
    def unlabeled(self) -> int: ...
    @property
    def several(self) -> bool: ...
    @property
    def elsewhere(self) -> bool: ...

    def __len__(self) -> int: ...

    def nearest(self, queries: NDArray[Any], k: int, index: str, chosen: Chosen) -> Found:
        """The k nearest of the chosen items, of fewer all: Euclidean distances and items, [queries, k or fewer].

        Args:
            queries: as they are compared: for cosine distances directions.
            k: how many.
            index: "exact" or "ann".
            chosen: among which.
        """

    def ids(self, items: NDArray[np.int64]) -> NDArray[np.object_]:
        """The ids of items of any shape."""

    def labels(self, items: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
        """The labels of items of any shape, and codes, equal for equal labels within one view."""
