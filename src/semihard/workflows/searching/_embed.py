"""`semihard.embed`: the vectors of pictures."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from semihard._core import checks
from semihard._core.files import check_writable
from semihard.workflows._job import computing_on
from semihard.workflows.searching._failed import Failed, failed_line, write_failed
from semihard.workflows.searching._parts import discard_working_folder, make_parts, read_part, working_folder
from semihard.workflows.searching._plain import PLAIN, begun, beside, read_about_plain, write_plain
from semihard.workflows.searching._vectors import arrow, read_about, write_vectors
from semihard.workflows.searching.encoder import encoder_of
from semihard.workflows.searching.photos import PARQUET, Photos, find_photos, fingerprint, newest, rebased
from semihard.workflows.searching.run_files import RunFiles, find_run


@dataclasses.dataclass(frozen=True)
class Embedded:
    """What `semihard.embed` returns; `print` it.

    Attributes:
        path: of the vectors.
        count, dim: how many they are, and of how many dimensions.
        failed: (path, reason) of each picture without one.
        model: hash of the model.
        made: False if all was there already.
    """

    path: Path
    count: int
    dim: int
    failed: Failed
    model: str
    made: bool

    @property
    def note(self) -> str | None:
        """A line about the pictures without a vector, if there are any."""
        return failed_line(self.failed, self.count + len(self.failed), _failed_file(self.path)) if self.failed else None

    def __str__(self) -> str:
        if not self.made:
            return f"{self.path} is there and whole: there is nothing left to do."
        where = f" in {beside(self.path)[0]}" if _is_plain(self.path) else ""
        return (
            f"Wrote {self.path}: {self.count:,} vectors of {self.dim} dimensions, each with its path and label{where}."
        )


def embed(
    run: str | os.PathLike[str],
    data: Any,
    out: str | os.PathLike[str],
    *,
    batch: int = 64,
    workers: int | None = None,
    device: str = "auto",
    overwrite: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> Embedded:
    """Write the vectors of pictures, made by the model of a run, with their paths and labels.

    A picture that cannot be read is left out and listed in `out`.failed.tsv. What is made is kept beside `out` until
    all is, in `out`.unfinished: ended by whatever, the same call goes on from there and writes the same bytes. At no
    time are more than some batches of pictures in memory.

    Args:
        run: its directory, or any other with its model.keras and preprocessing.json; or the path of such a .keras file.
        data: a folder, in which each sub-folder is a label; a table of path and maybe label; a picture; or a list of
            these.
        out: a .parquet file: `path`, relative to the file's folder where it was given relative; `label`, null where
            there is none; `vector`, as many float32 as the model makes. Its metadata hold the model's hash. Or a .npy
            file, float32 [n, dim], or a .tsv as the Embedding Projector reads it: labels and paths are in
            `out`.meta.tsv then (meta.tsv for vecs.tsv), and the model's hash in `out`.json.
        batch: pictures that the model is given at a time.
        workers: threads that decode pictures; by default as many as there are processors.
        device: that the model is on, as "cpu" or "gpu:1"; "auto" is as Keras has it.
        overwrite: let another file at `out` be replaced.
        progress: called with (pictures done, all pictures).

    Raises:
        TypeError, ValueError: nothing to embed, no picture that can be read, a table without paths, or files that are
            no model.
        OSError: there is nothing at `run` or `data`, or `out` is there already, or cannot be written.
        ImportError: Pillow is not installed, or pyarrow for a .parquet file.

    Example:
        >>> import keras, tempfile
        >>> from PIL import Image
        >>> from semihard.data import Preprocessing
        >>> folder = Path(tempfile.mkdtemp())
        >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> Image.new("RGB", (20, 10)).save(folder / "photo.png")
        >>> embedded = embed(folder, folder / "photo.png", folder / "vectors.parquet")
        >>> embedded.count, embedded.dim
        (1, 192)
    """
    batch, workers = checks.whole_number("batch", batch, 1), worker_count(workers)
    files, target = find_run(run), Path(out)
    plain = _is_plain(target)
    if not plain and target.suffix.lower() not in PARQUET:
        raise ValueError(f"Expected `out` to end in .parquet, .npy or .tsv. Received: {target}.")
    if not plain:
        arrow()
    outputs = (target, *(beside(target) if plain else ()))
    for one in outputs:
        check_writable(one)
    photos = find_photos(data)
    job = _job(files.hash, fingerprint(photos, times=False), batch)
    there = next((one for one in outputs if one.exists()), None)
    if there is not None and not (plain and begun(target, job)):
        about = read_about_plain(target) if plain else _about(target)
        if about is not None and about["job"] == job and newest(photos) <= target.stat().st_mtime:
            failed = [(path, reason) for path, reason in about["failed"]]
            discard_working_folder(Path(os.path.realpath(target)))
            return Embedded(target, len(photos.paths) - len(failed), about["dim"], failed, files.hash, made=False)
        if not overwrite:
            raise FileExistsError(
                f"Expected a new file. Received: {there}, which is there and holds something else. Choose another "
                "path, or let it be replaced (overwrite)."
            )
    own = _job(job, fingerprint(photos, times=True), batch)
    with computing_on(device), working_folder(Path(os.path.realpath(target)), own) as folder:
        parts, failed, count, dim = embedded_parts(photos, folder, files, batch, workers, device, progress)
        about = {
            "model": files.hash,
            "dim": dim,
            "job": job,
            "root": None if photos.root is None else rebased(photos.root, target.parent),
            "failed": failed,
        }
        write_failed(_failed_file(target), failed)
        names = [rebased(path, target.parent) for path in photos.paths]
        made = (read_part(part)[:2] for part in parts)
        if plain:
            write_plain(target, names, photos.labels, made, about, count)
        else:
            write_vectors(target, names, photos.labels, made, about)
    return Embedded(target, count, dim, failed, files.hash, made=True)


def worker_count(workers: int | None) -> int:
    """How many threads decode."""
    return os.cpu_count() or 1 if workers is None else checks.whole_number("workers", workers, 1)


def embedded_parts(
    photos: Photos,
    folder: Path,
    files: RunFiles,
    batch: int,
    workers: int,
    device: str,
    progress: Callable[[int, int], object] | None,
) -> tuple[list[Path], Failed, int, int]:
    """Make what is not made yet of the vectors of pictures, in files in `folder`.

    Returns:
        The files, which pictures have no vector and why, how many have one, and of how many dimensions.

    Raises:
        ValueError: none has one.
    """
    parts = make_parts(
        photos.paths,
        folder,
        files.preprocessing,
        lambda: encoder_of(files, device),
        batch=batch,
        workers=workers,
        progress=progress,
    )
    failed: Failed = []
    count = dim = 0
    for file in parts:
        part = read_part(file)
        failed += [(printable(photos.paths[place]), reason) for place, reason in part.failed.items()]
        count, dim = count + len(part.rows), part.vectors.shape[1]
    if not count:
        raise ValueError(
            f"Expected pictures that can be read. Received: none. {failed_line(failed, len(photos.paths))}"
        )
    return parts, failed, count, dim


def printable(path: str) -> str:
    """A path that UTF-8 can hold."""
    return path.encode("utf-8", "backslashreplace").decode()


def _is_plain(path: Path) -> bool:
    return path.suffix.lower() in PLAIN


def _failed_file(path: Path) -> Path:
    return path.with_name(path.name + ".failed.tsv")


def _job(*parts: Any) -> str:
    """What is done: of the same parts on the same backend the same vectors come."""
    return hashlib.sha256(json.dumps([keras.backend.backend(), *parts]).encode()).hexdigest()


def _about(path: Path) -> dict[str, Any] | None:
    try:
        return read_about(path)
    except ValueError:
        return None
