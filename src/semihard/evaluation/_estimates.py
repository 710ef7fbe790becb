"""What every report here is made of: figures with intervals, their names in print, and how they become JSON."""

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

from semihard._core.files import whole_file

Interval = tuple[float, float]

_TITLES = {
    "r_precision": "R-Precision",
    "map_at_r": "MAP@R",
    "mrr": "MRR",
    "map": "mAP",
    "roc_auc": "ROC-AUC",
    "eer": "EER",
    "eer_threshold": "EER threshold",
    "far": "FAR",
    "tar": "TAR",
    "fpir": "FPIR",
    "fnir": "FNIR",
}


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A figure of a report.

    Attributes:
        value: NaN where there is nothing to estimate it from.
        interval: its lower and upper end; None where none was asked for, or resampling cannot give one.

    Example:
        >>> from semihard.evaluation import evaluate
        >>> evaluate([[0.0], [1.0], [3.0], [4.0]], [7, 7, 8, 9], resamples=0).figures["map_at_r"]
        Estimate(value=1.0, interval=None)
        >>> f"{Estimate(0.125, (0.1, 0.15)):.2f}", float(Estimate(0.125))
        ('0.12', 0.125)
    """

    value: float
    interval: Interval | None = None

    def __float__(self) -> float:
        return self.value

    def __format__(self, digits: str) -> str:
        return format(self.value, digits) if digits else str(self)


def title_of(name: str) -> str:
    """Return the name of a figure as papers print it.

    Example:
        >>> title_of("map_at_r"), title_of("tar_at_far_0.001"), title_of("knn_accuracy_5_dim_8")
        ('MAP@R', 'TAR@FAR 0.001', '5-NN accuracy of 8')
    """
    if "_dim_" in name:
        return " of ".join([title_of(name.rpartition("_dim_")[0]), name.rpartition("_dim_")[2]])
    if name.startswith("tar_at_far_"):
        return name.replace("tar_at_far_", "TAR@FAR ")
    if name.startswith("knn_accuracy_"):
        return f"{name.removeprefix('knn_accuracy_')}-NN accuracy"
    return _TITLES.get(name, name.replace("_at_", "@").capitalize())


def interval_in_words(figure: Estimate, confidence: float, digits: str) -> str:
    """Return the interval of a figure for print.

    Example:
        >>> interval_in_words(Estimate(0.5, (0.4, 0.625)), 0.95, ".2f"), interval_in_words(Estimate(0.5), 0.95, ".2f")
        ('95 %: 0.40 to 0.62', 'no interval')
    """
    if figure.interval is None:
        return "no interval"
    low, high = figure.interval
    return f"{100 * confidence:g} %: {low:{digits}} to {high:{digits}}"


def plain(value: Any) -> Any:
    """Return records, tuples and NumPy's numbers as dictionaries, lists and numbers that strict JSON can hold.

    What is not finite becomes None, and a label that JSON lacks a text.

    Example:
        >>> plain({"eer": Estimate(math.nan, (0.25, math.inf))})
        {'eer': {'value': None, 'interval': [0.25, None]}}
    """
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def write_json(content: dict[str, Any], path: str | os.PathLike[str]) -> Path:
    """Write `content` as strict JSON, whole or not at all, and return the path."""
    with whole_file(path) as handle:
        json.dump(content, handle, indent=2, allow_nan=False)
        handle.write("\n")
    return Path(path)
