"""A threshold for a search in a gallery, with its record: how often strangers get a name, and the enrolled do not."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semihard.evaluation._estimates import Estimate, interval_in_words, plain, title_of, write_json
from semihard.evaluation.calibration._calibration import WORTH
from semihard.evaluation.calibration._plot_identification import plot_identification

# How a threshold was judged → what its figures are worth.
WORTHS = WORTH | {
    "left out": "on identities held out in turn, by a threshold from the others: to be expected of others of the kind"
}


@dataclass(frozen=True)
class IdentificationCalibration:
    """A threshold that `calibrate_identification` found; `print` it, or give it to a `Gallery`.

    Attributes:
        threshold: Euclidean distance. A search gets the name of its nearest item if that is at most this far.
        criterion: what was asked for, such as "target_fpir=0.01, gallery=50".
        gallery: how many identities are enrolled in the gallery that it was asked for.
        enrolled: how many embeddings of each; None for all.
        fitted: `fpir` and `fnir` on the identities fitted on, too good to quote.
        achieved: the same on identities held out, each an `Estimate`. `fpir`, the false positive identification rate:
            the share of searches of identities that are not enrolled which get a name. `fnir`, the false negative
            identification rate: the share of searches of enrolled identities that do not get their own. Without an
            interval where no error was seen: resampling cannot tell how rare they are. Empty where nothing was judged.
        growth: size of a gallery → the FPIR at this threshold, as `achieved`.
        measured: up to which size of a gallery the identities at hand tell the rates. Beyond it, each FPIR is an upper
            bound, which grows with the size as a straight line does.
        confidence: of the intervals.
        counts: identities, searches and searches with a mate, of the parts.
        dim: of the embeddings.
        judged: where `achieved` comes from, as of `Calibration`.
        directions: whether embeddings are compared by their directions, divided by their lengths.
        chosen: why the target is what it is, where none was asked for and 0.01 was not supported.
    """

    threshold: float
    criterion: str
    gallery: int
    enrolled: int | None
    fitted: dict[str, float]
    achieved: dict[str, Estimate]
    growth: dict[int, Estimate]
    measured: int
    confidence: float
    counts: dict[str, int]
    dim: int
    judged: str
    directions: bool = False
    chosen: str | None = None

    @property
    def figures(self) -> dict[str, Estimate]:
        """The threshold, and what it achieves: name → `Estimate`. Where nothing was judged, what was `fitted`."""
        judged = self.achieved or {name: Estimate(value) for name, value in self.fitted.items()}
        return {"threshold": Estimate(self.threshold), **judged}

    @property
    def worth(self) -> str:
        """What the figures are worth, in words."""
        return WORTHS[self.judged]

    def __str__(self) -> str:
        what = "distance of directions" if self.directions else "distance"
        part = "held_out" if self.judged == "held out" else "fitted"
        where = {"held out": "held out", "left out": "held out in turn", "in sample": "fitted on"}[self.judged]
        identities, searches, mates = (
            self.counts[f"{part}_{name}"] for name in ("identities", "searches", "mate_searches")
        )
        lines = [
            f"a name if the {what} is at most {self.threshold:.6g} ({self.criterion}), else none of these",
            f"on {identities:,} identities {where}, {searches:,} searches as strangers and {mates:,} as enrolled:",
        ]
        for name, figure in self.figures.items():
            if name != "threshold":
                ends = interval_in_words(figure, self.confidence, ".4g") if self.achieved else "in sample"
                most = "at most " if name == "fpir" and self.gallery > self.measured else ""
                lines.append(f"{title_of(name):9}  {most}{figure.value:.4g}  ({ends})")
        sizes = [
            f"{'at most ' if size > self.measured else ''}{figure.value:.2g} ({size:,})"
            for size, figure in self.growth.items()
        ]
        lines += [f"by identities in the gallery, the FPIR is {', '.join(sizes)}"] if sizes else []
        lines += [f"no FPIR was asked for: {self.chosen}"] if self.chosen else []
        return "\n".join([*lines, f"judged {self.worth}" if self.achieved else self.worth])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists and numbers that JSON can hold (NaN as None)."""
        growth = {str(size): figure for size, figure in self.growth.items()}
        found: dict[str, Any] = plain({**vars(self), "growth": growth, "figures": self.figures, "worth": self.worth})
        return found

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` to `path`, whole or not at all, and return the path."""
        return write_json(self.to_dict(), path)

    def plot(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw how the FPIR at this threshold grows with the size of the gallery, with its interval.

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
            >>> from semihard.evaluation import calibrate_identification
            >>> rng, labels = np.random.default_rng(0), np.repeat(np.arange(80), 8)
            >>> embeddings = rng.normal(size=(80, 16))[labels] + 0.5 * rng.normal(size=(640, 16))
            >>> calibration = calibrate_identification(embeddings, labels, target_fpir=0.05, gallery=20)
            >>> calibration.plot(tempfile.mkdtemp() + "/identification.png").name
            'identification.png'
        """
        return plot_identification(
            path,
            heading=title or f"a name up to {self.threshold:.4g} ({self.criterion})",
            growth=self.growth,
            measured=self.measured,
            gallery=self.gallery,
            confidence=self.confidence,
        )
