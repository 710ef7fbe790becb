"""A distance threshold with its record: what it was fitted for, what it achieved, and the matching it is for."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from semihard._core.checks import whole_number
from semihard._core.embeddings import checked_embeddings, unit_vectors
from semihard._core.labels import label_array, label_codes
from semihard.evaluation._estimates import Estimate, interval_in_words, title_of, write_json
from semihard.evaluation.calibration import _json
from semihard.evaluation.calibration._given import distance_of
from semihard.evaluation.calibration._matches import Matches, find_matches
from semihard.evaluation.calibration._plot import plot_calibration

# How a threshold was judged → what its figures are worth.
WORTH = {
    "held out": "on identities that the threshold has not seen: to be expected of others of the kind",
    "left out": "on each identity by the threshold that the others alone would have given: to be expected of others of "
    "the kind, as far as so few identities can tell",
    "in sample": "on the identities fitted on: too good, and no judgement of others",
    "given": "never judged: the threshold was given",
}


@dataclass(frozen=True)
class Calibration:
    """A threshold that `calibrate` found, or that was given to `Calibration.from_threshold`.

    Attributes:
        threshold: Euclidean distance; a pair matches if its distance is at most this. It belongs to embeddings made and
            scaled as those that it was fitted on.
        criterion: what was asked for, such as "target_far=0.001".
        fitted: `far`, `tar`, `precision` and `f1` on the identities fitted on, too good to quote.
        achieved: the same on held-out identities, each an `Estimate`. Without an interval where resampling shows no
            variation: with no false accept seen, it cannot tell how rare they are. Empty where nothing was judged.
        confidence: of the intervals.
        counts: identities, genuine and impostor pairs of the parts.
        dim: of the embeddings; None for any.
        judged: where `achieved` comes from: "held out", "left out" (each identity in turn), "in sample" (nowhere: there
            are the figures of `fitted` only) or "given" (nowhere, and none).
        directions: whether embeddings are compared by their directions, divided by their lengths.
    """

    threshold: float
    criterion: str
    fitted: dict[str, float]
    achieved: dict[str, Estimate]
    confidence: float
    counts: dict[str, int]
    dim: int | None
    judged: str = "held out"
    directions: bool = False

    @classmethod
    def from_threshold(cls, threshold: float, *, metric: str = "euclidean", dim: int | None = None) -> "Calibration":
        """Make a calibration of a threshold from elsewhere, to match with and to save; nothing is known of its rates.

        Args:
            threshold: a pair matches up to this distance; from this similarity on.
            metric: what the threshold is one of: "euclidean" or "squared_euclidean" distance of embeddings as they are,
                "cosine_similarity", or "cosine_distance" (1 − cosine). Cosines are of embeddings of any length.
            dim: of the embeddings; by default any.

        Raises:
            TypeError, ValueError: for a threshold that is no finite number, or that no pair, or every pair, reaches.

        Example:
            >>> calibration = Calibration.from_threshold(0.5, metric="cosine_similarity")
            >>> calibration.threshold  # between unit vectors: √(2 − 2 · 0.5)
            1.0
            >>> calibration.match([[9.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]], ["x", "y"]).labels.tolist()
            ['x']
        """
        distance, cosine = distance_of(threshold, metric)
        return cls(
            threshold=distance,
            criterion=f"given {metric}={float(threshold):g}",
            fitted={},
            achieved={},
            confidence=0.95,
            counts={},
            dim=None if dim is None else whole_number("dim", dim, 1),
            judged="given",
            directions=cosine,
        )

    @property
    def figures(self) -> dict[str, Estimate]:
        """The threshold, and what it achieves: name → `Estimate`. Where nothing was judged, what was `fitted`."""
        judged = self.achieved or {name: Estimate(value) for name, value in self.fitted.items()}
        return {"threshold": Estimate(self.threshold), **judged}

    @property
    def worth(self) -> str:
        """What the figures are worth, in words."""
        return WORTH[self.judged]

    def match(self, queries: Any, gallery: Any, gallery_labels: Any) -> Matches:
        """Name each query after its nearest gallery item, or None if that is farther than the threshold.

        With the name come its distance, and who else is near. The search is exact; of equally near items the first in
        the gallery counts. Note that FAR is a rate of pairs: a
        query of nobody in a gallery of n identities has up to n chances to be accepted.

        Args:
            queries: real [queries, dim].
            gallery: real [gallery, dim].
            gallery_labels: [gallery], none of them None.

        Returns:
            `Matches`: `labels` (None for "unknown"), `nearest`, `distances`, `runners_up`, `runner_up_distances`.

        Raises:
            TypeError, ValueError: for embeddings that are not finite numbers [n, dim] with the calibration's dim, or
                that are zero where directions are compared, and labels of another length or None.

        Example:
            >>> calibration = Calibration(1.5, "target_far=0.01", {}, {}, 0.95, {}, dim=1)
            >>> found = calibration.match([[0.0], [4.0], [9.0]], [[1.0], [5.0]], ["ann", "bob"])
            >>> found.labels.tolist(), found.distances.tolist()
            (['ann', 'bob', None], [1.0, 1.0, 4.0])
            >>> found.runners_up.tolist(), found.runner_up_distances.tolist()
            (['bob', 'ann', 'ann'], [5.0, 3.0, 8.0])
        """
        queries, gallery = (
            self._comparable(name, value) for name, value in (("queries", queries), ("gallery", gallery))
        )
        if queries.shape[1] != gallery.shape[1]:
            raise ValueError(
                "Expected `queries` and `gallery` of the same dim. "
                f"Received shapes {queries.shape} and {gallery.shape}."
            )
        labels = label_array("gallery_labels", gallery_labels, len(gallery))
        return find_matches(queries, gallery, labels.astype(object), label_codes(labels, None)[0], self.threshold)

    def _comparable(self, name: str, value: Any) -> NDArray[Any]:
        array = checked_embeddings(name, value)
        if self.dim is not None and array.shape[1] != self.dim:
            raise ValueError(
                f"Expected `{name}` to be [n, {self.dim}] as the embeddings of the calibration. "
                f"Received shape {array.shape}. Use the model that it was made with."
            )
        return unit_vectors(name, array) if self.directions else array

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `to_dict()` as a JSON file that `load` reads, whole or not at all; the same as `to_json`.

        Raises:
            OSError: if the file cannot be written.

        Example:
            >>> import tempfile
            >>> from pathlib import Path
            >>> path = Path(tempfile.mkdtemp()) / "threshold.json"
            >>> calibration = Calibration.from_threshold(1.5, dim=1)
            >>> calibration.save(path)
            >>> Calibration.load(path) == calibration
            True
        """
        self.to_json(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Calibration":
        """Read what `save` or `to_json` wrote.

        Raises:
            OSError: if the file cannot be read.
            ValueError: if it is not a calibration, one of a newer format, or anything in it is not as `save` writes it.
        """
        return cls(**_json.read(path, WORTH))

    def __str__(self) -> str:
        what = "distance of directions" if self.directions else "distance"
        lines = [f"same identity if the {what} is at most {self.threshold:.6g} ({self.criterion})"]
        part = "held_out" if self.judged == "held out" else "fitted"
        where = {"held out": "held out", "left out": "in turn, each left out", "in sample": "fitted on"}
        if self.counts:
            identities, genuine, impostor = (
                self.counts[f"{part}_{name}"] for name in ("identities", "genuine_pairs", "impostor_pairs")
            )
            lines.append(
                f"on {identities:,} identities {where[self.judged]}, "
                f"{genuine:,} genuine and {impostor:,} impostor pairs:"
            )
        for name, figure in self.figures.items():
            if name != "threshold":
                ends = interval_in_words(figure, self.confidence, ".4g") if self.achieved else "in sample"
                lines.append(f"{title_of(name):9}  {figure.value:.4g}  ({ends})")
        if self.counts or self.judged == "given":
            lines.append(f"judged {self.worth}" if self.judged in ("held out", "left out") else self.worth)
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists and numbers that JSON can hold (NaN as None)."""
        return _json.content(vars(self), {"figures": self.figures, "worth": self.worth})

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` to `path`, whole or not at all, and return the path."""
        return write_json(self.to_dict(), path)

    def plot(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw the rates that the threshold achieves, with their intervals, beside those on what was fitted.

        Args:
            path: where to write; PNG or SVG by its suffix.
            title: a line above the picture.

        Returns:
            `path`.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: the suffix is neither .png nor .svg.
            OSError: the directory is missing or not writable, or the disk is full.

        Example:
            >>> import tempfile
            >>> import numpy as np
            >>> import semihard
            >>> rng, labels = np.random.default_rng(0), np.repeat(np.arange(40), 5)
            >>> embeddings = rng.normal(size=(40, 16))[labels] + rng.normal(size=(200, 16))
            >>> calibration = semihard.calibrate(embeddings, labels, target_far=0.01)
            >>> calibration.plot(tempfile.mkdtemp() + "/calibration.png").name
            'calibration.png'
        """
        return plot_calibration(
            path,
            heading=title or f"same identity up to {self.threshold:.4g} ({self.criterion})",
            achieved=self.achieved,
            fitted=self.fitted,
            judged=self.judged,
            confidence=self.confidence,
        )
