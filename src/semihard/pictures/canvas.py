"""What every picture here shares: a figure without pyplot, saved whole or not at all."""

import os
from pathlib import Path
from typing import Any

from semihard._extras import PLOTS, MissingPackage
from semihard._files import whole_path

INK = "#22262b"
FAINT = "#8a9099"


def new_figure(width: float, height: float, layout: Any = "constrained") -> Any:
    """Return an empty white `matplotlib.figure.Figure` of `width` × `height` inches that no global state knows of."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingPackage("matplotlib", PLOTS, error) from error
    figure = Figure(figsize=(width, height), dpi=160, facecolor="white", layout=layout)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Any, path: str | os.PathLike[str]) -> Path:
    """Write `figure` to `path` as PNG or SVG, as the suffix says, and return the path."""
    kind = picture_format(path)
    with whole_path(path) as temporary:
        figure.savefig(temporary, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return Path(path)


def picture_format(path: str | os.PathLike[str]) -> str:
    """Return "png" or "svg" by the suffix of `path`; raise `ValueError` for any other."""
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".svg"):
        raise ValueError(f"Expected a path that ends in .png or .svg. Received: {os.fspath(path)!r}.")
    return suffix[1:]
