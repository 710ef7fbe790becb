"""`semihard.index`: a gallery of pictures, to search."""

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

import keras
import numpy as np

from semihard._core import checks
from semihard._core.files import whole_file, whole_path
from semihard._core.runs import writable_directory
from semihard.gallery import Gallery
from semihard.workflows._job import computing_on
from semihard.workflows.searching._embed import failures, worker_count
from semihard.workflows.searching._encoder import encoder_of
from semihard.workflows.searching._failed import Failed, failed_line, write_failed
from semihard.workflows.searching._parts import discard_working_folder, make_parts, read_part, working_folder
from semihard.workflows.searching._photos import (
    PARQUET,
    Photos,
    find_photos,
    fingerprint,
    name_within,
    newest,
    rebased,
)
from semihard.workflows.searching._threshold import threshold_of_run
from semihard.workflows.searching._vectors import Vectors, read_about, read_vectors
from semihard.workflows.searching.run_files import INDEX, MODEL, PREPROCESSING, RunFiles, find_run

FAILED, THRESHOLD = "failed.tsv", "threshold.json"


@dataclasses.dataclass(frozen=True)
class Indexed:
    """What `semihard.index` returns; `print` it.

    Attributes:
        path: of the gallery.
        count, classes: of its items, and of their labels.
        threshold: up to which distance a query is named; None where there is none.
        failed: (path, reason) of each picture that is left out.
        said: what the threshold is worth, or why there is none.
        made: False if all was there already.
    """

    path: Path
    count: int
    classes: int
    threshold: float | None
    failed: Failed
    said: str
    made: bool

    @property
    def note(self) -> str | None:
        """A line about the pictures that are left out, if there are any."""
        return failed_line(self.failed, self.count + len(self.failed), self.path / FAILED) if self.failed else None

    def __str__(self) -> str:
        if not self.made:
            return f"{self.path} is there and whole: there is nothing left to do."
        return (
            f"Wrote {self.path}: {self.count:,} pictures of {self.classes:,} classes, with the model.\n{self.said}\n"
            f"Next: semihard search {quote(str(self.path))} PHOTO"
        )


def index(
    run: str | os.PathLike[str],
    images: Any,
    out: str | os.PathLike[str],
    *,
    target_fpir: float = 0.01,
    threshold: float | None = None,
    batch: int = 64,
    workers: int | None = None,
    device: str = "auto",
    progress: Callable[[int, int], object] | None = None,
) -> Indexed:
    """Make a gallery of pictures: a directory that `search` and `semihard.gallery.Gallery` open.

    It holds the model and its preprocessing, too, so that it is all that a search needs, wherever it is copied to; a
    run may then be removed. Ids are the pictures' paths within their folder. It appears whole: ended by whatever,
    the same call goes on from `out`.unfinished.

    Args:
        run: as of `embed`.
        images: as `data` of `embed`; or the .parquet file that `embed` wrote with the same model.
        out: the directory, new or empty.
        target_fpir: share of searches of strangers that may get a name, for which the threshold is found on the classes
            that the run has kept from its training.
        threshold: a distance, instead.
        batch, workers, device, progress: as of `embed`.

    Raises:
        TypeError, ValueError: as `embed`; vectors of another model; a picture twice.
        OSError: there is nothing at `run` or `images`, or `out` holds something.
        ImportError: Pillow is not installed, or pyarrow for a Parquet file.

    Example:
        >>> import keras, tempfile
        >>> from PIL import Image
        >>> from semihard.data import Preprocessing
        >>> folder = Path(tempfile.mkdtemp())
        >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> for color in ("red", "blue"):
        ...     (folder / "photos" / color).mkdir(parents=True)
        ...     Image.new("RGB", (20, 10), color).save(folder / "photos" / color / "1.png")
        >>> indexed = index(folder, folder / "photos", folder / "gallery", threshold=100.0)
        >>> indexed.count, Gallery.open(folder / "gallery").ids
        (2, ['blue/1.png', 'red/1.png'])
    """
    target_fpir = checks.open_fraction("target_fpir", target_fpir)
    threshold = None if threshold is None else checks.positive_number("threshold", threshold)
    batch, workers = checks.whole_number("batch", batch, 1), worker_count(workers)
    files, target = find_run(run), Path(os.path.abspath(out))  # noqa: PTH100 - a link stays one, and ".." goes
    vectors = _given_vectors(images, files)
    photos = find_photos(images) if vectors is None else Photos(vectors.paths, vectors.labels, vectors.root)
    ids = [name_within(path, photos.root) for path in photos.paths]
    _check_ids(ids)
    names = [keras.backend.backend(), files.hash, target_fpir, threshold, batch]
    job = hashlib.sha256(json.dumps([*names, _what(photos, vectors, times=False)]).encode()).hexdigest()
    done = _done(target, job, 0.0 if vectors is not None else newest(photos))
    if done is not None:
        discard_working_folder(target)
        return done
    writable_directory(target.parent)
    with computing_on(device), working_folder(target, f"{job} {_what(photos, vectors, times=True)}") as folder:
        failed: Failed = []
        rows, found = np.arange(len(ids)), None if vectors is None else vectors.vectors
        if found is None:
            parts = make_parts(
                photos.paths,
                folder,
                files.preprocessing,
                lambda: encoder_of(files, device),
                batch=batch,
                workers=workers,
                progress=progress,
            )
            failed = failures(parts, photos.paths)[0]
            made = [read_part(part) for part in parts]
            rows, found = np.concatenate([part.rows for part in made]), np.concatenate([part.vectors for part in made])
        kept = [photos.labels[row] for row in rows]
        gallery = _gallery(
            found,
            kept,
            [ids[row] for row in rows],
            [rebased(photos.paths[row], target) for row in rows],
            files.hash,
        )
        classes = len({label for label in kept if label is not None})
        calibration, said = None, "Threshold as given." if threshold is not None else ""
        if threshold is None:
            calibration, said = threshold_of_run(files.model.parent, classes, target_fpir)
        gallery.threshold = calibration if threshold is None else threshold
        about = {"job": job, "backend": keras.backend.backend(), "classes": classes, "failed": failed, "said": said}
        staged = folder / "gallery"
        shutil.rmtree(staged, ignore_errors=True)
        _write(staged, gallery, files, about)
        if calibration is not None:
            calibration.to_json(staged / THRESHOLD)
        write_failed(staged / FAILED, failed)
        if target.is_dir():
            target.rmdir()  # it is empty, or is left as it is
        staged.replace(target)
    return Indexed(Path(out), len(gallery), classes, gallery.threshold, failed, said, made=True)


def _given_vectors(images: Any, files: RunFiles) -> Vectors | None:
    if not isinstance(images, str | os.PathLike) or Path(images).suffix.lower() not in PARQUET:
        return None
    if not Path(images).exists() or read_about(images) is None:
        return None
    found = read_vectors(images)
    if found.model != files.hash:
        raise ValueError(
            f"Expected vectors of the model in {files.model.parent}, {files.hash[:19]}…. Received: {images}, of "
            f"{found.model[:19]}…. Distances between vectors of two models say nothing: embed the pictures again."
        )
    return found


def _check_ids(ids: Sequence[str]) -> None:
    seen: set[str] = set()
    twice = next((one for one in ids if one in seen or seen.add(one)), None)  # type: ignore[func-returns-value]
    if twice is not None:
        raise ValueError(f"Expected each picture once. Received: {twice!r} more than once. Leave one of them out.")


def _what(photos: Photos, vectors: Vectors | None, *, times: bool) -> str:
    if vectors is None:
        return fingerprint(photos, times=times)
    digest = hashlib.sha256(vectors.vectors.tobytes())
    digest.update(json.dumps([photos.paths, list(map(repr, photos.labels))]).encode())
    return digest.hexdigest()


def _done(target: Path, job: str, changed: float) -> Indexed | None:
    """What is there, if it is just this; raise if it is anything else."""
    if not os.path.lexists(target):
        return None
    if not target.is_dir():
        raise NotADirectoryError(f"Expected a directory for the gallery. Received: {target}, a file.")
    inside = sorted(path.name for path in target.iterdir())
    if not inside:
        return None
    try:
        about = json.loads((target / INDEX).read_text(encoding="utf-8"))
        if about["job"] == job and changed <= (target / INDEX).stat().st_mtime:
            there = Gallery.open(target)
            failed = [(path, reason) for path, reason in about["failed"]]
            return Indexed(target, len(there), about["classes"], there.threshold, failed, about["said"], made=False)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # whatever is there is not what is to be made
    raise FileExistsError(
        f"Expected a new or empty directory for the gallery. Received: {target}, which holds {inside[0]}, for one. "
        "Choose another path. To add to a gallery, open it with semihard.gallery.Gallery."
    )


def _gallery(vectors: Any, labels: list[Any], ids: list[str], paths: list[str], model: str) -> Gallery:
    gallery = Gallery.create(model=model)
    # Those without a label come last: a list of labels has no empty places.
    for with_label in (True, False):
        rows = [row for row, label in enumerate(labels) if (label is not None) == with_label]
        if rows:
            gallery.add(
                vectors[rows],
                [labels[row] for row in rows] if with_label else None,
                [ids[row] for row in rows],
                {"file": [paths[row] for row in rows]},
            )
    return gallery


def _write(folder: Path, gallery: Gallery, files: RunFiles, about: dict[str, Any]) -> None:
    gallery.save(folder)
    with whole_path(folder / MODEL) as temporary:
        shutil.copyfile(files.model, temporary)
    files.preprocessing.to_json(folder / PREPROCESSING)
    with whole_file(folder / INDEX) as file:
        json.dump(about, file, indent=2)
        file.write("\n")
