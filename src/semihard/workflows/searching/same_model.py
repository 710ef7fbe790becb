"""Vectors of a gallery and those of a model can be compared, or are refused."""

from pathlib import Path

from semihard.gallery import Gallery
from semihard.workflows.searching.run_files import RunFiles


def check_model(gallery: Gallery, place: str | Path, files: RunFiles) -> None:
    """Raise `ValueError` if a gallery says that its vectors are of another model.

    Args:
        gallery: which was opened at `place`.
        files: of the model.
    """
    if gallery.model is not None and gallery.model != files.hash:
        raise ValueError(
            f"Expected the model that made the vectors of {place}, {gallery.model[:19]}…. Received: {files.hash[:19]}… "
            f"in {files.model.parent}. Distances between vectors of two models say nothing: name the other run, or "
            "the gallery itself if `semihard index` made it, which holds its model; or index the pictures again."
        )
