"""A distance threshold with its record: what it was fitted for, what it achieved, and the matching it is for."""

import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semihard._core.embeddings import checked_embeddings
from semihard._core.labels import label_array
from semihard.calibration import _json
from semihard.retrieval import nearest_neighbours


@dataclass(frozen=True)
class Calibration:
    """The threshold that `calibrate` found.

    Attributes:
        threshold: Euclidean distance; a pair matches if its distance is at most this. It belongs to embeddings made and
            scaled as those that it was fitted on.
        criterion: what was asked for, such as "target_far=0.001".
        fitted: `far`, `tar`, `precision` and `f1` on the identities fitted on, too good to quote.
        achieved: the same on held-out identities, each as (value, low, high). The ends are NaN where resampling shows
            no variation: with no false accept seen, it cannot tell how rare they are.
        confidence: of the intervals (low, high).
        counts: identities, genuine and impostor pairs of both parts.
        dim: of the embeddings.
    """

    threshold: float
    criterion: str
    fitted: dict[str, float]
    achieved: dict[str, tuple[float, float, float]]
    confidence: float
    counts: dict[str, int]
    dim: int

    def match(self, queries: Any, gallery: Any, gallery_labels: Any) -> NDArray[np.object_]:
        """Name each query after its nearest gallery item, or None if that is farther than the threshold.

        The search is exact; of equally near items the first in the gallery counts. Note that FAR is a rate of pairs: a
        query of nobody in a gallery of n identities has up to n chances to be accepted.

        Args:
            queries: real [queries, dim].
            gallery: real [gallery, dim].
            gallery_labels: [gallery], none of them None.

        Returns:
            object [queries], labels as Python values, or None for "unknown".

        Raises:
            TypeError, ValueError: for embeddings that are not finite numbers [n, dim] with the calibration's dim, and
                labels of another length or None.

        Example:
            >>> calibration = Calibration(1.5, "target_far=0.01", {}, {}, 0.95, {}, dim=1)
            >>> calibration.match([[0.0], [4.0], [9.0]], [[1.0], [5.0]], ["ann", "bob"]).tolist()
            ['ann', 'bob', None]
        """
        queries, gallery = checked_embeddings("queries", queries), checked_embeddings("gallery", gallery)
        for name, array in (("queries", queries), ("gallery", gallery)):
            if array.shape[1] != self.dim:
                raise ValueError(
                    f"Expected `{name}` to be [n, {self.dim}] as the embeddings of the calibration. "
                    f"Received shape {array.shape}. Use the model that it was made with."
                )
        labels = label_array("gallery_labels", gallery_labels, len(gallery)).astype(object)
        distances, items = nearest_neighbours(queries, gallery, k=1)
        names: NDArray[np.object_] = labels[items[:, 0]]
        names[distances[:, 0] > self.threshold] = None
        return names

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file, whole or not at all.

        Raises:
            OSError: if the file cannot be written.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> path = Path(tempfile.mkdtemp()) / "threshold.json"
            >>> calibration = Calibration(1.5, "target_far=0.01", {}, {}, 0.95, {}, dim=1)
            >>> calibration.save(path)
            >>> Calibration.load(path) == calibration
            True
        """
        _json.write(path, vars(self))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Calibration":
        """Read what `save` wrote.

        Raises:
            OSError: if the file cannot be read.
            ValueError: if it is not a calibration, or one of a newer format.
        """
        return cls(**_json.read(path))

    def __str__(self) -> str:
        lines = [f"same identity if the distance is at most {self.threshold:.6g} ({self.criterion})"]
        if self.counts:
            lines.append(
                "on {held_out_identities:,} identities held out, {held_out_genuine_pairs:,} genuine and "
                "{held_out_impostor_pairs:,} impostor pairs:".format(**self.counts)
            )
        for name, (value, low, high) in self.achieved.items():
            ends = "no interval" if math.isnan(low) else f"{100 * self.confidence:g} %: {low:.4g} to {high:.4g}"
            lines.append(f"{name:9}  {value:.4g}  ({ends})")
        return "\n".join(lines)
