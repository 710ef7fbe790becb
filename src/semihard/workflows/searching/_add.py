"""New pictures in a gallery: which of them are there, and how they come in beside those before, or not at all."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semihard._core.extras import ANN, require
from semihard._core.files import whole_file
from semihard.gallery import Gallery
from semihard.workflows.searching._failed import Failed, write_failed
from semihard.workflows.searching._indexed import FAILED, Indexed
from semihard.workflows.searching.photos import FILE, printable
from semihard.workflows.searching.run_files import INDEX, RunFiles
from semihard.workflows.searching.same_model import check_model


def already_added(
    out: Path, target: Path, job: str, changed: float, ids: Sequence[str], paths: Sequence[str]
) -> Indexed | None:
    """What is there, if just these pictures were added before.

    Args:
        out, target: the gallery, as it was named and where it is.
        job: what is to be done.
        changed: when the last of the pictures was written, in seconds since 1970.
        ids, paths: of the pictures.
    """
    about = read_job(target)
    if job not in about.get("added", []) or changed > (target / INDEX).stat().st_mtime:
        return None
    there, reasons = Gallery.open(target), dict(_failed(about))
    known = set(there.ids)
    left = [printable(path) for one, path in zip(ids, paths, strict=True) if one not in known]
    if not all(path in reasons for path in left):
        return None
    failed = [(path, reasons[path]) for path in left]
    return Indexed(
        out, len(there), there.classes, there.threshold, failed, "", False, len(ids) - len(left), there.index
    )


def refuse_known(target: Path, files: RunFiles, ids: Sequence[str]) -> None:
    """Raise unless the gallery is of this model and holds none of the ids.

    Raises:
        FileNotFoundError: there is no gallery.
        ImportError: it has an index, and usearch is not installed.
        ValueError: it is damaged or another model's, or holds one of the ids.
    """
    gallery = Gallery.open(target)
    if gallery.index is not None:
        require("usearch", "usearch", ANN)  # it will be changed
    check_model(gallery, target, files)
    known = set(gallery.ids)
    there = [one for one in ids if one in known]
    if there:
        raise ValueError(
            f"Expected pictures that {target} does not hold. Received: {there[0]!r}, for one of {len(there):,} that it "
            "holds. Leave them out, or replace the gallery by one of all pictures (overwrite)."
        )


def add_pictures(
    gallery: Gallery, vectors: Any, labels: list[Any], ids: list[str], paths: list[str], model: str
) -> None:
    """Add pictures to a gallery in memory; those without a label come last: a list of labels has no empty places."""
    for with_label in (True, False):
        rows = [row for row, label in enumerate(labels) if (label is not None) == with_label]
        if rows:
            gallery.add(
                vectors[rows],
                [labels[row] for row in rows] if with_label else None,
                [ids[row] for row in rows],
                {FILE: [paths[row] for row in rows]},
                model=model,
            )


def save_added(target: Path, gallery: Gallery, about: dict[str, Any]) -> None:
    """Save a gallery that pictures were added to, and note that they were."""
    before = read_job(target)
    failed = list(dict.fromkeys([*_failed(before), *_failed(about)]))
    added = list(dict.fromkeys([*before.get("added", []), about["job"]]))
    about = {**about, "job": before.get("job"), "failed": failed, "added": added}
    # First what is of no account without the items: ended in between, the same call goes on.
    with whole_file(target / INDEX) as file:
        json.dump(about, file, indent=2)
        file.write("\n")
    write_failed(target / FAILED, failed)
    gallery.save(target)


def read_job(target: Path) -> dict[str, Any]:
    """What `index` says of the gallery that it wrote; nothing of any other gallery."""
    try:
        found = json.loads((target / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _failed(about: dict[str, Any]) -> Failed:
    return [(path, reason) for path, reason in about.get("failed", [])]
