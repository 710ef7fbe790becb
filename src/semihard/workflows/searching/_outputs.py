"""What `semihard.embed` writes: a Parquet file, a plain file with two beside it, or a directory of Parquet files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from semihard._core.files import check_writable
from semihard.workflows.searching._parts import read_part
from semihard.workflows.searching._plain import PLAIN, begun, beside, read_about_plain, write_plain
from semihard.workflows.searching._read_vectors import read_about
from semihard.workflows.searching._vectors import ABOUT, arrow, write_vectors
from semihard.workflows.searching.photos import PARQUET, Photos, rebased


class Output:
    """Where the vectors go.

    Args:
        path: that the user has named.

    Attributes:
        sharded: whether it is a directory.
        plain: whether it needs no pyarrow.
        folder: that relative paths in it begin at.
        failed: file of the pictures without a vector.

    Raises:
        ValueError: it ends in something else.
        OSError: it cannot be written.
        ImportError: pyarrow is needed, and not installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.plain, self.sharded = path.suffix.lower() in PLAIN, not path.suffix
        if not (self.plain or self.sharded or path.suffix.lower() in PARQUET):
            raise ValueError(
                f"Expected `out` to end in .parquet, .npy or .tsv, or a directory, without ending. Received: {path}."
            )
        if not self.plain:
            arrow()
        self.folder = path if self.sharded else path.parent
        self.failed = path.with_name(path.name + ".failed.tsv")
        self._files = (path, *(beside(path) if self.plain else ()))
        for one in (self.failed,) if self.sharded else self._files:
            check_writable(one)

    def about(self) -> dict[str, Any] | None:
        """What is there says of itself, if it was written by `embed`."""
        try:
            return read_about_plain(self.path) if self.plain else read_about(self.path)
        except ValueError:
            return None

    def in_the_way(self, job: str) -> Path | None:
        """What is there, if it is not a part of this job that was ended between its files."""
        there = next((one for one in self._files if one.exists()), None)
        if self.sharded and there is not None and there.is_dir() and not any(there.iterdir()):
            return None
        return None if self.plain and begun(self.path, job) else there

    def changed(self) -> float:
        """When what is there was written, in seconds since 1970."""
        return (self.path / ABOUT if self.sharded else self.path).stat().st_mtime

    def write(self, photos: Photos, parts: Sequence[Path], about: dict[str, Any], count: int) -> None:
        """Write one file of parts, and what lies beside it.

        Args:
            photos: all pictures.
            parts: files of their vectors, one of which is in memory at a time.
            about: what JSON can hold, with the key "dim".
            count: vectors in all parts.
        """
        names = [rebased(path, self.folder) for path in photos.paths]
        made: Iterator[Any] = (read_part(part)[:2] for part in parts)
        if self.plain:
            write_plain(self.path, names, photos.labels, made, about, count)
        else:
            write_vectors(self.path, names, photos.labels, made, about)
