"""Writing to a Lance table: a version after another, each of which is there whole or not at all."""

import datetime
from pathlib import Path
from typing import Any

from semihard.gallery._cells import pairs, written
from semihard.gallery._columns import Id
from semihard.gallery._header import Header
from semihard.gallery._lance._header import write_header
from semihard.gallery._lance._layout import Layout, OwnLayout
from semihard.gallery._lance._rows import LanceRows, distance_type
from semihard.gallery._rows import NewRows

ITEMS = "items"
# RaBitQ keeps so many bits of each dimension (of one alone a third of the neighbors is missed), and wants whole bytes.
_BITS, _DIMS = 5, 8
# A reader of an older version has so long to end before its files go.
_KEPT = datetime.timedelta(hours=1)
# Each call of `add` makes a file; of more small ones than these a search takes long.
_SMALL_FILES = 64


class LanceWriter(LanceRows):
    """`Writer` of the table of a gallery; the caller holds the lock of its directory.

    Args:
        path: of the directory; None for another program's table, of which only the index is written.
        database: of LanceDB.
        table: its newest version; None if there is none yet.
        header, layout: as of `LanceRows`.
    """

    def __init__(self, path: Path | None, database: Any, table: Any, header: Header, layout: Layout) -> None:
        super().__init__(table, header, layout)
        self._path, self._database = path, database

    def keep(self, header: Header) -> None:
        """As of `Writer`."""
        if self._path is not None:
            write_header(self._path, header)
        self.header = header

    def insert(self, rows: NewRows, header: Header) -> None:
        """As of `Writer`.

        The header comes first: where the rows then do not, numbers were given for nothing, and none is given twice.
        """
        import pyarrow as pa

        count, dim = rows.vectors.shape
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(rows.vectors.reshape(-1)), dim)
        columns = {
            "item": pa.array(rows.items),
            "id": pa.array(list(map(written, rows.ids)), pa.string()),
            "label": pa.array(list(map(written, rows.labels)), pa.string()),
            "metadata": pa.array(pairs(rows.metadata, count), pa.list_(pa.string())),
            OwnLayout.vector: vectors,
        }
        self.keep(header)
        if self.table is None:
            self.table = self._database.create_table(ITEMS, pa.table(columns))
            return
        self.table.add(pa.table(columns))
        if self.table.stats()["fragment_stats"]["num_small_fragments"] > _SMALL_FILES:
            self.compact()

    def delete(self, ids: list[Id], header: Header) -> None:
        """As of `Writer`."""
        self.table.delete(self.layout.of_ids(ids))
        self.keep(header)

    def build(self) -> str:
        """As of `Writer`."""
        from lancedb.index import IvfRq, IvfSq

        metric, dim = distance_type(self.header.facts.metric), self.header.facts.dim or 0
        config = IvfSq(distance_type=metric) if dim % _DIMS else IvfRq(distance_type=metric, num_bits=_BITS)
        try:
            self.table.create_index(self.layout.vector, config=config, replace=True)
        except ValueError as error:
            raise ValueError(
                "Expected vectors that Lance can index: float32 has to hold their squared distances. "
                f"Received: {error}. Scale them, or search exactly."
            ) from error
        return "Lance IVF_SQ" if dim % _DIMS else "Lance IVF_RQ"

    def drop(self) -> None:
        """As of `Writer`."""
        for index in self.table.list_indices() if self.table is not None else ():
            if index.columns == [self.layout.vector]:
                self.table.drop_index(index.name)

    def compact(self) -> None:
        """Put small files together, let the index take in what was added, and remove versions that nobody reads."""
        if self.table is not None:
            self.table.optimize(cleanup_older_than=_KEPT)
