"""A gallery: embeddings with ids and labels, to search, to name what is new, and to keep in a directory."""

import os
from pathlib import Path
from typing import Any

from semihard._core.checks import whole_number
from semihard.gallery._columns import check_beside
from semihard.gallery._hnsw import Hnsw
from semihard.gallery._index_recall import IndexRecall
from semihard.gallery._indexed import Indexed
from semihard.gallery._items import Items
from semihard.gallery._threshold import Threshold
from semihard.gallery._versions import Content, Saved, index_of, read_version
from semihard.gallery._write_version import write_version


class Gallery(Indexed):
    """Embeddings of known things. Make one with `Gallery.create`, or read one with `Gallery.open`.

    A new class needs no training: add its embeddings, made by the same model. Labels and ids stay what they are: 1 and
    "1" are two. What is added or removed is in memory until `save`; a search in another thread sees all of it or
    nothing.

    Example:
        >>> from semihard.gallery import Gallery
        >>> gallery = Gallery.create([[0.0, 0.0], [0.0, 1.0]], labels=["cat", "cat"], threshold=2.0)
        >>> gallery.add([[5.0, 5.0]], labels=["dog"], ids=["rex"])
        ['rex']
        >>> print(gallery.search([[5.0, 4.0]], k=2))
        query  rank  euclidean  id   label
        0      1     1.0000     rex  dog
        0      2     5.8310     1    cat  beyond the threshold
        >>> gallery.match([[5.0, 4.0], [9.0, 9.0]]).labels.tolist()
        ['dog', None]
    """

    def __init__(self, metric: str, model: str | None) -> None:
        super().__init__(metric, model)
        self._saved: Saved | None = None
        self._path: Path | None = None

    @classmethod
    def create(
        cls,
        vectors: Any = None,
        labels: Any = None,
        ids: Any = None,
        metadata: Any = None,
        *,
        metric: str = "euclidean",
        model: str | None = None,
        threshold: Any = None,
    ) -> "Gallery":
        """Make a gallery in memory, empty or of these items; `save` writes it.

        Args:
            vectors, labels, ids, metadata: as of `add`; without vectors the gallery is empty.
            metric: "euclidean", or "cosine_distance", 1 − cosine, of vectors of any length but 0.
            model: which model makes the vectors, as a hash or any other name: vectors of another are refused.
            threshold: as of the attribute `threshold`.

        Raises:
            TypeError, ValueError: as `add`, and for another metric, model or threshold than these.

        Example:
            >>> len(Gallery.create()), Gallery.create([[1.0, 2.0]], ["a"]).dim
            (0, 2)
        """
        check_beside(vectors, labels, ids, metadata)
        gallery = cls(metric, model)
        gallery.threshold = threshold
        if vectors is not None:
            gallery.add(vectors, labels, ids, metadata)
        return gallery

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, version: int | None = None) -> "Gallery":
        """Read a gallery that `save` wrote, whole: each file is compared with its SHA-256.

        Args:
            path: of its directory.
            version: which one; by default the newest. The one before it is there, too.

        Raises:
            FileNotFoundError: there is no gallery.
            OSError: it cannot be read.
            ValueError: a file is damaged or missing. The message names it, and how to open the version before.

        Example:
            >>> import tempfile
            >>> path = tempfile.mkdtemp() + "/pets"
            >>> Gallery.create([[0.0], [5.0]], ["cat", 7]).save(path).name
            'pets'
            >>> Gallery.open(path).labels
            ['cat', 7]
        """
        content, saved = read_version(path, None if version is None else whole_number("version", version, 1))
        header, items = content.header, content.items
        gallery = cls(header["metric"], header["model"])
        gallery._dim, gallery._next_id = header["dim"], header["next_id"]
        gallery._threshold = None if header["threshold"] is None else Threshold(**header["threshold"])
        gallery._items = Items(content.vectors, items["ids"], items["labels"], items["metadata"])
        gallery._saved, gallery._path = saved, Path(path)
        if header.get("index") is not None:
            known = IndexRecall(**header["index"])
            gallery._hnsw = Hnsw(gallery._searched(gallery._items), known, path=index_of(Path(path), saved))
        return gallery

    @property
    def version(self) -> int | None:
        """The number of the version that was opened or saved last; None for a gallery that is only in memory."""
        return self._saved.number if self._saved else None

    def save(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write a new version of the gallery into its directory: whole, or not at all.

        The version that it was made from stays beside it; older ones go. Several processes may read meanwhile. One at a
        time writes, and none over what another has saved since.

        Args:
            path: of the directory; by default where it was opened or saved last.

        Returns:
            The path.

        Raises:
            BlockingIOError: another process is writing into it.
            OSError: it cannot be written to, or the disk is full. What was there before is as it was.
            ImportError: its index is to be changed, and usearch is not installed; see `drop_index`.
            ValueError: there is no path, another gallery is there, or a version that was saved since.

        Example:
            >>> import tempfile
            >>> gallery = Gallery.create([[0.0]], ["a"])
            >>> path = gallery.save(tempfile.mkdtemp())
            >>> _ = gallery.add([[1.0]], ["b"])
            >>> _ = gallery.save()
            >>> gallery.version, len(Gallery.open(path)), len(Gallery.open(path, version=1))
            (2, 2, 1)
        """
        place = self._path if path is None else Path(path)
        if place is None:
            raise ValueError("Expected a `path` for a gallery that was never saved. Received: none. Name a directory.")
        index = self._index_of(self._items) if self._hnsw is not None and len(self) else None
        header = {
            "items": len(self),
            "dim": self._dim,
            "metric": self._metric,
            "model": self._model,
            "threshold": self._threshold._asdict() if self._threshold else None,
            "next_id": self._next_id,
            "index": index.about._asdict() if index and index.about else None,
        }
        items = {"ids": self._items.ids, "labels": self._items.labels, "metadata": self._items.metadata}
        content = Content(header, items, self._items.vectors, index.write if index else None)
        self._saved = write_version(place, content, self._saved)
        self._path = place
        if index is not None:
            index.path = index_of(place, self._saved)  # the version that it came from may go
        return place

    def __str__(self) -> str:
        return self._described(*([str(self.index)] if self.index else []))
