"""Columns of metadata: what stands beside each sample, with places that may be empty."""

from typing import Any

from numpy.typing import NDArray

from semihard._core.arrays import as_numpy, is_array
from semihard._core.labels import label_item

_ADVICE = "Pass the labels of exactly the samples that were embedded."


def column_cells(name: str, values: Any, count: int) -> list[Any] | NDArray[Any]:
    """The cells of a column, one a sample: an array of numbers or text as an array, else Python's own objects.

    A missing one (None, NaN, NA) stays as it is.

    Args:
        name: of the column, for errors.
        values: [n] or [n, 1], of any kind that `label_array` reads.
        count: how many there have to be.

    Raises:
        TypeError: for a single string, or a tensor without values.
        ValueError: for another shape or length.

    Example:
        >>> column_cells("label", [1, "a", None], 3)
        [1, 'a', None]
    """
    if isinstance(values, str | bytes):
        raise TypeError(f"Expected `{name}` to hold one label a vector. Received: one string, {values[:40]!r}.")
    array = as_numpy(name, values) if is_array(values) else None
    if array is not None and array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array is not None and array.ndim != 1:
        raise ValueError(f"Expected `{name}` of shape [n] or [n, 1]. Received: shape {array.shape}.")
    if array is not None and array.dtype != object:
        cells: Any = array  # not copied: a table may be long
    else:
        # Lists stay lists: NumPy would turn [1, "a", None] into three strings.
        cells = [label_item(name, value) for value in (values if array is None else array)]
    if len(cells) != count:
        raise ValueError(
            f"Expected one label a vector, so {count}. Received: {len(cells)} labels in `{name}`. "
            + ("A table of one column has no header line: remove it." if len(cells) == count + 1 else _ADVICE)
        )
    return cells
