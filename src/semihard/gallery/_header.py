"""What a gallery in a store knows of itself, beside its items."""

from dataclasses import dataclass
from typing import Any

from semihard._core.checks import one_of
from semihard.gallery._comparable import METRICS, model_name
from semihard.gallery._index_recall import IndexRecall
from semihard.gallery._threshold import Threshold, threshold_of
from semihard.gallery._view import Facts


@dataclass(frozen=True)
class Header:
    """As JSON can hold it.

    Attributes:
        facts: what holds for all items.
        columns: names of the metadata, in the order in which they came.
        next_item, next_id: above each number of an item, and each whole number that ever was an id.
        index: what the approximate index was worth when it was built; None where there is none.
        spared: what the store leaves out of the index, if it does, so that it can judge it.
        items, unlabeled: how many there are, where the store does not count them.
    """

    facts: Facts
    columns: tuple[str, ...] = ()
    next_item: int = 0
    next_id: int = 0
    index: IndexRecall | None = None
    spared: int = 0
    items: int = 0
    unlabeled: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As `of` reads it."""
        facts = self.facts
        return {
            "metric": facts.metric,
            "model": facts.model,
            "dim": facts.dim,
            "threshold": facts.threshold._asdict() if facts.threshold else None,
            "columns": list(self.columns),
            "next_item": self.next_item,
            "next_id": self.next_id,
            "index": self.index._asdict() if self.index else None,
            "spared": self.spared,
            "items": self.items,
            "unlabeled": self.unlabeled,
        }

    @classmethod
    def of(cls, found: dict[str, Any]) -> "Header":
        """Read what `to_dict` made.

        Example:
            >>> header = Header(Facts("euclidean", None, 2, Threshold(0.5, "given", None)), ("file",), 3, 3)
            >>> Header.of(header.to_dict()) == header
            True
        """
        threshold, index = found["threshold"], found["index"]
        return cls(
            Facts(found["metric"], found["model"], found["dim"], Threshold(**threshold) if threshold else None),
            tuple(found["columns"]),
            found["next_item"],
            found["next_id"],
            IndexRecall(**index) if index else None,
            found["spared"],
            found["items"],
            found["unlabeled"],
        )


def new_header(metric: Any, model: Any, threshold: Any) -> Header:
    """The header of a gallery without items, of what `create` is given.

    Raises:
        TypeError, ValueError: for another metric, model or threshold than those of `Gallery.create`.

    Example:
        >>> new_header("euclidean", None, 0.5).facts.threshold.value
        0.5
    """
    metric = one_of("metric", metric, METRICS)
    found = None if threshold is None else threshold_of(threshold, metric)
    return Header(Facts(metric, model_name(model), None, found))
