"""`semihard.search`: what photographs show, by a gallery."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from semihard._core import checks
from semihard._core.extras import ANN, require
from semihard._core.files import check_writable
from semihard.data.preprocessing import Preprocessing
from semihard.gallery import Gallery
from semihard.visualization import plot_search
from semihard.workflows._job import computing_on
from semihard.workflows.searching._failed import Failed, failed_line, undrawn_line
from semihard.workflows.searching._found import Found
from semihard.workflows.searching._parts import pixels_of
from semihard.workflows.searching.encoder import Encoder, encoder_of
from semihard.workflows.searching.photos import FILE, find_photos, printable
from semihard.workflows.searching.run_files import MODEL, find_run
from semihard.workflows.searching.same_model import check_model

# Pixels of a picture in the picture, and how many queries it holds.
SIDE, DRAWN = 96, 50
BATCH = 32


def search(
    gallery: str | os.PathLike[str],
    photos: Any,
    *,
    run: str | os.PathLike[str] | None = None,
    k: int = 10,
    ann: bool = False,
    out: str | os.PathLike[str] | None = None,
    device: str = "auto",
    progress: Callable[[int, int], object] | None = None,
) -> Found:
    """Say what photographs show, by the gallery's threshold, and find the k nearest pictures of each.

    Args:
        gallery: directory that `index` wrote, or any of `semihard.gallery.Gallery`.
        photos: a path or a list of paths: of photographs, folders or tables, as `data` of `embed`.
        run: whose model made the gallery; by default the one that lies in it, or around it, as in a bundle.
        k: neighbors of each.
        ann: search by the gallery's approximate index, instead of exactly.
        out: a .png or .svg file: each of the first 50 photographs in a row with its neighbors.
        device: as of `embed`.
        progress: called with (photographs done, all of them).

    Raises:
        TypeError, ValueError: a gallery that is damaged, of another model than the run, or without the index that
            is asked for; no photograph that can be read; or an option out of its range.
        OSError: there is no gallery, no model, or nothing at `photos`, or `out` cannot be written.
        ImportError: Pillow is not installed, or matplotlib for a picture, or usearch for `ann`.

    Example:
        >>> import keras, tempfile
        >>> from PIL import Image
        >>> from semihard.data import Preprocessing
        >>> folder = Path(tempfile.mkdtemp())
        >>> keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]).save(folder / "model.keras")
        >>> _ = Preprocessing(8).to_json(folder / "preprocessing.json")
        >>> Image.new("RGB", (8, 8), "red").save(folder / "red.png")
        >>> gallery = Gallery.create(np.zeros((1, 192)), ["black"], model=find_run(folder).hash, threshold=9.0)
        >>> found = search(gallery.save(folder / "gallery"), folder / "red.png", run=folder)
        >>> found.names, found.neighbors.distances.tolist()
        ([None], [[2040.0]])
    """
    k = checks.whole_number("k", k, 1)
    if out is not None:
        check_writable(out)
    if ann:
        require("usearch", "usearch", ANN)
    known = Gallery.open(gallery)
    if ann and known.index is None:
        raise ValueError(
            f"Expected a gallery with an approximate index. Received: {gallery}, which has none. Search exactly, or "
            "make the index (`semihard index` with --ann, or Gallery.build_index and save)."
        )
    if run is None and not (Path(gallery) / MODEL).is_file() and (Path(gallery).resolve().parent / MODEL).is_file():
        run = Path(gallery).resolve().parent  # of a bundle, whose gallery lies in it; another model is refused below
    if run is None and not (Path(gallery) / MODEL).is_file():
        raise FileNotFoundError(
            f"Expected the model in {gallery}, where `semihard index` puts it. Received: no {MODEL}. Name the run "
            "whose model made the gallery (run)."
        )
    files = find_run(gallery if run is None else run)
    check_model(known, str(gallery), files)
    paths = find_photos(photos).paths
    with computing_on(device):
        vectors, chosen, failed = _vectors(paths, files, device, progress)
    if not chosen:
        raise ValueError(f"Expected a photograph that can be read. Received: none. {failed_line(failed, len(paths))}")
    kept, index = [paths[place] for place in chosen], "ann" if ann else "exact"
    found = Found.of(known, vectors, kept, failed, k=k, called=str(gallery), index=index)
    if out is not None:
        found = dataclasses.replace(found, undrawn=_draw(found, known, Path(gallery), out))
    return found


def _vectors(
    paths: list[str], files: Any, device: str, progress: Callable[[int, int], object] | None
) -> tuple[Any, list[int], Failed]:
    """Vectors of the photographs that can be read, their places, and what is wrong with the others."""
    encoder: Encoder | None = None
    vectors, chosen, failed = [], [], []
    batch = min(BATCH, len(paths))
    for start in range(0, len(paths), batch):
        waiting = []
        for place, path in enumerate(paths[start : start + batch], start):
            pixels = pixels_of(path, files.preprocessing)
            if isinstance(pixels, str):
                failed.append((printable(path), pixels))
            else:
                waiting.append(pixels)
                chosen.append(place)
        if waiting:
            encoder = encoder_of(files, device) if encoder is None else encoder
            vectors.append(encoder(np.stack(waiting), batch))
        if progress is not None:
            progress(min(start + batch, len(paths)), len(paths))
    return np.concatenate(vectors) if vectors else None, chosen, failed


def _draw(found: Found, gallery: Gallery, directory: Path, out: str | os.PathLike[str]) -> str | None:
    """Draw what was found; return a line about neighbors that have no picture, if there are any."""
    thumbnail, missing = Preprocessing((SIDE, SIDE), fit="pad"), []
    column = gallery.metadata.get(FILE, [None] * len(gallery))

    def neighbor(item: int) -> Any:
        file = column[item]
        pixels = "the gallery has no path" if file is None else pixels_of(str(directory / file), thumbnail)
        if isinstance(pixels, str):
            missing.append((str(gallery.ids[item] if file is None else directory / file), pixels))
            return None
        return pixels

    near, count = found.neighbors, min(len(found.photos), DRAWN)
    plot_search(
        [pixels_of(path, thumbnail) for path in found.photos[:count]],
        [[neighbor(item) for item in row] for row in near.items[:count]],
        near.distances[:count],
        near.labels[:count],
        near.within[:count],
        out,
        names=[found.said(place) for place in range(count)],
    )
    return undrawn_line(missing, near.items[:count].size, out) if missing else None
