"""What an evaluation found: to print, to read, to save, to draw."""

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

from semihard._core.files import whole_file
from semihard.evaluation.retrieval._copies import copies_note

Interval = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Figure:
    """A metric averaged over queries (micro) and over classes (macro), with the intervals of both, or None."""

    micro: float
    macro: float
    micro_interval: Interval | None
    macro_interval: Interval | None


@dataclasses.dataclass(frozen=True)
class ClassFigures:
    """The means over one class's scored queries; NaN if none of its queries has a relevant item."""

    label: Any
    queries: int
    scored: int
    recall_at_1: float
    r_precision: float
    map_at_r: float


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Class `retrieved` takes `share` of the R nearest places of the queries of class `label`."""

    label: Any
    retrieved: Any
    places: float
    share: float


@dataclasses.dataclass(frozen=True)
class Report:
    """Figures of a search; `print` it.

    Attributes:
        figures: name → `Figure`: recall_at_1, precision_at_1, …, r_precision, map_at_r, mrr.
        classes: one `ClassFigures` a class, the lowest MAP@R first.
        confusions: the pairs of classes with the most wrong places, most first.
        scored: queries with a relevant item in the gallery; the figures are over these.
        total: all queries.
        gallery: items searched.
        confidence: of the intervals.
        health: of the embeddings, as `semihard.evaluation.Health`.
        copies: queries that are in the gallery themselves, bit for bit, where no ids tell them from it: they find
            themselves.
    """

    figures: dict[str, Figure]
    classes: list[ClassFigures]
    confusions: list[Confusion]
    scored: int
    total: int
    gallery: int
    confidence: float
    health: Any
    copies: int = 0

    def __str__(self) -> str:
        lines = [
            f"{self.scored:,} of {self.total:,} queries have a relevant item among {self.gallery:,}; "
            f"{sum(row.scored > 0 for row in self.classes):,} classes",
            "",
            f"{'':16}{'each query':>12}{f'{self.confidence:.0%} interval':>20}{'each class':>12}"
            f"{f'{self.confidence:.0%} interval':>20}",
        ]
        if not self.scored:
            lines.insert(1, "No label of a query occurs a second time where it is searched: there is nothing to score.")
        for name, figure in self.figures.items():
            lines.append(
                f"{title_of(name):16}{figure.micro:>12.4f}{_interval(figure.micro_interval):>20}"
                f"{figure.macro:>12.4f}{_interval(figure.macro_interval):>20}"
            )
        worst = [row for row in self.classes if row.scored][:5]
        lines += ["", f"{'weakest classes':24}{'queries':>8}{'Recall@1':>10}{'R-Prec.':>10}{'MAP@R':>10}"]
        lines += [
            f"{short(row.label):24}{row.scored:>8,}{row.recall_at_1:>10.4f}{row.r_precision:>10.4f}{row.map_at_r:>10.4f}"
            for row in worst
        ]
        if self.confusions:
            lines += ["", "most confused (share of the R nearest places)"]
            lines += [
                f"{short(pair.retrieved)} for {short(pair.label)}: {pair.share:.2%}" for pair in self.confusions[:5]
            ]
        lines += ["", str(self.health)]
        if self.copies:
            lines += ["", copies_note(self.copies, self.total)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists and numbers that JSON can hold (NaN as None, labels as they are)."""
        plain = dataclasses.asdict(self)
        return _plain(plain)

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` to `path`, whole or not at all, and return the path."""
        with whole_file(path) as handle:
            json.dump(self.to_dict(), handle, indent=2, allow_nan=False)
            handle.write("\n")
        return Path(path)

    def plot(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw the figures with their intervals, the weakest classes and the confusions; see `plot_report`."""
        from semihard.evaluation.retrieval.plot import plot_report

        return plot_report(self, path, title=title)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def title_of(name: str) -> str:
    words = {"r_precision": "R-Precision", "map_at_r": "MAP@R", "mrr": "MRR"}
    return words.get(name, name.replace("_at_", "@").capitalize())


def _interval(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4f} – {interval[1]:.4f}"


def short(label: Any, width: int = 22) -> str:
    text = " ".join(str(label).split())
    return text if len(text) <= width else text[: width - 1] + "…"
