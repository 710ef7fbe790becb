"""Which items a search is among: of some labels, with some metadata, and without some ids."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from semihard.gallery._columns import KEPT, Id, kept_labels, listed_ids


class Chosen(NamedTuple):
    """What an item has to be; the default is any.

    Attributes:
        labels: one of these; None for any, without one too.
        where: name of a column of metadata → values, of which the item has one in each of the columns.
        exclude: none of these ids.
        but_labels: a label, and none of these.
        but_items: none of these places.
    """

    labels: frozenset[Any] | None = None
    where: tuple[tuple[str, frozenset[Any]], ...] = ()
    exclude: frozenset[Id] = frozenset()
    but_labels: frozenset[Any] = frozenset()
    but_items: frozenset[int] = frozenset()

    @classmethod
    def of(cls, labels: Any, where: Any, exclude: Any, columns: Collection[str]) -> "Chosen":
        """Read what a caller asks for.

        Args:
            labels: [labels], or None.
            where: name → a value or several, or None.
            exclude: [ids], or None.
            columns: names of the metadata that there are.

        Raises:
            TypeError: for one label or id that is not in a list, and values that no item can have.
            ValueError: for a column that is not there, and missing or infinite values.

        Example:
            >>> Chosen.of(["cat"], {"year": 2024}, None, ["year", "file"])[:2]
            (frozenset({'cat'}), (('year', frozenset({2024})),))
        """
        return cls(
            None if labels is None else _values("labels", labels),
            () if where is None else _columns(where, columns),
            frozenset() if exclude is None else frozenset(listed_ids(exclude)),
        )

    def takes(self, item: Id, label: Any, metadata: Mapping[str, Any]) -> bool:
        """Whether an item is one of these; equal values are one, as everywhere here: 1, 1.0 and True.

        Example:
            >>> Chosen(frozenset([1])).takes("a", 1.0, {}), Chosen(exclude=frozenset("a")).takes("a", None, {})
            (True, False)
        """
        return (
            (self.labels is None or label in self.labels)
            and (not self.but_labels or (label is not None and label not in self.but_labels))
            and all(metadata[name] in values for name, values in self.where)
            and item not in self.exclude
        )


ALL = Chosen()


def _columns(where: Any, columns: Collection[str]) -> tuple[tuple[str, frozenset[Any]], ...]:
    if not isinstance(where, Mapping):
        raise TypeError(f"Expected `where` as values by column, such as {{'year': 2024}}. Received: {where!r}.")
    for name in where:
        if name not in columns:
            known = ", ".join(columns) or "there are none"
            raise ValueError(
                f"Expected `where` to name columns of the gallery's metadata: {known}. Received: {name!r}."
            )
    return tuple(
        (name, _values(f"where[{name!r}]", [values] if isinstance(values, KEPT) else values))
        for name, values in where.items()
    )


def _values(name: str, given: Any) -> frozenset[Any]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise TypeError(f"Expected `{name}` as a list of them. Received: {given!r}. Pass [{given!r}].")
    listed = list(given)
    return frozenset(kept_labels(name, listed, len(listed)) if listed else [])
