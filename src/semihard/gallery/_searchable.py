"""The one interface of all galleries: what is near a query, and who it is, by the gallery's threshold."""

import math
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import one_of, whole_number
from semihard.evaluation import Matches
from semihard.evaluation.calibration import matches_among
from semihard.gallery._chosen import ALL, Chosen
from semihard.gallery._comparable import checked_vectors, compared
from semihard.gallery._neighbors import Neighbors
from semihard.gallery._threshold import threshold_of
from semihard.gallery._view import Facts, View

INDEXES = ("exact", "ann")


class Searchable(ABC):
    """Items that queries are compared with, and named after, up to a threshold; wherever they are kept."""

    @abstractmethod
    def _view(self) -> AbstractContextManager[View]:
        """The items at this moment."""

    @abstractmethod
    def _facts(self) -> Facts:
        """What holds for all items."""

    @abstractmethod
    def _keep_threshold(self, given: Any) -> None:
        """Set the threshold, which `checked_threshold` has read."""

    @abstractmethod
    def __len__(self) -> int:
        """How many items there are."""

    @property
    @abstractmethod
    def classes(self) -> int:
        """How many labels there are."""

    @property
    def dim(self) -> int | None:
        """Dimensions of a vector; None until the first is there."""
        return self._facts().dim

    @property
    def metric(self) -> str:
        """How distances are measured: "euclidean" or "cosine_distance"."""
        return self._facts().metric

    @property
    def model(self) -> str | None:
        """Which model makes the vectors, as the caller named it."""
        return self._facts().model

    @property
    def threshold(self) -> float | None:
        """Up to which distance, in the gallery's metric, a query is named after its nearest item; None for no limit.

        Set it to a number, or to what `calibrate_identification` or `calibrate` found. Those measure Euclidean
        distances; for a gallery of cosine distances calibrate with `directions=True`.
        """
        found = self._facts().threshold
        return found.value if found else None

    @threshold.setter
    def threshold(self, value: Any) -> None:
        facts = self._facts()
        found = None if value is None else threshold_of(value, facts.metric)
        if found is not None and facts.dim is not None:
            found.check_dim(facts.dim)
        self._keep_threshold(found)

    @property
    def note(self) -> str | None:
        """A line if there are more labels than the threshold was calibrated for; else None."""
        threshold = self._facts().threshold
        size = threshold.gallery if threshold else None
        if size is None or self.classes <= size:
            return None
        return (
            f"The threshold was calibrated for {size:,} labels, and there are {self.classes:,}: more strangers "
            "get a name than it says. Calibrate again."
        )

    def search(
        self,
        queries: Any,
        k: int = 10,
        *,
        index: str = "exact",
        labels: Any = None,
        where: Any = None,
        exclude: Any = None,
        model: str | None = None,
    ) -> Neighbors:
        """Return the k nearest items of each query; ties stand in the order of the gallery.

        Args:
            queries: real [queries, dim].
            k: how many; where there are fewer, all.
            index: "exact", or "ann": among the items that the approximate index finds. Their distances and order are
                exact; an item may be missed. Where there is none a `Gallery` builds it, and others refuse.
            labels: only among items of these labels, a list of them.
            where: only among items with this metadata: name of a column → a value or several.
            exclude: not these ids, a list of them.
            model: which model made the queries; by default it is not checked.

        Returns:
            `Neighbors`: `ids`, `labels`, `distances`, `items`, and `within` the threshold, [queries, k] each.

        Raises:
            TypeError, ValueError: for queries as for the vectors of `add`, a k below 1, and labels, columns, values or
                ids that no item can have.
            ImportError: for "ann" where a package is missing.

        Example:
            >>> from semihard.gallery import Gallery
            >>> gallery = Gallery.create([[0.0], [3.0], [4.0]], ["a", "b", "b"], metadata={"year": [1, 2, 1]})
            >>> found = gallery.search([[1.0]], k=2)
            >>> found.labels.tolist(), found.distances.tolist()
            ([['a', 'b']], [[1.0, 2.0]])
            >>> gallery.search([[1.0]], labels=["b"], where={"year": 1}).ids.tolist()
            [[2]]
        """
        k, index = whole_number("k", k, 1), one_of("index", index, INDEXES)
        with self._view() as view:
            facts, array = view.facts, checked_vectors("queries", queries, model, view.facts)
            chosen = Chosen.of(labels, where, exclude, view.columns)
            distances, items = view.nearest(compared(array, facts.metric), k, index, chosen)
            found, names = view.ids(items), view.labels(items)[0]
        value = facts.threshold.value if facts.threshold else None
        return Neighbors(found, names, _in_metric(distances, facts.metric), items, facts.metric, value)

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
        index = one_of("index", index, INDEXES)
        with self._view() as view:
            facts = view.facts
            if facts.threshold is None:
                raise ValueError(
                    "Expected a gallery with a threshold. Received: none. Set `gallery.threshold` to a distance, or to "
                    "what semihard.evaluation.calibrate_identification finds."
                )
            if view.unlabeled:
                raise ValueError(
                    f"Expected a label for each item. Received: {view.unlabeled} of {len(view)} without. "
                    "Use `search`, or add them again with labels."
                )
            array = checked_vectors("queries", queries, model, facts)
            if not len(view):
                nobody = np.full(len(array), None, object)
                beyond = np.full(len(array), np.inf)
                return Matches(nobody, nobody.copy(), beyond, nobody.copy(), beyond.copy())
            found = _matches(view, compared(array, facts.metric), index)
        distances, farther = (_in_metric(one, facts.metric) for one in (found.distances, found.runner_up_distances))
        names = found.nearest.copy()
        names[distances > facts.threshold.value] = None
        return found._replace(labels=names, distances=distances, runner_up_distances=farther)

    def _described(self, *more: str) -> str:
        """What it prints, with more parts."""
        facts, count = self._facts(), len(self)
        parts = [
            f"{count:,} items of {self.classes:,} labels",
            f"{facts.dim or 'no'} dimensions",
            facts.metric,
            f"threshold {facts.threshold.value:.6g} ({facts.threshold.criterion})"
            if facts.threshold
            else "no threshold",
            *([f"model {facts.model}"] if facts.model else []),
            *more,
        ]
        return ". ".join([", ".join(parts), *([self.note] if self.note else [])])


def _matches(view: View, queries: NDArray[Any], index: str) -> Matches:
    def nearest(rows: NDArray[Any], k: int) -> tuple[NDArray[np.float64], NDArray[np.object_], NDArray[np.int64]]:
        distances, items = view.nearest(rows, k, index, ALL)
        return distances, *view.labels(items)

    def other(rows: NDArray[Any], labels: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        distances, names = np.full(len(rows), np.inf), np.full(len(rows), None, object)
        for label in set(labels.tolist()):
            mine = np.flatnonzero(labels == label)
            found, items = view.nearest(rows[mine], 1, index, Chosen(but_labels=frozenset([label])))
            if items.shape[1]:
                distances[mine], names[mine] = found[:, 0], view.labels(items)[0][:, 0]
        return distances, names

    return matches_among(queries, nearest, len(view), view.several, math.inf, other if view.elsewhere else None)


def _in_metric(distances: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    """Euclidean distances of what was compared in the metric: of directions, |a − b|² = 2 − 2 cos."""
    return distances if metric == "euclidean" else distances**2 / 2
