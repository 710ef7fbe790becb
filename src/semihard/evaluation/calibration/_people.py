"""Whose embeddings look for whom: identities among themselves, or in a gallery that is given."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard._core.labels import label_array, label_codes
from semihard.evaluation.calibration._searches import Searches, searches_in, searches_of


class People(NamedTuple):
    """Embeddings of identities, and what they are looked for in.

    Attributes:
        embeddings: checked, [n, dim].
        codes: int64 [n], equal for the same identity.
        size: identities of the gallery.
        enrolled: embeddings of each of them, where the gallery is drawn; None for all.
        seed: of the draw.
        gallery: the embeddings [items, dim] and the codes [items] of the gallery, if it is given.
    """

    embeddings: NDArray[Any]
    codes: NDArray[np.int64]
    size: int
    enrolled: int | None
    seed: int
    gallery: tuple[NDArray[Any], NDArray[np.int64]] | None

    def searches(self, rows: NDArray[np.bool_]) -> Searches:
        """The searches of some embeddings, bool [n]; among these, where no gallery is given."""
        if self.gallery is not None:
            return searches_in(*self.gallery, self.embeddings[rows], self.codes[rows], self.seed)
        codes = np.unique(self.codes[rows], return_inverse=True)[1].reshape(-1)
        return searches_of(self.embeddings[rows], codes, self.enrolled, self.seed)


def people_of(
    embeddings: Any, labels: Any, gallery: Any, gallery_labels: Any, enrolled: Any, seed: int, *, directions: bool
) -> People:
    """Read the arguments of `calibrate_identification`.

    Raises:
        TypeError, ValueError: as there.
    """
    array = checked_embeddings("embeddings", embeddings)
    names = label_array("labels", labels, len(array))
    enrolled = None if enrolled is None else whole_number("enrolled", enrolled, 1)
    given = None
    if gallery_labels is None:
        size, codes = _size(gallery), label_codes(names, None)[0]
    else:
        if enrolled is not None:
            raise ValueError(
                "Expected `enrolled` for a gallery that is drawn. Received: one that is given, too. Leave one out."
            )
        items = checked_embeddings("gallery", gallery)
        if items.shape[1] != array.shape[1]:
            raise ValueError(
                f"Expected `embeddings` and `gallery` to have the same number of dimensions. Received {array.shape} "
                f"and {items.shape}. Use one model for both."
            )
        codes, item_codes = label_codes(names, label_array("gallery_labels", gallery_labels, len(items)))
        given, size = (unit_vectors("gallery", items) if directions else items, item_codes), len(np.unique(item_codes))
    if (identities := len(np.unique(codes))) < 3:
        raise ValueError(
            f"Expected `labels` of at least 3 identities. Received: {identities}. A stranger needs others to be "
            "mistaken for: give embeddings of more."
        )
    array = unit_vectors("embeddings", array) if directions else array
    return People(array, codes, size, enrolled, seed, given)


def _size(gallery: Any) -> int:
    if np.ndim(gallery):
        raise TypeError(
            "Expected `gallery` to be how many identities are enrolled, or embeddings with `gallery_labels`. Received: "
            f"{type(gallery).__name__} without labels. Pass these, too."
        )
    return whole_number("gallery", gallery, 1)
