"""Who each query is, by the gallery's threshold, and what is nearest to it."""

import math
from typing import Any

import numpy as np

from semihard._core.checks import one_of, whole_number
from semihard.evaluation import Matches
from semihard.evaluation.calibration import find_matches
from semihard.gallery._indexed import INDEXES, Indexed
from semihard.gallery._neighbors import Neighbors
from semihard.gallery._threshold import threshold_of


class Identifying(Indexed):
    """Items that queries are named after, up to a threshold."""

    @property
    def threshold(self) -> float | None:
        """Up to which distance, in the gallery's metric, a query is named after its nearest item; None for no limit.

        Set it to a number, or to what `calibrate_identification` or `calibrate` found. Those measure Euclidean
        distances; for a gallery of cosine distances calibrate with `directions=True`.
        """
        return self._threshold.value if self._threshold else None

    @threshold.setter
    def threshold(self, value: Any) -> None:
        found = None if value is None else threshold_of(value, self._metric)
        if found is not None and self._dim is not None:
            found.check_dim(self._dim)
        self._threshold = found

    @property
    def note(self) -> str | None:
        """A line if there are more labels than the threshold was calibrated for; else None."""
        size = self._threshold.gallery if self._threshold else None
        if size is None or self.classes <= size:
            return None
        return (
            f"The threshold was calibrated for {size:,} labels, and there are {self.classes:,}: more strangers "
            "get a name than it says. Calibrate again."
        )

    def search(self, queries: Any, k: int = 10, *, index: str = "exact", model: str | None = None) -> Neighbors:
        """Return the k nearest items of each query; ties stand in the order of the gallery.

        Args:
            queries: real [queries, dim].
            k: how many; of a smaller gallery all.
            index: "exact", or "hnsw": among the items that the approximate index finds, built if there is none. Their
                distances and order are exact; an item may be missed.
            model: which model made the queries; by default it is not checked.

        Returns:
            `Neighbors`: `ids`, `labels`, `distances`, `items`, and `within` the threshold, [queries, k] each.

        Raises:
            TypeError, ValueError: for queries as for the vectors of `add`, and a k below 1.
            ImportError: for "hnsw" without usearch.

        Example:
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create([[0.0], [3.0]], labels=["a", "b"])
            >>> found = gallery.search([[1.0]], k=5)
            >>> found.labels.tolist(), found.distances.tolist()
            ([['a', 'b']], [[1.0, 2.0]])
        """
        k, index = whole_number("k", k, 1), one_of("index", index, INDEXES)
        array = self._vectors("queries", queries, model)
        items = self._items
        shape = len(array), min(k, len(items))
        distances, found = np.empty(shape), np.empty(shape, np.int64)
        if len(items):
            distances, found = self._nearest(items, index)(self._compared(array), k=shape[1])
        return Neighbors(
            ids=items.id_objects[found],
            labels=items.label_objects[found],
            distances=self._measured(distances),
            items=found,
            metric=self._metric,
            threshold=self.threshold,
        )

    def match(self, queries: Any, *, index: str = "exact", model: str | None = None) -> Matches:
        """Name each query after its nearest item, or None, "none of these", if that is beyond the threshold.

        Args:
            queries: real [queries, dim].
            index: as of `search`.
            model: which model made the queries; by default it is not checked.

        Returns:
            `Matches`: `labels` (None for "none of these"), `nearest`, `distances`, and who else is near: `runners_up`,
            `runner_up_distances`, [queries] each.

        Raises:
            TypeError, ValueError: for queries as for the vectors of `add`, a gallery without a threshold, or items
                without a label.

        Example:
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create([[0.0], [3.0]], labels=["a", 7], threshold=1.5)
            >>> found = gallery.match([[1.0], [4.0], [9.0]])
            >>> found.labels.tolist(), found.distances.tolist()
            (['a', 7, None], [1.0, 1.0, 6.0])
        """
        threshold, items, index = self.threshold, self._items, one_of("index", index, INDEXES)
        if threshold is None:
            raise ValueError(
                "Expected a gallery with a threshold. Received: none. Set `gallery.threshold` to a distance, or to "
                "what semihard.evaluation.calibrate_identification finds."
            )
        if items.unlabeled:
            raise ValueError(
                f"Expected a label for each item. Received: {items.unlabeled} of {len(items)} without. "
                "Use `search`, or add them again with labels."
            )
        array = self._vectors("queries", queries, model)
        if not len(items):
            nobody = np.full(len(array), None, object)
            beyond = np.full(len(array), np.inf)
            return Matches(nobody, nobody.copy(), beyond, nobody.copy(), beyond.copy())
        labels = items.label_objects
        nearest = self._nearest(items, index)
        found = find_matches(self._compared(array), self._searched(items), labels, items.codes, math.inf, nearest)
        distances = self._measured(found.distances)
        names = found.nearest.copy()
        names[distances > threshold] = None
        farther = self._measured(found.runner_up_distances)
        return found._replace(labels=names, distances=distances, runner_up_distances=farther)
