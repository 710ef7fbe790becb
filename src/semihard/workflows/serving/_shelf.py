"""The gallery that is served: each search sees one version of it whole, and what is added is saved first."""

import logging
from pathlib import Path
from typing import Any

from semihard.gallery import Gallery
from semihard.workflows.serving._problem import BROKEN, Problem

log = logging.getLogger(__name__)


class Shelf:
    """Args:
    gallery: of the bundle.
    path: of its directory.
    model: hash of the model that made it.

    Attributes:
        gallery: the newest version that is known; it does not change, and another takes its place.
    """

    def __init__(self, gallery: Gallery, path: Path, model: str) -> None:
        self.gallery, self._path, self._model = gallery, path, model

    def add(self, vectors: Any, label: str, ids: list[str] | None) -> dict[str, Any]:
        """Add pictures to the gallery as it lies in its directory now, and save it: all of them or none.

        Args:
            vectors: float32 [n, dim].
            label: of all.
            ids: [n], or None.

        Raises:
            Problem: an id is taken, or somebody else is writing.
        """
        try:
            newest = Gallery.open(self._path)
        except (OSError, ValueError) as error:
            log.error("The gallery could not be read: %s", error)
            raise Problem(500, f"{BROKEN} Nothing was added.") from error
        # Of a gallery whose labels are numbers, 7 comes as text, too.
        known = {str(one): one for one in newest.labels if one is not None}
        kept = label if label in newest.labels else known.get(label, label)
        try:
            added = newest.add(vectors, [kept] * len(vectors), ids, model=self._model)
        except (TypeError, ValueError) as error:
            raise Problem(409, f"{error} Nothing was added.") from error
        try:
            newest.save()
        except (BlockingIOError, ValueError) as error:
            raise Problem(409, "Another program has written to the gallery. Nothing was added: try again.") from error
        except OSError as error:
            log.error("The gallery could not be written: %s", error)
            raise Problem(500, f"{BROKEN} Nothing was added.") from error
        self.gallery = newest
        return {"ids": added, "label": kept, "items": len(newest), "version": newest.version}
