"""The columns of a Lance table: as a gallery writes them, or as another program has."""

from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from semihard.gallery._cells import cells, pair_spellings, read, spellings
from semihard.gallery._chosen import Chosen
from semihard.gallery._columns import Id


class Layout(Protocol):
    """Where a table keeps what.

    Attributes:
        item, vector: names of columns; "_rowid" is Lance's own.
        named: the columns of id and label, if there is one.
        described: the columns of metadata.
    """

    @property
    def item(self) -> str: ...
    @property
    def vector(self) -> str: ...
    @property
    def named(self) -> list[str]: ...
    @property
    def described(self) -> list[str]: ...

    def condition(self, chosen: Chosen) -> str | None:
        """What SQL calls the chosen items; None for all."""

    def of_ids(self, ids: Iterable[Id]) -> str:
        """What SQL calls the items with these ids."""

    def unlabeled(self) -> str | None:
        """What SQL calls the items without a label; None where all are."""

    def cells(self, columns: dict[str, list[Any]], names: Iterable[str]) -> tuple[list[Any], list[Any], dict[str, Any]]:
        """Ids, labels and metadata, of columns as the table has them."""


class OwnLayout:
    """A gallery's: ids and labels as JSON, metadata as a list of it, whatever their types."""

    item, vector = "item", "vector"
    named, described = ["id", "label"], ["metadata"]

    def condition(self, chosen: Chosen) -> str | None:
        """As of `Layout`.

        Example:
            >>> OwnLayout().condition(Chosen(labels=frozenset(["it's"])))
            'label IN (\\'"it\\'\\'s"\\')'
        """
        parts = [] if chosen.labels is None else [_among("label", map(quoted, spellings(chosen.labels)))]
        for name, values in chosen.where:
            texts = ", ".join(map(quoted, pair_spellings(name, values)))
            parts.append(f"array_has_any(metadata, make_array({texts}))" if texts else "false")
        if chosen.but_labels:
            parts.append(f"label IS NOT NULL AND NOT ({_among('label', map(quoted, spellings(chosen.but_labels)))})")
        if chosen.exclude:
            parts.append(f"NOT ({self.of_ids(chosen.exclude)})")
        return _both(parts, chosen, self.item)

    def of_ids(self, ids: Iterable[Id]) -> str:
        return _among("id", map(quoted, spellings(ids)))

    def unlabeled(self) -> str | None:
        return "label IS NULL"

    def cells(self, columns: dict[str, list[Any]], names: Iterable[str]) -> tuple[list[Any], list[Any], dict[str, Any]]:
        ids, labels = (list(map(read, columns[name])) for name in self.named)
        return ids, labels, cells(columns["metadata"], names) if "metadata" in columns else {}


class OtherLayout(NamedTuple):
    """Another program's: each column as it is.

    Attributes:
        id, label: columns; label may be None.
        vector: column.
        types: name → "text", "whole", "number" or "truth", of columns that can be metadata, ids or labels.
        item: Lance's own number of a row.
    """

    id: str
    label: str | None
    vector: str
    types: dict[str, str]
    item: str = "_rowid"

    @property
    def named(self) -> list[str]:
        return [self.id, *([self.label] if self.label else [])]

    @property
    def described(self) -> list[str]:
        return [name for name in self.types if name not in self.named]

    def condition(self, chosen: Chosen) -> str | None:
        """As of `Layout`.

        Example:
            >>> layout = OtherLayout("path", "label", "vector", {"path": "text", "label": "whole"})
            >>> layout.condition(Chosen(labels=frozenset([3, "3"])))
            '`label` IN (3)'
        """
        parts = []
        if chosen.labels is not None:
            parts.append(self._one_of(self.label, chosen.labels) if self.label else "false")
        parts += [self._one_of(name, values) for name, values in chosen.where]
        if chosen.but_labels and self.label:
            parts.append(f"`{self.label}` IS NOT NULL AND NOT ({self._one_of(self.label, chosen.but_labels)})")
        if chosen.exclude:
            parts.append(f"NOT ({self.of_ids(chosen.exclude)})")
        return _both(parts, chosen, self.item)

    def of_ids(self, ids: Iterable[Id]) -> str:
        return self._one_of(self.id, ids)

    def unlabeled(self) -> str | None:
        return f"`{self.label}` IS NULL" if self.label else None

    def cells(self, columns: dict[str, list[Any]], names: Iterable[str]) -> tuple[list[Any], list[Any], dict[str, Any]]:
        ids = columns[self.id]
        labels = columns[self.label] if self.label else [None] * len(ids)
        return ids, labels, {name: columns[name] for name in self.described if name in columns}

    def _one_of(self, name: str, values: Iterable[Any]) -> str:
        literals = (_literal(self.types[name], value) for value in values)
        return _among(f"`{name}`", [text for text in literals if text is not None])


def quoted(text: str) -> str:
    """A text as SQL writes it.

    Example:
        >>> quoted("it's")
        "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def _literal(kind: str, value: Any) -> str | None:
    """A value as SQL writes it; None where a column of this kind cannot hold what is equal to it."""
    if kind == "text" or isinstance(value, str):
        return quoted(value) if kind == "text" and isinstance(value, str) else None
    if kind == "truth":
        return str(bool(value)).lower() if value in (0, 1) else None
    if kind == "number":
        return repr(float(value)) if abs(value) < 1e300 else None
    return str(int(value)) if value == int(value) and -(2**63) <= value < 2**63 else None


def _among(name: str, literals: Iterable[str]) -> str:
    texts = ", ".join(literals)
    return f"{name} IN ({texts})" if texts else "false"


def _both(parts: list[str], chosen: Chosen, item: str) -> str | None:
    if chosen.but_items:
        parts = [*parts, f"{item} NOT IN ({', '.join(map(str, sorted(chosen.but_items)))})"]
    return " AND ".join(parts) or None
