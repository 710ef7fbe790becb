"""What an evaluation found: to print, to read, to save, to draw."""

import dataclasses
import os
from pathlib import Path
from typing import Any

from semihard._core.text import one_line
from semihard.evaluation._estimates import Estimate, Interval, plain, title_of, write_json
from semihard.evaluation._health import Health
from semihard.evaluation.retrieval._copies import copies_note
from semihard.evaluation.retrieval._plot import plot_retrieval

# Letters that a label may take of a line.
LABEL = 22


@dataclasses.dataclass(frozen=True)
class ClassFigures:
    """The means over one class's scored queries; NaN if none has a relevant item, or where it was not asked for."""

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
class RetrievalReport:
    """Figures of a search; `print` it.

    Attributes:
        figures: name → `Estimate`, of those asked for: recall_at_1, …, precision_at_1, …, r_precision, map_at_r,
            mrr, map.
            Averages in which each scored query weighs the same (micro).
        macro: the same names → `Estimate`, averages in which each class weighs the same.
        classes: one `ClassFigures` a class, the lowest MAP@R first.
        confusions: the pairs of classes with the most wrong places, most first; None if not asked for.
        scored: queries with a relevant item in the gallery; the figures are over these, and NaN if there are none.
        total: all queries.
        gallery: items searched.
        confidence: of the intervals.
        health: of the embeddings, as `semihard.evaluation.Health`; None if not asked for.
        copies: queries that are in the gallery themselves, bit for bit, where no ids tell them from it: they find
            themselves. `print` says what to do.
    """

    figures: dict[str, Estimate]
    macro: dict[str, Estimate]
    classes: list[ClassFigures]
    confusions: list[Confusion] | None
    scored: int
    total: int
    gallery: int
    confidence: float
    health: Health | None
    copies: int = 0

    def __str__(self) -> str:
        lines = [
            f"{self.scored:,} of {self.total:,} queries have a relevant item among {self.gallery:,}; "
            f"{sum(row.scored > 0 for row in self.classes):,} classes"
        ]
        if not self.scored:
            lines += ["No label of a query occurs a second time where it is searched: there is nothing to score."]
        lines += ["", *self._averages()]
        if "map_at_r" in self.figures:
            lines += ["", f"{'weakest classes':24}{'queries':>8}{'Recall@1':>10}{'R-Prec.':>10}{'MAP@R':>10}"]
            lines += [
                f"{one_line(row.label, LABEL):24}{row.scored:>8,}"
                f"{row.recall_at_1:>10.4f}{row.r_precision:>10.4f}{row.map_at_r:>10.4f}"
                for row in self.classes[:5]
                if row.scored
            ]
        if self.confusions:
            lines += ["", "most confused (share of the R nearest places)"]
            lines += [
                f"{one_line(pair.retrieved, LABEL)} for {one_line(pair.label, LABEL)}: {pair.share:.2%}"
                for pair in self.confusions[:5]
            ]
        if self.health is not None:
            lines += ["", str(self.health)]
        if self.copies:
            lines += ["", copies_note(self.copies, self.total)]
        return "\n".join(lines)

    def _averages(self) -> list[str]:
        """Return the table of figures, with columns for intervals where there are any."""
        kinds = {"each query": self.figures, "each class": self.macro}
        several = any(figure.interval for figures in kinds.values() for figure in figures.values())
        over = f"{f'{self.confidence:.0%} interval':>20}" if several else ""
        lines = [f"{'':16}" + "".join(f"{kind:>12}{over}" for kind in kinds)]
        for name in self.figures:
            row = f"{title_of(name):16}"
            for figures in kinds.values():
                row += f"{figures[name].value:>12.4f}"
                row += f"{_ends(figures[name].interval):>20}" if several else ""
            lines.append(row)
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return everything as dictionaries, lists and numbers that JSON can hold (NaN as None, labels as they are)."""
        found: dict[str, Any] = plain(self)
        return found

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` to `path`, whole or not at all, and return the path."""
        return write_json(self.to_dict(), path)

    def plot(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw the figures with their intervals, the weakest classes, and the classes retrieved for each other.

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
            >>> from semihard.evaluation import evaluate
            >>> report = evaluate(np.eye(6), list("aabbcc"))
            >>> report.plot(tempfile.mkdtemp() + "/report.png").name
            'report.png'
        """
        weakest = [(row.label, row.map_at_r) for row in self.classes if row.scored]
        pairs = self.confusions
        return plot_retrieval(
            path,
            heading=title or f"{self.scored:,} of {self.total:,} queries scored among {self.gallery:,}",
            averages={"each query": self.figures, "each class": self.macro},
            confidence=self.confidence,
            weakest=weakest if "map_at_r" in self.figures else None,
            confused=None if pairs is None else [(pair.retrieved, pair.label, pair.share) for pair in pairs],
        )


def _ends(interval: Interval | None) -> str:
    return "–" if interval is None else f"{interval[0]:.4f} – {interval[1]:.4f}"
