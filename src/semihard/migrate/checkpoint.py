"""Weights from a checkpoint of TensorFlow, or from the variables of a SavedModel."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

_SUFFIX = "/.ATTRIBUTES/VARIABLE_VALUE"
_LAYER = "layer_with_weights-"
_RENAMED = {"depthwise_kernel": "kernel"}  # of DepthwiseConv2D


def load_addons_checkpoint(model: keras.Model, checkpoint: Any) -> None:
    """Give `model` the weights that Keras 2 saved as a checkpoint of TensorFlow, or inside of a SavedModel.

    The checkpoint counts layers that have weights, and so the model must have the same ones in the same order; layers
    without weights do not matter. All is checked before the first weight changes.

    Args:
        model: built, in Keras 3 on any backend.
        checkpoint: `tf.train.load_checkpoint(path)`, with the path of `model.save_weights` in Keras 2, or
            `saved_model/variables/variables`; or a mapping from its names to arrays.

    Raises:
        ValueError: the checkpoint is not that of a Sequential or functional model, or layers, names or shapes differ.

    Example:
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
        >>> name = "layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"
        >>> load_addons_checkpoint(model, {name: np.ones((2, 1))})
        >>> model.predict(np.ones((1, 2)), verbose=0).tolist()
        [[2.0]]
    """
    if isinstance(checkpoint, Mapping):
        names, read = list(checkpoint), checkpoint.__getitem__
    else:
        names, read = list(checkpoint.get_variable_to_shape_map()), checkpoint.get_tensor
    found = [name for name in names if name.startswith(_LAYER) and name.endswith(_SUFFIX)]
    if not found:
        raise ValueError(
            f"Expected the checkpoint of a Sequential or functional model, with names that begin with {_LAYER!r}. "
            f"Received: {', '.join(sorted(names)[:3]) or 'nothing'} … Save the weights as .h5 in the old environment."
        )
    pairs = [(name, _variable(model, name), np.asarray(read(name))) for name in sorted(found)]
    for name, variable, value in pairs:
        if tuple(variable.shape) != value.shape:
            raise ValueError(
                f"Expected weights of the shapes of the model. Received: {name.removesuffix(_SUFFIX)} of shape "
                f"{value.shape} for {variable.path} of shape {tuple(variable.shape)}."
            )
    taken = {id(variable) for _, variable, _ in pairs}
    missing = [variable.path for variable in model.weights if id(variable) not in taken]
    if missing:
        raise ValueError(
            f"Expected a value for every weight of the model. Received: none for {', '.join(missing[:3])}"
            f"{' …' * (len(missing) > 3)}. The model has other layers with weights than the one that was saved."
        )
    for _, variable, value in pairs:
        variable.assign(value)


def _variable(model: keras.Model, name: str) -> Any:
    """The weight that a name of the checkpoint stands for."""
    place: Any = model
    for part in name.removesuffix(_SUFFIX).split("/"):
        if part.startswith(_LAYER):
            layers = [layer for layer in place.layers if layer.weights] if isinstance(place, keras.Model) else []
            number = int(part.removeprefix(_LAYER))
            place = layers[number] if number < len(layers) else None
        else:
            place = getattr(place, part if hasattr(place, part) else _RENAMED.get(part, part), None)
        if place is None:
            raise ValueError(
                f"Expected the layers of the checkpoint in the model, in their order. Received: {model.name!r}, which "
                f"has no {name.removesuffix(_SUFFIX)}."
            )
    return place
