"""What every relation is: an option of a loss that Keras can save."""

import abc
import dataclasses
from typing import Any, ClassVar, Self

from semihard.relations.masks import Masks


@dataclasses.dataclass(frozen=True)
class Relation(abc.ABC):
    """Tells from `y_true` which pairs of a batch are positive and which negative.

    A relation of your own is a frozen dataclass, registered with `keras.saving.register_keras_serializable` to be
    saved. Its fields are its options: relations of one class with equal options are equal and hash alike.

    Attributes:
        by_name: whether `y_true` are names, compared for equality only. Losses then take floats where these are whole
            numbers, and hand them on as integers.
    """

    by_name: ClassVar[bool] = False

    @abc.abstractmethod
    def __call__(self, y_true: Any, batch: Any, anchors: Any = None) -> Masks:
        """The masks [batch, batch] of a batch, or [anchors, batch] if the first rows only are anchors.

        Args:
            y_true: what the relation takes as labels.
            batch: the embeddings [batch, …], or their number.
            anchors: how many rows are anchors; all by default.
        """

    def get_config(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)
