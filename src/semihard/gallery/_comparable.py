"""Vectors that fit into a gallery, and how they are compared."""

from typing import Any

from numpy.typing import NDArray

from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard.gallery._view import Facts

METRICS = ("euclidean", "cosine_distance")


def compared(array: NDArray[Any], metric: str) -> NDArray[Any]:
    """Vectors as their Euclidean distances tell the metric: for cosine distances directions.

    Example:
        >>> import numpy as np
        >>> compared(np.array([[3.0, 4.0]]), "cosine_distance").tolist()
        [[0.6, 0.8]]
    """
    return array if metric == "euclidean" else unit_vectors("vectors", array)


def checked_vectors(name: str, given: Any, model: Any, facts: Facts) -> NDArray[Any]:
    """Vectors [n, dim] that fit into a gallery; raises `TypeError` and `ValueError`.

    Example:
        >>> checked_vectors("queries", [[1, 2]], None, Facts("euclidean", None, 2, None)).tolist()
        [[1.0, 2.0]]
    """
    if model_name(model) is not None and facts.model is not None and model != facts.model:
        raise ValueError(
            f"Expected vectors of the gallery's model, {facts.model}. Received: model={model!r}. Distances between "
            "vectors of two models say nothing: embed everything with one of them."
        )
    array = checked_embeddings(name, given)
    if facts.dim is not None and array.shape[1] != facts.dim:
        raise ValueError(
            f"Expected `{name}` to be [n, {facts.dim}], as the gallery's vectors. Received: shape {array.shape}. "
            "Use the model that the gallery was made with."
        )
    if facts.metric == "cosine_distance":
        unit_vectors(name, array)
    return array


def model_name(model: Any) -> str | None:
    """A model's name or None; raises `TypeError` for anything else.

    Example:
        >>> model_name("f00d")
        'f00d'
    """
    if model is not None and not isinstance(model, str):
        raise TypeError(f"Expected `model` to be a text, such as a hash. Received: {type(model).__name__}.")
    return model
