"""What embeddings are worth when they are cut off: to print, to read, to save, to draw."""

import dataclasses
import os
from pathlib import Path
from typing import Any

from semihard._core import canvas
from semihard.evaluation._estimates import Estimate, plain, title_of, write_json
from semihard.evaluation._panels import BLUE, ORANGE
from semihard.evaluation.retrieval.report import RetrievalReport

COLORS = (BLUE, ORANGE, "#2e8b57", "#7a4fb5")


@dataclasses.dataclass(frozen=True)
class DimsReport:
    """Figures of a search by the first numbers of each embedding, for several sizes; `print` it.

    Attributes:
        reports: size → `RetrievalReport`, ascending.
        dim: how many numbers the embeddings have.
        normalized: whether the first numbers were divided by their length.
    """

    reports: dict[int, RetrievalReport]
    dim: int
    normalized: bool

    @property
    def figures(self) -> dict[str, Estimate]:
        """Name → `Estimate`: recall_at_1_dim_32, …, figure by figure, the sizes ascending."""
        first = next(iter(self.reports.values()))
        return {f"{name}_dim_{dim}": self.reports[dim].figures[name] for name in first.figures for dim in self.reports}

    def __str__(self) -> str:
        first = next(iter(self.reports.values()))
        several = any(figure.interval for figure in self.figures.values())
        lines = [
            f"{first.scored:,} of {first.total:,} queries scored among {first.gallery:,}, by the first numbers of "
            f"{self.dim}{', at length 1' if self.normalized else ''}",
            f"{'':24}{'value':>10}" + (f"{f'{first.confidence:.0%} interval':>20}" if several else ""),
        ]
        for name, figure in self.figures.items():
            ends = "" if figure.interval is None else f"{figure.interval[0]:.4f} – {figure.interval[1]:.4f}"
            lines.append(f"{title_of(name):24}{figure.value:>10.4f}{ends:>20}".rstrip())
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as dictionaries, lists and numbers that JSON can hold (NaN as None)."""
        found: dict[str, Any] = plain(
            {
                "figures": self.figures,
                "macro": {str(dim): report.macro for dim, report in self.reports.items()},
                "dims": list(self.reports),
                "dim": self.dim,
                "normalized": self.normalized,
            }
        )
        return found

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict()` to `path`, whole or not at all, and return the path."""
        return write_json(self.to_dict(), path)

    def plot(self, path: str | os.PathLike[str], *, title: str | None = None) -> Path:
        """Draw each figure over the sizes, with its intervals.

        Args:
            path: where to write; PNG or SVG by its suffix.
            title: a line above the picture.

        Returns:
            `path`.

        Raises:
            ImportError: matplotlib is not installed.
            ValueError: the suffix is neither .png nor .svg.
            OSError: the directory is missing or not writable, or the disk is full.
        """
        canvas.picture_format(path)
        figure = canvas.new_figure(7, 4.2)
        figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
        canvas.write_heading(figure, title or f"the first numbers of {self.dim}")
        axes, dims = figure.subplots(), list(self.reports)
        names = list(next(iter(self.reports.values())).figures)
        for name, color in zip(names, COLORS * len(names), strict=False):
            found = [self.reports[dim].figures[name] for dim in dims]
            axes.plot(dims, [one.value for one in found], color=color, marker="o", linewidth=2, label=title_of(name))
            if all(one.interval for one in found):
                low, high = zip(*(one.interval for one in found if one.interval), strict=True)
                axes.fill_between(dims, low, high, color=color, alpha=0.15)
        axes.set_xscale("log", base=2)
        axes.set_xticks(dims, [str(dim) for dim in dims])
        axes.minorticks_off()
        axes.set_xlabel("numbers of an embedding", color=canvas.INK)
        axes.legend(frameon=False, labelcolor=canvas.INK)
        axes.grid(color="#e4e7eb", linewidth=0.8)
        axes.tick_params(length=0, colors=canvas.FAINT)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        return canvas.save(figure, path)
