"""The labels that class numbers stand for, kept inside the model."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable("semihard")
class ClassLabels(keras.layers.Layer):
    """Passes its input on unchanged and carries the labels of the training classes into every saved copy of the model.

    Args:
        labels: [number of classes], label of class 0, 1, … (`plan.classes`): different strings, integers or floats.

    Raises:
        TypeError: for a label that no file of Keras can hold.
        ValueError: for a label that comes twice.

    Example:
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), ClassLabels(["cat", "dog"])])
        >>> class_labels(model).tolist()
        ['cat', 'dog']
    """

    def __init__(self, labels: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.labels = [label.item() if isinstance(label, np.generic) else label for label in labels]
        for label in self.labels:
            if not isinstance(label, str | int | float):
                raise TypeError(f"Expected labels that are strings or numbers. Received: {label!r} ({type(label)}).")
        if len(set(self.labels)) < len(self.labels):
            twice = next(label for label in self.labels if self.labels.count(label) > 1)
            raise ValueError(f"Expected different labels, one a class. Received {twice!r} more than once.")
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "labels": self.labels}


def class_labels(model: keras.Model) -> np.ndarray[Any, Any]:
    """The labels that a model's `ClassLabels` carries, [number of classes]; `class_labels(model)[codes]` are labels.

    Raises:
        ValueError: the model has no such layer, or several.

    Example:
        >>> model = keras.Sequential([keras.Input((8,)), ClassLabels([7, 9])])
        >>> class_labels(model)[[1, 0, 1]].tolist()
        [9, 7, 9]
    """
    found = [layer for layer in model._flatten_layers() if isinstance(layer, ClassLabels)]
    if len(found) != 1:
        raise ValueError(
            f"Expected a model with one ClassLabels layer. Received: {model.name!r} with {len(found)}. "
            "Put ClassLabels(plan.classes) at its end."
        )
    labels = np.empty(len(found[0].labels), object)
    labels[:] = found[0].labels
    return labels
