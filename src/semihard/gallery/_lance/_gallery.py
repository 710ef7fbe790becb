"""A gallery in a Lance table on the disk, by LanceDB: more vectors than fit into memory, and no server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from semihard._core.extras import LANCE, MissingPackage
from semihard._core.runs import writable_directory
from semihard._core.runs.lock import locked
from semihard.gallery._columns import Id, check_beside
from semihard.gallery._header import Header, new_header
from semihard.gallery._lance._header import HEADER, read_header, write_header
from semihard.gallery._lance._layout import Layout, OwnLayout
from semihard.gallery._lance._rows import LanceRows
from semihard.gallery._lance._table import layout_of
from semihard.gallery._lance._writer import ITEMS, LanceWriter
from semihard.gallery._rows import Rows, Writer
from semihard.gallery._stored import Stored


class LanceGallery(Stored):
    """A gallery of a Lance table. Make one with `LanceGallery.create`, or read one with `LanceGallery.open`.

    It answers as `Gallery` does. What is added or removed is on the disk when the call returns; other processes see
    it from their next call on. One process writes at a time.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from semihard.gallery import LanceGallery
        >>> path = tempfile.mkdtemp() + "/pets"
        >>> gallery = LanceGallery.create(path, np.eye(2), labels=["cat", "dog"], ids=["tom", "rex"], threshold=1.0)
        >>> LanceGallery.open(path).match([[0.9, 0.0], [9.0, 9.0]]).labels.tolist()
        ['cat', None]
    """

    def __init__(self, path: Path, database: Any, name: str, layout: Layout, header: Header | None) -> None:
        # Of another program's table the header is here only: nothing of ours is written beside it.
        self._path, self._database, self._name, self._layout, self._header = path, database, name, layout, header

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        vectors: Any = None,
        labels: Any = None,
        ids: Any = None,
        metadata: Any = None,
        *,
        metric: str = "euclidean",
        model: str | None = None,
        threshold: Any = None,
    ) -> "LanceGallery":
        """Make a gallery in a new directory, empty or of these items.

        Args:
            path: of the directory.
            vectors, labels, ids, metadata: as of `add`; without vectors the gallery is empty.
            metric, model, threshold: as of `Gallery.create`.

        Raises:
            TypeError, ValueError: as `add` and `Gallery.create`, and where a gallery is there already.
            OSError: it cannot be written to.
            ImportError: lancedb is not installed: `pip install "semihard[lance]"`.
        """
        lancedb = _lancedb()
        header = new_header(metric, model, threshold)
        check_beside(vectors, labels, ids, metadata)
        directory = writable_directory(path)
        with locked(directory):
            if (directory / HEADER).exists() or (directory / f"{ITEMS}.lance").exists():
                raise ValueError(
                    f"Expected {directory} to hold no gallery. Received: one. Open it with `LanceGallery.open`, or "
                    "choose another path."
                )
            write_header(directory, header)
        gallery = cls(directory, lancedb.connect(directory), ITEMS, OwnLayout(), None)
        if vectors is not None:
            try:
                gallery.add(vectors, labels, ids, metadata)
            except (TypeError, ValueError):
                (directory / HEADER).unlink()
                raise
        return gallery

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        metric: str | None = None,
        model: str | None = None,
        threshold: Any = None,
        ids: str | None = None,
        labels: str | None = None,
        vectors: str | None = None,
    ) -> "LanceGallery":
        """Open a gallery that `create` made, or the Lance table of another program, such as lance-ray.

        Of another program's table nothing is written but the index that `build_index` makes; its ids are texts or whole
        numbers and each its own, which is not checked. Ties stand in the order of Lance's row ids.

        Args:
            path: of the gallery's directory, or of a table's, which ends in ".lance".
            metric, model, threshold: of another program's table, as of `Gallery.create`; "euclidean" by default.
            ids, labels, vectors: columns of another program's table; by default "id" or "path", "label" if it is there,
                and "vector".

        Raises:
            FileNotFoundError: there is neither.
            ValueError: its header is damaged; columns are missing or of another type; or what a gallery knows itself
                is given.
            ImportError: lancedb is not installed: `pip install "semihard[lance]"`.
        """
        lancedb, directory = _lancedb(), Path(path)
        given = {"metric": metric, "model": model, "threshold": threshold}
        given |= {"ids": ids, "labels": labels, "vectors": vectors}
        if (directory / HEADER).is_file():
            told = [name for name, value in given.items() if value is not None]
            if told:
                raise ValueError(f"Expected {directory} to say that itself. Received: `{told[0]}`. Leave it out.")
            read_header(directory)
            return cls(directory, lancedb.connect(directory), ITEMS, OwnLayout(), None)
        if directory.suffix != ".lance" or not (directory / "_versions").is_dir():
            raise FileNotFoundError(
                f"Expected {directory} to be a gallery, as `LanceGallery.create` makes it, or a Lance table, *.lance. "
                f"Received: {'neither' if directory.is_dir() else 'no such directory'}. Check the path."
            )
        database = lancedb.connect(directory.parent)
        layout, dim = layout_of(database.open_table(directory.stem).schema, ids, labels, vectors)
        header = new_header("euclidean" if metric is None else metric, model, threshold)
        if header.facts.threshold is not None:
            header.facts.threshold.check_dim(dim)
        header = replace(header, facts=header.facts._replace(dim=dim), columns=tuple(layout.described))
        return cls(directory, database, directory.stem, layout, header)

    def add(
        self, vectors: Any, labels: Any = None, ids: Any = None, metadata: Any = None, *, model: str | None = None
    ) -> list[Id]:
        self._check_own()
        return super().add(vectors, labels, ids, metadata, model=model)

    add.__doc__ = Stored.add.__doc__

    def remove(self, ids: Any) -> None:
        self._check_own()
        super().remove(ids)

    remove.__doc__ = Stored.remove.__doc__

    def compact(self) -> None:
        """Put small files together, let the index take in what was added, and remove versions older than an hour.

        Of many small additions `add` does it by itself.
        """
        with self._writing() as rows:
            assert isinstance(rows, LanceWriter)  # noqa: S101 - for the type checker
            rows.compact()

    @contextmanager
    def _reading(self) -> Iterator[Rows]:
        header = self._known()
        table = self._newest()
        if table is not None:
            table.checkout(table.version)
        yield LanceRows(table, self._with_dim(header, table), self._layout)

    @contextmanager
    def _writing(self) -> Iterator[Writer]:
        own = self._header is None
        with locked(self._path) if own else nullcontext():
            table = self._newest()
            header = self._with_dim(self._known(), table)
            writer = LanceWriter(self._path if own else None, self._database, table, header, self._layout)
            yield writer
            if not own:
                self._header = writer.header

    def _known(self) -> Header:
        return read_header(self._path) if self._header is None else self._header

    def _newest(self) -> Any:
        there = self._path / f"{ITEMS}.lance" if self._header is None else self._path
        return self._database.open_table(self._name) if (there / "_versions").is_dir() else None

    def _with_dim(self, header: Header, table: Any) -> Header:
        """A header that was written for rows that never came knows of dimensions that nothing has."""
        dim = None if table is None else table.schema.field(self._layout.vector).type.list_size
        return replace(header, facts=header.facts._replace(dim=dim))

    def _check_own(self) -> None:
        if self._header is not None:
            raise ValueError(
                f"Expected a gallery that `LanceGallery.create` made. Received: {self._path}, a table of another "
                "program. Write to it with that program, or add its items to a gallery."
            )


def _lancedb() -> Any:
    try:
        import lancedb
    except ImportError as error:
        raise MissingPackage("lancedb", LANCE, error) from error
    return lancedb
