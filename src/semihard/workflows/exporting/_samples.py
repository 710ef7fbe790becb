"""The real pictures that a bundle is judged on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.decode import CorruptImage
from semihard.data.preprocessing import Preprocessing
from semihard.gallery import Gallery
from semihard.visualization.projector import read_metadata
from semihard.workflows.searching.photos import FILE, find_photos, status_of

# More tell little more, and take minutes with a large model.
LIMIT = 256


class Samples(NamedTuple):
    """Attributes:
    pixels: [n, height, width, channels].
    labels: [n]; None where there is none.
    source: which pictures these are.
    """

    pixels: NDArray[Any]
    labels: list[Any]
    source: str


def read_samples(
    given: Any,
    run: Path,
    gallery: Gallery | None,
    gallery_path: Path | None,
    preprocessing: Preprocessing,
    progress: Callable[[int, int], object] | None,
) -> Samples | str:
    """Return some hundreds of pictures, or a line that says why there are none.

    Args:
        given: as `data` of `embed`; or None for those that the run in `run` has held out, else those of the gallery.

    Raises:
        OSError, ValueError, TypeError: nothing that can be read at `given`.
    """
    if given is not None:
        found = find_photos(given)
        sources = [("pictures that were given", found.paths, found.labels)]
    else:
        sources = [*_held_out(run), *_of_gallery(gallery, gallery_path)]
    for source, paths, labels in sources:
        there = [place for place, path in enumerate(paths) if status_of(path) is not None]
        # Evenly, so that all classes are among them.
        chosen = [there[at] for at in np.linspace(0, len(there) - 1, min(LIMIT, len(there))).round().astype(int)]
        pixels, kept = [], []
        for done, place in enumerate(chosen):
            try:
                pixels.append(preprocessing(paths[place]))
                kept.append(labels[place])
            except CorruptImage:
                pass  # `embed` and `index` list them
            if progress is not None:
                progress(done + 1, len(chosen))
        if pixels:
            return Samples(np.stack(pixels), kept, source)
    if given is not None:
        raise ValueError("Expected samples that can be read. Received: none. Name other pictures.")
    gone = "those of the run and the gallery are not where they were" if sources else "the run lists none"
    return f"Parity was not measured: there are no samples, as {gone}. Name some (--samples DATA)."


def _held_out(run: Path) -> list[tuple[str, list[str], list[Any]]]:
    if not (run / "meta.tsv").is_file():
        return []
    columns = read_metadata(run / "meta.tsv")
    if not {"path", "label"} <= set(columns):
        return []
    return [("pictures that the run has held out", columns["path"], columns["label"])]


def _of_gallery(gallery: Gallery | None, path: Path | None) -> list[tuple[str, list[str], list[Any]]]:
    if gallery is None or path is None or FILE not in gallery.metadata:
        return []
    rows = [row for row in zip(gallery.metadata[FILE], gallery.labels, strict=True) if row[0] is not None]
    return [("pictures of the gallery", [str(path / file) for file, _ in rows], [label for _, label in rows])]
