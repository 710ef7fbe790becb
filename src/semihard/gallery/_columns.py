"""What stands beside each vector of a gallery: an id, a label, metadata. Kept as they came, as JSON can hold them."""

import math
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from semihard._core.arrays import as_numpy, is_array
from semihard._core.columns import column_cells
from semihard._core.labels import label_array, label_item

Id = str | int
KEPT = (str, int, float, bool)


def kept_labels(name: str, given: Any, count: int) -> list[Any]:
    """Labels of `count` items, each of the type in which it came: True stays True, 1 stays 1, and "1" stays "1".

    Args:
        name: what to call them in an error.
        given: [count] or [count, 1], of any kind that `label_array` reads; text as bytes is read as UTF-8.
        count: how many there have to be.

    Raises:
        TypeError: for labels that JSON would change: tuples, times, complex numbers.
        ValueError: for another shape or length, or labels that are missing or infinite.

    Example:
        >>> kept_labels("labels", [True, 2, 2.5], 3)
        [True, 2, 2.5]
    """
    if isinstance(given, Iterable) and not is_array(given) and not isinstance(given, Collection):
        given = list(given)  # it can be read once only
    array = label_array(name, given, count)
    if array.dtype == object:
        found = array.tolist()
    elif is_array(given):
        # An array of Python's objects comes back from `label_array` as one type of number.
        found = as_numpy(name, given).reshape(-1).tolist() if array.dtype.kind not in "mM" else list(array)
    else:
        found = [label_item(name, item) for item in given]
    _refuse_others(name, found, KEPT)
    return found


def kept_ids(given: Any, count: int, taken: Collection[Id], first: int) -> list[Id]:
    """Ids of `count` new items: text or whole numbers, none of them twice and none of them taken.

    Args:
        given: [count], or None for whole numbers from `first` on.
        count: how many there have to be.
        taken: ids that the gallery holds.
        first: above each whole number that ever was an id.

    Raises:
        TypeError: for an id of another type.
        ValueError: for another shape or length, or an id that is not new.

    Example:
        >>> kept_ids(None, 2, {"a"}, 5), kept_ids(["b", 7], 2, {"a"}, 5)
        ([5, 6], ['b', 7])
    """
    if given is None:
        return list(range(first, first + count))
    found = kept_labels("ids", given, count)
    _refuse_others("ids", found, (str, int))
    twice = [value for value, times in Counter(found).items() if times > 1]
    held = [value for value in found if value in taken]
    if twice or held:
        what = f"{twice[0]!r} more than once" if twice else f"{held[0]!r}, which the gallery holds already"
        raise ValueError(
            f"Expected `ids` of new items, each its own. Received: {what} ({len(twice or held)} such). "
            "Remove the older item first, or choose another id."
        )
    return found


def listed_ids(given: Any) -> list[Id]:
    """Ids of items that are to be there: a list of them, each a text or a whole number.

    Raises:
        TypeError: for one id that is not in a list, or one of another type: True is not 1.

    Example:
        >>> listed_ids(("a", 7))
        ['a', 7]
    """
    if isinstance(given, str | int) or not hasattr(given, "__iter__"):
        raise TypeError(f"Expected `ids` as a list of them. Received: {given!r}. Pass [{given!r}].")
    items = list(given)
    found = kept_labels("ids", items, len(items))
    _refuse_others("ids", found, (str, int))
    return found


def check_beside(vectors: Any, *others: Any) -> None:
    """Raise `ValueError` for labels, ids or metadata without vectors.

    Example:
        >>> check_beside([[0.0]], ["a"], None)
    """
    if vectors is None and any(other is not None for other in others):
        raise ValueError("Expected `vectors` beside labels, ids or metadata. Received: none. Pass them, too.")


def check_known(ids: Iterable[Id], held: Collection[Id]) -> None:
    """Raise `ValueError` unless each id is held.

    Example:
        >>> check_known(["a"], {"a": 0})
    """
    unknown = [key for key in ids if key not in held]
    if unknown:
        raise ValueError(
            f"Expected `ids` of items that the gallery holds. Received: {unknown[0]!r} ({len(unknown)} such). "
            "Nothing was changed."
        )


def kept_metadata(given: Any, count: int) -> dict[str, list[Any]]:
    """Columns of `count` items by name: text, numbers, booleans, and None for what is missing.

    Args:
        given: name → [count] values, a pandas frame, or None for no column.
        count: how many values there have to be.

    Raises:
        TypeError: for anything but columns with names, or a cell that JSON would change.
        ValueError: for another length, or an infinite number.

    Example:
        >>> kept_metadata({"year": [2024.0, float("nan")], "file": ["a.png", None]}, 2)
        {'year': [2024.0, None], 'file': ['a.png', None]}
    """
    if given is None:
        return {}
    if not hasattr(given, "keys") or not hasattr(given, "__getitem__"):
        raise TypeError(
            f"Expected `metadata` as columns by name, such as {{'file': [...]}}. Received: {type(given).__name__}."
        )
    found: dict[str, list[Any]] = {}
    for name in given.keys():  # noqa: SIM118 - of a frame, whose length is that of its rows
        if not isinstance(name, str):
            raise TypeError(f"Expected `metadata` with texts as names of columns. Received: {name!r}. Rename it.")
        title = f"metadata[{name!r}]"
        cells = column_cells(title, given[name], count)
        if is_array(cells):
            cells = list(cells) if cells.dtype.kind in "mM" else cells.tolist()  # type: ignore[union-attr]
        found[name] = [None if _is_missing(cell) else cell for cell in cells]
        _refuse_others(title, found[name], (*KEPT, type(None)))
    return found


def _is_missing(cell: Any) -> bool:
    try:
        return cell is None or bool(cell != cell)
    except (TypeError, ValueError):  # pandas' NA has no truth
        return True


def _refuse_others(name: str, values: list[Any], types: tuple[type, ...]) -> None:
    for place, value in enumerate(values):
        if type(value) not in types:
            names = ", ".join(kind.__name__ for kind in types if kind is not type(None))
            raise TypeError(
                f"Expected `{name}` of these types, which a file keeps as they are: {names}. "
                f"Received: {type(value).__name__} at place {place}. Make a text of each."
            )
        if type(value) is float and not math.isfinite(value):
            raise ValueError(f"Expected `{name}` without infinity. Received: {value} at place {place}. Drop its item.")
