"""A calibration as a picture."""

import os
from collections.abc import Mapping
from pathlib import Path

from semihard._core import canvas
from semihard.evaluation._estimates import Estimate
from semihard.evaluation._panels import estimates_panel


def plot_calibration(
    path: str | os.PathLike[str],
    *,
    heading: str,
    achieved: Mapping[str, Estimate],
    fitted: Mapping[str, float],
    judged: str,
    confidence: float,
) -> Path:
    """Draw the rates that a threshold achieves, with their intervals, and those on what was fitted.

    Args:
        path: where to write; PNG or SVG by its suffix.
        heading: a line above the picture.
        achieved: rate → `Estimate`; may be empty.
        fitted: rate → value on the identities fitted on; may be empty.
        judged: where `achieved` comes from.
        confidence: of the intervals.

    Returns:
        `path`.
    """
    canvas.picture_format(path)
    figure = canvas.new_figure(7, 3.6)
    canvas.write_heading(figure, heading)
    figure.get_layout_engine().set(w_pad=0.2, h_pad=0.1)
    kinds = {judged: achieved} if achieved else {}
    kinds |= {"fitted on": {name: Estimate(value) for name, value in fitted.items()}} if fitted else {}
    several = any(figure.interval for figure in achieved.values())
    title = f"rates, {confidence:.0%} intervals" if several else "rates" if kinds else "never judged"
    estimates_panel(figure.subplots(), title, kinds)
    return canvas.save(figure, path)
