"""`semihard.index`: a gallery of pictures, to search."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from semihard._core import checks
from semihard._core.extras import ANN, require
from semihard._core.files import whole_file, whole_path
from semihard._core.runs import nothing_left, writable_directory
from semihard.evaluation import IdentificationCalibration
from semihard.gallery import Gallery
from semihard.workflows._job import computing_on
from semihard.workflows.searching._add import (
    add_pictures,
    already_added,
    refuse_known,
    save_added,
)
from semihard.workflows.searching._engines import make_files, thread_count
from semihard.workflows.searching._failed import Failed, write_failed
from semihard.workflows.searching._indexed import FAILED, THRESHOLD, Indexed
from semihard.workflows.searching._made_before import made_before, with_index
from semihard.workflows.searching._parts import read_part
from semihard.workflows.searching._pieces import Plan, summed
from semihard.workflows.searching._read_vectors import Vectors, read_about, read_vectors
from semihard.workflows.searching._replace import bring_back, replace_gallery
from semihard.workflows.searching._threshold import threshold_of_run
from semihard.workflows.searching._working_folder import discard_working_folder, working_folder
from semihard.workflows.searching.photos import (
    PARQUET,
    Photos,
    find_photos,
    fingerprint,
    name_within,
    newest,
    rebased,
)
from semihard.workflows.searching.run_files import INDEX, MODEL, PREPROCESSING, RunFiles, find_run


def index(
    run: str | os.PathLike[str],
    images: Any,
    out: str | os.PathLike[str],
    *,
    target_fpir: float | None = None,
    threshold: float | None = None,
    add: bool = False,
    overwrite: bool = False,
    ann: bool = False,
    batch: int = 64,
    workers: int | None = None,
    device: str = "auto",
    progress: Callable[[str, int, int], object] | None = None,
) -> Indexed:
    """Make a gallery of pictures: a directory that `search` and `semihard.gallery.Gallery` open.

    It holds the model and its preprocessing, too, so that it is all that a search needs, wherever it is copied to; a
    run may then be removed. Ids are the pictures' paths within their folder. It appears whole: ended by whatever,
    the same call goes on from `out`.unfinished.

    Args:
        run: as of `embed`.
        images: as `data` of `embed`; or the .parquet file, or the directory of them, that `embed` wrote with the same
            model.
        out: the directory, new or empty.
        target_fpir: share of searches of strangers that may get a name, for which the threshold is found on the classes
            that the run has kept from its training; without enough of them there is none. By default 0.01, or what
            they support, up to 0.25.
        threshold: a distance, instead.
        add: add the pictures to the gallery that is at `out`, made with the same model, all of them or none. Its
            threshold stays, unless one of the two above is given.
        overwrite: let a gallery at `out` be replaced. It stays whole until the new one is.
        ann: also build an approximate index, for large galleries (`semihard.gallery.Gallery.build_index`). A gallery
            that has one keeps it up to date without being told.
        batch, workers, device: as of `embed`.
        progress: called with ("embedded", pictures done, all pictures), and with `ann` then with ("indexed", items in
            the index, all items).

    Raises:
        TypeError, ValueError: as `embed`; vectors of another model; a picture twice, or one to add that is there.
        OSError: there is nothing at `run` or `images`, or `out` holds something, or, to be added to, no gallery.
        ImportError: Pillow is not installed, or pyarrow for a Parquet file, or usearch for `ann`.

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
    fpir = None if target_fpir is None else checks.open_fraction("target_fpir", target_fpir)
    threshold = None if threshold is None else checks.positive_number("threshold", threshold)
    batch, workers = checks.whole_number("batch", batch, 1), thread_count(workers)
    if add and overwrite:
        raise ValueError("Expected `add` or `overwrite`. Received: both. Leave one out.")
    if ann:
        require("usearch", "usearch", ANN)
    # A link to a new place stays one; the gallery that it leads to is what is changed. ".." goes.
    files, target = find_run(run), Path(os.path.realpath(out) if add or overwrite else os.path.abspath(out))  # noqa: PTH100
    bring_back(target)
    vectors = _given_vectors(images, files)
    photos = find_photos(images) if vectors is None else Photos(vectors.paths, vectors.labels, vectors.root)
    ids = [name_within(path, photos.root) for path in photos.paths]
    _check_ids(ids)
    names = [keras.backend.backend(), files.hash, fpir, threshold, batch, *(["add"] if add else [])]
    job = hashlib.sha256(json.dumps([*names, _what(photos, vectors, times=False)]).encode()).hexdigest()
    changed = 0.0 if vectors is not None else newest(photos)
    if add:
        done = already_added(Path(out), target, job, changed, ids, photos.paths)
        if done is None:
            refuse_known(target, files, ids)
    else:
        done = made_before(Path(out), target, job, changed, overwrite)
    if done is not None:
        discard_working_folder(target)
        return with_index(done, target, _stage(progress, "indexed")) if ann and done.index is None else done
    own = f"{job} {_what(photos, vectors, times=True)}"
    with (
        nothing_left(target.parent),
        computing_on(device),
        working_folder(writable_directory(target.parent) / target.name, own) as folder,
    ):
        failed: Failed = []
        rows, found = np.arange(len(ids)), None if vectors is None else vectors.vectors
        if found is None:
            tell = _stage(progress, "embedded")
            rows, found, failed = _embedded(photos, folder, files, batch, workers, device, tell)
        gallery = Gallery.open(target) if add else Gallery.create(model=files.hash)
        add_pictures(
            gallery,
            found,
            [photos.labels[row] for row in rows],
            [ids[row] for row in rows],
            [rebased(photos.paths[row], target) for row in rows],
            files.hash,
        )
        classes = gallery.classes
        calibration, said = _set_threshold(gallery, files.model.parent, fpir, threshold, keep=add)
        if ann:
            gallery.build_index(_stage(progress, "indexed"))
        about = {"job": job, "backend": keras.backend.backend(), "classes": classes, "failed": failed, "said": said}
        if add:
            save_added(target, gallery, about)
            if calibration is not None:
                calibration.to_json(target / THRESHOLD)
            elif threshold is not None:
                (target / THRESHOLD).unlink(missing_ok=True)  # of the threshold before
        else:
            staged = folder / "gallery"
            shutil.rmtree(staged, ignore_errors=True)
            _write(staged, gallery, files, about)
            if calibration is not None:
                calibration.to_json(staged / THRESHOLD)
            write_failed(staged / FAILED, failed)
            if overwrite and target.is_dir():
                replace_gallery(target, staged)
            else:
                if target.is_dir():
                    target.rmdir()  # it is empty, or is left as it is
                staged.replace(target)
    return Indexed(
        Path(out),
        len(gallery),
        classes,
        gallery.threshold,
        failed,
        said,
        made=True,
        added=len(rows) if add else None,
        index=gallery.index,
    )


def _given_vectors(images: Any, files: RunFiles) -> Vectors | None:
    if not isinstance(images, str | os.PathLike) or not Path(images).exists():
        return None
    if not (Path(images).is_dir() or Path(images).suffix.lower() in PARQUET) or read_about(images) is None:
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


def _stage(progress: Callable[[str, int, int], object] | None, what: str) -> Callable[[int, int], object] | None:
    return None if progress is None else partial(progress, what)


def _embedded(
    photos: Photos,
    folder: Path,
    files: RunFiles,
    batch: int,
    workers: int,
    device: str,
    progress: Callable[[int, int], object] | None,
) -> tuple[Any, Any, Failed]:
    """Which pictures have a vector, the vectors, and what is wrong with the others."""
    plan = Plan(photos, folder)
    make_files(plan, files, batch=batch, workers=workers, device=device, progress=progress)
    failed, _, _ = summed(plan)
    made = [read_part(part) for part in plan.files]
    return np.concatenate([part.rows for part in made]), np.concatenate([part.vectors for part in made]), failed


def _set_threshold(
    gallery: Gallery, run: Path, fpir: float | None, threshold: float | None, *, keep: bool
) -> tuple[IdentificationCalibration | None, str]:
    """Give a gallery the threshold that was asked for; return where it comes from and what to say of it."""
    if threshold is not None:
        gallery.threshold = threshold
        return None, "Threshold as given."
    if fpir is None and keep:
        if gallery.note:
            return None, f"{gallery.note} With target_fpir the threshold is found anew."
        return None, "The gallery has no threshold." if gallery.threshold is None else "The threshold stays."
    calibration, said = threshold_of_run(run, gallery, fpir)
    if calibration is not None:
        gallery.threshold = calibration
    elif gallery.threshold is not None:
        said += " The one before stays."
    return calibration, said


def _write(folder: Path, gallery: Gallery, files: RunFiles, about: dict[str, Any]) -> None:
    gallery.save(folder)
    with whole_path(folder / MODEL) as temporary:
        shutil.copyfile(files.model, temporary)
    files.preprocessing.to_json(folder / PREPROCESSING)
    with whole_file(folder / INDEX) as file:
        json.dump(about, file, indent=2)
        file.write("\n")
