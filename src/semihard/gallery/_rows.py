"""What a store has to do for a gallery: read its rows at one moment, and write some, all or none."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from semihard.gallery._chosen import Chosen
from semihard.gallery._columns import Id
from semihard.gallery._header import Header

# Numbers in a block of vectors that are compared at a time: 16 MB of float32.
BLOCK = 2**22


class NewRows(NamedTuple):
    """Items to add, [n] each: numbers, vectors float32 [n, dim], ids, labels, and metadata by column."""

    items: NDArray[np.int64]
    vectors: NDArray[np.float32]
    ids: list[Id]
    labels: list[Any]
    metadata: dict[str, list[Any]]


class Rows(Protocol):
    """Rows at one moment. Items are whole numbers that ascend in the order of the gallery; there may be gaps."""

    @property
    def header(self) -> Header: ...
    @property
    def unlabeled(self) -> int: ...
    @property
    def several(self) -> bool: ...
    @property
    def classes(self) -> int: ...

    def __len__(self) -> int: ...

    def scan(self, chosen: Chosen) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        """Blocks of the chosen items, ascending within a block, and their vectors [n, dim]."""

    def candidates(
        self, queries: NDArray[np.float32], count: int, chosen: Chosen
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        """What the index finds near: query, item and vector of each candidate, in any order.

        Fewer than `count` of a query say that it may have lost some.
        """

    def named(self, items: NDArray[np.int64]) -> dict[int, tuple[Id, Any]]:
        """Id and label by item."""

    def metadata(self, ids: list[Id] | None) -> tuple[list[Id], list[Any], dict[str, list[Any]]]:
        """Ids, labels and metadata by column: of these ids in any order, or of all in the order of the gallery."""

    def judges(self, most: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
        """Some items, by chance, and their vectors: those that the recall of the index is measured with."""


class Writer(Rows, Protocol):
    """Rows while nobody else writes. What it does is seen by others at once when its block ends, or never."""

    def keep(self, header: Header) -> None:
        """Replace the header."""

    def insert(self, rows: NewRows, header: Header) -> None:
        """Add rows, and replace the header."""

    def delete(self, ids: list[Id], header: Header) -> None:
        """Remove the rows with these ids, and replace the header."""

    def build(self) -> str:
        """Build the approximate index, anew where there is one; returns its kind."""

    def drop(self) -> None:
        """Remove the approximate index."""
