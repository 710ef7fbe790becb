"""The gallery of a bundle: which one, and a copy of it."""

import copy
import json
import os
import shutil
from pathlib import Path
from typing import Any

from semihard.gallery import Gallery
from semihard.workflows.searching.photos import FILE, moved
from semihard.workflows.searching.run_files import INDEX, RunFiles
from semihard.workflows.searching.same_model import check_model


def find_gallery(
    run: str | os.PathLike[str], asked: str | os.PathLike[str] | None, files: RunFiles
) -> tuple[Gallery, Path] | tuple[None, None]:
    """Return the gallery that was asked for, else the one that `run` is, and where it lies.

    Raises:
        OSError, ValueError: it is missing or damaged, or of another model than that of `files`.
    """
    if asked is None and not any(Path(run).glob("version-*")):
        return None, None
    place = Path(run if asked is None else asked)
    gallery = Gallery.open(place)
    check_model(gallery, place, files)
    return gallery, place


def copy_gallery(gallery: Gallery, place: Path, target: Path, final: Path) -> None:
    """Write the version that was opened, and what was said of its threshold, somewhere else.

    Args:
        gallery, place: the gallery and its directory.
        target: where the copy is written.
        final: where it will lie then: the paths of its pictures, where they are relative, begin there.
    """
    mine = copy.copy(gallery)
    if FILE in mine.metadata:
        files = [None if file is None else moved(file, place, final) for file in mine.metadata[FILE]]
        mine.metadata = mine.metadata | {FILE: files}
    mine.save(target)
    for kept in (INDEX, "threshold.json"):
        if (place / kept).is_file():
            shutil.copyfile(place / kept, target / kept)


def about_gallery(gallery: Gallery, place: Path) -> dict[str, Any]:
    """What `bundle.json` says of it."""
    labels = list(dict.fromkeys(label for label in gallery.labels if label is not None))
    threshold = None
    if gallery.threshold is not None:
        threshold = {"value": gallery.threshold, "metric": gallery.metric, "worth": _worth(gallery.threshold, place)}
    return {"items": len(gallery), "labels": labels, "threshold": threshold}


def _worth(threshold: float, place: Path) -> str:
    try:
        said = json.loads((place / INDEX).read_text(encoding="utf-8"))["said"]
    except (OSError, ValueError, KeyError, TypeError):
        said = ""
    # Another may have been set since.
    known = str(said).startswith(f"Threshold {threshold:.4g}:")
    return str(said) if known else f"Threshold {threshold:.4g}, as the gallery has it; what it is worth is not known."
