"""The threshold of a gallery, in its metric, and where it comes from."""

from typing import Any, NamedTuple

from semihard._core.checks import positive_number
from semihard.evaluation import Calibration, IdentificationCalibration


class Threshold(NamedTuple):
    """Up to which distance a query is named.

    Attributes:
        value: in the gallery's metric.
        criterion: what it was found for, or "given".
        dim: of the embeddings that it was found on; None for any.
        gallery: how many labels the gallery has that it was found for; None for any.
    """

    value: float
    criterion: str
    dim: int | None
    gallery: int | None = None

    def check_dim(self, dim: int) -> None:
        """Raise `ValueError` if it is for vectors of other dimensions."""
        if self.dim not in (None, dim):
            raise ValueError(
                f"Expected a threshold for vectors of {dim} dimensions. Received: one that was calibrated on "
                f"{self.dim}. Calibrate with the gallery's model."
            )


def threshold_of(given: Any, metric: str) -> Threshold:
    """Read a threshold: a number in the gallery's metric, or a calibration of Euclidean distances.

    Args:
        given: a number above 0, or a calibration.
        metric: "euclidean" or "cosine_distance".

    Raises:
        TypeError, ValueError: for anything else, and a calibration of the other kind of distance.

    Example:
        >>> threshold_of(0.5, "cosine_distance")
        Threshold(value=0.5, criterion='given', dim=None, gallery=None)
        >>> threshold_of(Calibration.from_threshold(0.5, metric="cosine_distance"), "cosine_distance").value
        0.5
    """
    if not isinstance(given, Calibration | IdentificationCalibration):
        return Threshold(positive_number("threshold", given), "given", None)
    cosine = metric == "cosine_distance"
    if given.directions != cosine:
        wanted, came = ("directions", "embeddings as they are") if cosine else ("embeddings as they are", "directions")
        raise ValueError(
            f"Expected a threshold for distances of {wanted}, as the gallery's metric is {metric!r}. "
            f"Received: one for {came}. Calibrate with directions={cosine}."
        )
    # Of directions, |a − b|² = 2 − 2 cos.
    value = given.threshold**2 / 2 if cosine else given.threshold
    size = given.gallery if isinstance(given, IdentificationCalibration) else None
    return Threshold(float(value), given.criterion, given.dim, size)
