"""Positive where two samples have the same label: what losses do unless told otherwise."""

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from semihard import backend
from semihard._inputs import labels_of, match_batch
from semihard.relations.base import Relation
from semihard.relations.masks import Masks, masks_of

Label = int | str


def same_label(y_true: Any, batch: Any, ignore: tuple[Label, ...] = (), anchors: Any = None) -> Masks:
    """Positive: the same label. Negative: two labels. Neither: a sample whose label is ignored, with any other.

    Args:
        y_true: labels [batch] or [batch, 1]: integers of any width, booleans, or strings (host data on every backend,
            tensors on TensorFlow). They are compared as they are, never as floats; labels that come as floats have to
            be whole numbers that the dtype tells apart, and known (no float tensor in a compiled program).
        batch: the embeddings [batch, …], or their number.
        ignore: labels of samples to leave out.
        anchors: how many of the first rows are anchors; all by default.

    Returns:
        Boolean masks [anchors, batch].

    Raises:
        ValueError: for another shape, or different lengths.
        TypeError: for labels of a wrong dtype, or labels to ignore of another kind.

    Example:
        >>> import numpy as np
        >>> masks = same_label([3, 3, 4, -1], 4, ignore=(-1,))
        >>> print(np.asarray(masks.negative).astype(int))
        [[0 0 1 0]
         [0 0 1 0]
         [1 1 0 0]
         [0 0 0 0]]
    """
    labels = labels_of(y_true)
    codes = match_batch(backend.label_codes(labels), batch)
    left_out = _any_of(labels, ignore)
    counted = None
    if left_out is not None:
        kept = ops.logical_not(match_batch(ops.convert_to_tensor(left_out), batch))
        counted = ops.logical_and(kept[:anchors, None], kept[None, :])
    return masks_of(codes[:anchors, None] == codes[None, :], counted)


def _any_of(labels: Any, values: tuple[Label, ...]) -> Any:
    """Where labels [batch] are one of these values, or None if they cannot be."""
    kind = keras.backend.standardize_dtype(labels.dtype) if backend.is_tensor(labels) else labels.dtype.name
    of_text = not any(word in kind for word in ("int", "bool"))
    mixed = kind == "object" and not all(isinstance(label, str) for label in labels)
    if values and not mixed and of_text != isinstance(values[0], str):
        raise TypeError(f"Expected labels to ignore of the kind of the labels. Received: {values} for labels {kind}.")
    if of_text or not backend.is_tensor(labels):
        found = [labels == value for value in values if of_text or _fits(value, kind)]
    else:
        codes = backend.label_codes(labels)
        found = [codes == _code(int(value), kind) for value in values if _fits(value, kind)]
    return functools.reduce(lambda one, other: one | other, found) if found else None


def _fits(value: Any, kind: str) -> bool:
    # Without NumPy, which `torch.compile` would take for tensors.
    if kind == "bool":
        return value in (0, 1)
    bits = int(kind.lstrip("uint"))
    return 0 <= value < 2**bits if kind.startswith("u") else -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def _code(value: int, kind: str) -> int:
    """What `backend.label_codes` makes of an integer of a tensor: wide unsigned ones are reinterpreted."""
    bits = {"uint32": 32, "uint64": 64}.get(kind)
    return value - 2**bits if bits and value >= 2 ** (bits - 1) else value


@keras.saving.register_keras_serializable(package="semihard")
@dataclasses.dataclass(frozen=True)
class SameLabel(Relation):
    """`same_label` as the `relation` of a loss, and what a loss does without one.

    Args:
        ignore: label, or labels, of the samples that are neither anchors nor references: integers or strings.

    Raises:
        TypeError: for anything else to ignore, or a mixture.

    Example:
        >>> SameLabel(ignore=-1)
        SameLabel(ignore=(-1,))
    """

    by_name = True

    ignore: Any = ()

    def __post_init__(self) -> None:
        given = () if self.ignore is None else self.ignore
        several = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
        values = {value.item() if isinstance(value, np.generic) else value for value in several}
        if not (all(isinstance(value, str) for value in values) or all(isinstance(value, int) for value in values)):
            raise TypeError(f"Expected `ignore` to be an integer or a string, or several. Received: {self.ignore!r}.")
        object.__setattr__(self, "ignore", tuple(sorted(values)))

    def __call__(self, y_true: Any, batch: Any, anchors: Any = None) -> Masks:
        return same_label(y_true, batch, self.ignore, anchors)

    def get_config(self) -> dict[str, Any]:
        return {"ignore": list(self.ignore)}  # Keras does not read tuples back
